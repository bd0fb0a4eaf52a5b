"""Who enters each chain, and who can be reached through which channel at which step (``crmsim reach``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.contact_log import UNREACHABLE, WORLD, ContactLog
from experiments.content_listing import content_listing
from experiments.figures import figure_text
from experiments.listing import Cell, Column, Listing
from experiments.refused import refused, refused_words
from experiments.rungs import why_not_asked
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate
from experiments.unvisited import Runs, unvisited
from strategies.chain_triggers import InactivityTrigger
from strategies.scenario import Chain, Scenario
from strategies.step_tree import sends_of, steps_within
from strategies.vocabulary import IN_APP

Floats = NDArray[np.float64]

_BASE = (
    Column("channel", "Channel"),
    Column("address", "Address known", "share"),
    Column("reachable", "Marketing allowed", "share"),
)
_CHAINS = (
    Column("chain", "Chain"),
    Column("entered", "Customers who entered", "share"),
    Column("runs", "Runs per 1,000 customers", "number"),
    Column("held_out", "Held out of them", "share"),
)
_STEPS = (
    Column("", "Contact"),
    Column("chain", ""),
    Column("step", ""),
    Column("channel", ""),
    Column("message", ""),
    Column("asked", "Asked for", "number"),
    Column("reachable", "Reachable", "share"),
    Column("sent", "Sent", "share"),
    Column("delivered", "Delivered", "share"),
    Column("sent_by", "Sent by"),
    Column("why_not", "Not sent"),
)
_UNVISITED = (
    Column("", "Place"),
    Column("chain", ""),
    Column("step", ""),
    Column("behind", "Behind it"),
    Column("reason", "Why nobody came"),
)
_PLACES = (Column("chain", "Chain"), Column("step", "Place"), Column("runs", "Runs that came", "number"))


SEE_DELIVERED = " (see Delivered below)."


def reach(log: ContactLog, level: float = LEVEL) -> list[Listing]:
    """Listings ``base``, ``chains``, ``refused``, ``steps``, ``contents``, ``places``, ``unvisited``.

    Of customers outside the control group.
    """
    people = log.by_replication(log.customers)
    days = log.manifest.days
    return [
        Listing(
            "base",
            "Whom the base can be reached through, at the start",
            _BASE,
            list(_base(log, people, level)),
            f"in_app needs neither: it reaches every known customer who visits{SEE_DELIVERED}"
            if IN_APP in log.scenario.channels
            else "",
        ),
        Listing(
            "chains",
            f"Who enters, within {days} days",
            _CHAINS,
            list(_chains(log, people, level)),
            _left_out_at_the_start(log.scenario),
        ),
        *refused(log, level),
        Listing(
            "steps",
            "Contacts by step, a mean per 1,000 customers",
            _STEPS,
            list(_steps(log, people, level)),
            "Reachable: there is an address, and the consent that the message needs; of a first_of, on any of its "
            "channels. Not sent: the commonest reason and how many it stopped; `crmsim explain` says what each means.",
        ),
        *content_listing(log, level),
        Listing(
            "places",
            "Steps, branches, split arms and rungs, a mean per 1,000 customers",
            _PLACES,
            list(_places(log, people, level)),
        ),
        Listing("unvisited", "Places to which nobody came", _UNVISITED, list(_unvisited(log)), amounts=of_all(log)),
    ]


def of_all(log: ContactLog) -> str:
    """What the counts of a table are that speaks of all replications together."""
    return f"counts of all {log.replications} replications" if log.replications > 1 else ""


def _per_thousand(counts: Floats, people: Floats, level: float) -> Estimate:
    return rate(counts, people / 1_000.0, level)


def _base(log: ContactLog, people: Floats, level: float) -> Iterator[list[Cell]]:
    for channel in log.scenario.channels:
        if channel == IN_APP:
            yield [channel, None, None]
            continue
        known = log.by_replication(log.customers, pl.col(f"address_{channel}"))
        may = log.by_replication(log.customers, pl.col(f"address_{channel}") & pl.col(f"consent_{channel}"))
        yield [channel, plain_share(known, people, level), plain_share(may, people, level)]


def _chains(log: ContactLog, people: Floats, level: float) -> Iterator[list[Cell]]:
    entered = log.events.filter(pl.col("event") == "chain_entered")
    for chain in log.scenario.chains:
        runs = entered.filter(pl.col("chain") == chain.name)
        held_out = runs.filter(pl.col("reason") == "holdout")
        yield [
            chain.name,
            plain_share(log.by_replication(runs.unique(WORLD)), people, level),
            _per_thousand(log.by_replication(runs), people, level),
            plain_share(log.by_replication(held_out), log.by_replication(runs), level) if chain.holdout else None,
        ]


def _left_out_at_the_start(scenario: Scenario) -> str:
    """A note where chains for the inactive leave out those who were so at the start."""
    if scenario.at_start.backlog == "enter" or not scenario.at_start.history:
        return ""
    names = [chain.name for chain in scenario.chains if isinstance(chain.trigger, InactivityTrigger)]
    if not names:
        return ""
    return (
        f"{', '.join(names)}: without those who were inactive for longer at the start, as at_start.backlog is skip; "
        "with enter they come in at the start."
    )


def _steps(log: ContactLog, people: Floats, level: float) -> Iterator[list[Cell]]:
    """One row a step, whichever of its channels took the contact: what an earlier one took is not lost to a later."""
    asked = log.contacts.filter(pl.col("reason").is_null() | (pl.col("reason") != "holdout"))
    by = ("chain", "step", "message")
    groups = asked.group_by(*by).agg(pl.len()).rows(named=True)
    names = [chain.name for chain in log.scenario.chains] + [campaign.name for campaign in log.scenario.campaigns]
    order = {name: place for place, name in enumerate(names)}
    channels = _channels(log)
    for group in sorted(groups, key=lambda g: (order.get(g["chain"], 0), natural(g["step"] or ""), g["message"])):
        mine = asked.filter(pl.all_horizontal(pl.col(name).eq_missing(group[name]) for name in by))
        total = log.by_replication(mine)
        unreachable = log.by_replication(mine, pl.col("reason").is_in(UNREACHABLE).fill_null(False))
        stated = channels.get((group["chain"], group["step"]), ()) or tuple(mine["channel"].unique().sort())
        yield [
            f"{group['chain']} {group['step'] or ''}: {'/'.join(stated)} {group['message']}",
            group["chain"],
            group["step"],
            ", ".join(stated),
            group["message"],
            _per_thousand(total, people, level),
            plain_share(total - unreachable, total, level),
            plain_share(log.by_replication(mine, pl.col("sent")), total, level),
            plain_share(log.by_replication(mine, pl.col("delivered")), total, level),
            _sent_by(log, mine, stated, people, level),
            why_not(log, mine.filter(~pl.col("sent")), people, level),
        ]


def _channels(log: ContactLog) -> dict[tuple[str, str], tuple[str, ...]]:
    """Channels of every send by chain and path, as the scenario states them."""
    sends = {}
    for chain in log.scenario.chains:
        for step in steps_within(chain.steps):
            for send in sends_of(step):
                sends[chain.name, send.path] = send.channels
    return sends


def _sent_by(log: ContactLog, contacts: pl.DataFrame, channels: tuple[str, ...], people: Floats, level: float) -> str:
    """Of a step with several channels: how many contacts each of them took, per 1,000 customers."""
    if len(channels) < 2:
        return ""
    counts = [(name, log.by_replication(contacts, pl.col("sent") & (pl.col("channel") == name))) for name in channels]
    return ", ".join(f"{name} {figure_text(_per_thousand(count, people, level), 'number')}" for name, count in counts)


def why_not(log: ContactLog, contacts: pl.DataFrame, people: Floats, level: float) -> str:
    """The commonest last reason among contacts that were not sent, and how many it stopped per 1,000 customers."""
    reasons = contacts["reason"].drop_nulls().value_counts().sort("count", "reason")
    if reasons.is_empty():
        return ""
    reason = str(reasons["reason"][-1])
    count = log.by_replication(contacts, (pl.col("reason") == reason).fill_null(False))
    return f"{reason} {figure_text(_per_thousand(count, people, level), 'number')}"


def _places(log: ContactLog, people: Floats, level: float) -> Iterator[list[Cell]]:
    table = step_table(log)
    for (chain, step), rows in table.group_by("chain", "step", maintain_order=True):
        yield [str(chain), str(step), _per_thousand(log.by_replication(rows, pl.col("runs")), people, level)]


def step_table(log: ContactLog) -> pl.DataFrame:
    """Rows of ``steps.parquet`` of the arm."""
    return (
        pl.read_parquet(log.folder / "steps.parquet")
        .with_columns(pl.col("arm", "chain").cast(pl.String))
        .filter(pl.col("arm") == log.arm)
    )


def _unvisited(log: ContactLog) -> Iterator[list[Cell]]:
    runs = step_table(log).group_by("chain", "step", maintain_order=True).agg(pl.col("runs").sum())
    counts: dict[str, dict[str, int]] = {}
    for chain, step, count in runs.rows():
        counts.setdefault(chain, {})[step] = int(count)
    for chain, begun in runs_of(log):
        for place in unvisited(chain, counts.get(chain.name, {}), begun):
            behind = f"{place.behind} places" if place.behind > 1 else "1 place" if place.behind else ""
            yield [f"{chain.name} {place.path}", chain.name, place.path, behind, place.reason]


def runs_of(log: ContactLog) -> Iterator[tuple[Chain, Runs]]:
    """The runs of each chain, and what its trigger met."""
    ends = log.events.filter(pl.col("event").is_in(("chain_entered", "chain_exited")))
    not_asked = why_not_asked(log)
    for chain in log.scenario.chains:
        mine = ends.filter(pl.col("chain") == chain.name)
        rungs = {path: why for (name, path), why in not_asked.items() if name == chain.name}
        yield chain, Runs.of(mine, log.manifest.days, refused_words(log, chain), rungs)


def natural(path: str) -> tuple[tuple[str, int], ...]:
    """Sort key of a step's path that counts: ``steps[2]`` before ``steps[10]``.

    >>> sorted(["steps[10]", "steps[2].cascade[0]"], key=natural)
    ['steps[2].cascade[0]', 'steps[10]']
    """
    return tuple((word, int(number or 0)) for word, number in re.findall(r"([^\[\]]+)(?:\[(\d+)\])?", path))
