"""What the contact policy remembers of past contacts: rings of times for caps, last times for gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.observed import NEVER

Int64s = NDArray[np.int64]

CAMPAIGN = -1
"""Stands for 'no chain run' where the run of a contact is remembered."""


class Ring:
    """The last ``depth`` contact times of each customer: enough to check any cap of at most ``depth``.

    One mechanism for rolling and calendar windows: at most k in a window means that the k-th last
    contact lies before it.  Times are int32 seconds.
    """

    def __init__(self, depth: int, customers: int) -> None:
        self.depth = depth
        self.times = np.full((depth, customers), NEVER, np.int32)
        self.position = np.zeros(customers, np.int32)

    def kth_last(self, customer: Int64s, k: Int64s | int) -> Int64s:
        """Time of the k-th last contact (NEVER if there were fewer); 1 ≤ k ≤ depth."""
        slot = self.position.take(customer) - k
        slot += (slot < 0) * self.depth
        times: Int64s = self.times[slot, customer].astype(np.int64)
        return times

    def note(self, customer: Int64s, time: Int64s) -> None:
        """Remember one contact per customer."""
        slot = self.position.take(customer)
        self.times[slot, customer] = time
        slot += 1
        slot[slot == self.depth] = 0
        self.position[customer] = slot

    def forget(self, customer: Int64s | None = None) -> None:
        """These customers (None: all) have had no contact so far."""
        if customer is None:
            self.times.fill(NEVER)
        else:
            self.times[:, customer] = NEVER


class LastContact:
    """Last contact of each customer, and the last one that another run made.

    ``labels`` columns are kept side by side (topics, offers, or a single one for any contact).
    """

    def __init__(self, labels: int, customers: int) -> None:
        self.time = np.full((labels, customers), NEVER, np.int32)
        self.run = np.full((labels, customers), CAMPAIGN, np.int32)
        self.other = np.full((labels, customers), NEVER, np.int32)

    def last(self, label: Int64s, customer: Int64s, run: Int64s, ignore_own_run: bool) -> Int64s:
        """Time of the last contact with this label, leaving out the own run's if told; NEVER for none."""
        time = self.time[label, customer]
        if ignore_own_run:
            own = (self.run[label, customer] == run) & (run != CAMPAIGN)
            time = np.where(own, self.other[label, customer], time)
        return time.astype(np.int64)

    def note(self, label: Int64s, customer: Int64s, run: Int64s, time: Int64s) -> None:
        """Remember one contact per customer (run CAMPAIGN: not of any run)."""
        changed = (self.run[label, customer] != run) | (run == CAMPAIGN)
        self.other[label, customer] = np.where(changed, self.time[label, customer], self.other[label, customer])
        self.time[label, customer] = time
        self.run[label, customer] = run
