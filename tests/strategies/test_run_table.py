"""The run table against plain lists: each customer's runs, newest first, whatever is taken out when."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from strategies.runs import RunTable, turns

CUSTOMERS = 4
FIRST = 100
"""Stacked index of the table's first customer."""


class RunTables(RuleBasedStateMachine):
    """Adds runs to customers and takes some out, in cohorts of different customers."""

    @initialize()
    def start(self) -> None:
        self.table = RunTable(FIRST, CUSTOMERS, named_waits=2)
        self.listed: dict[int, list[int]] = {customer: [] for customer in range(CUSTOMERS)}
        self.owner: dict[int, int] = {}

    @rule(customers=st.sets(st.integers(0, CUSTOMERS - 1), min_size=1).map(sorted))
    def add(self, customers: list[int]) -> None:
        who = np.array(customers) + FIRST
        runs = self.table.add(who, 0, who.astype(np.uint64), who, np.zeros(who.size, bool))
        for customer, run in zip(customers, runs.tolist(), strict=True):
            self.listed[customer].insert(0, run)
            self.owner[run] = customer
            self.table.answer_value[:, run] = run

    @rule(data=st.data())
    def unlist(self, data: st.DataObject) -> None:
        chosen = [
            data.draw(st.sampled_from(runs)) for runs in self.listed.values() if runs and data.draw(st.booleans())
        ]
        if chosen:
            self.table.unlist(np.array(chosen))
            for run in chosen:
                self.listed[self.owner[run]].remove(run)

    @rule()
    def grow(self) -> None:
        if self.table.customer.size < 4_096:
            self.table._reserve(self.table.customer.size + 1)

    @invariant()
    def comes_newest_first(self) -> None:
        told: dict[int, list[int]] = {customer: [] for customer in range(CUSTOMERS)}
        for position, run in turns(*self.table.of(np.arange(CUSTOMERS) + FIRST)):
            assert np.unique(position).size == position.size
            for customer, row in zip(position.tolist(), run.tolist(), strict=True):
                told[customer].append(row)
        assert told == self.listed

    @invariant()
    def knows_who_is_listed(self) -> None:
        for run, customer in self.owner.items():
            listed = run in self.listed[customer]
            assert listed == (self.table.place[run] >= 0)
            assert self.table.customer[run] == customer + FIRST
            assert self.table.answer_value[:, run].tolist() == [run, run]


TestRunTables = RunTables.TestCase
TestRunTables.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.integers(1, 60))
def test_long_lists_of_few_come_as_short_lists_of_many(lengths: list[int], longest: int) -> None:
    """Whether the lists are read as a block or place by place, the same runs come."""
    table = RunTable(0, len(lengths))
    wanted = np.minimum(np.array(lengths), longest)
    for length in range(longest):
        who = (wanted > length).nonzero()[0]
        table.add(who, 0, who.astype(np.uint64), who, np.zeros(who.size, bool))
    position, run = table.of(np.arange(len(lengths)))
    assert np.bincount(position, minlength=len(lengths)).tolist() == wanted.tolist()
    assert (table.customer[run] == position).all()
    assert np.unique(run).size == run.size == table.used - 1
