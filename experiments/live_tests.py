"""What a live test inside one arm would report: how wide, and what reaches its control group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.live_groups import half_width
from experiments.measures import Measures
from experiments.metrics import Metric
from experiments.paired import Contrast
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
    undefined,
)
from experiments.tables import SILENT, manifest_entry

NO_CONTROL = "in some replication nobody is in the control group or outside it"

APART = ("points", "messages", "permissions")
"""Reasons (:mod:`sim.control_group`) for which a control group lives otherwise than silence whatever its customers
share with the others: a test of two arms, each with its own, has no such bias."""

ONCE_TOLD = ("gifts",)
"""Reasons in the manifests of older runs that are none: what a chain gives is only recorded of a control group."""


def reasons(manifest: Mapping[str, Any], arm: str) -> tuple[str, ...]:
    """By what an arm reaches its control group, as far as its file tells; without :data:`ONCE_TOLD`."""
    told = manifest_entry(manifest, arm).get("reaches_control", ())
    return tuple(reason for reason in told if reason not in ONCE_TOLD)


def lives_apart(manifest: Mapping[str, Any], arm: str) -> bool:
    """Whether its control group lives otherwise than silence by what the file says."""
    return not set(APART).isdisjoint(reasons(manifest, arm))


def live_test(
    measures: Measures, manifest: Mapping[str, Any], metric: Metric, arm: str, level: float = LEVEL
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
    half = half_width(measures, manifest, metric, arm, level)
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


def disturbance(measures: Measures, column: str, arm: str, level: float = LEVEL) -> Estimate:
    """How much more the control group brings in this arm than in silence, where it lives with the same luck.

    A live test takes the control group for silence, so it reports so much too little; the cause is what both groups
    share (a sender's reputation, a limited channel) and what the control group gets too.
    """
    extra = _extra(measures, column, arm)
    return undefined(ONE_REPLICATION, level) if extra is None or len(extra) < 2 else over_replications(extra, level)


def measured(measures: Measures, column: str, arm: str, true: Estimate, level: float = LEVEL) -> Estimate:
    """What a test against the control group measures: the true effect without what reaches that group too.

    Outside minus inside the control group, less the same gap in silence, which is the chance of the split; over
    replications.  The true effect where in the control group nothing differs from silence.
    """
    extra = _extra(measures, column, arm)
    if extra is None:
        return undefined(NO_CONTROL, level)
    if not extra.any():
        return true
    if len(extra) < 2:
        return undefined(ONE_REPLICATION, level)
    ours, silent = (np.array([m.average(column) for m in measures.aggregates.level(one)]) for one in (arm, SILENT))
    return over_replications(ours - silent - extra, level)


def _extra(measures: Measures, column: str, arm: str) -> NDArray[np.float64] | None:
    """Mean of the control group less its mean in silence, by replication; None where a replication has nobody in it."""
    pairs = [measures.aggregates.level(one, control=held) for one in (arm, SILENT) for held in (True, False)]
    replications = len(measures.replications)
    if any(len(group) < replications or any(m.count == 0 for m in group) for group in pairs):
        return None
    ours, _, silent, _ = (np.array([m.average(column) for m in group]) for group in pairs)
    return np.asarray(ours - silent)
