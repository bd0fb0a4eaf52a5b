"""Builds ``report.html`` from a comparison: tables of texts for the template, and the plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from experiments.benchmarks import Benchmark, benchmark_of
from experiments.claims import RULE
from experiments.comparison import CONTROL, ArmResult, Comparison, Difference
from experiments.figures import interval_text, number, p_text, value_text
from experiments.measures import DIGEST, Dimension
from experiments.metrics import Metric, Unit
from experiments.overview import MORE_COLUMNS, overview
from experiments.report import plots
from experiments.standings import Standings
from experiments.statistics import Estimate
from experiments.tables import SILENT
from experiments.verdict import verdict

DIGEST_MESSAGE = "neutral_digest"
GROUPS = (
    ("Money", ("contribution", "contribution_horizon", "contribution_tail", "contribution_before_marketing", "revenue",
               "revenue_horizon", "revenue_tail", "marketing_cost", "contact_cost", "offer_cost", "romi",
               "romi_horizon", "incremental_romi")),
    ("Orders", ("orders", "repeat_orders")),
    ("Messages", ("sent", "delivered", "impressions", "opened", "clicked", "delivery_rate", "open_rate", "click_rate",
                  "click_to_open_rate", "unsubscribe_rate", "complaint_rate")),
    ("The base", ("unsubscribed", "unsubscribed_email", "unsubscribed_web_push", "unsubscribed_mobile_push",
                  "unsubscribed_sms", "unsubscribed_telegram", "unsubscribed_whatsapp", "unsubscribed_vk",
                  "complained", "reachable_email", "reachable_email_horizon", "reachable_any",
                  "reachable_any_horizon", "fatigue", "inbox")),
)  # fmt: skip
"""Rows of the tables of arms and of differences, by group."""

MOST_DRAWN = 8
"""So many arms are told apart in a plot."""

UNDRAWN = "#9aa0a6"
"""Colour of arms that no plot shows."""


@dataclass(frozen=True)
class Cell:
    """One figure as text.  ``tone``: good, bad, or '' ; ``note``: what a hover shows."""

    value: str
    interval: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a table: label, what it says, cells."""

    label: str
    what: str
    cells: tuple[Cell, ...]


def write(comparison: Comparison, path: Path, parameters: Sequence[Mapping[str, Any]] = ()) -> Path:
    """Writes the page; ``parameters`` as in :func:`page`."""
    path.write_text(page(comparison, parameters), encoding="utf-8")
    return path


def page(comparison: Comparison, parameters: Sequence[Mapping[str, Any]] = ()) -> str:
    """The page as text: self-contained, the same bytes for the same input.

    parameters: assumptions of the model, each with ``name``, ``default``, ``unit``, ``grade``, ``source``;
    the weakest grade is listed first.
    """
    environment = Environment(
        loader=PackageLoader("experiments.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    arms = [arm.arm for arm in comparison.arms]
    drawn = _drawn(comparison)
    return environment.get_template("report.html.j2").render(
        comparison=comparison,
        arms=arms,
        others=[arm for arm in arms if arm != comparison.baseline],
        palette={**dict.fromkeys(arms, UNDRAWN), **plots.colours([arm.arm for arm in drawn.arms])},
        verdict=verdict(comparison),
        percent=round(100 * comparison.level),
        facts=_facts(comparison),
        overview=overview(comparison, MORE_COLUMNS) if len(arms) > 2 else None,
        glance=_glance(comparison) if len(arms) > 2 else [],
        levels=_levels(comparison),
        differences=_differences(comparison),
        against_silence=_against_silence(comparison),
        attribution_rule=RULE,
        digest=DIGEST,
        channels=_split(comparison, "channel"),
        chains=_split(comparison, "chain"),
        messages=_split(comparison, "message"),
        plotted=[arm.arm for arm in drawn.arms],
        plot_money=plots.money_course(drawn, comparison.baseline),
        plot_silence=plots.money_course(drawn, SILENT),
        plot_base=plots.base_course(drawn),
        plot_contribution=plots.kinds_of_numbers(drawn, "contribution", "Contribution per customer, ₽"),
        plot_orders=plots.kinds_of_numbers(drawn, "orders", "Orders per customer"),
        parameters=sorted(sorted(parameters, key=_name), key=lambda row: str(row["grade"]), reverse=True),
    )


def _drawn(comparison: Comparison) -> Comparison:
    """The comparison with as many arms as a plot can tell apart: the baseline and those that differ most from it."""
    if len(comparison.arms) <= MOST_DRAWN:
        return comparison
    standings = Standings(comparison)

    def size(arm: str) -> float:
        return abs(standings.rows[arm].estimate.value or 0.0) if arm in standings.rows else 0.0

    kept = {comparison.baseline, *sorted(standings.others, key=size, reverse=True)[: MOST_DRAWN - 1]}
    arms = tuple(arm for arm in comparison.arms if arm.arm in kept)
    return replace(comparison, arms=arms, courses=tuple(c for c in comparison.courses if c.arm in {*kept, SILENT}))


def _name(parameter: Mapping[str, Any]) -> str:
    return str(parameter["name"])


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    """What was run, for the head of the page."""
    manifest = comparison.manifest
    told = [
        ("Start", manifest.get("start")),
        ("Horizon", f"{comparison.horizon_days} days"),
        ("Tail", f"{comparison.tail_days} days" if comparison.tail_days else "none"),
        ("Customers outside control", number(comparison.customers, 0)),
        ("Replications", comparison.replications),
        ("Seed", manifest.get("seed")),
        ("crm-sandbox", manifest.get("version")),
    ]
    return [(name, str(value)) for name, value in told if value is not None]


def _cell(figure: Estimate | None, unit: Unit, difference: bool = False, better: int = 0) -> Cell:
    if figure is None:
        return Cell("")
    tone = ""
    if difference and figure.decided and better:
        tone = "good" if (figure.value or 0.0) * better > 0.0 else "bad"
    return Cell(value_text(figure, unit, difference), interval_text(figure, unit, difference), tone, figure.method)


def _glance(comparison: Comparison) -> list[Row]:
    """One row an arm: what it differs by, and what that weighs."""
    better = [comparison.metrics[name].better for name in MORE_COLUMNS]
    found = overview(comparison, MORE_COLUMNS)
    rows = []
    for line in found.lines:
        told = zip(line.figures, found.heads, better, strict=True)
        cells = [_cell(figure, unit, True, good) for figure, (_, unit), good in told]
        rows.append(Row(line.name, "", (*cells, Cell(line.word))))
    return rows


def _levels(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    """Arms by metrics, the silent arm last."""
    shown = [*comparison.arms, *([comparison.silent] if comparison.silent else [])]

    def row(metric: Metric) -> Row | None:
        figures = [arm.metrics.get(metric.name) for arm in shown]
        if not any(figure is not None and figure.value is not None for figure in figures):
            return None
        return Row(
            metric.heading(comparison.tail_days), metric.what, tuple(_cell(figure, metric.unit) for figure in figures)
        )

    return _grouped(comparison, row)


def _differences(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    """Differences from the baseline: of every other arm value, relative, per-customer interval, p."""
    others = [arm.arm for arm in comparison.arms if arm.arm != comparison.baseline]

    def row(metric: Metric) -> Row | None:
        found = [comparison.find(arm, comparison.baseline, metric.name) for arm in others]
        if not any(one is not None and one.estimate.value is not None for one in found):
            return None
        return Row(
            metric.heading(comparison.tail_days),
            metric.what,
            tuple(cell for one in found for cell in _difference_cells(one, metric)),
        )

    return _grouped(comparison, row)


def _difference_cells(row: Difference | None, metric: Metric) -> list[Cell]:
    if row is None:
        return [Cell("")] * 4
    p = Cell("", p_text(row.estimate.p))
    return [
        _cell(row.estimate, metric.unit, metric.name != "incremental_romi", metric.better),
        Cell("") if metric.unit == "return" else _cell(row.relative, "relative", True),
        Cell("", interval_text(row.within, metric.unit, True)) if row.within is not None else Cell(""),
        p,
    ]


def _grouped(comparison: Comparison, make: Any) -> list[tuple[str, list[Row]]]:
    catalogue = comparison.metrics
    groups = []
    for title, names in GROUPS:
        shown = [name for name in names if name in catalogue and not _unused(comparison, name)]
        rows = [row for name in shown if (row := make(catalogue[name])) is not None]
        if rows:
            groups.append((title, rows))
    return groups


def _unused(comparison: Comparison, name: str) -> bool:
    """Whether the row is that of a channel that nobody left in any arm, or of impressions where there are none."""
    figures = [arm.metrics[name].value for arm in comparison.arms if name in arm.metrics]
    return (name.startswith("unsubscribed_") or name == "impressions") and not any(figures)


def _against_silence(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    """For every arm the three kinds of numbers: truth, live test (and the width of one), claim."""
    groups = []
    for arm in comparison.arms:
        rows = []
        for name in ("contribution", "revenue", "orders", "repeat_orders"):
            metric = comparison.metrics[name]
            true = comparison.find(arm.arm, SILENT, name)
            live = comparison.find(arm.arm, CONTROL, name, "estimate")
            claim = comparison.find(arm.arm, SILENT, name, "claim")
            cells = (
                _cell(true.estimate if true else None, metric.unit, True, metric.better),
                _cell(live.estimate if live else None, metric.unit, True),
                Cell("", _half(live, metric.unit)),
                _cell(claim.estimate if claim else None, metric.unit),
            )
            rows.append(Row(metric.heading(comparison.tail_days), metric.what, cells))
        groups.append((arm.arm, rows))
    return groups


def _half(live: Difference | None, unit: Unit) -> str:
    if live is None or live.single_test is None:
        return ""
    return "± " + value_text(Estimate(live.single_test, 0.0, 2.0 * live.single_test), unit)


def _split(comparison: Comparison, dimension: str) -> list[tuple[str, list[tuple[str, list[Row]]]]]:
    """Rates by value of a dimension, then by metric; cells coloured by the sources' zones."""
    found: dict[Dimension, list[str]] = {}
    for arm in comparison.arms:
        for name, by in arm.split:
            if by.dimension == dimension and name not in found.setdefault(by, []):
                found[by].append(name)
    order = list(comparison.metrics)
    sections = []
    for by in sorted(found, key=lambda one: one.value):
        rows = []
        for name in sorted(found[by], key=order.index):
            metric = comparison.metrics[name]
            if any((arm.split[name, by].value or 0.0) > 0.0 for arm in comparison.arms if (name, by) in arm.split):
                rows.append(_split_row(comparison.arms, metric, by))
        if rows:
            digest = by.value in (DIGEST, DIGEST_MESSAGE)
            sections.append((f"{by.value} (tail, all arms)" if digest else by.value, [("", rows)]))
    return sections


def _split_row(arms: Sequence[ArmResult], metric: Metric, by: Dimension) -> Row:
    benchmark = benchmark_of(metric, by.dimension, by.value)
    cells = [_zoned(arm.split.get((metric.name, by)), metric, benchmark) for arm in arms]
    norm = Cell("")
    if benchmark is not None:
        low, high = (number(100.0 * limit, 2).rstrip("0").rstrip(".") for limit in benchmark.norm)
        told = "; ".join(part for part in (f"{low} – {high} %", _limits(benchmark)) if part)
        norm = Cell("", told, "", benchmark.note)
        return Row(metric.label, metric.what, (*cells, norm, Cell("", benchmark.source)))
    return Row(metric.label, metric.what, (*cells, norm, Cell("")))


def _limits(benchmark: Benchmark) -> str:
    told = []
    if benchmark.good is not None:
        told.append(f"good from {100 * benchmark.good:g} %")
    if benchmark.alarm_below is not None:
        told.append(f"alarm below {100 * benchmark.alarm_below:g} %")
    if benchmark.alarm_above is not None:
        told.append(f"alarm above {100 * benchmark.alarm_above:g} %")
    return ", ".join(told)


def _zoned(figure: Estimate | None, metric: Metric, benchmark: Benchmark | None) -> Cell:
    if figure is None:
        return Cell("")
    cell = _cell(figure, metric.unit)
    judged = benchmark.judged(figure, metric.better) if benchmark is not None else None
    if judged is None:
        return cell
    zone, sure = judged
    words = {"good": "good", "norm": "within the norm", "outside": "outside the norm", "alarm": "alarm"}[zone]
    tone = f"zone-{zone}" if sure else f"zone-{zone} unsure"
    return Cell(cell.value, cell.interval, tone, words if sure else f"{words}, but the interval reaches further")
