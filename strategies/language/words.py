"""Readers of the words that scenarios share: channels, purposes, events, conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import get_args

from strategies.conditions import Expression
from strategies.contact_policy import Then, Zone
from strategies.contradictions import Range, contradictions, left_of, left_out, parts, share
from strategies.language.condition_text import Fault
from strategies.language.expressions import parse_condition
from strategies.language.fields import FIELD_TABLE, ORDERED, OWN_TEXTS, ConditionScope
from strategies.language.format_condition import format_condition
from strategies.language.problems import Mark, unknown
from strategies.language.reader import TEXT, Choice, ListOf, Named, Reader, Schema, Value
from strategies.signs import TOLD_BY_CHANNEL
from strategies.vocabulary import ADDRESSED_CHANNELS, CHANNELS, EVENT_MAP, PURPOSES, Attribute

EVENT_TYPE = {event.name: event for event in EVENT_MAP}

OF_OPENS = "channel_of_opens"
"""Vocabulary of the channels that report opens, for conditions about nothing but opens."""

ENGINE_RECORDS = (
    "held",
    "dropped",
    "sent",
    "chain_entered",
    "chain_exited",
    "goal_reached",
    "action_taken",
    "in_app_removed",
)
"""Events of the log that the engine writes about itself; nothing can wait for them."""

SEGMENT_CHANGES = ("segment_entered", "segment_left")
"""Events that say nothing without the name of a segment: triggers name both."""

OBSERVED_EVENTS = tuple(name for name in EVENT_TYPE if name not in (*ENGINE_RECORDS, *SEGMENT_CHANGES))

CHANNEL: Reader[str] = Choice(CHANNELS, "channel")
ADDRESSED_CHANNEL: Reader[str] = Choice(ADDRESSED_CHANNELS, "channel")
"""A channel that needs consent; in-app messages need none."""
PURPOSE: Reader[str] = Choice(PURPOSES, "purpose")
PURPOSE_LIST: Reader[tuple[str, ...]] = ListOf(PURPOSE, lone=True, at_least=1)
THEN: Reader[Then] = Choice(get_args(Then))
ZONE: Reader[Zone] = Choice(get_args(Zone))
MESSAGE: Reader[str] = Named("message")


@dataclass(frozen=True)
class EventName:
    """An event of the event map.

    several: where several may stand, for who writes a list.
    """

    expected: str = "an event of the event map"
    options: tuple[str, ...] = OBSERVED_EVENTS
    several: str = ""

    def read(self, value: Value) -> str | None:
        """The event's name."""
        if value.node.kind == "list":
            value.expected(self.expected, self.several)
            return None
        if value.node.kind == "mapping":
            value.expected(f"{self.expected}, by its name alone")
            return None
        name = TEXT.read(value)
        if name is None:
            return None
        if name in ENGINE_RECORDS and name not in self.options:
            value.complain(f"{value.where}: found '{name}', a record of the engine itself, expected {self.expected}")
            return None
        if name in SEGMENT_CHANGES:
            value.complain(f"{value.where}: found '{name}' alone, expected {{{name}: name of a segment}}")
            return None
        if name not in self.options:
            value.complain(unknown("event", name, value.where, self.options))
            return None
        return name

    def schema(self, definitions: Schema) -> Schema:
        """An enumeration."""
        return {"enum": list(self.options)}


EVENT: Reader[str] = EventName()
IN_ANY = "; several stand in 'any: […]'"
"""Where several events stand, of a mapping that has ``event`` or ``any``."""
EVENT_LIST: Reader[tuple[str, ...]] = ListOf(EVENT, lone=True)


def attributes_of(events: tuple[str, ...]) -> dict[str, Attribute]:
    """The attributes that some of these events carry; of opens alone the channel is one that reports them."""
    attributes = {name: attribute for event in events for name, attribute in EVENT_TYPE[event].attributes.items()}
    if {*events} == {"opened"}:
        attributes["channel"] = replace(attributes["channel"], texts=OF_OPENS)
    return attributes


def scope_of(value: Value, scope: ConditionScope) -> ConditionScope:
    """The scope with the names that the file and its population define."""
    names = value.reading.names
    own = {kind: names.get(kind, ()) for kind in OWN_TEXTS} | {"chain": names.get("chain or campaign", ())}
    own[OF_OPENS] = TOLD_BY_CHANNEL["opened"]
    return replace(scope, points=bool(names.get("points")), texts=own, coupons=names.get("coupon", ()))


def complain_of(value: Value, faults: Iterable[Fault]) -> None:
    """Report what is wrong with a text in the condition language, each fault where it stands."""
    node = value.node
    for fault in faults:
        column = node.mark.column if node.text_column is None else node.text_column + fault.offset
        value.complain(f"{value.where}: {fault.text}", Mark(node.mark.file, node.mark.line, column))


@dataclass(frozen=True)
class ConditionText:
    """A condition in the condition language, with what it may ask about."""

    scope: ConditionScope
    expected: str = 'a condition such as "orders >= 1 and consent.email"'

    def read(self, value: Value) -> Expression | None:
        """The typed expression."""
        node = value.node
        if node.kind != "text":
            value.expected(self.expected)
            return None
        expression, faults = parse_condition(str(node.value), scope_of(value, self.scope))
        complain_of(value, faults)
        if faults:
            return None
        for one, other in contradictions(expression):
            told = f"{self._quoted(one)} and {self._quoted(other)} never hold together"
            value.remark(f"{value.where}: {told}, so this is true of nobody; did you mean 'or'?")
        for part, field in left_out(expression):
            info = FIELD_TABLE.get(field.path) or self.scope.fields.get(field.path)
            if info is not None and info.missing and not self._is_known(expression, field.path):
                value.remark(
                    f"{value.where}: {self._quoted(part)} leaves out who {info.missing}: a comparison with a "
                    f"missing value is neither true nor false, with or without 'not'; for them too write 'not "
                    f"known({field.path}) or …', without them 'known({field.path}) and …'"
                )
        return expression

    def _quoted(self, part: Expression) -> str:
        return f"'{format_condition(part, self.scope.bare_trigger)}'"

    def _is_known(self, expression: Expression, path: str) -> bool:
        """Whether what went before, or another part of the condition, says that nobody lacks the value."""
        ordered = any(
            left is not None and left[0] == "orders" and not share(left[1], Range(high=0.0))
            for left in map(left_of, parts(expression))
        )
        return path in self.scope.known or (ordered and path in ORDERED)

    def schema(self, definitions: Schema) -> Schema:
        """A text."""
        return {"type": "string"}


def condition(scope: ConditionScope) -> Reader[Expression]:
    """Reads a condition that may ask about ``scope``."""
    return ConditionText(scope)
