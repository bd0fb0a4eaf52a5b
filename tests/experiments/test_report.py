"""The page: self-contained, the same bytes for the same input, every figure with its interval."""

import datetime as dt
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from rich.console import Console

from experiments.comparison import Comparison, compare
from experiments.figures import interval_text, value_text
from experiments.measures import DIGEST, DIGEST_MESSAGE, Dimension
from experiments.report import page, write
from experiments.report.cells import Cell, Row, blocks
from experiments.report.plots import base_courses
from experiments.statistics import Estimate
from experiments.terminal import render
from experiments.verdict import verdict
from strategies.neutral import neutral_policy
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.undrawn import page_in_words

pytestmark = pytest.mark.slow

UNCHANGED = {"value": "as usual", "changed": False}
PARAMETERS = [
    {"name": "open_delay", **UNCHANGED, "default": 1.32, "unit": "log hours", "grade": "B", "source": "Mailchimp 2006"},
    {
        "name": "trust_loss",
        **UNCHANGED,
        "default": 0.004,
        "unit": "per fatigue",
        "grade": "D",
        "source": "no published value",
    },
]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(made_tables(replications=4, customers=80))


@pytest.fixture(scope="module")
def html(comparison: Comparison) -> str:
    return page(comparison, PARAMETERS)


class Outline(HTMLParser):
    """Section ids, links, cells as lists of texts, and whether tags close in order."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sections: list[str] = []
        self.links: list[str] = []
        self.cells: list[dict[str, str]] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "section":
            self.sections.append(given.get("id") or "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "td" and given.get("class", "").startswith("figure"):  # type: ignore[union-attr]
            self.cells.append({})
        if tag == "span" and given.get("class") in ("value", "interval"):
            self.inside = given["class"] or ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells[-1][self.inside] = data


@pytest.fixture(scope="module")
def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    return parser


def test_the_page_is_whole_and_its_links_lead_somewhere(outline: Outline) -> None:
    assert outline.open == []
    assert list(dict.fromkeys(outline.links)) == [f"#{section}" for section in outline.sections]


def test_nothing_is_loaded_from_elsewhere(html: str) -> None:
    assert "<script" not in html
    assert "<link" not in html
    for found in re.findall(r'(?:src|href)="([^"]*)"', html):
        assert found.startswith("#")
    assert "url(http" not in html


def test_the_same_input_gives_the_same_bytes(comparison: Comparison, html: str, tmp_path: Path) -> None:
    again = compare(made_tables(replications=4, customers=80))
    assert page(again, PARAMETERS) == html
    assert write(comparison, tmp_path / "report.html", PARAMETERS).read_text(encoding="utf-8") == html


def test_every_figure_stands_with_its_interval(outline: Outline) -> None:
    assert len(outline.cells) > 300
    for cell in outline.cells:
        assert "value" not in cell or cell.get("interval"), cell


def test_every_arm_figure_is_on_the_page(comparison: Comparison, html: str) -> None:
    metrics = comparison.metrics
    for arm in comparison.arms:
        for name in ("contribution", "revenue", "orders", "romi", "open_rate", "unsubscribed", "fatigue"):
            figure, unit = arm.metrics[name], metrics[name].unit
            value, interval = value_text(figure, unit), interval_text(figure, unit)
            assert f'<span class="value">{value}</span><span class="interval">{interval}</span>' in html


def test_the_verdict_heads_the_page(comparison: Comparison, html: str) -> None:
    assert f"<h1>{verdict(comparison).headline}</h1>" in html


def test_rates_are_coloured_with_the_paragraph_of_their_source(html: str) -> None:
    assert "zone-norm" in html
    assert html.count('<span class="more">outside') == len(re.findall(r'<td class="figure zone-outside', html)) > 0
    assert "003 §7.7 (mean 0.215: 000)" in html


def test_the_digest_of_all_arms_is_marked_and_left_out_of_channels() -> None:
    made = made_tables(replications=3, customers=60)
    tail = made.aggregates.collect().with_columns(
        chain=pl.lit(DIGEST), message=pl.lit(DIGEST_MESSAGE), day=pl.lit(25, dtype=pl.Int64), count=pl.col("count") * 3
    )
    more = replace(made, aggregates=pl.concat([made.aggregates.collect(), tail], how="vertical_relaxed").lazy())
    plain, found = compare(made), compare(more)
    email = ("delivery_rate", Dimension("channel", "email"))
    assert found.arms[0].split[email] == plain.arms[0].split[email]
    html = page_in_words(found)
    assert html.count(f">{DIGEST} (tail, all arms)</th>") == 1
    assert "Silence means no marketing within the horizon" in html
    neutral = neutral_policy(dt.date(2024, 1, 1), "shop")
    assert [one.name for one in neutral.campaigns] == [DIGEST]
    assert [one.name for one in neutral.messages] == [DIGEST_MESSAGE]


def test_courses_are_drawn(html: str) -> None:
    assert html.count("<svg") == 7
    assert "Cumulative contribution against calm" in html
    assert "Cumulative contribution against silence" in html


def test_bands_end_where_the_figure_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share is not drawn above 100 % nor below 0, whatever a symmetric band would say."""
    drawn: list[tuple[float, float]] = []
    fill = Axes.fill_between

    def noted(axes: Axes, x: Any, low: Any, high: Any, **more: Any) -> Any:
        drawn.append((float(np.min(low)), float(np.max(high))))
        return fill(axes, x, low, high, **more)

    monkeypatch.setattr(Axes, "fill_between", noted)
    rows = made_tables(replications=2, customers=30)
    wild = rows.daily.with_columns(inbox=pl.when(pl.col("replication") == 0).then(1.0).otherwise(0.3))
    base_courses(compare(replace(rows, daily=wild)))
    assert len(drawn) == 6
    assert min(low for low, _ in drawn) == 0.0
    assert max(high for _, high in drawn) == 100.0


def test_a_line_joins_the_days_that_have_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[list[int], list[float]]] = []
    monkeypatch.setattr(Axes, "plot", lambda _, x, y, **more: lines.append((x.tolist(), y.tolist())))
    made = compare(made_tables(replications=2, customers=30))
    course = next(found for found in made.courses if found.name == "fatigue")
    gap = replace(course, value=(math.nan, 0.5, math.nan, 0.25), low=(0.0,) * 4, high=(1.0,) * 4)
    base_courses(replace(made, courses=(gap,)))
    assert lines == [([2, 4], [0.5, 0.25])]


def test_names_of_scenarios_stand_beside_their_files() -> None:
    names = ("calm", "without welcome", "without goodbye", "loud")
    made = made_tables(tuple(MadeArm(name) for name in names), replications=2, customers=30)
    arms = [dict(arm, scenario="Calm & slow", file="here/calm.yaml") for arm in made.manifest["arms"][:3]]
    arms.append(dict(made.manifest["arms"][3], scenario="Loud"))
    comparison = compare(replace(made, manifest={**made.manifest, "arms": arms}))
    html = page_in_words(comparison)
    assert '<small title="here/calm.yaml">“Calm &amp; slow”, calm.yaml</small>' in html
    assert html.count("Calm &amp; slow") == 1
    assert "“Loud”, loud.yaml" in html
    assert html.count('<span class="more">p ') > 30
    with StringIO() as out:
        render(comparison, Console(file=out, width=120))
        told = out.getvalue()
    assert "calm; without welcome; without goodbye: “Calm & slow”, calm.yaml\nloud: “Loud”, loud.yaml\n" in told


def test_of_one_arm_there_are_no_differences_and_no_baseline() -> None:
    html = page(compare(made_tables((MadeArm("calm"),), replications=2, customers=30)))
    parser = Outline()
    parser.feed(html)
    assert "differences" not in parser.sections
    assert list(dict.fromkeys(parser.links)) == [f"#{section}" for section in parser.sections]
    assert ">baseline<" not in html


def test_of_many_arms_no_table_is_wider_than_eight() -> None:
    arms = [f"arm{number}" for number in range(10)]
    row = Row("Orders", "orders placed", tuple(Cell(arm) for arm in arms))
    found = blocks(arms, [("Orders", [row])])
    assert [block.arms for block in found] == [tuple(arms[:8]), tuple(arms[8:])]
    for block in found:
        [(title, [part])] = block.groups
        assert (title, part.label) == ("Orders", "Orders")
        assert tuple(cell.value for cell in part.cells) == block.arms


def test_assumptions_are_listed_weakest_first(html: str) -> None:
    assert html.index("trust_loss") < html.index("open_delay")
    assert "No list of parameters was given" in page_in_words(compare(made_tables(replications=2, customers=30)))


def test_names_are_escaped() -> None:
    html = page(compare(made_tables((MadeArm("<b>&$x$"), MadeArm("x", effect=3.0)), replications=2, customers=30)))
    assert "<b>&" not in html
    assert "&lt;b&gt;&amp;$x$" in html


def test_one_replication_draws_no_line_without_a_band() -> None:
    html = page(compare(made_tables(replications=1, customers=60)))
    assert "a line without its uncertainty is not shown" in html
    assert "Cumulative contribution against" not in html


@pytest.mark.parametrize(("tail", "marked"), [(10, True), (0, False)])
def test_rows_say_where_the_tail_is_in_them(tail: int, marked: bool) -> None:
    comparison = compare(made_tables(replications=2, customers=40, tail=tail))
    html = page_in_words(comparison)
    with StringIO() as out:
        render(comparison, Console(file=out, width=200))
        told = out.getvalue()
    for text in (html, told):
        for label in ("Sent, with tail", "Contribution, with tail", "Fatigue, horizon"):
            assert (label in text) == marked, label
        assert "Open rate, with tail" not in text
    assert ("All figures speak of the horizon." in html) != marked
    assert ("“With tail” means horizon and tail together" in html) == marked
    assert ("With tail: horizon and tail together." in told) == marked


def test_an_arm_that_spends_less_has_no_return_on_the_extra_cost(comparison: Comparison) -> None:
    def costs(value: float) -> Comparison:
        rows = comparison.differences
        cost = Estimate(value, value - 0.1, value + 0.1)
        return replace(
            comparison,
            differences=tuple(
                replace(row, estimate=cost) if (row.metric, row.baseline) == ("marketing_cost", "calm") else row
                for row in rows
            ),
        )

    row, defined = "Return on the extra cost", 1
    assert page_in_words(costs(-1.0)).count(row) == defined
    assert page_in_words(costs(1.0)).count(row) > defined
