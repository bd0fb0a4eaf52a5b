"""Loyalty, coupons and what follows an order in the whole model: batching and what is unrelated change nothing."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from sim.kernel import luck
from sim.parameters import override
from sim.population_file import Population
from sim.result import BlockResult
from sim.simulation import Block, past_of_plan
from strategies.language import load_scenario
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import CONFIGS, CUSTOMERS, assert_same, log, outcomes, plan, shop, simulate

pytestmark = pytest.mark.slow

SCENARIO = """
scenario: Relations
population: POPULATION
horizon: 30d
tail: 10d
start: 2026-02-02
at_start: {history: 40d}
channels: {email: {}, sms: {cost: 4}}
loyalty:
  points: {earn: 10%, active_after: 2d, expire_after: 12d, expiring: 6d}
  tiers: {silver: {from: 2000}, gold: {from: 6000, earn: 20%}}
  spent_in: 30d
  refresh: 10d
offers:
  sorry: {amount: 300, valid: 10d}
  tenth: {percent: 10%}
messages:
  ask_nps: {purpose: service, asks: nps}
  ask_review: {purpose: service, asks: review}
  apology: {purpose: service, offer: sorry}
  digest: {purpose: promo, offer: tenth}
  points_go: {purpose: promo, personal: [points], fallback: none}
chains:
  nps:
    trigger: delivered_order
    reenter: always
    steps:
      - send: {email: ask_nps}
      - wait: {until: nps_answered as answer, at_most: 3d}
      - choose:
          - if: "answer.score < 7"
            steps: [{give: {coupon: sorry}}, {send: {email: apology}}]
          - if: "answer.score >= 9"
            steps: [{send: {email: ask_review}}]
  unsolved:
    trigger: {event: support_closed, if: "result == 'unsolved'"}
    reenter: always
    steps: [{give: {points: 300}}]
  last_call:
    trigger: points_expiring
    reenter: always
    while: "points.expiring >= 50"
    steps: [{send: {email: points_go}}]
  up: {trigger: {event: tier_changed, if: "tier == 'gold'"}, reenter: always, steps: [{send: {sms: digest}}]}
campaigns:
  weekly: {every: "Mon 10:00", send: {email: digest}}
control: {share: 10%}
"""

BUSY = {
    "traits": {"visit_rate": 0.5, "jobs_per_year": 60.0},
    "delivery": {"days": 1.0, "promised": 2.0, "late_bad": 0.5},
    "support": {"bad": 0.8, "late": 0.8, "payment": 0.2, "unsolved": 0.5},
    "returns": {"days": 2.0},
    "voice": {"nps_answer": 2.0, "review_answer": 2.0, "nps_middle": 7.5},
    "response": {"attention": [1.0] * 7},
}


@cache
def population() -> Population:
    """The default shop with so much of everything that a month shows it."""
    return dataclasses.replace(shop(), parameters=override(shop().parameters, BUSY))


@pytest.fixture(scope="module")
def relations(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path: Path = tmp_path_factory.mktemp("relations") / "relations.yaml"
    path.write_text(SCENARIO.replace("POPULATION", str(CONFIGS / "populations" / "online_shop.yaml")))
    return load_scenario(path)


def run(relations: Scenario, **changes: object) -> BlockResult:
    return simulate(**{"scenarios": (relations,), "population": population(), "bases": (0,), **changes})


@pytest.fixture(scope="module")
def usual(relations: Scenario) -> BlockResult:
    return run(relations)


EXPECTED = (
    *("delivered_order", "returned", "reviewed", "support_opened", "support_closed", "nps_answered"),
    *("points_earned", "points_spent", "points_expiring", "points_expired", "tier_changed", "coupon_redeemed"),
)


def test_everything_occurs(usual: BlockResult) -> None:
    """Without this, the comparisons below could compare nothing."""
    counts = dict(log(usual).filter(pl.col("arm") == 0).group_by("event").len().iter_rows())
    assert {name for name in EXPECTED if counts.get(EVENT_CODE[name], 0) < 5} == set()


def test_buckets_and_permutations_only_batch(relations: Scenario, usual: BlockResult) -> None:
    assert_same(usual, run(relations, bucket=3_600, shuffle=7))


def test_no_key_is_used_twice(relations: Scenario) -> None:
    alone = plan(scenarios=(relations,), population=population(), bases=(0,), silent=False)
    with luck.audit():
        past = past_of_plan(alone)
    with luck.audit():
        Block(alone, past).run()


def test_one_more_customer_changes_nobody(relations: Scenario, usual: BlockResult) -> None:
    more = run(relations, customers=CUSTOMERS + 1, replay=usual.shared_path)
    assert log(more).filter(pl.col("customer") < CUSTOMERS).equals(log(usual))
    assert outcomes(more).filter(pl.col("customer") < CUSTOMERS).equals(outcomes(usual))


def test_points_are_kept_as_books_are(usual: BlockResult) -> None:
    """For every customer: what was spent and what expired is never more than what was earned, the rest is owed."""
    rows = log(usual).filter(pl.col("arm") == 0)
    sums = {
        name: rows.filter(pl.col("event") == EVENT_CODE[name]).group_by("customer").agg(pl.col("value").sum())
        for name in ("points_earned", "points_spent", "points_expired")
    }
    earned = dict(sums["points_earned"].iter_rows())
    for customer, value in (
        pl.concat([sums["points_spent"], sums["points_expired"]]).group_by("customer").sum().iter_rows()
    ):
        assert value <= earned[customer]
    gone = dict(pl.concat([sums["points_spent"], sums["points_expired"]]).group_by("customer").sum().iter_rows())
    owed = [earned.get(customer, 0) - gone.get(customer, 0) for customer in range(CUSTOMERS)]
    assert 0 < sum(owed) < sum(earned.values())
    assert usual.outcomes["points_owed"][:CUSTOMERS].tolist() == owed


def test_nobody_redeems_a_coupon_that_was_not_given(usual: BlockResult) -> None:
    """The last givings before each redeemed coupon leave none unexplained."""
    rows = log(usual).filter(pl.col("arm") == 0)
    given = set(rows.filter(pl.col("event") == EVENT_CODE["action_taken"])["customer"])
    sorry = usual.texts["offer"].index("sorry")
    redeemed = rows.filter((pl.col("event") == EVENT_CODE["coupon_redeemed"]) & (pl.col("category") == sorry))
    assert set(redeemed["customer"]) <= given


def test_after_the_horizon_points_are_spent_and_lost_but_not_earned(usual: BlockResult) -> None:
    rows = log(usual).filter((pl.col("arm") == 0) & (pl.col("time") >= 30 * DAY))
    counts = dict(rows.group_by("event").len().iter_rows())
    assert EVENT_CODE["points_earned"] not in counts
    assert counts[EVENT_CODE["points_spent"]] > 0
    assert counts[EVENT_CODE["points_expired"]] > 0
