"""Events of other systems, told in a file: chains that start at their rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.short import distinct
from strategies.chain_triggers import ExternalEvents, ExternalTrigger
from strategies.context import Rows
from strategies.kinds import EXTERNAL, moment, numbers_of
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.vocabulary import DAY

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]

_EXTERNAL = luck.purpose("strategies.external")
_EPOCH = dt.date(1970, 1, 1)
_SAME_SECOND = 12
"""Bits of an ordinal for the rows of all files that name one customer in one second."""


class External:
    """Rows of all files of one arm, by time."""

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        groups: dict[ExternalEvents, list[int]] = {}
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if isinstance(trigger, ExternalTrigger):
                groups.setdefault(trigger.events, []).append(index)
        # Files are told apart by what they hold, never by their names.
        files = sorted(groups, key=lambda events: events.sha256)
        self._chains = [groups[events] for events in files]
        offset = (self.engine.calendar.start - _EPOCH).days * DAY
        rows = [
            (row.customer, row.time - offset, number, place)
            for number, events in enumerate(files)
            for place, row in enumerate(events.rows)
            if row.customer < self.engine.per_world
        ]
        rows.sort(key=lambda row: row[1])
        table = np.array(rows, np.int64).reshape(-1, 4)
        self._customer, self._time, self._file, self._place = np.ascontiguousarray(table.T)
        self._nth = _nth_of_its_second(self._customer, self._time)

    def plan(self, time: int) -> None:
        """Put the rows of the company day that begins at ``time`` on the agenda, in every world of the arm."""
        first, last = np.searchsorted(self._time, (time, time + DAY)).tolist()
        if first == last:
            return
        engine = self.engine
        row = np.tile(np.arange(first, last), engine.worlds)
        world = np.repeat(np.arange(engine.worlds), last - first)
        customer = engine.first_customer + world * engine.per_world + self._customer.take(row)
        due = self._time.take(row)
        key = luck.child(
            engine.keys.luck.take(customer),
            _EXTERNAL,
            (due << _SAME_SECOND) + luck.in_bits(self._nth.take(row), _SAME_SECOND, 48),
        )
        self.triggers.at(customer, due, key, moment(EXTERNAL, 0) | row)

    def on_moment(self, cohort: Cohort) -> None:
        """Start the chains of the rows that have come."""
        row = numbers_of(cohort.payload)
        files = self._file.take(row)
        for number in distinct(files):
            part = cohort.where(files == number)
            place = self._place.take(numbers_of(part.payload))
            occurrence = Occurrence(NO_EVENT, part.customer, part.time, part.key, None, place)
            rank = np.zeros(part.size, np.int64)
            for chain in self._chains[number]:
                trigger = self.engine.program.chains[chain].trigger
                assert isinstance(trigger, ExternalTrigger)
                index = None
                if trigger.condition is not None:
                    index = self.triggers.meeting(trigger.condition, Rows.at_trigger(occurrence, chain))
                rank += self.triggers.enter_some(chain, index, occurrence, rank)


def _nth_of_its_second(customer: Int64s, time: Int64s) -> Int64s:
    """How many rows before it (in order of time) name the same customer in the same second."""
    order = np.lexsort((customer, time))
    same = (np.diff(customer[order]) == 0) & (np.diff(time[order]) == 0)
    nth = np.zeros(customer.size, np.int64)
    for place in same.nonzero()[0].tolist():
        nth[order[place + 1]] = nth[order[place]] + 1
    return nth
