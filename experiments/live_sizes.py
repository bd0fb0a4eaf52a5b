"""How many customers a live test of an arm needs to see the true effect that was found here.

Three tests of an arm: against its control group with the share that the file states, against a control group of one
half, and against the baseline, half and half.  A test against a control group is planned for what it can measure: the
true effect without what reaches that group too.  Where that is not decided, or has the other sign, there is no plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.live_groups import control_share, groups_of, like_control, shares_of
from experiments.live_tests import lives_apart, measured, reasons
from experiments.measures import Measures
from experiments.metrics import Metric
from experiments.sample_sizes import HALVES, POWER, Groups, customers_needed
from experiments.statistics import LEVEL, Estimate, undefined
from experiments.tables import CONTROL, SILENT, manifest_entry

MONEY_FIGURE = "contribution"
"""What a strategy is judged by."""

INSTEAD = ("revenue", "orders", "repeat_orders", "unsubscribed", "complained")
"""Figures that a test may look at where money is out of reach."""

OF_MESSAGES = ("opened", "clicked")
"""The same, of customers who all get messages: in a control group nobody does."""

NO_UPPER_END = "no upper end, since the effect may be nothing"

NOT_DECIDED = "what a test against the control group measures is not decided"
OTHER_SIGN = "what a test against the control group measures has not the sign of the true effect"
NOT_MEASURED = "what a test against the control group measures is not known"
"""Why a test against a control group is not planned."""

Effect = Callable[[str, str, str], Estimate | None]
"""From arm, other arm and metric: the true difference, if the run tells it."""


@dataclass(frozen=True)
class LiveSize:
    """What one live test needs.

    share: part of its customers in the other group.  effect: the true difference.  measured: what the test can see of
    it, in a test of two arms all.  customers: in both groups together, for what it can see and (``low``, ``high``) for
    the two ends of its interval; none of the three, with the reason, where the test is not planned.  base: of the real
    base, 0 where none is stated.  reaches: by what the arm reaches the other group.
    """

    arm: str
    against: str
    metric: str
    share: float
    effect: Estimate
    measured: Estimate
    customers: Estimate
    base: int = 0
    reaches: tuple[str, ...] = ()

    @property
    def planned(self) -> bool:
        """Whether there is anything to plan the test for."""
        return self.customers.reason not in (NOT_DECIDED, OTHER_SIGN, NOT_MEASURED)

    @property
    def enough(self) -> bool:
        """Whether the base is enough for the least effect that its interval holds."""
        return self.customers.high is not None and self.customers.high <= self.base

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
            "effect": _figure(self.effect),
            "measured": _figure(self.measured),
            "reaches_control": list(self.reaches),
            "customers": {**told, **reason},
            "base": self.base or None,
        }


def _figure(figure: Estimate) -> dict[str, float | None]:
    return {name: getattr(figure, name) for name in ("value", "low", "high")}


def live_sizes(
    measures: Measures,
    manifest: Mapping[str, Any],
    metrics: Sequence[Metric],
    effect: Effect,
    level: float = LEVEL,
    sure: Collection[str] | None = None,
) -> tuple[LiveSize, ...]:
    """The tests of all arms; without those whose effect or variance the run does not tell.

    sure: arms whose contribution is certain to differ from the baseline's for all arms together (Holm); the size of a
    test of another has no upper end, whatever its own interval says.  None: all.
    """
    known = {metric.name: metric for metric in metrics}
    asked = [known[name] for name in (MONEY_FIGURE, *INSTEAD, *OF_MESSAGES) if name in known]
    found = []
    for arm in measures.arms:
        base = int(manifest_entry(manifest, arm).get("base", 0))
        for against, metric, groups in _tests(measures, manifest, asked, arm):
            true = effect(arm, SILENT if against == CONTROL else against, metric.name)
            if true is None or not true.known or not 0.0 < groups.variance < math.inf:
                continue
            if against == CONTROL:
                seen, why = _seen(measures, manifest, metric, arm, true, level)
                reached = reasons(manifest, arm)
                if metric.unit == "share" and seen != true and seen.known:
                    groups = shares_of(metric, measures.aggregates.level(arm), seen.value or 0.0, groups.share)
            else:
                seen, why, reached = true, "", ()
            customers = undefined(why, level) if why else customers_for(seen, groups, level)
            doubtful = sure is not None and arm not in sure and metric.name == MONEY_FIGURE and against != CONTROL
            if doubtful and customers.high is not None:
                customers = replace(customers, high=None, reason=NO_UPPER_END)
            found.append(LiveSize(arm, against, metric.name, groups.share, true, seen, customers, base, reached))
    return tuple(found)


def _seen(
    measures: Measures, manifest: Mapping[str, Any], metric: Metric, arm: str, true: Estimate, level: float
) -> tuple[Estimate, str]:
    """What a test against the control group can measure, and why it is not planned ('': it is).

    Where that cannot be told, the true effect if the file gives no reason why the group should live otherwise.
    """
    seen, apart = measured(measures, metric.numerator, arm, true, level), lives_apart(manifest, arm)
    if not seen.known:
        return (seen, NOT_MEASURED) if apart else (true, "")
    if seen.decided and (seen.value or 0.0) * (true.value or 0.0) < 0.0:
        return seen, OTHER_SIGN
    return seen, NOT_DECIDED if apart and not seen.decided else ""


def _tests(
    measures: Measures, manifest: Mapping[str, Any], metrics: Sequence[Metric], arm: str
) -> Iterator[tuple[str, Metric, Groups]]:
    """Against whom, metric and groups of every test of an arm."""
    outside = measures.aggregates.level(arm)
    if not any(m.count for m in outside):
        return
    if measures.has_silent:
        stated, quiet = control_share(measures, manifest, arm), like_control(measures, arm)
        for share in dict.fromkeys((stated, HALVES) if 0.0 < stated < 1.0 else (HALVES,)):
            for metric in metrics:
                if metric.name not in OF_MESSAGES:
                    yield CONTROL, metric, groups_of(metric, outside, quiet, share)
    if arm != measures.baseline:
        theirs = measures.aggregates.level(measures.baseline)
        for metric in metrics:
            yield measures.baseline, metric, groups_of(metric, outside, theirs, HALVES)


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
