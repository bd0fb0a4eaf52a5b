"""Rows of gaps: what a contact is kept apart from, and how far that one must have come."""

from __future__ import annotations

import pytest

from tests.strategies.story import Person, tell

SCENARIO = """
contact_policy: {{min_gap: {gap}}}
messages:
  m: {{purpose: promo, topic: t}}
  n: {{purpose: promo, topic: u}}
  tips: {{purpose: content, topic: t}}
chains:
  first: {{trigger: searched, priority: 90, reenter: always, steps: [{{send: {{{first}}}}}]}}
  second: {{trigger: site_visited, reenter: always, steps: [{{send: {{{second}}}}}]}}
"""
BOTH = ["day 0 10:00 anna searched", "day 0 10:30 anna site_visited"]


def second(gap: str, first: str, then: str, person: Person | None = None) -> str:
    """When the second contact goes out, or why not."""
    told = tell(SCENARIO.format(gap=gap, first=first, second=then), BOTH, {"anna": person or Person()})
    line = next(line for line in told.contacts if line.startswith("day 0 10:30"))
    return told.sent[-1][:11] if "held" in line else line.partition(" ")[2].partition(" ")[2].partition(" ")[2]


@pytest.mark.parametrize(
    ("gap", "first", "then", "meaning"),
    [
        ("{same_channel: 2h}", "email: m", "email: n", "day 0 12:00"),
        ("{same_channel: 2h}", "email: m", "sms: m", "sent sms:m"),
        ("{other_channel: 1h}", "email: m", "sms: n", "day 0 11:00"),
        ("{other_channel: 1h}", "email: m", "email: n", "sent email:n"),
        ("{same_purpose: 3h}", "email: m", "sms: n", "day 0 13:00"),
        ("{same_purpose: 3h}", "email: m", "sms: tips", "sent sms:tips"),
        ("{same_topic: 3h}", "email: m", "sms: tips", "day 0 13:00"),
        ("{same_message: 3h}", "email: m", "sms: m", "day 0 13:00"),
        ("{same_message: 3h}", "email: m", "sms: n", "sent sms:n"),
        ("{channel: email, any: 4h}", "email: m", "email: n", "day 0 14:00"),
        ("{channel: email, any: 4h}", "email: m", "sms: n", "sent sms:n"),
        ("{channel: email, any: 4h}", "sms: m", "email: n", "sent email:n"),
        ("{purposes: [content], any: 4h}", "email: m", "email: tips", "sent email:tips"),
        ("{topic: t, any: 4h}", "email: m", "email: tips", "day 0 14:00"),
        ("{message: [m, n], any: 4h}", "email: m", "email: n", "day 0 14:00"),
        ("{chain: second, any: 4h}", "email: m", "email: n", "sent email:n"),
        ("{segment: buyers, any: 4h}", "email: m", "email: n", "sent email:n"),
        ("{segment: visitors, any: 4h}", "email: m", "email: n", "day 0 14:00"),
        ("{any: 4h, then: drop}", "email: m", "sms: n", "dropped sms:n (gap: min_gap.any)"),
        ("[{same_topic: 1h}, {any: 2h, then: drop}]", "email: m", "sms: n", "dropped sms:n (gap: min_gap[1].any)"),
        ("[{name: calm, any: 2h, then: drop}]", "email: m", "sms: n", "dropped sms:n (gap: calm.any)"),
    ],
)
def test_rows_of_gaps_mean_what_they_say(gap: str, first: str, then: str, meaning: str) -> None:
    if "segment" in gap:
        gap += '}\nsegments: {buyers: {if: "orders >= 1"}, visitors: {if: "last_visit.age < 1h"}'
    assert second(gap, first, then) == meaning


@pytest.mark.parametrize(
    ("counts", "bounce", "held"),
    [("attempted", "soft", True), ("sent", "soft", False), ("sent", "", True), ("delivered", "hard", False)],
)
def test_how_far_the_earlier_contact_must_have_come(counts: str, bounce: str, held: bool) -> None:
    person = Person(bounces={"email": bounce} if bounce else {})
    when = second(f"{{any: 4h, counts: {counts}}}", "email: m", "sms: n", person)
    assert when == ("day 0 14:00" if held else "sent sms:n")


def test_a_message_that_does_not_count_obeys_gaps_to_other_channels() -> None:
    scenario = SCENARIO.format(gap="{other_channel: 1h}", first="email: m", second="sms: tips")
    scenario = scenario.replace(
        "contact_policy: {", "contact_policy: {exempt: {content: {obeys: [address, gaps], counts: false}}, "
    )
    assert tell(scenario, BOTH).sent == ["day 0 10:00 email:m", "day 0 11:00 sms:tips"]


def test_of_several_gaps_the_first_that_blocks_gives_the_reason_and_all_must_allow() -> None:
    scenario = SCENARIO.format(gap="[{same_topic: 1h}, {any: 2h}]", first="email: m", second="sms: tips")
    assert tell(scenario, BOTH).contacts == [
        "day 0 10:00 sent email:m",
        "day 0 10:30 held sms:tips (gap: min_gap[0].same_topic)",
        "day 0 11:00 held sms:tips (gap: min_gap[1].any)",
        "day 0 12:00 sent sms:tips",
    ]
