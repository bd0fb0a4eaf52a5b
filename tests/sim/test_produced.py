"""Events that cannot happen in a population are told; those that can are not."""

from __future__ import annotations

import dataclasses

import pytest

from sim.produced import unheard
from strategies.language.units import format_duration
from strategies.scenario import Scenario
from tests.sim.harness import shop
from tests.strategies.story import scenario_of

WAITS = """
messages: {{m: {{purpose: service{asks}}}, returned: {{purpose: service}}}}
{more}
chains:
  {event}_chain: {{trigger: {event}, exit_on: order, steps: [{{send: {{email: returned}}}}, {{send: {{email: m}}}}]}}
"""


def waits(event: str, asks: str = "", more: str = "") -> Scenario:
    return scenario_of(WAITS.format(event=event, asks=asks, more=more))


BARE = dataclasses.replace(shop(), after_order=(), assortment=0)
CASES = {
    "returned": "the population has no 'returns' in after_order",
    "support_closed": "the population has no 'support' in after_order",
    "stock_back": "the population has no 'assortment'",
    "points_expiring": "the scenario has no loyalty points",
    "tier_changed": "the scenario has no loyalty tiers",
    "nps_answered": "no message asks for it (asks: nps)",
    "coupon_redeemed": "the scenario has no offers",
}


@pytest.mark.parametrize("event", CASES)
def test_an_event_that_cannot_happen_is_told(event: str) -> None:
    assert [notice.text for notice in unheard(waits(event), BARE)] == [f"'{event}' will never happen: {CASES[event]}"]


ENABLING = {
    "points_expiring": {"more": "loyalty: {points: {earn: 5%, expire_after: 30d}}"},
    "tier_changed": {"more": "loyalty: {tiers: {gold: {from: 100}}}"},
    "nps_answered": {"asks": ", asks: nps"},
    "coupon_redeemed": {"more": "offers: {tenth: {percent: 10%}}"},
}


@pytest.mark.parametrize("event", CASES)
def test_what_can_happen_is_not_told(event: str) -> None:
    assert unheard(waits(event, **ENABLING.get(event, {})), shop()) == ()


LATE = (
    "accounts are empty at the start, the first comes {} after an order or a gift at the earliest, and the horizon is "
    "{}"
)


@pytest.mark.parametrize(
    ("event", "rules", "gift", "first"),
    [
        ("points_earned", "active_after: 500d", "", None),
        ("points_spent", "active_after: 500d", "", "500d"),
        ("points_spent", "active_after: 500d", "{give: {points: 5}}, ", None),
        ("points_expiring", "expire_after: 100d", "", "70d"),
        ("points_expiring", "expire_after: 100d, expiring: 50d", "", None),
        ("points_expiring", "expire_after: 80d, active_after: 20d", "", "70d"),
        ("points_expired", "expire_after: 50d, active_after: 20d", "", "70d"),
        ("points_expired", "expire_after: 50d, active_after: 20d", "{give: {points: 5}}, ", None),
    ],
)
def test_points_that_come_too_late_for_the_horizon(event: str, rules: str, gift: str, first: str | None) -> None:
    scenario = scenario_of(f"""
    loyalty: {{points: {{earn: 5%, {rules}}}}}
    messages: {{m: {{purpose: service}}}}
    chains: {{c: {{trigger: {event}, exit_on: order, steps: [{gift}{{send: {{email: m}}}}]}}}}
    """)
    horizon = format_duration(scenario.horizon)
    expected = [] if first is None else [f"'{event}' will never happen: {LATE.format(first, horizon)}"]
    assert [notice.text for notice in unheard(scenario, shop())] == expected


@pytest.mark.parametrize("event", ["points_expiring", "points_expired"])
def test_points_without_an_end_never_expire(event: str) -> None:
    reason = "points never expire without loyalty.points.expire_after"
    told = unheard(waits(event, more="loyalty: {points: {earn: 5%}}"), shop())
    assert [notice.text for notice in told] == [f"'{event}' will never happen: {reason}"]


def test_a_message_with_the_name_of_an_event_is_no_event() -> None:
    assert unheard(waits("order"), BARE) == ()
