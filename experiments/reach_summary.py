"""Reach of a programme of many chains at a glance: who enters what, where nobody comes, what holds messages back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import polars as pl

from experiments.contact_log import ContactLog, Floats
from experiments.content_listing import content_listing
from experiments.listing import Cell, Column, Listing
from experiments.not_due import not_due
from experiments.reach import SEE_DELIVERED, of_all, runs_of, step_table
from experiments.runfolder import RunFolderError
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate
from experiments.unvisited import nobody_entered
from strategies.language.problems import unknown

FEW = 3
"""So many chains and campaigns are told with all details at once."""
MOST_EMPTY = 12
MOST_RULES = 8
"""Rows shown of chains with empty places, and of rows of the policy."""

_SUMMARY = (
    Column("chain", "Chain"),
    Column("entered", "Customers who entered", "share"),
    Column("sent", "Messages sent, per 1,000", "number"),
)
_NOBODY = (Column("chain", "Chain"), Column("reason", "Why"))
_NOT_DUE = (Column("campaign", "Campaign"), Column("reason", "Why"))
_EMPTY = (
    Column("chain", "Chain"),
    Column("empty", "Empty"),
    Column("step", "First"),
    Column("reason", "Why nobody came"),
)
_RULES = (
    Column("rule", "Row of the policy"),
    Column("of", "Mostly of"),
    Column("behind", "Mostly behind"),
    Column("contacts", "Held or dropped", "number"),
)


def view(chain: str | None, details: bool) -> Callable[[ContactLog, list[Listing], bool], list[Listing]]:
    """What of the listings of ``reach`` is told: of one chain, everything, or a summary where there are many.

    JSON has everything.  The function raises RunFolderError where the arm has no such chain.
    """

    def chosen(log: ContactLog, listings: list[Listing], as_json: bool) -> list[Listing]:
        names = [*(one.name for one in log.scenario.chains), *(one.name for one in log.scenario.campaigns)]
        if chain is not None:
            if chain not in names:
                raise RunFolderError(f"--chain: {unknown('chain', chain, f'arm {log.arm}', names)}")
            told = [of_chain(listing, chain) for listing in listings if _tells_chains(listing)]
            later = list(_later(log, chain))
            return [*later, *(listing for listing in told if listing.rows or not later)]
        return listings if as_json or details or len(names) <= FEW else summary(log, listings)

    return chosen


def _later(log: ContactLog, name: str) -> Iterator[Listing]:
    """Why a campaign that is not due within the run did nothing."""
    if rows := [[campaign, why] for campaign, why in not_due(log.scenario, log.manifest.days) if campaign == name]:
        yield Listing("not_due", "Not due within the run", _NOT_DUE, rows)


def _tells_chains(listing: Listing) -> bool:
    return any(column.key == "chain" for column in listing.columns)


def of_chain(listing: Listing, chain: str) -> Listing:
    """The rows that speak of one chain; what a campaign cannot have is told only where it has it."""
    [place] = [place for place, column in enumerate(listing.columns) if column.key == "chain"]
    rows = [row for row in listing.rows if row[place] == chain]
    note = "" if listing.key == "chains" else listing.note  # speaks of other chains
    return dataclasses.replace(listing, rows=rows, note=note, optional=listing.key != "unvisited")


def summary(log: ContactLog, listings: Sequence[Listing], level: float = LEVEL) -> list[Listing]:
    """The base, chains by reach, chains that nobody entered, chains with empty places, personal messages without their
    data, what holds messages back.
    """
    people = log.by_replication(log.customers)
    listed = {listing.key: listing for listing in listings}
    later = list(not_due(log.scenario, log.manifest.days))
    entered = sorted(
        _entered(log, level, [name for name, _ in later]),
        key=lambda row: (-_value(row[1]), -_value(row[2]), str(row[0])),
    )
    return [
        dataclasses.replace(listed["base"], note=listed["base"].note.removesuffix(SEE_DELIVERED)),
        Listing(
            "summary",
            f"Chains and campaigns by reach, within {log.manifest.days} days",
            _SUMMARY,
            entered,
            f"{listed['chains'].note}\n--chain NAME tells everything of one chain, --details of all.".strip(),
        ),
        Listing("nobody", "Chains that nobody entered", _NOBODY, list(_nobody(log)), amounts=of_all(log)),
        Listing("not_due", "Campaigns that were not due", _NOT_DUE, [list(one) for one in later], optional=True),
        _empty(log, listed["unvisited"]),
        *content_listing(log, level, faulty=True),
        Listing(
            "rules",
            "What holds most messages back, a mean per 1,000 customers",
            _RULES,
            list(_rules(log, people / 1_000.0, level))[:MOST_RULES],
            "Behind: whose contact took the place. crmsim load tells what fills every cap, crmsim ledger all reasons.",
        ),
    ]


def _value(cell: Cell) -> float:
    return cell.value or 0.0 if isinstance(cell, Estimate) else -1.0


def _entered(log: ContactLog, level: float, later: Sequence[str]) -> Iterator[list[Cell]]:
    """Chains that somebody entered, and campaigns but for ``later`` ones, with what they sent."""
    people = log.by_replication(log.customers)
    begun = log.events.filter(pl.col("event") == "chain_entered")
    sent = log.contacts.filter(pl.col("sent"))
    for name in (chain.name for chain in log.scenario.chains):
        mine = begun.filter(pl.col("chain") == name)
        if mine["reason"].is_null().any():
            share = plain_share(log.by_replication(mine.unique(["replication", "customer"])), people, level)
            messages = log.by_replication(sent.filter(pl.col("chain") == name))
            yield [name, share, rate(messages, people / 1_000.0, level)]
    for campaign in log.scenario.campaigns:
        if campaign.name in later:
            continue
        messages = log.by_replication(sent.filter(pl.col("chain") == campaign.name))
        yield [campaign.name, None, rate(messages, people / 1_000.0, level)]


def _nobody(log: ContactLog) -> Iterator[list[Cell]]:
    for chain, runs in runs_of(log):
        if not runs.entered:
            yield [chain.name, nobody_entered(runs)]


def _empty(log: ContactLog, unvisited: Listing) -> Listing:
    """Of each chain that somebody entered: how many of its places stayed empty, the first of them and why."""
    entered = {chain.name for chain, runs in runs_of(log) if runs.entered}
    counts = step_table(log).group_by("chain", "step").agg(pl.col("runs").sum())
    first = {row["chain"]: row for row in reversed(unvisited.to_json()) if row["chain"] in entered}
    rows: list[tuple[int, list[Cell]]] = []
    for chain, row in first.items():
        runs = counts.filter(pl.col("chain") == chain)["runs"]
        empty = int((runs == 0).sum())
        rows.append((empty, [chain, f"{empty} of {len(runs)}", row["step"], row["reason"]]))
    rows.sort(key=lambda pair: (-pair[0], str(pair[1][0])))
    told = [row for _, row in rows]
    title = "Chains with places to which nobody came, most of them first"
    return Listing("empty", title, _EMPTY, told, shown=told[:MOST_EMPTY], all_in="--details", amounts=of_all(log))


def _rules(log: ContactLog, thousands: Floats, level: float) -> Iterator[list[Cell]]:
    """Rows of the policy, the one that held or dropped most contacts first."""
    rows = log.events.filter(pl.col("event").is_in(("held", "dropped")) & pl.col("rule").is_not_null())
    of_contact = rows.unique(["replication", "customer", "contact", "rule"], keep="first", maintain_order=True)
    groups = of_contact.partition_by("rule", maintain_order=True)
    for mine in sorted(groups, key=lambda mine: (-mine.height, mine["rule"][0])):
        rule = str(mine["rule"][0])
        behind = _commonest(mine["displaced_by"])
        amount = rate(log.by_replication(mine), thousands, level)
        yield [rule, ", ".join(_commonest(mine["chain"])[:2]), ", ".join(behind[:2]), amount]


def _commonest(names: pl.Series) -> list[str]:
    """Names, the commonest first."""
    counts = names.drop_nulls().value_counts().sort("count", names.name, descending=[True, False])
    return [str(name) for name in counts[names.name]]
