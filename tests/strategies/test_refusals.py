"""Why an occurrence of a trigger began no run: each reason, the part of a condition that did not hold."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, clock, tell


def refusals(keys: str, timeline: list[str], top: str = "", person: Person | None = None) -> list[str]:
    """What kept anna out of a chain with these keys: when, why, which part."""
    text = f"{top}\nmessages: {{m: {{purpose: promo}}}}\nchains: {{c: {{{keys}, steps: [{{wait: 2d}}, exit]}}}}"
    story = tell(text, timeline, {"anna": person or Person()})
    assert {refusal.chain for refusal in story.refusals} <= {"c"}
    return [f"{clock(refusal.time)} {refusal.reason} {refusal.part}" for refusal in story.refusals]


ORDERS = ["day 0 10:00 anna order 10 shoes", "day 1 10:00 anna order 300 books", "day 3 10:00 anna order 20"]


def test_who_enters_is_not_refused() -> None:
    assert refusals("trigger: order, reenter: always, on_retrigger: restart", ORDERS) == []


def test_a_run_under_way_and_reentry_are_told_apart() -> None:
    assert refusals("trigger: order, reenter: never", ORDERS) == ["day 1 10:00 running 0", "day 3 10:00 reenter 0"]
    assert refusals("trigger: order, reenter: {after: 3d}", ORDERS) == ["day 1 10:00 running 0"]


def test_a_limit_of_entries_is_told_apart_from_the_time_between_them() -> None:
    limit = "trigger: order, reenter: {after: 12h, at_most: 2, per: 10d}"
    orders = [f"day {day} 10:00 anna order 10" for day in (0, 3, 6, 12)]
    assert refusals(limit, orders) == ["day 6 10:00 at_most 0"]
    early = ["day 0 10:00 anna order 10", "day 1 10:00 anna order 10", "day 2 11:00 anna order 10"]
    assert refusals(limit.replace("12h", "3d"), early) == ["day 1 10:00 running 0", "day 2 11:00 reenter 0"]


def test_a_run_that_would_begin_anew_is_refused_by_the_limit_alone() -> None:
    limit = "trigger: order, on_retrigger: %s, reenter: {at_most: 2, per: 10d}"
    orders = [f"day {day} 10:00 anna order 10" for day in (0, 1, 2)]
    assert refusals(limit % "restart", orders) == ["day 2 10:00 at_most 0"]
    assert refusals(limit % "ignore", orders[:2]) == ["day 1 10:00 running 0"]


def test_the_first_part_of_enter_that_does_not_hold() -> None:
    condition = "orders >= 2 and last_order.value > 100 and profile.age > 30"
    person = Person(profile={"age": -1})
    assert refusals(f'trigger: order, enter: "{condition}"', ORDERS, person=person) == [
        "day 0 10:00 enter 0",
        "day 1 10:00 enter_unknown 2",
        "day 3 10:00 enter 1",
    ]


def test_alternatives_are_one_part() -> None:
    keys = "trigger: order, enter: orders > 8 or profile.age > 90"
    assert refusals(keys, ORDERS[:1], person=Person(profile={"age": 40})) == ["day 0 10:00 enter 0"]
    assert refusals(keys, ORDERS[:1]) == ["day 0 10:00 enter_unknown 0"]


def test_the_condition_of_a_trigger() -> None:
    condition = "value > 15 and category == 'books'"
    assert refusals(f'trigger: {{event: order, if: "{condition}"}}, reenter: always', ORDERS) == [
        "day 0 10:00 trigger 0",
        "day 3 10:00 trigger_unknown 1",
    ]


def test_a_chain_that_another_one_starts_refuses_too() -> None:
    text = """
messages: {m: {purpose: promo}}
chains:
  first: {trigger: order, reenter: always, steps: [{start: c}, {send: {email: m}}]}
  c: {trigger: started, enter: orders >= 2, reenter: always, steps: [{send: {email: m}}]}
"""
    story = tell(text, ORDERS[:2])
    assert [(clock(one.time), one.chain, one.reason) for one in story.refusals] == [("day 0 10:00", "c", "enter")]


@pytest.mark.parametrize(("backlog", "told"), [("skip", ["day 0 00:00 at_start 0"]), ("enter", [])])
@pytest.mark.parametrize(
    ("trigger", "more"),
    [
        ("{inactive: 30d, of: site_visited}", ""),
        ("{segment_entered: s}", "segments: {s: {if: 'known(last_visit.age)'}}"),
    ],
)
def test_what_waits_at_the_start(trigger: str, more: str, backlog: str, told: list[str]) -> None:
    top = f"at_start: {{backlog: {backlog}}}\n{more}"
    assert refusals(f"trigger: {trigger}", ["day -40 10:00 anna site_visited"], top) == told
