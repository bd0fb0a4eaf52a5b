"""Which figures of a comparison are worth a row of a table."""

from __future__ import annotations

from experiments.comparison import Comparison
from experiments.metrics import POINTS_OWED, TAKEN_OFF


def unused(comparison: Comparison, name: str) -> bool:
    """Whether a row says nothing: a channel nobody left, a part of all, or what there was none of."""
    if name == "sent_horizon" and not comparison.tail_days:
        return True
    figures = [arm.metrics[name].value for arm in comparison.arms if name in arm.metrics]
    of_few = name.startswith("unsubscribed_") or name in ("impressions", POINTS_OWED, TAKEN_OFF.name)
    return of_few and not any(figures)
