"""Which last times of events a run needs: those that its scenarios name, and those that conditions ask by age."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from strategies.asked import field_names
from strategies.chain_triggers import ExternalEvents
from strategies.conditions import Field
from strategies.contact_policy import Cap
from strategies.context import AGES
from strategies.observed import ALWAYS_REMEMBERED
from strategies.scenario import Scenario
from strategies.signs import CHANNEL_SIGNS
from strategies.vocabulary import EVENT_CODE


def remembered_events(scenarios: Iterable[Scenario]) -> frozenset[str]:
    """Events whose last time per customer some of these scenarios may ask for (more than these do no harm)."""
    named: set[str] = set(ALWAYS_REMEMBERED)
    for scenario in scenarios:
        named |= _names(scenario)
    return frozenset(named & EVENT_CODE.keys())


def remembered_by_channel(scenario: Scenario) -> frozenset[str]:
    """Signs of one channel alone (:mod:`strategies.signs`) whose last time per customer the scenario may ask for."""
    return frozenset(_names(scenario) & _BY_CHANNEL)


_BY_CHANNEL = frozenset(CHANNEL_SIGNS)
_KNOWN = _BY_CHANNEL | EVENT_CODE.keys()
_PLAIN = (type(None), bool, int, float)
"""Most of what stands in a scenario, and nothing to look into."""


def _names(part: Any) -> set[str]:
    """Names of events, also of one channel alone, anywhere in a part of a scenario."""
    found: set[str] = set()
    parts = [part]
    while parts:
        part = parts.pop()
        if part.__class__ in _PLAIN:
            continue
        if isinstance(part, str):
            found.add(part)
        elif isinstance(part, Field):
            found |= {AGES[part.path]} if part.path in AGES else set()
        elif isinstance(part, dict):
            parts += [*part, *part.values()]
        elif isinstance(part, (tuple, frozenset)):
            parts += part
        elif not isinstance(part, ExternalEvents):  # a file's own rows: texts of another system, maybe 100,000 of them
            parts += [getattr(part, name) for name in field_names(part.__class__)]
    return found & _KNOWN


def asks_for(part: Any, field: str) -> bool:
    """Whether a condition or a cap anywhere in a part of a scenario asks for a field."""
    parts = [part]
    while parts:
        part = parts.pop()
        if part.__class__ in _PLAIN:
            continue
        if isinstance(part, Field):
            if part.path == field:
                return True
        elif isinstance(part, dict):
            parts += part.values()
        elif isinstance(part, tuple):
            parts += part
        elif isinstance(part, Cap) and part.by == field:
            return True
        elif not isinstance(part, ExternalEvents):
            parts += [getattr(part, name) for name in field_names(part.__class__)]
    return False
