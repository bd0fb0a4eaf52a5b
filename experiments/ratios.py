"""Ratios of sums: jackknife over replications, Fieller, variance of paired luck.

The jackknife takes a ratio for nearly linear.  That holds while the denominator is well known: with a standard error of
a tenth of it or less it covers as it says, with more the intervals are too short.  The interval of a return is
Fieller's, which asks nothing of its denominator and holds zero just where the interval of the gain does.
``benchmarks/coverage.py`` measures both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from experiments.statistics import (
    LEVEL,
    NO_SPREAD,
    ONE_REPLICATION,
    ROUNDING,
    TOO_FEW,
    TOO_FEW_EVENTS,
    Estimate,
    estimate,
    flat,
    student_quantile,
    undefined,
)

Floats = NDArray[np.float64]


def jackknife(statistic: Callable[[Floats], float], rows: Floats, level: float = LEVEL) -> Estimate:
    """A statistic of replications with the jackknife's t interval around its plain value.

    rows: (R, k), what each replication brings.  ``statistic`` maps such a table to one number.
    Standard error: √((R−1)/R · Σ(θ₍ᵣ₎ − θ̄)²) over the leave-one-out values (Efron and Tibshirani 1993, 11.5).
    """
    count = len(rows)
    value = statistic(rows)
    if not math.isfinite(value):
        return undefined("the denominator is zero", level)
    if count < 2:
        return Estimate(value, level=level, reason=ONE_REPLICATION)
    left_out = np.array([statistic(np.delete(rows, r, axis=0)) for r in range(count)])
    if not np.all(np.isfinite(left_out)):
        return Estimate(value, level=level, reason="the denominator is zero without one of the replications")
    if flat(left_out):
        return undefined(NO_SPREAD, level)
    spread = float(np.sum((left_out - left_out.mean()) ** 2))
    return estimate(value, math.sqrt((count - 1) / count * spread), count - 1, level, "jackknife over replications")


def ratio(rows: Floats) -> float:
    """Ratio of sums of the two columns; infinite or NaN where the second is zero."""
    top, bottom = rows.sum(axis=0)
    return float(top / bottom) if bottom != 0.0 else math.nan


def jackknife_ratio(numerators: Floats, denominators: Floats, level: float = LEVEL) -> Estimate:
    """Σ numerators / Σ denominators over replications.

    numerators, denominators: (R,).

    >>> e = jackknife_ratio(np.array([1.0, 2.0, 3.0]), np.array([10.0, 10.0, 10.0]))
    >>> round(e.value, 3), round(e.standard_error, 4)
    (0.2, 0.0577)
    """
    return jackknife(ratio, np.stack([numerators, denominators], axis=1), level)


def jackknife_ratio_difference(ours: tuple[Floats, Floats], theirs: tuple[Floats, Floats], level: float) -> Estimate:
    """Difference of two ratios of sums that share replications.

    ours, theirs: (numerators, denominators), each (R,).
    """
    rows = np.stack([*ours, *theirs], axis=1)
    return jackknife(lambda table: ratio(table[:, :2]) - ratio(table[:, 2:]), rows, level)


def jackknife_relative(ours: tuple[Floats, Floats], theirs: tuple[Floats, Floats], level: float) -> Estimate:
    """Quotient of two ratios of sums that share replications, minus one.

    The interval is made on the logarithm, where rates of rare events are nearly symmetric.
    """

    def log_quotient(table: Floats) -> float:
        above, below = ratio(table[:, :2]), ratio(table[:, 2:])
        return math.log(above / below) if above > 0.0 and below > 0.0 else math.nan

    return exponential(jackknife(log_quotient, np.stack([*ours, *theirs], axis=1), level), 1.0)


def exponential(logs: Estimate, minus: float = 0.0) -> Estimate:
    """An estimate of a logarithm, told as exp(·) − ``minus``; undefined where it is."""
    if logs.value is None or logs.low is None or logs.high is None:
        return undefined(logs.reason if logs.reason in (ONE_REPLICATION, NO_SPREAD) else TOO_FEW_EVENTS, logs.level)
    value, low, high = (math.exp(x) - minus for x in (logs.value, logs.low, logs.high))
    return Estimate(value, low, high, degrees=logs.degrees, level=logs.level, method=f"{logs.method}, logarithm")


FIRM = 0.1
"""Standard error of a denominator, as a part of it, up to which a ratio is nearly linear in it."""

UNCERTAIN_COSTS = "the cost of one of the arms is too uncertain for a difference of returns"
ANY_RATIO = "the cost is so uncertain that it may be next to nothing: no return can be ruled out"
NO_UPPER_END = "no upper end, since the cost is so uncertain that it may be next to nothing"
NO_LOWER_END = "no lower end, since the cost is so uncertain that it may be next to nothing"


def return_over_replications(
    gains: Floats, costs: Floats, level: float = LEVEL, positive: bool = True, customers: Floats | None = None
) -> Estimate:
    """Σ gains / Σ costs with Fieller's interval: it excludes zero exactly where Student's of the gain does.

    gains, costs: (R,) sums of replications.  customers: (R,) whom they come from; the interval is that of the means per
    customer, which are what gain and cost are told by.  positive: the cost is above zero for certain, whatever the
    sample shows.

    >>> e = return_over_replications(np.array([4.0, 9.0, 5.0]), np.array([9.0, 10.0, 11.0]))
    >>> round(e.value, 3), round(e.low, 3), round(e.high, 3)
    (0.6, -0.06, 1.273)
    """
    value = ratio(np.stack([gains, costs], axis=1))
    if not math.isfinite(value):
        return undefined("the denominator is zero", level)
    if len(costs) < 2:
        return Estimate(value, level=level, reason=ONE_REPLICATION)
    each = np.stack([gains, costs]) if customers is None else np.stack([gains, costs]) / customers
    if flat(each[0]):
        return undefined(NO_SPREAD, level)
    top, bottom = each.mean(axis=1).tolist()
    found = fieller(top, bottom, np.cov(each) / len(costs), len(costs) - 1, level, positive)
    return found if found.value is None else replace(found, value=value)


def firm_over_replications(costs: Floats) -> bool:
    """Whether the sum of costs (R,), R ≥ 2, is known well enough (:func:`firm`)."""
    return firm(float(np.mean(costs)), float(np.var(costs, ddof=1)) / len(costs))


def firm(mean: float, variance: float) -> bool:
    """Whether a denominator is known well enough for a ratio to be nearly linear in it.  variance: of the mean."""
    return variance <= (FIRM * mean) ** 2


def fieller(
    top: float, bottom: float, covariance: Floats, degrees: float, level: float = LEVEL, positive: bool = True
) -> Estimate:
    """``top / bottom`` of two means by Fieller (1954): all q with (top − q·bottom)² ≤ t²(σ²ₜ − 2qσₜ_b + q²σ²_b).

    covariance: (2, 2), that of the two means.  Where the sample does not show that the bottom is not zero, the set
    surrounds infinity.  If the bottom is above zero for certain (``positive``), the quotient has the sign of the top:
    where that is decided at the same level, the part of the set with this sign is told, an interval without end on one
    side.  Otherwise there is no figure.

    >>> e = fieller(12.0, 10.0, np.array([[0.6, 0.3], [0.3, 0.5]]), 20)
    >>> round(e.low, 3), round(e.high, 3)
    (1.049, 1.377)
    >>> e = fieller(12.0, 10.0, np.array([[0.6, 0.3], [0.3, 30.0]]), 20)
    >>> round(e.low, 3), e.high, e.reason
    (0.556, None, 'no upper end, since the cost is so uncertain that it may be next to nothing')
    """
    if bottom == 0.0:
        return undefined("the denominator is zero", level)
    if not np.all(np.isfinite(covariance)):
        return undefined(TOO_FEW, level)
    of_top, both, of_bottom = (float(covariance[place]) for place in ((0, 0), (0, 1), (1, 1)))
    value, method = top / bottom, "Fieller"
    if of_top - 2.0 * value * both + value**2 * of_bottom <= ROUNDING * (of_top + value**2 * of_bottom):
        return undefined(NO_SPREAD, level)
    t = student_quantile(level, degrees)
    square = bottom**2 - t**2 * of_bottom
    middle = top * bottom - t**2 * both
    rest = top**2 - t**2 * of_top
    far = middle + math.copysign(math.sqrt(max(middle**2 - square * rest, 0.0)), middle)
    if square > 0.0:
        low, high = sorted((far / square, rest / far if far else 0.0))
        return Estimate(value, low, high, degrees=degrees, level=level, method=method)
    if rest <= 0.0 or square == 0.0 or not positive:
        return undefined(ANY_RATIO, level)
    low, high = sorted((far / square, rest / far))  # of opposite signs
    if value > 0.0:
        return Estimate(value, low=high, degrees=degrees, level=level, method=method, reason=NO_UPPER_END)
    return Estimate(value, high=low, degrees=degrees, level=level, method=method, reason=NO_LOWER_END)


@dataclass(frozen=True)
class VarianceRatio:
    """How many times fewer replications the pairing needs.

    ``ratio`` = variance of the difference without the pairing / variance of the paired difference.
    ``against`` says what the unpaired difference shares.
    """

    ratio: Estimate
    paired: float
    unpaired: float
    against: str


OTHER_CUSTOMERS = "other customers and other luck"
SAME_CUSTOMERS = "the same customers under other luck"


def variance_ratio(
    arm: Floats, baseline: Floats, other_luck: Floats | None = None, level: float = LEVEL
) -> VarianceRatio:
    """What meeting the same customers with the same luck saves.

    arm, baseline: (R,) means per replication of the two arms, A_r and B_r.  other_luck: (R,) means
    of the baseline for the same bases under another luck, B′_r.

    Without ``other_luck`` the unpaired difference is A_r − B_s, r ≠ s: other customers *and* other
    luck.  Over all pairs its variance is unbiasedly s²_A + s²_B, and the ratio is
    (s²_A + s²_B) / s²(A_r − B_r).  It credits the pairing with both.  With ``other_luck`` the unpaired
    difference is A_r − B′_r, which shares customers, and the ratio s²(A_r − B′_r) / s²(A_r − B_r) is what
    the common luck alone brings.  Interval: jackknife over replications of the log ratio, t with R − 1
    degrees; needs three replications.
    """
    against = OTHER_CUSTOMERS if other_luck is None else SAME_CUSTOMERS
    rows = np.stack([arm, baseline] if other_luck is None else [arm, baseline, other_luck], axis=1)

    def variances(table: Floats) -> tuple[float, float]:
        paired = float(np.var(table[:, 0] - table[:, 1], ddof=1))
        if other_luck is None:
            return float(np.var(table[:, 0], ddof=1) + np.var(table[:, 1], ddof=1)), paired
        return float(np.var(table[:, 0] - table[:, 2], ddof=1)), paired

    def log_ratio(table: Floats) -> float:
        unpaired, paired = variances(table)
        return math.log(unpaired / paired) if unpaired > 0.0 and paired > 0.0 else math.nan

    if len(rows) < 3:
        return VarianceRatio(undefined("needs three replications", level), math.nan, math.nan, against)
    unpaired, paired = variances(rows)
    logs = jackknife(log_ratio, rows, level)
    result = exponential(logs) if logs.known else undefined("a variance is zero", level)
    return VarianceRatio(result, paired, unpaired, against)
