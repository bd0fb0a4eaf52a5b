"""What the contact policy remembers of past contacts: rings of times for caps, last times for gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import some

Int64s = NDArray[np.int64]

CAMPAIGN = -1
"""Stands for 'no chain run' where the run of a contact is remembered."""


_CAMPAIGN = np.array(CAMPAIGN)
_FIRST_CAPACITY = 4


class Ring:
    """The last ``depth`` contact times of each customer, as far as they lie in the last ``span`` seconds: enough to
    check any window of at most ``span`` seconds with at most ``depth`` contacts in it.

    One mechanism for rolling and calendar windows: at most k in a window means that the k-th last
    contact lies before it.  Times are int32 seconds.  What it holds grows with the most that one customer
    has in a span, so a depth that nobody comes to costs nothing.
    """

    def __init__(self, depth: int, span: int, customers: int) -> None:
        self.depth, self.span = depth, span
        self.capacity = min(depth, _FIRST_CAPACITY)
        self.times = np.full((self.capacity, customers), NEVER, np.int32)
        self.position = np.zeros(customers, np.int32)

    def kth_last(self, customer: Int64s, k: Int64s | int) -> Int64s:
        """Time of the k-th last contact, 1 ≤ k ≤ depth; NEVER if there were fewer in a span (or that one is older)."""
        deeper = k > self.capacity if isinstance(k, int) else some(k > self.capacity)
        held = np.minimum(k, self.capacity) if deeper else k
        slot = np.subtract(self.position.take(customer), held, dtype=np.int64)
        slot *= self.position.size
        slot += customer  # flat positions, counted from the end where negative: taken several times as fast as pairs
        times: Int64s = self.times.reshape(-1).take(slot).astype(np.int64)
        return np.where(held < k, NEVER, times) if deeper else times

    def note(self, customer: Int64s, time: Int64s) -> None:
        """Remember one contact per customer; of each customer, no earlier than those before."""
        slot = self.position.take(customer)
        while self.capacity < self.depth and (self.times[slot, customer] > time - self.span).any():
            self._grow()
            slot = self.position.take(customer)
        self.times[slot, customer] = time
        slot += 1
        slot[slot == self.capacity] = 0
        self.position[customer] = slot

    def _grow(self) -> None:
        """Room for twice as many, behind those that there are, oldest first."""
        held = self.capacity
        self.capacity = min(2 * held, self.depth)
        times = np.full((self.capacity, self.position.size), NEVER, np.int32)
        everybody = np.arange(self.position.size)
        for place in range(held):
            slot = self.position + place
            slot -= (slot >= held) * held
            times[place] = self.times[slot, everybody]
        self.times = times
        self.position.fill(held)

    def forget(self, customer: Int64s | None = None) -> None:
        """These customers (None: all) have had no contact so far."""
        if customer is None:
            self.times.fill(NEVER)
        else:
            self.times[:, customer] = NEVER


class LastContact:
    """Last contact of each customer and who made it: a chain or campaign, by its place among the arm's sources.

    ``labels`` columns are kept side by side (topics, offers, or a single one for any contact).  Once runs are told
    apart (:meth:`tell_runs_apart`), also the last contact that another run made.
    """

    def __init__(self, labels: int, customers: int) -> None:
        self.customers = customers
        self.time = np.full(labels * customers, NEVER, np.int32)
        self.source = np.full(labels * customers, -1, np.int16)
        self.run: NDArray[np.int32] | None = None
        self.other: NDArray[np.int32] | None = None
        self.other_source: NDArray[np.int16] | None = None

    def tell_runs_apart(self) -> None:
        """From now on, before the first contact, keep what ``ignore_own_run`` asks for."""
        self.run = np.full_like(self.time, CAMPAIGN)
        self.other = np.full_like(self.time, NEVER)
        self.other_source = np.full_like(self.source, -1)

    def last(self, label: Int64s, customer: Int64s, run: Int64s, ignore_own_run: bool) -> Int64s:
        """Time of the last contact with this label, leaving out the own run's if told; NEVER for none."""
        cell = self._cell(label, customer)
        time = self.time.take(cell)
        if ignore_own_run:
            assert self.other is not None
            own = self._own(cell, run)
            time[own] = self.other.take(cell.take(own))
        return time.astype(np.int64)

    def source_of_last(self, label: Int64s, customer: Int64s, run: Int64s, ignore_own_run: bool) -> Int64s:
        """Who made that contact; -1 for none."""
        cell = self._cell(label, customer)
        source = self.source.take(cell)
        if ignore_own_run:
            assert self.other_source is not None
            own = self._own(cell, run)
            source[own] = self.other_source.take(cell.take(own))
        return source.astype(np.int64)

    def _cell(self, label: Int64s, customer: Int64s) -> Int64s:
        """Flat positions, taken several times as fast as pairs."""
        return label * self.customers + customer

    def _own(self, cell: Int64s, run: Int64s) -> Int64s:
        """Positions of those whose own run made the last contact."""
        assert self.run is not None
        own: NDArray[np.bool_] = (self.run.take(cell) == run) & (run != _CAMPAIGN)
        return own.nonzero()[0]

    def note(self, label: Int64s, customer: Int64s, run: Int64s, time: Int64s, source: Int64s) -> None:
        """Remember one contact per customer (run CAMPAIGN: not of any run)."""
        cell = self._cell(label, customer)
        if self.run is not None and self.other is not None and self.other_source is not None:
            changed = (self.run.take(cell) != run) | (run == _CAMPAIGN)
            before = cell.take(changed.nonzero()[0])
            self.other[before] = self.time.take(before)
            self.other_source[before] = self.source.take(before)
            self.run[cell] = run
        self.time[cell] = time
        self.source[cell] = source
