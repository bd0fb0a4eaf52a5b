"""What the sources call normal, good and alarming for measured rates (``benchmarks.yaml``, quoted with paragraph)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from ruamel.yaml import YAML

from experiments.metrics import Metric
from experiments.statistics import Estimate

Zone = Literal["good", "norm", "outside", "alarm"]

CHANNEL_GROUPS: Mapping[str, str] = {
    "email": "email",
    "sms": "sms",
    "web_push": "push",
    "mobile_push": "push",
    "telegram": "messenger",
    "whatsapp": "messenger",
    "vk": "messenger",
}
"""The sources speak of groups of channels."""

RATE_NAMES: Mapping[str, tuple[str, ...]] = {
    "delivery_rate": ("delivered",),
    "bounce_rate": ("bounced",),
    "open_rate": ("opened", "read", "seen"),
    "click_rate": ("clicked",),
    "click_to_open_rate": ("click_to_open",),
    "unsubscribe_rate": ("unsubscribed",),
    "complaint_rate": ("complained",),
    "blocked_rate": ("blocked",),
    "conversion_claim": ("converted",),
}
"""Metric → names that the sources use for it."""


@dataclass(frozen=True)
class Benchmark:
    """One rate of one group of channels.  ``norm`` is the working range; limits are None where none is given."""

    channel: str
    rate: str
    norm: tuple[float, float]
    good: float | None
    alarm_below: float | None
    alarm_above: float | None
    per: str
    source: str
    note: str

    def zone(self, value: float, better: int) -> Zone:
        """Where a value lies.  ``better``: +1 where more is better, −1 where less is.

        >>> find("email", "unsubscribe_rate").zone(0.006, -1)
        'alarm'
        """
        if self.alarm_below is not None and value < self.alarm_below:
            return "alarm"
        if self.alarm_above is not None and value > self.alarm_above:
            return "alarm"
        beyond = value > self.norm[1] if better >= 0 else value < self.norm[0]
        if beyond or (self.good is not None and value >= self.good):
            return "good"
        return "norm" if self.norm[0] <= value <= self.norm[1] else "outside"

    def judged(self, figure: Estimate, better: int) -> tuple[Zone, bool] | None:
        """Zone of a figure, and whether its whole interval lies there; None without a figure."""
        if figure.value is None or figure.low is None or figure.high is None:
            return None
        zones = [self.zone(value, better) for value in (figure.low, figure.value, figure.high)]
        return zones[1], len(set(zones)) == 1


@cache
def table() -> Mapping[str, Any]:
    """The whole file of benchmarks as plain values."""
    text = resources.files("experiments").joinpath("benchmarks.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def find(channel: str, metric: str) -> Benchmark | None:
    """The benchmark of a metric on a channel, told per the same denominator; None where the sources are silent.

    >>> find("email", "open_rate").source
    '003 §7.7 (mean 0.215: 000)'
    """
    rows = table()["channels"].get(CHANNEL_GROUPS.get(channel, channel), {})
    for rate in RATE_NAMES.get(metric, ()):
        row = rows.get(rate)
        if row and (rate != "converted" or row.get("per") == "delivered"):
            return Benchmark(
                CHANNEL_GROUPS.get(channel, channel),
                rate,
                (float(row["norm"][0]), float(row["norm"][1])),
                row.get("good"),
                row.get("alarm_below"),
                row.get("alarm_above"),
                str(row.get("per", "")),
                str(row["at"]),
                str(row.get("note", "")),
            )
    return None


def chain_norm(chain: str) -> Benchmark | None:
    """Final conversion that the sources give for a chain of that name."""
    row = table()["chains"].get(chain)
    if not row or "norm" not in row:
        return None
    low, high = row["norm"]
    return Benchmark("", chain, (float(low), float(high)), None, None, None, "chain_entered", str(row["at"]),
                     str(row.get("note", "")))  # fmt: skip


def benchmark_of(metric: Metric, dimension: str, value: str) -> Benchmark | None:
    """The benchmark that belongs to a split figure."""
    if dimension == "channel":
        return find(value, metric.name)
    return chain_norm(value) if dimension == "chain" and metric.name == "goal_rate" else None
