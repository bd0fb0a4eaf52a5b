"""Which last times of events a run needs: those that its scenarios name, and those that conditions ask by age."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

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


def _names(part: Any) -> set[str]:
    """Names of events, also of one channel alone, anywhere in a part of a scenario."""
    if isinstance(part, str):
        return {part} & _KNOWN
    if isinstance(part, Field):
        return {AGES[part.path]} if part.path in AGES else set()
    if isinstance(part, ExternalEvents):  # a file's own rows: texts of another system, maybe 100,000 of them
        return set()
    if isinstance(part, dict):
        return _names((*part, *part.values()))
    if dataclasses.is_dataclass(part):
        part = tuple(getattr(part, field.name) for field in dataclasses.fields(part))
    if isinstance(part, (tuple, frozenset)):
        return set().union(*(_names(item) for item in part))
    return set()


def asks_for(part: Any, field: str) -> bool:
    """Whether a condition or a cap anywhere in a part of a scenario asks for a field."""
    if isinstance(part, Field):
        return part.path == field
    if isinstance(part, ExternalEvents):
        return False
    if isinstance(part, Cap) and part.by == field:
        return True
    if isinstance(part, dict):
        return any(asks_for(item, field) for item in part.values())
    if dataclasses.is_dataclass(part):
        return any(asks_for(getattr(part, item.name), field) for item in dataclasses.fields(part))
    return isinstance(part, tuple) and any(asks_for(item, field) for item in part)
