"""In-app messages in the whole model: what must not matter does not, and a record decides again alike."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim.kernel import luck
from sim.result import BlockResult
from sim.simulation import Block, past_of_plan
from strategies.language import load_scenario
from strategies.scenario import AtStart, Scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import CONFIGS, assert_same, log, outcomes, plan, simulate
from tests.sim.blocks import scenario as shipped
from tests.sim.test_equivalence import again, recorded

pytestmark = pytest.mark.slow

TEXT = """
scenario: Banners
population: {population}
horizon: 20d
tail: 5d
start: 2026-02-02
at_start: {{history: 40d}}
channels: {{email: {{cost: 0.1}}, in_app: {{cost: 0.02}}, web_push: {{}}}}
in_app_slot: {{show_for: 6d, at_most: 2 per 3d, in_all: 3 per 2d}}
contact_policy: {{caps: [{{max: 1, per: day, then: drop}}], budget: {{max: 4, per: week}}}}
offers: {{gift: {{percent: 10%, valid: 3d}}}}
messages:
  banner: {{purpose: promo, topic: cart, speaks_to: {{job: any}}, personal: [cart_items], fallback: bestsellers}}
  gift: {{purpose: promo, topic: cart, offer: gift, removes: price}}
  how: {{purpose: content, asks: nps}}
  letter: {{purpose: promo, topic: cart}}
chains:
  cart:
    trigger: cart_abandoned
    enter: "{enter}"
    reenter: always
    exit_on: [order]
    goal: {{event: order, window: 7d}}
    steps:
      - send: {{in_app: banner}}
      - wait: {{until: in_app_shown, at_most: 2d}}
      - choose: [{{if: "shown(banner) and not clicked(banner)", steps: [{{send: {{in_app: gift}}}}, {{wait: 3d}}]}}]
      - send: {{email: letter}}
  seen: {{trigger: in_app_shown, reenter: {{after: 5d}}, steps: [{{wait: 1d}}, {{send: {{web_push: letter}}}}]}}
campaigns:
  {name}: {{every: "Mon,Thu 10:00", to: "{enter}", send: {{in_app: how}}}}
control: {{share: 10%, exempt: [transactional]}}
"""
EVERYBODY, NOBODY = "orders >= 0", "orders < 0"


def scenario(folder: Path, enter: str = EVERYBODY, **changes: Any) -> Scenario:
    path = folder / "scenario.yaml"
    shop = CONFIGS / "populations" / "online_shop.yaml"
    path.write_text(TEXT.format(population=shop, enter=enter, name="asking"))
    return dataclasses.replace(load_scenario(path), **changes)


def lived(folder: Path, beside: bool = False, **changes: Any) -> BlockResult:
    mine = scenario(folder)
    other = dataclasses.replace(shipped("cart_rescue", days=20, tail=5), control=mine.control)
    return simulate(**{"scenarios": (mine, other) if beside else (mine,), "customers": 120, **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("in_app")


@pytest.fixture(scope="module")
def usual(folder: Path) -> BlockResult:
    return lived(folder)


def rows(result: BlockResult, event: str) -> pl.DataFrame:
    """Rows of the arm's in-app messages."""
    sites = [number for number, channel in enumerate(result.sites.channel) if channel == "in_app"]
    mine = (pl.col("event") == EVENT_CODE[event]) & pl.col("site").is_in(sites) & (pl.col("arm") == 0)
    return log(result).filter(mine)


def test_messages_go_their_whole_way(usual: BlockResult) -> None:
    """Otherwise the tests below would compare little."""
    counts = {name: rows(usual, name).height for name in ("sent", "delivered", "in_app_shown", "opened", "click")}
    assert min(counts.values()) > 5, counts
    assert counts["sent"] > counts["delivered"] < counts["in_app_shown"]
    assert counts["delivered"] > counts["opened"] > counts["click"]
    assert rows(usual, "unsubscribed").height == rows(usual, "bounced").height == 0
    assert set(rows(usual, "sent")["customer"]) > set(rows(usual, "in_app_shown")["customer"])


def test_they_are_shown_at_visits_only(usual: BlockResult) -> None:
    visits = log(usual).filter(pl.col("event") == EVENT_CODE["site_visited"])
    at = ["arm", "base", "customer", "time"]
    assert rows(usual, "in_app_shown").join(visits, on=at, how="anti").is_empty()
    assert rows(usual, "in_app_shown").select(at).is_duplicated().sum() == 0, "one message at a visit"


def test_impressions_are_counted_and_paid(usual: BlockResult) -> None:
    told = outcomes(usual).filter(pl.col("arm") == 0)
    assert told["impressions"].sum() == rows(usual, "in_app_shown").height
    letters = log(usual).filter((pl.col("event") == EVENT_CODE["sent"]) & (pl.col("arm") == 0)).height
    letters -= rows(usual, "sent").height
    pushes = [number for number, channel in enumerate(usual.sites.channel) if channel == "web_push"]
    free = log(usual).filter((pl.col("event") == EVENT_CODE["sent"]) & pl.col("site").is_in(pushes)).height
    expected = 200 * told["impressions"].sum() + 1_000 * (letters - free)
    assert told["contact_cost"].sum() == expected


@pytest.mark.slow
def test_neither_buckets_nor_permuted_cohorts_matter(usual: BlockResult, folder: Path) -> None:
    assert_same(usual, lived(folder, bucket=3_600, shuffle=5))


@pytest.mark.slow
def test_stacked_and_separate_bases_are_the_same(usual: BlockResult, folder: Path) -> None:
    separate = [lived(folder, bases=(base,)) for base in (0, 1)]
    assert log(usual).equals(pl.concat([log(part) for part in separate]).sort(pl.all()))


@pytest.mark.slow
def test_an_arm_beside_another_is_the_arm_alone(usual: BlockResult, folder: Path) -> None:
    beside = outcomes(lived(folder, beside=True)).filter(pl.col("arm") == 0)
    assert outcomes(usual).filter(pl.col("arm") == 0).equals(beside)


def test_where_nobody_gets_one_everybody_lives_as_without_them(folder: Path) -> None:
    """The channel and the slot alone change not a bit of anybody's life."""
    idle = scenario(folder, NOBODY)
    none = dataclasses.replace(idle, chains=(), campaigns=())
    kept = ("orders", "revenue", "contribution", "sent", "opened", "clicked", "unsubscribed", "impressions")
    one, other = (outcomes(simulate(scenarios=(each,), customers=120)).select(kept) for each in (idle, none))
    assert one.equals(other)
    assert one["orders"].sum() > 0


@pytest.mark.slow
def test_no_key_is_used_twice(folder: Path) -> None:
    alone = plan(scenarios=(scenario(folder, at_start=AtStart(20 * DAY)),), bases=(0,), silent=False, customers=120)
    past = past_of_plan(alone)
    with luck.audit():
        Block(alone, past).run()


def test_a_record_decides_again_alike(folder: Path) -> None:
    mine = scenario(folder, tail=0)
    record, told = recorded(mine, customers=150)
    world, decided = again(record, mine)
    assert world.unanswered == 0
    assert decided.equals(told)
    assert told.filter(pl.col("event") == EVENT_CODE["sent"]).height > 100


@pytest.mark.slow
def test_what_is_shown_does_not_depend_on_what_a_company_cannot_see(folder: Path) -> None:
    told = plan(scenarios=(scenario(folder),), bases=(0,), bucket=43_200)
    block = Block(told, past_of_plan(told))
    now = 9 * DAY + 12 * 3_600
    block.agenda.run(now)
    engine = block.engines[0]
    customer = np.arange(engine.first_customer, engine.first_customer + engine.customers)

    def shown() -> list[list[int]]:
        found = block.hub.in_app(customer, np.full(customer.size, now))
        assert found is not None
        return [getattr(found, field.name).tolist() for field in dataclasses.fields(found)]

    before = shown()
    assert len(before[0]) > 20
    pick = np.random.default_rng(3)
    for name, column in block.columns.snapshot().items():
        if not name.startswith("observed.") and column.shape[-1] == block.columns.size:
            column[...] = column[..., pick.permutation(column.shape[-1])]
    assert shown() == before
