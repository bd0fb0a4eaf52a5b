"""LANGUAGE, Conditions and What a channel reports: missing values, fields, questions about a run."""

from __future__ import annotations

import re

import pytest

from strategies.language import ScenarioError
from tests.strategies.story import Person, scenario_of, tell

VISIT = "day 0 09:05 anna site_visited"


def who_is_let_in(condition: str, *timeline: str, person: Person | None = None, more: str = "") -> bool:
    """Whether ``enter: condition`` lets Anna into a chain that her visit on day 0 starts."""
    scenario = f"""
{more}
messages: {{m: {{purpose: promo}}}}
chains: {{c: {{trigger: site_visited, enter: "{condition}", steps: [{{send: {{email: m}}}}]}}}}
"""
    return bool(tell(scenario, [*timeline, VISIT], {"anna": person or Person()}).sent)


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["last_order.age > 1d", "last_order.age <= 1d", "last_order.age != 1d"])
def test_a_comparison_with_a_missing_value_is_false_also_under_not(condition: str) -> None:
    assert not who_is_let_in(condition)
    assert not who_is_let_in(f"not {condition}")
    assert not who_is_let_in(f"not ({condition} or orders > 5)")
    assert who_is_let_in(f"{condition} or orders == 0")


def test_known_asks_for_a_missing_value() -> None:
    assert who_is_let_in("not known(last_order.age)")
    assert not who_is_let_in("known(last_order.age)")
    assert who_is_let_in("known(last_order.age) and last_order.age > 1d", "day -5 10:00 anna order 10")


def test_a_missing_profile_is_neither_equal_nor_different() -> None:
    assert not who_is_let_in("profile.city == 'Ulm'")
    assert not who_is_let_in("profile.city != 'Ulm'")
    assert not who_is_let_in("not profile.city in ['Ulm']")
    assert who_is_let_in("profile.city in ['Ulm', 'Kiel']", person=Person(profile={"city": 2}))
    assert who_is_let_in("profile.city != 'Ulm'", person=Person(profile={"city": 1}))


def test_unknown_names_are_load_errors() -> None:
    with pytest.raises(ScenarioError) as error:
        who_is_let_in("last_ordr.age > 1d")
    assert "did you mean 'last_order.age'?" in str(error.value)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("orders == 2", True),
        ("last_order.age == 2d", True),
        ("last_order.value == 300", True),
        ("customer.average_order == 200", True),
        ("last_visit.age == 1d", False),
        ("profile.zone_hours == 0", True),
        ("profile.age < 40", True),
        ("consent.email and not consent.sms", True),
        ("consent.service.sms", True),
        ("address.email and not address.vk", True),
        ("sends.email == 0", True),
        ("orders * 2 + 1 == 5", True),
        ("known(rfm.r)", True),
    ],
)
def test_fields(condition: str, holds: bool) -> None:
    person = Person(no_consent=("sms",), no_address=("vk",), profile={"age": 30})
    history = ("day -9 09:05 anna order 100", "day -2 09:05 anna order 300")
    assert who_is_let_in(condition, *history, person=person, more="rfm: {period: 365d}") == holds


def test_a_visit_counts_for_its_own_condition() -> None:
    assert who_is_let_in("last_visit.age == 0d")


def test_segments_may_ask_for_segments() -> None:
    segments = "segments: {buyer: {if: 'orders >= 1'}, idle: {if: 'segment.buyer and last_order.age > 5d'}}"
    assert who_is_let_in("segment.idle", "day -9 10:00 anna order 10", more=segments)
    assert not who_is_let_in("segment.idle", "day -3 10:00 anna order 10", more=segments)


ORDER_CHAIN = """
messages: {{m: {{purpose: promo}}}}
chains: {{c: {{trigger: {{event: order, if: "{}"}}, steps: [{{send: {{email: m}}}}]}}}}
"""


@pytest.mark.parametrize(
    ("condition", "enters"),
    [
        ("value > 1.5 * customer.average_order", True),
        ("value > 4 * customer.average_order", False),
        ("orders == 3", True),
    ],
)
def test_the_customers_average_leaves_the_order_out_that_triggers(condition: str, enters: bool) -> None:
    timeline = ["day -9 10:00 anna order 100", "day -8 10:00 anna order 300", "day 0 10:00 anna order 700"]
    assert bool(tell(ORDER_CHAIN.format(condition), timeline).sent) == enters


def test_the_average_of_a_first_order_is_missing() -> None:
    assert not tell(ORDER_CHAIN.format("value > customer.average_order"), "day 0 10:00 anna order 700").sent


def test_the_average_of_the_base_is_that_of_the_last_midnight() -> None:
    timeline = ["day -9 10:00 anna order 100", "day 0 10:00 boris order 400", "day 1 10:00 anna order 200"]
    told = tell(ORDER_CHAIN.format("value > 1.5 * base.average_order"), timeline)
    assert told.sent == ["day 0 10:00 boris email:m"], "100 before Boris's order, 250 after the night"


def test_the_triggers_attributes_stay_with_the_run() -> None:
    scenario = """
messages: {m: {purpose: promo}}
chains:
  c:
    trigger: cart_abandoned
    enter: "trigger.category == 'shoes'"
    steps: [{wait: 1d}, {choose: [{if: "trigger.value >= 50", steps: [{send: {email: m}}]}]}]
"""
    carts = ["day 0 10:00 anna cart_abandoned 60 shoes", "day 0 10:00 boris cart_abandoned 40 shoes"]
    told = tell(
        scenario, [*carts, "day 0 10:00 carla cart_abandoned 60 books", "day 0 12:00 anna cart_abandoned 10 shoes"]
    )
    assert told.sent == ["day 1 10:00 anna email:m"]


# ------------------------------------------------------------------ what a run knows of its messages


def answered(condition: str, *answers: str, person: Person | None = None, between: str = "") -> bool:
    """Whether a condition holds one day after message ``a`` (first sent) and ``b`` (second)."""
    scenario = f"""
messages: {{a: {{purpose: promo}}, b: {{purpose: promo}}, never: {{purpose: promo}}, proof: {{purpose: promo}}}}
chains:
  c:
    trigger: site_visited
    steps:
      - send: {{email: a}}
      - send: {{telegram: b}}
      {between}
      - wait: 1d
      - choose: [{{if: "{condition}", steps: [{{send: {{sms: proof}}}}]}}]
      - exit
      - send: {{email: never}}
"""
    return any("proof" in line for line in tell(scenario, [VISIT, *answers], {"anna": person or Person()}).sent)


OPEN_A, CLICK_A, CLICK_B = "day 0 10:00 anna opened 1", "day 0 10:01 anna click 1", "day 0 10:02 anna click 2"


@pytest.mark.parametrize(
    ("condition", "answers", "holds"),
    [
        ("sent(a) and delivered(a)", [], True),
        ("sent(never)", [], False),
        ("not sent(never)", [], True),
        ("opened(a)", [], False),
        ("not opened(a)", [], True),
        ("opened(a)", [OPEN_A], True),
        ("not opened(a)", [OPEN_A], False),
        ("opened(b)", [OPEN_A], False),
        ("opened()", [OPEN_A], True),
        ("clicked(a)", [CLICK_A], True),
        ("clicked(b)", [CLICK_A], False),
        ("clicked()", [CLICK_B], True),
        ("not clicked()", [], True),
    ],
)
def test_questions_about_the_messages_of_this_run(condition: str, answers: list[str], holds: bool) -> None:
    assert answered(condition, *answers) == holds


def test_questions_are_about_this_run_only() -> None:
    scenario = """
messages: {a: {purpose: promo}, proof: {purpose: promo}}
chains:
  c:
    trigger: site_visited
    reenter: always
    steps: [{send: {email: a}}, {wait: 1d}, {choose: [{if: "clicked(a)", steps: [{send: {sms: proof}}]}]}]
"""
    told = tell(scenario, [VISIT, "day 0 10:00 anna click 1", "day 5 09:05 anna site_visited"])
    assert told.sent == ["day 0 09:05 email:a", "day 1 09:05 sms:proof", "day 5 09:05 email:a"]


@pytest.mark.parametrize(
    "trouble", [{"bounces": {"email": "soft"}}, {"no_address": ("email",)}, {"no_consent": ("email",)}]
)
def test_not_opened_is_true_only_of_a_delivered_message(trouble: dict[str, object]) -> None:
    person = Person(**trouble)  # type: ignore[arg-type]
    assert not answered("not opened(a)", person=person)
    assert not answered("opened(a)", person=person)
    assert not answered("not clicked(a)", person=person)
    assert answered("not delivered(a)", person=person)


def test_not_sent_is_true_of_what_was_not_sent() -> None:
    assert answered("not sent(a)", person=Person(no_address=("email",)))
    assert not answered("not sent(a)", person=Person(bounces={"email": "hard"}))


def test_opened_counts_privacy_proxies_and_opened_by_person_leaves_them_out() -> None:
    proxy = "day 0 10:00 anna opened 1 proxy"
    assert answered("opened(a)", proxy)
    assert not answered("opened_by_person(a)", proxy)
    assert answered("not opened_by_person(a)", proxy)
    assert answered("opened_by_person(a)", proxy, "day 0 11:00 anna opened 1")


def test_asking_whether_an_sms_was_opened_is_a_load_error() -> None:
    with pytest.raises(ScenarioError):
        scenario_of(
            """
            messages: {m: {purpose: promo}}
            chains:
              c: {trigger: site_visited, steps: [{send: {sms: m}}, {choose: [{if: "opened(m)", steps: [exit]}]}]}
            """
        )


# ------------------------------------------------------------------ named wait results


def named(condition: str, *answers: str) -> bool:
    between = "- wait: {until: order as bought, at_most: 12h}"
    return answered(condition, *answers, between=between)


def test_a_named_wait_knows_whether_its_event_came() -> None:
    assert named("bought.happened", "day 0 10:00 anna order 100 shoes")
    assert not named("bought.happened", "day 1 02:00 anna order 100 shoes")
    assert named("not bought.happened")


def test_a_named_wait_knows_the_attributes_of_its_event() -> None:
    assert named("bought.value >= 100", "day 0 10:00 anna order 100 shoes")
    assert not named("bought.value > 100", "day 0 10:00 anna order 100 shoes")
    assert named("bought.category == 'shoes'", "day 0 10:00 anna order 100 shoes")
    assert not named("bought.category == 'books'", "day 0 10:00 anna order 100 shoes")


def test_attributes_of_an_event_that_did_not_come_are_missing() -> None:
    assert not named("bought.value > 0")
    assert not named("not bought.value > 0")
    assert named("not known(bought.value)")


def test_more_named_waits_than_bits() -> None:
    waits = ", ".join(f"{{wait: {{until: order as w{i}, at_most: 1h}}}}" for i in range(65))
    with pytest.raises(ScenarioError, match="found 65 named waits, expected at most 64"):
        tell(f"chains: {{c: {{trigger: site_visited, steps: [{waits}]}}}}", VISIT)


def many(sends: int, more: str = "") -> str:
    """A chain that sends one message so many times by e-mail."""
    steps = ", ".join(
        ["{send: {email: m}}", *["{wait: 1m}, {send: {email: m}}"] * (sends - 1), *([more] if more else [])]
    )
    return f"messages: {{m: {{purpose: service}}}}\nchains: {{c: {{trigger: site_visited, steps: [{steps}]}}}}"


@pytest.mark.slow
def test_more_contacts_of_a_run_than_it_can_number() -> None:
    contacts = [row.contact for row in tell(many(255), VISIT, days=3).rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) == 255
    found = "7:10: chains.c: found more than 255 contacts of one run by email, expected fewer sends, or a second chain"
    with pytest.raises(ScenarioError, match=re.escape(found)):
        tell(many(256), VISIT)
    with pytest.raises(ScenarioError, match=re.escape(found)):
        tell(many(255, "{send: {first_of: [sms, email], message: m}}"), VISIT)


@pytest.mark.slow
def test_a_run_goes_one_way_only() -> None:
    fork = "{choose: [{if: 'orders > 1', steps: [{send: {email: m}}]}, {else: [{send: {email: m}}]}]}"
    assert len(tell(many(254, fork), VISIT, days=3).sent) == 255


@pytest.mark.slow
def test_named_waits_of_many_chains() -> None:
    chains = "\n".join(
        f"  c{i}: {{trigger: order, steps: [{{wait: {{until: searched as found, at_most: 1h}}}},"
        f" {{choose: [{{if: 'found.happened', steps: [{{send: {{email: m}}}}]}}]}}]}}"
        for i in range(70)
    )
    told = tell(
        f"messages: {{m: {{purpose: promo}}}}\nchains:\n{chains}",
        ["day 0 10:00 anna order 1", "day 0 10:10 anna searched"],
    )
    assert len(told.sent) == 70
