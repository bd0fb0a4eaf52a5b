"""Pauses after key actions: several rows, what each speaks of, and events that end one before its time."""

from __future__ import annotations

import pytest

from tests.strategies.story import Story, tell

ROWS = """
contact_policy:
  pause_after:
{rows}
messages: {{m: {{purpose: promo, topic: news}}, c: {{purpose: content, topic: tips}}, s: {{purpose: service}}}}
segments: {{buyers: {{if: "orders >= 1"}}}}
{more}
"""
CHAIN = "chains: {{a: {{trigger: site_visited, reenter: always, steps: [{}]}}}}"
PAUSES = [
    "{order: 2d, purposes: promo}",
    "{name: angry, complained: 30d, purposes: [promo, content, service]}",
    "{support_opened: 14d, until: support_closed, purposes: [promo, content]}",
]


def told(rows: list[str], timeline: str, steps: str = "{send: {email: m}}", more: str = "", **options: object) -> Story:
    text = ROWS.format(rows="".join(f"    - {row}\n" for row in rows), more=more or CHAIN.format(steps))
    return tell(text, timeline, **options)  # type: ignore[arg-type]


def test_every_row_holds_and_the_log_names_which() -> None:
    story = told(
        PAUSES, "day 0 10:00 anna order 9\nday 0 11:00 anna support_opened\nday 0 12:00 anna site_visited", days=20
    )
    assert story.contacts == [
        "day 0 12:00 held email:m (pause: pause_after[0].order)",
        "day 2 10:00 held email:m (pause: pause_after[2].support_opened)",
        "day 14 11:00 sent email:m",
    ]
    timeline = "day 0 09:00 anna searched\nday 0 10:00 anna complained 1\nday 0 12:00 anna site_visited"
    more = """chains:
  first: {trigger: searched, steps: [{send: {sms: s}}]}
  a: {trigger: site_visited, steps: [{send: {email: s}}]}"""
    assert told(PAUSES, timeline, more=more).contacts[1:] == ["day 0 12:00 held email:s (pause: angry.complained)"]


def test_a_lone_row_is_named_as_it_ever_was_and_a_list_works_like_one_row_each() -> None:
    timeline = "day 0 10:00 anna order 9\nday 0 10:30 anna click 1\nday 0 12:00 anna site_visited"
    timeline = timeline.replace("day 0 10:30 anna click 1\n", "day 0 10:30 anna searched\n")
    lone = told(["{order: 2d}"], timeline).contacts
    assert lone[0] == "day 0 12:00 held email:m (pause: pause_after.order)"
    together = told(["{order: 2d, searched: 3d}"], timeline).contacts
    apart = told(["{order: 2d}", "{searched: 3d}"], timeline).contacts
    assert [line.replace("[0]", "").replace("[1]", "") for line in apart] == together


@pytest.mark.parametrize(
    ("row", "sent"),
    [
        ("channel: sms", "day 0 12:00"),
        ("topic: tips", "day 0 12:00"),
        ("message: c", "day 0 12:00"),
        ("chain: b", "day 0 12:00"),
        ("purposes: content", "day 0 12:00"),
        ("segment: buyers", "day 20 10:00"),
        ("topic: news, channel: [email, sms]", "day 20 10:00"),
        ("chain: a, message: m", "day 20 10:00"),
    ],
)
def test_a_row_speaks_of_the_contacts_that_it_names(row: str, sent: str) -> None:
    more = CHAIN.format("{send: {email: m}}").replace("chains: {", "chains: {b: {trigger: searched, steps: [exit]}, ")
    story = told([f"{{order: 20d, {row}}}"], "day 0 10:00 anna order 9\nday 0 12:00 anna site_visited", more=more)
    assert story.sent == [f"{sent} email:m"]


def test_nobody_waits_longer_than_told() -> None:
    story = told(["{order: 20d, for_at_most: 1d}"], "day 0 10:00 anna order 9\nday 0 12:00 anna site_visited")
    assert story.contacts[-1] == "day 1 12:00 dropped email:m (held_too_long: pause_after.order)"


# ---------------------------------------------------------------------- what ends a pause before its time

TICKET = "{support_opened: 14d, until: [support_closed, nps_answered]}"
OPENED = "day 0 10:00 anna support_opened\nday 0 12:00 anna site_visited\n"


@pytest.mark.parametrize("event", ["support_closed", "nps_answered 9"])
def test_what_waits_goes_out_as_soon_as_the_pause_is_ended(event: str) -> None:
    story = told([TICKET], f"{OPENED}day 3 09:30 anna {event}", days=20)
    assert story.contacts == [
        "day 0 12:00 held email:m (pause: pause_after.support_opened)",
        "day 3 09:30 sent email:m",
    ]


def test_a_pause_that_nothing_ends_is_over_in_its_time() -> None:
    assert told([TICKET], f"{OPENED}day 3 09:30 anna order 9", days=20).sent == ["day 14 10:00 email:m"]


def test_what_ended_one_pause_does_not_end_the_next() -> None:
    again = "day 4 10:00 anna support_opened\nday 4 11:00 anna site_visited"
    story = told([TICKET], f"{OPENED}day 3 09:30 anna support_closed\n{again}", days=20)
    assert story.sent == ["day 3 09:30 email:m", "day 18 10:00 email:m"]


def test_only_the_row_that_is_ended_lets_go() -> None:
    rows = ["{order: 5d}", TICKET]
    timeline = f"{OPENED}day 0 10:30 anna order 9\nday 3 09:30 anna support_closed"
    assert told(rows, timeline, days=20).contacts == [
        "day 0 12:00 held email:m (pause: pause_after[0].order)",
        "day 5 10:30 sent email:m",
    ]


def test_pauses_after_signals_end_too() -> None:
    row = "{also: {event: order, if: value > 5}, until: delivered_order}".replace(
        "if: value > 5", "if: 'value > 5', for: 9d"
    )
    timeline = "day 0 10:00 anna order 9\nday 0 12:00 anna site_visited\nday 2 09:00 anna delivered_order"
    assert told([row], timeline).sent == ["day 2 09:00 email:m"]


def test_a_campaign_looks_again_after_a_day() -> None:
    more = 'campaigns: {weekly: {on: 2026-02-03, at: "12:00", send: {email: m}}}'
    assert told([TICKET], "day 0 10:00 anna support_opened\nday 2 09:30 anna support_closed", more=more).contacts == [
        "day 1 12:00 held email:m (pause: pause_after.support_opened)",
        "day 2 12:00 sent email:m",
    ]


def test_a_change_of_the_policy_ends_what_it_no_longer_has_and_keeps_the_rest() -> None:
    change = "changes: [{on: 2026-02-04, contact_policy: {pause_after: [{order: 1d}, {support_opened: 20d}]}}]\n"
    story = told([TICKET], OPENED, more=change + CHAIN.format("{send: {email: m}}"), days=25)
    assert story.contacts == [
        "day 0 12:00 held email:m (pause: pause_after.support_opened)",
        "day 2 00:00 held email:m (pause: pause_after[1].support_opened)",
        "day 20 10:00 sent email:m",
    ]


def test_pauses_are_the_same_for_every_bucket_and_order() -> None:
    timeline = f"{OPENED}day 0 12:00 berta site_visited\nday 3 09:30 anna support_closed\nday 3 09:30 berta order 9"
    first = told([TICKET, "{order: 1d}"], timeline, days=20).lines()
    assert told([TICKET, "{order: 1d}"], timeline, days=20, bucket=300).lines() == first
    assert told([TICKET, "{order: 1d}"], timeline, days=20, shuffle=3).lines() == first


def test_a_pause_lasts_while_a_person_is_at_work_for_the_customer() -> None:
    """003 §5.2: chains are quiet when a manager steps in."""
    text = """
contact_policy: {pause_after: {task_created: 3d, until: task_closed}}
teams: {sales: {people: 1, hours: {from: "09:00", to: "18:00"}}}
messages: {m: {purpose: promo}}
segments: {served: {did: task_closed, within: 1d}}
chains:
  a: {trigger: cart_abandoned, steps: [{task: {to: sales, do: work, name: offer, within: 1d}}]}
  b: {trigger: site_visited, steps: [{send: {email: m}}, {choose: [{if: segment.served, steps: [{send: {sms: m}}]}]}]}
"""
    story = tell(text, "day 0 20:10 anna cart_abandoned\nday 0 21:00 anna site_visited")
    (closed,) = story.lines("task_closed")
    assert story.contacts[0] == "day 0 21:00 held email:m (pause: pause_after.task_created)"
    assert [line[:9] for line in story.contacts[1:]] == [closed[:9]] * 2
    assert closed[:8] == "day 1 09"
