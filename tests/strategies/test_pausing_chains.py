"""The step `pause`: what falls due in it comes at its end, and what ends a run goes on."""

from __future__ import annotations

import pytest

from tests.strategies.test_actions import told

PAUSED = """
chains:
  a: {{trigger: cart_abandoned, exit_on: cart_emptied, steps: [{0}, {{send: {{email: m}}}}]}}
  b: {{trigger: site_visited, reenter: always, steps: [{{pause: {{chain: a, for: 3d}}}}]}}
"""
PAUSE = "day 0 10:00 anna cart_abandoned\nday 0 10:30 anna site_visited\n"


def test_what_falls_due_in_a_pause_comes_at_its_end() -> None:
    assert told(PAUSED.format("{wait: 1h}"), PAUSE).sent == ["day 3 10:30 email:m"]
    assert told(PAUSED.format("{wait: 4d}"), PAUSE).sent == ["day 4 10:00 email:m"]
    longer = PAUSE + "day 2 10:00 anna site_visited\n"
    assert told(PAUSED.format("{wait: 1h}"), longer).sent == ["day 5 10:00 email:m"]


def ends_of_a(wait: str, *more: str) -> list[str]:
    """When the paused run ends, and whether its wait was heard (then it leaves before it sends)."""
    text = "fields: {eager: false}\n" + PAUSED.format(wait + ", {choose: [{if: 'told.happened', steps: [exit]}]}")
    text += "  c: {trigger: product_viewed, reenter: always, steps: [{set: {eager: true}}]}\n"
    text += "  d: {trigger: order, reenter: always, steps: [{set: {eager: false}}]}\n"
    return [line for line in told(text, PAUSE + "\n".join(more)).lines("chain_exited") if " a " in line]


HEARD, UNHEARD = ["day 3 10:30 chain_exited a (exit_step)"], ["day 3 10:30 chain_exited a (finished)"]


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        ("day 0 10:45", HEARD),
        ("day 1 09:59", HEARD),
        ("day 1 10:01", UNHEARD),
        ("day 2 11:00", UNHEARD),
        ("day 4 10:00", UNHEARD),
    ],
)
def test_a_pause_neither_lengthens_nor_loses_a_wait_for_an_event(order: str, ends: list[str]) -> None:
    assert ends_of_a("{wait: {until: order as told, at_most: 1d}}", f"{order} anna order 10") == ends


def test_a_wait_that_outlasts_the_pause_goes_on_by_itself() -> None:
    wait = "{wait: {until: order as told, at_most: 5d}}"
    assert ends_of_a(wait, "day 4 12:00 anna order 10") == ["day 4 12:00 chain_exited a (exit_step)"]
    assert ends_of_a(wait) == ["day 5 10:00 chain_exited a (finished)"]


def test_the_steps_of_a_time_out_come_at_the_end_of_the_pause() -> None:
    wait = "{wait: {until: order, at_most: 1d, on_timeout: [{send: {email: n}}, exit]}}"
    assert told(PAUSED.format(wait), PAUSE + "day 2 11:00 anna order 10\n").sent == ["day 3 10:30 email:n"]


@pytest.mark.parametrize(
    ("visits", "ends"),
    [
        (("day 0 12:00 anna product_viewed",), HEARD),  # seen by the look at 16:00
        (("day 1 09:00 anna product_viewed",), HEARD),  # by the last one, at day 1 10:00
        (("day 1 11:00 anna product_viewed",), UNHEARD),
        ((), UNHEARD),
        (("day 0 12:00 anna product_viewed", "day 0 18:00 anna order 10"), HEARD),  # what held at a look was seen
        (("day 0 12:00 anna product_viewed", "day 0 14:00 anna order 10"), UNHEARD),
    ],
)
def test_a_paused_run_looks_at_its_condition_when_it_should(visits: tuple[str, ...], ends: list[str]) -> None:
    wait = "{wait: {until_true: 'field.eager', check: 6h, at_most: 1d, name: told}}"
    assert ends_of_a(wait, *visits) == ends


def test_a_pause_that_is_prolonged_keeps_what_was_heard() -> None:
    again = ("day 0 10:45 anna order 10", "day 2 10:00 anna site_visited")
    wait = "{wait: {until: order as told, at_most: 1d}}"
    assert ends_of_a(wait, *again) == ["day 5 10:00 chain_exited a (exit_step)"]


def test_a_contact_that_waits_is_held_by_a_pause_with_its_reason() -> None:
    text = 'contact_policy: {quiet_hours: {from: "09:00", to: "12:00"}}\n' + PAUSED.format("{wait: 1m}")
    assert told(text, PAUSE).contacts == [
        "day 0 10:01 held email:m (quiet_hours)",
        "day 0 12:00 held email:m (paused)",
        "day 3 10:30 held email:m (quiet_hours)",
        "day 3 12:00 sent email:m",
    ]


HELD = """
contact_policy: {{caps: [{{max: 1, per: 30d, channel: email, then: wait, for_at_most: 2d}}]}}
chains:
  a: {{trigger: cart_abandoned, reenter: always, steps: [{0}{{send: {{email: m}}}}]}}
  b: {{trigger: site_visited, reenter: always, steps: [{{pause: {{chain: a, for: 3d}}}}]}}
"""


def test_a_pause_uses_up_nothing_of_how_long_a_rule_may_hold() -> None:
    """A first mail fills the cap; the second is held for two days in all, whatever it stood in pauses before."""
    first = "day 0 08:00 anna cart_abandoned\n"
    before = told(
        HELD.format("{wait: 1h}, "), first + "day 0 10:00 anna cart_abandoned\nday 0 10:30 anna site_visited\n"
    )
    assert before.contacts[1:] == [
        "day 3 10:30 held email:m (cap: caps[0])",
        "day 5 10:30 dropped email:m (held_too_long: caps[0])",
    ]
    after = told(HELD.format(""), first + "day 0 10:00 anna cart_abandoned\nday 1 10:30 anna site_visited\n")
    assert after.contacts[1:] == [
        "day 0 10:00 held email:m (cap: caps[0])",
        "day 2 10:00 held email:m (paused)",
        "day 4 10:30 dropped email:m (held_too_long: caps[0])",
    ]


def test_what_a_rule_held_before_a_pause_counts_after_it() -> None:
    """Held for 14 hours until the rules change, then paused, then held for the other 34 hours."""
    text = "changes: [{on: 2026-02-03, contact_policy: {like: before}}]\n" + HELD.format("")
    lines = "day 0 08:00 anna cart_abandoned\nday 0 10:00 anna cart_abandoned\nday 0 20:00 anna site_visited\n"
    assert told(text, lines).contacts[1:] == [
        "day 0 10:00 held email:m (cap: caps[0])",
        "day 1 00:00 held email:m (paused)",
        "day 3 20:00 held email:m (cap: caps[0])",
        "day 5 06:00 dropped email:m (held_too_long: caps[0])",
    ]


def test_exits_and_time_outs_go_on_in_a_pause() -> None:
    story = told(PAUSED.format("{wait: 1h}"), PAUSE + "day 1 10:00 anna cart_emptied\n")
    assert story.lines("chain_exited")[-1] == "day 1 10:00 chain_exited a (exit_event)"
    assert story.sent == []
