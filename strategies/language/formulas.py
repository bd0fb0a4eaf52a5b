"""What ``set`` writes into fields of the card: constants, the moment of the step, formulas."""

from __future__ import annotations

from dataclasses import replace

from strategies.action_steps import CardField, SetFields
from strategies.conditions import Expression
from strategies.language.card import FIELD_VALUE, fits, own_field
from strategies.language.emit import Tree
from strategies.language.expressions import parse_formula
from strategies.language.fields import ConditionScope
from strategies.language.format_condition import format_condition
from strategies.language.problems import shortened, unknown
from strategies.language.reader import Checked, Reader, Value
from strategies.language.records import MapOf
from strategies.language.units import NAME
from strategies.language.words import complain_of, scope_of

Given = float | str | bool | Expression

_MEANT = {
    "number": "a number, or a formula such as 'field.{name} + 1' or 'trigger.value'",
    "flag": "true, false, or a condition",
    "text": "a text, or a field that holds one",
}


def set_reader(scope: ConditionScope) -> Reader[SetFields]:
    """Reads ``{calls: field.calls + 1, stage: talking, called_at: now}``; formulas know ``scope``."""

    def check(value: Value, given: dict[str, float | str | bool]) -> SetFields | None:
        names = value.reading.names
        chosen: list[tuple[str, Given]] = []
        for name, mark, child in value.entries():
            field = own_field(names, name)
            if field is None:
                value.complain(unknown("field", name, value.where, names.get("field", ())), mark)
            elif name in given and (one := _given(child, field, given[name], scope)) is not None:
                chosen.append((name, one))
        if not value.node.entries:
            value.expected("a mapping such as {field: value}")
        return SetFields(tuple(chosen)) if chosen else None

    return Checked(MapOf(FIELD_VALUE, NAME), check)


def _given(value: Value, field: CardField, given: float | str | bool, scope: ConditionScope) -> Given | None:
    """A constant that fits the field, or a formula of its type."""
    if not isinstance(given, str) or field.type == "date":
        return (given if isinstance(given, bool | str) else float(given)) if fits(value, field, given) else None
    if field.type == "text" and (given in field.values or "." not in given):
        return given if fits(value, field, given) else None
    return _formula(value, field, given, scope)


def _formula(value: Value, field: CardField, text: str, scope: ConditionScope) -> Expression | None:
    typed, faults = parse_formula(text, scope_of(value, scope))
    if faults and text.isidentifier():
        value.expected(_MEANT[field.type].format(name=field.name))
        return None
    if faults:
        complain_of(value, [replace(fault, text=fault.text.replace("condition", "formula")) for fault in faults])
        return None
    wanted = "bool" if field.type == "flag" else field.type
    if typed.type != wanted:
        value.complain(
            f"{value.where}: found the {typed.type} '{shortened(text)}', expected "
            f"{_MEANT[field.type].format(name=field.name)}"
        )
    elif typed.is_duration:
        value.complain(
            f"{value.where}: found the duration '{shortened(text)}', expected a number, such as "
            f"'{shortened(text)} / 1d' (of days)"
        )
    elif strange := [one for one in typed.values if wanted == "text" and one not in field.values]:
        value.complain(
            f"{value.where}: found '{shortened(text)}', which may be '{strange[0]}', expected only texts of the field: "
            + ", ".join(field.values)
        )
    else:
        return typed.expression
    return None


def set_tree(step: SetFields) -> Tree:
    """The step as it would stand in a file."""
    return {"set": {name: _plain(value) for name, value in step.values}}


def _plain(value: Given) -> float | str | bool:
    if not isinstance(value, float | str | bool):
        return format_condition(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
