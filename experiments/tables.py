"""Reading a run folder's tables and reducing them to what metrics need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.metrics import OUTCOME_COLUMNS
from experiments.moments import Aggregates, Moments, difference_name

SILENT = "silent"
"""Name of the hidden arm that sends only exempt transactional messages."""

WITHOUT = "without "
"""How the name of an arm begins whose chain or campaign is switched off."""

MOVED = "moved"
"""Column of a pair of arms: whose orders bring another contribution in one than in the other."""

LEAST_MONEY = 1e-4
"""What money is counted in, currency units; less is rounding."""

CONTROL = "control"
"""Name under which an arm's own control group stands as the baseline of a live test."""

CONTACT_EVENTS = ("sent", "bounced", "delivered", "opened", "click", "unsubscribed", "complained", "blocked",
                  "push_disabled", "chain_entered", "goal_reached")  # fmt: skip
TAKEN_OFF = "taken_off"
"""What the company itself did: a step that gives up consent.  It is logged as ``unsubscribed``, without a message."""
DIMENSIONS = ("channel", "chain", "message")


class TablesError(ValueError):
    """The tables of a run do not fit together."""


@dataclass(frozen=True)
class RunTables:
    """The tables of a run folder (DESIGN, Run folder); ``events`` None without a full event log, ``folder`` without
    one."""

    manifest: Mapping[str, Any]
    outcomes: pl.LazyFrame
    aggregates: pl.LazyFrame
    daily: pl.DataFrame
    events: pl.LazyFrame | None = None
    folder: Path | None = None

    @classmethod
    def read(cls, folder: Path) -> RunTables:
        """Opens a run folder; tables are scanned, not loaded."""
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        parts = sorted((folder / "events").glob("part-*.parquet")) if str(manifest.get("log", "all")) == "all" else []
        return cls(
            manifest,
            pl.scan_parquet(folder / "outcomes.parquet"),
            pl.scan_parquet(folder / "aggregates.parquet"),
            pl.read_parquet(folder / "daily.parquet"),
            pl.scan_parquet(parts) if parts else None,
            folder,
        )

    @property
    def arms(self) -> tuple[str, ...]:
        """Visible arms: in the manifest's order, else by name."""
        named = [str(entry["arm"]) for entry in self.manifest.get("arms", ()) if entry["arm"] != SILENT]
        present = self.outcomes.select(pl.col("arm").cast(pl.String).unique().sort()).collect().to_series().to_list()
        return tuple(arm for arm in named if arm in present) or tuple(arm for arm in present if arm != SILENT)

    @property
    def horizon_days(self) -> int:
        """Days of the horizon."""
        return int(self.manifest.get("horizon_days", self.manifest.get("days", self._days)))

    @property
    def tail_days(self) -> int:
        """Days after the horizon."""
        return int(self.manifest.get("tail_days", max(self._days - self.horizon_days, 0)))

    @property
    def _days(self) -> int:
        last = self.daily["day"].max()
        return int(str(last)) + 1 if last is not None else 0

    def fixed_cost(self, arm: str) -> float:
        """Platform and people cost of an arm over the horizon and of making its messages, currency units.

        Borne by the customers of one replication: by their part of it where the scenario states its real base.
        """
        for entry in self.manifest.get("arms", ()):
            if entry["arm"] == arm:
                once = float(entry.get("production_cost", 0.0))
                whole = float(entry.get("platform_cost", 0.0)) * self.horizon_days / 30.0 + once
                return whole / base_factor(self.manifest, entry)
        return 0.0


def manifest_entry(manifest: Mapping[str, Any], arm: str) -> Mapping[str, Any]:
    """What the manifest says of an arm."""
    return next((entry for entry in manifest.get("arms", ()) if entry["arm"] == arm), {})


def base_factor(manifest: Mapping[str, Any], entry: Mapping[str, Any]) -> float:
    """Customers of an arm's real base per simulated one of a replication; 1 where its scenario states no base."""
    base = int(entry.get("base", 0))
    return base / int(manifest["customers"]) if base else 1.0


@dataclass(frozen=True)
class ArmRows:
    """One arm's outcomes sorted by replication and customer; all arrays (n,)."""

    arm: str
    replication: NDArray[np.int64]
    customer: NDArray[np.int64]
    control: NDArray[np.bool_]
    columns: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def by_replication(self) -> Iterator[tuple[int, slice]]:
        """Replications and where their rows stand."""
        found, first = np.unique(self.replication, return_index=True)
        for replication, begin, end in zip(found, first, [*first[1:], len(self.replication)], strict=True):
            yield int(replication), slice(int(begin), int(end))

    def moments(self, where: slice, control: bool) -> Moments:
        """Moments of all columns of a replication's customers in or outside control."""
        rows = self.control[where] == control
        return Moments.of({name: values[where][rows] for name, values in self.columns.items()})


def arm_rows(outcomes: pl.LazyFrame, arm: str, fixed_cost: float = 0.0) -> ArmRows:
    """Loads one arm and derives the money columns of :mod:`experiments.metrics`.

    fixed_cost: currency units per base (of a shard: its part), spread over customers outside control.
    """
    present = outcomes.collect_schema().names()
    wanted = [name for name in OUTCOME_COLUMNS if name in present]
    frame = (
        outcomes.filter(pl.col("arm") == arm)
        .select("replication", "customer", "control", *(pl.col(name).cast(pl.Float64) for name in wanted))
        .sort("replication", "customer")
        .collect()
    )
    if frame.is_empty():
        raise TablesError(f"outcomes has no rows of arm {arm!r}")
    replication = frame["replication"].to_numpy().astype(np.int64)
    control = frame["control"].to_numpy().astype(bool)
    columns = {name: frame[name].to_numpy().astype(np.float64) for name in wanted}
    first = replication.min()
    outside = np.bincount(replication[~control] - first, minlength=int(replication.max() - first) + 1)
    each = np.where(control, 0.0, fixed_cost / np.maximum(outside[replication - first], 1))
    variable = columns["contact_cost"] + columns["offer_cost"]
    columns["contribution_before_marketing"] = columns["contribution"] + variable
    columns["marketing_cost"] = variable + each
    columns["contribution"] = columns["contribution"] - each
    return ArmRows(arm, replication, frame["customer"].to_numpy().astype(np.int64), control, columns)


def paired_moments(ours: ArmRows, theirs: ArmRows) -> dict[tuple[str, str, int], Moments]:
    """Moments of paired differences over the customers outside both control groups (silent has none).

    :data:`MOVED` stands beside them: 1 of each customer whose orders bring another contribution.  Of all others that
    difference is zero: a sum of floats leaves some there, where nothing but a price differs.
    """
    if not (np.array_equal(ours.replication, theirs.replication) and np.array_equal(ours.customer, theirs.customer)):
        raise TablesError(f"arms {ours.arm!r} and {theirs.arm!r} do not have the same customers")
    outside = ~ours.control if theirs.arm == SILENT else ~(ours.control | theirs.control)
    shared = [name for name in ours.columns if name in theirs.columns]
    pairs = {}
    for replication, where in ours.by_replication():
        rows = outside[where]
        own = {name: ours.columns[name][where][rows] for name in shared}
        base = {name: theirs.columns[name][where][rows] for name in shared}
        differences = {difference_name(name): own[name] - base[name] for name in shared}
        brought = differences[difference_name("contribution_before_marketing")]
        moved = np.abs(brought) > LEAST_MONEY / 2.0
        brought[~moved] = 0.0
        pairs[ours.arm, theirs.arm, replication] = Moments.of(differences | base | {MOVED: moved})
    return pairs


def reduce_outcomes(
    outcomes: pl.LazyFrame, arms: Sequence[str], baseline: str, fixed_cost: Mapping[str, float] | None = None
) -> Aggregates:
    """Moments of every arm, and of its differences from the baseline and from the silent arm.

    outcomes: the table or a shard of it.  One arm is held in memory at a time beside those two.
    """
    fixed = fixed_cost or {}
    silent_rows = arm_rows(outcomes, SILENT) if SILENT not in arms and _has(outcomes, SILENT) else None
    baseline_rows = arm_rows(outcomes, baseline, fixed.get(baseline, 0.0))
    levels: dict[tuple[str, int, bool], Moments] = {}
    pairs: dict[tuple[str, str, int], Moments] = {}
    for arm in (*arms, SILENT) if silent_rows else arms:
        known = {baseline: baseline_rows, SILENT: silent_rows}.get(arm)
        rows = known or arm_rows(outcomes, arm, fixed.get(arm, 0.0))
        for replication, where in rows.by_replication():
            for control in (False, True):
                moments = rows.moments(where, control)
                if moments.count:
                    levels[arm, replication, control] = moments
        if arm not in (baseline, SILENT):
            pairs |= paired_moments(rows, baseline_rows)
        if arm != SILENT and silent_rows is not None:
            pairs |= paired_moments(rows, silent_rows)
    return Aggregates(levels, pairs)


def _has(outcomes: pl.LazyFrame, arm: str) -> bool:
    return outcomes.filter(pl.col("arm") == arm).head(1).collect().height > 0


def contact_counts(aggregates: pl.LazyFrame) -> pl.DataFrame:
    """Counts of contact events outside control: arm, replication, channel, chain, message, event → count.

    ``unsubscribed`` is what customers did at a message; consent that the company gave up is :data:`TAKEN_OFF`.

    Rows of shards simply follow one another: summing again merges them.
    """
    return (
        aggregates.filter((pl.col("control").cast(pl.Int8) == 0) & pl.col("event").is_in(CONTACT_EVENTS))
        .with_columns(pl.col("arm", "event").cast(pl.String))
        .with_columns(pl.col(*DIMENSIONS).cast(pl.String).fill_null(""))
        .with_columns(
            pl.when((pl.col("event") == "unsubscribed") & (pl.col("channel") == ""))
            .then(pl.lit(TAKEN_OFF))
            .otherwise("event")
            .alias("event")
        )
        .group_by("arm", "replication", *DIMENSIONS, "event")
        .agg(pl.col("count").cast(pl.Float64).sum())
        .sort("arm", "replication", *DIMENSIONS, "event")
        .collect()
    )
