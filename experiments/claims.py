"""What attribution claims: an order belongs to the customer's last tracked click if that is at most 3 days old.

A claim is not an effect: orders that would have come anyway are claimed too (MODEL, F9).  It needs the
full event log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.statistics import Sample
from strategies.vocabulary import DAY, MONEY_UNIT

RULE = "last tracked click, 3 days"
WINDOW = 3 * DAY
TOLD_AGAIN = ("arrived", "doubled")
"""Reasons of rows that tell of an earlier order once more (data faults): the company's cleaned books have it once."""
_WHO = ("arm", "replication", "customer")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Claims:
    """Claimed orders of customers outside control: arm, replication, customer, channel, chain → orders, revenue."""

    table: pl.DataFrame
    replications: tuple[int, ...]

    def total(self, column: str, arm: str, channel: str | None = None) -> Floats:
        """Sum of ``orders`` or ``revenue`` by replication: (R,)."""
        sums = self._of(arm, channel).group_by("replication").agg(_exact(column).sum().alias(column) / MONEY_UNIT)
        found = dict(zip(sums["replication"].to_list(), sums[column].to_list(), strict=True))
        return np.array([float(found.get(r, 0.0)) for r in self.replications])

    def samples(self, column: str, arm: str, customers: Sequence[float], channel: str | None = None) -> list[Sample]:
        """Per-customer mean and variance by replication; customers: (R,) counts outside control."""
        who = self._of(arm, channel).group_by("replication", "customer")
        rows = who.agg(_exact(column).sum().alias(column) / MONEY_UNIT)
        result = []
        for replication, count in zip(self.replications, customers, strict=True):
            values = rows.filter(pl.col("replication") == replication).sort("customer")[column].to_numpy()
            mean = float(values.sum()) / count
            spread = (float(np.square(values).sum()) - count * mean**2) / (count - 1.0) if count > 1 else float("nan")
            result.append(Sample(count, mean, max(spread, 0.0)))
        return result

    def _of(self, arm: str, channel: str | None) -> pl.DataFrame:
        chosen = self.table.filter(pl.col("arm") == arm)
        return chosen if channel is None else chosen.filter(pl.col("channel") == channel)


def _exact(column: str) -> pl.Expr:
    """Currency units as whole money units, so that sums have no order."""
    return (pl.col(column).fill_null(0.0) * MONEY_UNIT).round().cast(pl.Int64)


def last_click(events: pl.LazyFrame, outcomes: pl.LazyFrame, replications: Sequence[int]) -> Claims:
    """Applies the rule to an event log; ties in time count as a click before the order."""
    outside = outcomes.filter(pl.col("control").cast(pl.Int8) == 0).select(
        pl.col("arm").cast(pl.String), pl.col("replication").cast(pl.Int64), pl.col("customer").cast(pl.Int64)
    )
    log = events.with_columns(
        pl.col("arm", "event").cast(pl.String), pl.col("replication", "customer", "time").cast(pl.Int64)
    )
    clicks = (
        log.filter(pl.col("event") == "click")
        .select(*_WHO, "time", pl.col("channel", "chain").cast(pl.String))
        .sort("time", *_WHO)
    )
    orders = (
        log.filter((pl.col("event") == "order") & ~pl.col("reason").cast(pl.String).is_in(TOLD_AGAIN).fill_null(False))
        .select(*_WHO, "time", pl.col("value").cast(pl.Float64))
        .join(outside, on=list(_WHO), how="semi")
        .sort("time", *_WHO)
    )
    claimed = (
        orders.collect()
        .join_asof(
            clicks.collect(), on="time", by=list(_WHO), strategy="backward", tolerance=WINDOW, check_sortedness=False
        )
        .filter(pl.col("channel").is_not_null())
        .group_by(*_WHO, "channel", "chain")
        .agg(pl.len().cast(pl.Float64).alias("orders"), _exact("value").sum().alias("revenue") / MONEY_UNIT)
        .sort(*_WHO, "channel", "chain")
    )
    return Claims(claimed, tuple(replications))
