"""Conditions that nobody can fulfil."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.conditions import And, Column, Compare, Expression, Field, In, Known, Literal_, Not, Or
from strategies.contradictions import contradictions, left_out
from strategies.evaluate import evaluate
from strategies.language.expressions import parse_condition
from strategies.language.fields import ConditionScope

SCOPE = ConditionScope("a segment", segments=("vip", "cold"))


def found(text: str) -> bool:
    expression, faults = parse_condition(text, SCOPE)
    assert not faults
    return any(contradictions(expression))


@pytest.mark.parametrize(
    "text",
    [
        "orders == 1 and orders == 2",
        "orders > 5 and orders < 3",
        "orders > 5 and 3 > orders",
        "orders > 3 and orders < 3",
        "orders >= 3 and orders < 3",
        "orders == 2 and orders in [3, 4]",
        "profile.city == 'Moscow' and profile.city == 'Perm'",
        "profile.city in ['Moscow', 'Perm'] and profile.city == 'Omsk'",
        "segment.vip and not segment.vip",
        "orders > 1 and (consent.email and orders < 1)",
        "consent.email or (orders > 5 and orders < 3)",
        "not (orders > 5 and orders < 3)",
        "last_order.age > 90d and last_order.age < 30d",
        "orders > 3 and not orders > 3",
        "not known(last_order.age) and known(last_order.age)",
        "(segment.vip or segment.cold) and not (segment.vip or segment.cold)",
        "last_open.age < 60d and not known(last_open.age)",
        "not known(last_open.age) and (orders > 1 and not last_open.age > 60d)",
        "not known(tier) and tier in ['gold']",
        "not known(last_order.age) and last_order.age + 1d < last_visit.age",
    ],
)
def test_parts_that_exclude_each_other(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "orders >= 3 and orders <= 3",
        "orders > 3 and orders < 5",
        "orders == 1 or orders == 2",
        "orders != 1 and orders == 2",
        "orders == 1 and orders in [1, 2]",
        "segment.vip and not segment.cold",
        "orders > 3 and not orders > 5",
        "orders > 5 and last_order.age < 3d",
        "profile.city == 'Moscow' and profile.city != 'Perm'",
        "not known(last_open.age) and last_visit.age < 60d",
        "not known(last_open.age) and (last_open.age < 60d or orders > 1)",
    ],
)
def test_parts_that_go_together(text: str) -> None:
    assert not found(text)


OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
BOUND = st.tuples(st.sampled_from(sorted(OPERATORS)), st.integers(0, 4), st.booleans())


@pytest.mark.slow
@given(BOUND, BOUND)
def test_two_bounds_exclude_each_other_where_no_number_fulfils_both(
    one: tuple[str, int, bool], other: tuple[str, int, bool]
) -> None:
    """Checked on halves, between which bounds at whole numbers make no difference."""

    def written(bound: tuple[str, int, bool]) -> Expression:
        op, value, turned = bound
        field, literal = Field("orders", "number"), Literal_(float(value))
        return Compare(op, literal, field) if turned else Compare(op, field, literal)  # type: ignore[arg-type]

    def holds(bound: tuple[str, int, bool], number: float) -> bool:
        op, value, turned = bound
        return bool(OPERATORS[op](value, number) if turned else OPERATORS[op](number, value))

    possible = any(holds(one, half / 2.0) and holds(other, half / 2.0) for half in range(-2, 12))
    assert any(contradictions(And((written(one), written(other))))) == (not possible)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("not (last_open.age > 60d)", ["last_open.age"]),
        ("not last_open.age > last_click.age", ["last_click.age", "last_open.age"]),
        ("not (last_open.age > 60d or last_click.age > 60d)", ["last_click.age", "last_open.age"]),
        ("consent.email and tier != 'gold'", ["tier"]),
        ("tier not in ['gold']", ["tier"]),
        ("last_open.age <= 60d", []),
        ("not (last_open.age > 60d) or not known(last_open.age)", []),
        ("not (orders >= 1 and last_order.age > 60d)", []),
        ("not segment.vip and not known(tier)", []),
    ],
)
def test_a_denied_comparison_leaves_out_who_lacks_the_value(text: str, fields: list[str]) -> None:
    expression, faults = parse_condition(text, SCOPE)
    assert not faults
    assert [field.path for _, field in left_out(expression)] == fields


NUMBERS = [Field(name, "number") for name in ("a", "b", "c")]
COMPARISONS = st.builds(
    Compare, st.sampled_from(["<", ">", "==", "!="]), st.sampled_from(NUMBERS), st.just(Literal_(1.0))
) | st.builds(In, st.sampled_from(NUMBERS), st.just((0.0, 2.0)))
EXPRESSIONS = st.recursive(
    COMPARISONS | st.builds(Known, st.sampled_from(NUMBERS)),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(lambda *operands: And(operands), inner, inner)
        | st.builds(lambda *operands: Or(operands), inner, inner)
    ),
    max_leaves=6,
)


@pytest.mark.slow
@given(EXPRESSIONS, st.tuples(*(st.sampled_from([0.0, 1.0, 2.0]) for _ in NUMBERS)))
def test_who_is_told_to_be_left_out_is_left_out(expression: Expression, values: tuple[float, ...]) -> None:
    """Whatever the other values are, the part is not true of who lacks this one."""
    for part, field in left_out(expression):
        columns = {
            one.path: Column(np.array([value]), np.array([one != field]))
            for one, value in zip(NUMBERS, values, strict=True)
        }
        assert not evaluate(part, lambda node, columns=columns: columns[node.path], 1).any()
