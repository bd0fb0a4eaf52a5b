"""Who took the place of a contact that a row of the policy held or dropped."""

from __future__ import annotations

import pytest

from tests.strategies.story import HOUR, Story, tell

TEXT = """
messages:
  news: {{purpose: promo, topic: t}}
  cart: {{purpose: promo, topic: t}}
  other: {{purpose: promo, topic: o}}
contact_policy: {{{policy}}}
chains:
  cart: {{trigger: cart_abandoned, reenter: always, steps: [{{send: {{email: cart}}}}]}}
  view: {{trigger: view_abandoned, reenter: always, steps: [{{send: {{sms: other}}}}]}}
  twice:
    trigger: order
    reenter: always
    steps: [{{send: {{email: cart}}}}, {{wait: 1h}}, {{send: {{email: cart}}}}]
campaigns:
  weekly: {{every: "Mon 10:00", send: {{email: news}}}}
"""
VIEW_THEN_CART = "day 0 11:00 anna view_abandoned\nday 0 12:00 anna cart_abandoned"


def told(policy: str, timeline: str, bucket: int = HOUR, days: int = 6, more: str = "") -> Story:
    return tell(TEXT.format(policy=policy) + more, timeline, days=days, bucket=bucket)


def displaced(story: Story) -> list[tuple[str, str]]:
    """What was held or dropped by a row, and by whom."""
    return [(row.text, row.displaced_by) for row in story.rows if row.event in ("held", "dropped")]


CASES = {
    "cap: who was counted last": (
        "caps: [{max: 2, per: day, then: drop}]",
        VIEW_THEN_CART,
        [("dropped email:cart (cap: caps[0])", "view")],
    ),
    "cap: of those whom it counts": (
        "caps: [{max: 1, per: day, channel: email, then: drop}]",
        VIEW_THEN_CART,
        [("dropped email:cart (cap: caps[0])", "weekly")],
    ),
    "cap: held too long": (
        "caps: [{max: 1, per: 7d, channel: email, then: wait, for_at_most: 2d}]",
        VIEW_THEN_CART,
        [("held email:cart (cap: caps[0])", "weekly"), ("dropped email:cart (held_too_long: caps[0])", "weekly")],
    ),
    "gap: who came before": (
        "min_gap: {any: 3h, then: drop}",
        "day 0 12:00 anna cart_abandoned",
        [("dropped email:cart (gap: min_gap.any)", "weekly")],
    ),
    "gap by topic": (
        "min_gap: {same_topic: 3h, then: drop}",
        VIEW_THEN_CART,
        [("dropped email:cart (gap: min_gap.same_topic)", "weekly")],
    ),
    "gap to other channels": (
        "min_gap: {other_channel: 3h, then: drop}",
        "day 1 11:00 anna view_abandoned\nday 1 12:00 anna cart_abandoned",
        [("dropped email:cart (gap: min_gap.other_channel)", "view")],
    ),
    "gap within a run": (
        "min_gap: {any: 3h, then: drop}",
        "day 1 12:00 anna order 10",
        [("dropped email:cart (gap: min_gap.any)", "twice")],
    ),
    "gap that looks past the own run": (
        "min_gap: {any: 3h, own_run: ignore, then: drop}",
        "day 1 10:30 anna view_abandoned\nday 1 14:00 anna order 10\nday 1 14:30 anna view_abandoned",
        [("dropped sms:other (gap: min_gap.any)", "twice")],
    ),
    "an answer elsewhere": (
        "quiet_elsewhere_after: {click: 1d, then: drop}",
        "day 0 10:30 anna click 1\nday 0 11:00 anna view_abandoned",
        [("dropped sms:other (pause: quiet_elsewhere_after.click)", "weekly")],
    ),
    "the customer's own act: nobody": (
        "pause_after: {order: 1d, then: drop}",
        "day 1 10:00 anna order 10",
        [("dropped email:cart (pause: pause_after.order)", "")] * 2,
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("bucket", [300, 86_400])
def test_who_took_the_place(case: str, bucket: int) -> None:
    policy, timeline, expected = CASES[case]
    assert displaced(told(policy, timeline, bucket)) == expected


def test_a_change_of_rules_that_keeps_the_counters_keeps_whose_they_are() -> None:
    changes = "changes: [{on: 2026-02-04, contact_policy: {caps: [{max: 1, per: 7d, then: drop}]}, counters: COUNTERS}]"
    timeline = "day 1 12:00 anna view_abandoned\nday 2 12:00 anna cart_abandoned"
    for counters, expected in (("keep", [("dropped email:cart (cap: caps[0])", "view")]), ("reset", [])):
        story = told("", timeline, days=4, more=changes.replace("COUNTERS", counters))
        assert displaced(story) == expected


def test_what_moves_on_to_the_next_channel_is_displaced_by_nobody() -> None:
    text = TEXT.format(policy="caps: [{max: 1, per: day, channel: email, then: drop}]").replace(
        "{send: {sms: other}}", "{send: {first_of: [email, sms], message: other, on_capped: next}}"
    )
    story = tell(text, "day 0 11:00 anna view_abandoned", days=2)
    assert displaced(story) == []
    assert [row.displaced_by for row in story.rows if row.event == "sent"] == ["", ""]
