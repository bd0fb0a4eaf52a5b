"""Comparisons that know little: one replication, twins, tiny worlds, returns without a cost; they say so."""

import json
import re
from dataclasses import replace

import polars as pl
import pytest

from experiments.comparison import ONE_WORLD, Comparison, compare
from experiments.estimands import NOBODY_OUTSIDE
from experiments.metrics import catalogue
from experiments.ratios import ANY_RATIO, NO_UPPER_END, UNCERTAIN_COSTS
from experiments.report import page
from experiments.statistics import NO_SPREAD
from experiments.tables import CONTROL, SILENT, RunTables
from experiments.verdict import verdict
from tests.experiments.compared import EMAIL, compared_arms, difference, plain_text
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.undrawn import page_in_words


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared_arms()


def test_one_replication_falls_back_to_customers() -> None:
    comparison = compare(made_tables(replications=1))
    found = difference(comparison, "loud", "calm", "contribution")
    assert found.target == ONE_WORLD
    assert found.estimate.method == "per-customer standard error"
    assert found.estimate.known
    assert found.relative.known
    tail = difference(comparison, "loud", "calm", "contribution_tail").estimate
    assert tail.value is None
    assert tail.reason == "one replication, and this figure is not kept per customer: run at least two"
    assert comparison.arms[1].metrics["romi"].method == "Fieller"
    assert comparison.courses == ()
    rate = comparison.arms[1].split["open_rate", EMAIL]
    assert rate.known
    assert "design effect" in rate.method or rate.method in ("Wilson", "exact binomial")


def test_no_difference_is_seen_between_an_arm_and_its_twin() -> None:
    made = made_tables((MadeArm("calm"),), replications=4, customers=50)
    twins = [
        pl.concat([frame, frame.filter(pl.col("arm") == "calm").with_columns(pl.lit("twin").alias("arm"))])
        for frame in (made.outcomes.collect(), made.aggregates.collect(), made.daily)
    ]
    comparison = compare(RunTables({}, twins[0].lazy(), twins[1].lazy(), twins[2]))
    for row in comparison.differences:
        if row.arm == "twin" and row.baseline == "calm" and row.estimate.known and row.metric in catalogue():
            assert row.estimate.value == pytest.approx(0.0, abs=1e-12)
            assert row.metric.endswith("_rate") or not row.estimate.decided
    assert (
        difference(comparison, "twin", "calm", "incremental_romi").estimate.reason
        == "the costs of the two arms may be equal"
    )


def two_worlds(outcomes: pl.DataFrame, tables: RunTables) -> Comparison:
    return compare(replace(tables, outcomes=outcomes.lazy()))


def test_two_replications_that_agree_decide_nothing() -> None:
    """In each of two worlds the same customer buys once more: the spread between customers tells the interval."""
    made = made_tables(replications=2, customers=40, control=0.0, log=False)
    extra = (pl.col("arm") == "loud") & (pl.col("customer") < 1)
    agreeing = made.outcomes.collect().with_columns(orders=pl.lit(1) + extra.cast(pl.Int32), unsubscribed=extra)
    found = two_worlds(agreeing, made)
    orders = difference(found, "loud", "calm", "orders").estimate
    assert orders.value == pytest.approx(0.025)
    assert orders.method == "per-customer standard error, not narrower than exact counts of those who differ"
    assert not orders.decided
    left = found.arms[1].metrics["unsubscribed"]
    assert (left.value, left.method) == (pytest.approx(0.025), "exact binomial")
    assert (found.arms[0].metrics["unsubscribed"].low, found.arms[0].metrics["unsubscribed"].method) == (
        0.0,
        "exact binomial",
    )
    everywhere = agreeing.with_columns(orders=pl.lit(1) + (pl.col("arm") == "loud").cast(pl.Int32))
    assert difference(two_worlds(everywhere, made), "loud", "calm", "orders").estimate.reason == NO_SPREAD


def test_no_interval_is_without_width(comparison: Comparison) -> None:
    """The made arms order alike, and the files of the arms are not the same: that is seen, not known."""
    assert difference(comparison, "loud", "calm", "orders").estimate.alike
    assert not [row for row in comparison.differences if row.estimate.known and row.estimate.low == row.estimate.high]


@pytest.mark.slow
@pytest.mark.parametrize("replications", [1, 3])
@pytest.mark.parametrize("effect", [0.0, 5.0])
def test_what_nobody_did_in_either_arm_is_no_equality(replications: int, effect: float) -> None:
    """Two arms that send nothing: how many would unsubscribe or open is not known to be the same."""
    arms = tuple(MadeArm(name, gain, messages=0.0, unsubscribe=0.0) for name, gain in (("a", 0.0), ("b", effect)))
    found = compare(made_tables(arms, replications, customers=100, control=0.2))
    left = difference(found, "b", "a", "unsubscribed").estimate
    assert left == difference(found, "b", "a", "unsubscribed").within
    alone = found.arms[0].metrics["unsubscribed"].high
    assert (left.value, left.p) == (0.0, None)
    assert (left.low, left.high) == (pytest.approx(-(alone or 0.0)), pytest.approx(alone))
    sent = difference(found, "b", "a", "sent")
    assert [one.reason for one in (sent.estimate, sent.relative)] == ["nothing seen in either arm"] * 2
    assert {"value": None, "reason": "nothing seen in either arm", "p": None}.items() <= sent.to_json().items()
    assert "nothing seen in either arm" in page_in_words(found)


def test_rates_without_events_in_identical_arms_keep_their_interval() -> None:
    made = made_tables((MadeArm("a", unsubscribe=0.0), MadeArm("b", unsubscribe=0.0)), 3, customers=100)

    def twice(frame: pl.DataFrame) -> pl.DataFrame:
        first = frame.filter(pl.col("arm") == "a")
        return pl.concat([frame.filter(pl.col("arm") != "b"), first.with_columns(arm=pl.lit("b"))])

    outcomes, aggregates = (twice(table.collect()).lazy() for table in (made.outcomes, made.aggregates))
    found = compare(replace(made, outcomes=outcomes, aggregates=aggregates, daily=twice(made.daily), events=None))
    opens, complaints = (difference(found, "b", "a", name).estimate for name in ("open_rate", "complaint_rate"))
    assert opens.reason == "no difference seen: at most 1 customer in 65 would show one"
    assert (complaints.value, complaints.p) == (0.0, None)
    assert complaints.low == -(complaints.high or 0.0) < 0.0


@pytest.mark.slow
@pytest.mark.parametrize("replications", [1, 3])
def test_nobody_outside_the_control_group(replications: int) -> None:
    comparison = compare(made_tables(replications=replications, customers=30, control=1.0))
    assert difference(comparison, "loud", "calm", "contribution").estimate.reason == NOBODY_OUTSIDE
    assert comparison.arms[0].metrics["contribution"].reason == NOBODY_OUTSIDE
    assert comparison.find("loud", CONTROL, "contribution", "estimate") is None
    assert NOBODY_OUTSIDE in verdict(comparison).text
    assert NOBODY_OUTSIDE in page(comparison)
    json.dumps(comparison.to_json(), allow_nan=False)


@pytest.mark.slow
@pytest.mark.parametrize(("customers", "control"), [(1, 0.5), (2, 0.5), (3, 0.9), (3, 0.1)])
def test_very_small_worlds(customers: int, control: float) -> None:
    for replications in (1, 4):
        comparison = compare(made_tables(replications=replications, customers=customers, control=control))
        json.dumps(comparison.to_json(), allow_nan=False)
        assert verdict(comparison).headline
        assert page(comparison)


def test_romi_is_undefined_without_cost() -> None:
    made = made_tables((MadeArm("mute", messages=0.0),), replications=3, customers=40)
    assert compare(made).arms[0].metrics["romi"].reason == "no marketing cost"


@pytest.mark.parametrize(
    ("of_silence", "reason"),
    [(1.0, "no marketing cost beyond that of silence"), (1.5, "its marketing cost is below that of silence")],
)
def test_why_an_arm_that_costs_something_has_no_return(of_silence: float, reason: str) -> None:
    """Silence has costs too: the digest of the tail, points that are spent."""
    made = made_tables((MadeArm("thrifty"),), replications=3, customers=40)
    cost = pl.col("contact_cost")
    own = made.outcomes.filter(pl.col("arm") == "thrifty").select("replication", "customer", own=cost)
    silent = pl.when(pl.col("arm") == SILENT).then(of_silence * pl.col("own")).otherwise(cost)
    joined = made.outcomes.join(own, on=["replication", "customer"]).with_columns(contact_cost=silent).drop("own")
    assert compare(replace(made, outcomes=joined)).arms[0].metrics["romi"].reason == reason


@pytest.mark.slow
@pytest.mark.parametrize(("effect", "told"), [(200.0, "one end"), (0.0, "none")])
def test_a_return_by_a_very_uncertain_cost_has_no_upper_end(effect: float, told: str) -> None:
    """Two worlds whose customers cost 1 and 30: next to nothing is possible, and so is any return above some least."""
    made = made_tables((MadeArm("dear", effect=effect),), replications=2, customers=100, log=False)
    spent = pl.when(pl.col("arm") == SILENT).then(0.0).otherwise(1.0 + 29.0 * pl.col("replication"))
    found = two_worlds(made.outcomes.with_columns(offer_cost=spent).collect(), made)
    romi, text = found.arms[0].metrics["romi"], plain_text(found)
    row = found.to_json()["arms"][0]["metrics"]["romi"]
    if told == "none":
        assert row == {"value": None, "low": None, "high": None, "reason": ANY_RATIO}
        assert f"; ROMI is not known ({ANY_RATIO})." in text
    else:
        assert (romi.value or 0.0) > (romi.low or 0.0) > 0.0
        assert row == {"value": romi.value, "low": romi.low, "high": None, "reason": NO_UPPER_END}
        assert re.search(r"dear: ROMI [\d ]+ % \(at least [\d ]+, no upper end\) against silence", text)
        assert "no upper end" in page_in_words(found)
    paid = pl.when(pl.col("arm") == SILENT).then(5.0).otherwise(pl.col("offer_cost"))
    daily = made.daily.with_columns(offer_cost=paid)
    romi = (
        two_worlds(made.outcomes.with_columns(offer_cost=spent).collect(), replace(made, daily=daily)).arms[0].metrics
    )
    assert romi["romi"].reason == ANY_RATIO  # silence has a cost of its own, so the arm may cost less
    assert "ROMI of dear has no end on one side, or could be anything: with so few replications" in text
    firm = made_tables((MadeArm("dear", effect=effect),), replications=2, customers=100, log=False)
    assert "ROMI of dear has no end" not in plain_text(compare(firm))


@pytest.mark.slow
def test_returns_by_uncertain_costs_have_no_difference() -> None:
    arms = (MadeArm("firm", effect=200.0), MadeArm("dear", effect=200.0))
    made = made_tables(arms, replications=10, customers=60, log=False)
    spent = pl.when(pl.col("arm") == "dear").then(10.0 + 4.0 * pl.col("replication")).otherwise(0.0)  # 28 ± 3.8
    found = compare(replace(made, outcomes=made.outcomes.with_columns(offer_cost=spent)))
    assert found.arms[1].metrics["romi"].known
    assert difference(found, "dear", "firm", "romi").estimate.reason == UNCERTAIN_COSTS
    plain = difference(compare(made), "dear", "firm", "romi").estimate
    assert plain.low is not None
