"""Rates by channel: what is sent and what waits in the in-app slot are never pooled, nor opens that nobody reports."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from experiments.comparison import Comparison, compare
from experiments.measures import Dimension
from experiments.tables import RunTables
from tests.experiments.made_runs import made_tables

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


def test_what_waits_in_the_slot_is_no_part_of_the_rates_over_all_channels(mail: RunTables, plain: Comparison) -> None:
    both = compare(also(mail, "in_app"))
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
