"""Signals as they are written: an event's name, ``{event: order, if: "value > 3000"}``, ``{segment_left: vip}``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from strategies.conditions import Expression
from strategies.language.emit import Tree, filled
from strategies.language.fields import ConditionScope, known_after
from strategies.language.format_condition import format_condition
from strategies.language.reader import Checked, Either, ListOf, Named, Reader, Schema, Value
from strategies.language.records import Keys, Record
from strategies.language.signs import refuse_channel
from strategies.language.triggers import trigger_scope
from strategies.language.words import EVENT, EVENT_TYPE, IN_ANY, SEGMENT_CHANGES, EventName, attributes_of, condition
from strategies.signals import Signal

_ONE: Reader[str] = EventName(several="; several stand in a list, each with its own 'if'")
SIGNAL_KINDS = ("event", *SEGMENT_CHANGES)
SIGNAL_FORM = 'a mapping such as {event: order, if: "value > 3000"} or {segment_left: vip}'


def read_signal(keys: Keys, kinds: tuple[str, ...] = SIGNAL_KINDS) -> Signal | None:
    """The signal that the keys of a mapping tell; other keys, of which one may stand for it, are left to the caller."""
    kind = keys.one_of(kinds, "one kind of event", missing=EVENT.expected)
    one = EventName(several=IN_ANY) if "any" in kinds else _ONE
    event = keys.get("event", one, None, "an event of the customer")
    attributes = attributes_of((event,)) if event else {}
    refuse_channel(keys, attributes)
    scope = replace(trigger_scope(keys, attributes), heard=True, known=known_after((event,) if event else ()))
    given = keys.get("if", condition(scope), None, "condition over the event's attributes")
    changes = {
        name: keys.get(name, Named("segment"), None, about)
        for name, about in zip(
            SEGMENT_CHANGES, ("a segment that the customer enters", "a segment that the customer leaves"), strict=True
        )
    }
    if kind in SEGMENT_CHANGES:
        if keys.has("if"):
            keys.complain("if", f"{keys.value.path}: found 'if' with '{kind}', expected it with 'event'")
        segment = changes[kind]
        return Signal(kind, segment=segment) if segment else None
    return Signal(event, given) if event else None


def _listed_signal(keys: Keys) -> Signal | None:
    signal = read_signal(keys)
    keys.refuse("any", f"{keys.value.where}: found 'any', expected a list such as [order, click]", instead_of="event")
    return signal


SIGNAL: Reader[Signal] = Either(
    Checked(EVENT, lambda _, event: Signal(event)), Record("signal", _listed_signal, SIGNAL_FORM)
)
SIGNALS: Reader[tuple[Signal, ...]] = ListOf(SIGNAL, lone=True)


@dataclass(frozen=True)
class EventOrCondition:
    """Reads an event by its name, any other text as a condition that may ask about ``scope``."""

    scope: ConditionScope
    expected: str = 'an event of the event map, a condition such as "points.available >= 200"'

    def read(self, value: Value) -> Signal | Expression | None:
        """The event as a signal, or the typed expression."""
        text = str(value.node.value)
        if value.node.kind != "text" or _WORD.fullmatch(text):
            event = EVENT.read(value)
            return Signal(event) if event else None
        joined = text.split(" or ")
        if any(word in EVENT_TYPE for word in joined):
            value.complain(f"{value.where}: found '{text}', expected a list such as [{', '.join(joined)}]")
            return None
        return condition(self.scope).read(value)

    def schema(self, definitions: Schema) -> Schema:
        """An enumeration, or a text."""
        return {"anyOf": [EVENT.schema(definitions), condition(self.scope).schema(definitions)]}


_WORD = re.compile(r"\w+")


def _signal_beside_texts(keys: Keys) -> Signal | None:
    signal = _listed_signal(keys)
    if keys.has("if") and not any(keys.has(kind) for kind in SIGNAL_KINDS):
        keys.missing.pop("event", None)
        keys.complain("if", f"{keys.value.where}: found 'if' alone, expected the condition itself, without a key")
    return signal


def signals_or_conditions(scope: ConditionScope) -> Reader[tuple[Signal | Expression, ...]]:
    """Reads one or several signals, and conditions that may ask about ``scope``."""
    mapping: Reader[Signal | Expression] = Record("signal", _signal_beside_texts, SIGNAL_FORM)
    return ListOf(Either(EventOrCondition(scope), mapping), lone=True, at_least=1)


def plain_events(signals: Iterable[Signal]) -> tuple[str, ...]:
    """The events whose names say it all, in the order in which they stand."""
    return tuple(signal.event for signal in signals if signal.is_plain)


def other_signals(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """The signals that a name alone does not tell."""
    return tuple(signal for signal in signals if not signal.is_plain)


def signal_tree(signal: Signal) -> Tree:
    """A signal as it would stand in a file."""
    if signal.segment:
        return {signal.event: signal.segment}
    return filled(event=signal.event, **{"if": signal.condition and format_condition(signal.condition, bare=True)})
