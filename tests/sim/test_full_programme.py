"""The programme that joins the ready strategies: in a small base each of its chains is entered."""

from __future__ import annotations

import dataclasses

import pytest

from sim.population_file import Population
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import CONFIGS
from tests.sim.harness import shop_with

RARE = {
    "points_lost": "points live longer than this run",
    "points_expiring": "points live longer than this run",
    "first_order_year": "a year after a first order",
    "cascade_welcome": "newcomers are few in a small base",
    "registered_idle": "newcomers are few in a small base",
    "abandoned_registration": "newcomers are few in a small base",
    "abandoned_form": "one visit in two hundred",
    "tier_welcome": "customers who buy that often had their tier before",
    "vip": "cells change once in this run",
    "at_risk": "cells change once in this run",
    "apology": "few tickets stay unsolved",
    "high_value_order": "few orders are so dear",
    "cascade_support": "few tickets",
}
"""Chains that a small base and a short time need not bring about."""


def busy_shop() -> Population:
    """The default shop with customers who come and buy more often, so that much happens in few days."""
    return shop_with({"traits": {"visit_rate": 0.3, "jobs_per_year": 30}})


@pytest.mark.slow
def test_every_chain_of_the_whole_programme_is_entered() -> None:
    scenario = load_scenario(CONFIGS / "scenarios" / "full_programme.yaml")
    assert len(scenario.chains) >= 25
    start = dataclasses.replace(scenario.at_start, history=185 * DAY, backlog="enter")
    short = dataclasses.replace(scenario, horizon=35 * DAY, tail=0, at_start=start)
    result = simulate_block(BlockPlan((short,), busy_shop(), 300, 3, (0,), log="none", silent=False))
    entered = set(result.counts["chain"][result.counts["event"] == EVENT_CODE["chain_entered"]].tolist())
    missed = [chain for number, chain in enumerate(scenario.chains) if number not in entered]
    assert {chain.name for chain in missed} - RARE.keys() == set()
