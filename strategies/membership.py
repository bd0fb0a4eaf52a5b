"""Who is in which segment of an arm: looked up at the moment of the question, or as of the last refresh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from strategies.conditions import Expression
from strategies.deeds import Deeds, Meets
from strategies.observed import Observed
from strategies.occurrence import Occurrence
from strategies.predictions import ORDER, Forecast
from strategies.scenario import Scenario
from strategies.segments import Segment

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Holds = Callable[[Expression, Int64s, Int64s], Bools]
"""(condition, customers, times) → where it holds."""


class Membership:
    """Segments of one arm.

    A segment with ``refresh`` is found anew at the company midnights of its rhythm, counted from the start;
    in between its members stay.  Any other one is looked up when it is asked for.
    """

    def __init__(
        self, scenario: Scenario, observed: Observed, holds: Holds, meets: Meets, first_customer: int, customers: int
    ) -> None:
        self.segments = {segment.name: segment for segment in scenario.segments}
        self.holds = holds
        self.first_customer, self.customers = first_customer, customers
        self.forecast: Forecast | None = None
        """Chances, where some segment asks for one."""
        self.deeds = Deeds(scenario, observed, meets, first_customer, customers)
        self._members: dict[str, Bools] = {}

    def begin(self) -> None:
        """The strategy takes over: what is known of the past."""
        self.deeds.begin()
        if self.forecast is not None:
            self.forecast.begin()

    def note(self, seen: Occurrence) -> None:
        """Remember what segments need of an event of these customers (each once)."""
        self.deeds.note(seen)
        if self.forecast is not None and seen.event == ORDER:
            self.forecast.note_order(seen.customer, seen.time)

    @property
    def events(self) -> int:
        """Bit set of the events that segments need."""
        return self.deeds.events | (1 << ORDER if self.forecast is not None else 0)

    def contains(self, name: str, customer: Int64s, time: Int64s) -> Bools:
        """Whether each customer counts as a member at the given time."""
        members = self._members.get(name)
        if members is not None:
            return members.take(customer - self.first_customer)
        return self.found(self.segments[name], customer, time)

    def found(self, segment: Segment, customer: Int64s, time: Int64s) -> Bools:
        """Whether the segment's definition holds now."""
        if segment.condition is None:
            result = np.ones(customer.size, bool)
        else:
            result = self.holds(segment.condition, customer, time)
        if segment.did is not None:
            result &= self.deeds.done(segment.did, customer, time)
        if segment.predict is not None:
            assert self.forecast is not None
            result &= self.forecast.holds(segment.predict, customer, time)
        return result

    def refresh(self, time: int) -> None:
        """The company day begins: find the members of the segments whose rhythm falls on it."""
        due = [s for s in self.segments.values() if s.refresh is not None and time % s.refresh == 0]
        if not due:
            return
        everybody = np.arange(self.first_customer, self.first_customer + self.customers)
        for segment in due:
            self._members[segment.name] = self.found(segment, everybody, np.full(everybody.size, time))
