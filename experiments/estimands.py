"""What is estimated, for whom, and with which uncertainty (DESIGN, Estimands).

* Truth: paired difference of two arms over the customers outside the control group, who live twice with the
  same luck; interval by Student's t over replications, beside it the per-customer standard error.
* Estimate: what a live test inside one arm would report, outside control minus control, Welch
  (:mod:`experiments.live_tests`); the chance of its split is in it, as it is in life.
* Claim: what the attribution rule of :mod:`experiments.claims` says.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.bounded import within_bounds
from experiments.claims import Claims
from experiments.measures import Dimension, Measures, Sums
from experiments.metrics import POINTS_OWED, Metric
from experiments.moments import Moments, difference_name
from experiments.ratios import (
    UNCERTAIN_COSTS,
    fieller,
    firm_over_replications,
    jackknife_ratio_difference,
    return_over_replications,
    variance_ratio,
)
from experiments.shares import (
    changes_apart,
    count_floor,
    not_narrower,
    paired_rates,
    pooled_share,
    share_floor,
)
from experiments.statistics import (
    FEW,
    LEVEL,
    NO_SPREAD,
    NONE_SEEN,
    NOTHING_SEEN,
    ONE_REPLICATION,
    TOO_FEW_EVENTS,
    Estimate,
    estimate,
    exactly,
    none_seen,
    over_replications,
    pooled_within,
    relative_difference,
    relative_over_replications,
    share_interval,
    undefined,
    without_p,
)
from experiments.tables import SILENT

Floats = NDArray[np.float64]
Contrast = tuple[Estimate, Estimate, Estimate | None]
"""Difference, relative difference, and the difference with its per-customer standard error."""

NOT_PER_CUSTOMER = "one replication, and this figure is not kept per customer: run at least two"
NOBODY_OUTSIDE = "in some replication nobody is outside the control group"
ALL_ZERO = "zero for every customer"
DONE = ("sent", "contribution_before_marketing", "contact_cost", "offer_cost")
"""Columns that differ for nobody where an arm has done nothing at all."""
MAY_BE_EQUAL = "the costs of the two arms may be equal"


def level_of(
    measures: Measures, metric: Metric, arm: str, by: Dimension | None = None, level: float = LEVEL
) -> Estimate:
    """An arm's own figure with its interval."""
    if metric.source == "return":
        return return_on_cost(measures, metric, arm, SILENT, level)
    top, bottom = measures.sums(metric, arm, by)
    if metric.pooled:
        return _possible(pooled_share(top, bottom, measures.design_effect(arm), level), metric)
    if not np.all(bottom > 0.0):
        return undefined(_unobserved(measures, arm), level)
    if len(top) < 2 and metric.source != "customers":
        return undefined(NOT_PER_CUSTOMER, level)
    within = _level_within(measures, metric, arm, level)
    result = over_replications(top / bottom, level, within) if len(top) > 1 else within
    least = 0.0
    if metric.numerator == "marketing_cost" and metric.period != "tail":
        least = float(np.mean(measures.fixed.get(arm, 0.0) / measures.customers(arm)))
    figure = _possible(without_p(result or undefined(NO_SPREAD, level)), metric, least)
    return _as_few_allow(measures, metric, arm, figure, (top, bottom))


def _as_few_allow(measures: Measures, metric: Metric, arm: str, figure: Estimate, sums: Sums) -> Estimate:
    """A share of customers or a number per customer, not surer than so many events allow; money as it is."""
    events, customers, worlds = float(sums[0].sum()), float(sums[1].sum()), len(sums[0])
    if metric.unit == "share" and metric.denominator == "customers":
        return share_floor(figure, events, customers, worlds)
    if metric.per_customer_contacts:
        return count_floor(figure, events, events, customers, worlds)
    if metric.unit == "number" and metric.source == "customers":
        squares = sum(m.squares(metric.numerator) for m in measures.aggregates.level(arm))
        return count_floor(figure, events, squares, customers, worlds)
    return figure


def _level_within(measures: Measures, metric: Metric, arm: str, level: float) -> Estimate | None:
    """An arm's own figure from the spread between customers; a share of them: the binomial, also where it is rare."""
    top, bottom = measures.sums(metric, arm)
    if metric.unit == "share" and metric.denominator == "customers":
        return share_interval(float(top.sum()), float(bottom.sum()), level)
    if metric.source != "customers":
        return None
    moments = measures.aggregates.level(arm)
    if all(m.is_zero(metric.numerator) for m in moments):
        nothing = metric.name == POINTS_OWED and any(m.count for m in moments)
        return exactly(0.0, level, "no customer has points") if nothing else undefined(ALL_ZERO, level)
    return _within(moments, metric.numerator, level)


def _unobserved(measures: Measures, *arms: str) -> str:
    """Why a figure has nothing to stand on in some replication."""
    nobody = any(np.any(measures.customers(arm) <= 0.0) for arm in arms)
    return NOBODY_OUTSIDE if nobody else "nothing was observed in a replication"


def _possible(figure: Estimate, metric: Metric, least: float = 0.0) -> Estimate:
    """An interval within what the figure can be: shares in [0, 1], counts, costs and fatigue not below ``least``."""
    if not metric.never_negative:
        return figure
    share = metric.unit == "share" and (figure.value or 0.0) <= 1.0
    return within_bounds(figure, least, 1.0 if share else math.inf)


def _within(moments: list[Moments], column: str, level: float) -> Estimate:
    return pooled_within(
        np.array([m.average(column) for m in moments]),
        np.array([m.variance(column) for m in moments]),
        np.array([float(m.count) for m in moments]),
        level,
    )


def return_on_cost(measures: Measures, metric: Metric, arm: str, other: str, level: float = LEVEL) -> Estimate:
    """Σ Δ contribution / Σ Δ marketing cost: against the silent arm this is ROMI."""
    gain, cost = measures.gain_and_cost(metric, arm, other)
    moved = measures.aggregates.pair(arm, other)
    if any(m.count == 0 for m in moved):
        return undefined(NOBODY_OUTSIDE, level)
    customers = np.array([float(m.count) for m in moved])
    if other == SILENT:
        if reason := _no_more_cost(measures, metric, arm, float(cost.sum())):
            return undefined(reason, level)
    elif len(cost) > 1:
        within = _within(moved, difference_name("marketing_cost"), level)
        if not over_replications(cost / customers, level, within).decided:
            return undefined(MAY_BE_EQUAL, level)
    idle = all(m.is_zero(*(difference_name(name) for name in DONE)) for m in moved)
    if other == SILENT and idle and np.allclose(gain, -cost, rtol=1e-9, atol=0.0):
        return exactly(-1.0, level, "nothing was sent: the cost is all that there is")
    positive = other == SILENT and not measures.money("marketing_cost", SILENT, "horizon").any()
    if len(gain) > 1:
        return without_p(return_over_replications(gain, cost, level, positive, customers))
    if metric.period != "whole":
        return undefined(NOT_PER_CUSTOMER, level)
    (moments,) = moved
    columns = (difference_name("contribution"), difference_name("marketing_cost"))
    covariance = moments.covariance_of_means(columns)
    gained, spent = map(moments.average, columns)
    result = fieller(gained, spent, covariance, moments.count - 1, level, positive)
    return without_p(result) if result.known or other == SILENT else undefined(MAY_BE_EQUAL, level)


def _no_more_cost(measures: Measures, metric: Metric, arm: str, more: float) -> str:
    """Why an arm has no return: its marketing cost, ``more`` than that of silence, is nothing or less; '' otherwise."""
    own = float(measures.money("marketing_cost", arm, metric.period).sum())
    if math.isclose(more, 0.0, abs_tol=1e-9 * own):
        return "no marketing cost beyond that of silence" if own else "no marketing cost"
    return "its marketing cost is below that of silence" if more < 0.0 else ""


def variable_cost(measures: Measures, arm: str, level: float = LEVEL) -> Estimate:
    """Marketing cost of the horizon that depends on what customers do, per customer outside control.

    Fixed cost is left out: it is known to the last digit.  Exactly zero where nobody cost anything.
    """
    customers = measures.customers(arm)
    if np.any(customers <= 0.0):
        return undefined(NOBODY_OUTSIDE, level)
    costs = sum(measures.money(column, arm, "horizon") for column in ("contact_cost", "offer_cost")) / customers
    if not costs.any():
        return exactly(0.0, level, "nothing was charged for any customer")
    if len(costs) < 2 and measures.tail_days:
        return undefined(NOT_PER_CUSTOMER, level)
    within = None
    if not measures.tail_days:
        whole = _within(measures.aggregates.level(arm), "marketing_cost", level)
        error, degrees = whole.standard_error, whole.degrees
        within = estimate(float(np.mean(costs)), error, degrees, level, whole.method) if error else whole
    result = over_replications(costs, level, within) if len(costs) > 1 else within
    return within_bounds(without_p(result or undefined(NO_SPREAD, level)))


def truth(
    measures: Measures, metric: Metric, arm: str, other: str, by: Dimension | None = None, level: float = LEVEL
) -> Contrast:
    """Paired difference of two arms over the same customers."""
    if metric.source == "customers":
        return _paired_customers(measures, metric, arm, other, level)
    if metric.source == "return":
        return _returns_apart(measures, metric, arm, other, level)
    ours, theirs = measures.sums(metric, arm, by), measures.sums(metric, other, by)
    told = ours[1].sum() > 0.0 and (ours[0].sum() > 0.0 or measures.same_strategy(arm, other))
    equal = metric.source == "contacts" and told and np.array_equal(ours, theirs)
    if equal and measures.aggregates.identical(arm, other):
        return *_none_seen(measures, metric, arm, other, float(measures.customers(other).sum()), level), None
    if metric.pooled:
        effects = measures.design_effect(arm), measures.design_effect(other)
        return *paired_rates(ours, theirs, effects, level), None
    if len(measures.replications) < 2:
        return undefined(NOT_PER_CUSTOMER, level), undefined(NOT_PER_CUSTOMER, level), None
    return *between_arms(measures, metric, arm, other, level), None


def between_arms(
    measures: Measures, metric: Metric, arm: str, other: str, level: float = LEVEL
) -> tuple[Estimate, Estimate]:
    """Difference of an averaged figure of two arms, paired by replication."""
    ours, theirs = measures.sums(metric, arm), measures.sums(metric, other)
    if not (np.all(ours[1] > 0.0) and np.all(theirs[1] > 0.0)):
        nothing = undefined(_unobserved(measures, arm, other), level)
        return nothing, nothing
    own, base = ours[0] / ours[1], theirs[0] / theirs[1]
    known = own.any() or measures.same_strategy(arm, other)
    if known and np.array_equal(own, base) and measures.aggregates.identical(arm, other):
        return _none_seen(measures, metric, arm, other, float(measures.customers(other).sum()), level)
    if not (own.any() or base.any()):
        return _nothing_seen(metric, float(theirs[1].sum()), level), undefined(NOTHING_SEEN, level)
    return over_replications(own - base, level), relative_over_replications(own, base, level)


def _none_seen(
    measures: Measures, metric: Metric, arm: str, other: str, customers: float, level: float
) -> tuple[Estimate, Estimate]:
    """Difference and relative difference where no customer differs: exactly none only of the same strategy twice."""
    if measures.same_strategy(arm, other):
        none = exactly(0.0, level, "the same strategy")
        return none, none
    counted = metric.unit == "share" and metric.denominator == "customers"
    return none_seen(customers, level, counted), undefined(NONE_SEEN, level)


def _nothing_seen(metric: Metric, customers: float, level: float) -> Estimate:
    """Difference where no customer of either arm had the event: of a share, what so many customers still allow.

    As many customers as would show one event with the error's half chance may differ either way; of counts and money
    nothing can be told.
    """
    if metric.unit != "share" or metric.denominator != "customers":
        return undefined(NOTHING_SEEN, level)
    return replace(none_seen(customers, level, share=True), method=f"exact binomial, {NOTHING_SEEN}")


def _returns_apart(measures: Measures, metric: Metric, arm: str, other: str, level: float) -> Contrast:
    """Difference of two returns, each against the silent arm; of two whose costs are firm only (jackknife)."""
    unrelated = undefined("a return has no relative difference", level)
    returns = [return_on_cost(measures, metric, one, SILENT, level) for one in (arm, other)]
    for one in returns:
        if not one.known:
            return undefined(one.reason, level), unrelated, None
    if len(measures.replications) < 2:
        return undefined(ONE_REPLICATION, level), unrelated, None
    ours, theirs = (measures.gain_and_cost(metric, one, SILENT) for one in (arm, other))
    if measures.aggregates.identical(arm, other):
        seen = float(measures.customers(other).sum())
        return _none_seen(measures, metric, arm, other, seen, level)[0], unrelated, None
    if not all(firm_over_replications(costs) for _, costs in (ours, theirs)):
        return undefined(UNCERTAIN_COSTS, level), unrelated, None
    return jackknife_ratio_difference(ours, theirs, level), unrelated, None


def _paired_customers(measures: Measures, metric: Metric, arm: str, other: str, level: float) -> Contrast:
    moments = measures.aggregates.pair(arm, other)
    column, delta = metric.numerator, difference_name(metric.numerator)
    if any(m.count == 0 for m in moments):
        nobody = undefined(NOBODY_OUTSIDE, level)
        return nobody, nobody, None
    if any(m.count > 1 for m in moments) and all(m.is_zero(delta) for m in moments):
        seen = float(sum(m.count for m in moments))
        if all(m.is_zero(column) for m in moments) and not measures.same_strategy(arm, other):
            bound = _nothing_seen(metric, seen, level)
            return bound, undefined(NOTHING_SEEN, level), bound
        same, relative = _none_seen(measures, metric, arm, other, seen, level)
        return same, relative, same
    return paired_difference(moments, metric, level)


def paired_difference(moments: list[Moments], metric: Metric, level: float = LEVEL) -> Contrast:
    """Difference of a figure that is kept per customer: Student's t over replications, of one over its customers.

    moments: of each replication, with the paired difference and the baseline's own column.  A share or number in which
    few customers differ, or of two replications, is not told more surely than those customers tell it.
    """
    column, delta = metric.numerator, difference_name(metric.numerator)
    few = _changes(moments, metric, level)
    pooled = _within(moments, delta, level)
    within = not_narrower(pooled, few) if few else pooled
    steps = np.array([m.average(delta) for m in moments])
    base = np.array([m.average(column) for m in moments])
    if len(moments) > 1:
        plain = over_replications(steps, level, within)
        figure = not_narrower(plain, within) if few or (len(moments) == 2 and metric.counted) else plain
        relative = relative_over_replications(base + steps, base, level)
        return figure, relative if figure is plain else undefined(TOO_FEW_EVENTS, level), within
    if within is not pooled:
        return within, undefined(TOO_FEW_EVENTS, level), within
    (only,) = moments
    of_step, both, of_base = _three(only.covariance_of_means((delta, column)))
    relative = relative_difference(
        float(base[0] + steps[0]),
        float(base[0]),
        of_step + 2.0 * both + of_base,
        of_base,
        both + of_base,
        only.count - 1,
        level,
    )
    return within, relative, within


def _changes(moments: list[Moments], metric: Metric, level: float) -> Estimate | None:
    """Difference of a share or number from the customers who differ; None of money, and where they are many."""
    delta = difference_name(metric.numerator)
    squares, total = (
        round(sum(of(delta) for of in sums)) for sums in ([m.squares for m in moments], [m.total for m in moments])
    )
    if not 0 < squares < FEW or not metric.counted:
        return None
    customers = sum(m.count for m in moments)
    return changes_apart((squares + total) / 2, (squares - total) / 2, customers, level, metric.unit == "share")


def _three(covariance: Floats) -> tuple[float, float, float]:
    return float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])


def claim(
    measures: Measures, claims: Claims, column: str, arm: str, by: Dimension | None = None, level: float = LEVEL
) -> Contrast:
    """Claimed orders or revenue per customer outside control."""
    customers = measures.customers(arm)
    unrelated = undefined("a claim has no baseline", level)
    if np.any(customers <= 0.0):
        return undefined(NOBODY_OUTSIDE, level), unrelated, None
    samples = claims.samples(column, arm, list(customers), by.value if by else None)
    means = np.array([sample.mean for sample in samples])
    if not means.any():
        return undefined("nothing was claimed", level), unrelated, None
    within = pooled_within(means, np.array([sample.variance for sample in samples]), customers, level)
    result = over_replications(means, level, within) if len(means) > 1 else within
    return without_p(result), unrelated, without_p(within)


def pairing(measures: Measures, column: str, arm: str, other: str, level: float = LEVEL) -> Estimate:
    """How much the pairing saves (:func:`experiments.ratios.variance_ratio`) for one outcome column."""
    moments = measures.aggregates.pair(arm, other)
    if len(moments) < 2:
        return undefined(ONE_REPLICATION, level)
    base = np.array([m.average(column) for m in moments])
    own = base + np.array([m.average(difference_name(column)) for m in moments])
    return variance_ratio(own, base, level=level).ratio
