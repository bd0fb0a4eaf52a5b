"""Vendor dialects and the policy rows that they are made of, as stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies.language import ScenarioError, load_scenario
from strategies.language.dialects import dialects
from tests.strategies.story import HEADER, Person, Story, tell

VIEWED = """
messages: {hint: {purpose: promo}, news: {purpose: content}, receipt: {purpose: transactional}}
chains:
  viewed: {trigger: product_viewed, reenter: always, steps: [{send: {email: hint}}]}
  searched: {trigger: searched, reenter: always, steps: [{send: {email: news}}]}
  bought: {trigger: order, reenter: always, steps: [{send: {email: receipt}}]}
  added: {trigger: cart_added, reenter: always, steps: [{send: {sms: hint}}]}
"""


def told(policy: str, *lines: str, anna: Person | None = None) -> Story:
    """What becomes of hints to Anna under a contact policy."""
    return tell(f"contact_policy: {policy}\n{VIEWED}", lines, {"anna": anna or Person()})


def test_all_five_dialects_are_shipped() -> None:
    assert {name.partition("@")[0] for name in dialects()} == {"klaviyo", "braze", "iterable", "customerio", "mautic"}


# ------------------------------------------------------------------ the rows


def test_several_calendar_days_are_local_days_and_not_hours() -> None:
    policy = "{caps: [{max: 1, per: 2 calendar days, then: wait}]}"
    story = told(policy, "day 0 23:00 anna product_viewed", "day 1 01:00 anna product_viewed")
    assert story.contacts == [
        "day 0 23:00 sent email:hint",
        "day 1 01:00 held email:hint (cap: caps[0])",
        "day 2 00:00 sent email:hint",
    ]
    eastern = told(policy, "day 0 23:00 anna product_viewed", "day 1 01:00 anna product_viewed", anna=Person(zone=2))
    assert eastern.sent == ["day 0 23:00 email:hint", "day 2 22:00 email:hint"]


def test_a_week_may_begin_on_sunday() -> None:
    lines = ("day 5 10:00 anna product_viewed", "day 6 10:00 anna product_viewed", "day 7 10:00 anna product_viewed")
    from_sunday = told("{caps: [{max: 1, per: week, week_from: sunday, then: drop}]}", *lines)
    from_monday = told("{caps: [{max: 1, per: week, then: drop}]}", *lines)
    assert from_sunday.sent == ["day 5 10:00 email:hint", "day 6 10:00 email:hint"]
    assert from_monday.sent == ["day 5 10:00 email:hint", "day 7 10:00 email:hint"]


def test_a_held_contact_waits_for_the_next_sunday() -> None:
    story = told(
        "{caps: [{max: 1, per: week, week_from: sunday}]}",
        "day 1 10:00 anna product_viewed",
        "day 2 10:00 anna product_viewed",
    )
    assert story.sent == ["day 1 10:00 email:hint", "day 6 00:00 email:hint"]


def test_retry_looks_again_every_so_often_and_not_when_the_window_opens() -> None:
    story = told(
        "{caps: [{max: 1, per: 24h, then: retry, every: 10h}]}",
        "day 0 10:00 anna product_viewed",
        "day 0 12:00 anna product_viewed",
    )
    assert story.contacts == [
        "day 0 10:00 sent email:hint",
        "day 0 12:00 held email:hint (cap: caps[0])",
        "day 0 22:00 held email:hint (cap: caps[0])",
        "day 1 08:00 held email:hint (cap: caps[0])",
        "day 1 18:00 sent email:hint",
    ]


def test_retry_gives_up_after_its_attempts() -> None:
    story = told(
        "{caps: [{max: 1, per: 7d, then: retry, every: 1d, attempts: 3}]}",
        "day 0 10:00 anna product_viewed",
        "day 0 12:00 anna product_viewed",
    )
    assert story.contacts[1:] == [
        "day 0 12:00 held email:hint (cap: caps[0])",
        "day 1 12:00 held email:hint (cap: caps[0])",
        "day 2 12:00 dropped email:hint (held_too_long: caps[0])",
    ]


def test_retry_gives_up_after_its_longest_wait() -> None:
    story = told(
        "{caps: [{max: 1, per: 7d, then: retry, every: 1d, for_at_most: 36h}]}",
        "day 0 10:00 anna product_viewed",
        "day 0 12:00 anna product_viewed",
    )
    assert story.contacts[2:] == [
        "day 1 12:00 held email:hint (cap: caps[0])",
        "day 2 00:00 dropped email:hint (held_too_long: caps[0])",
    ]


def test_a_cap_may_stand_in_for_another_which_still_counts() -> None:
    policy = """{caps: [
        {name: all, max: 2, per: 7d, channel: email, then: drop},
        {name: promo, max: 3, per: 7d, channel: email, purposes: promo, instead_of: all, then: drop}]}"""
    views = [f"day {day} 10:00 anna product_viewed" for day in range(4)]
    story = told(policy, *views, "day 4 10:00 anna searched")
    assert story.contacts == [
        "day 0 10:00 sent email:hint",
        "day 1 10:00 sent email:hint",
        "day 2 10:00 sent email:hint",
        "day 3 10:00 dropped email:hint (cap: promo)",
        "day 4 10:00 dropped email:news (cap: all)",
    ]


def test_a_cap_stands_in_for_another_only_for_its_own_customers() -> None:
    policy = """{caps: [
        {name: all, max: 1, per: 7d, then: drop},
        {name: eager, max: 2, per: 7d, segment: buyers, instead_of: all, then: drop}]}
segments: {buyers: {if: "orders >= 1"}}"""
    lines = ("day 1 10:00 anna product_viewed", "day 2 10:00 anna product_viewed", "day 3 10:00 anna product_viewed")
    assert told(policy, *lines).sent == ["day 1 10:00 email:hint"]
    story = told(policy, "day -9 10:00 anna order 100", *lines)
    assert story.sent == ["day 1 10:00 email:hint", "day 2 10:00 email:hint"]


def test_a_goal_ends_the_run_only_where_the_policy_says_so() -> None:
    scenario = """
messages: {hint: {purpose: promo}}
chains:
  viewed: {trigger: product_viewed, goal: {event: order, window: 7d}, steps: [{wait: 1d}, {send: {email: hint}}]}
"""
    lines = ("day 0 10:00 anna product_viewed", "day 0 12:00 anna order 100")
    assert tell(scenario, lines).sent == ["day 1 10:00 email:hint"]
    ended = tell("contact_policy: {at_goal: end}" + scenario, lines)
    assert ended.sent == []
    assert ended.runs[1:] == ["day 0 12:00 goal_reached viewed", "day 0 12:00 chain_exited viewed (goal)"]


# ------------------------------------------------------------------ the bundles


def test_klaviyo_skips_for_good_within_sixteen_hours_of_an_attempt_also_a_bounced_one() -> None:
    lines = ("day 0 10:00 anna product_viewed", "day 1 01:59 anna product_viewed", "day 1 02:00 anna product_viewed")
    for anna in (Person(), Person(bounces={"email": "soft"})):
        assert told("{like: klaviyo@2025}", *lines, anna=anna).contacts == [
            "day 0 10:00 sent email:hint",
            "day 1 01:59 dropped email:hint (gap: smart_sending_email.any)",
            "day 1 02:00 sent email:hint",
        ]


def test_klaviyo_keeps_channels_apart() -> None:
    story = told("{like: klaviyo}", "day 0 10:00 anna product_viewed", "day 0 10:30 anna cart_added")
    assert story.sent == ["day 0 10:00 email:hint", "day 0 10:30 sms:hint"]


def test_braze_counts_local_days_and_not_what_does_not_obey() -> None:
    story = told(
        "{like: braze@2025}",
        "day 0 10:00 anna order 100",
        "day 0 23:00 anna product_viewed",
        "day 0 23:30 anna product_viewed",
        "day 1 00:10 anna product_viewed",
    )
    assert story.contacts == [
        "day 0 10:00 sent email:receipt",
        "day 0 23:00 sent email:hint",
        "day 0 23:30 dropped email:hint (cap: email_day)",
        "day 1 00:10 sent email:hint",
    ]


def test_iterable_counts_the_projects_weeks_from_sunday_and_a_message_type_overrides_the_channel() -> None:
    anna = Person(zone=7)
    views = [f"day {day} 16:00 anna product_viewed" for day in (3, 4, 5, 6)]
    story = told("{like: iterable@2025}", *views, "day 5 18:00 anna searched", anna=anna)
    assert story.contacts == [
        "day 3 16:00 sent email:hint",
        "day 4 16:00 sent email:hint",
        "day 5 16:00 dropped email:hint (cap: promo_email_week)",
        "day 5 18:00 sent email:news",
        "day 6 16:00 sent email:hint",
    ]


def test_customer_io_tries_hourly_until_its_window_ends() -> None:
    views = [f"day 0 1{hour}:00 anna product_viewed" for hour in range(4)]
    story = told("{like: customerio@2025}", *views)
    assert story.sent[3:] == ["day 7 10:00 email:hint"]
    fourth = [line for line in story.contacts if "held" in line]
    assert len(fourth) == 7 * 24 - 3


def test_mautic_queues_a_whole_period_later_and_gives_up_after_three_attempts() -> None:
    views = [f"day {day} 1{day}:00 anna product_viewed" for day in range(3)]
    held = "held email:hint (cap: email_week)"
    story = told("{like: mautic@2025}", *views, "day 2 13:00 anna product_viewed")
    assert story.contacts[3:] == [f"day 2 13:00 {held}", "day 9 13:00 sent email:hint"]
    meanwhile = ("7 12:30", "8 11:30", "9 12:30", "14 14:00", "15 12:00", "16 12:45")
    others = [f"day {moment} anna searched" for moment in meanwhile]
    story = told("{like: mautic@2025}", *views, "day 2 13:00 anna product_viewed", *others)
    assert [line for line in story.contacts if " 13:00 " in line] == [
        f"day 2 13:00 {held}",
        f"day 9 13:00 {held}",
        "day 16 13:00 dropped email:hint (held_too_long: email_week)",
    ]


def test_a_contacts_own_rule_replaces_mautics_default() -> None:
    views = [f"day {day} 10:00 anna product_viewed" for day in range(4)]
    assert told("{like: mautic@2025}", *views).sent[-1] == "day 10 10:00 email:hint"
    weekly = told("{like: mautic@2025}", *views, anna=Person(profile={"chosen_frequency": 1}))
    assert weekly.sent == ["day 0 10:00 email:hint"]
    assert not any("email_week" in line for line in weekly.contacts)


def test_keys_of_the_scenario_replace_those_of_the_bundle() -> None:
    lines = ("day 0 10:00 anna product_viewed", "day 0 10:30 anna product_viewed", "day 0 11:00 anna product_viewed")
    story = told("{like: braze, caps: [{max: 2, per: day, then: drop}]}", *lines, "day 0 11:30 anna order 10")
    assert story.contacts[1:] == [
        "day 0 10:30 sent email:hint",
        "day 0 11:00 dropped email:hint (cap: caps[0])",
        "day 0 11:30 sent email:receipt",
    ]


@pytest.mark.parametrize("name", dialects())
def test_every_bundle_says_what_it_is_and_where_its_rows_come_from(name: str) -> None:
    text = dialects()[name].read_text(encoding="utf-8")
    vendor, _, year = name.partition("@")
    assert f"\ndialect: {vendor}\nyear: {year}\ncontact_policy:\n" in text
    assert "# Source: " in text


def test_a_problem_in_a_scenario_with_a_bundle_points_into_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "population.yaml").write_text("x: 1\n")
    path = tmp_path / "s.yaml"
    path.write_text(HEADER + "contact_policy: {like: klaviyo, min_gap: {any: 4}}\n")
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    assert [problem.file for problem in raised.value.problems] == [str(path)]
