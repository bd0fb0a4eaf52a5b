"""Consents given during the run, and the double opt-in that an arm may ask for.

A subscription counts at once, or, where the arm's scenario asks for it, when the customer follows the link of a
confirmation message.  That message is the form's own and no contact of the strategy.  It is lost with dead
mailboxes and in the spam folder; of those whom it reaches

    logit P(confirms) = confirm + a[channel],

after a lognormal delay.  A noticed message that asks for the confirmation is another chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import HOUR
from sim.kinds import CONFIRM
from sim.population import INVALID, Customers
from sim.reputation import Reputation
from sim.setting import Setting
from strategies.observed import Observed
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_CHANCE = luck.purpose("world.subscription.chance")
_DELAY = luck.purpose("world.subscription.delay")
_CONFIRM = luck.purpose("world.subscription.confirm")
_ASKED = luck.purpose("world.subscription.asked")
_ASKED_CONFIRM = luck.purpose("world.subscription.asked.confirm")

_SUBSCRIBED, _CONFIRMED = EVENT_CODE["subscribed"], EVENT_CODE["subscription_confirmed"]
_EMAIL = CHANNEL_CODE["email"]
_FROM_FORM = np.uint16(1 << len(CHANNELS))


class Subscriptions:
    """Column, only where some arm asks for double opt-in: pending (N,) uint16, bits by channel not confirmed yet, and
    whether the latest of them was asked for on a form (the topmost bit).
    """

    def __init__(self, setting: Setting, observed: Observed, customers: Customers, reputation: Reputation) -> None:
        self.observed, self.customers, self.reputation = observed, customers, reputation
        self.agenda, self.hub = setting.agenda, setting.hub
        self.parameters = setting.parameters.subscription
        columns = self.columns = setting.columns
        everybody = np.arange(columns.size, dtype=np.int64)
        confirming = [
            self.hub.needs_confirmation(everybody, np.full(everybody.size, channel)).any()
            for channel in range(len(CHANNELS))
        ]
        self.pending = columns.add("subscriptions.pending", np.uint16) if any(confirming) else None
        self._affinity = customers.affinity.reshape(-1)
        self.agenda.register(CONFIRM, self.on_confirm)

    def give(self, rows: Cohort) -> None:
        """Consents of these customers; payload: the event's category, channel + 8·place.  The address comes along."""
        customer, channel = rows.customer, rows.payload % len(CHANNELS)
        bits = (1 << channel).astype(np.uint8)
        self.customers.address[customer] |= bits
        self.customers.marketing[customer] |= bits
        self.customers.service[customer] |= bits
        self.hub.observe(_SUBSCRIBED, customer, rows.time, rows.key, rows.payload)
        if self.pending is not None:
            self._ask(rows.where(self.hub.needs_confirmation(customer, channel)))

    def _ask(self, rows: Cohort) -> None:
        """The form's own confirmation message."""
        if self.pending is None or not rows.size:
            return
        p = self.parameters
        channel = rows.payload % len(CHANNELS)
        before = self.pending.take(rows.customer) & ~_FROM_FORM
        from_form = (rows.payload >= len(CHANNELS)) * _FROM_FORM
        self.pending[rows.customer] = before | (1 << channel).astype(np.uint16) | from_form
        u_inbox, u_confirms = luck.uniform_pair(rows.key, _CHANCE)
        inbox = self.reputation.inbox.take(self.columns.world_of(rows.customer))
        works = (self.customers.mailbox.take(rows.customer) & INVALID) == 0
        arrives = (channel != _EMAIL) | (works & (u_inbox < inbox))
        confirms = arrives & (u_confirms < self._chance(rows.customer, channel, p.confirm))
        part = rows.where(confirms)
        hours = np.exp(p.confirm_log_mean + p.confirm_log_sd * luck.normal(part.key, _DELAY))
        when = part.time + 1 + (np.minimum(hours, 1e4) * HOUR).astype(np.int64)
        self.agenda.push(CONFIRM, part.customer, when, luck.child(part.key, _CONFIRM), part.payload)

    def _chance(self, customer: Int64s, channel: Int64s, base: float) -> Floats:
        logit = base + self._affinity.take(channel * self.columns.size + customer)
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))

    def on_confirm(self, rows: Cohort) -> None:
        """The link was followed: the subscription counts from now on."""
        assert self.pending is not None
        bits = (1 << rows.payload % len(CHANNELS)).astype(np.uint16)
        rows, bits = self._still(rows, bits)
        self.pending[rows.customer] &= ~bits
        self.hub.observe(_CONFIRMED, rows.customer, rows.time, rows.key, rows.payload)

    def _still(self, rows: Cohort, bits: NDArray[np.uint16]) -> tuple[Cohort, NDArray[np.uint16]]:
        assert self.pending is not None
        index = ((self.pending.take(rows.customer) & bits) != 0).nonzero()[0]
        return rows.take(index), bits.take(index)

    def on_asked(self, rows: Cohort) -> None:
        """A noticed message asks for the confirmation of what is pending (of several channels: the first)."""
        if self.pending is None:
            return
        rows = rows.where((self.pending.take(rows.customer) & ~_FROM_FORM) != 0)
        bits = self.pending.take(rows.customer)
        waiting = (bits & ~_FROM_FORM).astype(np.int64)
        channel = np.bitwise_count((waiting & -waiting) - 1).astype(np.int64)
        u, u_delay = luck.uniform_pair(rows.key, _ASKED)
        index = (u < self._chance(rows.customer, channel, self.parameters.confirm_asked)).nonzero()[0]
        part = rows.take(index)
        when = part.time + 10 + (u_delay.take(index) * 110).astype(np.int64)
        category = channel.take(index) + len(CHANNELS) * ((bits.take(index) & _FROM_FORM) != 0)
        self.agenda.push(CONFIRM, part.customer, when, luck.child(part.key, _ASKED_CONFIRM), category)
