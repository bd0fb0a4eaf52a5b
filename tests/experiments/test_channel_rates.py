"""Rates by channel: what is sent and what waits in the in-app slot are never pooled, nor opens that nobody reports."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from experiments.comparison import Comparison, compare
from experiments.measures import Dimension
from experiments.rates import FEW_FIGURES, rate_table
from experiments.tables import RunTables
from experiments.terminal import RATES_NOTE, render
from tests.experiments.made_runs import MadeArm, made_tables

pytestmark = pytest.mark.slow

EMAIL, SMS, IN_APP = (Dimension("channel", name) for name in ("email", "sms", "in_app"))


def also(tables: RunTables, channel: str, *, factor: int = 7, **renamed: str) -> RunTables:
    """The same tables with ``factor`` times the contacts of the e-mail again, through another channel."""
    rows = tables.aggregates.collect()
    names = {"channel": channel, **renamed}
    more = rows.filter(~pl.col("event").is_in(("chain_entered", "goal_reached", "bounced"))).with_columns(
        *(pl.lit(value).alias(name) for name, value in names.items()), count=pl.col("count") * factor
    )
    return replace(tables, aggregates=pl.concat([rows, more], how="vertical_relaxed").lazy())


@pytest.fixture(scope="module")
def mail() -> RunTables:
    return made_tables(replications=3, customers=60)


@pytest.fixture(scope="module")
def plain(mail: RunTables) -> Comparison:
    return compare(mail)


@pytest.fixture(scope="module")
def both(mail: RunTables) -> Comparison:
    """The same mails, and in-app messages of the same chain."""
    return compare(also(mail, "in_app"))


def test_what_waits_in_the_slot_is_no_part_of_the_rates_over_all_channels(both: Comparison, plain: Comparison) -> None:
    for with_slot, without in zip(both.arms, plain.arms, strict=True):
        for name in ("sent_horizon", "delivery_rate", "open_rate", "click_rate", "unsubscribe_rate"):
            assert with_slot.metrics[name] == without.metrics[name]
            for by in (EMAIL, Dimension("chain", "welcome"), Dimension("message", "hello")):
                assert with_slot.split[name, by] == without.split[name, by]
        slot, sent = (with_slot.split["sent_horizon", by].value or 0.0 for by in (IN_APP, EMAIL))
        assert slot == pytest.approx(7.0 * sent)


def test_a_chain_in_the_slot_alone_is_told_by_the_slot(mail: RunTables) -> None:
    both = compare(also(mail, "in_app", chain="banner", message="strip"))
    for arm in both.arms:
        for by in (Dimension("chain", "banner"), Dimension("message", "strip")):
            assert arm.split["click_rate", by] == arm.split["click_rate", IN_APP]


def test_rates_with_opens_leave_out_channels_that_report_none(mail: RunTables, plain: Comparison) -> None:
    both = compare(also(mail, "sms"))
    for with_sms, without in zip(both.arms, plain.arms, strict=True):
        assert with_sms.metrics["open_rate"] == without.metrics["open_rate"]
        assert with_sms.metrics["click_to_open_rate"] == without.metrics["click_to_open_rate"]
        assert ("open_rate", SMS) not in with_sms.split
        told = [without.split["click_rate", EMAIL].value, with_sms.metrics["click_rate"].value]
        assert told[1] == pytest.approx(told[0])


def test_sent_by_channel_is_the_sent_of_the_table_per_customer(mail: RunTables, plain: Comparison) -> None:
    rows = mail.aggregates.filter((pl.col("control") == 0) & (pl.col("event") == "sent")).collect()
    outside = mail.outcomes.filter(~pl.col("control")).collect()
    for arm in plain.arms:
        means = []
        for replication in range(3):
            where = (pl.col("arm") == arm.arm) & (pl.col("replication") == replication)
            means.append(rows.filter(where)["count"].sum() / outside.filter(where).height)
        assert arm.split["sent_horizon", EMAIL].value == pytest.approx(sum(means) / 3.0)
    told = plain.to_json()["arms"][0]["metrics"]["sent_horizon[email]"]
    assert told["low"] < told["value"] < told["high"]


def test_one_replication_tells_no_spread_of_what_is_sent() -> None:
    figure = compare(made_tables(replications=1, customers=60)).arms[0].metrics["sent_horizon"]
    assert not figure.known
    assert "run at least two" in figure.reason


def screen(comparison: Comparison, width: int) -> str:
    with StringIO() as out:
        render(comparison, Console(file=out, width=width))
        return out.getvalue()


def test_a_table_has_a_line_an_arm_and_only_columns_that_tell_something(both: Comparison) -> None:
    table = rate_table(both, "channel")
    assert [group.name for group in table.groups] == ["email", "in_app"]
    assert [arm for arm, _ in table.groups[0].lines] == ["calm", "loud"]
    names = [metric.name for metric in table.metrics]
    assert "blocked_rate" not in names
    assert "goal_rate" not in names
    complaints = [group.lines[0][1][names.index("complaint_rate")] for group in table.groups]
    assert complaints[0] is not None
    assert complaints[0].zone is not None
    assert complaints[1] is not None
    assert complaints[1].zone is None
    assert table.groups[0].norms[names.index("complaint_rate")] is not None
    assert not any(table.groups[1].norms)


def test_what_happened_in_no_arm_stands_there_only_with_a_norm() -> None:
    quiet = tuple(MadeArm(name, unsubscribe=0.0) for name in ("calm", "loud"))
    made = also(made_tables(quiet, replications=2, customers=40), "telegram")
    table = rate_table(compare(made), "channel", FEW_FIGURES)
    names = [metric.name for metric in table.metrics]
    email, telegram = (group.lines[0][1][names.index("complaint_rate")] for group in table.groups)
    assert email is not None
    assert email.figure.value == 0.0
    assert (email.figure.high or 0.0) > 0.0
    assert telegram is None


@pytest.mark.parametrize("width", [80, 200])
def test_the_terminal_tells_every_rate_with_its_interval(both: Comparison, width: int) -> None:
    told = screen(both, width)
    part = told[told.index("By channel: sent per customer") :]
    assert " ".join(part.split()).endswith(RATES_NOTE)
    rows = part.splitlines()[2:]
    assert [row.strip() for row in rows if row.strip() in ("email", "in_app")] == ["email", "in_app"]
    calm = next(at for at, row in enumerate(rows) if row.startswith("calm"))
    figures = re.findall(r"[\d.]+", rows[calm]) if width == 80 else re.findall(r"[\d.]+ [±(]", rows[calm])
    assert len(figures) == 6
    below = rows[calm + 1] if width == 80 else rows[calm]
    assert len(re.findall(r"±[\d.]+|[\d.]+…[\d.]+", below)) == 6
    assert "norm" in part


def test_several_arms_are_told_on_a_wide_screen_only() -> None:
    arms = tuple(MadeArm(name) for name in ("calm", "loud", "soft"))
    three = compare(made_tables(arms, replications=2, customers=30))
    assert "By channel: sent per customer" in screen(three, 160)
    narrow = screen(three, 80)
    assert "By channel: sent per customer" not in narrow
    assert narrow.rstrip().endswith("Rates by channel stand on the page.")
