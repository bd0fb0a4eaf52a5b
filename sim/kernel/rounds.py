"""Rounds: the rows of one bucket, handed out so that every customer's own time order is kept.

Of each customer with rows in the bucket, the earliest (ties: kind, the kind's own order, key, payload) is
*ready*; the others stand *behind* it.  A round takes ready rows by kind, as cohorts.  Once they are
handled, what stood behind them and what their handlers pushed into the bucket is compared, and the
earliest row of each of these customers becomes ready.  A row that is ready stays so until it is taken,
since only a customer's own rows push rows of that customer.

A settlement inside the bucket concerns a few customers only, who are told to stop there (*held*): their earliest
row at or after that time *stands*, and so do the rows behind it, until the settlement is done.  It comes when no
other row is left before it.  What it pushes may only be of customers who stand.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import every, some

Int64s = NDArray[np.int64]
Part = tuple[int, Int64s]
"""Rows of one kind: (kind, block), the block (4, n) with the lines customer, time, key, payload."""
TieOrder = Callable[[Int64s, Int64s], Int64s]
"""(customer, payload) → int64: the smaller goes first among rows of one customer, time and kind.
Asked only about rows that tie; a customer may occur several times in one question."""

CUSTOMER, TIME, KEY, PAYLOAD = range(4)
KINDS = 256

FEW_ROWS = 100_000
"""Below so many ready rows a round takes its largest cohort only."""


class Rounds:
    """The rounds of one bucket after the other.

    customers: number of stacked customers.  bucket: seconds.  orders: tie orders by kind, which may grow.
    """

    def __init__(self, customers: int, bucket: int, orders: dict[int, TieOrder]) -> None:
        self._bucket = bucket
        self._orders = orders
        self._slot = np.zeros(customers, np.int32)
        self._in_turn = np.zeros(customers, bool)
        self._ready: dict[int, list[Int64s]] = {}
        self._sizes: dict[int, int] = {}
        self._behind = np.empty((4, 0), np.int64)
        self._behind_kind = np.empty(0, np.uint8)
        self._taken: list[Part] = []
        self._until: NDArray[np.int32] | None = None
        """(customers,) int32 seconds at which each customer was told to stop last, where anybody may be."""
        self._latest = NEVER
        """The last of these stops."""
        self._settled = NEVER
        """Begin of the bucket or last settlement inside it: stops up to it are over."""
        self._standing: list[Part] = []
        """Earliest rows of customers who stand still."""

    def begin(self, parts: list[Part], time: int) -> None:
        """The rows that lie in the bucket when it begins at ``time``."""
        self._settled = time
        if parts:
            self._admit(*join(parts))

    def take(self) -> list[Part]:
        """Cohorts to handle now, lower kinds first; empty when the bucket is done.

        When few rows are ready only the largest cohort goes: the others wait for company, which spares
        calls of handlers, whose cost is then mostly fixed.
        """
        sizes = self._sizes
        few = len(sizes) > 1 and sum(sizes.values()) < FEW_ROWS
        kinds = [max(sorted(sizes), key=sizes.__getitem__)] if few else sorted(sizes)
        self._taken = [(kind, side_by_side(self._ready.pop(kind))) for kind in kinds]
        for kind in kinds:
            del sizes[kind]
        return self._taken

    def go_on(self, pushed: list[Part]) -> None:
        """The cohorts taken are handled and have pushed these rows into the bucket.

        Raises ValueError when a row is not of a customer just handled.
        """
        parts = pushed
        if pushed or self._behind_kind.size:
            for _, block in self._taken:
                self._in_turn[block[CUSTOMER]] = True
            for kind, block in pushed:
                self._check_pushed(kind, block[CUSTOMER])
            if self._behind_kind.size:
                parts = pushed + self._step_forward()
            for _, block in self._taken:
                self._in_turn[block[CUSTOMER]] = False
        if parts:
            self._admit(*join(parts))

    # ------------------------------------------------------------------ customers who stand still

    def stop_customers(self) -> None:
        """Make room for stops."""
        if self._until is None:
            self._until = np.full(self._slot.size, NEVER, np.int32)

    def hold(self, customer: Int64s, until: Int64s | int) -> None:
        """The customers' rows at or after ``until`` stand still until :meth:`settled` with this time."""
        assert self._until is not None
        self._until[customer] = until
        self._latest = max(self._latest, int(np.max(until, initial=NEVER)))

    def settled(self, time: int, pushed: list[Part]) -> None:
        """What stood still for the settlement at ``time`` goes on, with the rows that it pushed into the bucket.

        Raises ValueError when a row is not of a customer who stood still.
        """
        assert self._until is not None
        for kind, block in pushed:
            ahead = self._until.take(block[CUSTOMER]) < time
            if some(ahead):
                raise ValueError(
                    f"the settlement at {time} pushed a row of kind {kind} and customer "
                    f"{int(block[CUSTOMER][ahead][0])} into the current bucket, but he was not held"
                )
        self._settled = time
        parts, self._standing = self._standing + pushed, []
        if parts:
            self._admit(*join(parts))

    def _who_goes(self, rows: Int64s, kinds: list[int], stops: list[int]) -> tuple[Int64s, list[int]]:
        """Of customers' earliest rows those before the customers' next stop, with their stops; others stand still."""
        assert self._until is not None
        until = self._until.take(rows[CUSTOMER])
        stands = (until > self._settled) & (rows[TIME] >= until)
        still = stands.nonzero()[0]
        if not still.size:
            return rows, stops
        self._standing += split(rows.take(still, axis=1), kinds, still.searchsorted(stops).tolist())
        goes = (~stands).nonzero()[0]
        return rows.take(goes, axis=1), goes.searchsorted(stops).tolist()

    # ------------------------------------------------------------------ comparing rows

    def _check_pushed(self, kind: int, customer: Int64s) -> None:
        own = self._in_turn.take(customer)
        if not every(own):
            stranger = int(customer[~own][0])
            raise ValueError(
                f"a handler pushed a row of kind {kind} and customer {stranger} into the current bucket, "
                f"but was not handling that customer"
            )

    def _step_forward(self) -> list[Part]:
        """Take out the rows behind customers who were handled."""
        forward = self._in_turn.take(self._behind[CUSTOMER])
        index = forward.nonzero()[0]
        if not index.size:
            return []
        rows, kind = self._behind.take(index, axis=1), self._behind_kind.take(index)
        stay = np.logical_not(forward, out=forward).nonzero()[0]
        self._behind, self._behind_kind = self._behind.take(stay, axis=1), self._behind_kind.take(stay)
        counts = np.bincount(kind)
        present = counts.nonzero()[0]
        if present.size > 1:
            rows = rows.take(kind.argsort(kind="stable"), axis=1)
        return split(rows, present.tolist(), counts.take(present).cumsum().tolist())

    def _admit(self, rows: Int64s, kinds: list[int], stops: list[int]) -> None:
        """Every customer's earliest row becomes ready; the rest stands behind.  None of them has a ready row."""
        slot, customer = self._slot, rows[CUSTOMER]
        position = np.arange(customer.size, dtype=np.int32)
        slot[customer] = position
        survivor = slot.take(customer)
        several = survivor != position
        lost = several.nonzero()[0]
        if lost.size:
            # Only customers with several rows need comparing: the rows that lost their slot, and those that hold it.
            several[survivor.take(lost)] = True
            compared = several.nonzero()[0]
            bounds = np.array(stops)
            rank = bounds.searchsorted(compared, "right")
            later = self._later(rows.take(compared, axis=1), rank, kinds)
            behind = compared.take(later)
            self._put_behind(rows, behind, np.array(kinds, np.uint8).take(rank.take(later)))
            several.fill(True)
            several[behind] = False
            first = several.nonzero()[0]
            rows, stops = rows.take(first, axis=1), first.searchsorted(bounds).tolist()
        if self._until is not None and self._latest > self._settled:
            rows, stops = self._who_goes(rows, kinds, stops)
        for kind, block in split(rows, kinds, stops):
            self._ready.setdefault(kind, []).append(block)
            self._sizes[kind] = self._sizes.get(kind, 0) + block.shape[1]

    def _put_behind(self, rows: Int64s, index: Int64s, kind: NDArray[np.uint8]) -> None:
        behind = rows.take(index, axis=1)
        if self._behind_kind.size:
            behind = np.concatenate([self._behind, behind], axis=1)
            kind = np.concatenate([self._behind_kind, kind])
        self._behind, self._behind_kind = behind, kind

    def _later(self, rows: Int64s, rank: Int64s, kinds: list[int]) -> Int64s:
        """Positions of the rows that are not the earliest of their customers.

        rank: (n,) index of each row's kind in ``kinds``, which ascends.
        """
        slot, customer = self._slot, rows[CUSTOMER]
        position = np.arange(customer.size, dtype=np.int32)
        moment = rows[TIME] % self._bucket * KINDS + rank
        order = sequence(moment)[::-1]  # backwards, so that the first of each customer is written last and stays
        slot[customer.take(order)] = order
        first = slot.take(customer)
        later = first != position
        tied = moment.take(first) == moment
        tied &= later
        lost = tied.nonzero()[0]
        if lost.size:
            tied[first.take(lost)] = True
            among = tied.nonzero()[0]
            order = self._tie_sequence(rows.take(among, axis=1), rank.take(among), kinds)
            winners = among.take(order[::-1])
            slot[customer.take(winners)] = winners
            later = slot.take(customer) != position
        positions: Int64s = later.nonzero()[0]
        return positions

    def _tie_sequence(self, rows: Int64s, rank: Int64s, kinds: list[int]) -> Int64s:
        """Sequence of rows that tie in time and kind: by the kind's own order, key, payload."""
        ranks = np.zeros(rank.size, np.int64)
        for kind, order in self._orders.items():
            mine = (rank == kinds.index(kind)).nonzero()[0] if kind in kinds else ()
            if len(mine):
                ranks[mine] = order(rows[CUSTOMER].take(mine), rows[PAYLOAD].take(mine))
        return np.lexsort((rows[PAYLOAD], rows[KEY].view(np.uint64), ranks))


def join(parts: list[Part]) -> tuple[Int64s, list[int], list[int]]:
    """Parts side by side, lower kinds first: (rows, kinds, stops), ``stops[i]`` where rows of ``kinds[i]`` end."""
    if len(parts) > 1:
        parts = sorted(parts, key=itemgetter(0))
    kinds: list[int] = []
    stops: list[int] = []
    total = 0
    for kind, block in parts:
        total += block.shape[1]
        if kinds and kinds[-1] == kind:
            stops[-1] = total
        else:
            kinds.append(kind)
            stops.append(total)
    return side_by_side([block for _, block in parts]), kinds, stops


def side_by_side(blocks: list[Int64s]) -> Int64s:
    """Blocks (4, n) as one."""
    if len(blocks) == 1:
        return blocks[0]
    return np.concatenate(blocks, axis=1) if blocks else np.empty((4, 0), np.int64)


def split(rows: Int64s, kinds: list[int], stops: list[int]) -> list[Part]:
    """The inverse of :func:`join`, without kinds that have no rows."""
    starts = [0, *stops[:-1]]
    return [(kind, rows[:, start:stop]) for kind, start, stop in zip(kinds, starts, stops, strict=True) if stop > start]


def sequence(moment: Int64s) -> Int64s:
    """Stable argsort of numbers below 2^32; NumPy sorts 16 bits by radix, six times faster on long arrays."""
    if moment.size < 1_000:
        return moment.argsort(kind="stable")
    return np.lexsort((moment.astype(np.uint16), (moment >> 16).astype(np.uint16)))
