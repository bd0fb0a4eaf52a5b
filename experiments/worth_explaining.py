"""Customers of a run whose stories are worth telling: who got most, left, ordered after a click, was held back most."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from experiments.claims import TOLD_AGAIN, WINDOW, last_click
from experiments.explain import arm_scenario, named_arm
from experiments.figures import number
from experiments.not_entered import times
from experiments.runfolder import Manifest, RunFolderError, open_complete
from strategies.language.problems import unknown
from strategies.vocabulary import DAY, EVENTS

WHO: Final = ("replication", "customer")
LIMIT: Final = 3
"""Customers that each list shows, unless another number is asked for."""

_LEFT: Final = ("unsubscribed", "complained", "blocked", "push_disabled")
_COUNTED: Final = ("sent", "opened", "click", "held", "dropped", "order", *_LEFT)
_NO_OBSTACLES: Final = ("control", "holdout", "queued")
"""Reasons of the log that a message was not meant to be sent at all."""

_RANKED: Final[Mapping[str, tuple[str, str]]] = {
    "happened": ("happened", "To whom it happened most: {event}"),
    "most_messages": ("sent", "Most messages{of_chain}"),
    "unsubscribed": ("unsubscribed", "Unsubscribed{after_chain}"),
    "complained": ("complained", "Complained{after_chain}"),
    "ordered_after_click": ("ordered", "Ordered within {days} days of a click{of_chain}"),
    "held_most": ("held", "Messages{of_chain} most often held or not sent"),
    "refused_most": ("refused", "Most often refused by {chains}"),
    "differ_most": ("apart", "Contribution differs most from that in {others}, chance included"),
}
"""List → the figure that ranks it, its title."""

_FIGURES: Final = ("sent", "opened", "clicked", "held", "refused", "orders", "ordered")


@dataclass(frozen=True)
class Filters:
    """Which customers are looked at.  chain: those whom a chain or campaign met; event: those to whom it happened."""

    chain: str | None = None
    event: str | None = None
    replication: int | None = None
    limit: int = LIMIT


@dataclass(frozen=True)
class Choice:
    """Lists of customers of one arm.  lists: key → title and customers, each with its figures."""

    folder: Path
    manifest: Manifest
    arm: str
    lists: Mapping[str, tuple[str, Sequence[Mapping[str, Any]]]]

    def to_json(self) -> dict[str, Any]:
        """The object that ``crmsim explain RUN --json`` prints."""
        lists = {key: list(customers) for key, (_, customers) in self.lists.items()}
        return {"manifest": self.manifest.as_json(), "arm": self.arm, **lists}

    def to_text(self) -> str:
        """One line a customer; what stands before the colon goes into the command that tells his story."""
        arm = "" if self.arm == self.manifest.arms[0].arm else f" --arm {shlex.quote(self.arm)}"
        lines = [f"Arm {self.arm}; one story: crmsim explain {self.folder}{arm} --customer N --replication R"]
        for title, customers in self.lists.values():
            if customers:
                lines += ["", title, *(f"  {_words(one)}" for one in customers)]
        if len(lines) == 1:
            lines += ["", "Nobody in this run is so, within its horizon."]
        return "\n".join(lines)


def choose(folder: Path, arm: str | None, filters: Filters) -> Choice:
    """The customers worth explaining of an arm, by default the first.

    Raises RunFolderError where the folder has no log, or a filter names what is not there.
    """
    manifest = open_complete(folder)
    named = named_arm(manifest, arm)
    if manifest.log == "none":
        raise RunFolderError(f"{folder} has no event log: it ran with --log none")
    return Choice(folder, manifest, named, _Candidates(folder, manifest, named, filters).lists())


@dataclass(frozen=True)
class _Candidates:
    """The customers of one arm whom the filters let through."""

    folder: Path
    manifest: Manifest
    arm: str
    filters: Filters

    def __post_init__(self) -> None:
        filters, manifest = self.filters, self.manifest
        if filters.limit < 1:
            raise RunFolderError(f"--limit {filters.limit}: expected a whole number of at least 1")
        if filters.replication is not None and not 0 <= filters.replication < manifest.replications:
            last = manifest.replications - 1
            raise RunFolderError(f"--replication {filters.replication}: this run has replications 0 to {last}")
        if filters.event is not None:
            self._check_event(filters.event)
        if filters.chain is not None and filters.chain not in (known := self._sources()):
            raise RunFolderError(f"--chain: {unknown('chain', filters.chain, f'arm {self.arm}', known)}")

    def _check_event(self, event: str) -> None:
        if event not in EVENTS:
            raise RunFolderError(f"--event: {unknown('event', event, 'the event map', EVENTS)}")
        if self.manifest.log == "contacts" and EVENTS.index(event) < EVENTS.index("held"):
            raise RunFolderError(
                f"--event {event}: {self.folder} ran with --log contacts and has no customers' own actions; expected "
                "an event of messages or chains, or a run with --log all"
            )

    def _sources(self) -> list[str]:
        """Chains and campaigns of the arm."""
        if self.arm == self.manifest.silent_arm:
            return sorted(self._log.select("chain").drop_nulls().unique().collect()["chain"])
        scenario = arm_scenario(self.folder, self.manifest, self.arm)
        return [*(chain.name for chain in scenario.chains), *(campaign.name for campaign in scenario.campaigns)]

    def _where(self) -> pl.Expr:
        mine = pl.col("arm").cast(pl.String) == self.arm
        return mine if self.filters.replication is None else mine & (pl.col("replication") == self.filters.replication)

    @cached_property
    def _log(self) -> pl.LazyFrame:
        """Rows of the arm within the horizon."""
        parts = sorted((self.folder / "events").glob("part-*.parquet"))
        if not parts:
            raise RunFolderError(f"{self.folder} has no event log: events/part-*.parquet are missing")
        rows = pl.scan_parquet(parts).filter(self._where() & (pl.col("time") < self.manifest.days * DAY))
        return rows.with_columns(pl.col("arm", "event", "chain", "channel", "reason").cast(pl.String))

    # ------------------------------------------------------------------ figures

    def _told(self) -> pl.DataFrame:
        """What the log tells of each customer."""
        event, reason, chain = pl.col("event"), pl.col("reason"), pl.col("chain")
        mine = pl.lit(True) if self.filters.chain is None else chain.eq_missing(self.filters.chain)
        again = reason.is_in((*TOLD_AGAIN, "reopened")).fill_null(False)
        asked = (mine | chain.is_null()) & (event == (self.filters.event or "")) & ~again
        held = mine & event.is_in(("held", "dropped")) & ~reason.is_in(_NO_OBSTACLES).fill_null(False)
        left = mine & event.is_in(_LEFT) & reason.ne_missing("by_company")
        return (
            self._log.filter(event.is_in(_COUNTED) | asked | (mine & chain.is_not_null()))
            .group_by(WHO)
            .agg(
                mine.any().alias("met"),
                (mine & (event == "sent")).sum().alias("sent"),
                (mine & (event == "opened") & ~again).sum().alias("opened"),
                (mine & (event == "click")).sum().alias("clicked"),
                pl.col("contact").filter(held).n_unique().alias("held"),
                reason.filter(held).drop_nulls().mode().sort().first().alias("mostly"),
                left.sum().alias("unsubscribed"),
                (left & (event == "complained")).sum().alias("complained"),
                ((event == "order") & ~again).sum().alias("orders"),
                asked.sum().alias("happened"),
            )
            .collect()
        )

    def _refused(self) -> pl.DataFrame:
        """How often chains refused each customer; those already so at the start count as met, not as refused."""
        file = self.folder / "refusals.parquet"
        if not file.exists():
            empty = {"replication": pl.Int32, "customer": pl.Int64, "refused": pl.Int64}
            return pl.DataFrame(schema=empty)
        chain = pl.col("chain").cast(pl.String)
        mine = pl.lit(True) if self.filters.chain is None else chain == self.filters.chain
        came = pl.when(pl.col("reason").cast(pl.String) != "at_start").then(pl.col("count")).otherwise(0)
        rows = pl.scan_parquet(file).filter(self._where() & mine)
        return rows.group_by(WHO).agg(came.sum().alias("refused")).collect()

    def _ordered(self) -> pl.DataFrame:
        """Orders that followed a click: those that attribution would claim."""
        outcomes = pl.scan_parquet(self.folder / "outcomes.parquet").filter(self._where())
        table = last_click(self._log, outcomes, range(self.manifest.replications)).table
        if self.filters.chain is not None:
            table = table.filter(pl.col("chain") == self.filters.chain)
        return table.group_by(WHO).agg(pl.col("orders").sum().cast(pl.Int64).alias("ordered"))

    def _apart(self) -> pl.DataFrame:
        """Contribution in this arm, and in the other one where it differs most."""
        columns = (*WHO, "control", "contribution")
        table = pl.scan_parquet(self.folder / "outcomes.parquet").with_columns(pl.col("arm").cast(pl.String))
        here = table.filter(self._where()).select(columns)
        there = table.filter(pl.col("arm").is_in(self.others)).select(
            *WHO, "arm", pl.col("contribution").alias("there")
        )
        return (
            here.join(there, on=list(WHO))
            .with_columns((pl.col("contribution") - pl.col("there")).abs().alias("apart"))
            .sort("apart", "arm", descending=[True, False])
            .unique(WHO, keep="first", maintain_order=True)
            .collect()
        )

    @property
    def others(self) -> list[str]:
        """The visible arms beside this one; the silent arm where there are none."""
        return [entry.arm for entry in self.manifest.arms if entry.arm != self.arm] or [self.manifest.silent_arm]

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row per customer whom the filters let through."""
        keys = list(WHO)
        joined = self._told().join(self._refused(), on=keys, how="full", coalesce=True)
        has_orders = self.manifest.log != "contacts"
        if has_orders:
            joined = joined.join(self._ordered(), on=keys, how="left")
        joined = joined.join(self._apart(), on=keys, how="left").with_columns(pl.col("mostly").fill_null(""))
        if self.filters.chain is not None:
            joined = joined.filter(pl.col("met").fill_null(False) | pl.col("refused").is_not_null())
        if self.filters.event is not None:
            joined = joined.filter(pl.col("happened") > 0)
        counts = [pl.col(name).fill_null(0) for name in (*_FIGURES, *_LEFT[:2], "happened") if name in joined.columns]
        return joined.with_columns(counts) if has_orders else joined.with_columns(counts).drop("orders")

    # ------------------------------------------------------------------ lists

    def lists(self) -> dict[str, tuple[str, list[dict[str, Any]]]]:
        """Key → title and customers, the foremost first."""
        chain = self.filters.chain
        words = {
            "event": self.filters.event,
            "of_chain": f" of {chain}" if chain else "",
            "after_chain": f" after a message of {chain}" if chain else "",
            "chains": chain or "chains",
            "days": WINDOW // DAY,
            "others": self.others[0] if len(self.others) == 1 else "another arm",
        }
        found = {}
        for key, (figure, title) in _RANKED.items():
            if figure not in self.table.columns or (key == "happened" and self.filters.event is None):
                continue
            foremost = self.table.filter(pl.col(figure) > 0)
            foremost = foremost.sort(figure, "sent", *WHO, descending=[True, True, False, False])
            rows = foremost.head(self.filters.limit).rows(named=True)
            found[key] = (title.format(**words), [self._told_of(row) for row in rows])
        return found

    def _told_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        counts = {name: row[name] for name in _FIGURES if name in row}
        happened = {"happened": row["happened"]} if self.filters.event is not None else {}
        return {
            **{name: row[name] for name in WHO},
            "control": row["control"],
            **happened,
            **counts,
            "held_mostly": row["mostly"],
            "unsubscribed": row["unsubscribed"] > 0,
            "complained": row["complained"] > 0,
            "contribution": row["contribution"],
            "with_tail": self.manifest.tail_days > 0,
            "compared": {"arm": row["arm"], "contribution": row["there"]},
        }


def _words(one: Mapping[str, Any]) -> str:
    """A customer's line."""
    answers = "".join(f", {one[name]} {name}" for name in ("opened", "clicked") if one[name])
    told = [f"{one['sent']} sent{answers}"]
    if one["held"]:
        told.append(f"{one['held']} held or dropped (mostly {one['held_mostly']})")
    if one["refused"]:
        told.append(f"refused {times(one['refused'])}")
    if one.get("orders"):
        told.append(f"{one['orders']} order{'s' * (one['orders'] > 1)}")
    told += [name for name in ("unsubscribed", "complained") if one[name]]
    compared = one["compared"]
    if one["contribution"] != compared["contribution"]:
        here, there = number(one["contribution"], 0), number(compared["contribution"], 0)
        period = " with the tail" if one["with_tail"] else ""  # what stands before it is of the horizon
        told.append(f"contribution{period} {here}, in {compared['arm']} {there}")
    told += ["control group"] if one["control"] else []
    return f"--customer {one['customer']} --replication {one['replication']}: {'; '.join(told)}"
