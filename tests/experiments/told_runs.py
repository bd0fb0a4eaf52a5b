"""Run folders whose customers and log a test writes itself, for what commands make of them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from experiments.decoding import EVENT_COLUMNS
from experiments.runner import run_plan
from strategies.vocabulary import CHANNELS
from tests.experiments import fake_world

ARM = "arm0"
HEADER = """\
scenario: Told
population: population.yaml
horizon: 28d
start: 2026-02-02
channels: {email: {}, sms: {}, in_app: {}}
"""


def told_run(
    folder: Path,
    scenario: str,
    customers: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    steps: Sequence[tuple[int, str, str, int]] = (),
    refusals: Sequence[tuple[int, int, str, str, int, int, int, int]] | None = None,
) -> Path:
    """A complete run folder with one arm, whose log is ``rows``.

    scenario: YAML behind the header.  customers: columns that differ from the plain customer of replication 0, who
    has address and consent everywhere and is not in the control group.  rows: columns of the log; the arm is
    added, and replication 0 where none is given.  steps: (replication, chain, step, runs).  refusals: (replication,
    customer, chain, reason, part, count, first, last); None: a folder without the table.
    """
    folder.mkdir(exist_ok=True)
    home = folder / "run"
    run_plan(fake_world.plan(folder, arms=1), home, simulate=fake_world.simulate)
    plain: dict[str, Any] = {"replication": 0, "customer": 0, "control": False, "zone_hours": 0}
    plain |= {f"{what}_{channel}": True for what in ("address", "consent", "service_consent") for channel in CHANNELS}
    people = pl.DataFrame([{**plain, "customer": number, **one} for number, one in enumerate(customers)])
    people.with_columns(pl.col("replication").cast(pl.Int32)).write_parquet(home / "customers.parquet")
    words = ("arm", "event", "channel", "chain", "step", "message", "reason", "rule", "displaced_by", "category")
    numbers = {"replication": pl.Int32, "customer": pl.Int64, "time": pl.Int64, "contact": pl.Int64, "run": pl.Int64}
    schema = {n: pl.Categorical if n in words else numbers.get(n, pl.Float64) for n in EVENT_COLUMNS}
    log = pl.DataFrame([{**dict.fromkeys(EVENT_COLUMNS), "arm": ARM, "replication": 0, **row} for row in rows], schema)
    for part in (home / "events").glob("*.parquet"):
        part.unlink()
    log.write_parquet(home / "events" / "part-00000-000.parquet")
    table = pl.DataFrame(
        [(ARM, *step) for step in steps],
        {"arm": pl.Categorical, "replication": pl.Int32, "chain": pl.Categorical, "step": pl.String, "runs": pl.Int64},
        orient="row",
    )
    table.write_parquet(home / "steps.parquet")
    if refusals is not None:
        counts = dict.fromkeys(("count", "first", "last"), pl.Int64)
        who = {"arm": pl.Categorical, "replication": pl.Int32, "customer": pl.Int64}
        schema = {**who, "chain": pl.Categorical, "reason": pl.Categorical, "part": pl.Int16, **counts}
        table = pl.DataFrame([(ARM, *refusal) for refusal in refusals], schema, orient="row")
        table.write_parquet(home / "refusals.parquet")
    (home / f"scenario-{ARM}.yaml").write_text(HEADER + textwrap.dedent(scenario))
    manifest = json.loads((home / "manifest.json").read_text())
    manifest |= {"days": 28, "tail_days": 0, "log": "all"}
    manifest["replications"] = 1 + max(int(one.get("replication", 0)) for one in customers)
    (home / "manifest.json").write_text(json.dumps(manifest))
    return home
