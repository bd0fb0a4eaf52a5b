"""The run table against plain lists: each customer's runs, newest first, whatever is unlinked when."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from strategies.runs import RunTable

CUSTOMERS = 4
FIRST = 100
"""Stacked index of the table's first customer."""


class RunTables(RuleBasedStateMachine):
    """Adds runs to customers and takes some out, in cohorts of different customers."""

    @initialize()
    def start(self) -> None:
        self.table = RunTable(FIRST, CUSTOMERS, named_waits=2)
        self.linked: dict[int, list[int]] = {customer: [] for customer in range(CUSTOMERS)}
        self.owner: dict[int, int] = {}

    @rule(customers=st.sets(st.integers(0, CUSTOMERS - 1), min_size=1).map(sorted))
    def add(self, customers: list[int]) -> None:
        who = np.array(customers) + FIRST
        runs = self.table.add(who, 0, who.astype(np.uint64), who, np.zeros(who.size, bool))
        for customer, run in zip(customers, runs.tolist(), strict=True):
            self.linked[customer].insert(0, run)
            self.owner[run] = customer
            self.table.answer_value[:, run] = run

    @rule(data=st.data())
    def unlink(self, data: st.DataObject) -> None:
        chosen = [
            data.draw(st.sampled_from(runs)) for runs in self.linked.values() if runs and data.draw(st.booleans())
        ]
        if chosen:
            self.table.unlink(np.array(chosen))
            for run in chosen:
                self.linked[self.owner[run]].remove(run)

    @rule()
    def grow(self) -> None:
        if self.table.customer.size < 4_096:
            self.table._reserve(self.table.customer.size + 1)

    @invariant()
    def walks_newest_first(self) -> None:
        walked: dict[int, list[int]] = {customer: [] for customer in range(CUSTOMERS)}
        for position, run in self.table.walk(np.arange(CUSTOMERS) + FIRST):
            assert np.unique(position).size == position.size
            for customer, row in zip(position.tolist(), run.tolist(), strict=True):
                walked[customer].append(row)
        assert walked == self.linked

    @invariant()
    def knows_who_is_linked(self) -> None:
        for run, customer in self.owner.items():
            linked = run in self.linked[customer]
            assert linked == bool(self.table.previous[run] != 0 or self.table.head[customer] == run)
            assert self.table.customer[run] == customer + FIRST
            assert self.table.answer_value[:, run].tolist() == [run, run]


TestRunTables = RunTables.TestCase
TestRunTables.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)


def test_a_walk_survives_that_its_runs_are_unlinked() -> None:
    table = RunTable(0, 2)
    both = np.arange(2)
    for _ in range(3):
        table.add(both, 0, both.astype(np.uint64), both, np.zeros(2, bool))
    seen = []
    for _, run in table.walk(both):
        seen.append(run.tolist())
        table.unlink(run[:1])
    assert seen == [[5, 6], [3, 4], [1, 2]]
    assert [run.tolist() for _, run in table.walk(both)] == [[6], [4], [2]]
