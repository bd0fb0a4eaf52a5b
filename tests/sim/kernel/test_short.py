"""What short arrays are asked: the same answers as NumPy's own reductions."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.kernel.short import distinct, every, greatest, least, some

BOOLS = arrays.arrays(bool, st.integers(0, 6))
NUMBERS = arrays.arrays(np.int64, st.integers(1, 6))


@given(BOOLS)
def test_some_and_every(values: NDArray[np.bool_]) -> None:
    assert some(values) is bool(values.any())
    assert every(values) is bool(values.all())


@given(NUMBERS)
def test_the_greatest_and_the_least(values: NDArray[np.int64]) -> None:
    assert (least(values), greatest(values)) == (int(values.min()), int(values.max()))
    assert some(values) is bool(values.any())


@given(arrays.arrays(np.int16, st.integers(0, 6), elements=st.integers(0, 40)))
def test_distinct_numbers_ascend(values: NDArray[np.int16]) -> None:
    assert distinct(values) == np.unique(values).tolist()


def test_of_nothing_there_is_no_greatest() -> None:
    for of in (greatest, least):
        with pytest.raises(ValueError, match="empty"):
            of(np.array([], np.int64))
