"""Signals as they are written: an event's name, ``{event: order, if: "value > 3000"}``, ``{segment_left: vip}``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from strategies.language.emit import Tree, filled
from strategies.language.fields import known_after
from strategies.language.format_condition import format_condition
from strategies.language.reader import Checked, Either, ListOf, Named, Reader
from strategies.language.records import Keys, Record
from strategies.language.signs import refuse_channel
from strategies.language.triggers import trigger_scope
from strategies.language.words import EVENT, SEGMENT_CHANGES, EventName, attributes_of, condition
from strategies.signals import Signal

_ONE: Reader[str] = EventName(several="; several stand in a list, each with its own 'if'")
SIGNAL_KINDS = ("event", *SEGMENT_CHANGES)
SIGNAL_FORM = 'a mapping such as {event: order, if: "value > 3000"} or {segment_left: vip}'


def read_signal(keys: Keys) -> Signal | None:
    """The signal that the keys of a mapping tell; other keys are left to the caller."""
    kind = keys.one_of(SIGNAL_KINDS, "one kind of event", missing=EVENT.expected)
    event = keys.get("event", _ONE, None, "an event of the customer")
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
