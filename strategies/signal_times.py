"""When signals last came: what pauses after more than the name of an event ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from strategies.changes import phases
from strategies.context import NO_CHAIN, FieldReader, Rows
from strategies.occurrence import Occurrence
from strategies.signals import Signal
from strategies.vocabulary import EVENT_CODE

if TYPE_CHECKING:
    from strategies.run_signals import Segments
    from strategies.scenario import Scenario

Int64s = NDArray[np.int64]


class SignalTimes:
    """The last times of the signals that an arm's policy names, in all its phases, since the start.

    events: codes of their events.  segments: names of those whose changes they are.
    """

    def __init__(self, scenario: Scenario, reader: FieldReader, first_customer: int, customers: int) -> None:
        self.reader, self.first_customer = reader, first_customer
        signals = set(_named(scenario))
        self._times = {signal: np.full(customers, NEVER, np.int32) for signal in signals}
        self._of_event: dict[int, list[Signal]] = {}
        for signal in signals:
            self._of_event.setdefault(EVENT_CODE[signal.event], []).append(signal)
        self.events = frozenset(self._of_event)
        self.segments = frozenset(signal.segment for signal in signals if signal.segment)

    def note(self, seen: Occurrence) -> None:
        """An event of these different customers has come."""
        for signal in self._of_event.get(seen.event, ()):
            index = self.reader.holds(signal.condition, Rows.at_trigger(seen, NO_CHAIN)).nonzero()[0]
            self._times[signal][seen.customer.take(index) - self.first_customer] = seen.time.take(index)

    def note_segments(self, customer: Int64s, time: Int64s, changed: Segments) -> None:
        """Segments changed of these different customers."""
        for (event, segment), who in changed.items():
            times = self._times.get(Signal(event, segment=segment))
            if times is not None:
                index = who.nonzero()[0]
                times[customer.take(index) - self.first_customer] = time.take(index)

    def last(self, signal: Signal, customer: Int64s) -> Int64s:
        """(n,) when the signal last came; NEVER where it did not."""
        return self._times[signal].take(customer - self.first_customer).astype(np.int64)


def _named(scenario: Scenario) -> Iterable[Signal]:
    for phase in phases(scenario):
        yield from (signal for row in phase.scenario.policy.pause_after for signal, _ in row.signals)
