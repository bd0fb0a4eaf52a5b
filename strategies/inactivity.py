"""Staying away: chains that start when an event has not come for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import NEVER
from strategies.chain_triggers import InactivityTrigger
from strategies.kinds import AWAY, moment, numbers_of
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.vocabulary import EVENT_CODE

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]

_INACTIVE_AT_START = luck.purpose("strategies.inactive_at_start")
_INACTIVITY = luck.purpose("strategies.inactivity")


class Inactivity:
    """Customers of one arm who may be missed.

    Each missed event leaves a row on the agenda at the end of the period; whoever came back meanwhile is not
    missed then.
    """

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        self._groups: dict[tuple[int, int], list[int]] = {}
        """(missed event, period) → chains by priority."""
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if isinstance(trigger, InactivityTrigger):
                self._groups.setdefault((EVENT_CODE[trigger.of], trigger.period), []).append(index)
        self._looked = np.full((len(self._groups), self.engine.customers), NEVER, np.int32)
        """When it was last found out that a customer stayed away; the missed event may come twice in a second."""
        self.events = frozenset(event for event, _ in self._groups)

    def watch(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        """After an event that some chain misses when it stays away: look again when the period is over."""
        for number, (missed, period) in enumerate(self._groups):
            if missed == event:
                # Several events may share the key of their cause: a message opened and clicked, points that expire.
                own = luck.child(key, _INACTIVITY, event << 40 | period)
                self._look_again(number, customer, time + period, own)

    def _look_again(self, number: int, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        self.triggers.at(customer, time, key, moment(AWAY, number))

    def begin(self, time: int) -> None:
        """Look for the inactive of the past; unless told to enter, whoever waits already does not flood the chains."""
        engine = self.engine
        customer = self.triggers.everybody()
        enters = engine.program.scenario.at_start.backlog == "enter"
        for number, (event, period) in enumerate(self._groups):
            last = engine.observed.last_of(event).take(customer).astype(np.int64)
            due = last + period
            if enters:
                due = np.maximum(due, time)
            index = ((last != NEVER) & (due >= time)).nonzero()[0]
            already = customer[(last != NEVER) & (due < time)]
            for chain in self._groups[event, period]:
                engine.refusals.at_start(chain, already, time)
            part = customer.take(index)
            key = luck.child(engine.keys.luck.take(part), _INACTIVE_AT_START, event << 40 | period)
            self._look_again(number, part, due.take(index), key)

    def on_moment(self, cohort: Cohort) -> None:
        """Start the chains of those who really stayed away for the whole period."""
        numbers = numbers_of(cohort.payload)
        for number, ((event, period), chains) in enumerate(self._groups.items()):
            part = cohort.where(numbers == number)
            last = self.engine.observed.last_of(event).take(part.customer).astype(np.int64)
            looked = self._looked[number].take(part.customer - self.engine.first_customer)
            part = part.where((last + period <= part.time) & (looked != part.time))
            if part.size:
                self._looked[number, part.customer - self.engine.first_customer] = part.time
                self.triggers.fire(chains, Occurrence(NO_EVENT, part.customer, part.time, part.key))
