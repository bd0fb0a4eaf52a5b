"""Moments that the calendar knows beforehand: schedules of chains, planned day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import FIRST_DAY
from strategies.campaigns import due_on
from strategies.contact_policy import Zone
from strategies.kinds import SCHEDULED, moment, numbers_of
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.schedules import Schedule
from strategies.vocabulary import DAY, MINUTE

if TYPE_CHECKING:
    from strategies.triggers import Triggers

_SCHEDULED = luck.purpose("strategies.scheduled")
_SCHEDULED_BY_COMPANY = luck.purpose("strategies.scheduled_by_company")


def minute_ordinal(day: int, clock: int) -> int:
    """A number for a local minute, also of the past."""
    return (FIRST_DAY + day) * (DAY // MINUTE) + clock // MINUTE


class Schedules:
    """Chains of one arm that start on a schedule, on each customer's clock or on the company's."""

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        self._groups: dict[tuple[int, Zone], list[int]] = {}
        """Clock time and whose clock → chains by priority that start at it on some days."""
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if isinstance(trigger, Schedule):
                self._groups.setdefault((trigger.clock, trigger.zone), []).append(index)

    def plan(self, time: int) -> None:
        """Put the moments of the company day that begins at ``time`` on the agenda."""
        engine = self.engine
        for number, ((clock, whose), chains) in enumerate(self._groups.items()):
            for zone, customers in engine.campaigns.by_clock(whose):
                day, due = due_on(time, zone, clock)
                if any(self._falls_on(chain, day) for chain in chains):
                    purpose = _SCHEDULED if whose == "customer" else _SCHEDULED_BY_COMPANY
                    key = luck.child(engine.keys.luck.take(customers), purpose, minute_ordinal(day, clock))
                    self.triggers.at(customers, np.full(customers.size, due), key, moment(SCHEDULED, number))

    def _falls_on(self, chain: int, day: int) -> bool:
        trigger = self.engine.program.chains[chain].trigger
        assert isinstance(trigger, Schedule)
        return self.engine.campaigns.falls_on(trigger, day)

    def on_moment(self, cohort: Cohort) -> None:
        """Start the chains whose day it is; each run's luck is told by its rank among those started."""
        numbers = numbers_of(cohort.payload)
        for number, ((_, whose), chains) in enumerate(self._groups.items()):
            part = cohort.where(numbers == number)
            if part.size == 0:
                continue
            zone = self.engine.observed.zone_seconds(part.customer) if whose == "customer" else 0
            day = (part.time + zone) // DAY
            days = np.unique(day).tolist()
            occurrence = Occurrence(NO_EVENT, part.customer, part.time, part.key)
            rank = np.zeros(part.size, np.int64)
            for chain in chains:
                index = np.isin(day, [one for one in days if self._falls_on(chain, one)]).nonzero()[0]
                rank += self.triggers.enter_some(chain, index, occurrence, rank)
