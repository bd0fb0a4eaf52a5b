"""Counted occurrences: chains that start when something came so many times, in a row or within a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import NEVER
from sim.kernel.short import distinct
from strategies.chain_triggers import CountTrigger, Silence
from strategies.context import Rows
from strategies.counting import Ring
from strategies.kinds import numbers_of
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.unanswered import Watch
from strategies.vocabulary import DAY, EVENT_CODE

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_COUNTED = luck.purpose("strategies.counted")


class _Tally:
    """What one count remembers: the number so far, or the times of the last ones where they age."""

    def __init__(self, trigger: CountTrigger, customers: int) -> None:
        self.trigger = trigger
        self.ring = None if trigger.within is None else Ring(trigger.count, trigger.within, customers)
        self.number = np.zeros(0 if self.ring else customers, np.int32)
        self.day = np.full(customers if trigger.in_a_row == "days" else 0, NEVER, np.int32)
        """Local day of the last occurrence, where days are counted."""

    def add(self, local: Int64s, time: Int64s, zone: Int64s) -> Bools:
        """One more for each; returns where the count is full.  It begins anew there.

        zone: (n,) seconds that the customers' clocks are ahead.
        """
        if self.day.size:
            full = self._one_more_day(local, (time + zone) // DAY)
        elif self.ring is None or self.trigger.within is None:
            self.number[local] += 1
            full = self.number.take(local) == self.trigger.count
        else:
            self.ring.note(local, time)
            first = self.ring.kth_last(local, self.trigger.count)
            full = np.asarray((first != NEVER) & (first > time - self.trigger.within))
        self.begin_anew(local[full])
        return np.asarray(full)

    def _one_more_day(self, local: Int64s, day: Int64s) -> Bools:
        last = self.day.take(local)
        self.day[local] = day
        number = self.number.take(local)
        number = np.where(day == last, number, np.where(day == last + 1, number, 0) + 1)
        full = (number == self.trigger.count) & (day != last)
        self.number[local] = number
        return np.asarray(full)

    def begin_anew(self, local: Int64s) -> None:
        """Nothing counts any more that came before."""
        if self.ring is None:
            self.number[local] = 0
        else:
            self.ring.forget(local)

    def interrupt(self, local: Int64s) -> None:
        """The row is broken: nothing counts that came before, and its day may count anew."""
        self.begin_anew(local)
        if self.day.size:
            self.day[local] = NEVER


class Counts:
    """The counts of one arm's chains; chains with equal triggers share one."""

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        self._groups: list[tuple[_Tally, list[int]]] = []
        """By priority of the first chain: what is remembered, chains by priority."""
        watches: dict[Silence, Watch] = {}
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if not isinstance(trigger, CountTrigger):
                continue
            known = [chains for tally, chains in self._groups if tally.trigger == trigger]
            if known:
                known[0].append(index)
                continue
            self._groups.append((_Tally(trigger, self.engine.customers), [index]))
            if isinstance(trigger.of, Silence) and trigger.of not in watches:
                watches[trigger.of] = Watch(triggers, trigger.of, len(watches))
        self.watches = list(watches.values())
        self.counted = frozenset(
            EVENT_CODE[tally.trigger.of] for tally, _ in self._groups if isinstance(tally.trigger.of, str)
        )
        interrupting = {EVENT_CODE[event] for tally, _ in self._groups for event in tally.trigger.without}
        self.events = (
            self.counted
            | interrupting
            | {event for watch in self.watches for event in (EVENT_CODE["delivered"], watch.answer)}
        )
        self._concerned = {event: self._concerned_by(event) for event in self.counted | interrupting}
        """Event → the groups that it counts for or interrupts."""

    def _concerned_by(self, event: int) -> list[tuple[_Tally, list[int], bool, bool]]:
        """(what is remembered, chains, does the event break its rows, does it count)."""
        found = []
        for tally, chains in self._groups:
            interrupts = any(EVENT_CODE[name] == event for name in tally.trigger.without)
            counts = isinstance(tally.trigger.of, str) and EVENT_CODE[tally.trigger.of] == event
            if interrupts or counts:
                found.append((tally, chains, interrupts, counts))
        return found

    def on_event(self, seen: Occurrence) -> None:
        """An observed event: it ends rows, and counts."""
        event = seen.event
        concerned = self._concerned.get(event)
        if concerned is None:
            return
        local = seen.customer - self.engine.first_customer
        rank = np.zeros(seen.size, np.int64)
        keys: luck.Keys | None = None
        for tally, chains, interrupts, counts in concerned:
            trigger = tally.trigger
            if interrupts:
                tally.interrupt(local)
            if not counts:
                continue
            index = np.arange(seen.size)
            if trigger.condition is not None:
                rows = Rows.at_trigger(seen, chains[0])
                index = self.engine.reader.holds(trigger.condition, rows).nonzero()[0]
            zone = self.engine.observed.zone_seconds(seen.customer.take(index))
            index = index[tally.add(local.take(index), seen.time.take(index), zone)]
            if index.size == 0:
                continue
            if keys is None:
                keys = luck.child(seen.key, _COUNTED, event)
            full = seen.with_key(keys).take(index)
            rank[index] += self.triggers.fire(chains, full, rank.take(index))

    def on_report(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, channel: Int64s) -> None:
        """What a channel reports about messages: an answer ends the rows of messages without one."""
        for watch in self.watches:
            answered = customer.take(watch.note(event, customer, time, key, channel))
            if answered.size == 0:
                continue
            for tally, _ in self._groups:
                if tally.trigger.of == watch.silence and tally.trigger.in_a_row:
                    tally.interrupt(answered - self.engine.first_customer)

    def on_moment(self, cohort: Cohort) -> None:
        """The time of messages is over: those without an answer count."""
        numbers = numbers_of(cohort.payload)
        for number in distinct(numbers):
            watch = self.watches[number]
            part = watch.over(cohort.where(numbers == number))
            rank = np.zeros(part.size, np.int64)
            for tally, chains in self._groups:
                if tally.trigger.of != watch.silence or part.size == 0:
                    continue
                zone = self.engine.observed.zone_seconds(part.customer)
                index = tally.add(part.customer - self.engine.first_customer, part.time, zone).nonzero()[0]
                one = part.take(index)
                occurrence = Occurrence(NO_EVENT, one.customer, one.time, one.key)
                rank[index] += self.triggers.fire(chains, occurrence, rank.take(index))
