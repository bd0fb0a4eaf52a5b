"""Predictive segments, personal blocks, variants, best channels in the whole model: what must not matter does not."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from sim.kernel import luck
from sim.result import BlockResult
from sim.simulation import Block, past_of_plan
from strategies.scenario import AtStart
from strategies.vocabulary import DAY
from tests.sim.blocks import assert_same, log, outcomes, plan, simulate
from tests.sim.blocks import scenario as shipped
from tests.sim.test_latent import scenario

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> BlockResult:
    return lived(tmp_path_factory)


def lived(folders: pytest.TempPathFactory, beside: bool = False, **changes: object) -> BlockResult:
    """The scenario of the latent test, short, alone or beside a shipped one."""
    mine = dataclasses.replace(scenario(folders.mktemp("messages")), horizon=14 * DAY, at_start=AtStart(120 * DAY))
    other = dataclasses.replace(
        shipped("loud_discounts"), horizon=14 * DAY, tail=0, at_start=AtStart(120 * DAY), control=mine.control
    )
    arms = (mine, other) if beside else (mine,)
    given: dict[str, object] = {"customers": 120, "bases": (0, 1), "scenarios": arms}
    return simulate(**{**given, **changes})


def test_it_happens(usual: BlockResult) -> None:
    """Otherwise the tests below would compare little."""
    rows = log(usual)
    sites = pl.Series(usual.sites.message)
    messages = set(sites.gather(rows.filter(pl.col("site") >= 0)["site"].unique()).to_list())
    assert {"own", "liked", "tested.a", "tested.b"} <= messages
    assert usual.shared_path["prediction"].any()


def test_neither_buckets_nor_permuted_cohorts_matter(
    usual: BlockResult, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_same(usual, lived(tmp_path_factory, bucket=3_600, shuffle=5))


def test_stacked_and_separate_bases_are_the_same(usual: BlockResult, tmp_path_factory: pytest.TempPathFactory) -> None:
    separate = [lived(tmp_path_factory, bases=(base,)) for base in (0, 1)]
    assert log(usual).equals(pl.concat([log(part) for part in separate]).sort(pl.all()))


def test_an_arm_beside_another_is_the_arm_alone(usual: BlockResult, tmp_path_factory: pytest.TempPathFactory) -> None:
    beside = outcomes(lived(tmp_path_factory, beside=True)).filter(pl.col("arm") == 0)
    assert outcomes(usual).filter(pl.col("arm") == 0).equals(beside)


def test_no_key_is_used_twice(tmp_path_factory: pytest.TempPathFactory) -> None:
    mine = dataclasses.replace(scenario(tmp_path_factory.mktemp("keys")), horizon=14 * DAY, at_start=AtStart(30 * DAY))
    alone = plan(scenarios=(mine,), bases=(0,), silent=False, customers=120)
    past = past_of_plan(alone)
    with luck.audit():
        Block(alone, past).run()
