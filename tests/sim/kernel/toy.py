"""A toy model for the agenda: rows whose payload says what they do, and a plain Python reference of it.

A row's payload is an ordinal into a table of ``Rule``; the row's handler writes the row to a trace,
folds it into the customer's state in an order-sensitive way, and pushes the rule's rows.  The keys of
pushed rows descend from the state, so any change of order shows in everything that follows.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort

DAY = 86_400
KINDS = 4
STEP = luck.purpose("tests.toy.step")
START = luck.purpose("tests.toy.start")

Row = tuple[int, int, int, int, int]
"""(customer, time, kind, key, payload)."""


@dataclass(frozen=True)
class Push:
    """A row that a rule pushes: ``kind``, seconds later, ordinal of its rule."""

    kind: int
    delay: int
    rule: int


@dataclass(frozen=True)
class Program:
    """Starting rows (customer, time, kind, rule), the rules, and the kinds that are ordered by falling payload."""

    customers: int
    days: int
    starts: tuple[tuple[int, int, int, int], ...]
    rules: tuple[tuple[Push, ...], ...]
    ordered: frozenset[int]


delays = st.one_of(
    st.sampled_from([0, 0, 1, 60, 300, 3_600, 6 * 3_600, DAY, 8 * DAY]), st.integers(0, 3 * DAY), st.integers(0, 600)
)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs that end: a rule pushes only rules with a higher ordinal."""
    customers = draw(st.integers(1, 6))
    days = draw(st.integers(1, 120))
    size = draw(st.integers(1, 6))
    rules = []
    for ordinal in range(size):
        pushes = st.builds(
            Push, st.integers(0, KINDS - 1), delays, st.integers(ordinal + 1, max(size - 1, ordinal + 1))
        )
        rules.append(tuple(draw(st.lists(pushes, max_size=3)) if ordinal + 1 < size else ()))
    instants = st.one_of(st.sampled_from([0, 3_600, DAY, 5 * DAY]), st.integers(0, days * DAY))
    start = st.tuples(
        st.integers(0, customers - 1), instants, st.integers(0, KINDS - 1), st.integers(0, max(size - 1, 0))
    )
    starts = draw(st.lists(start, min_size=1, max_size=12))
    return Program(customers, days, tuple(starts), tuple(rules), draw(st.frozensets(st.integers(0, KINDS - 1))))


def start_keys(program: Program) -> np.ndarray:
    """Keys of the starting rows: pairs share one, so that ties are decided by the payload too."""
    ordinals = np.arange(len(program.starts), dtype=np.int64) // 2
    return luck.child(np.full(ordinals.size, 7, np.uint64), START, ordinals)


def run(
    program: Program, bucket: int, shuffle: int | None = None, worlds: int = 1, stops: Iterable[int] = ()
) -> tuple[list[Row], np.ndarray]:
    """Trace of all rows, sorted by customer but in the order in which each customer met them; final states."""
    n = program.customers
    agenda = Agenda(n * worlds, bucket, 0, program.days * DAY, shuffle)
    state = np.zeros(n * worlds, np.uint64)
    trace: list[list[Row]] = [[] for _ in range(n * worlds)]

    def handler(kind: int) -> Callable[[Cohort], None]:
        def handle(cohort: Cohort) -> None:
            assert np.unique(cohort.customer).size == cohort.size
            rows = zip(*(x.tolist() for x in (cohort.customer, cohort.time, cohort.key, cohort.payload)), strict=True)
            for customer, time, key, payload in rows:
                trace[customer].append((customer, time, kind, key, payload))
            state[cohort.customer] = luck.mix((state[cohort.customer] ^ cohort.key) + cohort.payload.astype(np.uint64))
            for rule, pushes in enumerate(program.rules):
                mine = cohort.where(cohort.payload == rule)
                for ordinal, push in enumerate(pushes):
                    key = luck.child(state[mine.customer], STEP, ordinal)
                    agenda.push(push.kind, mine.customer, mine.time + push.delay, key, push.rule)

        return handle

    for kind in range(KINDS):
        order = (lambda customer, payload: -payload) if kind in program.ordered else None
        agenda.register(kind, handler(kind), order)
    starts = np.array(program.starts, np.int64).T
    keys = start_keys(program)
    for world in range(worlds):
        for kind in range(KINDS):
            mine = starts[2] == kind
            agenda.push(kind, starts[0][mine] + world * n, starts[1][mine], keys[mine], starts[3][mine])
    for stop in stops:
        agenda.run(stop)
    agenda.run()
    return [row for rows in trace for row in rows], state


def reference(program: Program) -> tuple[list[Row], np.ndarray]:
    """The same by one heap per customer and plain loops: what rounds must reproduce."""
    trace: list[Row] = []
    states = np.zeros(program.customers, np.uint64)
    keys = start_keys(program).tolist()
    for customer in range(program.customers):
        heap: list[tuple[int, int, int, int, int]] = []

        def push(heap: list[tuple[int, int, int, int, int]], kind: int, time: int, key: int, payload: int) -> None:
            if time < program.days * DAY:
                heapq.heappush(heap, (time, kind, -payload if kind in program.ordered else 0, key, payload))

        for (whose, time, kind, rule), key in zip(program.starts, keys, strict=True):
            if whose == customer:
                push(heap, kind, time, key, rule)
        state = np.zeros(1, np.uint64)
        while heap:
            time, kind, _, key, payload = heapq.heappop(heap)
            trace.append((customer, time, kind, key, payload))
            state = luck.mix((state ^ np.uint64(key)) + np.uint64(payload))
            for ordinal, later in enumerate(program.rules[payload]):
                push(heap, later.kind, time + later.delay, int(luck.child(state, STEP, ordinal)[0]), later.rule)
        states[customer] = state[0]
    return trace, states
