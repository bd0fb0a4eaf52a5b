"""What a live test inside one arm would report: how wide, and what reaches its control group."""

from __future__ import annotations

import math

import numpy as np

from experiments.estimands import Contrast
from experiments.measures import Measures
from experiments.metrics import Metric
from experiments.statistics import (
    LEVEL,
    ONE_REPLICATION,
    Estimate,
    Sample,
    difference_of_means,
    estimate,
    over_replications,
    relative_difference,
    relative_over_replications,
    student_quantile,
    undefined,
)
from experiments.tables import SILENT


def live_test(
    measures: Measures, metric: Metric, arm: str, level: float = LEVEL
) -> tuple[Contrast, float | None] | None:
    """Mean over replications of what a live test in this arm reports, and the half width that one test would have.

    None where a replication has fewer than two customers in the control group.
    """
    outside, control = measures.aggregates.level(arm), measures.aggregates.level(arm, control=True)
    if len(control) < len(outside) or any(m.count < 2 for m in (*outside, *control)):
        return None
    column = metric.numerator
    groups = [[Sample(m.count, m.average(column), m.variance(column)) for m in group] for group in (outside, control)]
    tests = [difference_of_means(treated, held, level) for treated, held in zip(*groups, strict=True)]
    half = float(np.mean([_half_width(treated, held, level) for treated, held in zip(*groups, strict=True)])) or None
    means = [np.array([sample.mean for sample in group]) for group in groups]
    if len(tests) > 1:
        error = math.sqrt(sum((test.standard_error or 0.0) ** 2 for test in tests)) / len(tests)
        within = estimate(float(np.mean(means[0] - means[1])), error, math.inf, level, "Welch") if error else None
        difference = over_replications(means[0] - means[1], level, within)
        return (difference, relative_over_replications(means[0], means[1], level), None), half
    (treated,), (held,) = groups
    relative = relative_difference(
        treated.mean,
        held.mean,
        treated.variance / treated.count,
        held.variance / held.count,
        degrees=tests[0].degrees,
        level=level,
    )
    return (tests[0], relative, tests[0]), half


def _half_width(treated: Sample, held: Sample, level: float) -> float:
    """Half width of Student's interval with the pooled variance, as a test is planned.

    In a small control group often nobody orders: its own variance, zero, would promise too narrow an interval.
    """
    degrees = treated.count + held.count - 2
    pooled = ((treated.count - 1) * treated.variance + (held.count - 1) * held.variance) / degrees
    return student_quantile(level, degrees) * math.sqrt(pooled * (1.0 / treated.count + 1.0 / held.count))


def disturbance(measures: Measures, column: str, arm: str, level: float = LEVEL) -> Estimate:
    """How much more the control group brings in this arm than in silence, where it lives with the same luck.

    A live test takes the control group for silence, so it reports so much too little; the cause is what both groups
    share (a sender's reputation, a limited channel) and messages that the control group gets too.
    """
    pairs = [measures.aggregates.level(one, control=True) for one in (arm, SILENT)]
    if len(pairs[0]) != len(pairs[1]) or len(pairs[0]) < 2 or any(m.count == 0 for group in pairs for m in group):
        return undefined(ONE_REPLICATION, level)
    ours, silent = (np.array([m.average(column) for m in group]) for group in pairs)
    return over_replications(ours - silent, level)
