"""The run table: one row per chain run, linked into a list per customer.

A run is addressed by its row number (1, 2, …; 0 means none).  Row numbers depend on batching and
never leave the engine; logs name a run by the number that its key gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Keys = NDArray[np.uint64]

ENDED, WAITING, LISTENING, SENDING = range(4)
"""States of a run: over; until a time; until an event or a time; a contact is asked for."""

NO_TIME = np.iinfo(np.int64).min

_COLUMNS: tuple[tuple[str, type], ...] = (
    ("customer", np.int64),
    ("chain", np.int16),
    ("pc", np.int16),
    ("state", np.int8),
    ("ghost", np.bool_),
    ("goal_done", np.bool_),
    ("key", np.uint64),
    ("entry", np.int64),
    ("due", np.int64),
    ("held_since", np.int64),
    ("due_first", np.int64),
    ("listens", np.uint64),
    ("answers", np.uint64),
    ("sent", np.uint64),
    ("delivered", np.uint64),
    ("opened", np.uint64),
    ("opened_by_person", np.uint64),
    ("clicked", np.uint64),
    ("bounced", np.bool_),
    ("heard", np.bool_),
    ("reported", np.uint64),
    ("displaced", np.bool_),
    ("ordinals", np.uint64),
    ("value", np.int64),
    ("category", np.int16),
    ("event", np.int8),
    ("next", np.int32),
    ("previous", np.int32),
)


class RunTable:
    """Columns of all chain runs of one engine (grow by doubling), and each customer's list of them.

    customer: stacked index.  due: time of the run's pending calendar row; any other row of the run is stale.
    held_since: first time the pending contact was held (later by what it stood in pauses), NO_TIME if not held.
    due_first: when the pending contact first fell due, or the end of a wait for a condition.
    listens: bit set of events waited for.  answers: bit per named wait that got its event.
    sent … clicked: bit sets over the chain's messages.  ordinals: 8 bits per channel, contacts resolved so far.
    bounced: the last contact failed for good.  heard: the last wait ended with its event or condition.
    reported: bit set of events that came while the contact was being sent, for a wait right behind it.
    displaced: held because another chain is the main one.
    value, category, event: what the trigger's event carried and which event it was (NEVER, -1 and -1 for nothing).
    answer_value, answer_category, answer_event: (named waits, rows), the same of the event of each named wait,
    where ``answers`` has its bit.
    called_off: (1, rows) nobody shall call for the run any more; (0, rows) where no chain gives tasks.
    paused_until: (1, rows) when the run's pause ends, 0 for never paused; (0, rows) where no chain is paused.
    """

    customer: Int64s
    chain: NDArray[np.int16]
    pc: NDArray[np.int16]
    state: NDArray[np.int8]
    ghost: NDArray[np.bool_]
    goal_done: NDArray[np.bool_]
    key: Keys
    entry: Int64s
    due: Int64s
    held_since: Int64s
    due_first: Int64s
    listens: Keys
    answers: Keys
    sent: Keys
    delivered: Keys
    opened: Keys
    opened_by_person: Keys
    clicked: Keys
    bounced: NDArray[np.bool_]
    heard: NDArray[np.bool_]
    reported: Keys
    displaced: NDArray[np.bool_]
    ordinals: Keys
    value: Int64s
    category: NDArray[np.int16]
    event: NDArray[np.int8]
    next: NDArray[np.int32]
    previous: NDArray[np.int32]

    def __init__(
        self, first_customer: int, customers: int, named_waits: int = 0, pauses: bool = False, tasks: bool = False
    ) -> None:
        self.used = 1
        self.first_customer = first_customer
        self.head = np.zeros(customers, np.int32)
        """(customers,) newest run of each customer of this engine, 0 for none."""
        self.any_displaced = np.zeros(customers, bool)
        """(customers,) whether some run may wait because another chain is the main one."""
        for name, dtype in _COLUMNS:
            setattr(self, name, np.zeros(1_024, dtype))
        self.answer_value = np.zeros((named_waits, 1_024), np.int64)
        self.answer_category = np.zeros((named_waits, 1_024), np.int16)
        self.answer_event = np.zeros((named_waits, 1_024), np.int8)
        self.paused_until = np.zeros((int(pauses), 1_024), np.int64)
        self.called_off = np.zeros((int(tasks), 1_024), np.bool_)

    def add(self, customer: Int64s, chain: int, key: Keys, entry: Int64s, ghost: NDArray[np.bool_]) -> Int64s:
        """New runs, one per customer, at the head of the customers' lists; returns their row numbers."""
        n = customer.size
        self._reserve(self.used + n)
        run = np.arange(self.used, self.used + n)
        rows = slice(self.used, self.used + n)
        self.used += n
        self.customer[rows] = customer
        self.chain[rows] = chain
        self.key[rows] = key
        self.entry[rows] = entry
        self.ghost[rows] = ghost
        self.held_since[rows] = NO_TIME
        old = self.head.take(customer - self.first_customer)
        self.next[rows] = old
        self.previous[old] = run  # row 0 is nobody: what is written there is never read
        self.head[customer - self.first_customer] = run
        return run

    def _reserve(self, rows: int) -> None:
        size = self.customer.size
        if rows <= size:
            return
        while size < rows:
            size *= 2
        for name in (
            *(name for name, _ in _COLUMNS),
            "paused_until",
            "called_off",
            "answer_value",
            "answer_category",
            "answer_event",
        ):
            old = getattr(self, name)
            new: NDArray[Any] = np.zeros((*old.shape[:-1], size), old.dtype)
            new[..., : self.used] = old[..., : self.used]
            setattr(self, name, new)

    def walk(self, customer: Int64s) -> Iterator[tuple[Int64s, Int64s]]:
        """Yield (position in ``customer``, run) pairs, in each step at most one run per customer, newest first.

        The walk survives that the caller unlinks the run it was just given.
        """
        position = np.arange(customer.size)
        run = self.head.take(customer - self.first_customer).astype(np.int64)
        while True:
            keep = run.nonzero()[0]
            if keep.size == 0:
                return
            if keep.size < run.size:
                position, run = position.take(keep), run.take(keep)
            after = self.next.take(run).astype(np.int64)
            yield position, run
            run = after

    def unlink(self, run: Int64s) -> None:
        """Take runs (of different customers) out of their customers' lists."""
        before, after = self.previous.take(run), self.next.take(run)
        local = self.customer.take(run) - self.first_customer
        first = self.head.take(local) == run
        at_head = first.nonzero()[0]
        self.head[local.take(at_head)] = after.take(at_head)
        self.previous[after.take(at_head)] = 0
        self.previous[run] = 0  # so that nobody takes the run for a linked one
        inside = (~first).nonzero()[0]
        self.next[before.take(inside)] = after.take(inside)
        self.previous[after.take(inside)] = before.take(inside)
