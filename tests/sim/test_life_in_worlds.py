"""Double opt-in, preference centres, surveys and newcomers in the whole model: laws, and what they change."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import polars as pl
import pytest

from experiments.decoding import Names, customers
from sim.kernel import luck
from sim.population_file import Population
from sim.population_sections import Arrivals, ArrivalSource, Stores
from sim.result import BlockResult
from sim.simulation import Block, past_of_plan
from strategies.neutral import NEUTRAL
from strategies.scenario import AtStart, Scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import assert_same, log, outcomes, plan, shop, simulate
from tests.sim.harness import shop_with
from tests.strategies.story import scenario_of

pytestmark = pytest.mark.slow

TEXT = """
channels: {email: {cost: 0.1}}
messages:
  digest: {purpose: promo, topic: news}
  hello: {purpose: service, topic: welcome}
  finish: {purpose: service, topic: welcome}
  please: {purpose: service, asks: confirmation}
  how: {purpose: service, asks: survey}
  friend: {purpose: service, asks: referral}
  less: {purpose: service, asks: preferences}
chains:
  welcome:
    trigger: {any: [registered, subscribed]}
    exit_on: survey_answered
    reenter: {after: 5d}
    steps: [{send: {email: hello}}, {wait: 1d}, {send: {email: please}}, {wait: 1d}, {send: {email: how}}]
  known: {trigger: registered, enter: "consent.email", steps: [{wait: 1h}]}
  come_back: {trigger: registration_abandoned, exit_on: registered, steps: [{wait: 1h}, {send: {email: finish}}]}
  thanks: {trigger: {any: [order, store_visited, onboarding_step]}, reenter: {after: 3d},
    steps: [{send: {email: friend}}]}
  party: {trigger: {any: [birthday, anniversary, referred, app_opened]}, reenter: {after: 5d},
    steps: [{send: {email: less}}]}
campaigns: {daily: {every: "day 10:00", to: "consent.email", send: {email: digest}}}
"""
OFFERED = "double_opt_in: [email]\npreference_centre: {frequencies: [weekly, monthly], topics: [news]}\n"
KNOWN = (2, 8)
"""Codes of the chain `known` in the arms of :func:`usual`."""
SOURCES = {"ads": ArrivalSource(0.5), "referral": ArrivalSource(0.5)}


@cache
def busy() -> Population:
    """Many newcomers, many who would leave."""
    changes = {
        "exits": {"leaving": [-2.5] * 7},
        "answers": {"survey": 1.0, "referral": -1.0, "referral_asked": 1.0, "friends": 3.0},
        "traits": {"visit_rate": 0.3},
    }
    return shop_with(
        changes, arrivals=Arrivals(1.0, 0.4, SOURCES), subscriptions={"email": 0.02}, stores=Stores(0.8, 0.7, 0.7)
    )


@cache
def arm(text: str = "") -> Scenario:
    """The scenario over 25 days and a tail of 15, after a past of 20."""
    return dataclasses.replace(
        scenario_of(TEXT + text),
        population=shop().file,
        horizon=25 * DAY,
        tail=15 * DAY,
        at_start=AtStart(20 * DAY, NEUTRAL),
    )


@cache
def usual() -> BlockResult:
    return simulate(scenarios=(arm(OFFERED), arm()), population=busy(), customers=150)


def count(result: BlockResult, event: str, number: int) -> int:
    return log(result).filter((pl.col("event") == EVENT_CODE[event]) & (pl.col("arm") == number)).height


def test_all_of_it_happens() -> None:
    for event in ("registered", "registration_abandoned", "subscribed", "onboarding_step", "survey_answered"):
        assert count(usual(), event, 0), event
    for event in ("referred", "birthday", "anniversary", "app_opened", "store_visited"):
        assert count(usual(), event, 0), event
    assert count(usual(), "subscription_confirmed", 0)
    assert count(usual(), "preferences_changed", 0)
    assert not count(usual(), "subscription_confirmed", 1)
    assert not count(usual(), "preferences_changed", 1)
    assert usual().shared_path["referrals"].max() > 0


def test_consents_of_the_form_are_known_when_the_registration_is() -> None:
    """Where none has to be confirmed, all who gave theirs enter at once; who has to confirm does not."""
    rows = log(usual()).filter(pl.col("time") < 25 * DAY)
    gave = rows.filter(pl.col("event") == EVENT_CODE["subscribed"], pl.col("category") == 0)
    entered = rows.filter(pl.col("event") == EVENT_CODE["chain_entered"], pl.col("chain").is_in(KNOWN))
    same = ["arm", "base", "customer", "time"]
    assert entered.select(same).sort(same).equals(gave.filter(pl.col("arm") == 1).select(same).sort(same))
    assert entered.height


def test_the_customers_table_tells_dates_and_hides_who_has_not_come_yet() -> None:
    result = usual()
    table = customers(Names.of(("offered", "plain"), result), result.customers)
    has_account = pl.col("registered").is_not_null()
    known, strangers = table.filter(has_account), table.filter(~has_account)
    assert strangers.height > 20
    assert known["registered"].max() <= 0
    assert (
        not strangers.select(pl.any_horizontal(pl.col("^consent_.*$", "address_sms", "address_telegram")))
        .to_series()
        .any()
    )
    assert strangers["birthday"].unique().to_list() == [""]
    assert known.filter("consent_email")["consented_email"].null_count() == 0
    assert known.filter(~pl.col("consent_email"))["consented_email"].is_null().all()
    late = known.filter(pl.col("consented_email") > pl.col("registered"))
    assert late.height, "some consented on a form during the past"
    assert known.filter(pl.col("birthday") != "")["birthday"].str.contains(r"^\d\d-\d\d$").all()


@pytest.mark.parametrize("bucket", [3_600, 21_600])
def test_the_bucket_only_batches(bucket: int) -> None:
    assert_same(usual(), simulate(scenarios=(arm(OFFERED), arm()), population=busy(), customers=150, bucket=bucket))


def test_one_more_customer_changes_nobody() -> None:
    more = simulate(
        scenarios=(arm(OFFERED), arm()), population=busy(), customers=151, replay=usual().shared_path, shuffle=3
    )
    assert log(more).filter(pl.col("customer") < 150).equals(log(usual()))
    assert outcomes(more).filter(pl.col("customer") < 150).equals(outcomes(usual()))


def test_no_key_is_used_twice() -> None:
    alone = plan(scenarios=(arm(OFFERED),), population=busy(), customers=150, bases=(0,), silent=False)
    with luck.audit():
        past = past_of_plan(alone)
    with luck.audit():
        Block(alone, past).run()


def test_newcomers_come_at_the_same_time_in_all_arms_and_under_every_luck() -> None:
    """Those whom no recommendation brings forward; what happens to them afterwards differs."""
    arrivals = {}
    for number in (0, 1):
        asked = plan(scenarios=(arm(OFFERED), arm()), population=busy(), customers=150, bases=(0,), luck=number)
        block = Block(asked, past_of_plan(asked))
        planned = block.world.life.arrivals.planned.reshape(3, 150)
        assert (planned == planned[0]).all()
        arrivals[number] = planned[0]
    np.testing.assert_array_equal(arrivals[0], arrivals[1])


def test_a_reminder_of_the_registration_brings_accounts() -> None:
    """The silent arm has the same visitors and no reminders: paired, more of them end with an account."""
    eager = {
        "registration": {"completed": 0.3, "comes_back": 0.0, "email_left": 1.0},
        "response": {"attention": [2.0] * 7, "clicking": [1.0] * 7},
    }
    result = simulate(
        scenarios=(arm(),), population=shop_with(eager, arrivals=Arrivals(3.0, 0.15)), customers=250, bases=(0,)
    )
    rows = log(result).filter(pl.col("event") == EVENT_CODE["registered"])
    registered = {number: set(part["customer"]) for (number,), part in rows.group_by("arm")}
    assert registered[0] > registered[1]


DIGEST_ONLY = """
channels: {email: {cost: 0.1}}
messages: {digest: {purpose: promo, topic: news}}
campaigns: {daily: {every: "day 10:00", to: "consent.email", send: {email: digest}}}
"""


def test_a_preference_centre_asks_those_only_who_would_leave() -> None:
    """The first to leave leave at the same second in both arms, or choose less at that second; then they stay on."""
    arms = [
        dataclasses.replace(
            scenario_of(DIGEST_ONLY + more), population=shop().file, at_start=AtStart(0), horizon=25 * DAY
        )
        for more in ("preference_centre: {frequencies: [weekly, monthly], topics: [news]}\n", "")
    ]
    result = simulate(scenarios=tuple(arms), population=busy(), customers=200, bases=(0,))
    names = ("unsubscribed", "complained", "preferences_changed")
    rows = log(result).filter(pl.col("event").is_in([EVENT_CODE[name] for name in names]))
    first = rows.group_by("arm", "customer").agg(pl.min("time"), pl.col("event").sort_by("time").first())
    offered, plain = (first.filter(pl.col("arm") == number).sort("customer") for number in (0, 1))
    early = offered.join(plain, on="customer").filter(pl.col("time") == pl.col("time_right"))
    assert early.height > 0.8 * min(offered.height, plain.height), "the sender's reputation alone tells them apart"
    assert early.filter(pl.col("event") == EVENT_CODE["preferences_changed"]).height > 5
    left = {number: count(result, "unsubscribed", number) for number in (0, 1)}
    assert left[0] < left[1]
