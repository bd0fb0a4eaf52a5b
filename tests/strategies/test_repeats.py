"""How often something came before, against a plain counter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.repeats import Repeats

CALLS = st.lists(st.sets(st.integers(0, 12), max_size=8), max_size=30)


@pytest.mark.slow
@given(CALLS)
def test_each_coming_is_numbered(calls: list[set[int]]) -> None:
    repeats, seen = Repeats(), Counter[int]()
    for call in calls:
        keys = np.array(sorted(call, reverse=True), np.uint64)
        assert repeats.number(keys).tolist() == [seen[int(key)] for key in keys]
        seen.update(call)


def test_it_stays_a_few_sorted_arrays() -> None:
    """However much comes, in calls of any size."""
    repeats = Repeats()
    for call in range(400):
        first = call * 100
        assert not repeats.number(np.arange(first, first + 1 + (call * 37) % 100, dtype=np.uint64)).any()
    assert len(repeats._levels) <= 16
    assert repeats.number(np.array([0, 3_900, 99], np.uint64)).tolist() == [1, 1, 0]
