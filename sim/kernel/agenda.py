"""The agenda: SimPy is the calendar, buckets only batch, rounds keep every customer's own time order.

One SimPy event stands for each non-empty bucket of time.  When it fires, *rounds* follow: a round
takes every customer's earliest pending row (ties: kind, the kind's own order, key), groups these
rows by kind into cohorts and calls the handlers.  Rows that a handler pushes into the same bucket
join the next round.  So a handler sees a customer at most once per call and in the customer's own
time order, whatever the length of the bucket: plain columns of state are exact, and results do not
depend on the bucket.

What couples customers (shared state) must change only between buckets: see :mod:`sim.kernel.shared`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Keys = NDArray[np.uint64]

_CUSTOMER, _TIME, _KEY, _PAYLOAD, _KIND = range(5)
_SETTLEMENT, _BUCKET = 0, 1
"""SimPy priorities at one instant: settlements come before the rows of the bucket that begins there."""

BUCKETS = (300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400)
"""Lengths that :func:`choose_bucket` picks from, in seconds; each divides a day."""

ROWS_PER_BUCKET = 100_000
"""Rows a bucket should hold at most: more no longer fit the processor's cache, fewer pay the fixed cost."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Rows of one kind that are handled together.  All arrays (n,); each customer at most once.

    customer: int64 stacked index; time: int64 seconds; key: uint64 of the occurrence; payload: int64
    of the kind's own meaning.
    """

    customer: Int64s
    time: Int64s
    key: Keys
    payload: Int64s

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.customer.size)

    def take(self, index: Int64s) -> Cohort:
        """The rows at ``index``."""
        return Cohort(
            self.customer.take(index), self.time.take(index), self.key.take(index), self.payload.take(index)
        )

    def where(self, mask: NDArray[np.bool_]) -> Cohort:
        """The rows where ``mask`` holds (itself, when it holds everywhere)."""
        index = mask.nonzero()[0]
        return self if index.size == self.customer.size else self.take(index)


Handler = Callable[[Cohort], None]
TieOrder = Callable[[Int64s, Int64s], Int64s]
"""(customer, payload) → int64: the smaller goes first among rows of one customer, time and kind."""


def choose_bucket(rows_per_day: float, shortest_period: int) -> int:
    """Longest bucket that keeps a bucket under ROWS_PER_BUCKET and divides ``shortest_period`` (seconds)."""
    fitting = [length for length in BUCKETS if shortest_period % length == 0]
    small = [length for length in fitting if rows_per_day * length / 86_400 <= ROWS_PER_BUCKET]
    return max(small, default=min(fitting))


class Agenda:
    """Pending rows of all customers and the loop that hands them out.

    customers: number of stacked customers.  bucket: seconds; results do not depend on it.
    begin, end: rows live in [begin, end); later ones are dropped at the push, earlier ones are refused.
    shuffle: test aid, permutes each cohort by a generator with this seed; results must not change.
    """

    def __init__(self, customers: int, bucket: int, begin: int, end: int, shuffle: int | None = None) -> None:
        if bucket <= 0 or begin % bucket or end <= begin:
            raise ValueError(f"bucket ({bucket}) must be positive and divide the begin ({begin}); end is {end}")
        self.bucket = bucket
        self.begin = begin
        self.end = end
        self.environment = simpy.Environment(initial_time=begin // bucket)
        self.rows_handled = 0
        self.cohorts = 0
        self.rounds = 0
        self._buckets: dict[int, list[Int64s]] = {}
        self._handlers: dict[int, Handler] = {}
        self._orders: dict[int, TieOrder] = {}
        self._slot = np.zeros(customers, np.int32)
        self._current: int | None = None
        self._inbox: list[Int64s] = []
        self._shuffle = None if shuffle is None else np.random.default_rng(shuffle)

    def register(self, kind: int, handler: Handler, order: TieOrder | None = None) -> None:
        """Who handles rows of ``kind`` (0 … 255).  Lower kinds go first at one instant."""
        if kind in self._handlers:
            raise ValueError(f"kind {kind} already has a handler")
        self._handlers[kind] = handler
        if order is not None:
            self._orders[kind] = order

    def push(
        self, kind: int, customer: Int64s, time: Int64s, key: Keys, payload: Int64s | int = 0
    ) -> None:
        """Put rows on the agenda.  Each time must not lie before the row being handled."""
        n = customer.size
        if n == 0:
            return
        last = int(time.max())
        if last >= self.end:
            keep = (time < self.end).nonzero()[0]
            if keep.size == 0:
                return
            kept = payload if isinstance(payload, int) else payload.take(keep)
            self.push(kind, customer.take(keep), time.take(keep), key.take(keep), kept)
            return
        block = np.empty((5, n), np.int64)
        block[_CUSTOMER] = customer
        block[_TIME] = time
        block[_KEY] = key.view(np.int64)
        block[_PAYLOAD] = payload
        block[_KIND] = kind
        self._file(block)

    def _file(self, block: Int64s) -> None:
        """Split a block by bucket (one radix sort) and append the parts."""
        index = block[_TIME] // self.bucket
        low, high = int(index.min()), int(index.max())
        now = int(self.environment.now)
        if low < now:
            raise ValueError(f"row time {int(block[_TIME].min())} lies before the current bucket {now * self.bucket}")
        if low == high:
            self._append(low, block)
            return
        index -= low
        order = (index.astype(np.uint16) if high - low < 65_536 else index).argsort(kind="stable")
        block = block.take(order, axis=1)
        index = index.take(order)
        edges = (index[1:] != index[:-1]).nonzero()[0] + 1
        numbers = index[np.concatenate(([0], edges))].tolist()
        start = 0
        for number, stop in zip(numbers, [*edges.tolist(), index.size], strict=True):
            self._append(low + number, block[:, start:stop])
            start = stop

    def _append(self, number: int, block: Int64s) -> None:
        if number == self._current:
            self._inbox.append(block)
            return
        parts = self._buckets.get(number)
        if parts is None:
            parts = self._buckets[number] = []
            event = simpy.Event(self.environment)
            event._ok, event._value = True, number
            event.callbacks = [self._fire]
            # Scheduled by hand: succeed() knows no delay and no priority behind the settlements.
            self.environment.schedule(event, priority=_BUCKET, delay=number - int(self.environment.now))  # type: ignore[arg-type]
        parts.append(block)

    def _fire(self, event: simpy.Event) -> None:
        """All rounds of one bucket."""
        self._current = int(event.value)
        pending = _join(self._buckets.pop(self._current))
        while pending is not None:
            self.rounds += 1
            ready, later = self._earliest(pending)
            self._dispatch(ready)
            blocks = self._inbox if later is None else [*self._inbox, later]
            self._inbox = []
            pending = _join(blocks) if blocks else None
        self._current = None

    def _earliest(self, rows: Int64s) -> tuple[Int64s, Int64s | None]:
        """Every customer's earliest row, and the rest (None when nobody has a second row)."""
        slot, customer = self._slot, rows[_CUSTOMER]
        position = np.arange(customer.size, dtype=np.int32)
        slot[customer] = position
        lost = slot.take(customer) != position
        if not lost.any():
            return rows, None
        # Only customers with several rows need comparing: mark them, sort their rows, let the first win.
        slot[customer] = 0
        slot[customer[lost]] = 1
        several = slot.take(customer).nonzero()[0]
        part = rows.take(several, axis=1)
        ranks = self._tie_ranks(part)
        sequence = np.lexsort((part[_KEY].view(np.uint64), ranks, part[_KIND], part[_TIME]))[::-1]
        slot[part[_CUSTOMER].take(sequence)] = sequence.astype(np.int32)
        waits = slot.take(part[_CUSTOMER]) != np.arange(several.size, dtype=np.int32)
        ready = np.ones(customer.size, bool)
        ready[several[waits]] = False
        return rows.take(ready.nonzero()[0], axis=1), part.take(waits.nonzero()[0], axis=1)

    def _tie_ranks(self, part: Int64s) -> Int64s:
        ranks = np.zeros(part.shape[1], np.int64)
        for kind, order in self._orders.items():
            mine = (part[_KIND] == kind).nonzero()[0]
            if mine.size:
                ranks[mine] = order(part[_CUSTOMER].take(mine), part[_PAYLOAD].take(mine))
        return ranks

    def _dispatch(self, rows: Int64s) -> None:
        """Group by kind, lower kinds first, and call the handlers."""
        if self._shuffle is not None:
            rows = rows.take(self._shuffle.permutation(rows.shape[1]), axis=1)
        kinds = rows[_KIND]
        counts = np.bincount(kinds)
        present = counts.nonzero()[0].tolist()
        if len(present) > 1:
            rows = rows.take(kinds.astype(np.uint8).argsort(kind="stable"), axis=1)
        start = 0
        for kind in present:
            stop = start + int(counts[kind])
            self.cohorts += 1
            self._handlers[kind](
                Cohort(
                    rows[_CUSTOMER, start:stop],
                    rows[_TIME, start:stop],
                    rows[_KEY, start:stop].view(np.uint64),
                    rows[_PAYLOAD, start:stop],
                )
            )
            start = stop
        self.rows_handled += rows.shape[1]

    def every(self, period: int, call: Callable[[int], None], first: int | None = None) -> None:
        """Call ``call(time)`` at ``first`` (default: the begin plus one period) and every ``period`` seconds,
        before the rows of the bucket that begins there.  Raises ValueError unless buckets divide both.
        """
        first = self.begin + period if first is None else first
        if period % self.bucket or first % self.bucket:
            raise ValueError(f"buckets of {self.bucket} s must divide the period {period} s and its first time {first}")

        def settle() -> Generator[simpy.Event, Any, None]:
            yield self._at(first)
            time = first
            while True:
                call(time)
                time += period
                yield self._at(time)

        self.environment.process(settle())

    def at(self, time: int, call: Callable[[], None]) -> None:
        """Call ``call()`` once at ``time``, before the rows of the bucket that begins there."""
        if time % self.bucket:
            raise ValueError(f"buckets of {self.bucket} s must divide the time {time}")

        def once() -> Generator[simpy.Event, Any, None]:
            yield self._at(time)
            call()

        self.environment.process(once())

    def _at(self, time: int) -> simpy.Event:
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        delay = time // self.bucket - int(self.environment.now)
        self.environment.schedule(event, priority=_SETTLEMENT, delay=delay)  # type: ignore[arg-type]
        return event

    def run(self, until: int | None = None) -> None:
        """Hand out rows up to ``until`` (default: the end), without the settlements that fall on it."""
        stop = self.end if until is None else until
        self.environment.run(until=-(-stop // self.bucket))

    def pending(self) -> dict[str, NDArray[Any]]:
        """All pending rows as arrays ``customer, time, key, payload, kind`` (to save or to fork)."""
        blocks = [block for parts in self._buckets.values() for block in parts]
        rows = _join(blocks) if blocks else np.empty((5, 0), np.int64)
        return {
            "customer": rows[_CUSTOMER],
            "time": rows[_TIME],
            "key": rows[_KEY].view(np.uint64),
            "payload": rows[_PAYLOAD],
            "kind": rows[_KIND],
        }


def _join(blocks: list[Int64s]) -> Int64s:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
