"""Which figures of a comparison are worth a row of a table."""

from __future__ import annotations

from experiments.comparison import Comparison
from experiments.metrics import POINTS_OWED


def unused(comparison: Comparison, name: str) -> bool:
    """Whether a row says nothing: a channel nobody left, impressions or points where there are none, a part of all."""
    if name == "sent_horizon" and not comparison.tail_days:
        return True
    figures = [arm.metrics[name].value for arm in comparison.arms if name in arm.metrics]
    return (name.startswith("unsubscribed_") or name in ("impressions", POINTS_OWED)) and not any(figures)
