"""What the company writes down about a customer, as it stands before anybody changes it."""

from __future__ import annotations

from typing import Any


def defaults(fields: dict[str, Any]) -> dict[str, Any]:
    """Values of the scenario's fields before anybody sets them; None where they are not known."""
    return {name: given.get("default") if isinstance(given, dict) else given for name, given in fields.items()}


def static_members(segments: dict[str, Any], customer: int) -> dict[str, bool]:
    """Static segments → whether the customer stands in them at the start."""
    found = {}
    for name, raw in segments.items():
        if "static" in raw or "members" in raw:
            found[name] = customer in _numbers(raw.get("members", ""))
    return found


def _numbers(text: Any) -> set[int]:
    numbers: set[int] = set()
    for part in str(text).replace(" ", "").split(","):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1)) if part else set()
    return numbers
