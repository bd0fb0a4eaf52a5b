"""Vectorised evaluation of conditions in three-valued (Kleene) logic.

Every truth is a pair of masks, where it holds and where it fails; a row in neither is unknown.
``not`` swaps the two, ``and`` holds where all hold and fails where one fails.  A comparison with a
missing value neither holds nor fails, so it selects nobody, also under ``not``.
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
Truth = tuple[Mask, Mask]
"""Where a condition holds and where it fails: (n,) bool, or 0-d for all rows alike."""

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
_YES: Final = np.array(True)
_NO: Final = np.array(False)


def evaluate(expression: Expression, resolve: Resolver, rows: int) -> Mask:
    """The rows for which the expression is true.

    resolve: gives the column of a field or of a question about this run, (rows,) each.
    Returns a new (rows,) bool array.

    >>> column = Column(np.array([1.0, 5.0, 5.0]), known=np.array([True, True, False]))
    >>> evaluate(Not(Compare("<", Field("orders", "number"), Literal_(3.0))), lambda field: column, 3)
    array([False,  True, False])
    """
    holds, _ = _truth(expression, resolve)
    return np.array(np.broadcast_to(holds, (rows,)))


def _truth(expression: Expression, resolve: Resolver) -> Truth:
    match expression:
        case And(operands):
            truths = [_truth(operand, resolve) for operand in operands]
            return _all([holds for holds, _ in truths]), _any([fails for _, fails in truths])
        case Or(operands):
            truths = [_truth(operand, resolve) for operand in operands]
            return _any([holds for holds, _ in truths]), _all([fails for _, fails in truths])
        case Not(operand):
            holds, fails = _truth(operand, resolve)
            return fails, holds
        case Compare(op, left, right):
            return _comparison(op, _operand(left, resolve), _operand(right, resolve))
        case In(left, values):
            return _membership(_operand(left, resolve), values)
        case Known(asked):
            present = _presence(resolve(asked))
            return present, ~present
        case Literal_(bool(value)):
            return (_YES, _NO) if value else (_NO, _YES)
        case Field() | Asked():
            column = resolve(expression)
            return _split(column.values.astype(np.bool_, copy=False), _presence(column))
        case _:
            raise TypeError(f"{type(expression).__name__} is neither true nor false")


def _all(masks: list[Mask]) -> Mask:
    return reduce(np.logical_and, masks)


def _any(masks: list[Mask]) -> Mask:
    return reduce(np.logical_or, masks)


def _split(values: Mask, known: Mask) -> Truth:
    return values & known, ~values & known


def _presence(column: Column) -> Mask:
    """Where a column has a value; a NaN is missing too."""
    present = column.known if column.known is not None else _YES
    if column.values.dtype.kind == "f":
        present = present & ~np.isnan(column.values)
    return present


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


def _comparison(op: str, left: Column, right: Column) -> Truth:
    first, second = left.values, right.values
    if left.categories is not None and right.categories is not None:
        first, second = _common_codes(left, right)
    return _split(np.asarray(_COMPARE[op](first, second)), _presence(left) & _presence(right))


def _common_codes(left: Column, right: Column) -> tuple[NDArray[Any], NDArray[Any]]:
    """Codes of two text columns in the categories of both."""
    if left.categories == right.categories:
        return left.values, right.values
    names = {name: code for code, name in enumerate(dict.fromkeys((left.categories or ()) + (right.categories or ())))}
    return _recoded(left, names), _recoded(right, names)


def _recoded(column: Column, names: dict[str, int]) -> NDArray[Any]:
    if not column.categories:
        return np.full(column.values.shape, -1)
    codes = np.array([names[name] for name in column.categories])
    return codes[np.clip(column.values.astype(np.int64), 0, codes.size - 1)]


def _membership(column: Column, values: tuple[float | str, ...]) -> Truth:
    wanted: list[Any] = list(values)
    if column.categories is not None:
        wanted = [code for code, name in enumerate(column.categories) if name in values]
    return _split(np.isin(column.values, wanted), _presence(column))
