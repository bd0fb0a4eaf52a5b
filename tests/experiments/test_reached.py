"""Reach by e-mail in the verdict: the truth, and what only the company's data say."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from experiments.comparison import Comparison, compare
from experiments.verdict import verdict
from tests.experiments.made_runs import MadeArm, made_tables

ARMS = (MadeArm("calm"), MadeArm("rare"))


def comparison(seen: int, true: int) -> Comparison:
    """The second arm seems to reach so many customers more by e-mail than the first, and truly reaches so many more."""
    made = made_tables(ARMS, replications=5, customers=400)
    rare, uneven = pl.col("arm") == "rare", pl.col("replication") % 2
    moved = [
        pl.when(rare).then(pl.col(name) + more + uneven).otherwise(pl.col(name)).alias(name)
        for name, more in (("reachable_email", seen), ("truly_reachable_email", true))
    ]
    return compare(replace(made, daily=made.daily.with_columns(moved)))


def told(found: Comparison) -> list[str]:
    """Sentences about dead mailboxes."""
    return [line.replace("\u00a0", " ") for line in verdict(found).text.splitlines() if "dead mailboxes" in line]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seen", "true", "sentence"),
    [
        (20, 0, "By its own data rare reaches more customers by e-mail at the end than calm (+"),
        (20, -20, "By its own data rare reaches more customers by e-mail at the end than calm (+"),
        (-20, 0, "By its own data rare reaches fewer customers by e-mail at the end than calm (−"),
    ],
)
def test_a_difference_that_is_in_the_data_only_is_explained(seen: int, true: int, sentence: str) -> None:
    [line] = told(comparison(seen, true))
    assert line.startswith(f"- {sentence}")
    assert "pp (" in line.split("in truth")[1]


@pytest.mark.slow
@pytest.mark.parametrize(("seen", "true"), [(20, 20), (-20, -20), (0, 0), (0, 20)])
def test_a_true_difference_needs_no_explanation(seen: int, true: int) -> None:
    assert told(comparison(seen, true)) == []


@pytest.mark.slow
def test_the_horizon_tells_what_the_digest_of_the_tail_has_found() -> None:
    found = comparison(0, 0)
    made = made_tables(ARMS, replications=5, customers=400)
    rare = (pl.col("arm") == "rare") & (pl.col("day") == made.horizon_days - 1)
    seen = pl.when(rare).then(pl.col("reachable_email") + 20 + pl.col("replication") % 2)
    daily = made.daily.with_columns(seen.otherwise(pl.col("reachable_email")).alias("reachable_email"))
    [line] = told(compare(replace(made, daily=daily)))
    assert line.startswith(
        "- By its own data rare reaches more customers by e-mail at the end of the horizon than calm (+"
    )
    assert told(found) == []


@pytest.mark.slow
def test_the_verdict_tells_the_true_reach_and_of_older_runs_the_seen_one() -> None:
    assert "truly reachable by e-mail at the end" in verdict(comparison(0, 0)).text
    made = made_tables(ARMS, replications=3, customers=100)
    older = compare(replace(made, daily=made.daily.drop("truly_reachable_email")))
    text = verdict(older).text
    assert "truly reachable" not in text
    assert "reachable by e-mail at the end" in text
    assert "truly_reachable_email" not in older.arms[0].metrics
