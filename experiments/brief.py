"""The brief of a scenario: are its key figures ones that reports have, and were their targets met?

A target counts as met where the whole interval lies on its good side, as missed where it lies on the other; what the
interval holds in its middle is not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from experiments.figures import CURRENCY, number, three_digits
from experiments.metrics import (
    CHAIN_CONVERSION,
    CONVERSION_CLAIM,
    INCREMENTAL_ROMI,
    OF_MESSAGES,
    Metric,
    Unit,
    catalogue,
)
from experiments.periods import Periods
from experiments.statistics import Estimate
from strategies.brief import Kpi, Target
from strategies.language.brief import brief_tree, format_target, parse_target, read_brief
from strategies.language.load import IncompleteScenarioError, compose_scenario
from strategies.language.problems import Mark, Problem, ScenarioError, problem_at, unknown
from strategies.scenario import Scenario
from strategies.step_tree import sends_of, steps_within
from strategies.vocabulary import CHANNELS_THAT_REPORT_OPENS

State = Literal["met", "missed", "open", "unknown"]

BY_PART: Mapping[str, tuple[str, ...]] = {
    "chain": (*(metric.name for metric in OF_MESSAGES), CHAIN_CONVERSION.name),
    "channel": (*(metric.name for metric in OF_MESSAGES), CONVERSION_CLAIM.name),
    "message": tuple(metric.name for metric in OF_MESSAGES),
}
"""Part of a strategy → figures that are told of it."""

FROM_SILENCE = ("customers", "days", "state")
"""Sources of figures whose difference from silence is told."""


@dataclass(frozen=True)
class Outcome:
    """What became of one target.

    name, period: the figure and the days that it speaks of.  target: in words, as it was taken; stated: the amounts
    that the file states, where they were taken in proportion to the days.
    """

    kpi: Kpi
    name: str
    period: str
    target: str
    unit: Unit
    figure: Estimate
    state: State
    stated: str = ""
    days: tuple[int, int] | None = None
    """Days of the run and of the file in whose proportion the target was taken, where it was."""

    def to_json(self) -> dict[str, Any]:
        """Target, figure with its interval, and whether it was met (null: not decided)."""
        part = {name: getattr(self.kpi, name) for name in BY_PART if getattr(self.kpi, name)}
        against = {"against": "silence"} if self.kpi.against_silence else {}
        limits = {"at_least": self.kpi.at_least, "at_most": self.kpi.at_most}
        return {
            "metric": self.kpi.metric,
            **part,
            **against,
            **{name: target.value for name, target in limits.items() if target},
            **({"in_proportion": list(self.days)} if self.days else {}),
            "value": self.figure.value,
            "low": self.figure.low,
            "high": self.figure.high,
            "met": {"met": True, "missed": False}.get(self.state),
        }


@dataclass(frozen=True)
class BriefResult:
    """An arm's brief and what became of it."""

    arm: str
    goal: str
    owner: str
    outcomes: tuple[Outcome, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry ``brief`` of an arm."""
        return {"goal": self.goal, "owner": self.owner, "kpis": [outcome.to_json() for outcome in self.outcomes]}


def brief_entry(scenario: Scenario) -> dict[str, Any]:
    """The brief as the manifest keeps it."""
    return dict(brief_tree(scenario.brief))


def brief_result(
    arm: str,
    entry: Mapping[str, Any],
    tail_days: int,
    figure: Callable[[Kpi], Estimate],
    cost: Estimate,
    base: int = 0,
    periods: Periods | None = None,
) -> BriefResult | None:
    """What became of the brief that the manifest keeps of an arm; None where it has none.

    figure: gives the figure that a key figure speaks of.  cost: marketing cost of the horizon, of the real base
    where it is stated.  base: its size, 0 where it is not stated.  periods: days of the run and of its file, where they
    differ.
    """
    if not entry:
        return None
    kpis = [_kpi(row) for row in entry.get("kpis", ())]
    metrics = {**catalogue(tail_days), **catalogue(1)}
    outcomes = [_outcome(kpi, metrics[kpi.metric], figure(kpi), tail_days, periods) for kpi in kpis]
    if "budget" in entry:
        name = "marketing_cost_horizon" if tail_days else "marketing_cost"
        kpi = Kpi(name, at_most=Target(float(entry["budget"])))
        unit = metrics[name].unit
        of_days = _budget_period(periods, base)
        outcomes.append(Outcome(kpi, "Budget", of_days, _words(kpi, unit), unit, cost, _state(kpi, cost)))
    return BriefResult(arm, str(entry.get("goal", "")), str(entry.get("owner", "")), tuple(outcomes))


def _budget_period(periods: Periods | None, base: int) -> str:
    """Of how many days a budget is, and whose.

    >>> _budget_period(Periods((28, 90), (90, 90)), 120_000).replace("\u00a0", " ")
    '28 days (the file states 90), for a base of 120 000 customers'
    """
    days = "horizon"
    if periods and periods.run[0] != periods.stated[0]:
        days = f"{periods.run[0]} days (the file states {periods.stated[0]})"
    whom = f"for a base of {number(base, 0)} customers" if base else "for the simulated customers"
    return f"{days}, {whom}"


def _kpi(row: Mapping[str, Any]) -> Kpi:
    least, most = (parse_target(row[name]) if name in row else None for name in ("at_least", "at_most"))
    chain, channel, message = (str(row.get(name, "")) for name in ("chain", "channel", "message"))
    return Kpi(str(row["metric"]), least, most, chain, channel, message, "against" in row)


def _outcome(kpi: Kpi, metric: Metric, figure: Estimate, tail_days: int, periods: Periods | None) -> Outcome:
    part = next((f", {getattr(kpi, name)}" for name in BY_PART if getattr(kpi, name)), "")
    against = " against silence" if kpi.against_silence else ""
    name = metric.label.removesuffix(f", {metric.period}").removesuffix(", end of horizon")
    days = periods.of_target(kpi, metric) if periods else None
    due = _in_proportion(kpi, metric.unit, *days) if days else kpi
    stated = ", ".join(_number(each.value, metric.unit) for each in (kpi.at_least, kpi.at_most) if each) if days else ""
    words, period = _words(due, metric.unit, rounded=days is not None), metric.period_words(tail_days)
    state = _state(due, figure)
    return Outcome(due, f"{name}{part}{against}", period, words, metric.unit, figure, state, stated, days)


def _in_proportion(kpi: Kpi, unit: Unit, days: int, stated: int) -> Kpi:
    """The targets of so many of the file's days; a share of customers stays one."""

    def due(target: Target | None) -> Target | None:
        if target is None:
            return None
        value = target.value * days / stated
        return replace(target, value=min(value, 1.0) if unit == "share" else value)

    return replace(kpi, at_least=due(kpi.at_least), at_most=due(kpi.at_most))


def _state(kpi: Kpi, figure: Estimate) -> State:
    if not (figure.known or figure.one_sided):
        return "unknown"
    low = float("-inf") if figure.low is None else figure.low
    high = float("inf") if figure.high is None else figure.high
    least = kpi.at_least.value if kpi.at_least else float("-inf")
    most = kpi.at_most.value if kpi.at_most else float("inf")
    if least <= low and high <= most:
        return "met"
    return "missed" if high < least or low > most else "open"


def _words(kpi: Kpi, unit: Unit, rounded: bool = False) -> str:
    """``at least 5 %``.  rounded: to three digits, of a part of what the file states.

    >>> _words(Kpi("unsubscribed", at_most=Target(0.0186667)), "share", rounded=True).replace("\\u00a0", " ")
    'at most 1.87 %'
    >>> _words(Kpi("open_rate", at_least=Target(0.05), at_most=Target(0.3)), "share").replace("\\u00a0", " ")
    'at least 5 %, at most 30 %'
    """
    told = [("at least", kpi.at_least), ("at most", kpi.at_most)]
    return ", ".join(
        f"{word} {_number(three_digits(target.value) if rounded and unit != 'money' else target.value, unit)}"
        for word, target in told
        if target
    )


def _number(value: float, unit: Unit) -> str:
    """As many decimals as it has, of money those of kopecks.

    >>> _number(466_666.6666, "money").replace("\u00a0", " "), _number(0.0333, "share").replace("\u00a0", " ")
    ('466 666.67 ₽', '3.33 %')
    """
    scaled = round(100.0 * value, 6) if unit in ("share", "return") else round(value, 2) if unit == "money" else value
    decimals = len(f"{scaled:.4f}".rstrip("0").rpartition(".")[2])
    suffix = {"money": f"\u00a0{CURRENCY}", "share": "\u00a0%", "return": "\u00a0%"}.get(unit, "")
    return number(scaled, decimals) + suffix


def check_brief(scenario: Scenario) -> list[Problem]:
    """Key figures that no report has, or that have another unit than their target."""
    return sorted(problem for kpi in scenario.brief.kpis for problem in _problems(kpi, scenario))


def check_brief_of(file: Path, overrides: Sequence[str] = ()) -> list[Problem]:
    """Unknown key figures and wrong units of a scenario that has other faults, so that all are told at once.

    What hangs on the rest of the scenario is told when that loads.
    """
    try:
        root = compose_scenario(file, overrides).root
    except IncompleteScenarioError as error:
        root = error.composed.root
    except ScenarioError:
        return []
    brief = read_brief(root)
    return sorted(problem for kpi in brief.kpis for problem in _problems(kpi, None))


def _problems(kpi: Kpi, scenario: Scenario | None) -> Iterator[Problem]:
    """Faults of a key figure; of a scenario that does not load only those that it has by itself."""
    if not kpi.metric:
        return
    mark = Mark(kpi.file, kpi.line, kpi.column)
    known = catalogue(1)
    metric = known.get(kpi.metric)
    if metric is None:
        yield problem_at(mark, _unknown_figure(kpi.metric, known))
        return
    misplaced = _misplaced(kpi, metric) or (_misplaced_in(kpi, metric, scenario) if scenario else "")
    for text in (misplaced, *_wrong_units(kpi, metric)):
        if text:
            yield problem_at(mark, f"{kpi.metric}: {text}")


_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("profit", "net_profit", "gross_profit", "margin", "gross_margin"), "contribution"),
    **dict.fromkeys(("contribution_margin", "incremental_profit", "incremental_margin"), "contribution"),
    **dict.fromkeys(("sales", "turnover", "gmv", "income", "incremental_revenue"), "revenue"),
    **dict.fromkeys(("purchases", "transactions", "order_count"), "orders"),
    **dict.fromkeys(("cost", "costs", "spend", "spending", "budget"), "marketing_cost"),
    **dict.fromkeys(("spam_rate", "spam_complaint_rate"), "complaint_rate"),
    **dict.fromkeys(("optout_rate", "opt_out_rate"), "unsubscribe_rate"),
    "roi": "romi",
    "ctr": "click_rate",
    "ctor": "click_to_open_rate",
}
"""Words of the trade → the figure that they mean, which is not the one spelt most like them."""


def _unknown_figure(name: str, known: Mapping[str, Metric]) -> str:
    """What to say of a figure that no report has; who did not ask for a claim is not led to one.

    >>> _unknown_figure("Profit", catalogue(0)).partition(" (")[0]
    "unknown figure 'Profit' in the brief; did you mean 'contribution'?"
    """
    wants_claim = "_cla" in name
    named = [other for other, metric in known.items() if metric.source != "claim" or wants_claim]
    meant = CHAIN_CONVERSION.name if "conversion" in name and not wants_claim else None
    return unknown("figure", name, "the brief", named, meant or _MEANT.get(name.lower().replace("-", "_")))


def _misplaced(kpi: Kpi, metric: Metric) -> str:
    """What is wrong with asking for this figure, if anything, whatever the scenario is."""
    part = next((name for name in BY_PART if getattr(kpi, name)), "")
    if metric.name == INCREMENTAL_ROMI.name:
        return "tells two strategies apart, expected a figure of one, such as romi"
    if metric.name == CHAIN_CONVERSION.name and part != "chain":
        return "is a figure of one chain, expected 'chain: name' beside it"
    if part and metric.name not in BY_PART[part]:
        return f"is not told of a single {part}, expected one of: {', '.join(BY_PART[part])}"
    if kpi.against_silence and metric.source not in FROM_SILENCE:
        return "is not told against silence, expected a figure per customer, such as contribution or orders"
    return ""


def _misplaced_in(kpi: Kpi, metric: Metric, scenario: Scenario) -> str:
    """What is wrong with asking for this figure in a scenario, if anything."""
    if metric.name == CHAIN_CONVERSION.name and not any(c.goal for c in scenario.chains if c.name == kpi.chain):
        return f"the chain '{kpi.chain}' has no goal, expected one such as 'goal: {{event: order, window: 7d}}'"
    silent = _silent_channels(kpi, scenario)
    if silent and "opened" in (metric.numerator, metric.denominator):
        return f"{silent} reports no opens, expected a figure that it tells, such as delivery_rate or click_rate"
    if not scenario.tail and metric.name not in catalogue(0):
        return f"needs a tail, expected 'tail: 90d' in the scenario, or {metric.name.rpartition('_')[0]}"
    return ""


def _silent_channels(kpi: Kpi, scenario: Scenario) -> str:
    """Channels of a key figure, if none of them reports opens; '' otherwise."""
    channels = {kpi.channel} if kpi.channel else _channels_of(kpi, scenario)
    told = CHANNELS_THAT_REPORT_OPENS & channels
    return "" if told else ", ".join(sorted(channels))


def _channels_of(kpi: Kpi, scenario: Scenario) -> set[str]:
    """Channels by which the chain or the message of a key figure goes out; none where it speaks of neither."""
    if not (kpi.message or kpi.chain):
        return set()
    sources = [
        *(steps_within(chain.steps) for chain in scenario.chains if kpi.chain in ("", chain.name)),
        *([campaign.send] for campaign in scenario.campaigns if not kpi.chain),
    ]
    sends = [send for steps in sources for step in steps for send in sends_of(step)]
    return {channel for send in sends if kpi.message in ("", send.message) for channel in send.channels}


def _wrong_units(kpi: Kpi, metric: Metric) -> Iterator[str]:
    for name, target in (("at_least", kpi.at_least), ("at_most", kpi.at_most)):
        if target is None:
            continue
        found = f"found {name}: {format_target(target)}"
        if metric.unit == "share" and not kpi.against_silence and not 0.0 <= target.value <= 1.0:
            yield f"{found}, expected a share; did you mean '{target.value:g}%'?"
        elif target.percent and metric.unit not in ("share", "return"):
            unit = "currency units per customer" if metric.unit == "money" else "a number"
            yield f"{found}, expected {unit}"
