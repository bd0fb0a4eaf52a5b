"""Runs of more arms than fit one block: simulated in groups, and nothing differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from experiments.comparison import compare
from experiments.plan import PlanError, RunPlan, Settings, make_plan
from experiments.runner import run_plan
from sim import arms
from strategies.scenario import Scenario
from tests.sim.blocks import scenario

TABLES = ("outcomes", "aggregates", "daily", "steps", "customers", "customers_latent", "refusals")
NAMES = ("loud", "louder", "loudest", "calm", "calmer")


def scenarios() -> list[Scenario]:
    loud, calm = (scenario(name, days=6, tail=3, history=20) for name in ("loud_discounts", "cart_rescue"))
    more = [replace(loud, campaigns=loud.campaigns[n:]) for n in (1, 2)]
    return [loud, *more, replace(calm, control=loud.control), replace(calm, control=loud.control, chains=())]


def plan(**settings: object) -> RunPlan:
    given = {"customers": 40, "replications": 3, "latent": True, "log": "all", **settings}
    return make_plan(scenarios(), NAMES, Settings(**given))  # type: ignore[arg-type]


def rows(folder: Path, name: str) -> pl.DataFrame:
    """The rows of a table in one order, names as text."""
    files = sorted((folder / "events").glob("*.parquet")) if name == "events" else [folder / f"{name}.parquet"]
    frame = pl.concat([pl.read_parquet(file).with_columns(pl.col(pl.Categorical).cast(pl.String)) for file in files])
    return frame.sort(pl.all())


def test_arms_that_fit_are_one_group() -> None:
    assert plan().groups == ((0, 1, 2, 3, 4),)
    assert [block.group for block in plan().blocks()] == [0]


def test_groups_have_room_for_their_engines_and_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arms, "MAX_ENGINES", 4)
    assert plan().groups == ((0, 1), (2, 3), (4,))
    monkeypatch.setattr(arms, "MAX_ENGINES", 44)
    sites = [arms._sites(one) for one in scenarios()]
    common = sum(map(arms._sites, arms._beside(scenarios())))
    monkeypatch.setattr(arms, "MAX_SITES", common + sites[0] + sites[1])
    groups = plan().groups
    assert [position for group in groups for position in group] == [0, 1, 2, 3, 4]
    assert groups[0] == (0, 1)
    assert all(common + sum(sites[position] for position in group) <= arms.MAX_SITES for group in groups)
    monkeypatch.setattr(arms, "MAX_SITES", common + sites[0] - 1)
    with pytest.raises(PlanError, match="fit one run: expected fewer"):
        plan()


def test_blocks_of_groups_count_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arms, "MAX_ENGINES", 4)
    asked = plan(customers=40_000)
    blocks = asked.blocks()
    assert [block.number for block in blocks] == list(range(len(blocks)))
    for group in range(3):
        mine = [block for block in blocks if block.group == group]
        assert [r for block in mine for r in block.replications] == [0, 1, 2]
    parts = [asked.part(block) for block in blocks]
    assert [part.silent for part in parts] == [block.group == 0 for block in blocks]
    assert {arm.name for part in parts for arm in part.arms} == set(NAMES)
    assert {part.log for part in parts} == {asked.log}


def test_a_path_is_replayed_in_one_block(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(arms, "MAX_ENGINES", 4)
    with pytest.raises(PlanError, match="5 arms do not fit one block, and a recorded path is replayed in one"):
        plan(shared=tmp_path / "path.npz")


@pytest.mark.slow
def test_arms_in_groups_are_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    together, apart = tmp_path / "together", tmp_path / "apart"
    run_plan(plan(), together)
    monkeypatch.setattr(arms, "MAX_ENGINES", 4)
    run_plan(plan(), apart)
    for name in (*TABLES, "events"):
        assert rows(apart, name).equals(rows(together, name)), name
    one, other = compare(together), compare(apart)
    assert one.differences == other.differences
    assert (together / "shared" / "path.npz").exists()
    assert not (apart / "shared" / "path.npz").exists()
