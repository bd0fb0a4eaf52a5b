"""Who has a run on: as a set of pairs would know it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from strategies.busy import Busy

CUSTOMERS, CHAINS = 3, 130
"""Chains of more than two words of bits."""
PARALLEL = 70

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, CHAINS - 1), st.sets(st.integers(0, CUSTOMERS - 1))))


@given(STEPS)
def test_a_run_is_on_from_its_begin_to_its_end(steps: list[tuple[bool, int, set[int]]]) -> None:
    busy, on = Busy([chain == PARALLEL for chain in range(CHAINS)], CUSTOMERS), set()
    everybody = np.arange(CUSTOMERS)
    for begins, chain, who in steps:
        local = np.array(sorted(who), np.int64)
        if begins:
            busy.begin(chain, local)
            on |= {(chain, one) for one in who}
        else:
            busy.end(np.full(local.size, chain), local)
            on -= {(chain, one) for one in who}
    for chain in {chain for _, chain, _ in steps} - {PARALLEL}:
        assert busy.has(chain, everybody).tolist() == [(chain, one) in on for one in range(CUSTOMERS)]
    assert not busy.has(PARALLEL, everybody).any()


def test_customers_end_runs_of_different_chains_together() -> None:
    busy = Busy([False] * CHAINS, CUSTOMERS)
    for chain in (0, 64, 129):
        busy.begin(chain, np.arange(CUSTOMERS))
    busy.end(np.array([0, 64, 129]), np.arange(CUSTOMERS))
    assert [busy.has(chain, np.arange(CUSTOMERS)).tolist() for chain in (0, 64, 129)] == [
        [False, True, True],
        [True, False, True],
        [True, True, False],
    ]
