"""LANGUAGE, Triggers: each form, the backlog at the start; campaigns over time zones."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.strategies.story import Person, tell

START = dt.date(2026, 2, 2)


def chain(trigger: str, top: str = "", more: str = "", steps: str = "{send: {email: m}}") -> str:
    return f"""
{top}
messages: {{m: {{purpose: promo}}}}
chains: {{c: {{trigger: {trigger}, {more} steps: [{steps}]}}}}
"""


def entered(*args: object, **options: object) -> list[str]:
    return [line.replace(" chain_entered c", "") for line in tell(*args, **options).lines("chain_entered")]  # type: ignore[arg-type]


def test_one_event() -> None:
    assert entered(chain("order"), ["day 0 09:00 anna searched", "day 0 10:00 anna order 10"]) == ["day 0 10:00"]


def test_any_of_several_events() -> None:
    text = chain("{any: [order, searched]}", more="reenter: always,")
    assert entered(
        text, ["day 0 09:00 anna searched", "day 0 10:00 anna order 10", "day 0 11:00 anna site_visited"]
    ) == [
        "day 0 09:00",
        "day 0 10:00",
    ]


def test_an_event_with_a_condition_over_its_attributes() -> None:
    text = chain("{event: order, if: \"value > 100 and category == 'shoes'\"}", more="reenter: always,")
    orders = [
        "day 0 09:00 anna order 200 books",
        "day 0 10:00 anna order 100 shoes",
        "day 0 11:00 anna order 101 shoes",
    ]
    assert entered(text, orders) == ["day 0 11:00"]


def test_events_before_the_start_trigger_nothing() -> None:
    assert entered(chain("order"), "day -1 10:00 anna order 10") == []


@pytest.mark.parametrize("event", ["opened", "click", "unsubscribed", "complained", "blocked", "delivered", "bounced"])
def test_answers_to_messages_start_chains(event: str) -> None:
    scenario = f"""
messages: {{a: {{purpose: promo}}, m: {{purpose: service}}}}
chains:
  first: {{trigger: site_visited, steps: [{{send: {{email: a}}}}]}}
  c: {{trigger: {event}, steps: [{{send: {{sms: m}}}}]}}
"""
    answer = [] if event in ("delivered", "bounced") else [f"day 0 11:00 anna {event} 1"]
    people = {"anna": Person(bounces={"email": "soft"} if event == "bounced" else {})}
    told = tell(scenario, ["day 0 10:00 anna site_visited", *answer], people)
    assert told.sent[1:] == [f"day 0 {'11' if answer else '10'}:00 sms:m"]


def test_parallel_runs_by_a_number_of_the_trigger() -> None:
    text = chain("cart_abandoned", more="reenter: always, on_retrigger: {parallel_by: value},", steps="{wait: 2d}")
    carts = [("09:00", 100), ("10:00", 200), ("11:00", 100)]
    assert entered(text, [f"day 0 {time} anna cart_abandoned {value} shoes" for time, value in carts]) == [
        "day 0 09:00",
        "day 0 10:00",
    ]


def test_an_attribute_that_only_one_of_the_events_carries() -> None:
    text = chain('{any: [cart_abandoned, searched], if: "not value > 100"}', more="reenter: always,")
    told = ["day 0 09:00 anna cart_abandoned 50", "day 0 10:00 anna cart_abandoned 500", "day 0 11:00 anna searched"]
    assert entered(text, told) == ["day 0 09:00"]


# ------------------------------------------------------------------ inactivity


def test_inactivity_starts_when_the_period_since_the_last_event_has_passed() -> None:
    text = chain("{inactive: 5d, of: order}", more="reenter: always,")
    orders = ["day 0 10:00 anna order 10", "day 3 10:00 anna order 10", "day 20 10:00 anna order 10"]
    assert entered(text, orders) == ["day 8 10:00", "day 25 10:00"]


def test_inactivity_may_be_shorter_than_a_day() -> None:
    text = chain("{inactive: 90m, of: site_visited}", more="reenter: always,")
    visits = ["day 0 10:00 anna site_visited", "day 0 11:00 anna site_visited", "day 1 23:59 anna site_visited"]
    assert entered(text, visits) == ["day 0 12:30", "day 2 01:29"]


def test_inactivity_of_those_who_never_did_it_does_not_start() -> None:
    assert entered(chain("{inactive: 5d, of: order}"), "day 0 10:00 anna searched") == []


def test_every_event_may_be_missed() -> None:
    for event in ("searched", "cart_emptied", "view_abandoned"):
        assert entered(chain(f"{{inactive: 5d, of: {event}}}"), f"day 0 10:00 anna {event}") == ["day 5 10:00"]


def test_inactivity_of_answers_to_messages() -> None:
    scenario = chain("{inactive: 5d, of: click}") + "  first: {trigger: site_visited, steps: [{send: {email: m}}]}\n"
    scenario = scenario.replace("chains: {c:", "chains:\n  c:").replace("}]}}\n", "}]}\n", 1)
    told = tell(scenario, ["day 0 10:00 anna site_visited", "day 0 11:00 anna click 1"])
    assert told.lines("chain_entered")[1:] == ["day 5 11:00 chain_entered c"]


def test_who_is_still_within_the_period_at_the_start_comes_in_when_it_is_over() -> None:
    assert entered(chain("{inactive: 5d, of: order}"), "day -2 10:00 anna order 10") == ["day 3 10:00"]


def test_backlog_skip_leaves_out_who_already_waits() -> None:
    assert entered(chain("{inactive: 5d, of: order}"), "day -20 10:00 anna order 10") == []


def test_backlog_enter_takes_in_who_already_waits_at_the_start() -> None:
    text = chain("{inactive: 5d, of: order}", top="at_start: {backlog: enter}")
    assert entered(text, "day -20 10:00 anna order 10") == ["day 0 00:00"]


def test_who_came_back_before_the_period_was_over_does_not_enter_twice() -> None:
    """Two events of the past second each leave a look; one entry comes of them."""
    text = chain("{inactive: 5d, of: order}", more="reenter: always,", steps="{send: {email: m}}")
    orders = ["day 0 10:00 anna order 10", "day 0 10:00 anna order 20"]
    assert entered(text, orders) == ["day 5 10:00"]


# ------------------------------------------------------------------ segments

SLEEPING = 'segments: {sleeping: {if: "last_order.age > 5d"}}'


def test_a_segment_is_entered_at_the_first_midnight_at_which_its_condition_holds() -> None:
    assert entered(chain("{segment_entered: sleeping}", SLEEPING), "day 0 10:00 anna order 10") == ["day 6 00:00"]


def test_entering_a_segment_again_starts_again() -> None:
    text = chain("{segment_entered: sleeping}", SLEEPING, "reenter: always,")
    assert entered(text, ["day 0 10:00 anna order 10", "day 10 10:00 anna order 10"]) == ["day 6 00:00", "day 16 00:00"]


def test_a_segment_is_left() -> None:
    text = chain("{segment_left: sleeping}", SLEEPING)
    told = tell(text, ["day 0 10:00 anna order 10", "day 10 10:00 anna order 10"], days=14)
    assert told.lines("segment_entered", "segment_left") == ["day 6 00:00 segment_entered", "day 11 00:00 segment_left"]
    assert told.lines("chain_entered") == ["day 11 00:00 chain_entered c"]


def test_backlog_of_a_segment() -> None:
    text = chain("{segment_entered: sleeping}", SLEEPING)
    assert entered(text, "day -20 10:00 anna order 10") == []
    assert entered("at_start: {backlog: enter}\n" + text, "day -20 10:00 anna order 10") == ["day 0 00:00"]


def test_scores_of_the_first_day_make_nobody_enter_a_segment() -> None:
    """RFM scores exist from the start on; who has them then was in the segment before."""
    top = "rfm: {period: 365d, levels: 3, best: 3, refresh: 30d}\nsegments: {buyers: {if: 'rfm.f >= 1'}}"
    assert entered(chain("{segment_entered: buyers}", top), "day -20 10:00 anna order 10") == []
    later = top.replace("refresh: 30d", "refresh: 1d")
    assert entered(chain("{segment_entered: buyers}", later), "day 3 10:00 anna order 10") == ["day 4 00:00"]


# ------------------------------------------------------------------ fields that change

SCORED = "rfm: {period: 365d, levels: 3, best: 3, refresh: 1d}"


def test_a_field_changed_starts_at_the_first_midnight_at_which_the_value_is_another() -> None:
    text = chain("{field_changed: orders}", more="reenter: always,")
    assert entered(text, ["day 0 10:00 anna order 10", "day 2 10:00 anna order 10"]) == ["day 1 00:00", "day 3 00:00"]


def test_a_field_that_was_missing_and_is_known_now_has_changed() -> None:
    assert entered(chain("{field_changed: rfm.f}", SCORED), "day 3 10:00 anna order 10") == ["day 4 00:00"]


def test_values_of_the_first_day_have_not_changed() -> None:
    assert entered(chain("{field_changed: rfm.segment}", SCORED), "day -3 10:00 anna order 10", days=1) == []


def test_two_fields_that_change_in_one_night_start_two_runs_of_their_own() -> None:
    scenario = """
messages: {m: {purpose: promo}}
chains:
  a: {trigger: {field_changed: orders}, steps: [{send: {email: m}}]}
  b: {trigger: {field_changed: last_order.value}, steps: [{send: {email: m}}]}
"""
    told = tell(scenario, "day 0 10:00 anna order 10")
    contacts = [row.contact for row in told.rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) == 2


# ------------------------------------------------------------------ schedules of chains


def test_a_schedule_starts_a_chain_on_the_customers_clock() -> None:
    text = chain('{every: "Tue 10:00"}', more="reenter: always,")
    people = {"anna": Person(), "boris": Person(zone=9)}
    told = tell(text, people=people, days=14)
    assert told.lines("chain_entered") == [
        "day 1 01:00 boris chain_entered c",
        "day 1 10:00 anna chain_entered c",
        "day 8 01:00 boris chain_entered c",
        "day 8 10:00 anna chain_entered c",
    ]


def test_a_schedule_asks_who_may_enter() -> None:
    text = chain('{every: "day 10:00"}', more="enter: 'orders > 0', reenter: {after: 3d},")
    assert entered(text, "day 1 12:00 anna order 10", days=10) == ["day 2 10:00", "day 5 10:00", "day 8 10:00"]


# ------------------------------------------------------------------ campaigns

ZONES = {f"z{zone}": Person(zone=zone) for zone in range(-3, 10)}


def test_a_campaign_comes_exactly_once_a_week_at_ten_of_each_customers_clock() -> None:
    text = 'messages: {m: {purpose: promo}}\ncampaigns: {tuesday: {every: "Tue 10:00", send: {email: m}}}'
    told = tell(text, people=ZONES, days=28, bucket=86_400)
    for name, person in ZONES.items():
        times = [row.time for row in told.rows if row.customer == name and row.event == "sent"]
        assert [time + person.zone * 3_600 for time in times] == [(1 + 7 * week) * 86_400 + 36_000 for week in range(4)]


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["00:00", "00:30", "12:00", "23:59"])
def test_a_daily_campaign_comes_once_on_every_local_day(clock: str) -> None:
    text = f'messages: {{m: {{purpose: promo}}}}\ncampaigns: {{d: {{every: "day {clock}", send: {{email: m}}}}}}'
    told = tell(text, people=ZONES, days=7)
    hours, minutes = clock.split(":")
    for name, person in ZONES.items():
        local = [row.time + person.zone * 3_600 for row in told.rows if row.customer == name and row.event == "sent"]
        assert {time % 86_400 for time in local} == {int(hours) * 3_600 + int(minutes) * 60}
        assert len({time // 86_400 for time in local}) == len(local) == 7


def test_a_monthly_campaign() -> None:
    text = 'messages: {m: {purpose: promo}}\ncampaigns: {d: {every: "month 1,15 10:00", send: {email: m}}}'
    days = [int(line.split()[1]) for line in tell(text, days=70).sent]
    assert [START + dt.timedelta(days=day) for day in days] == [
        dt.date(2026, 2, 15),
        dt.date(2026, 3, 1),
        dt.date(2026, 3, 15),
        dt.date(2026, 4, 1),
    ]


def test_a_campaign_selects_at_its_own_minute() -> None:
    text = 'messages: {m: {purpose: promo}}\ncampaigns: {d: {every: "Mon 10:00", to: "orders == 0", send: {email: m}}}'
    timeline = ["day 0 09:59 anna order 10", "day 0 10:01 boris order 10"]
    assert tell(text, timeline, days=3).sent == ["day 0 10:00 boris email:m"]


def test_whom_a_campaign_does_not_select_is_not_logged() -> None:
    text = 'messages: {m: {purpose: promo}}\ncampaigns: {d: {every: "Mon 10:00", to: "orders > 0", send: {email: m}}}'
    assert tell(text, days=3).contacts == []


@pytest.mark.slow
def test_two_campaigns_of_one_day_are_two_contacts() -> None:
    text = """
messages: {m: {purpose: promo}}
campaigns:
  a: {every: "Mon 10:00", send: {email: m}}
  b: {every: "day 10:00", send: {email: m}}
  c: {every: "Mon 23:30", send: {email: m}}
"""
    for person in ZONES.values():
        told = tell(text, people={"anna": person}, days=14)
        contacts = [row.contact for row in told.rows if row.event == "sent"]
        assert len(contacts) == len(set(contacts)) >= 17
