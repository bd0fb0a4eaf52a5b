"""Segments in which a customer stays shorter than a day: chains that wait for them at midnight may miss him."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strategies.chain_triggers import SegmentTrigger
from strategies.conditions import And, Compare, Expression, Field, Literal_
from strategies.language.reader import Value
from strategies.language.units import format_duration
from strategies.scenario import Chain, Scenario
from strategies.segments import Segment
from strategies.signals import Signal
from strategies.step_tree import signals_of, steps_within
from strategies.vocabulary import DAY

_BELOW = {"<": "left", "<=": "left", ">": "right", ">=": "right"}
"""Comparison → on which side the age stands that may not exceed the other side."""


def longest_stay(segment: Segment, segments: Mapping[str, Segment]) -> int | None:
    """Seconds after which a customer has left who does nothing further; None where nothing says so.

    A deed counts for ``within``; an age that must lie below a duration does so for that long; all parts of an
    ``and`` must hold, a segment among them too.  segments: all of the scenario, by name.
    """
    stays = list(_stays(segment.condition, segments)) if segment.condition is not None else []
    if segment.did is not None and segment.did.within is not None:
        stays.append(segment.did.within)
    return min(stays, default=None)


def _stays(condition: Expression, segments: Mapping[str, Segment]) -> Iterator[int]:
    match condition:
        case And(operands):
            for part in operands:
                yield from _stays(part, segments)
        case Compare(op, left, right) if op in _BELOW:
            age, limit = (left, right) if _BELOW[op] == "left" else (right, left)
            if isinstance(age, Field) and age.path.endswith(".age") and isinstance(limit, Literal_):
                yield int(float(limit.value))
        case Field(path) if path.startswith("segment."):
            other = segments.get(path.removeprefix("segment."))
            stay = longest_stay(other, segments) if other is not None else None
            if stay is not None:
                yield stay


def remark_short_stays(value: Value, scenario: Scenario) -> None:
    """Chains that react when a segment is entered or left, in which nobody stays for a day."""
    by_name = {segment.name: segment for segment in scenario.segments}
    chains = value.child("chains")
    for chain in scenario.chains:
        trigger, child = chain.trigger, chains and chains.child(chain.name)
        if child is None:
            continue
        if isinstance(trigger, SegmentTrigger):
            why = "does not start the chain (an event does, at once)"
            _remark_short_stay(child, f"{child.path}.trigger", trigger.segment, by_name, why)
        for name in sorted({signal.segment for signal in _signals(chain)} - {""}):
            _remark_short_stay(child, child.path, name, by_name, "is not noticed by its runs (an event is, at once)")


def _remark_short_stay(child: Value, where: str, name: str, by_name: Mapping[str, Segment], why: str) -> None:
    stay = longest_stay(by_name[name], by_name) if name in by_name else None
    if stay is not None and stay < DAY:
        child.remark(
            f"{where}: '{name}' is looked at once a day, at midnight, and one stays in it for {format_duration(stay)}; "
            f"who comes and goes between {why}"
        )


def _signals(chain: Chain) -> Iterator[Signal]:
    """Signals of exits, of the goal, of waits and of rungs."""
    yield from chain.exit_signals
    if chain.goal is not None:
        yield from chain.goal.signals
    for step in steps_within(chain.steps):
        for heard in signals_of(step):
            yield from heard
