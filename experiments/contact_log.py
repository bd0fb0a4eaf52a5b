"""The contacts of one arm as its event log tells them: one row per contact, with what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.explain import arm_scenario, named_arm
from experiments.runfolder import Manifest, RunFolderError, open_complete
from strategies.scenario import Scenario
from strategies.vocabulary import DAY

Floats = NDArray[np.float64]

WORLD = ("replication", "customer")
UNREACHABLE = ("no_address", "no_consent", "no_template")
_TASKS = ("task_created", "task_closed")
CALLED = ("answered", "no_answer", "done")
"""How a task is over that was carried out."""
IN_QUEUE = pl.col("reason").eq_missing("queued")
"""Rows of contacts that only stand in a queue until places are given at the full hour: no obstacle."""
_EVENTS = ("held", "dropped", "sent", "bounced", "delivered", "in_app_shown")


@dataclass(frozen=True)
class ContactLog:
    """Contacts and chain runs of an arm's customers outside the control group, within the horizon."""

    folder: Path
    manifest: Manifest
    arm: str

    @classmethod
    def open(cls, folder: Path, arm: str | None = None) -> ContactLog:
        """Opens a complete run folder, by default its first arm.

        Raises RunFolderError where the log does not hold the contacts of all customers, and for the silent arm.
        """
        manifest = open_complete(folder)
        if manifest.log not in ("all", "contacts"):
            raise RunFolderError(
                f"{folder} does not hold every contact: it ran with --log {manifest.log}; expected all or contacts"
            )
        named = named_arm(manifest, arm)
        if named == manifest.silent_arm:
            arms = ", ".join(entry.arm for entry in manifest.arms)
            raise RunFolderError(
                f"--arm {named}: it sends exempt transactional messages only and has no scenario of its own; "
                f"expected one of {arms} (crmsim explain tells stories of it)"
            )
        return cls(folder, manifest, named)

    @property
    def other_arms(self) -> tuple[str, ...]:
        """The visible arms of the run that this log does not tell of."""
        return tuple(entry.arm for entry in self.manifest.arms if entry.arm != self.arm)

    @cached_property
    def scenario(self) -> Scenario:
        """The arm's resolved scenario."""
        return arm_scenario(self.folder, self.manifest, self.arm)

    @cached_property
    def customers(self) -> pl.DataFrame:
        """What a company saw of the customers outside the control group at the start."""
        return pl.read_parquet(self.folder / "customers.parquet").filter(~pl.col("control"))

    @cached_property
    def events(self) -> pl.DataFrame:
        """Rows of the log, in the order in which each customer's rows were written."""
        parts = sorted((self.folder / "events").glob("part-*.parquet"))
        if not parts:
            raise RunFolderError(
                f"{self.folder} has no event: nobody did anything and nothing was sent in {self.manifest.days} days; "
                "expected a run of more --customers or --days"
            )
        mine = (pl.col("arm").cast(pl.String) == self.arm) & (pl.col("time") < self.manifest.days * DAY)
        words = ("event", "channel", "chain", "step", "message", "reason", "rule", "displaced_by")
        wanted = [*_EVENTS, *_TASKS, "chain_entered", "chain_exited"]
        return (
            pl.scan_parquet(parts)
            .with_row_index("written")
            .filter(mine & pl.col("event").cast(pl.String).is_in(wanted))
            .with_columns(pl.col(*words).cast(pl.String))
            .join(self.customers.lazy().select(*WORLD), on=list(WORLD), how="semi")
            .sort("replication", "customer", "time", "written")
            .drop("arm", "written")
            .collect()
        )

    @cached_property
    def refusals(self) -> pl.DataFrame | None:
        """Rows of ``refusals.parquet`` of the same customers; None in folders of versions that did not write it."""
        file = self.folder / "refusals.parquet"
        if not file.exists():
            return None
        rows = pl.scan_parquet(file).filter(pl.col("arm").cast(pl.String) == self.arm).drop("arm")
        mine = rows.join(self.customers.lazy().select(*WORLD), on=list(WORLD), how="semi")
        return mine.with_columns(pl.col("chain", "reason").cast(pl.String)).collect()

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """One row per contact that was asked for.

        Where it belongs (chain, step, channel, message), ``asked`` and ``sent_at`` (seconds; null), whether it was
        ``sent``, ``delivered``, ``bounced``, ever ``held`` by an obstacle, and the ``reason`` and ``rule`` of its last
        decision when it was never sent.  A contact that some channel of a ``first_of`` took is one contact on that
        channel.
        """
        event = pl.col("event")
        sent = event == "sent"
        last = ~sent.any()
        rows = self.events.filter(pl.col("contact").is_not_null() & ~event.is_in(_TASKS))
        return rows.group_by(*WORLD, "contact", maintain_order=True).agg(
            pl.col("chain", "step", "channel", "message").last(),
            pl.col("run").first(),
            pl.col("time").first().alias("asked"),
            pl.col("time").filter(sent).first().alias("sent_at"),
            sent.any().alias("sent"),
            (event == "delivered").any().alias("delivered"),
            (event == "bounced").any().alias("bounced"),
            ((event == "held") & ~IN_QUEUE).any().alias("held"),
            pl.when(last).then(pl.col("reason").filter(event.is_in(("held", "dropped"))).last()).alias("reason"),
            pl.when(last).then(pl.col("rule").filter(event.is_in(("held", "dropped"))).last()).alias("rule"),
        )

    @cached_property
    def tasks(self) -> pl.DataFrame:
        """One row per task that a chain gave to a team: a call to the customer, or other work.

        Where it belongs (chain, step, message or name of the work), ``asked`` and ``called_at`` (seconds; null),
        whether it was carried out (``called``) and ``answered``, and the ``reason`` of a task that was not: why nobody
        may do it, or how it ended; null while it still waits.
        """
        event, reason = pl.col("event"), pl.col("reason")
        rows = self.events.filter(event.is_in(_TASKS))
        call = reason.is_in(CALLED) & (event == "task_closed")
        made = call.fill_null(False)
        return rows.group_by(*WORLD, "contact", maintain_order=True).agg(
            pl.col("chain", "step", "channel", "message").first(),
            pl.col("time").first().alias("asked"),
            pl.col("time").filter(made).first().alias("called_at"),
            made.any().alias("called"),
            (reason == "answered").fill_null(False).any().alias("answered"),
            pl.when(~made.any()).then(reason.last()).alias("reason"),
        )

    @property
    def replications(self) -> int:
        """Number of replications."""
        return self.manifest.replications

    def by_replication(self, frame: pl.DataFrame, value: pl.Expr | None = None) -> Floats:
        """(R,) number of rows, or sum of ``value``, of each replication."""
        amount = pl.len() if value is None else value.cast(pl.Float64).sum()
        found = frame.group_by("replication").agg(amount.alias("amount"))
        sums = np.zeros(self.replications)
        sums[found["replication"].to_numpy()] = found["amount"].to_numpy()
        return sums

    def plain_manifest(self) -> Mapping[str, Any]:
        """The manifest as plain values."""
        return self.manifest.as_json()
