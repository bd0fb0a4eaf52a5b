"""Points and tiers: what the account holds when, which events tell of it, what conditions see."""

from __future__ import annotations

import numpy as np
import pytest

from strategies.vocabulary import DAY, HOUR, MONEY_UNIT
from tests.strategies.story import Story, tell

PROGRAMME = """
loyalty:
  points: {earn: 5%, active_after: 14d, expire_after: 30d, expiring: 10d}
"""
TIERS = """
loyalty:
  points: {earn: 5%}
  tiers: {silver: {from: 1000}, gold: {from: 5000, earn: 10%}}
  spent_in: 60d
  refresh: 30d
"""
MAIL = """
messages: {nudge: {purpose: service}, hurry: {purpose: service}}
"""
POINTS = ("points_earned", "points_spent", "points_expiring", "points_expired")


def owed(story: Story) -> int:
    """Money that the first customer is owed at the end."""
    return int(story.hub.points_owed()[0])


def account(story: Story) -> tuple[int, int]:
    """(balance, expiring) of the first customer at the end."""
    accounts = story.hub.engines[0].loyalty
    assert accounts is not None
    who = np.array([0])
    return int(accounts.balance(who)[0]), int(accounts.expiring(who)[0])


def test_points_are_earned_become_active_are_announced_and_expire() -> None:
    """Active on day 14, lost on day 44, announced ten days before."""
    told = tell(PROGRAMME, "day 0 09:00 anna order 2000", days=60)
    assert told.lines(*POINTS) == [
        "day 0 09:00 points_earned",
        "day 34 09:00 points_expiring",
        "day 44 09:00 points_expired",
    ]
    assert [row.value for row in told.rows if row.event in POINTS] == [100, 100, 100]


@pytest.mark.parametrize(
    ("days", "held"), [(13, (0, 0)), (15, (100, 0)), (35, (100, 100)), (43, (100, 100)), (45, (0, 0))]
)
def test_the_account_day_by_day(days: int, held: tuple[int, int]) -> None:
    assert account(tell(PROGRAMME, "day 0 09:00 anna order 2000", days=days)) == held


@pytest.mark.parametrize(("days", "points"), [(13, 100), (15, 100), (43, 100), (45, 0)])
def test_points_are_owed_from_earning_to_expiry(days: int, points: int) -> None:
    """Also while they are not active yet; a point of two roubles is owed at its worth."""
    story = "day 0 09:00 anna order 2000"
    assert owed(tell(PROGRAMME, story, days=days)) == points * MONEY_UNIT
    dear = PROGRAMME.replace("earn: 5%", "earn: 10%, worth: 2")
    assert owed(tell(dear, story, days=days)) == 2 * points * MONEY_UNIT


def test_spent_points_are_not_owed_and_without_points_nothing_is() -> None:
    story = """
    day 0 09:00 anna order 2000
    day 20 10:00 anna points_spent 30
    day 25 10:00 anna order 400
    """
    assert owed(tell(PROGRAMME, story, days=30)) == 90 * MONEY_UNIT
    assert owed(tell("loyalty: {tiers: {silver: {from: 1000}}}", story, days=30)) == 0
    assert owed(tell("", story, days=30)) == 0


def test_what_is_spent_cannot_expire_first_in_first_out() -> None:
    """100 and 50 points; 120 are spent: nothing is left of the first lot, 30 of the second."""
    story = """
    day 0 09:00 anna order 2000
    day 3 09:00 anna order 1000
    day 20 10:00 anna points_spent 120
    """
    told = tell(PROGRAMME, story, days=60)
    assert [(row.event, row.value) for row in told.rows if row.event in POINTS] == [
        ("points_earned", 100),
        ("points_earned", 50),
        ("points_spent", 120),
        ("points_expiring", 30),
        ("points_expired", 30),
    ]


def test_a_chain_writes_while_enough_points_expire() -> None:
    text = f"""
    {PROGRAMME.strip()}
    messages: {{nudge: {{purpose: service}}, hurry: {{purpose: service}}}}
    chains:
      last_call:
        trigger: points_expiring
        while: "points.expiring >= 50"
        steps: [{{send: {{email: nudge}}}}, {{wait: 5d}}, {{send: {{email: hurry}}}}]
    """.replace("\n    ", "\n")
    assert tell(text, "day 0 09:00 anna order 2000", days=60).sent == [
        "day 34 09:00 email:nudge",
        "day 39 09:00 email:hurry",
    ]
    spent = "day 0 09:00 anna order 2000\nday 36 09:00 anna points_spent 60"
    assert tell(text, spent, days=60).sent == ["day 34 09:00 email:nudge"]
    assert not tell(text, "day 0 09:00 anna order 900", days=60).sent


def test_an_order_leaves_its_chains_the_account_as_it_was() -> None:
    text = (
        "loyalty: {points: {earn: 10%}}\n"
        + MAIL
        + """
chains:
  rich: {trigger: order, enter: "points.balance >= 100", reenter: always, steps: [{send: {email: nudge}}]}
"""
    )
    told = tell(text, "day 0 09:00 anna order 1000\nday 1 09:00 anna order 10", days=3)
    assert told.sent == ["day 1 09:00 email:nudge"]


def test_tiers_are_reached_at_once_and_lost_on_a_refresh() -> None:
    """Silver by the first order; gold by the second; on day 90 the sixty days hold nothing more."""
    told = tell(TIERS, "day 0 09:00 anna order 1000\nday 10 09:00 anna order 4000", days=100)
    assert [(row.time // HOUR, row.category) for row in _of(told, "tier_changed")] == [
        (9, "silver"),
        (10 * 24 + 9, "gold"),
        (90 * 24, None),
    ]


def test_a_tier_earns_by_its_own_share_from_the_next_order_on() -> None:
    story = "day 0 09:00 anna order 5000\nday 1 09:00 anna order 1000"
    assert [row.value for row in _of(tell(TIERS, story, days=5), "points_earned")] == [250, 100]


def test_the_past_decides_about_the_first_tier_without_an_event() -> None:
    chain = "{trigger: site_visited, enter: \"tier == 'gold'\", steps: [{send: {email: nudge}}]}"
    text = f"{TIERS}{MAIL}chains:\n  gold: {chain}"
    told = tell(text, "day -20 09:00 anna order 6000\nday 1 09:00 anna site_visited", days=5)
    assert told.sent == ["day 1 09:00 email:nudge"]
    assert not told.lines("tier_changed")
    assert not tell(text, "day -70 09:00 anna order 6000\nday 1 09:00 anna site_visited", days=5).sent


def test_a_programme_of_tiers_only_has_no_points() -> None:
    text = "loyalty: {tiers: {silver: {from: 1000}}}\n"
    told = tell(text, "day 0 09:00 anna order 2000", days=2)
    assert told.lines("tier_changed") == ["day 0 09:00 tier_changed"]
    assert not told.lines(*POINTS)
    accounts = told.hub.engines[0].loyalty
    assert accounts is not None
    assert accounts.balance(np.array([0])).tolist() == [0]


def test_a_tier_starts_its_chain() -> None:
    text = (
        TIERS
        + MAIL
        + ("chains:\n  up: {trigger: {event: tier_changed, if: \"tier == 'gold'\"}, steps: [{send: {email: nudge}}]}")
    )
    assert tell(text, "day 0 09:00 anna order 5000", days=3).sent == ["day 0 09:00 email:nudge"]
    assert not tell(text, "day 0 09:00 anna order 4999", days=3).sent


@pytest.mark.parametrize("bucket", [300, 6 * HOUR, DAY])
def test_accounts_do_not_depend_on_the_bucket(bucket: int) -> None:
    days = ((0, "order 2000"), (0, "order 777"), (15, "points_spent 90"), (16, "order 50"))
    story = [f"day {day} 09:00 {who} {what}" for who in ("anna", "ben") for day, what in days]
    usual = tell(PROGRAMME, story, days=70)
    other = tell(PROGRAMME, story, days=70, bucket=bucket, shuffle=3)
    assert other.rows == usual.rows


def _of(told: Story, event: str) -> list:
    return [row for row in told.rows if row.event == event]
