"""Attributes of events as columns: out of the two slots that an event carries, or from the message it is about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.conditions import Column
from strategies.observed import Observed
from strategies.program import Program
from strategies.runs import NO_VALUE
from strategies.vocabulary import CHANNELS, EVENT_MAP, MONEY_UNIT, Attribute

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[Any]


def _ways() -> dict[str, list[tuple[Attribute, Bools]]]:
    """Attribute by name → each way in which events carry it, and which events do so, by code.

    The last place of these arrays, which -1 takes, is no event.
    """
    ways: dict[str, dict[Attribute, Bools]] = {}
    for code, event in enumerate(EVENT_MAP):
        for name, attribute in event.attributes.items():
            carries = ways.setdefault(name, {}).setdefault(attribute, np.zeros(len(EVENT_MAP) + 1, bool))
            carries[code] = True
    return {name: list(found.items()) for name, found in ways.items()}


_WAYS = _ways()
TELLS_SITE = np.array([any(one.slot == "site" for one in event.attributes.values()) for event in EVENT_MAP], bool)
"""By code: whether the slot of the value holds the contact site, a local one of the arm."""


class Attributes:
    """Reads attributes of the events that one arm hears of."""

    def __init__(self, program: Program, observed: Observed) -> None:
        self.observed = observed
        messages = [site.message for site in program.sites]
        self._of_site = {
            "channel": (CHANNELS, [-1 if site.team else site.channel for site in program.sites]),
            "message": _coded(["" if s.work else s.message.name.partition(".")[0] for s in program.sites]),
            "task": _coded([site.message.name if site.work else "" for site in program.sites]),
            "chain": _coded([program.sources[site.chain].name for site in program.sites]),
            "message_topic": _coded([message.topic for message in messages]),
        }
        self._codes = {name: np.array([*codes, -1], np.int64) for name, (_, codes) in self._of_site.items()}
        """Text by name → its code by local site, -1 for none; the last place stands for no site."""

    def column(self, name: str, event: Codes, value: Int64s | None, category: Codes | None, size: int) -> Column:
        """An attribute of ``size`` events; missing where the event does not carry it.

        event: codes, -1 for none, (size,) or of all together; value, category: the slots, None where they are empty.
        """
        columns = [self._read(way, carries.take(event), value, category, size) for way, carries in _WAYS[name]]
        result = columns[0]
        for other in columns[1:]:
            assert result.known is not None
            assert other.known is not None
            values = np.where(other.known, other.values, result.values)
            result = Column(values, result.known | other.known, result.categories or other.categories)
        return result

    def _read(self, way: Attribute, carries: Bools, value: Int64s | None, category: Codes | None, size: int) -> Column:
        if way.slot == "value" and value is not None:
            return Column(value / MONEY_UNIT, carries & (value != NO_VALUE))
        if way.slot == "site" and value is not None:
            code = self._codes[way.texts].take(np.where(carries & (value != NO_VALUE), value, -1))
            return Column(code, code >= 0, self._of_site[way.texts][0])
        if way.slot == "category" and category is not None:
            code = category // way.divisor
            if way.modulus:
                code = code % way.modulus
            return Column(code, carries & (category >= 0), self.observed.categories.get(way.texts, ()))
        return Column(np.zeros(size), np.zeros(size, bool))

    def told_apart(self, name: str, event: Codes, value: Int64s | None, category: Codes | None) -> Int64s | None:
        """(n,) codes of a text, or the number of the slot, that tell events apart, -1 where it is missing; None where
        the events carry no such slot.
        """
        ways = [way for way, carries in _WAYS[name] if carries.take(event).any()]
        if any(way.slot == "value" for way in ways):
            return value
        slots = [category if way.slot == "category" else value for way in ways]
        told = next((slot for slot in slots if slot is not None), None)
        if told is None:
            return None
        column = self.column(name, event, value, category, told.size)
        assert column.known is not None
        return np.where(column.known, column.values, -1).astype(np.int64)


def _coded(texts: list[str]) -> tuple[tuple[str, ...], list[int]]:
    """Different texts in order, and the place of each among them, -1 for ''."""
    names = tuple(sorted({*texts} - {""}))
    return names, [names.index(text) if text else -1 for text in texts]
