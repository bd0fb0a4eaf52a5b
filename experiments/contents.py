"""What personal blocks showed: how many messages went out broken, with a fallback, or overloaded.

It is read from ``aggregates.parquet``, so a run without a log tells it as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate
from strategies.messages import MOST_BLOCKS
from strategies.scenario import Scenario

MUCH_BROKEN, MUCH_FALLBACK = 0.05, 0.5
"""From these shares of a message on it is pointed out that a block had no data, without and with a fallback: of a
broken one unless its whole interval lies below, of a fallback where its whole interval lies above, so that arms which
are alike are not told apart by a point of their sample.
Conventions: a block that mostly shows its fallback does not do what it is for, one that shows nothing repels."""


def personal_entry(scenario: Scenario) -> dict[str, list[str]]:
    """Message → its personal blocks, for the manifest; of a message with variants each variant."""
    versions = [version for message in scenario.messages for version in message.versions]
    return {version.name: list(version.personal) for version in versions if version.personal}


@dataclass(frozen=True)
class Shown:
    """A message with personal blocks, customers outside the control group.

    chain: '' where it is told of all chains together.  sent: per 1,000 customers.  broken, fallback: shares of the sent
    ones in which a block had no data, without and with a fallback.
    """

    chain: str
    message: str
    blocks: tuple[str, ...]
    sent: Estimate
    broken: Estimate
    fallback: Estimate

    @property
    def overloaded(self) -> bool:
        """Whether it has more blocks than readers take in."""
        return len(self.blocks) > MOST_BLOCKS

    @property
    def faults(self) -> tuple[str, ...]:
        """What is to be pointed out: of ``broken``, ``fallback``, ``overloaded``."""
        found = {
            "broken": bool(self.broken.value) and (self.broken.high or 0.0) >= MUCH_BROKEN,
            "fallback": (self.fallback.low or 0.0) >= MUCH_FALLBACK,
            "overloaded": self.overloaded,
        }
        return tuple(name for name, there in found.items() if there)

    def to_json(self) -> dict[str, Any]:
        """The entry of ``contents`` in JSON."""
        figures = {"sent_per_1000": self.sent, "broken": self.broken, "fallback": self.fallback}
        told = {name: {"value": one.value, "low": one.low, "high": one.high} for name, one in figures.items()}
        return {"message": self.message, "blocks": list(self.blocks), **told, "overloaded": self.overloaded}


_KEYS = ("arm", "chain", "message", "reason")


def sent_messages(aggregates: pl.LazyFrame) -> pl.DataFrame:
    """What was sent outside the control group: arm, replication, chain, message, reason → count.

    Empty for folders of versions that did not count the reason.
    """
    if "reason" not in aggregates.collect_schema():
        return pl.DataFrame(schema=dict.fromkeys((*_KEYS, "replication", "count"), pl.String))
    sent = (pl.col("control").cast(pl.Int8) == 0) & (pl.col("event") == "sent")
    return (
        aggregates.filter(sent)
        .group_by(*_KEYS, "replication")
        .agg(pl.col("count").cast(pl.Float64).sum())
        .with_columns(pl.col(*_KEYS).cast(pl.String))
        .collect()
    )


def contents(
    sent: pl.DataFrame,
    entry: Mapping[str, Any],
    people: Mapping[int, float],
    level: float = LEVEL,
    by_chain: bool = False,
) -> tuple[Shown, ...]:
    """The messages with personal blocks that an arm sent, by name.

    sent: of :func:`sent_messages`.  entry: what the manifest says of the arm.  people: replication → customers outside
    the control group.  by_chain: a message of several chains once for each.
    """
    blocks: Mapping[str, Sequence[str]] = entry.get("personal", {})
    if not blocks or sent.is_empty():
        return ()
    mine = (pl.col("arm") == entry["arm"]) & pl.col("message").is_in(list(blocks))
    rows = sent.filter(mine).with_columns(pl.col("chain") if by_chain else pl.lit("").alias("chain"))
    place = {replication: row for row, replication in enumerate(people)}
    thousands = np.array(list(people.values())) / 1_000.0
    found = []
    for (origin, message), own in sorted(rows.group_by("chain", "message"), key=lambda group: group[0]):
        by_reason = {reason: np.zeros(len(place)) for reason in (None, "broken", "fallback")}
        for replication, reason, count in own.select("replication", "reason", "count").iter_rows():
            by_reason[reason][place[replication]] += count
        total = sum(by_reason.values(), np.zeros(len(place)))
        shares = (plain_share(by_reason[reason], total, level) for reason in ("broken", "fallback"))
        told = rate(total, thousands, level)
        found.append(Shown(str(origin), str(message), tuple(blocks[str(message)]), told, *shares))
    return tuple(found)
