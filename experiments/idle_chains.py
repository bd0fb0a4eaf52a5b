"""Chains that no run of began, campaigns that were not due, and why: nothing is known of what they add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from experiments.explain import arm_scenario
from experiments.figures import number
from experiments.not_due import not_due
from experiments.not_entered import part, why_refused
from experiments.phrases import Language, listed, say
from experiments.runfolder import RunFolderError, open_complete
from experiments.tables import WITHOUT, RunTables
from strategies.language import InputError
from strategies.scenario import Chain

REASONS = 3
"""So many reasons why no run began are told, the commonest first: that may be no decision of the chain."""

NAMED = 3
"""So many chains whose trigger never came are named."""


@dataclass(frozen=True)
class Idle:
    """A chain without a run outside the control group, in all replications.

    came: how often its trigger came.  refused: (why no run began, how often), the commonest reason first.
    due: of a campaign none of whose days lies within the run, when it is due.
    """

    chain: str
    came: int = 0
    refused: tuple[tuple[str, int], ...] = ()
    due: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        due = {"not_due": self.due} if self.due else {}
        return {"chain": self.chain, "came": self.came, "refused": dict(self.refused), **due}

    def why(self, language: Language) -> str:
        """Why none began, in half a sentence."""
        if self.due:
            return self.due
        if not self.refused:
            return say(language, "idle_never")
        told = [f"{_often(times)} {reason}" for reason, times in self.refused]
        return say(language, "idle_refused", came=_often(self.came), reasons=listed(told, REASONS))


def _often(times: int) -> str:
    return "once" if times == 1 else f"{number(times, 0)} times"


def idle_chains(tables: RunTables, arm: str) -> tuple[Idle, ...]:
    """The idle chains of an arm in the order of its scenario; none where the folder does not tell of refusals.

    Where chains and campaigns are switched off one by one, behind them the campaigns that were not due.
    """
    folder = tables.folder
    if folder is None or not (folder / "refusals.parquet").exists():
        return ()
    entered = _entered(tables, arm)
    one_by_one = any(name.startswith(WITHOUT) for name in tables.arms)
    if not one_by_one and _with_steps(folder, arm) <= entered:  # then there is no need to read the scenario
        return ()
    try:
        manifest = open_complete(folder)
        scenario = arm_scenario(folder, manifest, arm)
    except (InputError, RunFolderError):
        return ()
    idle = [chain for chain in scenario.chains if chain.name not in entered]
    refusals = _refusals(folder, arm, [chain.name for chain in idle]) if idle else pl.DataFrame()
    later = not_due(scenario, manifest.days) if one_by_one else ()
    return (*(_idle(chain, refusals) for chain in idle), *(Idle(name, due=due) for name, due in later))


def _entered(tables: RunTables, arm: str) -> set[str]:
    of_arm = (pl.col("arm").cast(pl.String) == arm) & (pl.col("control").cast(pl.Int8) == 0)
    entries = tables.aggregates.filter(of_arm & (pl.col("event").cast(pl.String) == "chain_entered"))
    return set(entries.select(pl.col("chain").cast(pl.String).unique()).collect().to_series())


def _with_steps(folder: Path, arm: str) -> set[str]:
    """Names of the arm's chains; every chain has steps."""
    steps = pl.scan_parquet(folder / "steps.parquet").filter(pl.col("arm").cast(pl.String) == arm)
    return set(steps.select(pl.col("chain").cast(pl.String).unique()).collect().to_series())


def _refusals(folder: Path, arm: str, chains: Sequence[str]) -> pl.DataFrame:
    """Chain, reason and part of the condition → how often, outside the control group."""
    who = ["replication", "customer"]
    people = pl.scan_parquet(folder / "customers.parquet").filter(~pl.col("control")).select(who)
    return (
        pl.scan_parquet(folder / "refusals.parquet")
        .with_columns(pl.col("arm", "chain", "reason").cast(pl.String))
        .filter(pl.col("arm") == arm, pl.col("chain").is_in(chains))
        .join(people, on=who, how="semi")
        .group_by("chain", "reason", "part")
        .agg(pl.col("count").cast(pl.Int64).sum())
        .sort("count", "reason", "part", descending=[True, False, False])
        .collect()
    )


def _idle(chain: Chain, refusals: pl.DataFrame) -> Idle:
    rows = refusals.filter(pl.col("chain") == chain.name).to_dicts()
    reasons = tuple((why_refused(chain, row["reason"], part(chain, row)), int(row["count"])) for row in rows)
    return Idle(chain.name, sum(times for _, times in reasons), reasons)


def about_idle(arm: str, idle: Sequence[Idle], language: Language) -> Iterator[str]:
    """Sentences about the idle chains of an arm: each that was refused, and those whose trigger never came together."""
    for one in idle:
        if one.refused or one.due:
            key = "idle_not_due" if one.due else "idle_chain"
            yield say(language, key, arm=arm, chain=one.chain, why=one.why(language))
    if never := [one.chain for one in idle if not (one.refused or one.due)]:
        yield say(language, "idle_chains_never", arm=arm, chains=listed(never, NAMED))
