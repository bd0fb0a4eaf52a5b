"""The two groups of a live test: how many customers are in which, and how far one customer spreads in each.

The variance of one customer is that within replications, with whatever skew it has.  In a small control group often
nobody orders, and its own variance, zero, would promise too much: so the others in silence, who spread as a control
group does, are counted with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.measures import Measures
from experiments.metrics import Metric
from experiments.moments import Moments
from experiments.sample_sizes import Groups
from experiments.statistics import LEVEL, student_quantile
from experiments.tables import SILENT, manifest_entry


def groups_of(metric: Metric, ours: Sequence[Moments], theirs: Sequence[Moments], share: float) -> Groups:
    """Groups whose customers spread as these do, with a share of all in the second."""
    column = metric.numerator
    if metric.unit == "share":
        return Groups.of_shares(_share(ours, column), _share(theirs, column), share)
    return Groups(_variance(ours, column), _variance(theirs, column), share)


def shares_of(metric: Metric, ours: Sequence[Moments], effect: float, share: float) -> Groups:
    """Groups of a share of customers, that of the second so much below that of the first, as these have it."""
    first = _share(ours, metric.numerator)
    return Groups.of_shares(first, min(max(first - effect, 0.0), 1.0), share)


def like_control(measures: Measures, arm: str) -> list[Moments]:
    """Customers who spread as the control group of an arm: those in it, and all others in silence.

    Without a silent arm the others of the arm stand in for it.
    """
    return [
        *measures.aggregates.level(arm, control=True),
        *measures.aggregates.level(SILENT if measures.has_silent else arm),
    ]


def control_share(measures: Measures, manifest: Mapping[str, Any], arm: str) -> float:
    """Part of an arm's customers in its control group: as the file states it, else as it was drawn."""
    outside, control = (sum(m.count for m in measures.aggregates.level(arm, control=held)) for held in (False, True))
    return float(manifest_entry(manifest, arm).get("control") or control / (outside + control))


def half_width(
    measures: Measures, manifest: Mapping[str, Any], metric: Metric, arm: str, level: float = LEVEL
) -> float | None:
    """Half width of Welch's interval of one test of an arm against its control group.

    Of the base and the share that the file states; without a base, of as many as a replication has, as they were
    drawn.  None with fewer than two customers in a group, or where nobody differs from anybody.
    """
    outside, control = (sum(m.count for m in measures.aggregates.level(arm, control=held)) for held in (False, True))
    base = int(manifest_entry(manifest, arm).get("base", 0))
    share = control_share(measures, manifest, arm) if base else control / (outside + control)
    customers = base or (outside + control) / len(measures.replications)
    if min(share, 1.0 - share) * customers < 2.0:
        return None
    groups = groups_of(metric, measures.aggregates.level(arm), like_control(measures, arm), share)
    if not 0.0 < groups.variance < math.inf:
        return None
    return student_quantile(level, groups.degrees(customers)) * math.sqrt(groups.variance / customers)


def _share(groups: Sequence[Moments], column: str) -> float:
    return sum(m.total(column) for m in groups) / sum(m.count for m in groups)


def _variance(groups: Sequence[Moments], column: str) -> float:
    """Of one customer, pooled within replications; NaN where none has two customers."""
    told = [m for m in groups if m.count > 1]
    degrees = sum(m.count - 1 for m in told)
    return sum((m.count - 1) * m.variance(column) for m in told) / degrees if degrees else math.nan
