"""Reading and reducing tables: shards merge, pairs must match, fixed cost falls on those outside control."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from experiments.moments import difference_name
from experiments.tables import SILENT, RunTables, TablesError, arm_rows, contact_counts, reduce_outcomes
from tests.experiments.made_runs import made_tables, write_run

ARMS = ("calm", "loud")


def test_shards_by_customer_are_the_whole() -> None:
    outcomes = made_tables(replications=3, customers=90).outcomes
    whole = reduce_outcomes(outcomes, ARMS, "calm")
    shards = [outcomes.filter(pl.col("customer") % 3 == part) for part in range(3)]
    merged = sum((reduce_outcomes(s, ARMS, "calm") for s in shards[1:]), reduce_outcomes(shards[0], ARMS, "calm"))
    ours, theirs = ({**part.levels, **part.pairs} for part in (merged, whole))
    assert ours.keys() == theirs.keys()
    for key, moments in theirs.items():
        assert ours[key].count == moments.count
        np.testing.assert_allclose(ours[key].mean, moments.mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(ours[key].co_moment, moments.co_moment, rtol=1e-7, atol=1e-6)


def test_blocks_of_replications_are_the_whole() -> None:
    outcomes = made_tables(replications=4, customers=40).outcomes
    whole = reduce_outcomes(outcomes, ARMS, "calm")
    early, late = (
        reduce_outcomes(outcomes.filter(pl.col("replication") // 2 == half), ARMS, "calm") for half in (0, 1)
    )
    merged = early + late
    assert merged.replications == whole.replications
    assert [m.average("revenue") for m in merged.level("loud")] == [m.average("revenue") for m in whole.level("loud")]


def test_row_order_does_not_matter() -> None:
    outcomes = made_tables(replications=2, customers=50).outcomes
    shuffled = outcomes.collect().sample(fraction=1.0, shuffle=True, seed=3).lazy()
    one, other = (reduce_outcomes(frame, ARMS, "calm") for frame in (outcomes, shuffled))
    for key, moments in one.pairs.items():
        np.testing.assert_array_equal(moments.co_moment, other.pairs[key].co_moment)


def test_pairs_leave_out_the_control_groups_of_both_arms_but_not_of_silence() -> None:
    frame = made_tables(replications=1, customers=10, control=0.0).outcomes.collect()
    held = {"calm": {0}, "loud": {0, 1}, SILENT: {5}}
    flags = [row["customer"] in held[row["arm"]] for row in frame.iter_rows(named=True)]
    found = reduce_outcomes(frame.with_columns(pl.Series("control", flags)).lazy(), ARMS, "calm")
    assert found.pair("loud", "calm")[0].count == 8
    assert found.pair("calm", SILENT)[0].count == 9
    assert found.pair("loud", SILENT)[0].count == 8


def test_other_customers_do_not_pair() -> None:
    outcomes = made_tables(replications=1, customers=10).outcomes
    broken = outcomes.filter((pl.col("arm") != "loud") | (pl.col("customer") > 0))
    with pytest.raises(TablesError, match="arms 'loud' and 'calm' do not have the same customers"):
        reduce_outcomes(broken, ARMS, "calm")


def test_an_unknown_arm_is_an_error() -> None:
    with pytest.raises(TablesError, match="outcomes has no rows of arm 'shout'"):
        arm_rows(made_tables(replications=1, customers=5).outcomes, "shout")


def test_fixed_cost_is_spread_over_customers_outside_control() -> None:
    outcomes = made_tables(replications=2, customers=50).outcomes
    plain, charged = arm_rows(outcomes, "loud"), arm_rows(outcomes, "loud", fixed_cost=700.0)
    paid = plain.columns["contribution"] - charged.columns["contribution"]
    assert np.all(paid[plain.control] == 0.0)
    for _, where in plain.by_replication():
        assert paid[where].sum() == pytest.approx(700.0)
        assert np.ptp(paid[where][~plain.control[where]]) == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(charged.columns["marketing_cost"] - plain.columns["marketing_cost"], paid, atol=1e-9)
    before = "contribution_before_marketing"
    np.testing.assert_array_equal(plain.columns[before], charged.columns[before])


def test_the_same_arm_twice_has_differences_of_exactly_zero() -> None:
    calm = made_tables(replications=2, customers=30).outcomes.collect().filter(pl.col("arm") == "calm")
    twice = pl.concat([calm, calm.with_columns(pl.lit("twin").alias("arm"))]).lazy()
    for moments in reduce_outcomes(twice, ("calm", "twin"), "calm").pair("twin", "calm"):
        assert moments.variance(difference_name("contribution")) == 0.0


def test_contact_counts_leave_control_and_other_events_out() -> None:
    rows = [
        ("a", 0, 0, 0, "email", "c", "s", "m", "sent", 5, 0.0),
        ("a", 0, 0, 9, "email", "c", "s", "m", "sent", 2, 0.0),
        ("a", 0, 1, 0, "email", "c", "s", "m", "sent", 7, 0.0),
        ("a", 0, 0, 0, None, None, None, None, "order", 4, 9.0),
    ]
    names = ["arm", "replication", "control", "day", "channel", "chain", "step", "message", "event", "count", "value"]
    found = contact_counts(pl.DataFrame(rows, schema=names, orient="row").lazy())
    assert found.select("channel", "event", "count").rows() == [("email", "sent", 7.0)]


def test_a_run_folder_reads_as_the_tables_it_was_written_from(tmp_path: Path) -> None:
    tables = made_tables(replications=2, customers=20)
    read = RunTables.read(write_run(tables, tmp_path / "run"))
    assert (read.arms, read.horizon_days, read.tail_days) == (ARMS, 20, 10)
    assert read.outcomes.collect().equals(tables.outcomes.collect())
    assert read.events is not None


def test_a_sampled_log_is_not_read_as_a_full_one(tmp_path: Path) -> None:
    tables = made_tables(replications=1, customers=20)
    sampled = RunTables(
        {**tables.manifest, "log": "0.1"}, tables.outcomes, tables.aggregates, tables.daily, tables.events
    )
    assert RunTables.read(write_run(sampled, tmp_path / "run")).events is None


def test_arms_and_days_without_a_manifest_come_from_the_tables() -> None:
    tables = made_tables(replications=1, customers=20)
    bare = RunTables({}, tables.outcomes, tables.aggregates, tables.daily)
    assert (bare.arms, bare.horizon_days, bare.tail_days) == (ARMS, 30, 0)
    assert bare.fixed_cost("calm") == 0.0
