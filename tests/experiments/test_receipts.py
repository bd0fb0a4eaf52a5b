"""Receipts of the company's own shops: money in the tables, and in the log only where a card tells whose they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.population_sections import Stores
from sim.simulation import BlockPlan, simulate_block
from strategies.scenario import AtStart
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import scenario, shop


@pytest.mark.slow
@pytest.mark.parametrize("card", [0.0, 1.0])
def test_orders_without_a_card_are_in_the_outcomes_and_not_in_the_log(card: float, tmp_path: Path) -> None:
    arm = replace(scenario("loud_discounts"), horizon=20 * DAY, tail=0, at_start=AtStart(0))
    population = replace(shop(), stores=Stores(near=0.8, share=0.7, card=card), after_order=())
    result = simulate_block(BlockPlan((arm,), population, customers=500, seed=1, bases=(0,)))
    events, values = (np.concatenate([getattr(part, name) for part in result.events]) for name in ("event", "value"))
    told, in_shops = (events == EVENT_CODE[name] for name in ("order", "store_visited"))
    missing = result.outcomes["orders"].sum() - told.sum()
    revenue = result.outcomes["revenue"].sum() - values[told].sum()
    assert result.outcomes["revenue"].sum() == result.daily["revenue"].sum()
    if card:
        assert (missing, revenue) == (0, 0)
        assert in_shops.sum() > 10
    else:
        assert missing > 10
        assert revenue > 0
        assert in_shops.sum() == 0
