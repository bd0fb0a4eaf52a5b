"""Which steps, branches and rungs of the whole programme somebody takes: ``docs/explanation/coverage.md``.

::

    crmsim reach full_programme --customers 20000 --days 180 --replications 1 --out runs/coverage
    python -m experiments.coverage runs/coverage > docs/explanation/coverage.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from experiments.contact_log import ContactLog
from experiments.reach import reach, step_table
from experiments.runfolder import RunFolderError

HEAD = """\
# What of the whole programme somebody takes

Made by `make coverage`: `crmsim reach {scenario}`, {replications} × {customers:,} customers, {days} days, seed
{seed}. Of customers outside the control group: how many runs each chain began, how many of its places (steps, branches,
arms of splits, rungs of cascades, what follows when a wait runs out) a run came to, and the place to which fewest came.
{taken} of {places} places were taken, in {entered} of {chains} chains.

| chain | runs | places taken | rarest place | runs there |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Covered:
    """One chain: runs that began, runs by place."""

    chain: str
    begun: int
    places: tuple[tuple[str, int], ...]

    @property
    def taken(self) -> int:
        """Places to which a run came."""
        return sum(runs > 0 for _, runs in self.places)

    @property
    def rarest(self) -> tuple[str, int]:
        """The place to which fewest runs came, the first of equals.

        >>> Covered("cart", 9, (("steps[0]", 9), ("steps[1]", 2), ("steps[2]", 2))).rarest
        ('steps[1]', 2)
        """
        return min(self.places, key=lambda place: place[1])


def covered(log: ContactLog) -> list[Covered]:
    """Every chain of the arm, in the order of the file."""
    steps = step_table(log).group_by("chain", "step", maintain_order=True).agg(pl.col("runs").sum())
    begun = log.events.filter((pl.col("event") == "chain_entered") & pl.col("reason").is_null())
    runs = dict(begun["chain"].value_counts().iter_rows())
    places = {str(chain): tuple(rows.select("step", "runs").iter_rows()) for (chain,), rows in steps.group_by("chain")}
    return [Covered(chain.name, int(runs.get(chain.name, 0)), places[chain.name]) for chain in log.scenario.chains]


def page(folder: Path) -> str:
    """The whole page as Markdown.  Raises RunFolderError where the run does not hold what it needs."""
    log = ContactLog.open(folder)
    chains = covered(log)
    manifest = log.manifest
    head = HEAD.format(
        scenario=log.arm,
        customers=manifest.customers,
        days=manifest.days,
        replications=manifest.replications,
        seed=manifest.seed,
        taken=sum(chain.taken for chain in chains),
        places=sum(len(chain.places) for chain in chains),
        entered=sum(chain.begun > 0 for chain in chains),
        chains=len(chains),
    )
    return head + "".join(map(_line, chains)) + "".join(_missed(log))


def _line(chain: Covered) -> str:
    place, runs = chain.rarest
    return f"| {chain.chain} | {chain.begun:,} | {chain.taken} of {len(chain.places)} | `{place}` | {runs:,} |\n"


def _missed(log: ContactLog) -> Iterator[str]:
    [listing] = [one for one in reach(log) if one.key == "unvisited"]
    if listing.rows:
        yield "\nPlaces to which nobody came, and why:\n\n"
    for row in listing.to_json():
        yield f"- {row['chain']} `{row['step']}`: {row['reason']}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the page of a run folder."""
    parser = argparse.ArgumentParser(prog="python -m experiments.coverage", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run with --log contacts")
    given = parser.parse_args(arguments)
    try:
        print(page(given.run), end="")
    except RunFolderError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
