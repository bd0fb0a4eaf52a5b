"""Events that a segment asks for: which of them, with what attributes, on which days."""

from __future__ import annotations

import datetime as dt

from strategies.language.fields import ConditionScope
from strategies.language.reader import Checked, ListOf, Reader
from strategies.language.records import Keys, OrMapping, Record
from strategies.language.schedules import DAY_OF_CALENDAR, check_season
from strategies.language.signs import refuse_channel
from strategies.language.words import IN_ANY, OBSERVED_EVENTS, EventName, attributes_of, condition
from strategies.segments import Dates, Happening

NOTED: Reader[str] = EventName(options=("sent", *OBSERVED_EVENTS))
"""An event of the map, or a message that was sent."""
_ONE: Reader[str] = EventName(options=("sent", *OBSERVED_EVENTS), several=IN_ANY)


def _happening(keys: Keys) -> Happening | None:
    """``{event: order, if: "value > 5000"}``, ``{any: [order, cart_abandoned], if: "value > 5000"}``."""
    keys.one_of(("event", "any"), "the events")
    event = keys.get("event", _ONE, None, "one event")
    events = keys.get("any", ListOf(NOTED, at_least=1), (event,) if event else (), "any of several events")
    refuse_channel(keys, attributes_of(events))
    scope = ConditionScope(
        "an event", trigger=attributes_of(events), bare_trigger=True, heard=True, attributes_only=True
    )
    given = keys.get("if", condition(scope), None, "condition over the event's attributes")
    return Happening(events, given) if events else None


HAPPENING: Reader[Happening] = OrMapping(
    Checked(ListOf(NOTED, lone=True, at_least=1), lambda _, events: Happening(events)),
    Record("happening", _happening, 'a mapping such as {event: order, if: "value > 5000"}'),
)


def _dates(keys: Keys) -> Dates:
    first = keys.get("from", DAY_OF_CALENDAR, None, "first day, on the customer's calendar")
    last = keys.get("to", DAY_OF_CALENDAR, None, "last day, which counts too")
    if not keys.has("to"):
        keys.need_also("from", DAY_OF_CALENDAR.expected)
    check_season(keys, first, last, "to")
    if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        keys.complain("to", f"{keys.value.path}: found {last} as the last day, before the first, {first}")
    return Dates(first, last)


DURING: Reader[Dates] = Record(
    "during",
    _dates,
    'a mapping such as {from: 2025-12-01, to: 2025-12-31}, or {from: "12-01", to: "12-31"} of every year',
)
