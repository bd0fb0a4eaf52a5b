"""Which runs a signal ends, fulfils or moves on, where the name of an event alone does not tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from strategies.context import NO_CHAIN, FieldReader, Rows
from strategies.occurrence import Occurrence
from strategies.program import LISTEN, Program
from strategies.runs import LISTENING, SENDING
from strategies.signals import Signal
from strategies.vocabulary import EVENT_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Segments = dict[tuple[str, str], Bools]
"""(event, segment) → (n,) which of the customers entered or left it."""


class Came(Protocol):
    """What has come, to one customer per row."""

    def events(self) -> tuple[int, ...]:
        """Codes of the events."""
        ...

    def fits(self, signal: Signal, index: Int64s) -> Bools:
        """Whether it is what the signal tells, at some rows."""
        ...


@dataclass(frozen=True)
class EventCame:
    """An event with its attributes, which the condition of a signal asks."""

    reader: FieldReader
    seen: Occurrence

    def events(self) -> tuple[int, ...]:
        """The one event."""
        return (self.seen.event,)

    def fits(self, signal: Signal, index: Int64s) -> Bools:
        """Whether the condition holds at the moment of the event."""
        return self.reader.holds(signal.condition, Rows.at_trigger(self.seen.take(index), NO_CHAIN))


@dataclass(frozen=True)
class SegmentsChanged:
    """All changes of segments of one moment: their order and names decide nothing."""

    changed: Segments

    def events(self) -> tuple[int, ...]:
        """Entering, leaving, or both."""
        return tuple(sorted({EVENT_CODE[event] for event, _ in self.changed}))

    def fits(self, signal: Signal, index: Int64s) -> Bools:
        """Whether the segment was entered, or left."""
        changed = self.changed.get((signal.event, signal.segment))
        return np.zeros(index.size, bool) if changed is None else changed.take(index)


class RunSignals:
    """The signals of one arm's chains, beside plain events.

    segments: names of those whose changes runs react to.  events: codes of all events that a signal tells.
    """

    def __init__(self, engine: Engine) -> None:
        self.runs, self.operations = engine.runs, engine.interpreter.operations
        program = engine.program
        self._exits: dict[int, list[tuple[int, Signal]]] = {}
        """Event → (chain, signal that ends its runs)."""
        self._goals: dict[int, list[tuple[int, Signal]]] = {}
        """Event → (chain, signal that is its goal)."""
        self._waits: dict[int, list[tuple[int, Signal]]] = {}
        """Event → (number among the program's signals of waits, signal of that event)."""
        for number, chain in enumerate(program.chains):
            for signal in chain.exit_signals:
                self._exits.setdefault(EVENT_CODE[signal.event], []).append((number, signal))
            for signal in chain.goal.signals if chain.goal is not None else ():
                if not signal.is_plain:
                    self._goals.setdefault(EVENT_CODE[signal.event], []).append((number, signal))
        for number, signals in enumerate(program.listened):
            for signal in signals:
                self._waits.setdefault(EVENT_CODE[signal.event], []).append((number, signal))
        tables = (self._exits, self._goals, self._waits)
        self.events = frozenset(event for table in tables for event in table)
        self.segments = self.segments_of(program)
        self._bits = program.listened_bits
        self._chains = np.array(program.listened_chains, np.int64)

    @staticmethod
    def segments_of(program: Program) -> frozenset[str]:
        """Names of the segments whose changes runs of a program react to."""
        signals = [signal for chain in program.chains for signal in chain.exit_signals]
        signals += [signal for chain in program.chains if chain.goal is not None for signal in chain.goal.signals]
        signals += [signal for listened in program.listened for signal in listened]
        return frozenset(signal.segment for signal in signals if signal.segment)

    def ends(self, run: Int64s, came: Came) -> Bools:
        """(n,) whether it ends the runs."""
        return self._by_chain(self._exits, run, came)

    def fulfils(self, run: Int64s, came: Came) -> Bools:
        """(n,) whether it is the goal of the runs' chains."""
        return self._by_chain(self._goals, run, came)

    def _by_chain(self, table: dict[int, list[tuple[int, Signal]]], run: Int64s, came: Came) -> Bools:
        found = np.zeros(run.size, bool)
        chain = self.runs.chain.take(run)
        for event in came.events():
            for number, signal in table.get(event, ()):
                index = ((chain == number) & ~found).nonzero()[0]
                if index.size:
                    found[index] = came.fits(signal, index)
        return found

    def hears(self, run: Int64s, came: Came) -> Bools:
        """(n,) whether the runs wait for it; those whose contact is being sent remember it for the wait behind."""
        heard = np.zeros(run.size, bool)
        state, chain = self.runs.state.take(run), self.runs.chain.take(run)
        waits = np.where(state == LISTENING, self._awaited(run), -1)
        for event in came.events():
            for number, signal in self._waits.get(event, ()):
                asks = (state == SENDING) & (chain == self._chains[number])
                index = ((waits == number) & ~heard | asks).nonzero()[0]
                if not index.size:
                    continue
                fits = index[came.fits(signal, index)]
                heard[fits] = waits.take(fits) == number
                asking = run.take(fits[asks.take(fits)])
                self.runs.reported_signals[0, asking] |= np.uint64(self._bits[number][event])
        return heard

    def _awaited(self, run: Int64s) -> Int64s:
        """(n,) number of the signals of the wait behind which each run stands, -1 for none."""
        at = np.maximum(self.runs.pc.take(run).astype(np.int64) - 1, 0)
        return np.where(self.operations.code.take(at) == LISTEN, self.operations.otherwise.take(at), -1)
