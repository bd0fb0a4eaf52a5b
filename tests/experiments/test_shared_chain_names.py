"""Arms that share names of chains: every row belongs to the chain that made it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

from experiments import decoding
from experiments.plan import Block
from sim.result import BlockResult
from strategies.vocabulary import EVENT_CODE
from tests.experiments import fake_world


def shared(result: BlockResult) -> BlockResult:
    """The result of two arms with the same two chains: codes 2 and 3 are the second arm's."""
    one = result.events[0]
    chain = np.where(one.chain >= 0, 3, -1).astype(np.int16)
    entered = {name: np.repeat(values[:1], 4) for name, values in result.counts.items()}
    entered |= {
        "event": np.full(4, EVENT_CODE["goal_reached"], np.uint8),
        "site": np.full(4, -1, np.int16),
        "chain": np.arange(4, dtype=np.int16),
        "count": np.arange(1, 5),
    }
    return dataclasses.replace(
        result,
        chain_names=fake_world.CHAINS * 2,
        events=(dataclasses.replace(one, chain=chain),),
        counts=entered,
    )


def test_rows_of_the_second_arm_keep_their_chains(tmp_path: Path) -> None:
    plan = fake_world.plan(tmp_path, replications=1)
    result = shared(fake_world.simulate(plan, Block(0, (0,)), tmp_path))
    names = decoding.Names.of([arm.name for arm in plan.arms], result)
    goals = decoding.aggregates(names, result).sort("count")["chain"].to_list()
    assert goals == ["abandoned_cart", "digest", "abandoned_cart", "digest"]
    (part,) = decoding.events(names, result)
    runs = part.filter(pl.col("event").cast(pl.String) == "chain_entered")["chain"].cast(pl.String).unique()
    assert runs.to_list() == ["digest"]
