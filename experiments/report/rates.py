"""The rates of channels, chains and messages as tables of texts, coloured by the norms of the sources."""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.benchmarks import Benchmark, find
from experiments.comparison import Comparison
from experiments.figures import number
from experiments.metrics import Metric
from experiments.rates import Rate, is_digest, rate_table
from experiments.report.cells import Cell, Row, figure_cell
from strategies.vocabulary import CHANNELS_THAT_REPORT_OPENS, IN_APP

ZONE_WORDS = {"good": "good", "norm": "within the norm", "outside": "outside the norm", "alarm": "alarm"}

TOLD_IN_WORDS = ("outside", "alarm")
"""Zones that are not left to colours alone."""


@dataclass(frozen=True)
class Part:
    """One channel, chain or message: a row an arm, and the norms of its columns where there are some."""

    title: str
    rows: tuple[Row, ...]
    norms: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """heads: label and meaning of every column."""

    heads: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def sheet(comparison: Comparison, dimension: str) -> Sheet:
    """The table of a dimension: ``channel``, ``chain`` or ``message``."""
    table = rate_table(comparison, dimension)
    parts = []
    for group in table.groups:
        rows = tuple(
            Row(arm, "", tuple(_cell(rate, metric) for rate, metric in zip(rates, table.metrics, strict=True)))
            for arm, rates in group.lines
        )
        norms = tuple(_norm(norm) for norm in group.norms) if any(group.norms) else ()
        parts.append(Part(_title(group.name), rows, norms))
    return Sheet(tuple((metric.label, metric.what) for metric in table.metrics), tuple(parts))


def _title(name: str) -> str:
    """The name, and what its opens are where the word is not the channel's own.

    >>> _title("sms"), _title("telegram"), _title("email")
    ('sms', 'telegram (opened: read)', 'email')
    """
    if is_digest(name):
        return f"{name} (tail, all arms)"
    if name == IN_APP:
        return f"{name} (waits for a visit; delivered: the first impression)"
    norm = find(name, "open_rate") if name in CHANNELS_THAT_REPORT_OPENS else None
    return f"{name} (opened: {norm.rate})" if norm and norm.rate != "opened" else name


def _cell(rate: Rate | None, metric: Metric) -> Cell:
    if rate is None:
        return Cell("")
    cell = figure_cell(rate.figure, metric.unit)
    narrow = replace(cell, interval=cell.interval.replace("\u00a0…\u00a0", "…"))
    if rate.zone is None:
        return narrow
    words = ZONE_WORDS[rate.zone]
    tone = f"zone-{rate.zone}" if rate.sure else f"zone-{rate.zone} unsure"
    note = words if rate.sure else f"{words}, but the interval reaches further"
    told = f"{rate.zone}{'' if rate.sure else '?'}" if rate.zone in TOLD_IN_WORDS else ""
    return replace(narrow, tone=tone, note=note, more=told)


def _norm(norm: Benchmark | None) -> Cell:
    """Range, limits and source of a norm."""
    if norm is None:
        return Cell("")
    low, high = (number(100.0 * limit, 2).rstrip("0").rstrip(".") for limit in norm.norm)
    told = [f"{low}\u00a0–\u00a0{high}\u00a0%"]
    limits = (("good from", norm.good), ("alarm below", norm.alarm_below), ("alarm above", norm.alarm_above))
    told += [f"{words} {100.0 * limit:g}\u00a0%" for words, limit in limits if limit is not None]
    note = "; ".join(part for part in (norm.source, norm.note) if part)
    return Cell("", "; ".join(told), "", note, norm.source.partition(" (")[0])
