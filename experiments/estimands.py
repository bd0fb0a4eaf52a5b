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
from experiments.moments import difference_name
from experiments.paired import Contrast, paired_difference, within_customers
from experiments.rare_money import FewMoved, few_moved
from experiments.ratios import (
    UNCERTAIN_COSTS,
    fieller,
    firm_over_replications,
    jackknife_ratio_difference,
    return_over_replications,
    variance_ratio,
)
from experiments.shares import (
    count_floor,
    paired_rates,
    pooled_share,
    share_floor,
)
from experiments.statistics import (
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
    relative_over_replications,
    share_interval,
    undefined,
    without_p,
)
from experiments.tables import SILENT

Floats = NDArray[np.float64]
NOT_PER_CUSTOMER = "one replication, and this figure is not kept per customer: run at least two"
NOBODY_OUTSIDE = "in some replication nobody is outside the control group"
ALL_ZERO = "zero for every customer"
DONE = ("sent", "contribution_before_marketing", "contact_cost", "offer_cost")
"""Columns that differ for nobody where an arm has done nothing at all."""
FEW_ORDERS = "the orders of too few customers differ, and the cost is uncertain"
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
    return within_customers(moments, metric.numerator, level)


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


def return_on_cost(measures: Measures, metric: Metric, arm: str, other: str, level: float = LEVEL) -> Estimate:
    """Σ Δ contribution / Σ Δ marketing cost: against the silent arm this is ROMI."""
    gain, cost = measures.gain_and_cost(metric, arm, other)
    pairs = measures.aggregates.pair(arm, other)
    if any(m.count == 0 for m in pairs):
        return undefined(NOBODY_OUTSIDE, level)
    customers = np.array([float(m.count) for m in pairs])
    if other == SILENT:
        if reason := _no_more_cost(measures, metric, arm, float(cost.sum())):
            return undefined(reason, level)
    elif len(cost) > 1:
        within = within_customers(pairs, difference_name("marketing_cost"), level)
        if not over_replications(cost / customers, level, within).decided:
            return undefined(MAY_BE_EQUAL, level)
    idle = all(m.is_zero(*(difference_name(name) for name in DONE)) for m in pairs)
    if other == SILENT and idle and np.allclose(gain, -cost, rtol=1e-9, atol=0.0):
        return exactly(-1.0, level, "nothing was sent: the cost is all that there is")
    positive = other == SILENT and not measures.money("marketing_cost", SILENT, "horizon").any()
    moved = few_moved(pairs, metric)
    if len(gain) > 1:
        result = return_over_replications(gain, cost, level, positive, customers)
        gained = over_replications(gain / customers, level)
        return without_p(_of_few_orders(result, gained, moved, cost / customers) if moved else result)
    if metric.period != "whole":
        return undefined(NOT_PER_CUSTOMER, level)
    (moments,) = pairs
    columns = (difference_name("contribution"), difference_name("marketing_cost"))
    covariance = moments.covariance_of_means(columns)
    told, spent = map(moments.average, columns)
    result = fieller(told, spent, covariance, moments.count - 1, level, positive)
    if moved:
        gained = within_customers(pairs, columns[0], level)
        result = _of_few_orders(result, gained, moved, cost / customers)
    return without_p(result) if result.known or other == SILENT else undefined(MAY_BE_EQUAL, level)


def _of_few_orders(result: Estimate, gain: Estimate, moved: FewMoved, costs: Floats) -> Estimate:
    """A return whose gain hangs on few orders, with an interval that also holds what these few allow of the gain.

    gain: per customer, as Fieller's interval takes it.  costs: (R,), per customer.  As it is where these few do not
    widen the gain; where they do and the cost itself is uncertain there is none.
    """
    if moved.around(gain) is gain:
        return result
    cost = float(np.mean(costs))
    firm = len(costs) < 2 or firm_over_replications(costs)
    if result.value is None or not firm or cost <= 0.0:
        return result if result.value is None else undefined(FEW_ORDERS, result.level)
    return moved.around(Estimate(result.value, level=result.level) if not result.known else result, 1.0 / cost)


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
        whole = within_customers(measures.aggregates.level(arm), "marketing_cost", level)
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
    figure, relative = over_replications(own - base, level), relative_over_replications(own, base, level)
    moved = moved_between(measures, metric, arm, other)
    told = moved.around(figure) if moved and figure.known else figure
    return told, relative if told is figure else undefined(TOO_FEW_EVENTS, level)


def moved_between(measures: Measures, metric: Metric, arm: str, other: str) -> FewMoved | None:
    """The few customers whose orders differ between two arms in the whole run; None where they are many.

    Of two arms that are both told against the baseline, from these two pairs; of a part of the run no more than in all.
    """
    aggregates = measures.aggregates
    if pairs := aggregates.pair(arm, other):
        return few_moved(pairs, metric)
    if pairs := aggregates.pair(other, arm):
        found = few_moved(pairs, metric)
        return found.turned() if found else None
    ours, theirs = (few_moved(aggregates.pair(one, measures.baseline), metric) for one in (arm, other))
    return ours + theirs.turned() if ours and theirs else None


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
    if any(few_moved(measures.aggregates.pair(one, SILENT), metric) for one in (arm, other)):
        return undefined(TOO_FEW_EVENTS, level), unrelated, None
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
