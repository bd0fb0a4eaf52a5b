"""Paired differences of what is kept per customer: the same customers with the same luck in two arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.metrics import Metric
from experiments.moments import Moments, difference_name
from experiments.rare_money import few_moved
from experiments.shares import changes_apart, not_narrower
from experiments.statistics import (
    FEW,
    LEVEL,
    TOO_FEW_EVENTS,
    Estimate,
    over_replications,
    pooled_within,
    relative_difference,
    relative_over_replications,
    undefined,
)

Floats = NDArray[np.float64]
Contrast = tuple[Estimate, Estimate, Estimate | None]
"""Difference, relative difference, and the difference with its per-customer standard error."""


def within_customers(moments: list[Moments], column: str, level: float = LEVEL) -> Estimate:
    """Mean of a column from the spread between customers."""
    return pooled_within(
        np.array([m.average(column) for m in moments]),
        np.array([m.variance(column) for m in moments]),
        np.array([float(m.count) for m in moments]),
        level,
    )


def paired_difference(moments: list[Moments], metric: Metric, level: float = LEVEL) -> Contrast:
    """Difference of a figure that is kept per customer: Student's t over replications, of one over its customers.

    moments: of each replication, with the paired difference and the baseline's own column.  A figure in which few
    customers differ (of money: whose orders do), or a count of two replications, is not told more surely than those
    customers tell it.
    """
    column, delta = metric.numerator, difference_name(metric.numerator)
    few, moved = _changes(moments, metric, level), few_moved(moments, metric)
    pooled = within_customers(moments, delta, level)
    within = not_narrower(pooled, few) if few else pooled
    if moved:
        average = Estimate(float(np.mean([m.average(delta) for m in moments])), level=level)
        within = moved.around(pooled if pooled.known else average)
    steps = np.array([m.average(delta) for m in moments])
    base = np.array([m.average(column) for m in moments])
    if len(moments) > 1:
        plain = over_replications(steps, level, within)
        figure = not_narrower(plain, within) if few or (len(moments) == 2 and metric.counted) else plain
        if moved:
            figure = moved.around(plain) if plain.known else within
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
