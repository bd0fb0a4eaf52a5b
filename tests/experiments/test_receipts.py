"""Receipts of the company's own shops: money in the tables, and in the log only where a card tells whose they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sim.population_sections import Stores
from sim.simulation import BlockPlan, simulate_block
from strategies.data_quality import DataFaults
from strategies.scenario import AtStart
from strategies.vocabulary import DAY, EVENT_CODE, REASON_CODE
from tests.sim.blocks import log, scenario, shop


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


@pytest.mark.slow
def test_lost_receipts_take_their_orders_with_them_and_change_no_life() -> None:
    """Without chains nothing that is seen can matter: all true events and all money are equal."""
    arm = replace(scenario("loud_discounts"), horizon=20 * DAY, tail=0, at_start=AtStart(0), chains=(), campaigns=())
    blind = replace(arm, data_faults=DataFaults(lost=(("store_visited", 1.0),)))
    population = replace(shop(), stores=Stores(near=0.8, share=0.7, card=1.0), after_order=())
    seen, unseen = (
        simulate_block(BlockPlan((each,), population, customers=300, seed=1, bases=(0,))) for each in (arm, blind)
    )
    assert log(seen).drop("reason").equals(log(unseen).drop("reason"))
    assert all((values == unseen.outcomes[name]).all() for name, values in seen.outcomes.items())
    rows, lost = log(unseen), REASON_CODE["lost"]
    receipts = rows.filter(pl.col("event") == EVENT_CODE["store_visited"])
    gone = rows.filter((pl.col("event") == EVENT_CODE["order"]) & (pl.col("reason") == lost))
    assert receipts.height > 10
    assert (receipts["reason"] == lost).all()
    assert gone.drop("event").equals(receipts.drop("event"))
