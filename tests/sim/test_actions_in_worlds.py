"""Actions and tasks in the whole model: the same bits for every bucket, order and stacking; no luck used twice."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from experiments import decoding
from sim.arms import ArmsError, check_members
from sim.kernel import luck
from sim.result import BlockResult
from sim.silence import silence
from strategies.language import load_scenario
from strategies.scenario import AtStart, Scenario
from strategies.vocabulary import DAY, EVENT_CODE, REASON_CODE
from tests.sim.blocks import CONFIGS, assert_same, log, simulate

TEXT = """
scenario: {name}
population: {population}
horizon: 15d
tail: 5d
start: 2026-02-02
at_start: {{history: 30d}}
channels: {{email: {{cost: 0.1}}, sms: {{cost: 4}}}}
control: {{share: 10%}}
contact_policy: {{quiet_hours: {{from: "21:00", to: "09:00"}}, exempt: {{transactional: {{obeys: [address]}}}}}}
teams: {{sales: {{people: 1, hours: {{from: "09:00", to: "18:00"}}, minutes_per_task: 240, cost: 100}}}}
fields: {{visits: 0, stage: {{one_of: [new, called, gone], default: new}}}}
segments:
  promised: {{static: true}}
  pilots: {{members: "0-40, 77"}}
messages:
  hello: {{purpose: promo, topic: cart, speaks_to: {{job: any}}}}
  offer: {{purpose: promo, topic: call, speaks_to: {{job: any}}, removes: choice}}
  receipt: {{purpose: transactional}}
chains:
  lead:
    trigger: {{any: [product_viewed, cart_abandoned]}}
    reenter: {{after: 2d}}
    holdout: 20%
    exit_on: order
    steps:
      - add_to: promised
      - task: {{to: sales, do: call, about: offer, within: {within}}}
      - webhook: {{name: crm, with: [orders, field.stage, segment.pilots, profile.city, trigger.category]}}
      - pause: {{chain: tips, for: 1d}}
      - wait: {{until: call_answered or task_closed as call, at_most: 2d}}
      - choose:
          - if: "call.happened"
            steps: [{{set: {{stage: called}}}}, {{start: thanks}}]
          - else: [{{set: {{stage: gone}}}}, {{remove_from: promised}}]
  thanks: {{trigger: started, reenter: always, steps: [{{send: {{email: receipt}}}}, {{stop: tips}}]}}
  tips:
    trigger: site_visited
    reenter: always
    steps: [{{send: {{email: hello}}}}, {{wait: 5h}}, {{set: {{visits: 1}}}}]
  called:
    trigger: {{field_changed: stage}}
    enter: "segment.promised"
    steps: [{{send: {{sms: hello}}}}, {{unsubscribe: sms}}]
  joined: {{trigger: {{segment_entered: promised}}, steps: [{{wait: 1h}}, {{send: {{email: hello}}}}]}}
"""


@cache
def acting(name: str = "acting", within: str = "8h") -> Scenario:
    folder = Path(__file__).parents[2] / "configs" / "scenarios"
    file = folder / f".acting-{name}.yaml"
    file.write_text(TEXT.format(name=name, within=within, population=CONFIGS / "populations" / "online_shop.yaml"))
    try:
        return load_scenario(file)
    finally:
        file.unlink()


@cache
def usual() -> BlockResult:
    return simulate(scenarios=(acting(),), customers=120)


def count(result: BlockResult, event: str, reason: str = "") -> int:
    rows = log(result).filter((pl.col("event") == EVENT_CODE[event]) & (pl.col("arm") == 0))
    return rows.filter(pl.col("reason") == REASON_CODE[reason]).height


@pytest.mark.slow
def test_every_action_happens_in_this_scenario() -> None:
    """Without this, the comparisons below could compare nothing."""
    result = usual()
    for event, reason in (
        *(("task_created", reason) for reason in ("", "holdout", "control", "no_consent")),
        *(("task_closed", reason) for reason in ("answered", "no_answer", "expired")),
        *(("action_taken", reason) for reason in ("", "holdout", "control", "no_effect")),
        ("call_answered", ""),
        ("unsubscribed", "by_company"),
        ("chain_exited", "stopped"),
        ("held", "paused"),
        ("segment_entered", ""),
    ):
        assert count(result, event, reason) > 0, (event, reason)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"bucket": 600}, {"bucket": 3_600, "shuffle": 7}])
def test_buckets_and_the_order_of_customers_change_nothing(changes: dict[str, int]) -> None:
    other = simulate(scenarios=(acting(),), customers=120, **changes)
    assert_same(usual(), other)
    assert lines(usual()) == lines(other)


@pytest.mark.slow
def test_arms_do_not_touch_one_another() -> None:
    together = simulate(scenarios=(acting("first"), acting("second", "2d")), customers=120, bases=(0,))
    alone = simulate(scenarios=(acting("second", "2d"),), customers=120, bases=(0,))
    one = log(together).filter(pl.col("arm") == 1).drop("arm", "site", "chain", "rule", "displaced_by")
    assert one.sort(pl.all()).equals(
        log(alone).filter(pl.col("arm") == 0).drop("arm", "site", "chain", "rule", "displaced_by").sort(pl.all())
    )


@pytest.mark.slow
def test_no_luck_is_used_twice() -> None:
    scenario = dataclasses.replace(acting(), at_start=AtStart(0))
    with luck.audit():
        simulate(scenarios=(scenario,), customers=80, bases=(0,), silent=False)


@pytest.mark.slow
def test_calls_cost_what_the_team_costs_and_no_day_has_more_than_it_can_make() -> None:
    result = usual()
    closed = log(result).filter((pl.col("event") == EVENT_CODE["task_closed"]) & (pl.col("arm") == 0))
    made = closed.filter(pl.col("reason").is_in([REASON_CODE["answered"], REASON_CODE["no_answer"]]))
    by_day = made.group_by("base", pl.col("time") // DAY).len()
    assert by_day["len"].max() == 2  # 9 hours of work, 4 for each
    clock = made["time"] % DAY // 3_600
    assert clock.min() >= 9
    assert clock.max() < 18
    sent = log(result).filter(
        (pl.col("event") == EVENT_CODE["sent"]) & (pl.col("arm") == 0) & (pl.col("time") < 15 * DAY)
    )
    price = {"email": 1_000, "sms": 40_000}
    of_messages = sum(price[result.sites.channel[site]] for site in sent["site"].to_list())
    in_horizon = result.daily["contact_cost"][: len(result.bases), :, :15].sum()
    assert in_horizon == of_messages + 1_000_000 * made.height


@pytest.mark.slow
def test_the_silent_arm_calls_nobody_and_keeps_the_chains_that_steer() -> None:
    silent = silence([acting()])
    assert {"lead", "thanks", "tips"} <= {chain.name for chain in silent.chains}
    rows = log(usual()).filter(pl.col("arm") == 1)
    assert rows.filter(pl.col("event") == EVENT_CODE["call_answered"]).height == 0
    sent = rows.filter((pl.col("event") == EVENT_CODE["sent"]) & (pl.col("time") < 15 * DAY))["site"].to_list()
    assert {usual().sites.message[site] for site in sent} <= {"receipt"}


def lines(result: BlockResult) -> list[str]:
    return decoding.webhook_lines(decoding.Names.of(["acting"], result), result)


@pytest.mark.slow
def test_webhooks_tell_what_the_company_knew_at_that_moment() -> None:
    told = [json.loads(line) for line in lines(usual())]
    assert len(told) > 20
    assert {one["arm"] for one in told} == {"acting"}
    assert [(one["replication"], one["customer"]) for one in told] == sorted(
        (one["replication"], one["customer"]) for one in told
    )
    first = told[0]
    assert set(first) == {"arm", "replication", "customer", "time", "webhook", "chain", "run", "fields"}
    assert first["webhook"] == "crm"
    assert {one["fields"]["field.stage"] for one in told} >= {"new"}
    assert all(one["fields"]["segment.pilots"] == (one["customer"] <= 40 or one["customer"] == 77) for one in told)
    control = usual().outcomes["control"].reshape(-1, 120)
    assert not any(control[one["replication"], one["customer"]] for one in told)
    assert np.unique([one["time"] for one in told]).size > 10


def test_a_member_beyond_the_base_is_refused() -> None:
    check_members([acting()], 78)
    with pytest.raises(ArmsError, match="segment 'pilots' of 'acting' names customer 77, but with 77 customers"):
        check_members([acting()], 77)
