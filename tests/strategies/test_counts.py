"""LANGUAGE, Triggers: counts, in a row and within a time, of events and of messages that nobody answered."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, tell
from tests.strategies.test_triggers import entered

ALWAYS = "reenter: always, on_retrigger: restart,"


def chain(trigger: str, more: str = ALWAYS) -> str:
    """A chain that the count starts, beside a letter every morning at nine."""
    return f"""
messages: {{letter: {{purpose: promo}}, m: {{purpose: service}}}}
chains: {{c: {{trigger: {trigger}, {more} steps: [{{send: {{sms: m}}}}]}}}}
campaigns: {{daily: {{every: "day 09:00", send: {{email: letter}}}}}}
"""


ROW = "{count: 3, of: email_unopened, in_a_row: true, answer_within: 6h}"


def test_three_unopened_letters_in_a_row_start_once_and_then_counting_begins_anew() -> None:
    assert entered(chain(ROW), days=7) == ["day 2 15:00", "day 5 15:00"]


def test_an_opened_letter_begins_the_row_anew() -> None:
    assert entered(chain(ROW), "day 1 14:59 anna opened 2", days=6) == ["day 4 15:00"]


def test_a_late_open_begins_the_row_anew_as_well() -> None:
    assert entered(chain(ROW), "day 1 16:00 anna opened 1", days=6) == ["day 4 15:00"]


def test_an_open_in_the_last_second_counts_as_one() -> None:
    assert entered(chain(ROW), "day 0 15:00:00 anna opened 1", days=4) == ["day 3 15:00"]
    assert entered(chain(ROW), "day 0 15:00:01 anna opened 1", days=4) == ["day 3 15:00"]


def test_not_in_a_row_an_opened_letter_is_only_left_out() -> None:
    trigger = "{count: 3, of: email_unopened, within: 30d, answer_within: 6h}"
    assert entered(chain(trigger), "day 1 14:59 anna opened 2", days=6) == ["day 3 15:00"]


def test_within_a_time_the_last_ones_must_lie_close_enough() -> None:
    trigger = "{count: 2, of: email_unopened, within: 36h, answer_within: 6h}"
    assert entered(chain(trigger), ["day 1 10:00 anna opened 2", "day 3 10:00 anna opened 4"], days=6) == [
        "day 5 15:00"
    ]


def test_letters_wait_three_days_for_their_open_unless_told() -> None:
    assert entered(chain("{count: 3, of: email_unopened, in_a_row: true}"), days=6) == ["day 5 09:00"]


def test_other_channels_and_bounces_do_not_count() -> None:
    assert entered(chain(ROW.replace("email", "telegram")), days=6) == []
    assert entered(chain(ROW), people={"anna": Person(bounces={"email": "soft"})}, days=6) == []


def test_letters_without_a_click() -> None:
    trigger = "{count: 2, of: email_unclicked, in_a_row: true, answer_within: 6h}"
    answers = ["day 0 10:00 anna opened 1", "day 1 10:00 anna click 2"]
    assert entered(chain(trigger), answers, days=5) == ["day 3 15:00"]


def test_messages_of_chains_count_like_those_of_campaigns() -> None:
    scenario = """
messages: {m: {purpose: promo}, s: {purpose: service}}
chains:
  a: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}, {send: {email: m}}]}
  c: {trigger: {count: 2, of: email_unopened, in_a_row: true, answer_within: 6h}, steps: [{send: {sms: s}}]}
"""
    told = tell(scenario, "day 0 10:00 anna site_visited")
    assert told.lines("chain_entered")[1:] == ["day 0 16:00 chain_entered c"]


# ------------------------------------------------------------------ events

VISITS = [f"day {day} 10:00 anna product_viewed shoes" for day in (0, 1, 9, 10, 12, 13)]


@pytest.mark.parametrize(
    ("trigger", "days"),
    [
        ("{count: 3, of: product_viewed}", [9, 13]),
        ("{count: 3, of: product_viewed, within: 7d}", [12]),
        ("{count: 2, of: product_viewed, within: 24h}", []),
        ("{count: 2, of: product_viewed, within: 25h}", [1, 10, 13]),
        ("{count: 2, of: product_viewed, if: \"category == 'books'\"}", []),
        ("{count: 2, of: product_viewed, if: \"category == 'shoes'\"}", [1, 10, 13]),
    ],
)
def test_counted_events(trigger: str, days: list[int]) -> None:
    assert entered(chain(trigger), VISITS) == [f"day {day} 10:00" for day in days]


def test_an_event_may_break_the_row_of_another() -> None:
    carts = [f"day {day} 10:00 anna cart_abandoned 100" for day in range(4)]
    trigger = "{count: 3, of: cart_abandoned, in_a_row: true, without: order}"
    assert entered(chain(trigger), carts) == ["day 2 10:00"]
    assert entered(chain(trigger), [*carts, "day 0 12:00 anna order 10"]) == ["day 3 10:00"]


DAYS = "{count: 3, of: site_visited, in_a_row: days}"


def test_days_in_a_row_count_each_day_once_and_a_gap_begins_anew() -> None:
    visits = ["day 0 10:00", "day 0 11:00", "day 1 09:00", "day 3 10:00", "day 4 10:00", "day 5 08:00", "day 5 09:00"]
    assert entered(chain(DAYS), [f"{time} anna site_visited" for time in visits]) == ["day 5 08:00"]


def test_days_in_a_row_begin_anew_behind_a_full_row() -> None:
    visits = [f"day {day} 10:00 anna site_visited" for day in range(7)]
    assert entered(chain(DAYS), visits) == ["day 2 10:00", "day 5 10:00"]


def test_a_day_counts_anew_behind_what_broke_the_row() -> None:
    trigger = "{count: 2, of: site_visited, in_a_row: days, without: order}"
    days = ["day 1 10:00", "day 1 11:00", "day 1 12:00", "day 2 12:00"]
    deeds = ["anna site_visited", "anna order 100 shoes", "anna site_visited", "anna site_visited"]
    told = [f"{day} {deed}" for day, deed in zip(days, deeds, strict=True)]
    assert entered(chain(trigger), told, days=4) == ["day 2 12:00"]
    assert entered(chain(trigger), [*told[:2], told[3]], days=4) == []


def test_days_in_a_row_are_the_customers() -> None:
    visits = [f"day {day} 22:30 anna site_visited" for day in (0, 1)] + ["day 3 01:00 anna site_visited"]
    assert entered(chain(DAYS), visits) == []
    assert entered(chain(DAYS), visits, {"anna": Person(zone=-2)}) == ["day 3 01:00"]


def test_the_last_one_of_a_count_gives_its_attributes() -> None:
    scenario = chain("{count: 2, of: cart_abandoned}", more='enter: "trigger.value > 100",')
    assert entered(scenario, ["day 0 10:00 anna cart_abandoned 500", "day 0 11:00 anna cart_abandoned 50"]) == []
    assert entered(scenario, ["day 0 10:00 anna cart_abandoned 50", "day 0 11:00 anna cart_abandoned 500"]) == [
        "day 0 11:00"
    ]


def test_answers_may_be_counted() -> None:
    answers = ["day 0 10:00 anna click 1", "day 1 10:00 anna click 2", "day 1 11:00 anna click 2"]
    assert entered(chain("{count: 3, of: click}"), answers) == ["day 1 11:00"]


def test_what_came_before_the_start_does_not_count() -> None:
    orders = ["day -2 10:00 anna order 10", "day -1 10:00 anna order 10", "day 1 10:00 anna order 10"]
    assert entered(chain("{count: 2, of: order}"), orders) == []


def test_counts_of_one_event_have_luck_of_their_own() -> None:
    scenario = """
messages: {m: {purpose: promo}}
chains:
  a: {trigger: {count: 2, of: searched}, steps: [{send: {email: m}}]}
  b: {trigger: {count: 2, of: searched, within: 9d}, steps: [{send: {email: m}}]}
  c: {trigger: {count: 2, of: searched}, steps: [{send: {email: m}}]}
  d: {trigger: searched, reenter: never, steps: [{wait: 1d}, {send: {email: m}}]}
"""
    told = tell(scenario, ["day 0 10:00 anna searched", "day 0 11:00 anna searched"])
    contacts = [row.contact for row in told.rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) == 4
