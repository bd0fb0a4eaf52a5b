"""What a condition says that is hardly meant: parts that contradict each other, and who falls out of a ``not``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from strategies.conditions import And, Compare, Expression, Field, In, Known, Literal_, Not, Or, walk

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, the ends included or not."""

    low: float = -math.inf
    high: float = math.inf
    with_low: bool = True
    with_high: bool = True

    def meets(self, other: Range) -> bool:
        """Whether some number lies in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low != high:
            return low < high
        low_in = all(one.with_low for one in (self, other) if one.low == low)
        high_in = all(one.with_high for one in (self, other) if one.high == high)
        return low_in and high_in

    def has(self, value: float) -> bool:
        """Whether a number lies in it."""
        return self.meets(Range(value, value))


Values = Range | frozenset[float | str | bool]
"""What a part of a condition leaves of a field's values: a range of numbers, or some values."""


def contradictions(expression: Expression) -> Iterator[tuple[Expression, Expression]]:
    """Pairs of parts of one ``and`` of which never both hold, wherever in the expression.

    >>> orders = Field("orders", "number")
    >>> five, three = Compare(">", orders, Literal_(5.0)), Compare("<", orders, Literal_(3.0))
    >>> list(contradictions(And((five, three)))) == [(five, three)]
    True
    """
    for node in walk(expression):
        if isinstance(node, And):
            for one, other in combinations(list(parts(node)), 2):
                if _exclude(one, other):
                    yield one, other


def excluding(some: tuple[Expression, ...], others: tuple[Expression, ...]) -> Iterator[tuple[Expression, Expression]]:
    """Pairs of one of some parts and one of others that never both hold."""
    yield from ((one, other) for one in some for other in others if _exclude(one, other))


def parts(expression: Expression) -> Iterator[Expression]:
    """All that must hold for an expression to hold: the operands of its ``and``, however nested."""
    if isinstance(expression, And):
        for operand in expression.operands:
            yield from parts(operand)
    else:
        yield expression


def left_of(part: Expression) -> tuple[str, Values] | None:
    """Path of a field and what a part of a condition leaves of its values; None where it says no such thing."""
    match part:
        case Compare(op, Field(path), Literal_(value)) if op != "!=":
            return path, _values(op, value)
        case Compare(op, Literal_(value), Field(path)) if op != "!=":
            return path, _values(_TURNED[op], value)
        case In(Field(path), values):
            return path, frozenset(values)
        case Field(path, "bool"):
            return path, frozenset((True,))
        case Not(Field(path, "bool")):
            return path, frozenset((False,))
        case _:
            return None


def _values(op: str, value: float | str | bool) -> Values:
    if isinstance(value, bool | str) or op == "==":
        return frozenset((value,))
    below = op in ("<", "<=")
    return Range(high=value, with_high=op == "<=") if below else Range(low=value, with_low=op == ">=")


def _exclude(one: Expression, other: Expression) -> bool:
    if Not(one) == other or Not(other) == one or _lacks(one, other) or _lacks(other, one):
        return True
    mine, theirs = left_of(one), left_of(other)
    return mine is not None and theirs is not None and mine[0] == theirs[0] and not share(mine[1], theirs[1])


def _lacks(one: Expression, other: Expression) -> bool:
    """Whether one part says that a value is missing which the other compares."""
    return isinstance(one, Not) and isinstance(one.operand, Known) and one.operand.field in _needed(other)


def _needed(part: Expression) -> frozenset[Field]:
    """Fields without whose values a part of a condition is neither true nor false."""
    match part:
        case Compare() | In():
            return frozenset(node for node in walk(part) if isinstance(node, Field))
        case Not(Compare() | In() as operand):
            return _needed(operand)
        case _:
            return frozenset()


def left_out(expression: Expression) -> Iterator[tuple[Expression, Field]]:
    """Parts that deny a comparison, each with a field: whoever lacks the value is left out, as if the comparison held.

    Not those whose field the condition asks ``known(…)`` of.

    >>> age = Field("last_open.age", "number")
    >>> long_ago = Not(Compare(">", age, Literal_(5.0)))
    >>> list(left_out(long_ago)) == [(long_ago, age)], list(left_out(Or((long_ago, Not(Known(age))))))
    (True, [])
    """
    asked = {node.field for node in walk(expression) if isinstance(node, Known)}
    for node in walk(expression):
        for field in sorted(_denied(node) - asked, key=lambda field: field.path):
            yield node, field


def _denied(node: Expression) -> frozenset[Field]:
    match node:
        case Not(Or(operands)):
            return frozenset[Field]().union(*(_needed(operand) for operand in operands))
        case Not(Compare() | In() as operand):
            return _needed(operand)
        case Compare("!="):
            return _needed(node)
        case _:
            return frozenset()


def share(one: Values, other: Values) -> bool:
    """Whether some value is in both."""
    match one, other:
        case Range(), Range():
            return one.meets(other)
        case frozenset(), frozenset():
            return bool(one & other)
        case Range(), frozenset():
            return any(isinstance(value, int | float) and one.has(float(value)) for value in other)
        case frozenset(), Range():
            return share(other, one)
    raise AssertionError
