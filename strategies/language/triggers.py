"""What starts a chain: the forms of a trigger."""

from __future__ import annotations

from dataclasses import dataclass

from strategies.language.card import own_fields
from strategies.language.fields import FIELD_TABLE, ConditionScope
from strategies.language.problems import not_available, unknown
from strategies.language.reader import TEXT, Checked, Either, ListOf, Named, Reader, Schema, Value
from strategies.language.records import Keys, Record
from strategies.language.units import POSITIVE_DURATION, SCHEDULE
from strategies.language.words import EVENT, OBSERVED_EVENTS, attributes_of, condition
from strategies.scenario import EventTrigger, FieldTrigger, InactivityTrigger, SegmentTrigger, StartedTrigger, Trigger
from strategies.vocabulary import Attribute

TRIGGER_KINDS = ("event", "any", "inactive", "segment_entered", "segment_left", "field_changed", "every")
LATER_TRIGGERS = ("date", "count", "external")

CHANGING_FIELDS = tuple(
    name for name, info in FIELD_TABLE.items() if not info.is_duration and not name.startswith("base.")
)
"""Observed fields that keep their values for a while: those that can be said to change."""


def _field(value: Value, name: str) -> str | None:
    """Path of a field of the scenario (by its name, with or without ``field.``) or of an observed one."""
    own = value.reading.names.get("field", ())
    if name.removeprefix("field.") in own:
        return f"field.{name.removeprefix('field.')}"
    if name in CHANGING_FIELDS:
        return name
    if name in FIELD_TABLE:
        value.complain(
            f"{value.where}: found '{name}', which changes all the time, expected a field that keeps a value"
        )
        return None
    value.complain(unknown("field", name, value.where, [*own, *CHANGING_FIELDS]))
    return None


def _trigger(keys: Keys) -> Trigger | None:
    for name in LATER_TRIGGERS:
        if keys.has(name):
            keys.complain(name, not_available(name, TRIGGER_KINDS, keys.value.path))
            keys.ignore_rest()
            return None
    kind = keys.one_of(TRIGGER_KINDS, "one kind of trigger")
    event = keys.get("event", EVENT, None, "one event")
    any_of = keys.get("any", ListOf(EVENT, at_least=1), (), "any of several events")
    events = any_of if kind == "any" else (event,) if event else ()
    given = keys.get("if", condition(trigger_scope(keys, events)), None, "condition over the event's attributes")
    period = keys.get("inactive", POSITIVE_DURATION, None, "time without the event 'of'")
    of = keys.get("of", EVENT, None, "the event that did not come")
    entered = keys.get("segment_entered", Named("segment"), None, "a segment is entered at the daily refresh")
    left = keys.get("segment_left", Named("segment"), None, "a segment is left at the daily refresh")
    changed = keys.get("field_changed", Checked(TEXT, _field), None, "a field gets another value")
    every = keys.get("every", SCHEDULE, None, "a schedule")
    if keys.has("if") and kind not in ("event", "any"):
        keys.complain("if", f"{keys.value.path}: found 'if' without an event, expected {{event: …, if: …}} or 'enter'")
    if keys.has("inactive") != keys.has("of"):
        other = "of" if keys.has("inactive") else "inactive"
        keys.value.complain(f"missing key '{other}' in {keys.value.path}: 'inactive' and 'of' belong together")
    if kind == "inactive" and period and of:
        return InactivityTrigger(period, of)
    if kind in ("segment_entered", "segment_left") and (entered or left):
        return SegmentTrigger(entered or left or "", kind == "segment_left")
    if kind == "field_changed" and changed:
        return FieldTrigger(changed)
    return every if kind == "every" else EventTrigger(events, given)


def trigger_scope(keys: Keys, events: tuple[str, ...]) -> ConditionScope:
    """What the condition of a trigger may ask: attributes of the events without ``trigger.``, and all fields."""
    names = keys.value.reading.names
    return ConditionScope(
        "a trigger",
        names.get("segment", ()),
        attributes_of(events),
        bare_trigger=True,
        rfm=bool(names.get("rfm")),
        fields=own_fields(names),
    )


TRIGGER_RECORD: Reader[Trigger] = Record("trigger", _trigger, f"a mapping with one of: {', '.join(TRIGGER_KINDS)}")

STARTED = "started"
"""The trigger of a chain that only other chains start."""


@dataclass(frozen=True)
class TriggerWord:
    """The name of an event, or ``started``."""

    expected: str = "an event of the event map, or started"

    def read(self, value: Value) -> Trigger | None:
        """The trigger that the word stands for."""
        if value.node.value == STARTED:
            return StartedTrigger()
        event = EVENT.read(value)
        return EventTrigger((event,)) if event else None

    def schema(self, definitions: Schema) -> Schema:
        """An enumeration."""
        return {"enum": [*OBSERVED_EVENTS, STARTED]}


TRIGGER: Reader[Trigger] = Either(TriggerWord(), TRIGGER_RECORD)


def attributes_of_trigger(trigger: Trigger | None) -> dict[str, Attribute]:
    """What conditions of a chain may ask of ``trigger.``."""
    return attributes_of(trigger.events) if isinstance(trigger, EventTrigger) else {}
