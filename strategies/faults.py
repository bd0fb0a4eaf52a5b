"""Data faults: what goes wrong between what customers do and what the strategies of an arm see of it.

Life goes on as it is; only what the company knows is faulty.  An own action is, in this order: done under
another id of the same person, lost, late, or told twice.  Each is decided by luck keyed by the action itself
(the other id: by customer and company day, since a device serves for a day), so two arms with the same faults
miss the same things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import FIRST_DAY
from sim.kernel.luck import Keys
from sim.kernel.short import distinct
from strategies.arm_customers import ArmCustomers
from strategies.data_quality import DataFaults
from strategies.kinds import LATE
from strategies.occurrence import Occurrence
from strategies.vocabulary import DAY, EVENT_CODE, MINUTE, REASON_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Reasons = NDArray[np.uint8]

_TWO_IDS, _OTHER_ID, _LOST, _LATE, _DELAY, _TWICE, _GAP, _SECOND = (
    luck.purpose(f"strategies.faults.{name}")
    for name in ("two_ids", "other_id", "lost", "late", "delay", "twice", "gap", "second")
)
OTHER_ID, LOST, IS_LATE, ARRIVED, AGAIN = (
    REASON_CODE[name] for name in ("other_id", "lost", "late", "arrived", "doubled")
)
TWICE_WITHIN = 10 * MINUTE
"""A doubled event comes again within so long: a retried request, not a second day (grade D)."""

_EVENT_BITS, _TEXT_BITS = 6, 16
_HAS_VALUE = 1 << _EVENT_BITS
_TEXT_SHIFT = _EVENT_BITS + 2
_ROW_SHIFT = _TEXT_SHIFT + _TEXT_BITS
_SECOND_TIME = 1 << (_EVENT_BITS + 1)

Tell = Callable[[Occurrence, int], None]
"""(action, reason): an action becomes known."""


@dataclass(frozen=True)
class _Arm:
    """The customers of an arm and its faults by event code."""

    customers: ArmCustomers
    lost: Mapping[int, float]
    late: Mapping[int, tuple[float, int]]
    doubled: Mapping[int, float]
    two_ids: tuple[float, float]


class FaultyData:
    """Decides about every observed event of arms with data faults, and brings late and doubled ones later.

    luck_keys, split_keys: (N,) roots of all stacked customers.  tell: who hears what arrives later.
    """

    def __init__(self, agenda: Agenda, luck_keys: Keys, split_keys: Keys, tell: Tell) -> None:
        self.agenda, self.luck_keys, self.split_keys, self.tell = agenda, luck_keys, split_keys, tell
        self._arms: list[_Arm] = []
        self._values = np.empty(0, np.int64)
        self._kept = 0
        """The first so many are the numbers of what arrives later: a payload has no room for money."""
        self.events: set[int] = set()
        """Events with which something may be wrong in some arm."""

    def add(self, faults: DataFaults, customers: ArmCustomers, events: Sequence[int]) -> None:
        """An arm whose strategies see faulty data.  events: own actions, which a second id may hide."""
        if not self._arms:
            self.agenda.register(LATE, self._on_late, lambda customer, payload: payload & ((1 << _ROW_SHIFT) - 1))
        arm = _Arm(
            customers,
            {EVENT_CODE[name]: share for name, share in faults.lost},
            {EVENT_CODE[name]: (share, by) for name, share, by in faults.late},
            {EVENT_CODE[name]: share for name, share in faults.doubled},
            faults.two_ids or (0.0, 0.0),
        )
        self._arms.append(arm)
        self.events |= arm.lost.keys() | arm.late.keys() | arm.doubled.keys()
        if faults.two_ids:
            self.events |= set(events)

    def unseen_contacts(self, event: int, customer: Int64s, key: Keys) -> Bools:
        """Where a report of a channel (an open, a click) is lost."""
        lost = np.zeros(customer.size, bool)
        for arm in self._arms:
            if event in arm.lost:
                mine = arm.customers.positions(customer)
                lost[mine] = luck.uniform(_of_event(key.take(mine), event), _LOST) < arm.lost[event]
        return lost

    def fates(self, done: Occurrence) -> Reasons:
        """What becomes of own actions: 0 (seen at once), OTHER_ID, LOST or IS_LATE; (n,)."""
        event, fate = done.event, np.zeros(done.size, np.uint8)
        for arm in self._arms:
            mine = arm.customers.positions(done.customer)
            if not mine.size:
                continue
            names = _of_event(done.key.take(mine), event)
            if event in arm.late:
                fate[mine[luck.uniform(names, _LATE) < arm.late[event][0]]] = IS_LATE
            if event in arm.lost:
                fate[mine[luck.uniform(names, _LOST) < arm.lost[event]]] = LOST
            if arm.two_ids[0] > 0:
                fate[mine[self._under_other_id(done.customer.take(mine), done.time.take(mine), arm)]] = OTHER_ID
        return fate

    def _under_other_id(self, customer: Int64s, time: Int64s, arm: _Arm) -> Bools:
        share, unseen = arm.two_ids
        has_two = luck.sticky_uniform(self.split_keys.take(customer), _TWO_IDS, 0) < share
        day = luck.same_child(self.luck_keys.take(customer), _OTHER_ID, time // DAY + FIRST_DAY)
        hidden: Bools = has_two & (luck.sticky_uniform(day, _OTHER_ID, 0) < unseen)
        return hidden

    def plan(self, done: Occurrence, fate: Reasons) -> None:
        """Put what arrives late, and what arrives again, on the agenda."""
        event = done.event
        for arm in self._arms:
            inside = arm.customers.among(done.customer)
            late = (inside & (fate == IS_LATE)).nonzero()[0]
            if late.size:
                longest = arm.late[event][1]
                delay = 1 + (luck.uniform(_of_event(done.key.take(late), event), _DELAY) * longest).astype(np.int64)
                self._tell_later(done.take(late), delay, 0)
            seen = (inside & (fate == 0)).nonzero()[0]
            if event in arm.doubled and seen.size:
                twice = seen[luck.uniform(_of_event(done.key.take(seen), event), _TWICE) < arm.doubled[event]]
                gap = 1 + (luck.uniform(_of_event(done.key.take(twice), event), _GAP) * TWICE_WITHIN).astype(np.int64)
                self._tell_later(done.take(twice), gap, _SECOND_TIME)

    def _tell_later(self, done: Occurrence, delay: Int64s, second: int) -> None:
        """Actions arrive so many seconds later.  second: _SECOND_TIME for what is told again."""
        text = np.full(done.size, _NO_TEXT) if done.category is None else done.category
        payload = (text.astype(np.int64) + 1) << _TEXT_SHIFT | done.event | second
        if done.value is not None:
            payload |= _HAS_VALUE | self._keep(done.value) << _ROW_SHIFT
        self.agenda.push(LATE, done.customer, done.time + delay, done.key, payload)

    def _keep(self, value: Int64s) -> Int64s:
        """Where the numbers are kept until they are told."""
        place = self._kept + np.arange(value.size)
        self._kept += value.size
        if self._kept > self._values.size:
            self._values = np.concatenate([self._values, np.zeros(max(self._kept, 1_024), np.int64)])
        self._values[place] = value
        return place

    def _on_late(self, rows: Cohort) -> None:
        """What was late arrives; what was told already is told again, as another occurrence."""
        kind = rows.payload & ((1 << _TEXT_SHIFT) - 1)
        for one in distinct(kind):
            part = rows.take((kind == one).nonzero()[0])
            event, second = one & ((1 << _EVENT_BITS) - 1), bool(one & _SECOND_TIME)
            key = luck.child(part.key, _SECOND, event) if second else part.key
            text = (part.payload >> _TEXT_SHIFT & ((1 << _TEXT_BITS) - 1)) - 1
            category = None if not part.size or int(text[0]) == _NO_TEXT else text
            value = self._values.take(part.payload >> _ROW_SHIFT) if one & _HAS_VALUE else None
            done = Occurrence(event, part.customer, part.time, key, category, value)
            self.tell(done, AGAIN if second else ARRIVED)


_NO_TEXT = (1 << _TEXT_BITS) - 2
"""Stands for 'this event has no text attribute'; −1, an unknown one, is 0 in the payload."""


def _of_event(key: Keys, event: int) -> Keys:
    """Several events may share the key of what caused them: their luck is told apart by the event."""
    return luck.same_child(key, _SECOND, event + 64)
