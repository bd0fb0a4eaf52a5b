"""Tickets: why customers turn to support, how long they wait, how it ends, what it does to trust.

A ticket is opened by a late, a bad or a returned order, or by a payment.  It is closed after a lognormal time,
solved or not.  A solution raises trust by ``solved_trust · 2^(−wait / slow)`` of what is missing to 1, an
unsolved ticket lowers it.  While a ticket is open, promotion fits badly (:mod:`sim.fit`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import HOUR
from sim.kinds import TICKET
from sim.setting import Setting
from sim.trust import Trust
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT, SUPPORT_TOPICS

Int64s = NDArray[np.int64]

_TURN = luck.purpose("world.ticket.turn")
_TURNS = luck.purpose("world.ticket.turns")
_TICKET = luck.purpose("world.ticket")
_WAIT = luck.purpose("world.ticket.wait")
_RESULT = luck.purpose("world.ticket.result")

DELIVERY_TOPIC, PRODUCT_TOPIC, RETURN_TOPIC, PAYMENT_TOPIC = (
    SUPPORT_TOPICS.index(topic) for topic in ("delivery", "product", "return", "payment")
)

_OPENED, _CLOSED = EVENT_CODE["support_opened"], EVENT_CODE["support_closed"]
_CLOSES, _UNSOLVED = 256, 16
"""Bits of a ticket's payload beside the topic (the low four bits); from bit 16 the seconds waited."""


class Support:
    """Column: open (N,) int8, tickets that are open now."""

    def __init__(self, setting: Setting, trust: Trust) -> None:
        self.trust, self.agenda, self.hub = trust, setting.agenda, setting.hub
        self.parameters = setting.parameters.support
        self.normal = setting.parameters.trust.normal
        self.open = setting.columns.add("support.open", np.int8)
        self.agenda.register(TICKET, self.on_ticket)

    def turn_to(self, customer: Int64s, time: Int64s, key: luck.Keys, chance: float, topic: int) -> None:
        """A share of these customers opens a ticket at ``time``; one topic once for an occurrence ``key``."""
        key = luck.child(key, _TURN, topic)
        index = (luck.uniform(key, _TURNS) < chance).nonzero()[0]
        if index.size:
            key = luck.child(key.take(index), _TICKET)
            self.agenda.push(TICKET, customer.take(index), time.take(index), key, np.full(index.size, topic))

    def on_ticket(self, rows: Cohort) -> None:
        """Tickets are opened, and closed."""
        closes = (rows.payload & _CLOSES) != 0
        self._close(rows.where(closes))
        self._open(rows.where(~closes))

    def _open(self, rows: Cohort) -> None:
        rows = rows.where(self.trust.alive(rows.customer, rows.time))
        if not rows.size:
            return
        p, topic = self.parameters, rows.payload
        self.open[rows.customer] += 1
        self.hub.observe(_OPENED, rows.customer, rows.time, rows.key, topic)
        waited = 60 + (p.hours * np.exp(p.spread * luck.normal(rows.key, _WAIT)) * HOUR).astype(np.int64)
        unsolved = luck.uniform(rows.key, _RESULT) < p.unsolved
        payload = topic | np.where(unsolved, _UNSOLVED, 0) | _CLOSES | (waited << 16)
        self.agenda.push(TICKET, rows.customer, rows.time + waited, rows.key, payload)

    def _close(self, rows: Cohort) -> None:
        if not rows.size:
            return
        p, customer = self.parameters, rows.customer
        topic, waited = rows.payload & 15, rows.payload >> 16
        unsolved = (rows.payload & _UNSOLVED) != 0
        self.open[customer] -= 1
        room = 1.0 - self.normal + self.trust.missing(customer, rows.time)
        gain = p.solved_trust * room * np.exp2(waited * (-1.0 / (p.slow * HOUR)))
        self.trust.shift(customer, rows.time, np.where(unsolved, -p.unsolved_trust, gain))
        code = topic + len(SUPPORT_TOPICS) * unsolved
        self.hub.observe(_CLOSED, customer, rows.time, rows.key, code, waited * MONEY_UNIT)
