"""The evaluator against three-valued logic written out row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

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
)
from strategies.evaluate import evaluate
from tests.strategies.drawn import conditions, tables

Value = float | str | bool | None
"""None: missing."""


def oracle(expression: Expression, row: dict[str, Value]) -> Value:
    """Slow and plain: the value of an expression for one row, None where it is not known."""
    if isinstance(expression, Literal_):
        return expression.value
    if isinstance(expression, Field):
        return row[expression.path]
    if isinstance(expression, Asked):
        return row[f"{expression.what}({expression.message})"]
    if isinstance(expression, Known):
        return row[expression.field.path] is not None
    if isinstance(expression, Not):
        inner = oracle(expression.operand, row)
        return None if inner is None else not inner
    if isinstance(expression, And):
        found = [oracle(operand, row) for operand in expression.operands]
        return False if False in found else None if None in found else True
    if isinstance(expression, Or):
        found = [oracle(operand, row) for operand in expression.operands]
        return True if True in found else None if None in found else False
    if isinstance(expression, In):
        asked = oracle(expression.left, row)
        return None if asked is None else asked in expression.values
    left, right = oracle(expression.left, row), oracle(expression.right, row)
    if left is None or right is None:
        return None
    if isinstance(expression, Compare):
        return compared(expression.op, left, right)
    assert isinstance(left, float)
    assert isinstance(right, float)
    return calculated(expression, left, right)


def compared(op: str, left: Value, right: Value) -> bool:
    """The six comparisons, by == and < alone."""
    assert left is not None
    assert right is not None
    equal, less = left == right, left < right  # type: ignore[operator]
    return {"==": equal, "!=": not equal, "<": less, ">=": not less, "<=": less or equal, ">": not (less or equal)}[op]


def calculated(expression: Arithmetic, left: float, right: float) -> float | None:
    """A division by zero is not known."""
    if expression.op == "/":
        return left / right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}[expression.op]


def rows_of(rows: int, columns: dict[str, Column]) -> list[dict[str, Value]]:
    """The table row by row."""

    def value(column: Column, row: int) -> Value:
        stored = column.values[row].item()
        missing = column.known is not None and not column.known[row]
        if missing or (isinstance(stored, float) and math.isnan(stored)):
            return None
        return column.categories[stored] if column.categories else stored

    return [{name: value(column, row) for name, column in columns.items()} for row in range(rows)]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(conditions, tables())
def test_conditions_agree_with_three_valued_logic(condition: Expression, table: tuple[int, dict[str, Column]]) -> None:
    rows, columns = table

    def resolve(asked: Field | Asked) -> Column:
        return columns[asked.path if isinstance(asked, Field) else f"{asked.what}({asked.message})"]

    result = evaluate(condition, resolve, rows)
    assert result.dtype == np.bool_
    assert result.tolist() == [oracle(condition, row) is True for row in rows_of(rows, columns)]


AGE = Field("last_order.age", "number")
OLD = Compare(">", AGE, Literal_(10.0))
AGES = Column(np.array([5.0, 20.0, 0.0]), known=np.array([True, True, False]))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (OLD, [False, True, False]),
        (Not(OLD), [True, False, False]),
        (Not(Known(AGE)), [False, False, True]),
        (Or((OLD, Not(Known(AGE)))), [False, True, True]),
        (Literal_(True), [True, True, True]),
    ],
)
def test_a_comparison_with_a_missing_value_selects_nobody(condition: Expression, expected: list[bool]) -> None:
    assert evaluate(condition, lambda asked: AGES, 3).tolist() == expected


def test_not_opened_is_true_only_of_the_delivered() -> None:
    opened = Column(np.array([True, False, False]), known=np.array([True, True, False]))
    assert evaluate(Not(Asked("opened", "m")), lambda asked: opened, 3).tolist() == [False, True, False]


def test_the_result_is_never_the_column_itself() -> None:
    column = Column(np.array([True, False]))
    result = evaluate(Field("consent.email", "bool"), lambda asked: column, 2)
    result[:] = False
    assert column.values.tolist() == [True, False]


def test_what_is_no_condition_is_refused() -> None:
    with pytest.raises(TypeError, match="Arithmetic is neither true nor false"):
        evaluate(Arithmetic("+", Literal_(1.0), Literal_(1.0)), lambda asked: AGES, 3)
