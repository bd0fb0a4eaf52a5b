"""What ready strategies bring: the counting, the page, and what the docs say that the files expect."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from experiments import ready_strategies
from experiments.ready_strategies import expected, main, measured, names
from experiments.runfolder import RunFolderError
from strategies.language.shipped import shipped_folder
from tests.experiments.told_runs import told_run
from tests.ready_table import ready_table

SCENARIO = """
messages: {news: {purpose: promo}}
chains:
  one: {trigger: order, goal: {event: click, window: 3d}, steps: [{send: {email: news}}]}
  two: {trigger: order, steps: [{send: {sms: news}}]}
"""
COUNTS = [
    *((r, False, "one", "chain_entered", None, 20) for r in (0, 1)),
    *((r, False, "one", "sent", "email", 30) for r in (0, 1)),
    *((r, False, "one", "goal_reached", None, 5) for r in (0, 1)),
    (0, True, "one", "chain_entered", None, 7),  # the control group stays out
    (0, False, "two", "sent", "sms", 8),
]


@pytest.fixture
def told(tmp_path: Path) -> Path:
    people = [{"replication": r, "customer": who, "control": who == 9} for r in (0, 1) for who in range(10)]
    home = told_run(tmp_path, SCENARIO, people, [{"customer": 0, "time": 0, "event": "order"}])
    columns = ("replication", "control", "chain", "event", "channel", "count")
    counts = pl.DataFrame(COUNTS, columns, orient="row").with_columns(
        pl.lit("arm0").alias("arm"), pl.lit("news").alias("message")
    )
    counts.write_parquet(home / "aggregates.parquet")
    pl.DataFrame(people).with_columns(pl.lit("arm0").alias("arm")).write_parquet(home / "outcomes.parquet")
    return home


def test_entries_and_messages_are_counted_outside_the_control_group(told: Path) -> None:
    one, two = measured(told)
    assert (one.chain.name, one.reached.value) == ("one", 0.25)
    assert (one.entered, one.messages) == (pytest.approx(40 / 0.018), pytest.approx(60 / 0.018))
    assert (two.chain.name, two.reached.value) == ("two", None)
    assert (two.entered, two.messages) == (0, pytest.approx(8 / 0.018))


def test_the_page_has_a_line_a_chain(
    told: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready_strategies, "expected", lambda strategy: f"much of {strategy}")
    main(["page", str(told)])
    one, two = capsys.readouterr().out.splitlines()[-2:]
    assert one.startswith("| `arm0` | `one` | `click` in 3 d | 2,222.2 | 3,333.3 | 25\N{NO-BREAK SPACE}% (")
    assert one.endswith(") | much of arm0 |")
    assert two.startswith("|  | `two` | – | 0.0 | 444.4 | not known")
    assert two.endswith("|  |")


def test_a_run_that_did_not_end_is_refused(told: Path) -> None:
    manifest = told / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"state": "complete"', '"state": "running"'))
    with pytest.raises(RunFolderError):
        list(measured(told))
    with pytest.raises(SystemExit, match=r"error: "):
        main(["page", str(told)])


def test_every_ready_strategy_is_named_for_the_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    main(["names"])
    assert tuple(capsys.readouterr().out.split()) == names()
    assert "base" not in names()
    assert {path.stem for path in (shipped_folder() / "strategies").glob("*.yaml")} == {*names(), "base"}


def test_the_table_in_the_docs_says_what_the_files_expect() -> None:
    assert {name: part.expected for name, part in ready_table().items()} == {name: expected(name) for name in names()}
