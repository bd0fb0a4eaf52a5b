"""Comparison of the arms of a run: every figure with its interval, as data (DESIGN, Interfaces)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from experiments import estimands, live_tests
from experiments.brief import BY_PART, BriefResult, brief_result
from experiments.contents import Shown, contents, sent_messages
from experiments.courses import Course, courses
from experiments.idle_chains import Idle, idle_chains
from experiments.live_sizes import MONEY_FIGURE, LiveSize, live_sizes
from experiments.measures import Dimension, Measures
from experiments.metrics import (
    CHAIN_CONVERSION,
    CONVERSION_CLAIM,
    INCREMENTAL_ROMI,
    OF_MESSAGES,
    RATES,
    Metric,
    catalogue,
)
from experiments.periods import Periods
from experiments.relevance import DEFAULT_LEAST, least_amount
from experiments.statistics import LEVEL, Estimate, shifted, together, undefined
from experiments.tables import CONTROL, SILENT, WITHOUT, RunTables, TablesError, base_factor, manifest_entry
from strategies.brief import Kpi, Target

Kind = Literal["truth", "estimate", "claim"]

BASES = "customers like these"
ONE_WORLD = "this base, this luck"
MOST_PAIRED = 12
"""With more arms than this only the differences from the baseline are told, none of the arms from one another: their
number grows with the square, and Holm's correction over so many pairs leaves hardly any lead standing."""

TESTED_LIVE = ("contribution", "revenue", "orders", "repeat_orders")
AGAINST_SILENT = ("customers", "days", "state")

NOT_TOLD = undefined("this run does not tell it")


@dataclass(frozen=True)
class Difference:
    """One difference.  ``within``: the same with its per-customer standard error, where it can be told.

    ``single_test``: half width of the interval that one live test would have (kind ``estimate``), with the control
    group of the real base where it is stated.
    """

    arm: str
    baseline: str
    metric: str
    kind: Kind
    target: str
    estimate: Estimate
    relative: Estimate
    by: Dimension | None = None
    within: Estimate | None = None
    single_test: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The row of DESIGN's JSON."""
        by = {"dimension": self.by.dimension, "value": self.by.value} if self.by else None
        return {
            "arm": self.arm,
            "baseline": self.baseline,
            "metric": self.metric,
            "kind": self.kind,
            "target": self.target,
            "by": by,
            **_figure(self.estimate),
            "relative": self.relative.value,
            "p": self.estimate.p,
        }


@dataclass(frozen=True)
class ArmResult:
    """An arm's own figures: metric name → estimate, and split figures by (metric name, dimension)."""

    arm: str
    file: str
    metrics: Mapping[str, Estimate]
    split: Mapping[tuple[str, Dimension], Estimate]
    control_customers: float = 0.0
    """Customers in its control group, mean over replications."""
    control_orders: float = 0.0
    """Their orders: what the power of a live test hangs on."""
    variable_cost: Estimate = NOT_TOLD
    """Marketing cost of the horizon without the fixed part, per customer outside control."""
    fixed_cost: float = 0.0
    """Fixed cost of the horizon, borne by the simulated customers of one replication."""
    brief: BriefResult | None = None
    """What became of its brief, where it has one."""
    contents: tuple[Shown, ...] = ()
    """What its messages with personal blocks showed."""
    idle: tuple[Idle, ...] = ()
    """Its chains that no run of began; of an arm that only switches off a chain see the baseline's."""

    def to_json(self) -> dict[str, Any]:
        """The entry of DESIGN's JSON; split by channel as ``name[channel]``."""
        metrics = {name: _figure(figure) for name, figure in self.metrics.items()}
        metrics |= {
            f"{name}[{by.value}]": _figure(figure)
            for (name, by), figure in self.split.items()
            if by.dimension == "channel"
        }
        brief = {"brief": self.brief.to_json()} if self.brief else {}
        shown = {"contents": [shown.to_json() for shown in self.contents]} if self.contents else {}
        idle = {"idle_chains": [one.to_json() for one in self.idle]} if self.idle else {}
        return {"arm": self.arm, "file": self.file, "metrics": metrics, **brief, **shown, **idle}


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` found.  ``silent`` is the hidden arm's own row, None where the run has none."""

    manifest: Mapping[str, Any]
    baseline: str
    target: str
    replications: int
    customers: float
    """Customers outside the baseline's control group, mean over replications."""
    horizon_days: int
    tail_days: int
    arms: tuple[ArmResult, ...]
    silent: ArmResult | None
    differences: tuple[Difference, ...]
    among: tuple[Difference, ...]
    """Contribution of every visible arm against every later one, over replications, of at most :data:`MOST_PAIRED`
    arms; not part of the JSON."""
    courses: tuple[Course, ...]
    pairing: Mapping[str, Estimate]
    """Arm → variance of the unpaired over that of the paired difference of contribution."""
    disturbance: Mapping[str, Estimate] = field(default_factory=dict)
    """Arm → how much more contribution its control group brings than in silence; not part of the JSON."""
    live_sizes: tuple[LiveSize, ...] = ()
    """How many customers live tests need."""
    level: float = LEVEL
    least: Target = DEFAULT_LEAST
    """The least relevant difference of contribution, see :mod:`experiments.relevance`."""

    @property
    def least_amount(self) -> float:
        """The least relevant difference in currency units per customer."""
        baseline = next(arm for arm in self.arms if arm.arm == self.baseline)
        return least_amount(self.least, baseline.metrics.get("contribution"))

    @property
    def metrics(self) -> dict[str, Metric]:
        """The catalogue that belongs to this run."""
        return catalogue(self.tail_days)

    def find(
        self, arm: str, baseline: str, metric: str, kind: Kind = "truth", by: Dimension | None = None
    ) -> Difference | None:
        """One difference, or None."""
        return self._places.get((arm, baseline, metric, kind, by))

    def true_difference(self, arm: str, baseline: str, metric: str) -> Estimate | None:
        """The estimate of one true difference, or None."""
        row = self.find(arm, baseline, metric)
        return row.estimate if row else None

    @cached_property
    def _places(self) -> dict[tuple[str, str, str, Kind, Dimension | None], Difference]:
        return {(row.arm, row.baseline, row.metric, row.kind, row.by): row for row in reversed(self.differences)}

    def base_factor(self, arm: str) -> float:
        """Customers of the real base per simulated one; 1 where the arm's scenario states no base."""
        return base_factor(self.manifest, manifest_entry(self.manifest, arm))

    def to_json(self) -> dict[str, Any]:
        """The object that ``crmsim compare --json`` prints."""
        return {
            "manifest": dict(self.manifest),
            "arms": [arm.to_json() for arm in self.arms],
            "differences": [difference.to_json() for difference in self.differences],
            "live_tests": [size.to_json() for size in self.live_sizes],
        }


def _figure(figure: Estimate) -> dict[str, float | str | None]:
    """Value and interval, and where there is none the reason."""
    reason = {"reason": figure.reason} if figure.reason and not figure.known else {}
    return {"value": figure.value, "low": figure.low, "high": figure.high, **reason}


def compare(
    run: Path | RunTables,
    baseline: str | None = None,
    level: float = LEVEL,
    target: str | None = None,
    least: Target = DEFAULT_LEAST,
) -> Comparison:
    """Compares the arms of a run folder (or of its tables) with the baseline, by default the first arm.

    target: whom the intervals speak of; by default what the manifest says with several replications
    (customers like these), and this base and this luck with one.
    least: the least difference of contribution that matters.

    Raises :class:`TablesError` where tables do not fit together.
    """
    tables = run if isinstance(run, RunTables) else RunTables.read(run)
    arms = tables.arms
    base = arms[0] if baseline is None else baseline
    if base not in arms:
        raise TablesError(f"baseline {base!r} is not an arm of this run; arms: {', '.join(arms)}")
    measures = Measures(tables, base)
    several = len(measures.replications) > 1
    told = target or _target(tables.manifest, several)
    files = {str(entry["arm"]): str(entry.get("file", "")) for entry in tables.manifest.get("arms", ())}
    metrics, sent = _metrics(measures), sent_messages(tables.aggregates)
    comparison = Comparison(
        manifest=tables.manifest,
        baseline=base,
        target=told,
        replications=len(measures.replications),
        customers=float(measures.customers(base).mean()),
        horizon_days=measures.horizon_days,
        tail_days=measures.tail_days,
        arms=tuple(
            replace(
                _arm(measures, metrics, arm, files.get(arm, ""), level),
                contents=contents(sent, manifest_entry(tables.manifest, arm), measures.people(arm), level),
                idle=() if arm.startswith(WITHOUT) else idle_chains(tables, arm),
            )
            for arm in arms
        ),
        silent=_silent(measures, metrics, level),
        differences=tuple(replace(row, target=told) for row in _differences(measures, tables.manifest, metrics, level)),
        among=tuple(replace(row, target=told) for row in _among(measures, level)),
        courses=courses(measures, level),
        pairing={arm: estimands.pairing(measures, "contribution", arm, base, level) for arm in arms if arm != base},
        disturbance={arm: live_tests.disturbance(measures, "contribution", arm, level) for arm in arms},
        level=level,
        least=least,
    )
    money = {arm: comparison.true_difference(arm, base, MONEY_FIGURE) for arm in arms if arm != base}
    sure = together({arm: figure for arm, figure in money.items() if figure}, level)
    return replace(
        comparison,
        arms=tuple(replace(arm, brief=_brief(comparison, arm)) for arm in comparison.arms),
        live_sizes=live_sizes(measures, tables.manifest, metrics, comparison.true_difference, level, sure),
    )


def _brief(comparison: Comparison, arm: ArmResult) -> BriefResult | None:
    """What became of the brief of an arm."""

    def figure(kpi: Kpi) -> Estimate:
        if kpi.against_silence:
            row = comparison.find(arm.arm, SILENT, kpi.metric)
            return row.estimate if row else undefined("the run has no silent arm")
        part = next((name for name in BY_PART if getattr(kpi, name)), "")
        if part:
            found = arm.split.get((kpi.metric, Dimension(part, getattr(kpi, part))))
        else:
            found = arm.metrics.get(kpi.metric)
        return found or NOT_TOLD

    entry, factor = manifest_entry(comparison.manifest, arm.arm), comparison.base_factor(arm.arm)
    cost = shifted(arm.variable_cost, comparison.customers * factor, arm.fixed_cost * factor)
    told, base = entry.get("brief", {}), int(entry.get("base", 0))
    periods = Periods.of((comparison.horizon_days, comparison.tail_days), entry)
    return brief_result(arm.arm, told, comparison.tail_days, figure, cost, base, periods)


def _target(manifest: Mapping[str, Any], several: bool) -> str:
    return str(manifest.get("target") or BASES) if several else ONE_WORLD


def _metrics(measures: Measures) -> list[Metric]:
    """Metrics that this run can tell, without split-only ones."""
    columns = set(measures.aggregates.level(measures.baseline)[0].columns)
    result = []
    for metric in catalogue(measures.tail_days).values():
        absent = metric.source == "customers" and metric.numerator not in columns
        absent |= metric.source == "state" and metric.numerator not in measures.days[measures.baseline]
        absent |= metric.source == "return" and not measures.has_silent
        absent |= metric.source == "claim" and measures.claims is None
        absent |= metric.name in (INCREMENTAL_ROMI.name, CHAIN_CONVERSION.name)
        absent |= metric.name == "romi_horizon" and measures.tail_days == 0
        if not absent:
            result.append(metric)
    return result


def _arm(measures: Measures, metrics: list[Metric], arm: str, file: str, level: float) -> ArmResult:
    split = {}
    for dimension in ("channel", "chain", "message"):
        for value in measures.values_of(dimension):
            by = Dimension(dimension, value)
            for metric in _split_metrics(measures, dimension):
                figure = estimands.level_of(measures, metric, arm, by, level)
                if figure.known:
                    split[metric.name, by] = figure
    held, worlds = measures.aggregates.level(arm, control=True), len(measures.replications)
    return ArmResult(
        arm,
        file,
        {m.name: estimands.level_of(measures, m, arm, None, level) for m in metrics},
        split,
        sum(m.count for m in held) / worlds,
        sum(m.total("orders") for m in held) / worlds,
        estimands.variable_cost(measures, arm, level),
        measures.fixed.get(arm, 0.0),
    )


def _split_metrics(measures: Measures, dimension: str) -> tuple[Metric, ...]:
    if dimension == "chain":
        return (*OF_MESSAGES, CHAIN_CONVERSION)
    if dimension == "channel" and measures.claims is not None:
        return (*OF_MESSAGES, CONVERSION_CLAIM)
    return OF_MESSAGES


def _silent(measures: Measures, metrics: list[Metric], level: float) -> ArmResult | None:
    if not measures.has_silent:
        return None
    told = [metric for metric in metrics if metric.source in AGAINST_SILENT]
    return ArmResult(SILENT, "", {m.name: estimands.level_of(measures, m, SILENT, None, level) for m in told}, {})


def _differences(
    measures: Measures, manifest: Mapping[str, Any], metrics: list[Metric], level: float
) -> Iterator[Difference]:
    """All differences: truth against the baseline, truth against silence, live tests, claims."""
    base = measures.baseline
    channels = [Dimension("channel", value) for value in measures.values_of("channel")]
    for arm in measures.arms:
        if arm != base:
            for metric in metrics:
                yield _truth(measures, metric, arm, base, None, level)
            if measures.has_silent:
                extra = estimands.return_on_cost(measures, INCREMENTAL_ROMI, arm, base, level)
                none = undefined("a return has no relative difference", level)
                yield Difference(arm, base, INCREMENTAL_ROMI.name, "truth", "", extra, none)
            for by in channels:
                for metric in RATES:
                    row = _truth(measures, metric, arm, base, by, level)
                    if row.estimate.known:
                        yield row
        if measures.has_silent:
            for metric in metrics:
                if metric.source in AGAINST_SILENT:
                    yield _truth(measures, metric, arm, SILENT, None, level)
        yield from _live(measures, manifest, metrics, arm, level)
        yield from _claims(measures, arm, channels, level)


def _among(measures: Measures, level: float) -> Iterator[Difference]:
    """Pairs of visible arms, if not too many; the spread between replications needs no pairing of single customers."""
    if len(measures.replications) < 2 or len(measures.arms) > MOST_PAIRED:
        return
    contribution = catalogue()["contribution"]
    for arm, other in combinations(measures.arms, 2):
        value, relative = estimands.between_arms(measures, contribution, arm, other, level)
        yield Difference(arm, other, contribution.name, "truth", "", value, relative)


def _truth(measures: Measures, metric: Metric, arm: str, other: str, by: Dimension | None, level: float) -> Difference:
    value, relative, within = estimands.truth(measures, metric, arm, other, by, level)
    return Difference(arm, other, metric.name, "truth", "", value, relative, by, within)


def _live(
    measures: Measures, manifest: Mapping[str, Any], metrics: list[Metric], arm: str, level: float
) -> Iterator[Difference]:
    for metric in metrics:
        if metric.name in TESTED_LIVE and (found := live_tests.live_test(measures, manifest, metric, arm, level)):
            (value, relative, within), half = found
            yield Difference(arm, CONTROL, metric.name, "estimate", "", value, relative, None, within, half)


def _claims(measures: Measures, arm: str, channels: list[Dimension], level: float) -> Iterator[Difference]:
    if measures.claims is None:
        return
    for column in ("orders", "revenue"):
        for by in (None, *channels):
            value, relative, within = estimands.claim(measures, measures.claims, column, arm, by, level)
            yield Difference(arm, SILENT, column, "claim", "", value, relative, by, within)
