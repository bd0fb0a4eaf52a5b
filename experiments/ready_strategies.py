"""What each ready strategy expects and what it brings here: ``docs/explanation/ready-strategies-table.md``.

::

    crmsim compare $(python -m experiments.ready_strategies names) --customers 3000 --tail 0 --replications 2 \\
        --log none --out runs/ready
    python -m experiments.ready_strategies page runs/ready > docs/explanation/ready-strategies-table.md

All strategies meet the same customers, each alone.  Figures are those of customers outside the control group.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from experiments.figures import figure_text
from experiments.metrics import CHAIN_CONVERSION
from experiments.runfolder import Manifest, RunFolderError, open_complete
from experiments.shares import plain_share
from experiments.statistics import Estimate
from experiments.tables import contact_counts
from strategies.language import load_scenario
from strategies.language.shipped import shipped_folder
from strategies.language.signals import signal_tree
from strategies.scenario import Chain, Goal
from strategies.signals import Signal
from strategies.vocabulary import DAY

BASE = "base"
"""The file that all others extend."""

_EXPECTED = re.compile(r"^# Expected: (.+?)\n(?!#)", re.MULTILINE | re.DOTALL)

HEAD = """\
# What the ready strategies bring

Made by `make ready`: {customers:,} customers × {replications} replications, {days} days, seed {seed}; every strategy
alone, all with the same customers. *Entered* and *messages* are per 1,000 customers outside the control group;
*reached* is the share of the chain's runs that reached its goal within its window, with 95 % intervals. It counts what
would have come by itself too, as the figures of the sources do; what a strategy adds, `crmsim run` says against
silence. *Expected* is the head of the strategy's file: what the sources say.

| strategy | chain | goal | entered | messages | reached | expected |
| --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Row:
    """One chain: entries and messages per 1,000 customers, the share of its runs that reached the goal."""

    strategy: str
    chain: Chain
    entered: float
    messages: float
    reached: Estimate


def names() -> tuple[str, ...]:
    """The ready strategies, by name."""
    return tuple(sorted(path.stem for path in (shipped_folder() / "strategies").glob("*.yaml") if path.stem != BASE))


def expected(strategy: str) -> str:
    """What the head of a strategy's file expects.

    >>> expected("welcome")
    '3-10 % of those who enter order (003 §7.2).'
    """
    text = (shipped_folder() / "strategies" / f"{strategy}.yaml").read_text(encoding="utf-8")
    found = _EXPECTED.search(text)
    assert found, f"{strategy} says nothing of what to expect"
    return " ".join(line.lstrip("# ") for line in found[1].splitlines())


def measured(folder: Path) -> Iterator[Row]:
    """Every chain of every arm of a run, in the order of its file.

    Raises RunFolderError where the run is not complete.
    """
    manifest = open_complete(folder)
    counts = contact_counts(pl.scan_parquet(folder / "aggregates.parquet"))
    by_chain = counts.group_by("arm", "chain", "event", "replication").agg(pl.col("count").sum())
    found: Mapping[tuple[str, str, str, int], float] = {
        (row["arm"], row["chain"], row["event"], row["replication"]): row["count"] for row in by_chain.rows(named=True)
    }
    people = _people(folder)
    for arm in (entry.arm for entry in manifest.arms):
        scenario = load_scenario(folder / f"scenario-{arm}.yaml")
        for chain in scenario.chains:
            entered, sent, reached = (
                np.array([found.get((arm, chain.name, event, r), 0.0) for r in range(manifest.replications)])
                for event in ("chain_entered", "sent", "goal_reached")
            )
            thousands = people[arm] / 1_000.0
            yield Row(arm, chain, entered.sum() / thousands, sent.sum() / thousands, plain_share(reached, entered))


def _people(folder: Path) -> Mapping[str, int]:
    """Customers outside the control group by arm, all replications together."""
    outcomes = pl.scan_parquet(folder / "outcomes.parquet").filter(~pl.col("control"))
    counted = outcomes.group_by(pl.col("arm").cast(pl.String)).len().collect()
    return dict(counted.iter_rows())


def page(folder: Path) -> str:
    """The whole page as Markdown."""
    manifest: Manifest = open_complete(folder)
    head = HEAD.format(
        customers=manifest.customers, replications=manifest.replications, days=manifest.days, seed=manifest.seed
    )
    return head + "".join(_lines(measured(folder)))


def _lines(rows: Iterator[Row]) -> Iterator[str]:
    before = ""
    for row in rows:
        first = row.strategy != before
        before = row.strategy
        goal = row.chain.goal
        cells = (
            f"`{row.strategy}`" if first else "",
            f"`{row.chain.name}`",
            "–" if goal is None else f"`{_goal(goal)}` in {goal.window // DAY} d",
            f"{row.entered:,.1f}",
            f"{row.messages:,.1f}",
            figure_text(row.reached, CHAIN_CONVERSION.unit),
            expected(row.strategy) if first else "",
        )
        yield f"| {' | '.join(cells)} |\n"


def _goal(goal: Goal) -> str:
    """What is a conversion, in the words of the language.

    >>> _goal(Goal((Signal("click"), Signal("segment_entered", segment="vip")), DAY))
    'click or segment_entered: vip'
    """
    return " or ".join(map(_signal, goal.signals))


def _signal(signal: Signal) -> str:
    if signal.is_plain:
        return signal.event
    return ", ".join(f"{key}: {value}" for key, value in signal_tree(signal).items())


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the names of the strategies, or the page of a run folder."""
    parser = argparse.ArgumentParser(prog="python -m experiments.ready_strategies", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("names", help="all ready strategies, for `crmsim compare`")
    what.add_parser("page", help="the page").add_argument("run", type=Path, help="folder of a run that compares them")
    given = parser.parse_args(arguments)
    if given.what == "names":
        print(*names())
        return
    try:
        print(page(given.run), end="")
    except RunFolderError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
