"""Which fields the conditions and policy rows of a scenario ask for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

from strategies.chain_steps import WaitBestHour
from strategies.conditions import Field
from strategies.scenario import Scenario


@cache
def field_names(kind: type) -> tuple[str, ...]:
    """The names of a dataclass's fields; none of another class (asked for every object of a scenario, often)."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def parts_of(scenario: Scenario) -> Iterator[Any]:
    """Every object and every text in the chains, campaigns, segments, policy and changes of a scenario."""
    parts: list[Any] = [scenario.chains, scenario.campaigns, scenario.segments, scenario.policy, scenario.changes]
    while parts:
        part = parts.pop()
        if isinstance(part, tuple):
            parts += part
            continue
        yield part
        parts += [getattr(part, name) for name in field_names(part.__class__)]


def asked_fields(scenario: Scenario) -> frozenset[str]:
    """Paths of all fields in conditions, and texts that name one (``by`` of a cap, a field that changes)."""
    parts = [*parts_of(scenario)]
    return frozenset(
        [part.path for part in parts if isinstance(part, Field)] + [p for p in parts if isinstance(p, str)]
    )


def waits_for_best_hour(scenario: Scenario) -> bool:
    """Does some step wait for the hour at which the customer opens?"""
    return any(isinstance(part, WaitBestHour) for part in parts_of(scenario))
