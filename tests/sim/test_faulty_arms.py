"""Data faults in the whole model: life goes on as it is, and the arms share what is missed."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from strategies.data_quality import DataFaults
from strategies.scenario import Scenario
from strategies.vocabulary import EVENT_CODE, HOUR, REASON_CODE
from tests.sim.blocks import assert_same, log, scenario, simulate

pytestmark = pytest.mark.slow

FAULTS = DataFaults(
    lost=(("order", 0.3), ("product_viewed", 0.2)),
    late=(("cart_abandoned", 0.5, 9 * HOUR),),
    doubled=(("cart_abandoned", 0.5), ("order", 0.3)),
    two_ids=(0.4, 0.5),
)
TOLD_AGAIN = [REASON_CODE["arrived"], REASON_CODE["doubled"]]


def faulty(name: str = "cart_rescue", **changes: DataFaults) -> Scenario:
    """A shipped scenario with faulty data."""
    return dataclasses.replace(scenario(name), **{"data_faults": FAULTS, **changes})


def test_buckets_stacking_and_order_do_not_matter() -> None:
    scenarios = (faulty(), faulty("loud_discounts"))
    usual = simulate(scenarios=scenarios, bases=(0,), customers=100)
    assert_same(usual, simulate(scenarios=scenarios, bases=(0,), customers=100, bucket=HOUR))
    assert_same(usual, simulate(scenarios=scenarios, bases=(0,), customers=100, shuffle=4))


def test_what_nobody_reacts_to_is_faulty_in_the_log_all_the_same() -> None:
    """Whether some arm listens to an event does not change what is lost of it."""
    nothing = {"chains": (), "campaigns": (), "segments": ()}
    deaf = dataclasses.replace(scenario("cart_rescue"), **nothing)
    lost = dataclasses.replace(deaf, data_faults=DataFaults(lost=(("searched", 0.5),), doubled=(("searched", 0.5),)))
    told = log(simulate(scenarios=(lost,), bases=(0,), customers=100))
    searches = told.filter(pl.col("event") == EVENT_CODE["searched"])
    reasons = set(searches["reason"].unique())
    assert {0, REASON_CODE["lost"], REASON_CODE["doubled"]} == reasons
    share = (searches["reason"] == REASON_CODE["lost"]).sum() / (searches["reason"] != REASON_CODE["doubled"]).sum()
    assert 0.4 < share < 0.6  # some thousands of searches


def test_strategies_that_do_nothing_leave_the_same_life_whatever_they_see() -> None:
    """Without chains and campaigns nothing that is seen can matter: all true events and all money are equal."""
    nothing = {"chains": (), "campaigns": ()}
    clean = dataclasses.replace(scenario("cart_rescue", tail=0), **nothing)
    blind = dataclasses.replace(clean, data_faults=FAULTS)
    one, other = (simulate(scenarios=(s,), bases=(0,), customers=200) for s in (clean, blind))
    lives = [log(result).filter(~pl.col("reason").is_in(TOLD_AGAIN)).drop("reason") for result in (one, other)]
    assert lives[0].equals(lives[1].select(lives[0].columns))
    for name, values in one.outcomes.items():
        assert (values == other.outcomes[name]).all(), name
    faults = log(other).filter(pl.col("event") == EVENT_CODE["order"])["reason"].unique()
    assert faults.len() > 2
