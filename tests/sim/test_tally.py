"""Counts of a few cells out of very many, against a plain counter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import tally
from sim.tally import Tally


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12) | st.integers(0, 2**62), max_size=30), max_size=12), st.integers(1, 20))
def test_it_counts_as_a_counter_does(parts: list[list[int]], least: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_LEAST", least)
        counted, expected = Tally(), Counter[int]()
        for part in parts:
            counted.add(np.array(part, np.int64))
            expected.update(part)
        cells, counts = counted.cells()
    assert dict(zip(cells.tolist(), counts.tolist(), strict=True)) == expected
    assert cells.tolist() == sorted(expected)


def test_memory_grows_with_the_cells_that_occur() -> None:
    counted = Tally()
    for _ in range(50):
        counted.add(np.arange(0, 10**12, 10**8))
    cells, counts = counted.cells()
    assert cells.size == 10_000
    assert set(counts.tolist()) == {50}
    assert sum(part[0].size for part in counted._parts) == 10_000
