"""Rates by channel, chain or message as one table: a line an arm, beside what the sources call normal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from experiments.benchmarks import Benchmark, Zone, benchmark_of
from experiments.comparison import ArmResult, Comparison
from experiments.measures import DIGEST, DIGEST_MESSAGE, Dimension
from experiments.metrics import CHAIN_CONVERSION, CONVERSION_CLAIM, OF_MESSAGES, Metric
from experiments.statistics import Estimate
from strategies.vocabulary import CHANNELS

FIGURES = (*(metric.name for metric in OF_MESSAGES), CHAIN_CONVERSION.name, CONVERSION_CLAIM.name)
"""Columns of the tables on the page, as far as there is something to tell."""

FEW_FIGURES = ("sent_horizon", "delivery_rate", "open_rate", "click_rate", "unsubscribe_rate", "complaint_rate")
"""Columns that the terminal has room for."""


@dataclass(frozen=True)
class Rate:
    """One figure.  ``zone``: where the sources put it, None where they are silent; ``sure``: its whole interval."""

    figure: Estimate
    zone: Zone | None = None
    sure: bool = True


@dataclass(frozen=True)
class Group:
    """One channel, chain or message: of every arm that has it one line of rates; the norms of its columns."""

    name: str
    lines: tuple[tuple[str, tuple[Rate | None, ...]], ...]
    norms: tuple[Benchmark | None, ...]


@dataclass(frozen=True)
class RateTable:
    """The columns and the groups of lines."""

    metrics: tuple[Metric, ...]
    groups: tuple[Group, ...]


def rate_table(comparison: Comparison, dimension: str, figures: Iterable[str] = FIGURES) -> RateTable:
    """The rates of all values of a dimension (``channel``, ``chain``, ``message``), without empty columns.

    Channels stand in their own order, others by name with the digest of the tail last.  What did not happen in any
    arm stands there where the sources have a norm for it, else not: a messenger reports no complaints.
    """
    metrics = [comparison.metrics[name] for name in figures]
    values = {by.value for arm in comparison.arms for _, by in arm.split if by.dimension == dimension}
    groups = [_group(comparison.arms, Dimension(dimension, value), metrics) for value in sorted(values, key=_place)]
    groups = [group for group in groups if group.lines]
    used = [i for i in range(len(metrics)) if any(line[i] for group in groups for _, line in group.lines)]
    kept = [
        Group(
            group.name,
            tuple((arm, tuple(line[i] for i in used)) for arm, line in group.lines),
            tuple(group.norms[i] for i in used),
        )
        for group in groups
    ]
    return RateTable(tuple(metrics[i] for i in used), tuple(kept))


def is_digest(name: str) -> bool:
    """Whether a chain or message is the digest that all arms get alike in the tail."""
    return name in (DIGEST, DIGEST_MESSAGE)


def _place(value: str) -> tuple[int, bool, str]:
    return CHANNELS.index(value) if value in CHANNELS else len(CHANNELS), is_digest(value), value


def _group(arms: Iterable[ArmResult], by: Dimension, metrics: list[Metric]) -> Group:
    norms = [benchmark_of(metric, by.dimension, by.value) for metric in metrics]
    found = [(arm.arm, [arm.split.get((metric.name, by)) for metric in metrics]) for arm in arms]
    columns = [[line[i] for _, line in found] for i in range(len(metrics))]
    seen = [any(figure is not None and figure.value for figure in column) for column in columns]
    told = [seen[i] or norms[i] is not None for i in range(len(metrics))]
    lines = []
    for arm, line in found:
        rates = tuple(
            _rate(figure, metric, norm) if figure is not None and shown else None
            for figure, metric, norm, shown in zip(line, metrics, norms, told, strict=True)
        )
        if any(rates):
            lines.append((arm, rates))
    asked = [any(rates[i] for _, rates in lines) for i in range(len(metrics))]
    shown_norms = tuple(norm if shown else None for norm, shown in zip(norms, asked, strict=True))
    return Group(by.value, tuple(lines) if any(seen) else (), shown_norms)


def _rate(figure: Estimate, metric: Metric, norm: Benchmark | None) -> Rate:
    judged = norm.judged(figure, metric.better) if norm is not None else None
    return Rate(figure, *judged) if judged is not None else Rate(figure)
