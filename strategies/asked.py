"""Which fields the conditions and policy rows of a scenario ask for."""

from __future__ import annotations

import dataclasses
from typing import Any

from strategies.conditions import Field
from strategies.scenario import Scenario


def asked_fields(scenario: Scenario) -> frozenset[str]:
    """Paths of all fields in conditions, and texts that name one (``by`` of a cap, a field that changes)."""
    found: set[str] = set()
    parts: list[Any] = [scenario.chains, scenario.campaigns, scenario.segments, scenario.policy, scenario.changes]
    while parts:
        part = parts.pop()
        if isinstance(part, Field):
            found.add(part.path)
        elif isinstance(part, str):
            found.add(part)
        elif dataclasses.is_dataclass(part):
            parts += [getattr(part, field.name) for field in dataclasses.fields(part)]
        elif isinstance(part, tuple):
            parts += part
    return frozenset(found)
