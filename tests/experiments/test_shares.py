"""Few events: intervals that are never narrower than exact ones, and differences that few customers do not decide."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from benchmarks.coverage import few_paired, few_rates
from experiments.metrics import catalogue
from experiments.paired import paired_difference
from experiments.shares import (
    Tally,
    changes_apart,
    count_floor,
    paired_rates,
    plain_share,
    pooled_share,
    rate,
    share_floor,
    shares_apart,
)
from experiments.statistics import (
    FEW,
    TOO_FEW_EVENTS,
    Estimate,
    count_interval,
    estimate,
    over_replications,
    share_interval,
)

COMPLAINED = catalogue()["complained"]
COUNTS = st.lists(st.integers(0, 6), min_size=2, max_size=8).map(np.array)


def told(figure: Estimate) -> tuple[float, float]:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


@pytest.mark.slow
@given(COUNTS, st.integers(100, 5_000))
def test_a_share_of_few_events_is_never_narrower_than_the_exact_binomial(counts: np.ndarray, trials: int) -> None:
    top, bottom = counts.astype(float), np.full(len(counts), float(trials))
    assume(0 < top.sum() < FEW)
    exact = proportion_confint(int(top.sum()), int(bottom.sum()), method="beta")
    of_customers = share_floor(over_replications(top / bottom), top.sum(), bottom.sum(), len(top))
    for figure in (pooled_share(top, bottom, 1.0, 0.95), plain_share(top, bottom), of_customers):
        if figure.known:
            low, high = told(figure)
            assert low <= exact[0] + 1e-12
            assert high >= exact[1] - 1e-12
    others = plain_share(bottom - top, bottom)
    assert told(others) == pytest.approx(tuple(1.0 - end for end in reversed(told(plain_share(top, bottom)))), abs=1e-9)
    low, high = told(rate(top, bottom))
    counted = told(count_interval(top.sum(), bottom.sum()))
    assert low <= counted[0]
    assert high >= counted[1]


def test_two_replications_that_have_one_event_each_are_not_certain() -> None:
    """Two complainers among 3,540: 0.007 to 0.20 %, not 0.052 to 0.061 %."""
    figure = pooled_share(np.array([1.0, 1.0]), np.array([1_800.0, 1_740.0]), 1.0, 0.95)
    assert told(figure) == pytest.approx(proportion_confint(2, 3_540, method="beta"))
    many = pooled_share(np.array([50.0, 50.0]), np.array([1_800.0, 1_801.0]), 1.0, 0.95)
    assert told(many) == pytest.approx(proportion_confint(100, 3_601, method="wilson"))
    steady = np.array([25.0, 24.0, 26.0])
    assert "not narrower" not in pooled_share(steady, np.full(3, 1_800.0), 1.0, 0.95).method


def test_a_design_effect_counts_where_the_spread_cannot_show_it() -> None:
    two, three = (
        pooled_share(np.ones(worlds), np.full(worlds, 60.0) + np.arange(worlds), 3.0, 0.95) for worlds in (2, 3)
    )
    assert told(two) == pytest.approx(told(share_interval(2, 121, design_effect=3.0)))
    assert told(three) == pytest.approx(proportion_confint(3, 183, method="beta"))


def test_who_has_several_events_counts_once() -> None:
    figure = estimate(0.012, 0.0001, 7)
    assert count_floor(figure, 12.0, 144.0, 1_000.0, 8).high == pytest.approx(12 * (count_interval(1, 1_000).high or 0))
    assert count_floor(figure, 12.0, 12.0, 1_000.0, 8).high == pytest.approx(count_interval(12, 1_000).high)
    assert count_floor(figure, 30.0, 30.0, 1_000.0, 8) is figure


@pytest.mark.parametrize("differing", [1, 5, 6, 9, 14, 19])
def test_few_who_differ_decide_just_where_mcnemars_exact_test_does(differing: int) -> None:
    for more in range(differing + 1):
        found = changes_apart(more, differing - more, 50_000)
        p = stats.binomtest(more, differing).pvalue
        assert found.decided == (p < 0.05)
        assert (found.p or 0.0) >= p - 1e-6
        assert found.decided == ((found.p or 0.0) < 0.05)
        turned = changes_apart(differing - more, more, 50_000)
        assert told(turned) == pytest.approx(tuple(-end for end in reversed(told(found))))


@given(st.integers(0, 60), st.integers(0, 60), st.floats(1.0, 4.0))
def test_p_of_a_difference_of_counts_is_where_its_interval_ends(ours: int, theirs: int, effect: float) -> None:
    pair = Tally(ours, 900, effect), Tally(theirs, 1_100, effect)
    found = shares_apart(*pair)
    assert found.p is not None
    assert found.decided == (found.p < 0.05)
    low, high = told(shares_apart(*pair, level=1.0 - found.p))
    if 1e-6 < found.p < 0.99:
        assert min(abs(low), abs(high)) < 1e-5
    first, second = (one.events / one.trials for one in pair)
    assert found.value == pytest.approx(first - second)
    assert told(found)[0] <= first - second <= told(found)[1]


@pytest.mark.slow
@given(COUNTS, COUNTS)
def test_few_differences_are_as_wide_as_those_who_differ_say(more: np.ndarray, less: np.ndarray) -> None:
    worlds = min(len(more), len(less))
    more, less = more[:worlds], less[:worlds]
    assume(0 < more.sum() + less.sum() < FEW)
    figure, relative, within = paired_difference(few_paired(more, less, np.full(len(more), 900.0)), COMPLAINED)
    alone = changes_apart(float(more.sum()), float(less.sum()), 900.0 * worlds)
    for one in (figure, within):
        assert one is not None
        assert told(one)[0] <= told(alone)[0] + 1e-12
        assert told(one)[1] >= told(alone)[1] - 1e-12
        assert one.decided == ((one.p or 0.0) < 0.05)
    assert not figure.decided or (alone.decided and within is not None and within.decided)
    plain = over_replications((more - less) / 900)
    if plain.known and (figure.low, figure.high) != pytest.approx((plain.low, plain.high)):
        assert relative.reason == TOO_FEW_EVENTS


def test_many_who_differ_are_told_by_the_replications_alone() -> None:
    more, less = np.array([15, 22, 18]), np.array([3, 4, 6])
    figure, _, _ = paired_difference(few_paired(more, less, np.full(len(more), 900.0)), COMPLAINED)
    assert told(figure) == pytest.approx(told(over_replications((more - less) / 900)))


@pytest.mark.slow
def test_false_alarms_of_rare_events_stay_below_the_level() -> None:
    """600 draws of two replications without an effect.  At 5 % more than 45 happen once in 350 times."""
    luck = np.random.default_rng(3)
    alarms = plain = alone = 0
    for _ in range(600):
        more, less = luck.poisson(1.5, (2, 2))
        if more.any() or less.any():
            sizes = luck.binomial(2_000, 0.9, (2, 2)).astype(float)
            figure = paired_difference(few_paired(more, less, sizes[0]), COMPLAINED)[0]
            ours, theirs = few_rates(more, sizes[0]), few_rates(less, sizes[1])
            alarms += figure.decided
            plain += paired_rates(ours, theirs, (1.0, 1.0), 0.95)[0].decided
            alone += over_replications((more - less) / sizes[0]).decided
    assert alarms <= 45
    assert plain <= 45
    assert alone > 45  # what the replications say by themselves
