"""Whole runs of the shipped scenarios in the real world, small."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.experiments.test_cli import crmsim
from tests.experiments.test_resume import assert_same_rows

pytestmark = pytest.mark.slow

SMALL = ["--customers", "150", "--days", "12", "--tail", "5", "--replications", "3", "--jobs", "1"]
SHORT_PAST = ["--set", "at_start={history: 30d}"]
COMPARE = ["compare", "cart_rescue", "loud_discounts", *SMALL, *SHORT_PAST]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        crmsim(*COMPARE, "--latent", "--out", str(folder / "run"))
    return folder / "run"


def again(run: Path, name: str, *options: str) -> Path:
    crmsim(*COMPARE, *options, "--latent", "--out", str(run.with_name(name)))
    return run.with_name(name)


def test_a_replication_to_a_block_brings_the_same_rows(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.plan.STACKED_CUSTOMERS", 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(run.with_name("cache2")))
    assert_same_rows(run, again(run, "blocks"))


def test_two_processes_bring_the_same_rows(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.plan.STACKED_CUSTOMERS", 1)
    assert_same_rows(run, again(run, "two", "--jobs", "2"))


def test_the_bucket_changes_nothing(run: Path) -> None:
    assert_same_rows(run, again(run, "bucket", "--bucket", "1d"))


def test_replaying_its_own_shared_path_changes_nothing(run: Path) -> None:
    assert_same_rows(run, again(run, "replayed", "--shared", str(run / "shared" / "path.npz")))


def test_outcomes_and_log_agree(run: Path) -> None:
    key = ["arm", "replication", "customer"]
    log = pl.read_parquet(run / "events" / "*.parquet")
    outcomes = pl.read_parquet(run / "outcomes.parquet")
    for column, event in (("orders", "order"), ("sent", "sent"), ("delivered", "delivered")):
        counted = log.filter(pl.col("event") == event).group_by(key).len()
        both = outcomes.join(counted, on=key, how="left").with_columns(pl.col("len").fill_null(0))
        assert both[column].to_list() == both["len"].to_list(), column
    revenue = log.filter(pl.col("event") == "order")["value"].sum()
    assert revenue == pytest.approx(outcomes["revenue"].sum())


def test_arms_meet_the_same_customers(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    outcomes = pl.read_parquet(run / "outcomes.parquet")
    assert outcomes.height == (len(manifest["arms"]) + 1) * 3 * 150
    visible = outcomes.filter(pl.col("arm") != "silent").sort("arm", "replication", "customer")
    one, other = visible.partition_by("arm", maintain_order=True)
    assert one["control"].equals(other["control"])
