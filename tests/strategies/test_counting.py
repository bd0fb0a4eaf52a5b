"""What the policy remembers, against plain lists: rings of contact times, last contacts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.calendar import NEVER
from strategies.counting import CAMPAIGN, LastContact, Ring

CUSTOMERS = 3
SOME = st.lists(st.sets(st.integers(0, CUSTOMERS - 1)).map(sorted), max_size=25)


@pytest.mark.slow
@given(st.integers(1, 9), st.integers(1, 30), SOME)
def test_ring_knows_the_last_contacts_of_a_span(depth: int, span: int, cohorts: list[list[int]]) -> None:
    """At most ``depth`` of them, however many it had room for; what is older may be forgotten."""
    ring = Ring(depth, span, CUSTOMERS)
    model: list[list[int]] = [[] for _ in range(CUSTOMERS)]
    everybody = np.arange(CUSTOMERS)
    for time, customers in enumerate(cohorts):
        ring.note(np.array(customers, np.int64), np.full(len(customers), time))
        for customer in customers:
            model[customer].append(time)
        for k in range(1, depth + 1):
            expected = [times[-k] if len(times) >= k else NEVER for times in model]
            for asked in (k, np.full(CUSTOMERS, k)):
                found = ring.kth_last(everybody, asked).tolist()
                for one, right in zip(found, expected, strict=True):
                    assert one == right or (one == NEVER and right <= time - span)


def test_each_customer_may_be_asked_for_another_one_of_his_last() -> None:
    ring = Ring(1_000_000, 100, 2)
    for time in (1, 2, 3):
        ring.note(np.array([0, 1]), np.array([time, time]))
    assert ring.kth_last(np.array([0, 1, 1]), np.array([3, 1, 1_000_000])).tolist() == [1, 3, NEVER]


def test_memory_follows_the_contacts_of_a_span_and_not_the_depth() -> None:
    ring = Ring(1_000_000, 10, 5)
    for time in range(0, 1_000, 2):
        ring.note(np.array([time % 5]), np.array([time]))
        ring.note(np.array([4]), np.array([time]))
    assert ring.times.shape == (8, 5)  # customer 4 has six in ten seconds


@pytest.mark.slow
@given(
    st.integers(1, 2),
    st.lists(
        st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(0, 1), st.sampled_from([CAMPAIGN, 1, 2, 3])), max_size=15
    ),
)
def test_last_contact_and_last_contact_of_another_run(labels: int, contacts: list[tuple[int, int, int]]) -> None:
    memory, plain = LastContact(labels, CUSTOMERS), LastContact(labels, CUSTOMERS)
    memory.tell_runs_apart()
    model: list[tuple[int, int, int, int]] = []
    for time, (customer, label, run) in enumerate(contacts):
        label %= labels
        for one in (memory, plain):
            one.note(np.array([label]), np.array([customer]), np.array([run]), np.array([time]), np.array([time % 5]))
        model.append((time, customer, label, run))
    for customer in range(CUSTOMERS):
        for label in range(labels):
            here = [(time, run) for time, c, name, run in model if (c, name) == (customer, label)]
            for run in (CAMPAIGN, 1, 2, 3):
                for ignore in (False, True):
                    others = [time for time, other in here if not ignore or run == CAMPAIGN or other != run]
                    asked = (np.array([label]), np.array([customer]), np.array([run]), ignore)
                    for one in (memory,) if ignore else (memory, plain):
                        assert one.last(*asked).tolist() == [max(others, default=NEVER)]
                        assert one.source_of_last(*asked).tolist() == [max(others) % 5 if others else -1]


@pytest.mark.slow
def test_a_ring_may_be_deep() -> None:
    depth = 40_000
    ring = Ring(depth, depth + 2, 1)
    for time in range(depth + 2):
        ring.note(np.array([0]), np.array([time]))
    assert ring.kth_last(np.array([0]), depth).tolist() == [2]
