"""Unspent loyalty points: a figure like others, told where it is large beside the difference."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from experiments.comparison import Comparison, compare
from experiments.owed import LARGE
from experiments.tables import SILENT
from experiments.terminal import render
from experiments.verdict import verdict
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.undrawn import page_in_words

EFFECT = 8.0
"""Contribution that the second arm brings more than the first, per customer."""


def comparison(*owing: str, points: float, arms: int = 2) -> Comparison:
    """Some arms owe ``points`` to each customer, and a hundredth of it more for each order."""
    made = made_tables((MadeArm("calm"), MadeArm("loud", effect=EFFECT))[:arms], replications=4, customers=200)
    owed = pl.when(pl.col("arm").is_in(owing)).then(points * (pl.col("orders") * 0.01 + 1.0)).otherwise(0.0)
    return compare(replace(made, outcomes=made.outcomes.with_columns(points_owed=owed)))


def told(found: Comparison) -> list[str]:
    """Sentences about points."""
    return [line.replace("\u00a0", " ") for line in verdict(found).text.splitlines() if "loyalty points" in line]


def test_what_is_owed_is_a_figure_of_arms_and_differences() -> None:
    found = comparison("loud", SILENT, points=6.0)
    nothing = found.arms[0].metrics["points_owed"]
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 0.0), "exactly nothing"
    level = found.arms[1].metrics["points_owed"]
    assert level.known
    assert 6.0 < (level.value or 0.0) < 7.0
    row = found.find("loud", "calm", "points_owed")
    assert row is not None
    assert row.estimate.decided
    assert row.estimate.value == pytest.approx(level.value)
    against = found.find("loud", SILENT, "points_owed")
    assert against is not None
    assert against.estimate.value == 0.0
    assert {"points_owed"} <= found.to_json()["arms"][1]["metrics"].keys()


@pytest.mark.slow
def test_the_terminal_has_a_row_where_something_is_owed() -> None:
    for points in (6.0, 0.0):
        out = StringIO()
        render(comparison("loud", points=points), Console(file=out, width=160))
        assert ("Owed in points, end of tail" in out.getvalue()) == (points > 0.0)


@pytest.mark.slow
def test_the_page_has_a_row_where_something_is_owed() -> None:
    label = "Owed in points, end of tail"
    assert label in page_in_words(comparison("loud", points=6.0))
    assert label not in page_in_words(comparison(points=6.0))


@pytest.mark.slow
def test_a_large_debt_is_told_beside_the_difference() -> None:
    [line] = told(comparison("loud", points=6.0))
    assert line.startswith("- At the end loud owes its customers more in unspent loyalty points than calm: 6.")
    [line] = told(comparison("calm", points=6.0))
    assert line.startswith("- At the end loud owes its customers less in unspent loyalty points than calm: 6.")
    [line] = told(comparison("calm", points=6.0, arms=1))
    assert line.startswith("- At the end calm owes its customers more in unspent loyalty points than silence: 6.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owing", "points"),
    [(("loud", "calm"), 6.0), (("loud",), 0.5 * LARGE * EFFECT), ((), 6.0)],
    ids=["both owe the same", "little beside the difference", "nobody owes"],
)
def test_nothing_is_told_otherwise(owing: tuple[str, ...], points: float) -> None:
    assert told(comparison(*owing, points=points)) == []


def test_runs_of_older_versions_do_not_tell_it() -> None:
    found = compare(made_tables(replications=4, customers=40))
    assert told(found) == []
    assert "points_owed" not in found.arms[0].metrics
