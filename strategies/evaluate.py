"""Vectorised evaluation of conditions in three-valued (Kleene) logic.

A condition holds, fails or is not known in a row.  Only one of the two masks, where it holds or
where it fails, is ever needed of a part: ``not`` asks for the other one, ``and`` holds where all
hold and fails where one fails.  A comparison with a missing value neither holds nor fails, so it
selects nobody, also under ``not``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from strategies.conditions import (
    And,
    Arithmetic,
    Asked,
    Column,
    Compare,
    Expression,
    Field,
    In,
    Known,
    Literal_,
    Not,
    Or,
    Resolver,
)

Mask = NDArray[np.bool_]

_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
_NEGATED: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def evaluate(expression: Expression, resolve: Resolver, rows: int) -> Mask:
    """The rows for which the expression is true.

    resolve: gives the column of a field or of a question about this run, (rows,) each.
    Returns a new (rows,) bool array.

    >>> column = Column(np.array([1.0, 5.0, 5.0]), known=np.array([True, True, False]))
    >>> evaluate(Not(Compare("<", Field("orders", "number"), Literal_(3.0))), lambda field: column, 3)
    array([False,  True, False])
    """
    holds = _where(expression, True, resolve)
    return holds.copy() if holds.ndim else np.full(rows, holds)


def calculate(expression: Expression, resolve: Resolver, rows: int) -> Column:
    """What a formula of numbers or a text field comes to, each known or not, (rows,).

    >>> column = Column(np.array([1.0, 5.0]), known=np.array([True, False]))
    >>> more = calculate(Arithmetic("+", Field("orders", "number"), Literal_(1.0)), lambda field: column, 2)
    >>> more.values, more.known
    (array([2., 6.]), array([ True, False]))
    """
    column = _operand(expression, resolve)
    values, known = np.broadcast_to(column.values, (rows,)), np.broadcast_to(_presence(column), (rows,))
    return Column(values, known, column.categories)


def _where(expression: Expression, wanted: bool, resolve: Resolver) -> Mask:
    """Where the expression is known to be ``wanted``: (n,) bool, or 0-d for all rows alike."""
    match expression:
        case And(operands) | Or(operands):
            join = np.logical_and if isinstance(expression, And) == wanted else np.logical_or
            return reduce(join, [_where(operand, wanted, resolve) for operand in operands])
        case Not(operand):
            return _where(operand, not wanted, resolve)
        case Compare(op, left, right):
            return _compared(op if wanted else _NEGATED[op], _operand(left, resolve), _operand(right, resolve))
        case In(left, values):
            return _among(_operand(left, resolve), values, wanted)
        case Known(asked):
            return np.asarray(_presence(resolve(asked)) == wanted)
        case Literal_(bool(value)):
            return np.array(value == wanted)
        case Field() | Asked():
            column = resolve(expression)
            return np.asarray((column.values == wanted) & _known(column))
        case _:
            raise TypeError(f"{type(expression).__name__} is neither true nor false")


def _known(column: Column) -> Mask:
    return column.known if column.known is not None else np.array(True)


def _presence(column: Column) -> Mask:
    """Where a column has a value; a NaN is missing too."""
    return _known(column) & ~np.isnan(column.values) if column.values.dtype.kind == "f" else _known(column)


def _operand(expression: Expression, resolve: Resolver) -> Column:
    """The values of a number or text, each known or not."""
    match expression:
        case Literal_(str(text)):
            return Column(np.array(0), categories=(text,))
        case Literal_(value):
            return Column(np.array(value))
        case Arithmetic(op, left, right):
            first, second = _operand(left, resolve), _operand(right, resolve)
            with np.errstate(all="ignore"):
                values = np.asarray(_ARITHMETIC[op](first.values.astype(np.float64), second.values.astype(np.float64)))
            return Column(values, _presence(first) & _presence(second) & np.isfinite(values))
        case Field() | Asked():
            return resolve(expression)
        case _:
            raise TypeError(f"{type(expression).__name__} is no number or text")


def _compared(op: str, left: Column, right: Column) -> Mask:
    first, second = left.values, right.values
    if left.categories is not None and right.categories is not None:
        if first.ndim == 0:
            first = _codes_in(right.categories, left)
        else:
            second = _codes_in(left.categories, right)
    holds = _COMPARE[op](first, second)
    if op == "!=":  # the one comparison that a NaN satisfies
        return np.asarray(holds & _presence(left) & _presence(right))
    return np.asarray(holds & _known(left) & _known(right))


def _codes_in(categories: tuple[str, ...], column: Column) -> NDArray[Any]:
    """The texts of a column as codes of other categories; -1 for what is not among them."""
    if column.categories == categories or not column.categories:
        return column.values
    code = {name: number for number, name in enumerate(categories)}
    codes = np.array([code.get(name, -1) for name in column.categories])
    return codes[np.clip(column.values.astype(np.int64), 0, codes.size - 1)]


def _among(column: Column, values: tuple[float | str, ...], wanted: bool) -> Mask:
    listed: list[Any] = list(values)
    if column.categories is not None:
        listed = [code for code, name in enumerate(column.categories) if name in values]
    return np.asarray((np.isin(column.values, listed) == wanted) & _presence(column))
