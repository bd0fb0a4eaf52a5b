"""The cut of limited places against a plain count, request by request."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.places import granted, last_granted

REQUEST = st.tuples(st.integers(0, 2), st.integers(-1, 1), st.integers(0, 2), st.integers(1, 4))
"""World, rank, time, places that it takes."""


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(REQUEST, max_size=12), st.lists(st.integers(0, 9), min_size=3, max_size=3), st.booleans())
def test_places_go_in_order_until_one_does_not_fit(
    requests: list[tuple[int, int, int, int]], places: list[int], alike: bool
) -> None:
    rows = np.array(requests, np.int64).reshape(-1, 4)
    world, rank, time, takes = rows.T
    key = np.arange(rows.shape[0], dtype=np.uint64)
    cut = last_granted(world, rank, time, key, np.array(places), None if alike else takes)
    got = granted(cut, world, rank, time, key).tolist()
    left, shut = list(places), [False, False, False]
    for index in sorted(range(len(requests)), key=lambda i: (rank[i], time[i], key[i])):
        where, need = int(world[index]), 1 if alike else int(takes[index])
        shut[where] |= need > left[where]
        assert got[index] == (not shut[where])
        left[where] -= 0 if shut[where] else need
