"""Why triggers of chains began no run, over the customers of an arm."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from experiments.contact_log import WORLD, ContactLog
from experiments.listing import Cell, Column, Listing
from experiments.not_entered import part, why_refused
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL
from strategies.scenario import Chain

_COLUMNS = (
    Column("chain", "Chain"),
    Column("reason", ""),
    Column("condition", ""),
    Column("", "Why no run began"),
    Column("times", "Times per 1,000 customers", "number"),
    Column("customers", "Customers", "share"),
)


def refused(log: ContactLog, level: float = LEVEL) -> list[Listing]:
    """Listing ``refused``, by chain the commonest reason first; none where the folder does not tell."""
    if log.refusals is None:
        return []
    rows = list(_rows(log, log.refusals, level))
    return [Listing("refused", "Why triggers began no run", _COLUMNS, rows, optional=True)]


def _rows(log: ContactLog, refusals: pl.DataFrame, level: float) -> Iterator[list[Cell]]:
    people = log.by_replication(log.customers)
    for chain in log.scenario.chains:
        for reason, condition, mine in _reasons(chain, refusals):
            yield [
                chain.name,
                reason,
                condition or None,
                why_refused(chain, reason, condition),
                rate(log.by_replication(mine, pl.col("count")), people / 1_000.0, level),
                plain_share(log.by_replication(mine.unique(WORLD)), people, level),
            ]


def _reasons(chain: Chain, refusals: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    """(reason, condition, refusals) of one chain, the commonest first."""
    groups = refusals.filter(pl.col("chain") == chain.name).partition_by("reason", "part", maintain_order=True)
    groups.sort(key=lambda mine: (-int(mine["count"].sum()), mine["reason"][0], mine["part"][0]))
    return [(mine["reason"][0], part(chain, mine.row(0, named=True)), mine) for mine in groups]


def refused_words(log: ContactLog, chain: Chain) -> dict[str, int] | None:
    """Why a chain's trigger began no run → how often, the commonest first; None where the folder does not tell."""
    if log.refusals is None:
        return None
    return {
        why_refused(chain, reason, condition): int(mine["count"].sum())
        for reason, condition, mine in _reasons(chain, log.refusals)
    }
