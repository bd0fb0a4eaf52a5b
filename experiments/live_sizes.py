"""How many customers a live test of an arm needs to see the true effect that was found here.

Three tests of an arm: against its control group with the share that the file states, against a control group of one
half, and against the baseline, half and half.  The variance of one customer is that within replications, with
whatever skew it has: of the arm and of the baseline over the customers outside the control group, of a control group
over those in it and over the others in silence, where they live as a control group does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.measures import Measures
from experiments.metrics import Metric
from experiments.moments import Moments
from experiments.sample_sizes import HALVES, POWER, Groups, customers_needed
from experiments.statistics import LEVEL, Estimate
from experiments.tables import CONTROL, SILENT, manifest_entry

MONEY_FIGURE = "contribution"
"""What a strategy is judged by."""

INSTEAD = ("revenue", "orders", "repeat_orders", "unsubscribed", "complained")
"""Figures that a test may look at where money is out of reach."""

OF_MESSAGES = ("opened", "clicked")
"""The same, of customers who all get messages: in a control group nobody does."""

NO_UPPER_END = "no upper end, since the effect may be nothing"

Effect = Callable[[str, str, str], Estimate | None]
"""From arm, other arm and metric: the true difference, if the run tells it."""


@dataclass(frozen=True)
class LiveSize:
    """What one live test needs.

    share: part of its customers in the other group.  effect: the true difference.  customers: in both groups together,
    for the effect and (``low``, ``high``) for the two ends of its interval.  base: of the real base, 0 where none is
    stated.
    """

    arm: str
    against: str
    metric: str
    share: float
    effect: Estimate
    customers: Estimate
    base: int = 0

    @property
    def enough(self) -> bool:
        """Whether the base is enough for the effect as it was found, if that leaves zero out."""
        return self.customers.known and (self.customers.value or 0.0) <= self.base

    @property
    def how(self) -> tuple[str, float]:
        """Against whom and with which share: what tests of several metrics can have in common."""
        return self.against, self.share

    def to_json(self) -> dict[str, Any]:
        """An entry of ``live_tests``."""
        ends = {name: getattr(self.customers, name) for name in ("value", "low", "high")}
        told = {name: None if end is None else math.ceil(end) for name, end in ends.items()}
        reason = {"reason": self.customers.reason} if self.customers.reason else {}
        return {
            "arm": self.arm,
            "against": self.against,
            "metric": self.metric,
            "share": self.share,
            "level": self.customers.level,
            "power": POWER,
            "effect": {name: getattr(self.effect, name) for name in ("value", "low", "high")},
            "customers": {**told, **reason},
            "base": self.base or None,
        }


def live_sizes(
    measures: Measures, manifest: Mapping[str, Any], metrics: Sequence[Metric], effect: Effect, level: float = LEVEL
) -> tuple[LiveSize, ...]:
    """The tests of all arms; without those whose effect or variance the run does not tell."""
    known = {metric.name: metric for metric in metrics}
    asked = [known[name] for name in (MONEY_FIGURE, *INSTEAD, *OF_MESSAGES) if name in known]
    found = []
    for arm in measures.arms:
        base = int(manifest_entry(manifest, arm).get("base", 0))
        for against, metric, groups in _tests(measures, manifest, asked, arm):
            true = effect(arm, SILENT if against == CONTROL else against, metric.name)
            if true is None or not true.known or not 0.0 < groups.variance < math.inf:
                continue
            customers = customers_for(true, groups, level)
            found.append(LiveSize(arm, against, metric.name, groups.share, true, customers, base))
    return tuple(found)


def _tests(
    measures: Measures, manifest: Mapping[str, Any], metrics: Sequence[Metric], arm: str
) -> Iterator[tuple[str, Metric, Groups]]:
    """Against whom, metric and groups of every test of an arm."""
    outside, control = measures.aggregates.level(arm), measures.aggregates.level(arm, control=True)
    if not any(m.count for m in outside):
        return
    if measures.has_silent:
        drawn = sum(m.count for m in control) / sum(m.count for m in (*outside, *control))
        stated = float(manifest_entry(manifest, arm).get("control") or drawn)
        quiet = [*control, *measures.aggregates.level(SILENT)]
        for share in dict.fromkeys((stated, HALVES) if 0.0 < stated < 1.0 else (HALVES,)):
            for metric in metrics:
                if metric.name not in OF_MESSAGES:
                    yield CONTROL, metric, _groups(metric, outside, quiet, share)
    if arm != measures.baseline:
        theirs = measures.aggregates.level(measures.baseline)
        for metric in metrics:
            yield measures.baseline, metric, _groups(metric, outside, theirs, HALVES)


def _groups(metric: Metric, ours: Sequence[Moments], theirs: Sequence[Moments], share: float) -> Groups:
    column = metric.numerator
    if metric.unit == "share":
        first, second = (sum(m.total(column) for m in each) / sum(m.count for m in each) for each in (ours, theirs))
        return Groups.of_shares(first, second, share)
    return Groups(_variance(ours, column), _variance(theirs, column), share)


def _variance(groups: Sequence[Moments], column: str) -> float:
    """Of one customer, pooled within replications; NaN where none has two customers."""
    told = [m for m in groups if m.count > 1]
    degrees = sum(m.count - 1 for m in told)
    return sum((m.count - 1) * m.variance(column) for m in told) / degrees if degrees else math.nan


def customers_for(effect: Estimate, groups: Groups, level: float = LEVEL) -> Estimate:
    """Customers that a test of an effect needs; ``low`` for the far end of its interval, ``high`` for the near one.

    Without an upper end where the interval holds zero; without a value where the effect is zero itself.

    >>> few = customers_for(Estimate(2.0, 1.0, 4.0), Groups(100.0, 100.0))
    >>> [round(n) for n in (few.value, few.low, few.high)]
    [787, 198, 3141]
    >>> customers_for(Estimate(2.0, -1.0, 5.0), Groups(100.0, 100.0)).high
    """
    assert effect.low is not None
    assert effect.high is not None
    far = max(abs(effect.low), abs(effect.high))
    value, low = (customers_needed(size, groups, level) for size in (effect.value or 0.0, far))
    told = value if math.isfinite(value) else None
    if not effect.decided:
        least = low if math.isfinite(low) else None
        return Estimate(told, low=least, level=level, method=METHOD, reason=NO_UPPER_END)
    high = customers_needed(min(abs(effect.low), abs(effect.high)), groups, level)
    return Estimate(told, low, high, level=level, method=METHOD)


METHOD = "power of a test of two independent groups"
