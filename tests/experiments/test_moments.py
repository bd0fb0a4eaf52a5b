"""Moments merge: the parts together are the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from experiments.moments import Aggregates, Moments

tables = npst.arrays(
    np.float64, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)


def of(table: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Moments:
    return Moments.of(dict(zip("abc", table.T, strict=True)))


def same(one: Moments, other: Moments) -> None:
    assert (one.columns, one.count) == (other.columns, other.count)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(one.co_moment, other.co_moment, rtol=1e-9, atol=1e-2)


@given(tables, st.integers(0, 30))
def test_two_parts_are_the_whole(table: np.ndarray[tuple[int, int], np.dtype[np.float64]], cut: int) -> None:
    same(of(table[:cut]) + of(table[cut:]), of(table))


@pytest.mark.slow
@given(tables, tables, tables)
def test_merging_is_associative(
    a: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    b: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    c: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    same((of(a) + of(b)) + of(c), of(a) + (of(b) + of(c)))


def test_figures_are_those_of_numpy() -> None:
    table = np.random.default_rng(1).normal(3.0, 2.0, (40, 3))
    moments = of(table)
    assert moments.average("b") == pytest.approx(table[:, 1].mean())
    assert moments.total("b") == pytest.approx(table[:, 1].sum())
    assert moments.variance("c") == pytest.approx(table[:, 2].var(ddof=1))
    np.testing.assert_allclose(moments.covariance_of_means(("c", "a")), np.cov(table[:, 2], table[:, 0]) / 40)


def test_other_columns_do_not_add() -> None:
    one, other = (Moments.of({name: np.ones(2)}) for name in ("orders", "revenue"))
    with pytest.raises(ValueError, match="moments of orders cannot be added to revenue"):
        one + other


def test_aggregates_keep_what_only_one_shard_has() -> None:
    part = Moments.of({"x": np.ones(3)})
    one = Aggregates({("a", 0, False): part}, {})
    other = Aggregates({("a", 0, False): part, ("a", 1, False): part}, {("a", "b", 0): part})
    both = one + other
    assert both.levels["a", 0, False].count == 6
    assert both.levels["a", 1, False].count == 3
    assert (both.arms, both.replications) == (("a",), (0, 1))
    assert both.pair("a", "b")[0].count == 3
