"""From the order to the customer's hands, and sometimes back: delivery, lateness, experience, returns.

Everything about a shipment is drawn from its order's key when the order is placed: the time of hand-over,

    days · exp(spread · z),      late by what exceeds the promise,

whether it goes badly (``bad_share``, for late ones ``late_bad`` more), and whether all or a part of it comes
back.  Experience moves trust at the hand-over.  A return takes back what was paid for it and what it had
contributed, and costs its handling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, MINUTE
from sim.kinds import DELIVERY, RETURN, RETURN_LOSS
from sim.setting import Setting
from sim.support import DELIVERY_TOPIC, PAYMENT_TOPIC, PRODUCT_TOPIC, RETURN_TOPIC, Support
from sim.trust import Trust
from sim.voice import BAD, Voice
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = luck.Keys

_SHIPMENT = luck.purpose("world.order.shipment")
_DELAY = luck.purpose("world.shipment.delay")
_BAD = luck.purpose("world.shipment.bad")
_RETURN = luck.purpose("world.shipment.return")
_RETURNED = luck.purpose("world.return")
_RETURN_DELAY = luck.purpose("world.return.delay")
_RETURN_PART = luck.purpose("world.return.part")
_RETURN_TROUBLE = luck.purpose("world.return.trouble")

_DELIVERED = EVENT_CODE["delivered_order"]
_CAME_BACK = EVENT_CODE["returned"]

_KOPECK = MONEY_UNIT // 100


class Fulfilment:
    """Column: last (N,) int8, category of the order handed over last, with BAD where it went badly; -1 for none."""

    def __init__(self, setting: Setting, trust: Trust, support: Support | None, voice: Voice) -> None:
        self.trust, self.support, self.voice = trust, support, voice
        self.agenda, self.hub, self.recorder = setting.agenda, setting.hub, setting.recorder
        self.parameters = setting.parameters
        parts = setting.population.after_order
        self.last = setting.columns.add("fulfilment.last", np.int8, -1)
        self._returned = np.array([job.returned for job in setting.population.jobs]) if "returns" in parts else None
        self._reviews = "reviews" in parts
        self.agenda.register(DELIVERY, self.on_delivery)
        if self._returned is not None:
            self.agenda.register(RETURN, self.on_return)
            self.agenda.register(RETURN_LOSS, self.on_return_loss)

    # ---------------------------------------------------------------- from the order

    def ship(self, rows: Cohort, category: Int64s, paid: Int64s, earned: Int64s) -> None:
        """Orders set out.  paid: what the customer paid; earned: what the order contributed; money (n,)."""
        p = self.parameters.delivery
        key = luck.child(rows.key, _SHIPMENT)
        days = p.days * np.exp(p.spread * luck.normal(key, _DELAY))
        took = 1 + (days * DAY).astype(np.int64)
        due = int(p.promised * DAY)
        late = np.maximum(took - due, 0)
        bad = luck.uniform(key, _BAD) < self.parameters.trust.bad_share + p.late_bad * (late > 0)
        payload = category | np.where(bad, BAD, 0) | (late << 8)
        self.agenda.push(DELIVERY, rows.customer, rows.time + took, key, payload)
        if self.support is not None:
            chances = self.parameters.support
            self.support.turn_to(rows.customer, rows.time + MINUTE, key, chances.payment, PAYMENT_TOPIC)
            waiting = (late > 0).nonzero()[0]
            self.support.turn_to(
                rows.customer.take(waiting),
                rows.time.take(waiting) + due,
                key.take(waiting),
                chances.late,
                DELIVERY_TOPIC,
            )
        if self._returned is not None:
            self._plan_returns(rows, rows.time + took, key, category, bad, paid, earned, self._returned)

    def _plan_returns(
        self,
        rows: Cohort,
        handed_over: Int64s,
        key: Keys,
        category: Int64s,
        bad: Bools,
        paid: Int64s,
        earned: Int64s,
        shares: NDArray[np.float64],
    ) -> None:
        p = self.parameters.returns
        chance = shares.take(category) * np.where(bad, p.after_bad, 1.0)
        index = (luck.uniform(key, _RETURN) < chance).nonzero()[0]
        if not index.size:
            return
        key = luck.child(key.take(index), _RETURNED)
        delay = 1 + (p.days * np.exp(p.spread * luck.normal(key, _RETURN_DELAY)) * DAY).astype(np.int64)
        u_part, u_share = luck.uniform_pair(key, _RETURN_PART)
        share = np.where(u_part < p.part, 0.2 + 0.6 * u_share, 1.0)
        refund = (paid.take(index) * share).astype(np.int64) // _KOPECK
        lost = (earned.take(index) * share).astype(np.int64) // _KOPECK
        customer, when = rows.customer.take(index), handed_over.take(index) + delay
        self.agenda.push(RETURN, customer, when, key, category.take(index) | refund << 4)
        self.agenda.push(RETURN_LOSS, customer, when, key, lost)

    # ---------------------------------------------------------------- at the door

    def on_delivery(self, rows: Cohort) -> None:
        """An order is handed over: experience moves trust, and may lead to a ticket or a review."""
        p, customer = self.parameters.trust, rows.customer
        category, bad, late = rows.payload & 15, (rows.payload & BAD) != 0, rows.payload >> 8
        self.last[customer] = category | np.where(bad, BAD, 0)
        room = 1.0 - p.normal + self.trust.missing(customer, rows.time)
        self.trust.shift(customer, rows.time, np.where(bad, -p.bad, p.good * room))
        self.hub.observe(_DELIVERED, customer, rows.time, rows.key, category, late * MONEY_UNIT)
        there = self.trust.alive(customer, rows.time)
        if self.support is not None:
            hurt = (bad & there).nonzero()[0]
            self.support.turn_to(
                customer.take(hurt),
                rows.time.take(hurt) + MINUTE,
                rows.key.take(hurt),
                self.parameters.support.bad,
                PRODUCT_TOPIC,
            )
        if self._reviews:
            index = there.nonzero()[0]
            self.voice.review_unasked(rows.take(index), category.take(index), bad.take(index))

    def on_return(self, rows: Cohort) -> None:
        """All or a part of an order comes back."""
        p, customer = self.parameters.returns, rows.customer
        category = rows.payload & 15
        refund = (rows.payload >> 4) * _KOPECK
        self.recorder.returned(customer, rows.time, refund)
        troubled = (luck.uniform(rows.key, _RETURN_TROUBLE) < p.trouble).nonzero()[0]
        self.trust.shift(customer.take(troubled), rows.time.take(troubled), np.full(troubled.size, -p.trust))
        self.hub.observe(_CAME_BACK, customer, rows.time, rows.key, category, refund)
        if self.support is not None:
            chance = self.parameters.support.returning
            self.support.turn_to(customer, rows.time + MINUTE, rows.key, chance, RETURN_TOPIC)

    def on_return_loss(self, rows: Cohort) -> None:
        """At the second of the return: what it had contributed is gone, and its handling costs."""
        handling = int(self.parameters.returns.cost * MONEY_UNIT)
        self.recorder.lost(rows.customer, rows.time, rows.payload * _KOPECK + handling)
