"""What a step waits for: a moment, a window, a learned hour, an event with a name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from strategies.chain_steps import Step, Wait, WaitBestHour, WaitClock, WaitFromEntry, WaitWindow
from strategies.language.calendar import remark_plain_week
from strategies.language.fields import FIELD_ROOTS, SILENT_CHANNELS
from strategies.language.hours import check_window
from strategies.language.nodes import Node, walk
from strategies.language.reader import Checked, Choice, Either, ListOf, Reader, Scalar, Schema, Value, whole
from strategies.language.records import Keys, Record
from strategies.language.signals import SIGNAL
from strategies.language.units import CLOCK, NAME, POSITIVE_DURATION
from strategies.language.words import EVENT, EVENT_TYPE, ZONE, attributes_of
from strategies.signals import Signal
from strategies.vocabulary import CHANNELS, Attribute

WAIT_KINDS = ("until", "until_true", "at", "within", "best_hour")
_UNTIL = re.compile(r"(\S+(?: or \S+)*)(?: as (\S+))?")
DAY_KINDS: Reader[Literal["all", "working"]] = Choice(("all", "working"))


def waits_of(chain: Node) -> dict[str, dict[str, Attribute]]:
    """Name of a named wait → attributes of its events, read leniently."""
    waits: dict[str, dict[str, Attribute]] = {}
    for node in walk(chain):
        until = node.entries.get("until")
        if until and until[1].kind != "text" and (name := node.entries.get("name")) and name[1].kind == "text":
            words = {str(found.value) for found in _events_in(until[1])}
            events = tuple(event for event in EVENT_TYPE if event in words)
            waits.setdefault(str(name[1].value), {}).update(attributes_of(events))
        match = _UNTIL.fullmatch(str(until[1].value)) if until and until[1].kind == "text" else None
        if "until_true" in node.entries and "name" in node.entries and node.entries["name"][1].kind == "text":
            waits.setdefault(str(node.entries["name"][1].value), {})
        if match and match[2]:
            events = tuple(event for event in match[1].split(" or ") if event in EVENT_TYPE)
            waits.setdefault(match[2], {}).update(attributes_of(events))
    return waits


def _events_in(until: Node) -> list[Node]:
    """Where the events of a wait are named: alone, in a list, or under ``event``; names of segments are none."""
    listed = until.items if until.kind == "list" else [until]
    return [node.entries["event"][1] if "event" in node.entries else node for node in listed]


def _from_entry(scalar: str | int | float | bool) -> Step:
    return WaitFromEntry(POSITIVE_DURATION.parse(scalar))


def duration_wait(scalar: str | int | float | bool) -> Step:
    """``24h``: so long after the end of the step before."""
    return Wait(POSITIVE_DURATION.parse(scalar))


def _days(keys: Keys) -> Literal["all", "working"]:
    days = keys.get("days", DAY_KINDS, "all", "any day or working days")
    if days == "working" and not keys.value.reading.names.get("calendar"):
        remark_plain_week(keys.value)
    return days


def _clock(keys: Keys) -> Step:
    clock = keys.need("clock", CLOCK, 0, "clock time")
    return WaitClock(clock, _days(keys), keys.get("zone", ZONE, "customer", "whose clock"))


def _window(keys: Keys) -> Step:
    begin, end = keys.need("from", CLOCK, 0, "when it opens"), keys.need("to", CLOCK, 1, "when it closes")
    check_window(keys, begin, end)
    return WaitWindow(begin, end, _days(keys), keys.get("zone", ZONE, "customer", "whose clock"))


def _learned(keys: Keys) -> Step:
    plain = WaitBestHour("")
    channel = keys.need("channel", ANY_CHANNEL, "", "the channel whose opens are looked at, or any")
    return WaitBestHour(
        channel,
        keys.get("least", whole(at_least=1, at_most=1_000), plain.least, "so many opens are needed"),
        keys.get("spread", POSITIVE_DURATION, plain.spread, "they may scatter so much around their mean"),
        keys.get("otherwise", CLOCK, plain.otherwise, "the clock time where no hour was learned"),
    )


def _opens_of(value: Value, word: str) -> str | None:
    """A channel that reports opens; '' for any."""
    if word in SILENT_CHANNELS:
        value.complain(f"{value.where}: found '{word}', which reports no opens, expected another channel or any")
        return None
    return "" if word == "any" else word


ANY_CHANNEL: Reader[str] = Checked(Choice((*CHANNELS, "any"), "channel"), _opens_of)
BEST_HOUR: Reader[Step] = Either(
    Checked(ANY_CHANNEL, lambda _, channel: WaitBestHour(channel)), Record("best_hour", _learned)
)


DURATIONS = POSITIVE_DURATION.json
AT: Reader[Step] = Either(Scalar(POSITIVE_DURATION.expected, _from_entry, DURATIONS), Record("at_clock", _clock))
WITHIN: Reader[Step] = Record("window", _window)


def _until(value: Value) -> tuple[tuple[Signal, ...], str] | None:
    """Events and name of ``click or order as answer``."""
    match = _UNTIL.fullmatch(str(value.node.value)) if value.node.kind == "text" else None
    if match is None:
        value.expected(UntilText.expected)
        return None
    words = match[1].split(" or ")
    read = [EVENT.read(Value(replace(value.node, value=word), value.path, value.reading)) for word in words]
    name = NAME.read(Value(replace(value.node, value=match[2]), value.path, value.reading)) if match[2] else ""
    if name in FIELD_ROOTS:
        value.complain(f"{value.where}: found the name '{name}', which is a field's, expected another name")
    return tuple(Signal(event) for event in read if event), name or ""


class UntilText:
    """Reads what a wait waits for, as a text."""

    expected = "an event, or several: 'click', 'click or order', 'nps_answered as answer'"

    def read(self, value: Value) -> tuple[tuple[Signal, ...], str] | None:
        """Events and the name of the wait."""
        return _until(value)

    def schema(self, definitions: Schema) -> Schema:
        """A text."""
        return {"type": "string"}


_SIGNALS: Reader[tuple[Signal, ...]] = ListOf(SIGNAL, lone=True, at_least=1)
UNTIL: Reader[tuple[tuple[Signal, ...], str]] = Either(UntilText(), Checked(_SIGNALS, lambda _, signals: (signals, "")))
"""Signals, and the name that a text gives the wait."""
