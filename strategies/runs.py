"""The run table: one row per chain run, and which of them stand in each customer's list.

A run is addressed by its row number (1, 2, …; 0 means none).  Row numbers depend on batching and
never leave the engine; logs name a run by the number that its key gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import greatest
from strategies.conditions import Call

Int64s = NDArray[np.int64]
Keys = NDArray[np.uint64]

ENDED, WAITING, LISTENING, SENDING = (np.array(state, np.int8) for state in range(4))
"""States of a run: over; until a time; until an event or a time; a contact is asked for.

0-d arrays, as NO_TIME: compared with short columns they take half as long as numbers.
"""

NO_TIME = np.array(np.iinfo(np.int64).min)

NO_VALUE = int(np.iinfo(np.int64).min)
"""Number of an event that has none."""

OWN_ENDS = ("finished", "exit_step")
"""Ends that runs come to by themselves: they leave what waits (tasks, in-app messages); other ends take it along."""

_COLUMNS: tuple[tuple[str, type], ...] = (
    ("customer", np.int64),
    ("chain", np.int16),
    ("pc", np.int32),
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
    ("place", np.int16),
)

_OF_WITHHELD = ("sent", "delivered")
"""What is true of a message that was kept back, in the order of the rows of ``withheld``."""

_FULL, _SPARE = 8, 4_096
"""Lists are read as one block unless it would be larger than so many times what stands in them, and so many cells."""


class RunTable:
    """Columns of all chain runs of one engine (grow by doubling), and each customer's list of them.

    A list stands in a column of ``places``: (depth, customers) row numbers, ``listed`` of them from the top without
    holes, in no order.  place: where in its customer's list a run stands, -1 for out of it.

    customer: stacked index.  due: time of the run's pending calendar row; any other row of the run is stale.
    held_since: first time the pending contact was held (later by what it stood in pauses), NO_TIME if not held.
    due_first: when the pending contact first fell due, or the end of a wait for a condition.
    listens: bit set of events waited for.  answers: bit per named wait that got its event.
    sent … clicked: bit sets over the chain's messages.  ordinals: 8 bits per channel, contacts resolved so far.
    bounced: the last contact failed for good.  heard: the last wait ended with its event or condition.
    reported: bit set of events that came while the contact was being sent, for a wait right behind it.
    reported_site: (1, rows) the contact's local site, where some of these events were reports about it; (0, rows) where
    no named wait asks.
    displaced: held because another chain is the main one.
    value, category, event: what the trigger's event carried and which event it was (NO_VALUE, -1 and -1 for nothing);
    of what happened to a message the value is its local contact site.
    answer_value, answer_category, answer_event: (named waits, rows), the same of the event of each named wait,
    where ``answers`` has its bit.
    shown: (1, rows) bit set over the chain's messages, shown in the app or on the site; (0, rows) where no chain
    sends such messages.
    called_off: (1, rows) nobody shall call for the run any more; (0, rows) where no chain gives tasks.
    held_by: (1, rows) code + 1 of the row of the policy that holds the contact, 0 for none; (0, rows) where no pause of
    the policy ends before its time.
    paused_until: (1, rows) when the run's pause ends, 0 for never paused; (0, rows) where no chain is paused.
    tracked: (1, rows) bit set over the chain's messages, delivered by a channel that reports opens; (0, rows) where
    every message of the chains is.
    withheld: (2, rows) bit sets over the chain's messages, kept back from a ghost or the control group: what counts as
    sent, and as delivered, for the run's own course; (0, rows) where nobody is held out.
    reported_signals: (1, rows) bit set over the events of the chain's waits for signals
    (:attr:`strategies.program.Program.listened_bits`), of those that came as such while the contact was being sent;
    (0, rows) where no chain waits for signals.
    """

    customer: Int64s
    chain: NDArray[np.int16]
    pc: NDArray[np.int32]
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
    place: NDArray[np.int16]

    def __init__(
        self,
        first_customer: int,
        customers: int,
        named_waits: int = 0,
        pauses: bool = False,
        tasks: bool = False,
        ending_pauses: bool = False,
        in_app: bool = False,
        untracked: bool = False,
        held_out: bool = False,
        signals: bool = False,
        reports: bool = False,
    ) -> None:
        self.used = 1
        self.first_customer = first_customer
        self.customers = customers
        self.places = np.zeros((2, customers), np.int32)
        self.listed = np.zeros(customers, np.int16)
        """(customers,) number of runs in each customer's list."""
        self.any_displaced = np.zeros(customers, bool)
        """(customers,) whether some run may wait because another chain is the main one."""
        for name, dtype in _COLUMNS:
            setattr(self, name, np.zeros(1_024, dtype))
        self.answer_value = np.zeros((named_waits, 1_024), np.int64)
        self.answer_category = np.zeros((named_waits, 1_024), np.int16)
        self.answer_event = np.zeros((named_waits, 1_024), np.int8)
        self.paused_until = np.zeros((int(pauses), 1_024), np.int64)
        self.held_by = np.zeros((int(ending_pauses), 1_024), np.int16)
        self.called_off = np.zeros((int(tasks), 1_024), np.bool_)
        self.shown = np.zeros((int(in_app), 1_024), np.uint64)
        self.tracked = np.zeros((int(untracked), 1_024), np.uint64)
        self.withheld = np.zeros((2 * int(held_out), 1_024), np.uint64)
        self.reported_signals = np.zeros((int(signals), 1_024), np.uint64)
        self.reported_site = np.zeros((int(reports), 1_024), np.int16)

    def add(self, customer: Int64s, chain: int, key: Keys, entry: Int64s, ghost: NDArray[np.bool_]) -> Int64s:
        """New runs, one per customer, put in the customers' lists; returns their row numbers."""
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
        local = customer - self.first_customer
        place = self.listed.take(local)
        depth = greatest(place) + 1 if n else 0
        if depth > self.places.shape[0]:
            self.places = np.concatenate([self.places, np.zeros_like(self.places)])
        self.places[place, local] = run
        self.place[rows] = place
        self.listed[local] = place + 1
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
            "held_by",
            "shown",
            "tracked",
            "withheld",
            "reported_signals",
            "reported_site",
            "answer_value",
            "answer_category",
            "answer_event",
        ):
            old = getattr(self, name)
            new: NDArray[Any] = np.zeros((*old.shape[:-1], size), old.dtype)
            new[..., : self.used] = old[..., : self.used]
            setattr(self, name, new)

    def forget_reports(self, run: Int64s) -> None:
        """What came while a contact was being sent is of no further use."""
        self.reported[run] = 0
        if self.reported_signals.size:
            self.reported_signals[0, run] = 0

    def counts_as(self, what: Call, run: Int64s) -> Keys:
        """(n,) bit sets over the chain's messages of which ``what`` is true, or counts as true for who is held out."""
        bits: Keys = (self.shown[0] if what == "shown" else getattr(self, what)).take(run)
        if what in _OF_WITHHELD and self.withheld.size:
            bits = bits | self.withheld[_OF_WITHHELD.index(what)].take(run)
        return bits

    def answerable(self, run: Int64s) -> Keys:
        """(n,) bit sets over the chain's messages that arrived, or count as that, where an open would be reported."""
        return self.tracked[0].take(run) if self.tracked.size else self.counts_as("delivered", run)

    def of(self, customer: Int64s) -> tuple[Int64s, Int64s]:
        """All runs in the lists of these (different) customers: (position in ``customer``, run), in no order."""
        local = customer - self.first_customer
        listed = self.listed.take(local)
        depth = greatest(listed) if local.size else 0
        if depth * local.size <= _SPARE or depth * local.size <= _FULL * int(listed.sum()) + _SPARE:
            block = self.places[:depth].take(local, axis=1).reshape(-1)
            index = block.nonzero()[0]
            return index % max(local.size, 1), block.take(index).astype(np.int64)
        positions, runs = [], []
        position = listed.nonzero()[0]
        for place in range(depth):
            position = position.take((listed.take(position) > place).nonzero()[0])
            positions.append(position)
            runs.append(self.places[place].take(local.take(position)))
        return np.concatenate(positions), np.concatenate(runs).astype(np.int64)

    def unlist(self, run: Int64s) -> None:
        """Take runs (of different customers) out of their customers' lists."""
        local = self.customer.take(run) - self.first_customer
        place, last = self.place.take(run), self.listed.take(local) - 1
        moved = self.places[last, local]
        self.places[place, local] = moved
        self.place[moved] = place
        self.places[last, local] = 0
        self.place[run] = -1
        self.listed[local] = last


def turns(position: Int64s, run: Int64s) -> Iterator[tuple[Int64s, Int64s]]:
    """Runs in turns: in each at most one run per position, newest first.

    position, run: (n,) as :meth:`RunTable.of` gives them.  A customer's runs are numbered in the order of their begin.
    """
    while run.size:
        if run.size == 1:
            yield position, run
            return
        order = np.lexsort((-run, position))
        sorted_ = position.take(order)
        first = np.ones(run.size, bool)
        np.not_equal(sorted_[1:], sorted_[:-1], out=first[1:])
        index = order.take(first.nonzero()[0])
        yield position.take(index), run.take(index)
        if index.size == run.size:
            return
        rest = order.take((~first).nonzero()[0])
        position, run = position.take(rest), run.take(rest)
