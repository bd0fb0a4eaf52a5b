"""Conditions that nobody can meet, whatever the population: told by ``crmsim check``."""

from __future__ import annotations

from collections.abc import Iterator

from strategies.conditions import Expression
from strategies.contradictions import Range, left_of, parts
from strategies.language.format_condition import format_condition
from strategies.language.reader import Value
from strategies.language.units import format_duration
from strategies.scenario import Scenario
from strategies.vocabulary import DAY

_AGES = ("last_order.age", "last_visit.age", "last_open.age", "last_click.age")
"""Fields that are missing where nothing came since the past began, so that they are never larger than past and run."""


def empty_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about segments, ``enter`` and ``to`` that leave nobody.  value: the whole scenario as written."""
    asked: list[tuple[tuple[str, str, str], Expression | None]] = [
        *((("segments", one.name, "if"), one.condition) for one in scenario.segments),
        *((("chains", one.name, "enter"), one.enter) for one in scenario.chains),
        *((("campaigns", one.name, "to"), one.to) for one in scenario.campaigns),
    ]
    span = scenario.at_start.history + scenario.horizon
    for keys, condition in asked:
        place: Value | None = value
        for key in keys:
            place = place.child(key) if place else None
        for part, why in _beyond(condition, span) if place is not None and condition is not None else ():
            assert place is not None
            place.remark(
                f"{place.path}: '{format_condition(part)}' holds for nobody: {why}; expected a smaller number; "
                "crmsim reach tells how many meet the others"
            )


def _beyond(condition: Expression, span: int) -> Iterator[tuple[Expression, str]]:
    """Parts that must hold and cannot, with the reason.  span: seconds of the past and the run."""
    for part in parts(condition):
        path, values = left_of(part) or ("", frozenset[float | str | bool]())
        if not isinstance(values, Range):
            continue
        if path in _AGES and values.low >= span:
            yield part, f"the past and the run have {format_duration(span)}, and what came before is not known"
        if path == "orders" and values.low > span / DAY:
            yield part, f"that is more than an order on each of the {span // DAY} days of the past and the run"
