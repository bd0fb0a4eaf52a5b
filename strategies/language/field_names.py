"""The fields that a condition may name, by their full paths: what each is, and why there is none of that name."""

from __future__ import annotations

from dataclasses import dataclass

from strategies.conditions import Expression, Field, ValueType
from strategies.language.fields import CALLS, FIELD_TABLE, ConditionScope
from strategies.language.problems import unknown
from strategies.vocabulary import IN_APP, TEXTS, Attribute


class NoField(Exception):
    """There is no field of a path, or not here; the message says what was found and expected."""


@dataclass(frozen=True)
class Typed:
    """An expression with its type (None: unknown, after a fault).

    values: of a text field with fixed values. is_duration: a time, a plain number, or (None) either.
    """

    expression: Expression
    type: ValueType | None
    values: tuple[str, ...] = ()
    is_duration: bool | None = None


def parse_field(path: str, scope: ConditionScope) -> Field | str:
    """The field of a path; what is wrong with it, in words, where there is none.

    >>> parse_field("orders", ConditionScope("a webhook"))
    Field(path='orders', type='number')
    """
    try:
        typed = look_up(path, scope)
    except NoField as none:
        return str(none)
    assert isinstance(typed.expression, Field)
    return typed.expression


def look_up(path: str, scope: ConditionScope) -> Typed:
    """The field of this path.  Raises NoField where there is none."""
    root, _, rest = path.partition(".")
    if scope.heard and root == "trigger" and rest:
        raise NoField(_not_of_the_event(path, rest, [*(scope.trigger or ())]))
    if scope.bare_trigger and scope.trigger and path in scope.trigger:
        root, rest = "trigger", path
    elif scope.attributes_only:
        raise NoField(_no_attribute(path, scope))
    if path in scope.fields:
        info = scope.fields[path]
        return Typed(Field(path, info.type), info.type, info.values, info.is_duration)
    if path in FIELD_TABLE:
        info = FIELD_TABLE[path]
        if root == "rfm" and not scope.rfm:
            raise NoField(f"found '{path}', expected an 'rfm:' block that defines the scores")
        if root == "points" and not scope.points:
            raise NoField(f"found '{path}', expected 'points' in a 'loyalty:' block")
        if path == "tier" and scope.texts is not None and not scope.texts["tier"]:
            raise NoField(f"found '{path}', expected 'tiers' in a 'loyalty:' block")
        values = info.values or (scope.texts or {}).get(info.texts, ())
        return Typed(Field(path, info.type), info.type, values, info.is_duration)
    if root == "segment" and rest:
        if rest in scope.segments:
            return Typed(Field(path, "bool"), "bool")
        raise NoField(unknown("segment", rest, "the condition", scope.segments))
    if root == "coupon" and rest:
        if rest in scope.coupons:
            return Typed(Field(path, "bool"), "bool")
        raise NoField(_no_coupon(path, rest, scope))
    if root == "trigger" and scope.trigger is None:
        raise NoField(f"found '{path}', which only a chain's conditions know, in {scope.where}")
    if root == "trigger" and scope.trigger is not None and rest in scope.trigger:
        return _attribute(f"trigger.{rest}", scope.trigger[rest], scope)
    if root in scope.waits and rest == "happened":
        return Typed(Field(path, "bool"), "bool")
    if root in scope.waits and rest in scope.waits[root]:
        return _attribute(path, scope.waits[root][rest], scope)
    if root in ("consent", "address") and path.rpartition(".")[2] == IN_APP:
        raise NoField(f"found '{path}', but in-app messages need neither an address nor consent")
    if path in CALLS:
        raise NoField(f"found '{path}', expected a call: {path}(message) or {path}()")
    meant = f"segment.{path}" if path in scope.segments else None
    raise NoField(unknown("field", path, "the condition", scope.field_names(), meant))


def _no_coupon(path: str, name: str, scope: ConditionScope) -> str:
    """Why nobody holds such a coupon."""
    if name in (scope.texts or {}).get("offer", ()):
        return f"found '{path}', but no chain gives a coupon for '{name}', expected a step give: {{coupon: {name}}}"
    return unknown("coupon", name, "the condition", scope.coupons)


def _not_of_the_event(path: str, name: str, names: list[str]) -> str:
    """Why a condition about an event that is heard may not ask for ``trigger.NAME``."""
    meant = f"'{name}', the attribute" if name in names else f"an attribute ({', '.join(names)})"
    expected = f"expected {meant} of the event itself" if names else "but the event has no attributes"
    return f"found '{path}', {expected}; what began a run cannot be asked here"


def _no_attribute(path: str, scope: ConditionScope) -> str:
    """Why a condition that may ask for attributes of events alone may not ask for this path."""
    names = scope.field_names()
    if not names:
        return f"found '{path}', but the event has no attributes"
    return unknown("attribute", path, "the condition", names)


def _attribute(path: str, attribute: Attribute, scope: ConditionScope) -> Typed:
    """An attribute of an event, by its full path."""
    type_, values = attribute.type, {**TEXTS, **(scope.texts or {})}.get(attribute.texts, ())
    return Typed(Field(path, type_), type_, values, attribute.is_duration)
