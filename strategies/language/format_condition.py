"""Typed expressions back to condition text."""

from __future__ import annotations

from strategies.conditions import And, Arithmetic, Asked, Compare, Expression, Field, In, Known, Literal_, Not, Or
from strategies.language.condition_text import WORDS
from strategies.language.fields import FIELD_TABLE
from strategies.language.units import format_duration
from strategies.vocabulary import ATTRIBUTES


def format_condition(expression: Expression, bare: bool = False) -> str:
    """A text that parses to an equal expression.

    bare: the attributes of the trigger events stand without ``trigger.``, where the condition may be written so.

    >>> format_condition(Compare(">", Field("last_order.age", "number"), Literal_(7776000.0)))
    'last_order.age > 90d'
    >>> format_condition(Compare(">", Field("trigger.value", "number"), Literal_(5.0)), bare=True)
    'value > 5'
    """
    match expression:
        case Field(path, _):
            return _short(path) if bare else path
        case Literal_(value):
            return _duration(value) if expression.is_duration and isinstance(value, float) else _literal(value)
        case Asked(what, message):
            return f"{what}({message})"
        case Known(asked):
            return f"known({format_condition(asked, bare)})"
        case Not(operand):
            return f"not {_inside(operand, bare)}"
        case And(operands):
            return " and ".join(_inside(operand, bare) for operand in operands)
        case Or(operands):
            return " or ".join(_inside(operand, bare) for operand in operands)
        case In(left, values):
            return f"{_inside(left, bare)} in [{', '.join(_beside(value, left) for value in values)}]"
        case Arithmetic(op, left, right):
            return f"{_inside(left, bare)} {op} {_inside(right, bare)}"
        case Compare(op, left, right):
            return f"{_operand(left, right, bare)} {op} {_operand(right, left, bare)}"


def _short(path: str) -> str:
    """The path of an attribute without ``trigger.``, but where its name alone would be a word that joins conditions."""
    name = path.removeprefix("trigger.")
    return path if name.lower() in WORDS else name


def _inside(expression: Expression, bare: bool) -> str:
    text = format_condition(expression, bare)
    return text if isinstance(expression, (Field, Literal_, Asked, Known)) else f"({text})"


def _beside(value: float | str | bool, other: Expression) -> str:
    """A constant next to what it is compared with: ages are durations."""
    if isinstance(other, Field) and _is_duration(other.path) and isinstance(value, float):
        return _duration(value)
    return _literal(value)


def _is_duration(path: str) -> bool:
    info, attribute = FIELD_TABLE.get(path), ATTRIBUTES.get(path.rpartition(".")[2])
    return info.is_duration if info else attribute is not None and attribute.is_duration


def _operand(expression: Expression, other: Expression, bare: bool) -> str:
    """One side of a comparison."""
    if isinstance(expression, Literal_) and not expression.is_duration:
        return _beside(expression.value, other)
    return _inside(expression, bare)


def _duration(seconds: float) -> str:
    return ("-" if seconds < 0 else "") + format_duration(abs(int(seconds)))


def _literal(value: float | str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if "'" in value else f"'{value}'"
    return str(int(value)) if value.is_integer() else repr(value)
