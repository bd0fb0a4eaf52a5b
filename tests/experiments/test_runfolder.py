"""The run folder: its columns, its manifest, what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from experiments import runfolder
from experiments.plan import PlanError, Settings, make_plan, sha256
from experiments.runfolder import RunFolderError
from experiments.runner import run_plan
from strategies.chain_steps import Send
from strategies.chain_triggers import EventTrigger
from strategies.scenario import Chain, ChannelSettings
from tests.experiments import fake_world

FIXTURE = Path(__file__).parent / "data" / "run_format_1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("run")
    run_plan(fake_world.plan(home, latent=True), home / "out", simulate=fake_world.simulate)
    return home / "out"


def test_the_files(folder: Path) -> None:
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        ".crmsim-lock",
        "aggregates.parquet",
        "customers.parquet",
        "customers_latent.parquet",
        "daily.parquet",
        "events/part-00000-000.parquet",
        "manifest.json",
        "outcomes.parquet",
        "population.yaml",
        "scenario-arm0.yaml",
        "scenario-arm1.yaml",
        "shared/path.npz",
        "steps.parquet",
    ]


def test_outcomes(folder: Path) -> None:
    table = pl.read_parquet(folder / "outcomes.parquet")
    assert dict(table.schema) == {
        "arm": pl.Categorical,
        "replication": pl.Int32,
        "customer": pl.Int64,
        "control": pl.Boolean,
        **dict.fromkeys(("orders", "repeat_orders", "sent", "delivered", "opened", "clicked", "impressions"), pl.Int32),
        **dict.fromkeys(("revenue", "contribution", "contact_cost", "offer_cost", "points_owed"), pl.Float64),
        **dict.fromkeys(("unsubscribed", "unsubscribed_email", "complained"), pl.Boolean),
    }
    assert table.height == 3 * 4 * 50
    assert table["arm"].unique().sort().to_list() == ["arm0", "arm1", "silent"]
    assert table["revenue"].to_list() == [orders * 12_345_678 / 10_000 for orders in table["orders"]]


def test_daily(folder: Path) -> None:
    table = pl.read_parquet(folder / "daily.parquet")
    assert table.columns == [
        *(
            "arm",
            "replication",
            "control",
            "day",
            "reachable_email",
            "reachable_any",
            "truly_reachable_email",
            "customers",
        ),
        *("contribution", "revenue", "contact_cost", "offer_cost", "fatigue", "inbox"),
    ]
    assert table.height == 3 * 4 * 2 * 10
    assert table["fatigue"].unique().to_list() == [1.5]


def test_aggregates(folder: Path) -> None:
    table = pl.read_parquet(folder / "aggregates.parquet")
    row = table.row(0, named=True)
    assert row == {
        **{"arm": "arm0", "replication": 0, "control": False, "day": 1, "channel": "email", "chain": "abandoned_cart"},
        **{"step": "steps[0]", "message": "reminder", "event": "sent", "reason": None, "count": 7, "value": 0.0},
    }


def test_events(folder: Path) -> None:
    table = pl.read_parquet(folder / "events" / "*.parquet")
    row = table.filter(pl.col("event") == "held").row(0, named=True)
    assert row == {
        **{"arm": "arm0", "replication": 0, "customer": 1, "time": 36_000, "event": "held", "contact": 501, "run": 77},
        **{"channel": "email", "chain": "abandoned_cart", "step": "steps[0]", "message": "reminder"},
        **{"reason": "cap", "rule": "2 per day", "displaced_by": "digest", "category": None, "value": None},
    }
    order = table.filter(pl.col("event") == "order").row(0, named=True)
    assert (order["value"], order["category"], order["contact"], order["run"]) == (3_500.0, "shoes", None, None)


def test_the_manifest(folder: Path) -> None:
    manifest = runfolder.open_complete(folder)
    assert (manifest.format, manifest.customers, manifest.days, manifest.tail_days) == (1, 50, 6, 4)
    assert [arm.arm for arm in manifest.arms] == ["arm0", "arm1"]
    resolved = (folder / manifest.arms[0].resolved).read_bytes()
    assert sha256(resolved) == manifest.arms[0].sha256


def test_the_manifest_names_what_has_no_price(tmp_path: Path) -> None:
    steps = (Send(("email", "sms"), "reminder", "steps[0]"),)
    chain, channels = (
        Chain("rings", EventTrigger(("order",)), steps),
        {"email": ChannelSettings(), "sms": ChannelSettings()},
    )
    free = fake_world.scenario(tmp_path, "free", chains=(chain,), channels=channels)
    plain = fake_world.scenario(tmp_path, "plain", channels=channels)
    plan = make_plan([free, plain], ["free", "plain"], Settings(customers=10, replications=2))
    assert [arm.unpriced for arm in runfolder.new_manifest(plan, "").arms] == [["sms"], []]


def test_no_latent_table_unless_asked(tmp_path: Path) -> None:
    run_plan(fake_world.plan(tmp_path), tmp_path / "out", simulate=fake_world.simulate)
    assert not (tmp_path / "out" / "customers_latent.parquet").exists()


def test_format_1_opens() -> None:
    manifest = runfolder.open_complete(FIXTURE)
    assert (manifest.version, manifest.seed, manifest.start) == ("0.1.0", 1, "2026-02-02")
    for table in ("outcomes", "aggregates", "daily", "customers", "events/part-00000-000"):
        assert pl.read_parquet(FIXTURE / f"{table}.parquet").height > 0


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 2, "version": "9.1"}))
    with pytest.raises(RunFolderError) as error:
        runfolder.read_manifest(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} has format 2, written by crm-sandbox 9.1; this version reads up to 1. "
        "Update crm-sandbox to open it"
    )


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError) as error:
        runfolder.read_manifest(tmp_path / "nowhere")
    assert str(error.value) == f"{tmp_path}/nowhere: no such run folder"


def test_not_a_run_folder(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError) as error:
        runfolder.read_manifest(tmp_path)
    assert str(error.value) == f"{tmp_path} is not a run folder: it has no manifest.json"


def test_a_damaged_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 1, "arms": []')
    with pytest.raises(RunFolderError, match=r"manifest\.json is damaged: "):
        runfolder.read_manifest(tmp_path)


def test_a_run_that_is_not_complete(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "run")
    file = tmp_path / "run" / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "state": "running", "blocks": 3, "blocks_done": 1}))
    with pytest.raises(RunFolderError) as error:
        runfolder.open_complete(tmp_path / "run")
    assert str(error.value) == (f"{tmp_path}/run is not complete (1 of 3 blocks); the command that began it resumes it")


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    with pytest.raises(PlanError) as error:
        run_plan(fake_world.plan(tmp_path), tmp_path / "out", simulate=fake_world.simulate)
    assert str(error.value) == f"{tmp_path}/out is not empty and not a run folder; choose another --out"
    assert (tmp_path / "out" / "thesis.txt").read_text() == "precious"


@pytest.mark.parametrize("name", [".env.production.local", ".lock", ".a.b.c"])
def test_hidden_files_of_others(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("precious")
    with pytest.raises(PlanError, match="is not empty and not a run folder; choose another --out"):
        run_plan(fake_world.plan(tmp_path), tmp_path / "out", simulate=fake_world.simulate)
    assert [file.name for file in (tmp_path / "out").iterdir()] == [name]
    assert (tmp_path / "out" / name).read_text() == "precious"


def test_files_of_others_in_a_run_folder_stay(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / ".crmsim-manifest.json.17").write_text("{")  # a run killed at its very first file
    run_plan(plan, out, simulate=fake_world.simulate)
    assert not (out / ".crmsim-manifest.json.17").exists()
    (out / ".env.production.local").write_text("precious")
    run_plan(plan, out, simulate=fake_world.simulate)
    assert (out / ".env.production.local").read_text() == "precious"


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("file", "file exists"),
        ("file/below", "not a directory"),
        ("n" * 300, "file name too long"),
    ],
)
def test_folders_that_cannot_be_made(tmp_path: Path, out: str, why: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PlanError) as error:
        run_plan(fake_world.plan(tmp_path), tmp_path / out, simulate=fake_world.simulate)
    assert str(error.value) == f"{tmp_path / out}: {why}; choose another --out"


def test_tables_that_are_missing_or_damaged(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "run")
    runfolder.open_complete(tmp_path / "run")
    events = next((tmp_path / "run").rglob("part-*.parquet"))
    events.write_bytes(events.read_bytes()[:-20])
    with pytest.raises(RunFolderError, match=f"{events} is damaged: "):
        runfolder.open_complete(tmp_path / "run")
    (tmp_path / "run" / "daily.parquet").unlink()
    with pytest.raises(RunFolderError, match=r"run is damaged: it has no daily\.parquet"):
        runfolder.open_complete(tmp_path / "run")
