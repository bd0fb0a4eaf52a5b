"""Ratios of sums: closed forms, coverage, and what the pairing saves."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from benchmarks.coverage import WORLDS, covers, draw, truth
from experiments.ratios import (
    ANY_RATIO,
    OTHER_CUSTOMERS,
    SAME_CUSTOMERS,
    fieller,
    jackknife,
    jackknife_ratio,
    jackknife_ratio_difference,
    jackknife_relative,
    return_over_replications,
    variance_ratio,
)
from experiments.statistics import NO_SPREAD, ONE_REPLICATION, over_replications, student_quantile, undefined


def test_jackknife_of_a_mean_is_the_t_interval() -> None:
    values = np.random.default_rng(1).gamma(2.0, 1.0, 11)
    found = jackknife(lambda rows: float(rows.mean()), values[:, None])
    plain = over_replications(values)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_jackknife_ratio_agrees_with_linearisation() -> None:
    luck = np.random.default_rng(2)
    bottom = luck.normal(100.0, 5.0, 200)
    top = 0.3 * bottom + luck.normal(0.0, 2.0, 200)
    found = jackknife_ratio(top, bottom)
    residual = top - top.sum() / bottom.sum() * bottom
    assert found.value == pytest.approx(top.sum() / bottom.sum())
    assert found.standard_error == pytest.approx(residual.std(ddof=1) / math.sqrt(200) / bottom.mean(), rel=0.01)


def test_jackknife_tells_why_there_is_no_figure() -> None:
    assert jackknife_ratio(np.ones(3), np.zeros(3)).reason == "the denominator is zero"
    assert jackknife_ratio(np.ones(1), np.ones(1)).reason == ONE_REPLICATION
    without = jackknife_ratio(np.array([1.0, 0.0]), np.array([1.0, 0.0]))
    assert without.reason == "the denominator is zero without one of the replications"


def test_equal_ratios_tell_no_spread() -> None:
    pair = (np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 40.0]))
    found = jackknife_ratio_difference(pair, pair, 0.95)
    assert found == undefined(NO_SPREAD)


def test_relative_difference_of_rates_is_symmetric_in_the_logarithm() -> None:
    luck = np.random.default_rng(3)
    ours = (luck.poisson(30, 10) + 1.0, np.full(10, 1000.0))
    theirs = (luck.poisson(10, 10) + 1.0, np.full(10, 1000.0))
    there, back = jackknife_relative(ours, theirs, 0.95), jackknife_relative(theirs, ours, 0.95)
    assert there.low is not None
    assert back.high is not None
    assert 1.0 + there.low == pytest.approx(1.0 / (1.0 + back.high))
    assert jackknife_relative(ours, (np.zeros(10), theirs[1]), 0.95).reason == "too few events"


@given(st.floats(-9.0, 9.0), st.floats(0.1, 9.0), st.floats(0.01, 3.0), st.floats(0.01, 3.0), st.floats(-0.9, 0.9))
def test_fieller_ends_where_the_test_of_the_quotient_turns(
    top: float, bottom: float, of_top: float, of_bottom: float, correlation: float
) -> None:
    both = correlation * math.sqrt(of_top * of_bottom)
    covariance = np.array([[of_top, both], [both, of_bottom]])
    found = fieller(top, bottom, covariance, 20)
    t = student_quantile(0.95, 20)
    ends = [end for end in (found.low, found.high) if end is not None]
    for end in ends:
        spread = of_top - 2.0 * end * both + end**2 * of_bottom
        assert (top - end * bottom) ** 2 == pytest.approx(t**2 * spread, rel=1e-3, abs=1e-6)
    bottom_shows, top_shows = bottom > t * math.sqrt(of_bottom), abs(top) > t * math.sqrt(of_top)
    assert len(ends) == (2 if bottom_shows else 1 if top_shows else 0)
    assert bool(found.reason) == (not found.known)
    if len(ends) == 1:
        assert found.one_sided
        assert ends[0] * top > 0.0
        assert abs(ends[0]) <= abs(top / bottom)
        assert (found.low is not None) == (top > 0.0)
    if len(ends) < 2:
        assert not fieller(top, bottom, covariance, 20, positive=False).one_sided
    turned = fieller(-top, bottom, np.array([[of_top, -both], [-both, of_bottom]]), 20)
    for one, other in ((found.low, turned.high), (found.high, turned.low)):
        assert one == (None if other is None else pytest.approx(-other))


def test_a_return_is_that_of_the_sums_with_fiellers_interval() -> None:
    gains, costs = np.array([4.0, 9.0, 5.0]), np.array([7.0, 10.0, 13.0])
    found = return_over_replications(gains, costs)
    assert found == fieller(6.0, 10.0, np.cov(gains, costs) / 3, 2)
    assert found.value == jackknife_ratio(gains, costs).value
    assert return_over_replications(gains[:1], costs[:1]).reason == ONE_REPLICATION
    assert return_over_replications(gains, costs * 0.0).reason == "the denominator is zero"
    assert return_over_replications(-costs, costs) == undefined(NO_SPREAD)
    assert return_over_replications(np.ones(3), costs) == undefined(NO_SPREAD)
    assert not fieller(6.0, 10.0, np.full((2, 2), np.nan), 0).known


AMOUNTS = st.floats(-1e6, 1e6).map(lambda amount: round(amount, 4))
REPLICATION = st.tuples(AMOUNTS, st.floats(0.01, 1e6), st.integers(2, 5_000))


@example([(10.0, 5.0, 10), (1_100.0, 300.0, 1_000), (900.0, 310.0, 1_000)], True)  # decided per customer, not in sums
@example([(1_000.0, 300.0, 1_000), (900.0, 300.0, 300), (1_100.0, 310.0, 5_000)], True)  # the other way round
@given(st.lists(REPLICATION, min_size=2, max_size=12), st.booleans())
def test_a_return_excludes_zero_exactly_where_the_gain_does(
    replications: list[tuple[float, float, int]], positive: bool
) -> None:
    """Whatever was gained and spent, by however many customers of each replication."""
    gains, costs, customers = np.array(replications).T
    each = gains / customers
    plain = over_replications(each)
    edge = student_quantile(0.95, len(each) - 1) * float(each.std(ddof=1)) / math.sqrt(len(each))
    assume(abs(abs(float(each.mean())) - edge) > 1e-9 * (abs(float(each.mean())) + edge))
    found = return_over_replications(gains, costs, positive=positive, customers=customers)
    if found.known or found.one_sided:
        low = -math.inf if found.low is None else found.low
        high = math.inf if found.high is None else found.high
        assert (low > 0.0 or high < 0.0) == plain.decided
        assert not plain.decided or (low > 0.0) == (plain.low is not None and plain.low > 0.0)
    else:
        assert found.reason in (NO_SPREAD, ANY_RATIO)
        assert not (found.reason == ANY_RATIO and positive and plain.decided)


@pytest.mark.slow
@pytest.mark.parametrize(("world", "replications", "jackknifed"), [("discounts", 3, 0.935), ("gifts", 5, 0.88)])
def test_a_return_covers_with_few_replications_of_skewed_costs(
    world: str, replications: int, jackknifed: float
) -> None:
    """1,000 draws of 100 customers.  Of intervals that cover as they say fewer than 925 do once in 3,900 times."""
    luck, value = np.random.default_rng(11), truth(WORLDS[world], 400)
    sums = [draw(WORLDS[world], luck, replications, 100) for _ in range(1_000)]
    told = [return_over_replications(*one) for one in sums]
    assert sum(covers(figure, value) for figure in told) >= 925
    assert sum(covers(jackknife_ratio(*one), value) for one in sums) < 1_000 * jackknifed


@pytest.mark.slow
def test_coverage_of_the_jackknife_ratio() -> None:
    """2,000 draws of 12 replications: spread .005; the bounds leave four of them and .01 of bias."""
    luck = np.random.default_rng(4)
    bottom = luck.gamma(50.0, 2.0, (2000, 12))
    top = 0.2 * bottom + luck.normal(0.0, 3.0, (2000, 12))
    found = [jackknife_ratio(a, b) for a, b in zip(top, bottom, strict=True)]
    assert 0.92 < np.mean([(e.low or 0.0) <= 0.2 <= (e.high or 0.0) for e in found]) < 0.98


def test_variance_ratio_without_other_luck_is_that_of_all_other_pairs() -> None:
    """Σ over r≠s of the squared centred A_r − B_s, corrected for R, is s²_A + s²_B."""
    luck = np.random.default_rng(5)
    base = luck.normal(0.0, 5.0, 30)
    arm, baseline = base + luck.normal(0.0, 1.0, 30), base + luck.normal(0.0, 1.0, 30)
    found = variance_ratio(arm, baseline)
    assert found.against == OTHER_CUSTOMERS
    assert found.unpaired == pytest.approx(arm.var(ddof=1) + baseline.var(ddof=1))
    assert found.paired == pytest.approx(np.var(arm - baseline, ddof=1))
    gaps = (arm - arm.mean())[:, None] - (baseline - baseline.mean())[None, :]
    squares = (gaps**2).sum() - np.trace(gaps**2)
    covariance = np.cov(arm, baseline)[0, 1]
    assert squares / (30 * 29) == pytest.approx(29 / 30 * found.unpaired + 2 / 30 * covariance)


def test_variance_ratio_against_other_luck_does_not_credit_shared_customers() -> None:
    luck = np.random.default_rng(6)
    base, shared = luck.normal(0.0, 10.0, 400), luck.normal(0.0, 2.0, 400)
    arm, baseline = (base + shared + luck.normal(0.0, 1.0, 400) for _ in range(2))
    other = base + luck.normal(0.0, 2.0, 400) + luck.normal(0.0, 1.0, 400)
    found = variance_ratio(arm, baseline, other)
    assert found.against == SAME_CUSTOMERS
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert found.ratio.low < 5.0 < found.ratio.high
    assert found.ratio.value == pytest.approx(5.0, rel=0.25)
    assert (variance_ratio(arm, baseline).ratio.value or 0.0) > 50.0


def test_variance_ratio_needs_replications_and_variance() -> None:
    assert variance_ratio(np.ones(2), np.ones(2)).ratio.reason == "needs three replications"
    assert variance_ratio(np.arange(4.0), np.arange(4.0)).ratio.reason == "a variance is zero"
