"""Sections of a population: which parts of the life behind an order are simulated, and what the shop has."""

from __future__ import annotations

from typing import Final

from strategies.language.reader import Checked, Choice, ListOf, Reader, Value, whole
from strategies.language.records import Keys, Record

PARTS: Final = ("delivery", "returns", "support", "reviews", "replenishment", "renewals")
"""Parts in the order in which they need one another."""

_NEEDS: Final = {"returns": "delivery", "support": "delivery", "reviews": "delivery"}


def _with_their_needs(value: Value, parts: tuple[str, ...]) -> tuple[str, ...]:
    for part in parts:
        need = _NEEDS.get(part, part)
        if need not in parts:
            value.complain(f"{value.where}: found '{part}' without '{need}', expected both: it follows the hand-over")
    return tuple(part for part in PARTS if part in parts)


def _items(keys: Keys) -> int:
    return keys.need("items", whole(1, MAX_ITEMS), 1, "items in each category")


MAX_ITEMS = 100
ASSORTMENT: Reader[int] = Record("assortment", _items, "a mapping such as {items: 8}")
AFTER_ORDER: Reader[tuple[str, ...]] = Checked(ListOf(Choice(PARTS, "part")), _with_their_needs)
