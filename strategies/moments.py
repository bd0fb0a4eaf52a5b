"""Moments that the calendar knows beforehand: schedules of chains, planned day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import FIRST_DAY
from strategies.campaigns import due_on, falls_on
from strategies.chain_triggers import Schedule
from strategies.kinds import SCHEDULED, moment, numbers_of
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.vocabulary import DAY, MINUTE

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_SCHEDULED = luck.purpose("strategies.scheduled")


def minute_ordinal(day: int, clock: int) -> int:
    """A number for a local minute, also of the past."""
    return (FIRST_DAY + day) * (DAY // MINUTE) + clock // MINUTE


class Schedules:
    """Chains of one arm that start on a schedule, on each customer's clock."""

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        self._groups: dict[int, list[int]] = {}
        """Clock time → chains by priority that start at it on some days."""
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if isinstance(trigger, Schedule):
                self._groups.setdefault(trigger.clock, []).append(index)

    def plan(self, time: int) -> None:
        """Put the moments of the company day that begins at ``time`` on the agenda."""
        engine = self.engine
        for number, (clock, chains) in enumerate(self._groups.items()):
            for zone, customers in engine.campaigns.by_zone():
                day, due = due_on(time, zone, clock)
                if any(self._falls_on(chain, np.array([day]))[0] for chain in chains):
                    key = luck.child(engine.keys.luck.take(customers), _SCHEDULED, minute_ordinal(day, clock))
                    self.triggers.at(customers, np.full(customers.size, due), key, moment(SCHEDULED, number))

    def _falls_on(self, chain: int, day: Int64s) -> Bools:
        trigger = self.engine.program.chains[chain].trigger
        assert isinstance(trigger, Schedule)
        return falls_on(self.engine.calendar, trigger, day)

    def on_moment(self, cohort: Cohort) -> None:
        """Start the chains whose day it is; each run's luck is told by its rank among those started."""
        numbers = numbers_of(cohort.payload)
        for number, chains in enumerate(self._groups.values()):
            part = cohort.where(numbers == number)
            if part.size == 0:
                continue
            day = (part.time + self.engine.observed.zone_seconds(part.customer)) // DAY
            occurrence = Occurrence(NO_EVENT, part.customer, part.time, part.key)
            rank = np.zeros(part.size, np.int64)
            for chain in chains:
                index = self._falls_on(chain, day).nonzero()[0]
                rank += self.triggers.enter_some(chain, index, occurrence, rank)
