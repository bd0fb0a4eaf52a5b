"""The agenda: SimPy is the calendar, buckets only batch, rounds keep every customer's own time order.

One SimPy event stands for each non-empty bucket of time.  When it fires, *rounds* follow (see
:mod:`sim.kernel.rounds`): a round takes customers' earliest pending rows, grouped by kind into cohorts,
and calls the handlers.  Rows that a handler pushes into the same bucket join the next round.  So a
handler sees a customer at most once per call and in the customer's own time order, whatever the
length of the bucket: plain columns of state are exact, and results do not depend on the bucket.

Rows beyond the current page of 64 buckets are kept by page, and filed by bucket when their page
opens; so a push is split into dozens of parts at most, not into one for every bucket of a year.

What couples customers (shared state) must change only between buckets: see :mod:`sim.kernel.shared`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import EventPriority

from sim.kernel.rounds import CUSTOMER, KEY, KINDS, PAYLOAD, TIME, Part, Rounds, TieOrder, join, split
from sim.kernel.short import greatest, least

Int64s = NDArray[np.int64]
Keys = NDArray[np.uint64]

_PAGE, _SETTLEMENT, _BUCKET = 1, 2, 3
"""SimPy priorities at one instant: settlements come before the rows of the bucket that begins there.
The stop of ``run(until)`` has SimPy's priority 0, so nothing of that instant is done before it."""

_PAGE_BITS = 6
_LONGEST_BUCKET = 2**32 // KINDS

BUCKETS = (300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400)
"""Lengths that :func:`choose_bucket` picks from, in seconds; each divides a day."""

ROWS_PER_BUCKET = 500_000
"""Rows a bucket should hold at most.  Longer buckets were faster in all measurements, up to 400,000 rows a day
with 12 columns of state or 80; more would only make the temporary arrays of a round large."""


@dataclass(slots=True)
class Cohort:
    """Rows of one kind that are handled together.  All arrays (n,); each customer at most once.

    Nobody changes one; it is not frozen because that makes the making of it four times as dear.

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
        return Cohort(self.customer.take(index), self.time.take(index), self.key.take(index), self.payload.take(index))

    def where(self, mask: NDArray[np.bool_]) -> Cohort:
        """The rows where ``mask`` holds (itself, when it holds everywhere)."""
        index = mask.nonzero()[0]
        return self if index.size == self.customer.size else self.take(index)


Handler = Callable[[Cohort], None]


def choose_bucket(rows_per_day: float, shortest_period: int) -> int:
    """Longest bucket that keeps a bucket under ROWS_PER_BUCKET and divides ``shortest_period`` (seconds).

    Raises ValueError when no length of BUCKETS divides the period.

    >>> choose_bucket(rows_per_day=50_000, shortest_period=86_400)
    86400
    >>> choose_bucket(rows_per_day=1_000_000, shortest_period=3_600)
    3600
    """
    fitting = [length for length in BUCKETS if shortest_period % length == 0]
    if not fitting:
        raise ValueError(f"no bucket of {list(BUCKETS)} s divides the settlement period {shortest_period} s")
    small = [length for length in fitting if rows_per_day * length / 86_400 <= ROWS_PER_BUCKET]
    return max(small, default=min(fitting))


class Agenda:
    """Pending rows of all customers and the loop that hands them out.

    customers: number of stacked customers.  bucket: seconds; results do not depend on it.
    begin, end: rows live in [begin, end); earlier ones are refused, later ones never come and are not kept.
    An end of None keeps every row, however late: what is handed on by :meth:`pending` must lose none.
    shuffle: test aid, permutes each cohort by a generator with this seed (results must not change)
    and checks that no handler pushes a row before the customer's present.
    """

    def __init__(self, customers: int, bucket: int, begin: int, end: int | None, shuffle: int | None = None) -> None:
        if bucket <= 0 or begin % bucket or (end is not None and end <= begin):
            raise ValueError(f"bucket ({bucket}) must be positive and divide the begin ({begin}); end is {end}")
        if bucket > _LONGEST_BUCKET:
            raise ValueError(f"bucket ({bucket}) must not exceed {_LONGEST_BUCKET} s")
        self.bucket = bucket
        self.begin = begin
        self.end = end
        self.environment = simpy.Environment(initial_time=begin // bucket)
        self.rows_handled = 0
        self.cohorts = 0
        self.rounds = 0
        self._buckets: dict[int, list[Part]] = {}
        self._pages: dict[int, list[Part]] = {}
        self._handlers: dict[int, Handler] = {}
        self._orders: dict[int, TieOrder] = {}
        self._rounds = Rounds(customers, bucket, self._orders)
        self._current: int | None = None
        self._inbox: list[Part] = []
        self._short: list[tuple[int, Callable[[int], None]]] = []
        """Settlements whose period is a part of the bucket: (first time, call)."""
        self._short_period = bucket
        self._shuffle = None if shuffle is None else np.random.default_rng(shuffle)
        self._reached = np.full(0 if shuffle is None else customers, begin, np.int64)

    def register(self, kind: int, handler: Handler, order: TieOrder | None = None) -> None:
        """Who handles rows of ``kind`` (0 … 255).  Lower kinds go first at one instant."""
        if not 0 <= kind < KINDS:
            raise ValueError(f"kind {kind} must lie in 0 … {KINDS - 1}")
        if kind in self._handlers:
            raise ValueError(f"kind {kind} already has a handler")
        self._handlers[kind] = handler
        if order is not None:
            self._orders[kind] = order

    def push(self, kind: int, customer: Int64s, time: Int64s, key: Keys, payload: Int64s | int = 0) -> None:
        """Put rows on the agenda.  Each time must not lie before the row being handled."""
        n = customer.size
        if n == 0:
            return
        last = greatest(time)
        if self.end is not None and last >= self.end:
            keep = (time < self.end).nonzero()[0]
            kept = payload if isinstance(payload, int) else payload.take(keep)
            self.push(kind, customer.take(keep), time.take(keep), key.take(keep), kept)
            return
        block = np.empty((4, n), np.int64)
        block[CUSTOMER] = customer
        block[TIME] = time
        block[KEY] = key.view(np.int64)
        block[PAYLOAD] = payload
        self._file(kind, block, last)

    # ------------------------------------------------------------------ filing

    def _file(self, kind: int, block: Int64s, last: int) -> None:
        """Split a block by bucket up to the end of the current page, by page beyond it (one radix sort)."""
        time = block[TIME]
        now = int(self.environment.now)
        first = least(time)
        low, high = first // self.bucket, last // self.bucket
        if low < now:
            raise ValueError(f"row time {first} lies before the current bucket {now * self.bucket}")
        # Shelves are numbered by time: a bucket of this page by its number, pages go on counting behind them.
        beyond = ((now >> _PAGE_BITS) + 1) << _PAGE_BITS
        skipped = beyond - (beyond >> _PAGE_BITS)
        if high >= beyond:
            low, high = min(low, (low >> _PAGE_BITS) + skipped), (high >> _PAGE_BITS) + skipped
        if low == high:
            self._put(low, beyond, kind, block)
            return
        shelf = time // self.bucket
        if high >= beyond:
            np.minimum(shelf, (shelf >> _PAGE_BITS) + skipped, out=shelf)
        shelf -= low
        counts = np.bincount(shelf)
        present = counts.nonzero()[0]
        narrow = np.uint16 if high - low < 65_536 else np.int64  # 16 bits: NumPy's radix sort
        block = block.take(shelf.astype(narrow).argsort(kind="stable"), axis=1)
        # A view keeps the whole block alive until its last part is handled: copy the small parts of large blocks.
        copied = block.shape[1] // 2 if block.shape[1] > 1_000 else 0
        start = 0
        for number, size in zip((present + low).tolist(), counts.take(present).tolist(), strict=True):
            part = block[:, start : start + size]
            start += size
            if size < copied:
                part = part.copy()
            self._put(number, beyond, kind, part)

    def _put(self, shelf: int, beyond: int, kind: int, block: Int64s) -> None:
        """Append rows to their shelf: the inbox of the bucket being handled, another bucket, or a page."""
        if shelf == self._current:
            self._inbox.append((kind, block))
            return
        if shelf < beyond:
            shelves, number, priority, call = self._buckets, shelf, _BUCKET, self._fire
        else:
            number = (shelf - beyond << _PAGE_BITS) + beyond  # the first bucket of the page
            shelves, priority, call = self._pages, _PAGE, self._open_page
        self._shelf(shelves, number, priority, call).append((kind, block))

    def _shelf(
        self, shelves: dict[int, list[Part]], number: int, priority: int, call: Callable[[int], None]
    ) -> list[Part]:
        """The rows kept under a number; a new shelf is opened when its bucket begins."""
        parts = shelves.get(number)
        if parts is None:
            parts = shelves[number] = []
            self._schedule(number, priority, call, number)
        return parts

    def _schedule(self, number: int, priority: int, call: Callable[[int], None], value: int) -> None:
        """Have SimPy call ``call(value)`` when bucket ``number`` begins."""
        event = simpy.Event(self.environment)
        event._ok, event._value = True, None
        event.callbacks = [lambda _: call(value)]
        # Scheduled by hand: succeed() knows neither a delay nor our priorities.
        self.environment.schedule(event, EventPriority(priority), number - int(self.environment.now))

    def _open_page(self, number: int) -> None:
        for kind, block in split(*join(self._pages.pop(number))):
            self._file(kind, block, greatest(block[TIME]))

    # ------------------------------------------------------------------ rounds

    def _fire(self, number: int) -> None:
        """All rounds of one bucket, with the settlements inside it."""
        begin, end = number * self.bucket, (number + 1) * self.bucket
        if self.end is not None:
            end = min(end, self.end)
        self._settle_held(begin)
        self._current = number
        self._rounds.begin(self._buckets.pop(number), begin)
        self._play()
        if self._short:
            for time in range(begin + self._short_period, end, self._short_period):
                self._settle_held(time)
                pushed, self._inbox = self._inbox, []
                self._rounds.settled(time, pushed)
                self._play()
            self._shelf(self._buckets, number + 1, _BUCKET, self._fire)  # settlements come without rows, too
        self._current = None

    def _settle_held(self, time: int) -> None:
        """The settlements that concern held customers only; at a bucket's begin they come after the others."""
        for first, call in self._short:
            if time >= first:
                call(time)

    def _play(self) -> None:
        """Rounds until no customer has a row left before his next stop."""
        while cohorts := self._rounds.take():
            self.rounds += 1
            for kind, block in cohorts:
                self._handle(kind, block)
            pushed, self._inbox = self._inbox, []
            self._rounds.go_on(pushed)

    def _handle(self, kind: int, block: Int64s) -> None:
        handler = self._handlers.get(kind)
        if handler is None:
            raise LookupError(f"{block.shape[1]} rows of kind {kind} have no handler")
        if self._shuffle is not None:
            block = block.take(self._shuffle.permutation(block.shape[1]), axis=1)
            self._check_order(kind, block)
        self.cohorts += 1
        self.rows_handled += block.shape[1]
        handler(Cohort(block[CUSTOMER], block[TIME], block[KEY].view(np.uint64), block[PAYLOAD]))

    def _check_order(self, kind: int, block: Int64s) -> None:
        customer, time = block[CUSTOMER], block[TIME]
        for i in (time < self._reached[customer]).nonzero()[0].tolist():
            reached = self._reached[customer[i]]
            raise ValueError(
                f"row of kind {kind} at {time[i]} pushed when customer {customer[i]} had reached {reached}"
            )
        self._reached[customer] = time

    # ------------------------------------------------------------------ settlements and the clock

    def every(
        self, period: int, call: Callable[[int], None], first: int | None = None, held_only: bool = False
    ) -> None:
        """Call ``call(time)`` at ``first`` (default: the begin plus one period) and every ``period`` seconds,
        before the rows of the bucket that begins there.

        held_only: the settlement concerns only customers that its owner stops by :meth:`hold`; its period may then
        be a part of the bucket instead (the same part for all), and only what these customers do is cut there.

        Raises ValueError unless buckets divide both and ``first`` is yet to come.
        """
        first = self.begin + period if first is None else first
        if held_only and period < self.bucket and self.bucket % period == 0 and first % period == 0:
            if self._short and period != self._short_period:
                raise ValueError(f"customers are held for periods of {self._short_period} s already, not of {period} s")
            self._short_period = period
            self._short.append((first, call))
            self._rounds.stop_customers()
            self._shelf(self._buckets, first // self.bucket, _BUCKET, self._fire)
            return
        if period % self.bucket or first % self.bucket:
            raise ValueError(f"buckets of {self.bucket} s must divide the period {period} s and its first time {first}")

        def settle(time: int) -> None:
            call(time)
            self._schedule((time + period) // self.bucket, _SETTLEMENT, settle, time + period)

        self._settle_at(first, settle)

    def hold(self, customer: Int64s, until: Int64s | int) -> None:
        """The customers' rows at or after ``until`` wait for the settlement at that time (``held_only``).

        To be said by the handler of a customer's row or by a settlement, whenever the next settlement is to know
        him as he stands then.  Where buckets divide the period everybody waits, and this does nothing.
        """
        if self._short:
            self._rounds.hold(customer, until)

    def at(self, time: int, call: Callable[[], None]) -> None:
        """Call ``call()`` once at ``time``, before the rows of the bucket that begins there."""
        if time % self.bucket:
            raise ValueError(f"buckets of {self.bucket} s must divide the time {time}")
        self._settle_at(time, lambda _: call())

    def _settle_at(self, time: int, call: Callable[[int], None]) -> None:
        now = int(self.environment.now) * self.bucket
        if time < now:
            raise ValueError(f"time {time} lies before the current bucket {now}")
        self._schedule(time // self.bucket, _SETTLEMENT, call, time)

    def run(self, until: int | None = None) -> None:
        """Hand out rows before ``until`` (default: the end), without the settlements that fall on it.

        Raises ValueError when ``until`` lies before the end and inside a bucket (a bucket is not halved), and when
        there is neither an end nor ``until``.
        """
        stop = self.end if until is None else until
        if stop is None:
            raise ValueError("an agenda without an end must be told until when to run")
        if stop % self.bucket and (self.end is None or stop < self.end):
            raise ValueError(f"buckets of {self.bucket} s must divide the stop {stop}")
        self.environment.run(until=-(-stop // self.bucket))

    def pending(self) -> dict[str, NDArray[Any]]:
        """All pending rows as arrays ``customer, time, key, payload, kind`` (to save or to fork).

        To be asked between runs: rows of the bucket that is being handled are not among them.
        """
        shelves = [*self._buckets.values(), *self._pages.values()]
        rows, kinds, stops = join([part for parts in shelves for part in parts])
        return {
            "customer": rows[CUSTOMER],
            "time": rows[TIME],
            "key": rows[KEY].view(np.uint64),
            "payload": rows[PAYLOAD],
            "kind": np.repeat(np.array(kinds, np.int64), np.diff([0, *stops])),
        }
