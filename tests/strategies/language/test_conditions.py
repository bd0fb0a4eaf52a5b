"""Condition texts to expressions and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.conditions import (
    And,
    Arithmetic,
    Asked,
    Compare,
    Expression,
    Field,
    In,
    Known,
    Literal_,
    Not,
    Or,
)
from strategies.language.expressions import parse_condition
from strategies.language.fields import FIELDS, ConditionScope
from strategies.language.format_condition import format_condition
from strategies.vocabulary import CATEGORY, MONEY, SCORE
from tests.strategies.drawn import conditions

SCOPE = ConditionScope(
    "a chain",
    segments=("vip", "sleeping"),
    trigger={"value": MONEY, "category": CATEGORY},
    waits={"answer": {"score": SCORE}},
    sends={"nudge": frozenset({"email"}), "digest": frozenset({"sms", "email"})},
)
ORDERS, AGE = Field("orders", "number"), Field("last_order.age", "number")

MEANINGS: dict[str, Expression] = {
    "orders >= 1": Compare(">=", ORDERS, Literal_(1.0)),
    "last_order.age > 90d": Compare(">", AGE, Literal_(7_776_000.0)),
    "last_order.age < 1.5h": Compare("<", AGE, Literal_(5_400.0)),
    "90d < last_order.age": Compare("<", Literal_(7_776_000.0), AGE),
    "1 < orders <= 5": And((Compare("<", Literal_(1.0), ORDERS), Compare("<=", ORDERS, Literal_(5.0)))),
    "consent.email and not segment.vip": And((Field("consent.email", "bool"), Not(Field("segment.vip", "bool")))),
    "orders == 0 or known(last_order.age)": Or((Compare("==", ORDERS, Literal_(0.0)), Known(AGE))),
    "rfm.segment in ['champions', 'loyal']": In(Field("rfm.segment", "text"), ("champions", "loyal")),
    "profile.city not in ('Москва',)": Not(In(Field("profile.city", "text"), ("Москва",))),
    'profile.city == "90d"': Compare("==", Field("profile.city", "text"), Literal_("90d")),
    "trigger.value > 1.5 * base.average_order": Compare(
        ">",
        Field("trigger.value", "number"),
        Arithmetic("*", Literal_(1.5), Field("base.average_order", "number")),
    ),
    "orders > -1": Compare(">", ORDERS, Literal_(-1.0)),
    "-orders < 1": Compare("<", Arithmetic("-", Literal_(0.0), ORDERS), Literal_(1.0)),
    "clicked(nudge)": Asked("clicked", "nudge"),
    "opened_by_person()": Asked("opened_by_person"),
    "answer.happened and answer.score < 7": And(
        (Field("answer.happened", "bool"), Compare("<", Field("answer.score", "number"), Literal_(7.0)))
    ),
    "consent.service.sms": Field("consent.service.sms", "bool"),
    "sends.email > 3": Compare(">", Field("sends.email", "number"), Literal_(3.0)),
    "true": Literal_(True),
    "\n  orders\n  > 1": Compare(">", ORDERS, Literal_(1.0)),
}


@pytest.mark.parametrize(("text", "meaning"), MEANINGS.items())
def test_conditions_mean_what_they_say(text: str, meaning: Expression) -> None:
    assert parse_condition(text, SCOPE) == (meaning, [])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(conditions)
def test_a_condition_survives_writing_and_reading(condition: Expression) -> None:
    assert parse_condition(format_condition(condition), SCOPE) == (condition, [])
    bare = format_condition(condition, bare=True)
    assert "trigger." not in bare
    assert parse_condition(bare, replace(SCOPE, bare_trigger=True, heard=True)) == (condition, [])


def test_an_attribute_named_like_a_word_of_conditions_keeps_its_trigger() -> None:
    scope = ConditionScope("a trigger", trigger={"IN": MONEY, "или": MONEY, "value": MONEY}, bare_trigger=True)
    text = "trigger.IN > 1 and trigger.или > 2 and trigger.value > 3"
    condition, faults = parse_condition(text, scope)
    assert not faults
    bare = format_condition(condition, bare=True)
    assert bare == "(trigger.IN > 1) and (trigger.или > 2) and (value > 3)"
    assert parse_condition(bare, scope) == (condition, [])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            ["orders", "and", "not", "(", ")", "[", "'a'", "90d", ">", "==", "in", ".", "clicked", "1", "é"]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_text_gives_an_expression_or_faults_inside_it(text: str) -> None:
    _, faults = parse_condition(text, SCOPE)
    assert all(0 <= fault.offset <= len(text) for fault in faults)


def test_offsets_count_characters_not_bytes() -> None:
    text = "profile.city == 'Санкт-Петербург' and ordrs > 90d and city"
    _, faults = parse_condition(text, SCOPE)
    assert [fault.offset for fault in faults] == [text.index("ordrs"), text.rindex("city")]


def test_all_faults_of_a_condition_come_at_once() -> None:
    _, faults = parse_condition("ordrs > 1 and segment.vpi and clicked(nugde) and orders == 'a'", SCOPE)
    assert len(faults) == 4


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_of_the_table_can_be_asked(field: object) -> None:
    info = next(info for info in FIELDS if info is field)
    word = info.values[0] if info.values else "loyal"
    text = {"bool": info.name, "text": f"{info.name} == '{word}'", "number": f"{info.name} > 0"}[info.type]
    assert parse_condition(text, SCOPE)[1] == []
    assert info.about


def test_opens_of_a_message_sent_by_sms_too_may_be_asked() -> None:
    assert parse_condition("opened(digest)", SCOPE)[1] == []
