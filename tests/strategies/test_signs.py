"""Signs of life by channel: absences, ages, opens and engagement of one channel alone; of several events together."""

from __future__ import annotations

import pytest

from strategies.remembered import remembered_by_channel, remembered_events
from tests.strategies.story import scenario_of, tell

SENDS = """
messages: {m: {purpose: promo}}
chains:
  first: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}, {send: {telegram: m}}]}
"""
"""Message 1 is a letter, message 2 comes by Telegram."""
VISIT = "day 0 10:00 anna site_visited"


def entries(trigger: str, *timeline: str, more: str = "") -> list[str]:
    """When a chain was entered."""
    text = f"{SENDS}  c: {{trigger: {trigger}, reenter: always{more}, steps: [{{send: {{sms: m}}}}]}}\n"
    lines = tell(text, [VISIT, *timeline], days=40).lines("chain_entered")
    return [line.removesuffix(" chain_entered c") for line in lines if line.endswith(" c")]


def test_sixty_days_without_a_letter_opened_are_about_letters() -> None:
    """Who goes on reading Telegram is missed; who opens a letter is not."""
    reads = [f"day {day} 10:00 anna opened 2" for day in range(1, 30, 3)]
    assert entries("{inactive: 10d, of: opened}", "day 0 11:00 anna opened 1", *reads) == ["day 38 10:00"]
    by_letter = "{inactive: 10d, of: opened, channel: email}"
    assert entries(by_letter, "day 0 11:00 anna opened 1", *reads) == ["day 10 11:00"]
    assert entries(by_letter, "day 0 11:00 anna opened 1", "day 9 11:00 anna opened 1", *reads) == ["day 19 11:00"]
    assert entries(by_letter, *reads) == []


def test_a_list_of_channels_misses_answers_on_none_of_them() -> None:
    trigger = "{inactive: 5d, of: click, channel: [sms, telegram]}"
    assert entries(trigger, "day 1 10:00 anna click 2", "day 3 10:00 anna click 1") == ["day 6 10:00"]


def test_none_of_several_events_came() -> None:
    trigger = "{inactive: 5d, of: {any: [site_visited, app_opened, {event: click, channel: telegram}]}}"
    told = ("day 2 10:00 anna app_opened", "day 4 10:00 anna click 2", "day 6 10:00 anna click 1")
    assert entries(trigger, *told) == ["day 9 10:00"]
    assert entries(trigger) == ["day 5 10:00"]


def test_the_order_of_the_events_decides_nothing() -> None:
    signs = ("click", "site_visited", "{event: opened, channel: email}")
    told = [VISIT, "day 1 10:00 anna opened 1", "day 1 10:00 anna click 1", "day 9 10:00 anna click 2"]
    stories = []
    for order in (signs, signs[::-1]):
        trigger = f"{{inactive: 3d, of: {{any: [{', '.join(order)}]}}}}"
        text = f"{SENDS}  c: {{trigger: {trigger}, reenter: always, steps: [{{send: {{sms: m}}}}]}}\n"
        stories.append(tell(text, told).rows)
    assert stories[0] == stories[1]
    assert any(row.text == "chain_entered c" for row in stories[0])


def test_chains_that_miss_the_same_answer_by_channel_and_at_all_have_luck_of_their_own() -> None:
    """No two runs of a customer share a key, nor any two contacts."""
    text = f"""{SENDS}  a: {{trigger: {{inactive: 2d, of: opened}}, reenter: always, steps: [{{send: {{sms: m}}}}]}}
  b: {{trigger: {{inactive: 2d, of: opened, channel: email}}, reenter: always, steps: [{{send: {{sms: m}}}}]}}
  d: {{trigger: {{inactive: 2d, of: {{any: [opened, click]}}}}, reenter: always, steps: [{{send: {{sms: m}}}}]}}
"""
    rows = tell(text, [VISIT, "day 1 10:00 anna opened 1"]).rows
    sent = [row.contact for row in rows if row.event == "sent"]
    assert len({row.run for row in rows if row.event == "chain_entered"}) == 4
    assert len(set(sent)) == len(sent) == 5


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("last_open.email.age > 4d", [6, 7, 8]),
        ("last_open.age > 4d", [7, 8]),
        ("last_click.telegram.age < 4d", [4, 6]),
        ("not known(last_click.email.age)", [1, 2, 4, 6, 7, 8]),
        ("opens.email == 1 and opens.telegram == 1", [4, 6, 7, 8]),
    ],
)
def test_fields_of_one_channel(condition: str, days: list[int]) -> None:
    """A letter is opened once by a proxy and by a person: the message counts once."""
    answers = ["day 1 12:00 anna opened 1 proxy", "day 1 13:00 anna opened 1 reopened", "day 3 12:00 anna opened 2"]
    asks = [f"day {day} 14:00 anna searched" for day in (1, 2, 4, 6, 7, 8)]
    found = entries("searched", *answers, "day 3 13:00 anna click 2", *asks, more=f', enter: "{condition}"')
    assert found == [f"day {day} 14:00" for day in days]


def test_engagement_may_look_at_the_answers_of_letters_alone() -> None:
    top = "engagement: {signs: [{event: click, channel: email}], active: 2d, cooling: 5d}\n"
    segment = "segments: {s: {if: \"engagement == 'WORD'\"}}\n"
    for word, days in (("unknown", [-1]), ("silent", [0]), ("active", [1]), ("cooling", [4])):
        scenario = top + segment.replace("WORD", word) + SENDS.replace("promo", "service")
        scenario += '  c: {trigger: searched, reenter: always, enter: "segment.s", steps: [{send: {sms: m}}]}\n'
        told = ["day 1 10:00 anna click 1", "day 2 10:00 anna click 2"]
        asks = [f"day {day} 12:00 anna searched" for day in (0, 1, 4)]
        late = [] if word == "unknown" else [VISIT, *told]
        entered = tell(scenario, [*late, *asks]).lines("chain_entered")
        expected = [0, 1, 4] if days == [-1] else days
        assert [line for line in entered if line.endswith(" c")] == [f"day {d} 12:00 chain_entered c" for d in expected]


def test_a_run_remembers_by_channel_what_is_asked_by_channel() -> None:
    text = SENDS + "  c: {trigger: {inactive: 3d, of: opened, channel: [vk, email]}, steps: [exit]}\n"
    scenario = scenario_of('segments: {s: {if: "last_click.sms.age < 3d"}}' + text)
    assert remembered_by_channel(scenario) == {"opened.vk", "opened.email", "click.sms"}
    assert not remembered_events([scenario]) & {"opened", "click"}
    columns = tell(scenario, VISIT).hub.columns.snapshot()
    of_channels = {f"observed.last.{sign}" for sign in remembered_by_channel(scenario)}
    assert {name for name in columns if name.count(".") == 3} == of_channels
