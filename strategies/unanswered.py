"""Messages that nobody answered: delivered, and not opened (or clicked) within a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from strategies.chain_triggers import Silence
from strategies.kinds import UNANSWERED, moment
from strategies.vocabulary import CHANNEL_CODE, EVENT_CODE

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]

_UNANSWERED = luck.purpose("strategies.unanswered")
_DELIVERED = EVENT_CODE["delivered"]
ANSWERS = {"unopened": EVENT_CODE["opened"], "unclicked": EVENT_CODE["click"]}
"""Kind of silence → the answer that was missed."""


class Watch:
    """Delivered messages of one channel whose time to be answered is not over.

    A customer's open messages stand as keys in ``slots``, (depth, customers) uint64, 0 for a free place; it grows
    as deep as the most that one customer has open.
    """

    def __init__(self, triggers: Triggers, silence: Silence, number: int) -> None:
        self.triggers = triggers
        self.silence = silence
        self.channel = CHANNEL_CODE[silence.channel]
        self.answer = ANSWERS[silence.kind]
        self.payload = moment(UNANSWERED, number)
        self._ordinal = (silence.within << 8 | self.channel << 1 | (silence.kind == "unclicked")) + 1
        self.slots = np.zeros((1, triggers.engine.customers), np.uint64)

    def note(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, channel: Int64s) -> Int64s:
        """What a channel reports about messages; returns the index of those that were answered just now."""
        index = (channel == self.channel).nonzero()[0] if event in (_DELIVERED, self.answer) else channel[:0]
        if index.size == 0:
            return index
        own = luck.same_child(key.take(index), _UNANSWERED, self._ordinal)
        local = customer.take(index) - self.triggers.engine.first_customer
        if event == _DELIVERED:
            self._open(local, own)
            self.triggers.at(customer.take(index), time.take(index) + self.silence.within, own, self.payload)
            return index[:0]
        self._close(local, own)
        return index

    def _open(self, local: Int64s, own: luck.Keys) -> None:
        free = self.slots.take(local, axis=1) == 0
        if not free.any(axis=0).all():
            self.slots = np.concatenate([self.slots, np.zeros((1, self.slots.shape[1]), np.uint64)])
            free = self.slots.take(local, axis=1) == 0
        self.slots[free.argmax(axis=0), local] = own

    def _close(self, local: Int64s, own: luck.Keys) -> NDArray[np.bool_]:
        """Free the places of these messages; returns which still had one."""
        same = self.slots.take(local, axis=1) == own
        found: NDArray[np.bool_] = same.any(axis=0)
        index = found.nonzero()[0]
        self.slots[same.argmax(axis=0)[index], local[index]] = 0
        return found

    def over(self, cohort: Cohort) -> Cohort:
        """The messages whose time is over without an answer."""
        return cohort.where(self._close(cohort.customer - self.triggers.engine.first_customer, cohort.key))
