"""Estimates against closed forms, published values, scipy and statsmodels; coverage by simulation."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from experiments.statistics import (
    NO_SPREAD,
    ONE_REPLICATION,
    Sample,
    difference_of_means,
    estimate,
    exactly,
    holm,
    none_seen,
    over_replications,
    pooled_within,
    relative_difference,
    relative_over_replications,
    share_interval,
    student_quantile,
    undefined,
    welch_degrees,
)

CONTROL = Sample(3407, 0.41, 3.9**2)
TREATED = Sample(3461, 0.70, 6.2**2)


def test_published_absolute_effect() -> None:
    found = difference_of_means(TREATED, CONTROL)
    assert (found.low, found.high) == pytest.approx((0.04538, 0.53462), abs=1e-4)
    assert found.p == pytest.approx(0.02016, abs=1e-4)


def test_published_relative_effect_by_the_delta_method() -> None:
    variances = TREATED.variance / TREATED.count, CONTROL.variance / CONTROL.count
    relative = TREATED.mean / CONTROL.mean
    parts = (
        (variances[0] / CONTROL.mean**2, TREATED.count - 1),
        (
            relative**2 * variances[1] / CONTROL.mean**2,
            CONTROL.count - 1,
        ),
    )
    found = relative_difference(TREATED.mean, CONTROL.mean, *variances, degrees=welch_degrees(*parts))
    assert found.value == pytest.approx(0.70732, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((-0.03526, 1.44989), abs=1e-4)
    assert found.p == pytest.approx(0.06191, abs=1e-4)


def test_relative_difference_needs_a_base_apart_from_zero() -> None:
    assert relative_difference(1.0, 0.1, 0.01, 0.01).reason == "the baseline may be zero"
    assert not relative_over_replications(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.0, 1.0])).known


def test_t_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).gamma(2.0, 3.0, 9)
    oracle = stats.ttest_1samp(values, 0.0)
    found = over_replications(values)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert found.p == pytest.approx(oracle.pvalue)
    assert found.certainty == pytest.approx(1.0 - oracle.pvalue / 2)


def test_welch_is_that_of_scipy() -> None:
    luck = np.random.default_rng(2)
    one, other = luck.normal(1.0, 2.0, 40), luck.normal(0.0, 5.0, 25)
    oracle = stats.ttest_ind(one, other, equal_var=False)
    groups = [Sample(len(x), float(x.mean()), float(x.var(ddof=1))) for x in (one, other)]
    found = difference_of_means(*groups)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert found.p == pytest.approx(oracle.pvalue)


def test_one_replication_has_no_interval_and_says_why() -> None:
    found = over_replications(np.array([3.0]))
    assert (found.value, found.low, found.high) == (3.0, None, None)
    assert found.reason == ONE_REPLICATION
    assert not found.known


def test_what_no_customer_showed_is_bounded_not_known() -> None:
    """Of a share by the exact binomial without an event, which one-sided is the rule of three; of an amount not."""
    seen = none_seen(300, share=True)
    assert (seen.low, seen.high) == (-(seen.high or 0.0), pytest.approx(proportion_confint(0, 300, method="beta")[1]))
    assert none_seen(300, 0.90, share=True).unseen == pytest.approx(3.0 / 300, rel=0.01)
    amount = none_seen(300)
    assert (amount.value, amount.low, amount.high, amount.p, amount.certainty) == (0.0, None, None, None, None)
    assert amount.alike
    assert not amount.known
    assert exactly(0.0).alike
    assert not estimate(0.0, 0.1).alike
    assert estimate(0.0, 0.0) == undefined(NO_SPREAD)


def test_replications_that_agree_are_no_certainty() -> None:
    """Two equal replications: the spread between customers stands in, without it there is no figure."""
    values = np.array([0.1 + 0.2, 0.3])
    assert over_replications(values) == undefined(NO_SPREAD)
    within = estimate(0.3, 0.2)
    assert over_replications(values, within=within) == within
    assert not within.decided
    assert estimate(0.3, 0.0) == undefined(NO_SPREAD)
    assert estimate(-1.0, 3e-16) == undefined(NO_SPREAD)
    assert estimate(-1.0, 1e-9).known
    assert relative_over_replications(np.array([1.3, 1.3]), np.array([1.0, 1.0])).reason == NO_SPREAD
    assert difference_of_means(Sample(5, 1.0, 0.0), Sample(5, 0.0, 0.0)).reason == NO_SPREAD


def test_pooled_within_of_one_replication_is_the_one_sample_t() -> None:
    values = np.random.default_rng(3).normal(1.0, 2.0, 50)
    found = pooled_within(np.array([values.mean()]), np.array([values.var(ddof=1)]), np.array([50.0]))
    assert (found.low, found.high) == pytest.approx(tuple(stats.ttest_1samp(values, 0.0).confidence_interval(0.95)))


def test_pooled_within_averages_replications() -> None:
    found = pooled_within(np.array([1.0, 3.0]), np.array([4.0, 9.0]), np.array([100.0, 100.0]))
    assert found.value == 2.0
    assert found.standard_error == pytest.approx(math.sqrt(4 / 100 + 9 / 100) / 2)


@pytest.mark.parametrize(
    ("events", "trials", "method"),
    [(20, 40, "wilson"), (20, 900, "wilson"), (880, 900, "wilson"), (1, 186, "beta"), (19, 900, "beta"),
     (899, 900, "beta"), (0, 200, "beta"), (200, 200, "beta")],
)  # fmt: skip
def test_a_share_is_exact_of_few_events_and_wilsons_of_more(events: int, trials: int, method: str) -> None:
    found = share_interval(events, trials)
    assert (found.low, found.high) == pytest.approx(proportion_confint(events, trials, method=method), abs=1e-12)
    assert (found.method == "exact binomial") == (method == "beta")


def test_design_effect_divides_the_messages() -> None:
    plain, clustered = share_interval(30, 100), share_interval(120, 400, design_effect=4.0)
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high))


def test_share_refuses_more_events_than_messages() -> None:
    assert share_interval(5, 4).reason == "more events than messages: not a share of them"
    assert share_interval(0, 0).reason == "nothing to take a share of"


def test_holm_is_that_of_statsmodels_and_of_the_published_values() -> None:
    p = [0.005, 0.06, 0.007, 0.04, 0.01, 0.03]
    assert holm(p) == pytest.approx([0.03, 0.09, 0.035, 0.09, 0.04, 0.09])
    drawn = list(np.random.default_rng(4).random(25) ** 3)
    assert holm(drawn) == pytest.approx(list(multipletests(drawn, method="holm")[1]))
    assert holm([]) == []


def test_undefined_has_a_reason_and_nothing_else() -> None:
    found = undefined("no marketing cost")
    assert (found.value, found.low, found.high, found.p, found.certainty) == (None, None, None, None, None)
    assert found.reason == "no marketing cost"


def test_normal_quantile_for_infinite_degrees() -> None:
    assert estimate(0.0, 1.0).high == pytest.approx(stats.norm.ppf(0.975))
    assert student_quantile(0.9, 4) == pytest.approx(stats.t.ppf(0.95, 4))


def test_coverage_of_the_t_interval_over_replications() -> None:
    """4,000 draws of 8 normal differences: coverage has a spread of .0034, four of them fail once in 16,000."""
    luck = np.random.default_rng(5)
    draws = luck.normal(2.0, 3.0, (4000, 8))
    covered = [(e.low or 0.0) <= 2.0 <= (e.high or 0.0) for e in map(over_replications, draws)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.014)


def test_coverage_of_the_per_customer_interval_on_skewed_money() -> None:
    """3,000 draws of 3 replications of 150 skewed differences; spread .004, skewness costs up to .015."""
    luck = np.random.default_rng(6)
    draws = luck.gamma(0.5, 4.0, (3000, 3, 150)) - luck.gamma(0.5, 3.0, (3000, 3, 150))
    counts = np.full(3, 150.0)
    covered = []
    for draw in draws:
        found = pooled_within(draw.mean(axis=1), draw.var(axis=1, ddof=1), counts)
        covered.append((found.low or 0.0) <= 0.5 <= (found.high or 0.0))
    assert 0.925 < np.mean(covered) < 0.967
