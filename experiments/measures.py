"""Numerator and denominator of every metric, by arm and replication, from a run's reduced tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.claims import Claims, last_click
from experiments.metrics import INCREMENTAL_ROMI, ROMI, Metric, Period
from experiments.moments import Aggregates, difference_name
from experiments.tables import DIMENSIONS, SILENT, RunTables, contact_counts, reduce_outcomes
from strategies.vocabulary import CHANNELS_THAT_REPORT_OPENS, IN_APP

DIGEST = "neutral_weekly"
"""The campaign that all arms get alike in the past and in the tail: no part of any strategy."""

DIGEST_MESSAGE = "neutral_digest"
"""Its message."""

Floats = NDArray[np.float64]
Sums = tuple[Floats, Floats]
"""Numerators and denominators by replication, each (R,)."""


@dataclass(frozen=True)
class Dimension:
    """One value of a dimension that figures are split by."""

    dimension: str
    value: str


class Measures:
    """Sums that metrics are made of.  All arrays are in the order of ``replications``."""

    def __init__(self, tables: RunTables, baseline: str) -> None:
        arms = tables.arms
        self.arms = arms
        self.baseline = baseline
        self.fixed = {arm: tables.fixed_cost(arm) for arm in arms}
        self._configurations = {str(e["arm"]): str(e.get("sha256", "")) for e in tables.manifest.get("arms", ())}
        self.aggregates: Aggregates = reduce_outcomes(tables.outcomes, arms, baseline, self.fixed)
        self.replications = self.aggregates.replications
        self.counts = contact_counts(tables.aggregates)
        self.horizon_days = tables.horizon_days
        self.tail_days = tables.tail_days
        self.days = _by_day(tables.daily, self.replications)
        """By arm and column: (R, D).  Where nobody is outside control there is no figure."""
        self.claims: Claims | None = None
        if tables.events is not None:
            self.claims = last_click(tables.events, tables.outcomes, self.replications)
        self._events: dict[tuple[str, bool], dict[tuple[str, str, str], Floats]] = {}
        self._design_effects: dict[str, float] = {}

    @cached_property
    def _slot_only(self) -> frozenset[Dimension]:
        """Chains and messages that put messages into the in-app slot and send none."""
        sent = self.counts.filter(pl.col("event") == "sent")
        elsewhere, in_slot = (
            {Dimension(name, value) for name in DIMENSIONS for value in rows[name].unique()}
            for rows in (sent.filter(pl.col("channel") != IN_APP), sent.filter(pl.col("channel") == IN_APP))
        )
        return frozenset(in_slot - elsewhere)

    @property
    def has_silent(self) -> bool:
        """Whether the run brought the silent arm."""
        return SILENT in self.aggregates.arms

    def same_strategy(self, arm: str, other: str) -> bool:
        """Whether two arms are the same scenario with the same changes, so that no luck can tell them apart."""
        first, second = (self._configurations.get(name, "") for name in (arm, other))
        return first == second != ""

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """Values of a dimension that had contacts in some arm."""
        found = self.counts.filter(pl.col(dimension) != "")[dimension].unique().sort().to_list()
        return tuple(str(value) for value in found)

    def customers(self, arm: str) -> Floats:
        """Customers outside control by replication."""
        return np.array([float(moments.count) for moments in self.aggregates.level(arm)])

    def people(self, arm: str) -> dict[int, float]:
        """Replication → customers outside control."""
        return dict(zip(self.replications, self.customers(arm).tolist(), strict=True))

    def events(self, event: str, arm: str, by: Dimension | None = None, with_opens: bool = False) -> Floats:
        """Contact events outside control by replication.

        Of all messages or of a channel without the neutral digest; of all messages, a chain or a message without the
        in-app slot, unless the chain or message stands nowhere else.
        with_opens: only of channels that report opens.
        """
        key = (by.dimension if by else "", with_opens)
        if key not in self._events:
            self._events[key] = self._counted(*key)
        found = self._events[key].get((event, arm, by.value if by else ""))
        return np.zeros(len(self.replications)) if found is None else found

    def _counted(self, dimension: str, with_opens: bool) -> dict[tuple[str, str, str], Floats]:
        """All of :meth:`events` of a dimension ('': of all messages) by event, arm and value, each (R,)."""
        value = pl.col(dimension) if dimension else pl.lit("")
        alone = [by.value for by in self._slot_only if by.dimension == dimension]
        kept = pl.lit(True)
        if dimension in ("", "channel"):
            kept &= pl.col("chain") != DIGEST
        if dimension != "channel":
            kept &= (pl.col("channel") != IN_APP) | value.is_in(alone)
        if with_opens:
            kept &= pl.col("channel").is_in(sorted(CHANNELS_THAT_REPORT_OPENS))
        rows = self.counts.filter(kept)
        sums = rows.group_by("event", "arm", value.alias("value"), "replication").agg(pl.col("count").sum())
        place = {replication: row for row, replication in enumerate(self.replications)}
        result: dict[tuple[str, str, str], Floats] = {}
        for event, arm, name, replication, count in sums.iter_rows():
            result.setdefault((event, arm, name), np.zeros(len(place)))[place[replication]] = count
        return result

    def sums(self, metric: Metric, arm: str, by: Dimension | None = None) -> Sums:
        """Numerators and denominators of an arm's metric; the return metrics are told against the silent arm."""
        if metric.source == "customers":
            moments = self.aggregates.level(arm)
            return np.array([m.total(metric.numerator) for m in moments]), self.customers(arm)
        if metric.source == "contacts":
            top = self.events(metric.numerator, arm, by, metric.needs_opens)
            if metric.per_customer_contacts:
                return top, self.customers(arm)
            return top, self.events(metric.denominator, arm, by, metric.needs_opens)
        if metric.source == "days":
            return self.money(metric.numerator, arm, metric.period), self.days[arm]["customers"][:, 0]
        if metric.source == "state":
            return self._state(metric, arm)
        if metric.source == "claim":
            assert self.claims is not None
            channel = by.value if by else None
            told = (pl.col("chain").fill_null("") != DIGEST) & ((pl.col("channel") != IN_APP) | (channel == IN_APP))
            own = replace(self.claims, table=self.claims.table.filter(told))
            return own.total("orders", arm, channel), self.events(metric.denominator, arm, by)
        return self.gain_and_cost(metric, arm, SILENT)

    def money(self, column: str, arm: str, period: Period) -> Floats:
        """Daily money of a period, fixed cost in the horizon: (R,)."""
        columns = self.days[arm]
        fixed = self.fixed.get(arm, 0.0) if period != "tail" else 0.0
        variable = columns["contact_cost"] + columns["offer_cost"]
        daily = variable if column == "marketing_cost" else columns[column]
        total = daily[:, self._span(period)].sum(axis=1)
        sign = {"contribution": -1.0, "marketing_cost": 1.0}.get(column, 0.0)
        return np.asarray(total + sign * fixed)

    def gain_and_cost(self, metric: Metric, arm: str, other: str) -> Sums:
        """Σ Δ contribution and Σ Δ marketing cost of an arm against another, by replication."""
        if metric.name in (ROMI.name, INCREMENTAL_ROMI.name):
            moments = self.aggregates.pair(arm, other)
            gain, cost = (
                np.array([m.total(difference_name(column)) for m in moments])
                for column in ("contribution", "marketing_cost")
            )
            return gain, cost
        size, other_size = self.days[arm]["customers"][:, 0], self.days[other]["customers"][:, 0]
        other_size = np.where(other_size > 0.0, other_size, np.nan)
        gains, costs = (
            self.money(column, arm, metric.period) - self.money(column, other, metric.period) * size / other_size
            for column in ("contribution", "marketing_cost")
        )
        return gains, costs

    def _state(self, metric: Metric, arm: str) -> Sums:
        columns = self.days[arm]
        values = columns[metric.numerator]
        if metric.denominator == "customers":
            day = self.horizon_days - 1 if metric.period == "horizon" else values.shape[1] - 1
            return values[:, day], columns["customers"][:, day]
        inside = values[:, self._span(metric.period)]
        days = np.sum(np.isfinite(inside), axis=1).astype(np.float64)
        return np.nansum(inside, axis=1), days

    def _span(self, period: Period) -> slice:
        return {
            "whole": slice(None),
            "horizon": slice(self.horizon_days),
            "tail": slice(self.horizon_days, None),
        }[period]

    def design_effect(self, arm: str) -> float:
        """How many times the variance of a rate grows because messages go to the same customers.

        Variance of clicks per delivered over customers (delta method) by that of independent messages, at least 1.
        """
        if arm not in self._design_effects:
            self._design_effects[arm] = self._design_effect(arm)
        return self._design_effects[arm]

    def _design_effect(self, arm: str) -> float:
        largest = 1.0
        for event in ("opened", "clicked"):
            for moments in self.aggregates.level(arm):
                top, bottom = moments.average(event), moments.average("delivered")
                if not 0.0 < top < bottom:
                    continue
                rate = top / bottom
                covariance = moments.covariance_of_means((event, "delivered"))
                gradient = np.array([1.0, -rate]) / bottom
                binomial = rate * (1.0 - rate) / (bottom * moments.count)
                largest = max(largest, float(gradient @ covariance @ gradient) / binomial)
        return largest


def _by_day(daily: pl.DataFrame, replications: tuple[int, ...]) -> dict[str, dict[str, Floats]]:
    """Daily columns outside control: arm → column → (R, D); days that a replication lacks are NaN."""
    everybody = daily.with_columns(pl.col("arm").cast(pl.String))
    outside = everybody.filter(pl.col("control").cast(pl.Int8) == 0)
    last = everybody["day"].max()
    days = int(str(last)) + 1 if last is not None else 0
    place = {replication: row for row, replication in enumerate(replications)}
    names = [name for name in outside.columns if name not in ("arm", "replication", "control", "day")]
    result: dict[str, dict[str, Floats]] = {
        str(arm): {name: np.full((len(replications), days), np.nan) for name in names}
        for arm in everybody["arm"].unique().sort()
    }
    for (arm,), rows in outside.group_by("arm"):
        row = np.array([place[r] for r in rows["replication"].to_list()])
        day = rows["day"].to_numpy().astype(np.int64)
        for name in names:
            result[str(arm)][name][row, day] = rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return result
