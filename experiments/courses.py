"""Courses over the days of a run with pointwise bands: cumulative money differences, reach, fatigue, inbox."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.measures import Measures
from experiments.statistics import LEVEL, student_quantile
from experiments.tables import SILENT

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """A figure by day, days from 0: (D,) each; ``baseline`` None for an arm's own course.

    The band is pointwise: it holds for a day looked at, not for all days at once.
    """

    name: str
    arm: str
    baseline: str | None
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def courses(measures: Measures, level: float = LEVEL) -> tuple[Course, ...]:
    """All courses of a run; none with one replication, which has no band."""
    if len(measures.replications) < 2:
        return ()
    result = []
    base = _cumulative(measures, measures.baseline)
    silent = _cumulative(measures, SILENT) if SILENT in measures.days else None
    for arm in measures.arms:
        money = base if arm == measures.baseline else _cumulative(measures, arm)
        if arm != measures.baseline:
            result.append(_course("contribution", arm, measures.baseline, money - base, level))
        if silent is not None:
            result.append(_course("contribution", arm, SILENT, money - silent, level))
        columns = measures.days[arm]
        result += [
            _course(name, arm, None, columns[name] / _some(columns["customers"]), level)
            for name in ("reachable_email", "reachable_any", "truly_reachable_email")
            if name in columns
        ]
        result += [_course(name, arm, None, columns[name], level) for name in ("fatigue", "inbox")]
    return tuple(result)


def _cumulative(measures: Measures, arm: str) -> Floats:
    """Contribution per customer outside control up to each day, fixed cost spread over the horizon: (R, D)."""
    columns = measures.days[arm]
    customers = _some(columns["customers"][:, :1])
    money = columns["contribution"].copy()
    money[:, : measures.horizon_days] -= measures.fixed.get(arm, 0.0) / measures.horizon_days
    return np.asarray(np.cumsum(money, axis=1) / customers)


def _some(customers: Floats) -> Floats:
    """Counts of customers; NaN, no figure, where there is nobody."""
    return np.where(customers > 0.0, customers, np.nan)


def _course(name: str, arm: str, baseline: str | None, values: Floats, level: float) -> Course:
    """Mean and t band of every day.  values: (R, D).

    A day that some replication lacks has no figure, nor has one where all replications agree on something else
    than zero: a band of no width would claim too much.
    """
    count = len(values)
    mean = values.mean(axis=0)
    mean = np.where((np.ptp(values, axis=0) > 0.0) | (mean == 0.0), mean, np.nan)
    half = student_quantile(level, count - 1) * values.std(axis=0, ddof=1) / np.sqrt(count)
    return Course(name, arm, baseline, *(tuple(line.tolist()) for line in (mean, mean - half, mean + half)))
