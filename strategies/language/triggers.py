"""What starts a chain: the forms of a trigger."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Literal

from strategies.chain_triggers import (
    CountTrigger,
    DateTrigger,
    EventTrigger,
    ExternalTrigger,
    FieldTrigger,
    InactivityTrigger,
    SegmentTrigger,
    Silence,
    StartedTrigger,
    Trigger,
)
from strategies.conditions import Expression
from strategies.contact_policy import Zone
from strategies.language.card import own_fields
from strategies.language.external import EXTERNAL, attributes_of_events
from strategies.language.fields import FIELD_TABLE, SILENT_CHANNELS, ConditionScope, known_after
from strategies.language.problems import unknown
from strategies.language.reader import (
    TEXT,
    Checked,
    Choice,
    Either,
    ListOf,
    Named,
    Reader,
    Refused,
    Scalar,
    Schema,
    Value,
    whole,
)
from strategies.language.records import Keys, Record
from strategies.language.schedules import SCHEDULE_KINDS, SCHEDULE_PARTS, read_clock, read_schedule
from strategies.language.signs import CHANNELS_ALONE, SIGNS, as_condition, on_channels, sign_words
from strategies.language.units import POSITIVE_DAYS, POSITIVE_DURATION
from strategies.language.words import EVENT, EVENT_LIST, IN_ANY, OBSERVED_EVENTS, EventName, attributes_of, condition
from strategies.signs import channel_of, event_of
from strategies.vocabulary import CHANNELS, CHANNELS_THAT_REPORT_OPENS, DATES, DAY, HOUR, KNOWN_DATES, Attribute

TRIGGER_KINDS = (
    "event",
    "any",
    "inactive",
    "segment_entered",
    "segment_left",
    "field_changed",
    "date",
    "count",
    "external",
    "every",
    "on",
)
WITH_IF = ("event", "any", "count", "external")
BELONGS_TO = {
    "of": ("inactive", "count"),
    "channel": ("inactive",),
    **dict.fromkeys(("before", "after"), ("date",)),
    **SCHEDULE_PARTS,
    "at": ("date", *SCHEDULE_PARTS["at"]),
    "zone": ("date", *SCHEDULE_KINDS),
    **dict.fromkeys(("in_a_row", "within", "without", "answer_within"), ("count",)),
}
"""Key → the kinds of trigger that it belongs to."""

SILENCES = (
    *(f"{name}_unopened" for name in CHANNELS if name in CHANNELS_THAT_REPORT_OPENS),
    *(f"{name}_unclicked" for name in CHANNELS),
)
"""Messages that nobody answered, which a trigger may count."""

ANSWER_WITHIN = 72 * HOUR
MOST_DAYS = 3_650

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


def _of(value: Value, name: str) -> str | None:
    """An event, or a silence such as ``email_unopened``."""
    if name in SILENCES:
        return name
    if name in (f"{channel}_unopened" for channel in SILENT_CHANNELS):
        value.complain(
            f"{value.where}: found '{name}', expected {name.replace('unopened', 'unclicked')}: no opens there"
        )
        return None
    if name not in OBSERVED_EVENTS:
        value.complain(unknown("event", name, value.where, (*OBSERVED_EVENTS, *SILENCES)))
        return None
    return EVENT.read(value)


def _any_of(keys: Keys) -> tuple[str, ...] | None:
    signs = keys.need("any", SIGNS, (), "none of these came")
    for key in ("event", "channel"):
        meant = "{any: […]}, or the name of the event and 'channel' beside 'inactive'"
        keys.refuse(key, f"{keys.value.where}: found '{key}', expected {meant}", instead_of="any")
    return signs or None


def _of_one(value: Value, name: str) -> tuple[str, ...] | None:
    of = _of(value, name)
    return None if of is None else (of,)


OF: Reader[tuple[str, ...]] = Either(
    Checked(TEXT, _of_one), Record("any_of", _any_of, "a mapping such as {any: [site_visited, app_opened]}")
)


def _trigger(keys: Keys) -> Trigger | None:
    kind = keys.one_of(TRIGGER_KINDS, "one kind of trigger")
    event = keys.get("event", EventName(several=IN_ANY), None, "one event")
    any_of = keys.get("any", ListOf(EVENT, at_least=1), (), "any of several events")
    told = keys.get("of", OF, (), "the event that did not come, or that is counted; {any: […]}: none of several came")
    of = told[0] if len(told) == 1 and not channel_of(told[0]) else None
    external = keys.get("external", EXTERNAL, None, "a CSV file of events of another system")
    events = any_of if kind == "any" else (event,) if event else (of,) if of in OBSERVED_EVENTS and of else ()
    attributes = attributes_of_events(external) if kind == "external" else attributes_of(events)
    scope = replace(trigger_scope(keys, attributes), known=known_after(events))
    given = keys.get("if", condition(scope), None, "condition over the event's attributes")
    clock, zone = read_clock(keys)
    schedule = read_schedule(keys, kind, clock, zone)
    readers: dict[str, Callable[[], Trigger | None]] = {
        "inactive": _inactive(keys, told),
        "segment_entered": _segment(keys, "segment_entered", "a segment is entered at the daily refresh"),
        "segment_left": _segment(keys, "segment_left", "a segment is left at the daily refresh"),
        "field_changed": _changed(keys),
        "date": _date(keys, clock, zone),
        "count": _count(keys, told, given),
        "every": lambda: schedule,
        "on": lambda: schedule,
    }
    _check_keys(keys, kind, attributes)
    if kind in readers:
        return readers[kind]()
    if kind == "external":
        return ExternalTrigger(external, given) if external else None
    return EventTrigger(events, given)


def _check_keys(keys: Keys, kind: str | None, attributes: Container[str]) -> None:
    """Keys that this kind of trigger does not have.  attributes: of its events."""
    if keys.has("if") and kind == "inactive":
        keys.complain("if", f"{keys.value.path}: found 'if' with 'inactive', expected 'channel: email' or 'enter'")
    elif keys.has("if") and kind not in WITH_IF:
        keys.complain("if", f"{keys.value.path}: found 'if' without an event, expected {{event: …, if: …}} or 'enter'")
    if keys.has("inactive") and not keys.has("of"):
        keys.value.complain(f"missing key 'of' in {keys.value.path}: 'inactive' and 'of' belong together")
    for key, kinds in BELONGS_TO.items():
        if not keys.has(key) or kind in kinds or kind is None:
            continue
        if key == "of":
            keys.value.complain(f"missing key 'inactive' in {keys.value.path}: 'inactive' and 'of' belong together")
        else:
            meant = " or ".join(f"'{name}'" for name in kinds)
            meant += f"; or {as_condition(keys)}" if key == "channel" and "channel" in attributes else ""
            keys.complain(key, f"{keys.value.path}: found '{key}' with '{kind}', expected it with {meant}")


def _inactive(keys: Keys, of: tuple[str, ...]) -> Callable[[], Trigger | None]:
    period = keys.get("inactive", POSITIVE_DURATION, None, "time without the event 'of'")
    channels = keys.get("channel", CHANNELS_ALONE, (), "what this channel (one of these) reports of its messages alone")

    def trigger() -> Trigger | None:
        if of and of[0] in SILENCES:
            keys.complain("of", f"{keys.value.path}.of: found '{of[0]}', which can only be counted, expected an event")
            return None
        if channels and any(map(channel_of, of)):
            keys.complain("channel", f"{keys.value.path}: found 'channel' twice, expected it here or in 'of'")
        missed = {sign for event in of for sign in on_channels(keys, event_of(event), channels)} if channels else {*of}
        return InactivityTrigger(period, tuple(sorted(missed))) if period and missed else None

    return trigger


def _segment(keys: Keys, kind: str, about: str) -> Callable[[], Trigger | None]:
    name = keys.get(kind, Named("segment"), None, about)
    return lambda: SegmentTrigger(name, kind == "segment_left") if name else None


def _changed(keys: Keys) -> Callable[[], Trigger | None]:
    field = keys.get("field_changed", Checked(TEXT, _field), None, "a field gets another value")
    return lambda: FieldTrigger(field) if field else None


def _date(keys: Keys, clock: int, zone: Zone) -> Callable[[], Trigger | None]:
    date = keys.get("date", Choice(DATES, "date"), None, "a date of the customer")
    before = keys.get("before", POSITIVE_DAYS, 0, "so many days before the date")
    after = keys.get("after", POSITIVE_DAYS, 0, "so many days after the date")

    def trigger() -> Trigger | None:
        if before and after:
            keys.complain("after", f"{keys.value.path}: found 'before' and 'after', expected one of them")
        if date and date not in KNOWN_DATES and before:
            keys.complain(
                "before",
                f"{keys.value.path}: found 'before' the date '{date}', which is known only when it has come, "
                f"expected 'after' (known before: {', '.join(KNOWN_DATES)})",
            )
        if max(before, after) > MOST_DAYS * DAY:
            keys.value.complain(f"{keys.value.path}: found more than {MOST_DAYS} days, expected at most as many")
        return DateTrigger(date, (after - before) // DAY, clock, zone) if date else None

    return trigger


def _in_a_row(scalar: str | int | float | bool) -> bool | Literal["days"]:
    if scalar == "days":
        return "days"
    if not isinstance(scalar, bool):
        raise Refused
    return scalar


IN_A_ROW: Reader[bool | Literal["days"]] = Scalar("true, false or days", _in_a_row, {"enum": [True, False, "days"]})


def _count(keys: Keys, told: tuple[str, ...], given: Expression | None) -> Callable[[], Trigger | None]:
    count = keys.get("count", whole(at_least=2, at_most=100), None, "so many occurrences")
    in_a_row = keys.get("in_a_row", IN_A_ROW, False, "an answer begins the row anew; days: on days in a row")
    within = keys.get("within", POSITIVE_DURATION, None, "they lie within so long a time")
    without = keys.get("without", EVENT_LIST, (), "events that begin counting anew")
    patience = keys.get("answer_within", POSITIVE_DURATION, ANSWER_WITHIN, "a message unanswered so long counts")

    def trigger() -> Trigger | None:
        keys.need_also("of", "an event, or a silence such as email_unopened")
        path = keys.value.path
        of = told[0] if len(told) == 1 and not channel_of(told[0]) else None
        if told and of is None:
            keys.complain("of", f"{path}.of: found '{sign_words(told)}', expected one event to count")
        silence = of in SILENCES
        if in_a_row == "days" and (silence or within):
            what = f"of '{of}'" if silence else "with 'within'"
            keys.complain("in_a_row", f"{path}: found 'in_a_row: days' {what}, expected it with an event alone")
        if of and in_a_row is True and not silence and not without:
            keys.complain(
                "in_a_row",
                f"{path}: found 'in_a_row' of an event that nothing answers, expected 'without:' an event that breaks "
                "the row",
            )
        if keys.has("answer_within") and not silence:
            keys.complain("answer_within", f"{path}: found 'answer_within' of an event, expected email_unopened or so")
        if silence and given is not None:
            keys.complain("if", f"{path}: found 'if' with '{of}', expected it with an event")
        if not count or not of:
            return None
        counted: str | Silence = of
        if silence:
            channel, _, kind = of.rpartition("_")
            counted = Silence(channel, "unopened" if kind == "unopened" else "unclicked", patience)
        return CountTrigger(count, counted, in_a_row, within, without, given)

    return trigger


def trigger_scope(keys: Keys, attributes: dict[str, Attribute]) -> ConditionScope:
    """What the condition of a trigger may ask: attributes of its events without ``trigger.``, and all fields."""
    names = keys.value.reading.names
    return ConditionScope(
        "a trigger",
        names.get("segment", ()),
        attributes,
        bare_trigger=True,
        rfm=bool(names.get("rfm")),
        fields=own_fields(names),
    )


TRIGGER_RECORD: Reader[Trigger] = Record(
    "trigger", _trigger, f"a mapping with one of: {', '.join(TRIGGER_KINDS)}", IN_ANY
)

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
    match trigger:
        case EventTrigger(events, _):
            return attributes_of(events)
        case CountTrigger(of=str(event)):
            return attributes_of((event,))
        case ExternalTrigger(told, _):
            return attributes_of_events(told)
        case _:
            return {}


def known_at_trigger(trigger: Trigger | None) -> frozenset[str]:
    """Fields that nobody lacks who enters by this trigger."""
    match trigger:
        case EventTrigger(events, _):
            return known_after(events)
        case CountTrigger(of=str(event)):
            return known_after((event,))
        case InactivityTrigger(of=signs):
            return known_after(signs)
        case _:
            return frozenset()
