"""Refusals are counted as a table would count them, of those customers whose log is kept."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import refusals
from sim.event_log import EventLog
from sim.kernel import luck
from sim.refusals import RefusalTally
from strategies.vocabulary import REFUSALS

_LOG = luck.purpose("tests.refusals.log")
CHAINS, PER_WORLD = 3, 5
REFUSAL = st.tuples(
    st.integers(0, 4 * PER_WORLD - 1),
    st.integers(0, 10**8),
    st.integers(0, CHAINS - 1),
    st.integers(0, len(REFUSALS) - 1),
    st.integers(0, 3),
)


@pytest.mark.slow
@given(st.lists(REFUSAL, max_size=40), st.integers(0, 20))
def test_counts_and_moments(told: list[tuple[int, int, int, int, int]], merge_at: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refusals, "_AT_ONCE", merge_at)
        tally = RefusalTally(CHAINS)
        for customer, time, chain, reason, part in told:
            tally.add(np.array([customer]), np.array([time]), chain, reason, part)
        table = tally.table(PER_WORLD)
    times = defaultdict(list)
    for customer, time, *what in told:
        times[divmod(customer, PER_WORLD), *what].append(time)
    expected = [
        [*who, *what, len(moments), min(moments), max(moments)] for (who, *what), moments in sorted(times.items())
    ]
    assert np.column_stack(list(table.values())).tolist() == expected


def test_a_part_beyond_those_told_apart_counts_as_the_last() -> None:
    tally = RefusalTally(1)
    tally.add(np.array([2]), np.array([7]), 0, 4, 1_000)
    assert tally.table(PER_WORLD)["part"].tolist() == [255]


def test_refusals_are_of_those_in_the_log() -> None:
    everybody = np.arange(200)
    kept = {}
    for log in ("all", "contacts", "none", "0.3"):
        rows = EventLog(100, log)
        rows.open(luck.child(np.zeros(200, np.uint64), _LOG, everybody))
        kept[log] = rows.kept(everybody)
        rows.append(0, everybody, everybody)
        rows.flush()
        if log != "none":
            assert (rows.parts[0].world * 100 + rows.parts[0].customer).tolist() == kept[log].tolist()
    assert [kept[log].size for log in ("all", "contacts", "none")] == [200, 200, 0]
    assert 30 < kept["0.3"].size < 90
