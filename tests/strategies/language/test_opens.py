"""Chains that ask for opens by channels of which some report none: told by notices, and true in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.small import load
from tests.strategies.language.test_cascade_doubts import with_steps
from tests.strategies.story import Person, tell

MIXED = "      - send: {first_of: [sms, email], message: nudge}\n"
LETTER = "      - send: {email: nudge}\n"
CHEAP = "      - send: {sms: nudge}\n"
WAIT = "      - wait: {until: opened, at_most: 1d}\n"
ASK = '      - choose: [{if: "%s", steps: [{send: {email: digest}}]}]\n'
WAITS_ON = (
    "chains.cart.steps[%d].wait.until: whoever was written to by sms before it waits to the end, for an SMS reports no "
    "opens; expected 'until: click'"
)
UNKNOWN = (
    "chains.cart.steps[2].choose[0].if: of whoever gets 'nudge' by sms nobody knows whether it was opened, so "
    "'not opened(nudge)' does not hold of them; expected 'not clicked(nudge)', or an own branch"
)
NEXT_RUNG = (
    "chains.cart.steps[1].cascade[0]: whoever gets 'nudge' by sms always goes on to the next rung, for an SMS reports "
    "no opens; expected 'next_unless: click'"
)
RUNGS = "      - cascade: [{first_of: [sms, email], message: nudge, wait: 1d, next_unless: %s}, {email: digest}]\n"


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (MIXED + WAIT, WAITS_ON % 2),
        (LETTER + CHEAP + WAIT, WAITS_ON % 3),
        (CHEAP + LETTER + WAIT, None),
        (MIXED + WAIT.replace("opened", "opened or click"), None),
        (MIXED + WAIT.replace("opened", '{event: opened, if: "orders > 1"}'), WAITS_ON % 2),
        (MIXED + WAIT.replace("opened", '[opened, {event: order, if: "value > 1"}]'), None),
        (LETTER + '      - choose: [{if: "orders > 1", steps: [{send: {sms: digest}}]}]\n' + WAIT, WAITS_ON % 3),
        (LETTER + '      - choose: [{if: "orders > 1", steps: [{send: {sms: digest}}, exit]}]\n' + WAIT, None),
        (MIXED + ASK % "not opened(nudge)", UNKNOWN),
        (MIXED + ASK % "orders > 1 and not opened_by_person(nudge)", UNKNOWN),
        (MIXED + ASK % "opened(nudge)", None),
        (MIXED + ASK % "not clicked(nudge)", None),
        (LETTER + ASK % "not opened(nudge)", None),
        (RUNGS % "opened", NEXT_RUNG),
        (RUNGS % "[opened, click]", None),
    ],
)
def test_opens_that_only_some_channels_report(tmp_path: Path, steps: str, found: str | None) -> None:
    notices = [notice.text for notice in load(tmp_path, with_steps(steps)).notices if "opens" in notice.text]
    notices += [notice.text for notice in load(tmp_path, with_steps(steps)).notices if "nobody knows" in notice.text]
    assert notices == ([] if found is None else [found])


def test_a_goal_that_only_some_channels_can_reach(tmp_path: Path) -> None:
    text = with_steps(MIXED, "\n    goal: {event: opened, window: 7d}")
    (notice,) = load(tmp_path, text).notices
    assert text.splitlines()[notice.line - 1] == "    goal: {event: opened, window: 7d}"
    assert notice.text == (
        "chains.cart.goal.event: runs whose messages go by sms never reach this goal, for an SMS reports no opens; "
        "expected click or order"
    )


def test_what_went_by_sms_is_neither_opened_nor_unopened() -> None:
    """LANGUAGE: a comparison with a missing value is false, also under ``not``."""
    text = """
messages: {m: {purpose: promo}, read: {purpose: promo}, unread: {purpose: promo}, unclicked: {purpose: promo}}
chains:
  c: {trigger: site_visited, steps: [{send: {first_of: [sms, email], message: m}}, {wait: 1d},
    {choose: [{if: "opened(m)", steps: [{send: {vk: read}}]}, {if: "not opened(m)", steps: [{send: {vk: unread}}]},
      {if: "not clicked(m)", steps: [{send: {vk: unclicked}}]}]}]}
"""
    visits = ["day 0 10:00 anna site_visited", "day 0 10:00 bert site_visited"]
    told = tell(text, visits, {"anna": Person(), "bert": Person(no_address=("sms",))})
    assert told.sent == [
        "day 0 10:00 anna sms:m",
        "day 0 10:00 bert email:m",
        "day 1 10:00 anna vk:unclicked",
        "day 1 10:00 bert vk:unread",
    ]


def test_a_message_that_went_by_both_channels_is_known_by_the_one_that_reports() -> None:
    text = """
messages: {m: {purpose: promo}, unread: {purpose: promo}}
chains:
  c: {trigger: site_visited, steps: [{send: {sms: m}}, {wait: 1h}, {send: {email: m}}, {wait: 1d},
    {choose: [{if: "not opened(m)", steps: [{send: {vk: unread}}]}]}]}
"""
    assert tell(text, ["day 0 10:00 anna site_visited"]).sent[-1] == "day 1 11:00 vk:unread"
    opened = ["day 0 10:00 anna site_visited", "day 0 12:00 anna opened 2"]
    assert tell(text, opened).sent[-1] == "day 0 11:00 email:m"
