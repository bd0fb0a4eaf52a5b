"""Events that cannot happen in a population are told; those that can are not."""

from __future__ import annotations

import dataclasses

import pytest

from sim.produced import unheard
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
    "points_expiring": {"more": "loyalty: {points: {earn: 5%}}"},
    "tier_changed": {"more": "loyalty: {tiers: {gold: {from: 100}}}"},
    "nps_answered": {"asks": ", asks: nps"},
    "coupon_redeemed": {"more": "offers: {tenth: {percent: 10%}}"},
}


@pytest.mark.parametrize("event", CASES)
def test_what_can_happen_is_not_told(event: str) -> None:
    assert unheard(waits(event, **ENABLING.get(event, {})), shop()) == ()


def test_a_message_with_the_name_of_an_event_is_no_event() -> None:
    assert unheard(waits("order"), BARE) == ()
