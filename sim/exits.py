"""Leaving a channel at a noticed message: unsubscribing, complaining, blocking the bot, disabling push.

    logit P = υ + υ_F·F + υ_T·(T0 − T) + υ_misfit·(1 − ρ)

One draw decides between staying, leaving and (e-mail only) complaining.  Consent ends at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.short import every
from sim.population import Customers
from sim.reputation import COMPLAINTS, Reputation
from sim.setting import Setting
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_EXIT = luck.purpose("world.contact.exit")

_LEAVING = {
    "unsubscribed": ("email", "sms"),
    "push_disabled": ("web_push", "mobile_push"),
    "blocked": ("telegram", "whatsapp", "vk"),
}
"""Event by which a customer leaves each channel; all but unsubscribing take the address along."""


class Exits:
    """Decides exits; changes consents and addresses of :class:`sim.population.Customers`."""

    def __init__(self, setting: Setting, customers: Customers, reputation: Reputation) -> None:
        self.customers, self.reputation, self.hub = customers, reputation, setting.hub
        self.parameters = setting.parameters.exits
        self.instead: Callable[[Cohort], NDArray[np.bool_]] | None = None
        """Who of those about to leave chooses less instead (see :mod:`sim.choices`)."""
        self._leaving = np.array(self.parameters.leaving)
        self._channels = {
            EVENT_CODE[event]: np.array([name in channels for name in CHANNELS]) for event, channels in _LEAVING.items()
        }

    def decide(
        self, rows: Cohort, channel: Int64s, rho: Floats, fatigue: Floats, missing_trust: Floats
    ) -> NDArray[np.bool_]:
        """Who stays; those who leave are reported."""
        p = self.parameters
        push = p.fatigue * fatigue + p.trust * missing_trust + p.misfit * (1.0 - rho)
        u = luck.uniform(rows.key, _EXIT)
        leaving = 1.0 / (1.0 + np.exp(-(self._leaving.take(channel) + push)))
        leaves = u < leaving
        if self.instead is not None:
            index = leaves.nonzero()[0]
            leaves[index[self.instead(rows.take(index))]] = False
        complaining = (channel == CHANNEL_CODE["email"]) / (1.0 + np.exp(-(p.complaint + push)))
        complains = (u >= leaving) & (u < leaving + complaining)
        stays = ~(leaves | complains)
        if not every(stays):
            for event, channels in self._channels.items():
                self._leave(event, rows, channel, leaves & channels.take(channel))
            self._leave(EVENT_CODE["complained"], rows, channel, complains)
            self.reputation.count(COMPLAINTS, rows.customer[complains])
        result: NDArray[np.bool_] = stays
        return result

    def _leave(self, event: int, rows: Cohort, channel: Int64s, mask: NDArray[np.bool_]) -> None:
        index = mask.nonzero()[0]
        if not index.size:
            return
        part, bits = rows.take(index), (1 << channel.take(index)).astype(np.uint8)
        self.customers.marketing[part.customer] &= ~bits
        if self.customers.withdrawn is not None:
            self.customers.withdrawn[part.customer] |= bits
        if event in (EVENT_CODE["push_disabled"], EVENT_CODE["blocked"]):
            self.customers.address[part.customer] &= ~bits
        self.hub.contact_event(event, part.customer, part.time, part.key, part.payload)
