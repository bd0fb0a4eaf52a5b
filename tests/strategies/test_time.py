"""LANGUAGE, Time: clocks, whole minutes, windows of counting, every form of wait."""

from __future__ import annotations

import pytest

from strategies.language import ScenarioError
from tests.strategies.story import Person, scenario_of, tell

EAST = {"anna": Person(zone=9)}


def chain(steps: str, messages: str = "m: {purpose: promo}", more: str = "", policy: str = "") -> str:
    """A chain of ``steps`` that a visit starts."""
    return f"""
contact_policy: {{{policy}}}
messages: {{{messages}}}
chains:
  c: {{trigger: site_visited, {more} steps: [{steps}]}}
"""


VISIT = "day 0 09:05 anna site_visited"


@pytest.mark.parametrize(
    ("wait", "sent"),
    [
        ("30m", "day 0 09:35"),
        ("1h", "day 0 10:05"),
        ("3d", "day 3 09:05"),
        ("2w", "day 14 09:05"),
    ],
)
def test_durations(wait: str, sent: str) -> None:
    assert tell(chain(f"{{wait: {wait}}}, {{send: {{email: m}}}}"), VISIT).sent == [f"{sent} email:m"]


def test_send_decisions_fall_on_whole_minutes_rounded_up() -> None:
    told = tell(chain("{wait: 1h}, {send: {email: m}}"), "day 0 09:05:01 anna site_visited")
    assert told.sent == ["day 0 10:06 email:m"]


def test_a_send_on_a_whole_minute_goes_out_at_once() -> None:
    assert tell(chain("{send: {email: m}}"), VISIT).sent == ["day 0 09:05 email:m"]


def test_clock_times_are_the_customers() -> None:
    steps = '{wait: {at: {clock: "10:00"}}}, {send: {email: m}}'
    assert tell(chain(steps), VISIT).sent == ["day 0 10:00 email:m"]
    # 09:05 in the company is 18:05 nine hours further east; 10:00 there is 01:00 here.
    assert tell(chain(steps), VISIT, EAST).sent == ["day 1 01:00 email:m"]


def test_quiet_hours_are_in_the_company_zone_when_told() -> None:
    quiet = 'quiet_hours: {{from: "09:00", to: "11:00", zone: {}}}'
    assert tell(chain("{send: {email: m}}", policy=quiet.format("company")), VISIT, EAST).sent == [
        "day 0 11:00 email:m"
    ]
    assert tell(chain("{send: {email: m}}", policy=quiet.format("customer")), VISIT, EAST).sent == [
        "day 0 09:05 email:m"
    ]


def sends_of_three(cap: str, *times: str, zone: int = 0) -> list[str]:
    """A message at each of the times, under a cap."""
    scenario = f"""
contact_policy: {{caps: [{{{cap}}}]}}
messages: {{m: {{purpose: promo}}}}
chains: {{c: {{trigger: site_visited, reenter: always, on_retrigger: ignore, steps: [{{send: {{email: m}}}}]}}}}
"""
    return tell(scenario, [f"{time} anna site_visited" for time in times], {"anna": Person(zone=zone)}).sent


def test_per_day_is_a_calendar_day_of_the_customer() -> None:
    times = ("day 0 20:00", "day 1 01:00")
    assert len(sends_of_three("max: 1, per: day, then: drop", *times)) == 2
    # Four hours further east both fall on Tuesday.
    assert len(sends_of_three("max: 1, per: day, then: drop", *times, zone=4)) == 1
    assert len(sends_of_three("max: 1, per: day, then: drop, zone: company", *times, zone=4)) == 2


def test_per_week_begins_on_monday() -> None:
    assert len(sends_of_three("max: 1, per: week, then: drop", "day 6 23:59", "day 7 00:00")) == 2
    assert len(sends_of_three("max: 1, per: week, then: drop", "day 0 00:00", "day 6 23:59")) == 1


def test_per_month_is_a_calendar_month() -> None:
    # The story begins on the 2nd of February 2026: day 26 is the 28th, day 27 the 1st of March.
    assert len(sends_of_three("max: 1, per: month, then: drop", "day 0 10:00", "day 26 23:59")) == 1
    assert len(sends_of_three("max: 1, per: month, then: drop", "day 26 23:59", "day 27 00:00")) == 2


def test_a_full_calendar_cap_opens_at_midnight_of_the_next_period() -> None:
    sent = sends_of_three("max: 1, per: day, then: wait", "day 0 10:00", "day 0 11:00", zone=3)
    assert sent == ["day 0 10:00 email:m", "day 0 21:00 email:m"]
    sent = sends_of_three("max: 1, per: week, then: wait", "day 2 10:00", "day 2 11:00")
    assert sent == ["day 2 10:00 email:m", "day 7 00:00 email:m"]
    sent = sends_of_three("max: 1, per: month, then: wait", "day 2 10:00", "day 2 11:00")
    assert sent == ["day 2 10:00 email:m", "day 27 00:00 email:m"]


def test_per_24h_is_rolling_and_exact() -> None:
    assert len(sends_of_three("max: 1, per: 24h, then: drop", "day 0 20:00", "day 1 19:59")) == 1
    assert len(sends_of_three("max: 1, per: 24h, then: drop", "day 0 20:00", "day 1 20:00")) == 2
    assert sends_of_three("max: 2, per: 24h, then: wait", "day 0 08:00", "day 0 20:00", "day 1 07:00") == [
        "day 0 08:00 email:m",
        "day 0 20:00 email:m",
        "day 1 08:00 email:m",
    ]


def test_per_7d_is_rolling_and_exact() -> None:
    assert len(sends_of_three("max: 1, per: 7d, then: drop", "day 5 10:00", "day 7 10:00")) == 1
    assert len(sends_of_three("max: 1, per: 7d, then: drop", "day 5 10:00", "day 12 09:59")) == 1
    assert len(sends_of_three("max: 1, per: 7d, then: drop", "day 5 10:00", "day 12 10:00")) == 2


def test_a_cap_of_0_is_an_error() -> None:
    with pytest.raises(ScenarioError):
        scenario_of("contact_policy: {caps: [{max: 0, per: day}]}")


# ------------------------------------------------------------------ waits


NIGHT = 'quiet_hours: {from: "22:00", to: "08:00", then: wait}'
LATE = "day 0 23:10 anna site_visited"


def test_wait_counts_from_the_end_of_the_step_before() -> None:
    told = tell(chain("{wait: 1h}, {wait: 2h}, {send: {email: m}}, {wait: 24h}, {send: {sms: m}}"), VISIT)
    assert told.sent == ["day 0 12:05 email:m", "day 1 12:05 sms:m"]


def test_wait_behind_a_held_message_counts_from_its_real_sending() -> None:
    told = tell(chain("{send: {email: m}}, {wait: 24h}, {send: {sms: m}}", policy=NIGHT), LATE)
    assert told.contacts == [
        "day 0 23:10 held email:m (quiet_hours)",
        "day 1 08:00 sent email:m",
        "day 2 08:00 sent sms:m",
    ]


def test_wait_until_behind_a_held_message_counts_from_its_real_sending() -> None:
    steps = "{send: {email: m}}, {wait: {until: click, at_most: 24h}}, {send: {sms: m}}"
    assert tell(chain(steps, policy=NIGHT), LATE).sent == ["day 1 08:00 email:m", "day 2 08:00 sms:m"]


def test_wait_behind_a_dropped_message_counts_from_the_decision() -> None:
    told = tell(
        chain("{send: {email: m}}, {wait: 24h}, {send: {sms: m}}"), VISIT, {"anna": Person(no_address=("email",))}
    )
    assert told.contacts == ["day 0 09:05 dropped email:m (no_address)", "day 1 09:05 sent sms:m"]


def test_at_counts_from_entry() -> None:
    told = tell(chain("{wait: 2h}, {at: 24h}, {send: {email: m}}"), VISIT)
    assert told.sent == ["day 1 09:05 email:m"]


def test_at_counts_from_entry_also_behind_a_held_message() -> None:
    told = tell(chain("{send: {email: m}}, {at: 24h}, {send: {sms: m}}", policy=NIGHT), "day 0 21:00 anna site_visited")
    assert told.sent == ["day 0 21:00 email:m", "day 1 21:00 sms:m"]
    told = tell(chain("{send: {email: m}}, {at: 12h}, {send: {sms: m}}", policy=NIGHT), LATE)
    assert told.sent == ["day 1 08:00 email:m", "day 1 11:10 sms:m"]


def test_at_a_moment_that_is_past_goes_on_at_once() -> None:
    assert tell(chain("{wait: 5h}, {at: 2h}, {send: {email: m}}"), VISIT).sent == ["day 0 14:05 email:m"]


def test_at_a_clock_time_is_the_next_such_moment() -> None:
    steps = '{at: {clock: "10:00"}}, {send: {email: m}}'
    assert tell(chain(steps), "day 0 09:59:30 anna site_visited").sent == ["day 0 10:00 email:m"]
    assert tell(chain(steps), "day 0 10:00 anna site_visited").sent == ["day 0 10:00 email:m"]
    assert tell(chain(steps), "day 0 10:00:01 anna site_visited").sent == ["day 1 10:00 email:m"]


def test_at_a_clock_time_of_working_days_leaves_the_weekend_out() -> None:
    steps = '{at: {clock: "10:00", days: working}}, {send: {email: m}}'
    assert tell(chain(steps), "day 4 09:00 anna site_visited").sent == ["day 4 10:00 email:m"]
    for time in ("day 4 11:00", "day 5 09:00", "day 6 23:00"):
        assert tell(chain(steps), f"{time} anna site_visited").sent == ["day 7 10:00 email:m"]


def test_within_a_window_goes_on_at_once_inside_and_at_its_begin_outside() -> None:
    steps = '{within: {from: "10:00", to: "12:00"}}, {send: {email: m}}'
    assert tell(chain(steps), "day 0 10:00 anna site_visited").sent == ["day 0 10:00 email:m"]
    assert tell(chain(steps), "day 0 11:59 anna site_visited").sent == ["day 0 11:59 email:m"]
    assert tell(chain(steps), "day 0 12:00 anna site_visited").sent == ["day 1 10:00 email:m"]
    assert tell(chain(steps), "day 0 03:00 anna site_visited").sent == ["day 0 10:00 email:m"]


def test_within_a_window_over_midnight() -> None:
    steps = '{wait: {within: {from: "22:00", to: "02:00"}}}, {send: {email: m}}'
    assert tell(chain(steps), "day 0 23:30 anna site_visited").sent == ["day 0 23:30 email:m"]
    assert tell(chain(steps), "day 1 01:59 anna site_visited").sent == ["day 1 01:59 email:m"]
    assert tell(chain(steps), "day 1 02:00 anna site_visited").sent == ["day 1 22:00 email:m"]


def test_wait_until_goes_on_at_the_event_or_after_its_longest_time() -> None:
    steps = "{wait: {until: order, at_most: 24h}}, {send: {email: m}}"
    assert tell(chain(steps), [VISIT, "day 0 12:00 anna order 10"]).sent == ["day 0 12:00 email:m"]
    assert tell(chain(steps), [VISIT, "day 1 12:00 anna order 10"]).sent == ["day 1 09:05 email:m"]


def test_wait_until_several_events_goes_on_at_the_first() -> None:
    steps = "{wait: {until: order or searched, at_most: 24h}}, {send: {email: m}}"
    told = tell(chain(steps), [VISIT, "day 0 11:00 anna searched", "day 0 12:00 anna order 10"])
    assert told.sent == ["day 0 11:00 email:m"]


def test_wait_until_click_hears_only_answers_to_messages_of_the_run() -> None:
    scenario = """
messages: {a: {purpose: promo}, b: {purpose: promo}, c: {purpose: promo}}
chains:
  one: {trigger: site_visited, steps: [{send: {email: a}}, {wait: {until: click, at_most: 2d}}, {send: {sms: c}}]}
  other: {trigger: site_visited, priority: 10, steps: [{send: {email: b}}]}
"""
    told = tell(scenario, [VISIT, "day 0 10:00 anna click 2"])
    assert told.sent == ["day 0 09:05 email:a", "day 0 09:05 email:b", "day 2 09:05 sms:c"]
    told = tell(scenario, [VISIT, "day 0 10:00 anna click 1"])
    assert told.sent == ["day 0 09:05 email:a", "day 0 09:05 email:b", "day 0 10:00 sms:c"]


def test_wait_until_click_hears_a_click_on_an_earlier_message_of_the_run() -> None:
    steps = "{send: {email: m}}, {wait: 1d}, {send: {sms: m}}, {wait: {until: click, at_most: 2d}}, {send: {vk: m}}"
    told = tell(chain(steps), [VISIT, "day 1 12:00 anna click 1"])
    assert told.sent == ["day 0 09:05 email:m", "day 1 09:05 sms:m", "day 1 12:00 vk:m"]


def test_a_click_between_a_message_and_a_later_wait_is_known_to_conditions_and_ends_no_wait() -> None:
    click = [VISIT, "day 0 09:30 anna click 1"]
    until = "{send: {email: m}}, {wait: 1h}, {wait: {until: click, at_most: 3d}}, {send: {sms: m}}"
    assert tell(chain(until), click).sent == ["day 0 09:05 email:m", "day 3 10:05 sms:m"]
    true = until.replace("until: click", 'until_true: "clicked(m)"')
    assert tell(chain(true), click).sent == ["day 0 09:05 email:m", "day 0 10:05 sms:m"]


@pytest.mark.parametrize("event", ["delivered", "bounced"])
def test_wait_until_hears_what_the_channel_reports_while_sending(event: str) -> None:
    steps = f"{{send: {{email: m}}}}, {{wait: {{until: {event}, at_most: 2d}}}}, {{send: {{sms: m}}}}"
    people = {"anna": Person(bounces={"email": "soft"} if event == "bounced" else {})}
    assert tell(chain(steps), VISIT, people).sent == ["day 0 09:05 email:m", "day 0 09:05 sms:m"]


def test_wait_until_does_not_hear_what_came_before_it() -> None:
    steps = "{send: {email: m}}, {wait: 1h}, {wait: {until: delivered or click, at_most: 2d}}, {send: {sms: m}}"
    told = tell(chain(steps), [VISIT, "day 0 09:30 anna click 1"])
    assert told.sent == ["day 0 09:05 email:m", "day 2 10:05 sms:m"]


def test_wait_until_does_not_hear_what_came_while_the_message_before_it_was_held() -> None:
    steps = "{send: {email: m}}, {wait: {until: order, at_most: 2d}}, {send: {sms: m}}"
    night = 'quiet_hours: {from: "22:00", to: "08:00"}'
    told = tell(chain(steps, policy=night), [LATE, "day 1 01:00 anna order 10"])
    assert told.sent == ["day 1 08:00 email:m", "day 3 08:00 sms:m"]
    gone = tell(
        chain(steps, messages="m: {purpose: promo, deliver_by: 2h}", policy=night), [LATE, "day 1 00:30 anna order 10"]
    )
    assert gone.contacts[:2] == [
        "day 0 23:10 held email:m (quiet_hours)",
        "day 1 01:10 dropped email:m (offer_expired)",
    ]
    assert gone.runs[-1].startswith("day 3"), "held again for the second message, or finished: not before day 3"
