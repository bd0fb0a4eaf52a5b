"""The condition language: typed expressions (:mod:`strategies.evaluate` evaluates them).

Three-valued (Kleene): a comparison with a missing value is neither true nor false, so it selects
nobody, also under ``not``; ``known(x)`` asks for presence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ValueType = Literal["number", "text", "bool"]


Call = Literal["sent", "delivered", "shown", "opened", "opened_by_person", "clicked"]
"""What may be asked about this run's messages."""
ArithmeticOperator = Literal["+", "-", "*", "/"]
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(slots=True)
class Column:
    """Values of one field for some rows.  Nobody changes them.

    values: (n,) float64 for numbers, bool for bools, int codes for text.
    known:  (n,) bool, or None where every value is known.
    categories: for text, the name of each code.
    """

    values: NDArray[np.generic]
    known: NDArray[np.bool_] | None = None
    categories: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Field:
    """A field by its full path (``last_order.age``, ``segment.vip``, ``trigger.value``, ``answer.score``)."""

    path: str
    type: ValueType


@dataclass(frozen=True)
class Literal_:
    """A constant: number (durations in seconds), text or bool; ``is_duration``: it was written with a unit of time."""

    value: float | str | bool
    is_duration: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True)
class Asked:
    """A call about the run's messages: ``sent | delivered | shown | opened | opened_by_person | clicked``; '' any."""

    what: Call
    message: str = ""


@dataclass(frozen=True)
class Known:
    """``known(x)``: is the value of a field present?"""

    field: Field


@dataclass(frozen=True)
class Arithmetic:
    """``left op right`` over numbers."""

    op: ArithmeticOperator
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Compare:
    """``left op right``; numbers with numbers, text with text (only == and !=)."""

    op: Comparison
    left: Expression
    right: Expression


@dataclass(frozen=True)
class In:
    """``field in [values]``."""

    left: Expression
    values: tuple[float | str, ...]


@dataclass(frozen=True)
class Not:
    """``not x``."""

    operand: Expression


@dataclass(frozen=True)
class And:
    """``a and b and …``."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """``a or b or …``."""

    operands: tuple[Expression, ...]


Expression = Field | Literal_ | Asked | Known | Arithmetic | Compare | In | Not | And | Or

Resolver = Callable[[Field | Asked], Column]
"""Gives the column of a field, or of an ``Asked``, for the rows under evaluation."""


def is_condition(expression: Expression) -> bool:
    """Is it true or false, rather than a number or a text?

    >>> is_condition(Field("segment.vip", "bool")), is_condition(Field("orders", "number"))
    (True, False)
    """
    match expression:
        case Field(_, type_):
            return type_ == "bool"
        case Literal_(value):
            return isinstance(value, bool)
        case _:
            return not isinstance(expression, Arithmetic)


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """What must all hold for the expression to hold: the operands of an ``and``, else the expression alone.

    >>> a, b = Field("segment.vip", "bool"), Field("segment.new", "bool")
    >>> parts_of(And((a, b))) == (a, b), parts_of(Or((a, b))) == (Or((a, b)),)
    (True, True)
    """
    return expression.operands if isinstance(expression, And) else (expression,)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything it is made of."""
    yield expression
    match expression:
        case And(operands) | Or(operands):
            parts: tuple[Expression, ...] = operands
        case Compare(_, left, right) | Arithmetic(_, left, right):
            parts = (left, right)
        case Not(part) | In(part, _) | Known(part):
            parts = (part,)
        case _:
            parts = ()
    for part in parts:
        yield from walk(part)
