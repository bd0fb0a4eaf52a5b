"""Who has a run on: as a set of pairs would know it, and as the run table does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.busy import Busy
from strategies.run_life import RunLife
from strategies.runs import ENDED
from tests.audit.crowded import CROWDED
from tests.audit.toy_setting import Setting
from tests.audit.toy_world import tell

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


@pytest.mark.parametrize("scene", ["chains", "actions"])
def test_whoever_asks_hears_what_the_run_table_says(scene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While runs are started, restarted, stopped, timed out and ended by events, by goals and by each other."""
    is_running, answers = RunLife.is_running, set()

    def asked(self: RunLife, chain: int, customer: Any, **more: Any) -> Any:
        answer = is_running(self, chain, customer, **more)
        runs = self.runs
        live = (runs.chain[1 : runs.used] == chain) & (runs.state[1 : runs.used] != ENDED)
        on = np.isin(customer, runs.customer[1 : runs.used][live])
        if not more:
            assert answer.tolist() == on.tolist()
            answers.update(answer.tolist())
        return answer

    monkeypatch.setattr(RunLife, "is_running", asked)
    tell(CROWDED[scene] | {"horizon": "1d"}, Setting(customers=21))
    assert answers == {False, True}
