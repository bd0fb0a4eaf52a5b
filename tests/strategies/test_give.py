"""``give``: points and coupons as steps of a chain."""

from __future__ import annotations

from tests.strategies.story import Story, tell

POINTS = """
loyalty: {{points: {{earn: 0%, expire_after: 30d}}}}
{more}
chains:
  thanks: {{trigger: support_closed, {keys} steps: [{{wait: 1h}}, {{give: {{points: 200}}}}]}}
"""
COUPON = """
offers: {{small_gift: {{gift: 300, cost: 120, valid: 3d}}}}
{more}
messages: {{sorry: {{purpose: service, offer: small_gift}}}}
chains:
  thanks:
    trigger: support_closed
    {keys}
    steps: [{{give: {{coupon: small_gift}}}}, {{send: {{email: sorry}}}}]
"""
CLOSED = "day 0 09:00 anna support_closed delivery unsolved"


def given(text: str, more: str = "", keys: str = "") -> Story:
    return tell(text.format(more=more, keys=keys), CLOSED, days=40)


def test_given_points_are_active_at_once_and_expire_like_others() -> None:
    told = given(POINTS)
    assert told.lines("action_taken", "points_earned", "points_expired") == [
        "day 0 10:00 action_taken give thanks",
        "day 0 10:00 points_earned",
        "day 30 10:00 points_expired",
    ]
    assert [row.value for row in told.rows if row.event == "points_earned"] == [200]


def test_given_points_start_chains() -> None:
    text = POINTS.format(more="messages: {hi: {purpose: service}}", keys="")
    text += '  told: {trigger: {event: points_earned, if: "amount >= 200"}, steps: [{send: {email: hi}}]}\n'
    assert tell(text, CLOSED, days=2).sent == ["day 0 10:00 email:hi"]


def test_a_coupon_is_handed_to_the_world_before_the_message_that_tells_of_it() -> None:
    told = given(COUPON)
    assert told.lines("action_taken", "coupon_redeemed", "sent") == [
        "day 0 09:00 action_taken give thanks",
        "day 0 09:00 coupon_redeemed small_gift given",
        "day 0 09:00 email:sorry".replace("email", "sent email"),
    ]


def test_a_run_of_a_holdout_gets_nothing_and_the_log_says_what_it_would_have_got() -> None:
    for text in (POINTS, COUPON):
        told = given(text, keys="holdout: 99.9%,") if text is POINTS else given(text, keys="holdout: 99.9%")
        assert [line for line in told.lines("action_taken") if "(holdout)" in line]
        assert not told.lines("points_earned", "coupon_redeemed")


def test_the_control_group_gets_nothing() -> None:
    for text in (POINTS, COUPON):
        told = given(text, more="control: {share: 99.9%}")
        assert [line for line in told.lines("action_taken") if "(control)" in line]
        assert not told.lines("points_earned", "coupon_redeemed")
