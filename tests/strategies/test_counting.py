"""What the policy remembers, against plain lists: rings of contact times, last contacts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from strategies.counting import CAMPAIGN, LastContact, Ring
from strategies.observed import NEVER

CUSTOMERS = 3
SOME = st.lists(st.sets(st.integers(0, CUSTOMERS - 1)).map(sorted), max_size=12)


@given(st.integers(1, 4), SOME)
def test_ring_knows_the_last_contacts(depth: int, cohorts: list[list[int]]) -> None:
    ring = Ring(depth, CUSTOMERS)
    model: list[list[int]] = [[] for _ in range(CUSTOMERS)]
    for time, customers in enumerate(cohorts):
        ring.note(np.array(customers, np.int64), np.full(len(customers), time))
        for customer in customers:
            model[customer].append(time)
    everybody = np.arange(CUSTOMERS)
    for k in range(1, depth + 1):
        expected = [times[-k] if len(times) >= k else NEVER for times in model]
        assert ring.kth_last(everybody, k).tolist() == expected
        assert ring.kth_last(everybody, np.full(CUSTOMERS, k)).tolist() == expected


@given(
    st.integers(1, 2),
    st.lists(
        st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(0, 1), st.sampled_from([CAMPAIGN, 1, 2, 3])), max_size=15
    ),
)
def test_last_contact_and_last_contact_of_another_run(labels: int, contacts: list[tuple[int, int, int]]) -> None:
    memory = LastContact(labels, CUSTOMERS)
    model: list[tuple[int, int, int, int]] = []
    for time, (customer, label, run) in enumerate(contacts):
        label %= labels
        memory.note(np.array([label]), np.array([customer]), np.array([run]), np.array([time]))
        model.append((time, customer, label, run))
    for customer in range(CUSTOMERS):
        for label in range(labels):
            here = [(time, run) for time, c, name, run in model if (c, name) == (customer, label)]
            for run in (CAMPAIGN, 1, 2, 3):
                for ignore in (False, True):
                    others = [time for time, other in here if not ignore or run == CAMPAIGN or other != run]
                    found = memory.last(np.array([label]), np.array([customer]), np.array([run]), ignore)
                    assert found.tolist() == [max(others, default=NEVER)]


def test_a_ring_may_be_deep() -> None:
    depth = 40_000
    ring = Ring(depth, 1)
    for time in range(depth + 2):
        ring.note(np.array([0]), np.array([time]))
    assert ring.kth_last(np.array([0]), depth).tolist() == [2]
