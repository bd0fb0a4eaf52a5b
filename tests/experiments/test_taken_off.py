"""Consent that the company itself gives up is no unsubscribing of customers, and is told by itself."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from experiments.comparison import Comparison, compare
from experiments.tables import RunTables
from experiments.terminal import render
from tests.experiments.made_runs import made_tables
from tests.experiments.undrawn import page_in_words

OFTEN = 5
"""How often in a replication the company of arm ``loud`` takes somebody off the list."""


def with_a_sunset(tables: RunTables) -> RunTables:
    """The same run, in which arm ``loud`` gives up consent: logged without a message, as `strategies.actions` does."""
    rows = tables.aggregates.collect()
    one = (pl.col("event") == "unsubscribed") & (pl.col("arm") == "loud") & (pl.col("day") == 0)
    nowhere = [pl.lit(None, pl.String).alias(name) for name in ("channel", "chain", "step", "message")]
    own = rows.filter(one & (pl.col("control") == 0)).with_columns(*nowhere, count=pl.lit(OFTEN, pl.Int64))
    return replace(tables, aggregates=pl.concat([rows, own]).lazy())


@pytest.fixture(scope="module")
def plain() -> Comparison:
    return compare(made_tables(replications=3, customers=60))


@pytest.fixture(scope="module")
def sunset() -> Comparison:
    return compare(with_a_sunset(made_tables(replications=3, customers=60)))


def test_the_rate_of_unsubscribing_is_that_of_customers(plain: Comparison, sunset: Comparison) -> None:
    for without, with_steps in zip(plain.arms, sunset.arms, strict=True):
        assert with_steps.metrics["unsubscribe_rate"] == without.metrics["unsubscribe_rate"]
        assert with_steps.metrics["unsubscribed"] == without.metrics["unsubscribed"]


def test_what_the_company_takes_off_is_told_per_customer(sunset: Comparison) -> None:
    calm, loud = sunset.arms
    assert not calm.metrics["taken_off"].value
    assert loud.metrics["taken_off"].value == pytest.approx(OFTEN / sunset.customers, rel=0.1)
    assert loud.to_json()["metrics"]["taken_off"]["value"] == loud.metrics["taken_off"].value


def test_the_terminal_tells_it_where_there_is_some(plain: Comparison, sunset: Comparison) -> None:
    for comparison, told in ((plain, False), (sunset, True)):
        screen = StringIO()
        render(comparison, Console(file=screen, width=200))
        text = screen.getvalue()
        assert ("taken off the list by the company" in text) == told
        assert ("Taken off by the company" in text) == told


@pytest.mark.slow
def test_the_page_tells_it(sunset: Comparison) -> None:
    assert ">Taken off by the company</th>" in page_in_words(sunset)
