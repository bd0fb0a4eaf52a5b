"""The block ``brief``: what the strategy is for, read and written back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from strategies.brief import Brief, Kpi, Target
from strategies.language.emit import Tree, filled
from strategies.language.nodes import Node
from strategies.language.problems import Mark
from strategies.language.reader import (
    TEXT,
    Choice,
    ListOf,
    Named,
    Reader,
    Reading,
    Refused,
    Scalar,
    Value,
    refuse_comma,
)
from strategies.language.records import Keys, Record
from strategies.language.units import TOTAL, format_money, format_share
from strategies.language.words import CHANNEL

LARGEST = 1e12
_PERCENT = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,9})?)%")


def parse_target(scalar: str | int | float | bool) -> Target:
    """``5%`` or a number.

    >>> parse_target("5%"), parse_target(-3)
    (Target(value=0.05, percent=True), Target(value=-3.0, percent=False))
    """
    refuse_comma(scalar)
    if isinstance(scalar, str):
        match = _PERCENT.fullmatch(scalar)
        if match is None:
            raise Refused
        return Target(float(Decimal(match[1]) / 100), True)
    if isinstance(scalar, bool) or scalar != scalar:
        raise Refused
    if abs(scalar) > LARGEST:
        raise Refused(f"; at most {LARGEST:,.0f}, above zero or below")
    return Target(float(scalar))


def format_target(target: Target) -> str | int | float:
    """The target as it would stand in a file."""
    if target.percent:
        return format_share(target.value)
    return int(target.value) if target.value == int(target.value) else target.value


TARGET: Scalar[Target] = Scalar(
    "a number, or a percentage such as 5% for a share", parse_target, {"type": ["number", "string"]}
)
AGAINST: Reader[Literal["silence"]] = Choice(("silence",))
PARTS = ("chain", "channel", "message")


def _kpi(keys: Keys) -> Kpi:
    metric = keys.need("metric", TEXT, "", "a figure of the report, such as contribution, open_rate, goal_rate")
    at_least = keys.get("at_least", TARGET, None, "the figure is to reach this")
    at_most = keys.get("at_most", TARGET, None, "the figure is not to pass this")
    chain = keys.get("chain", Named("chain"), "", "of this chain alone")
    channel = keys.get("channel", CHANNEL, "", "on this channel alone")
    message = keys.get("message", Named("message"), "", "of this message alone")
    against = keys.get("against", AGAINST, None, "silence: the difference from sending nothing")
    path = keys.value.path
    if keys.value.node.entries and not (keys.has("at_least") or keys.has("at_most")):
        keys.value.complain(f"{path}: found no target, expected at_least or at_most")
    if at_least and at_most and at_least.value > at_most.value:
        keys.complain("at_most", f"{path}.at_most: found less than at_least, expected a range")
    parts = [name for name in PARTS if keys.has(name)]
    if len(parts) > 1:
        keys.value.complain(f"{path}: found '{parts[0]}' and '{parts[1]}', expected at most one of: {', '.join(PARTS)}")
    if against and parts:
        keys.complain("against", f"{path}.against: found it with '{parts[0]}': silence has no {parts[0]}")
    mark = _metric_mark(keys)
    return Kpi(
        metric, at_least, at_most, chain, channel, message, against is not None, mark.file, mark.line, mark.column
    )


def _metric_mark(keys: Keys) -> Mark:
    metric = keys.value.child("metric")
    return (metric or keys.value).node.mark


def _brief(keys: Keys) -> Brief:
    return Brief(
        goal=keys.get("goal", TEXT, "", "what the strategy is for, in words"),
        owner=keys.get("owner", TEXT, "", "who answers for it"),
        budget=keys.get("budget", TOTAL, None, "marketing cost of the horizon, in currency units"),
        kpis=keys.get("kpis", ListOf(KPI), (), "key figures and their targets"),
    )


KPI: Reader[Kpi] = Record("kpi", _kpi, "a mapping such as {metric: contribution, at_least: 100}")
BRIEF: Reader[Brief] = Record("brief", _brief, "a mapping such as {goal: …, kpis: […]}")


def read_brief(root: Node) -> Brief:
    """The brief of a tree as far as it can be read, whatever else is wrong; complaints are dropped.

    Chains and messages have the names that it gives them: whether there are such is another question.
    """
    value = Value(root, "", Reading()).child("brief")
    if value is None:
        return Brief()
    named = tuple(text for text in _scalars(value.node) if isinstance(text, str))
    value.reading.names.update(chain=named, message=named)
    return BRIEF.read(value) or Brief()


def _scalars(node: Node) -> Iterator[object]:
    """All that stands in a tree, without the keys."""
    yield node.value
    for child in (*(child for _, child in node.entries.values()), *node.items):
        yield from _scalars(child)


def brief_tree(brief: Brief) -> Tree:
    """The brief as it would stand in a file."""
    return {
        **filled(goal=brief.goal, owner=brief.owner),
        **({} if brief.budget is None else {"budget": format_money(brief.budget)}),
        **filled(kpis=[_kpi_tree(kpi) for kpi in brief.kpis]),
    }


def _kpi_tree(kpi: Kpi) -> Tree:
    limits = {"at_least": kpi.at_least, "at_most": kpi.at_most}
    return {
        "metric": kpi.metric,
        **filled(chain=kpi.chain, channel=kpi.channel, message=kpi.message),
        **({"against": "silence"} if kpi.against_silence else {}),
        **{name: format_target(target) for name, target in limits.items() if target is not None},
    }
