"""Estimates with their uncertainty: means, paired differences, Welch, relative differences.

Everything that leaves this module is an :class:`Estimate`: a value with its interval, or the reason
why there is none (DESIGN law 11).  The functions take numbers, never tables.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

LEVEL = 0.95
"""Share of intervals that are to cover the truth, where nothing else is asked."""

ONE_REPLICATION = "one replication says nothing about the spread between replications"
TOO_FEW = "fewer than two customers"
NOTHING_SEEN = "nothing seen in either arm"
TOO_FEW_EVENTS = "too few events"
NONE_SEEN = "no difference seen"
ROUNDING = 1e-12
"""Differences of this part of a number are rounding, and no spread."""

NO_SPREAD = "all observations agree: too few of them to tell how far they spread"


@dataclass(frozen=True)
class Estimate:
    """A number with its interval at ``level``, or ``value`` None with the ``reason``.

    An interval without end on one side has None there and the ``reason`` why.  ``degrees`` are those of Student's t
    (infinity: normal).  ``p`` is two-sided against zero; None where zero is no hypothesis (levels, rates).  ``method``
    names how the interval was made.  ``unseen``: of a difference that no customer showed, how large the share of
    customers who would show one may be.  ``moved``: of a
    difference of money, how many customers' orders differ where they are so few that the interval is made by them.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    degrees: float = math.inf
    p: float | None = None
    level: float = LEVEL
    method: str = ""
    reason: str = ""
    unseen: float | None = None
    moved: int | None = None

    @property
    def known(self) -> bool:
        """Whether there is a value and an interval around it."""
        return self.value is not None and self.low is not None and self.high is not None

    @property
    def one_sided(self) -> bool:
        """Whether the interval has an end on one side only."""
        return self.value is not None and (self.low is None) != (self.high is None)

    @property
    def alike(self) -> bool:
        """Whether it is a difference that is exactly none, or that no customer showed."""
        return self.value == 0.0 and (self.unseen is not None or self.low == self.high == 0.0)

    @property
    def decided(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    @property
    def certainty(self) -> float | None:
        """How sure it is that the truth is above zero: the t distribution around the value, flat prior."""
        if self.value is None or self.standard_error is None:
            return None
        if self.standard_error == 0.0:
            return 0.5 if self.value == 0.0 else float(self.value > 0.0)
        return student_cdf(self.value / self.standard_error, self.degrees)


def undefined(reason: str, level: float = LEVEL) -> Estimate:
    """No number, and why.

    >>> undefined("no marketing cost").known
    False
    """
    return Estimate(None, level=level, reason=reason)


def student_cdf(t: float, degrees: float) -> float:
    """Distribution function of Student's t; infinite degrees: the normal."""
    return float(special.ndtr(t) if math.isinf(degrees) else special.stdtr(degrees, t))


def student_quantile(level: float, degrees: float) -> float:
    """Two-sided quantile: ``level`` of the mass lies between minus and plus the result.

    >>> round(student_quantile(0.95, math.inf), 4), round(student_quantile(0.95, 9), 4)
    (1.96, 2.2622)
    """
    upper = 0.5 + level / 2.0
    return float(special.ndtri(upper) if math.isinf(degrees) else special.stdtrit(degrees, upper))


def estimate(
    value: float, standard_error: float, degrees: float = math.inf, level: float = LEVEL, method: str = ""
) -> Estimate:
    """Symmetric t interval and two-sided p around ``value``.

    A standard error of zero gives no interval: a spread that did not show is not a spread of zero.

    >>> e = estimate(2.0, 1.0)
    >>> round(e.low, 2), round(e.high, 2), round(e.p, 4)
    (0.04, 3.96, 0.0455)
    """
    if not (math.isfinite(value) and math.isfinite(standard_error)):
        return undefined(TOO_FEW, level)
    if standard_error <= ROUNDING * abs(value):
        return undefined(NO_SPREAD, level)
    half = student_quantile(level, degrees) * standard_error
    p = 2.0 * student_cdf(-abs(value) / standard_error, degrees)
    return Estimate(value, value - half, value + half, standard_error, degrees, p, level, method)


def exactly(value: float, level: float = LEVEL, method: str = "exact") -> Estimate:
    """A number that no luck has a part in: its interval has no width.

    >>> exactly(-1.0).low, exactly(-1.0).high
    (-1.0, -1.0)
    """
    return Estimate(value, value, value, 0.0, level=level, method=method)


def shifted(figure: Estimate, factor: float, plus: float) -> Estimate:
    """``factor`` times a figure, ``plus`` an amount that is known exactly.  factor: not below 0.

    >>> e = shifted(Estimate(2.0, 1.0, 3.0), 10.0, 100.0)
    >>> e.value, e.low, e.high
    (120.0, 110.0, 130.0)
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return figure
    value, low, high = (factor * each + plus for each in (figure.value, figure.low, figure.high))
    return Estimate(value, low, high, level=figure.level, method=figure.method)


def without_p(result: Estimate) -> Estimate:
    """The same for a level or a rate, where zero is no hypothesis."""
    return replace(result, p=None)


def flat(values: NDArray[np.float64]) -> bool:
    """Whether all values are the same up to rounding."""
    return bool(np.ptp(values) <= ROUNDING * np.max(np.abs(values)))


def over_replications(values: NDArray[np.float64], level: float = LEVEL, within: Estimate | None = None) -> Estimate:
    """Mean with Student's t over replications.

    values: (R,), one number per replication.  Needs R ≥ 2.  Replications that agree to the last digit tell no
    spread: then ``within``, the same figure from the spread between customers, stands in; without it there is none.

    >>> e = over_replications(np.array([1.0, 2.0, 3.0]))
    >>> e.value, round(e.low, 3), round(e.high, 3)
    (2.0, -0.484, 4.484)
    """
    count = len(values)
    mean = float(np.mean(values))
    if count < 2:
        return Estimate(mean, level=level, reason=ONE_REPLICATION)
    if not math.isfinite(mean):
        return undefined(TOO_FEW, level)
    if flat(values):
        return within if within is not None else undefined(NO_SPREAD, level)
    return estimate(mean, float(np.std(values, ddof=1)) / math.sqrt(count), count - 1, level, "t over replications")


def pooled_within(
    means: NDArray[np.float64], variances: NDArray[np.float64], counts: NDArray[np.float64], level: float = LEVEL
) -> Estimate:
    """Mean of replication means with the per-customer standard error √(Σ s²ᵣ/nᵣ)/R.

    means, variances, counts: (R,) of the customers of each replication.  Takes customers of a
    replication as independent; what they share (reputation, season) is taken as given.
    """
    replications = len(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = float(np.sqrt(np.sum(variances / counts)) / replications)
    degrees = float(np.sum(counts - 1.0))
    if not math.isfinite(error) or degrees < 1.0:
        return undefined(TOO_FEW, level)
    return estimate(float(np.mean(means)), error, degrees, level, "per-customer standard error")


@dataclass(frozen=True)
class Sample:
    """Count, mean and variance (n − 1) of one group."""

    count: float
    mean: float
    variance: float


def welch_degrees(*parts: tuple[float, float]) -> float:
    """Welch–Satterthwaite degrees of freedom of Σ v, each part (v, its own degrees)."""
    total = sum(variance for variance, _ in parts)
    below = sum(variance**2 / degrees for variance, degrees in parts if variance > 0.0)
    return total**2 / below if below > 0.0 else math.inf


def difference_of_means(treated: Sample, control: Sample, level: float = LEVEL) -> Estimate:
    """Welch's difference of two independent means, treated − control.

    >>> e = difference_of_means(Sample(3461, 0.70, 6.2**2), Sample(3407, 0.41, 3.9**2))
    >>> round(e.low, 5), round(e.high, 5), round(e.p, 5)
    (0.04538, 0.53462, 0.02016)
    """
    if treated.count < 2 or control.count < 2:
        return Estimate(None, level=level, reason="a group has fewer than two customers")
    of_treated, of_control = treated.variance / treated.count, control.variance / control.count
    if of_treated + of_control <= 0.0:
        return undefined(NO_SPREAD, level)
    degrees = welch_degrees((of_treated, treated.count - 1), (of_control, control.count - 1))
    return estimate(treated.mean - control.mean, math.sqrt(of_treated + of_control), degrees, level, "Welch")


def relative_difference(
    value: float,
    base: float,
    variance: float,
    base_variance: float,
    covariance: float = 0.0,
    degrees: float = math.inf,
    level: float = LEVEL,
) -> Estimate:
    """``value / base − 1`` with an interval; variances and covariance are those of the two means.

    Delta method: Var = (σ²ᵥ + q²σ²_b − 2qσᵥ_b) / b² with q = value/base; undefined where the base may be zero.
    """
    half = student_quantile(level, degrees)
    if base == 0.0 or base**2 <= half**2 * base_variance:
        return undefined("the baseline may be zero", level)
    quotient = value / base
    spread = variance + quotient**2 * base_variance - 2.0 * quotient * covariance
    if spread <= 1e-12 * (variance + quotient**2 * base_variance):
        return undefined(NO_SPREAD, level)
    error = math.sqrt(spread) / abs(base)
    return estimate(quotient - 1.0, error, degrees, level, "delta method")


def relative_over_replications(
    values: NDArray[np.float64], base: NDArray[np.float64], level: float = LEVEL
) -> Estimate:
    """Relative difference of two means paired by replication, delta method with R − 1 degrees.

    values, base: (R,).
    """
    count = len(values)
    if count < 2:
        return undefined(ONE_REPLICATION, level)
    covariance = np.cov(np.stack([values, base])) / count
    return relative_difference(
        float(np.mean(values)),
        float(np.mean(base)),
        float(covariance[0, 0]),
        float(covariance[1, 1]),
        float(covariance[0, 1]),
        count - 1,
        level,
    )


FEW = 20
"""Events below which counts are told by exact limits, and their spread over replications is not trusted alone."""


def share_interval(events: float, trials: float, level: float = LEVEL, design_effect: float = 1.0) -> Estimate:
    """Interval of a share, events and trials divided by the design effect of messages to the same customer.

    Exact (Clopper and Pearson 1934) below :data:`FEW` events or others, so also with no event: 1 − (α/2)^(1/n).  With
    more it is Wilson's (1927), which covers as it says there and is narrower.

    >>> e = share_interval(1, 186)
    >>> round(e.low, 5), round(e.high, 4)
    (0.00014, 0.0296)
    """
    if trials <= 0.0:
        return undefined("nothing to take a share of", level)
    if events > trials:
        return undefined("more events than messages: not a share of them", level)
    trials_worth = max(trials / max(design_effect, 1.0), 1.0)
    share = events / trials
    had, others = share * trials_worth, (1.0 - share) * trials_worth
    error = math.sqrt(share * (1.0 - share) / trials_worth)
    if min(had, others) < FEW:
        tail = (1.0 - level) / 2.0
        low = float(special.betaincinv(had, others + 1.0, tail)) if events > 0.0 else 0.0
        high = float(special.betaincinv(had + 1.0, others, 1.0 - tail)) if events < trials else 1.0
        error = error or (high - low) / 2.0
        return Estimate(share, low, high, error, level=level, method="exact binomial")
    z = student_quantile(level, math.inf)
    centre = (share + z**2 / (2 * trials_worth)) / (1 + z**2 / trials_worth)
    half = z * math.sqrt(error**2 + (z / (2 * trials_worth)) ** 2) / (1 + z**2 / trials_worth)
    method = "Wilson" if design_effect == 1.0 else "Wilson, widened by the design effect"
    return Estimate(share, centre - half, centre + half, error, level=level, method=method)


def none_seen(customers: float, level: float = LEVEL, share: bool = False) -> Estimate:
    """A difference that not one of so many independent customers showed.

    The share of customers who would show one is at most 1 − (α/2)^(1/n), the exact binomial bound without an event (for
    one-sided 95 % the rule of three, 3/n).  share: the figure is a share of customers, which can differ by no more than
    that.  By how much those few would differ in a number or in money is not known, so there is no interval.

    >>> e = none_seen(10_000)
    >>> e.value, e.low, e.reason
    (0.0, None, 'no difference seen: at most 1 customer in 2 711 would show one')
    """
    reach = share_interval(0.0, customers, level).high or 1.0
    if share:
        method = "exact binomial, no difference seen"
        return Estimate(0.0, -reach, reach, reach / 2.0, level=level, method=method, unseen=reach)
    most = f"{math.floor(1.0 / reach):,}".replace(",", " ")
    return Estimate(0.0, level=level, reason=f"{NONE_SEEN}: at most 1 customer in {most} would show one", unseen=reach)


def count_interval(events: float, exposure: float, level: float = LEVEL) -> Estimate:
    """Exact Poisson interval (Garwood 1936) of events per unit of exposure, taken as independent events.

    >>> e = count_interval(0, 1_000)
    >>> e.value, e.low, round(e.high, 5)
    (0.0, 0.0, 0.00369)
    """
    if exposure <= 0.0:
        return undefined("nothing to count in", level)
    tail = (1.0 - level) / 2.0
    low = float(special.gammaincinv(events, tail)) if events > 0 else 0.0
    high = float(special.gammaincinv(events + 1.0, 1.0 - tail))
    error = math.sqrt(events) / exposure
    return Estimate(events / exposure, low / exposure, high / exposure, error, level=level, method="exact Poisson")


def adjusted_p(figures: Mapping[str, Estimate]) -> dict[str, float]:
    """Holm's p of differences by name, of those that have a p or were seen for nobody (1)."""
    found = {name: 1.0 if figure.alike else figure.p for name, figure in figures.items()}
    tested = {name: p for name, p in found.items() if p is not None}
    return dict(zip(tested, holm(list(tested.values())), strict=True))


def together(figures: Mapping[str, Estimate], level: float = LEVEL) -> frozenset[str]:
    """Names of differences that are decided for all of them at once: each interval leaves zero out, by Holm too."""
    adjusted = adjusted_p(figures)
    decided = (name for name, figure in figures.items() if figure.decided)
    return frozenset(name for name in decided if adjusted.get(name, 1.0) < 1.0 - level)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values in the order given.

    >>> [round(p, 3) for p in holm([0.005, 0.06, 0.007, 0.04, 0.01, 0.03])]
    [0.03, 0.09, 0.035, 0.09, 0.04, 0.09]
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
