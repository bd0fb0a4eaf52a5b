"""Messages about coupons that are over, or not given yet, when they go out: told with line, reason and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_cascade_doubts import with_steps
from tests.strategies.language.test_doubts import told
from tests.strategies.story import tell

GIVE = "      - give: {coupon: gift}\n"
SEND = "      - send: {email: nudge}\n"
OTHER = "  other: {trigger: searched, steps: [{give: {coupon: gift}}, {send: {email: digest}}]}\n"


def over(path: str, after: str, rungs: bool = False) -> str:
    who = ", of those who got the rungs before it" if rungs else ""
    return (
        f"chains.cart.{path}: 'nudge' comes {after} or more after the coupon 'gift' was given{who}, which is valid for "
        "3d, so it is dropped (offer_expired); expected shorter waits, a longer 'valid' or another 'give'"
    )


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (GIVE + "      - wait: 2d\n" + SEND, None),
        (GIVE + "      - wait: 3d\n" + SEND, over("steps[3]", "3d")),
        (GIVE + "      - at: 73h\n" + SEND, over("steps[3]", "3d")),
        (GIVE + SEND + "      - at: 4d\n" + SEND, over("steps[4]", "95h")),
        (GIVE + "      - wait: {until: click, at_most: 5d}\n" + SEND, None),
        (
            GIVE + "      - wait: {until: click, at_most: 5d, on_timeout: [{send: {email: nudge}}]}\n",
            over("steps[2].wait.on_timeout[0]", "5d"),
        ),
        (GIVE + '      - choose: [{if: "orders > 1", steps: [{wait: 1d}]}]\n      - wait: 2d\n' + SEND, None),
        (
            GIVE
            + '      - choose: [{if: "orders > 1", steps: [{wait: 1d}]}, {else: [exit]}]\n      - wait: 2d\n'
            + SEND,
            over("steps[4]", "3d"),
        ),
        (
            GIVE + "      - cascade: [{email: nudge, wait: 2d}, {sms: digest, wait: 2d}, {email: nudge}]\n",
            over("steps[2].cascade[2]", "4d", rungs=True),
        ),
        (GIVE + "      - wait: 5d\n" + GIVE + SEND, None),
    ],
)
def test_a_message_that_always_comes_after_its_coupons_end(tmp_path: Path, steps: str, found: str | None) -> None:
    texts = [text for _, text in told(tmp_path, with_steps(steps)) if "coupon" in text]
    assert texts == ([] if found is None else [found])


def test_it_is_not_told_where_another_chain_gives_the_coupon_too(tmp_path: Path) -> None:
    text = with_steps(GIVE + "      - wait: 3d\n" + SEND)
    ((line, _),) = [one for one in told(tmp_path, text) if "coupon" in one[1]]
    assert "send: {email: nudge}" in text.splitlines()[line - 1]
    assert not [one for one in told(tmp_path, text.replace("chains:\n", f"chains:\n{OTHER}")) if "coupon" in one[1]]


def test_a_message_before_its_coupon(tmp_path: Path) -> None:
    texts = [text for _, text in told(tmp_path, with_steps(SEND + GIVE)) if "coupon" in text]
    assert texts == [
        "chains.cart.steps[1]: 'nudge' tells of the coupon 'gift' before this chain gives it, so it is dropped "
        "(offer_expired) for who had one that is over; expected 'give' before it"
    ]


def test_what_is_told_is_true_of_a_run() -> None:
    text = """
offers: {gift: {gift: 300, cost: 9, valid: 3d}}
messages: {nudge: {purpose: promo, offer: gift}}
chains: {c: {trigger: order, reenter: always, steps: [{send: {email: nudge}}, {give: {coupon: gift}}, {wait: 3d},
  {send: {email: nudge}}]}}
"""
    assert tell(text, ["day 0 10:00 anna order 9", "day 5 10:00 anna order 9"]).contacts == [
        "day 0 10:00 sent email:nudge",
        "day 3 10:00 dropped email:nudge (offer_expired)",
        "day 5 10:00 dropped email:nudge (offer_expired)",
        "day 8 10:00 dropped email:nudge (offer_expired)",
    ]
