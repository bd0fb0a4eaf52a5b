"""Builds ``report.html`` from a comparison: tables of texts for the template, and the plots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from experiments.assumed import population_words
from experiments.benchmarks import chain_norm, table
from experiments.claims import RULE
from experiments.comparison import Comparison, Difference
from experiments.figures import interval_text, number, p_text, value_text
from experiments.measures import DIGEST
from experiments.metrics import INCREMENTAL_ROMI, Metric, Unit
from experiments.overview import MORE_COLUMNS, overview
from experiments.report import plots
from experiments.report.cells import Block, Cell, Row, blocks, figure_cell
from experiments.report.personal import personal_sheet
from experiments.report.rates import sheet
from experiments.shown import unused
from experiments.standings import Standings
from experiments.statistics import Estimate
from experiments.tables import CONTROL, DIMENSIONS, SILENT
from experiments.titles import origins
from experiments.verdict import verdict

GROUPS = (
    ("Money", ("contribution", "contribution_horizon", "contribution_tail", "contribution_before_marketing", "revenue",
               "revenue_horizon", "revenue_tail", "marketing_cost", "contact_cost", "offer_cost", "points_owed",
               "romi", "romi_horizon", "incremental_romi")),
    ("Orders", ("orders", "repeat_orders")),
    ("Messages", ("sent", "sent_horizon", "delivered", "impressions", "opened", "clicked", "delivery_rate", "open_rate",
                  "click_rate", "click_to_open_rate", "unsubscribe_rate", "complaint_rate")),
    ("The base", ("unsubscribed", "unsubscribed_email", "unsubscribed_web_push", "unsubscribed_mobile_push",
                  "unsubscribed_sms", "unsubscribed_telegram", "unsubscribed_whatsapp", "unsubscribed_vk",
                  "taken_off", "complained", "reachable_email", "reachable_email_horizon", "truly_reachable_email",
                  "truly_reachable_email_horizon", "reachable_any", "reachable_any_horizon", "fatigue", "inbox")),
)  # fmt: skip
"""Rows of the tables of arms and of differences, by group."""

MOST_DRAWN = 8
"""So many arms are told apart in a plot."""

SIDE_BY_SIDE = 3
"""Of at most so many arms every difference has columns of its own for what is relative and for p."""

UNDRAWN = "#d9dde3"
"""Colour of arms that no plot shows."""


def write(comparison: Comparison, path: Path, parameters: Sequence[Mapping[str, Any]] = ()) -> Path:
    """Writes the page; ``parameters`` as in :func:`page`."""
    path.write_text(page(comparison, parameters), encoding="utf-8")
    return path


def page(comparison: Comparison, parameters: Sequence[Mapping[str, Any]] = ()) -> str:
    """The page as text: self-contained, the same bytes for the same input.

    parameters: assumptions of the model, each with ``name``, ``value``, ``default``, ``changed``, ``unit``, ``grade``,
    ``source``; what the population changed is listed first, then the weakest grade.
    """
    arms = [arm.arm for arm in comparison.arms]
    drawn = _drawn(comparison)
    return _template().render(
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
        words=_words(comparison),
        differences=_differences(comparison),
        side_by_side=len(arms) <= SIDE_BY_SIDE,
        origins=origins(comparison),
        population=population_words(comparison.manifest),
        against_silence=_against_silence(comparison),
        attribution_rule=RULE,
        chains_with_norms=[name for name in table()["chains"] if chain_norm(name)],
        digest=DIGEST,
        selection=_selection(len(drawn.arms), len(arms)),
        sheets={dimension: sheet(drawn, dimension) for dimension in DIMENSIONS},
        personal=personal_sheet(drawn),
        plotted=[arm.arm for arm in drawn.arms],
        plot_money=plots.money_course(drawn, comparison.baseline),
        plot_silence=plots.money_course(drawn, SILENT),
        plots_base=plots.base_courses(drawn),
        plot_contribution=plots.kinds_of_numbers(drawn, "contribution", "Contribution per customer, ₽"),
        plot_orders=plots.kinds_of_numbers(drawn, "orders", "Orders per customer"),
        parameters=sorted(sorted(parameters, key=_name), key=_first_changed_then_weak, reverse=True),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("experiments.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _selection(shown: int, arms: int) -> str:
    """Says that plots and rates show some of the arms; '' where they show all."""
    if shown == arms:
        return ""
    return (
        f"Plots and rates show {shown} of {arms} arms: the baseline and those that differ most from it in contribution."
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


def _first_changed_then_weak(parameter: Mapping[str, Any]) -> tuple[bool, str]:
    return bool(parameter["changed"]), str(parameter["grade"])


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    """What was run, for the head of the page."""
    manifest = comparison.manifest
    told = [
        ("Start", manifest.get("start")),
        ("Horizon", f"{comparison.horizon_days} days"),
        ("Tail", f"{comparison.tail_days} days" if comparison.tail_days else "none"),
        ("Replications", comparison.replications),
        ("Customers in each", _thousands(manifest.get("customers"))),
        ("of them outside control", number(comparison.customers, 0)),
        ("Seed", manifest.get("seed")),
        ("crm-sandbox", manifest.get("version")),
    ]
    return [(name, str(value)) for name, value in told if value is not None]


def _thousands(count: int | None) -> str | None:
    return None if count is None else number(count, 0)


def _glance(comparison: Comparison) -> list[Row]:
    """One row an arm: what it differs by, and what that weighs."""
    better = [comparison.metrics[name].better for name in MORE_COLUMNS]
    found = overview(comparison, MORE_COLUMNS)
    rows = []
    for line in found.lines:
        told = zip(line.figures, found.heads, better, strict=True)
        cells = [figure_cell(figure, unit, True, good) for figure, (_, unit), good in told]
        rows.append(Row(line.name, "", (*cells, Cell(line.word))))
    return rows


def _levels(comparison: Comparison) -> list[Block]:
    """Arms by metrics, the silent arm last."""
    shown = [*comparison.arms, *([comparison.silent] if comparison.silent else [])]

    def row(metric: Metric) -> Row | None:
        figures = [arm.metrics.get(metric.name) for arm in shown]
        if not any(figure is not None and figure.value is not None for figure in figures):
            return None
        cells = tuple(figure_cell(figure, metric.unit) for figure in figures)
        return Row(metric.heading(comparison.tail_days), metric.what, cells)

    return blocks([arm.arm for arm in shown], _grouped(comparison, row))


def _words(comparison: Comparison) -> list[tuple[str, str]]:
    """What every figure of the tables means."""

    def row(metric: Metric) -> Row:
        return Row(metric.heading(comparison.tail_days), metric.what, ())

    return [(row.label, row.what) for _, rows in _grouped(comparison, row) for row in rows]


def _differences(comparison: Comparison) -> list[Block]:
    """Differences from the baseline, a cell for every other arm; of few arms four: see :func:`_beside`."""
    others = [arm.arm for arm in comparison.arms if arm.arm != comparison.baseline]
    few = len(comparison.arms) <= SIDE_BY_SIDE

    def row(metric: Metric) -> Row | None:
        found = [_told(comparison, arm, metric) for arm in others]
        if not any(one is not None and one.estimate.value is not None for one in found):
            return None
        cells = [_beside(one, metric) if few else [_difference(one, metric, True)] for one in found]
        return Row(metric.heading(comparison.tail_days), metric.what, tuple(cell for one in cells for cell in one))

    groups = _grouped(comparison, row)
    return [Block(tuple(others), tuple(groups))] if few else blocks(others, groups)


def _told(comparison: Comparison, arm: str, metric: Metric) -> Difference | None:
    """The difference; no return on the extra cost of an arm that spends less, whose baseline it is that spends more."""
    cost = comparison.true_difference(arm, comparison.baseline, "marketing_cost")
    if metric.name == INCREMENTAL_ROMI.name and cost is not None and (cost.value or 0.0) < 0.0:
        return None
    return comparison.find(arm, comparison.baseline, metric.name)


def _difference(row: Difference | None, metric: Metric, with_p: bool = False) -> Cell:
    """The difference; with_p: and its p below."""
    if row is None:
        return Cell("")
    cell = figure_cell(row.estimate, metric.unit, metric.name != "incremental_romi", metric.better)
    p = p_text(row.estimate.p)
    return replace(cell, more=f"p {p}" if p.startswith("<") else f"p = {p}") if with_p and p else cell


def _beside(row: Difference | None, metric: Metric) -> list[Cell]:
    """Difference, relative difference, per-customer interval, p."""
    if row is None:
        return [Cell("")] * 4
    return [
        _difference(row, metric),
        Cell("") if metric.unit == "return" else figure_cell(row.relative, "relative", True),
        Cell("", interval_text(row.within, metric.unit, True)) if row.within is not None else Cell(""),
        Cell("", p_text(row.estimate.p)),
    ]


def _grouped(comparison: Comparison, make: Callable[[Metric], Row | None]) -> list[tuple[str, tuple[Row, ...]]]:
    catalogue = comparison.metrics
    groups = []
    for title, names in GROUPS:
        shown = [name for name in names if name in catalogue and not unused(comparison, name)]
        rows = [row for name in shown if (row := make(catalogue[name])) is not None]
        if rows:
            groups.append((title, tuple(rows)))
    return groups


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
                figure_cell(true.estimate if true else None, metric.unit, True, metric.better),
                figure_cell(live.estimate if live else None, metric.unit, True),
                Cell("", _half(live, metric.unit)),
                figure_cell(claim.estimate if claim else None, metric.unit),
            )
            rows.append(Row(metric.heading(comparison.tail_days), metric.what, cells))
        groups.append((arm.arm, rows))
    return groups


def _half(live: Difference | None, unit: Unit) -> str:
    if live is None or live.single_test is None:
        return ""
    return "± " + value_text(Estimate(live.single_test, 0.0, 2.0 * live.single_test), unit)
