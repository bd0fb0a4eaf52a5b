"""Small blocks of the whole model, and their rows in a form that can be compared bit for bit."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sim.population_file import Population, load_population
from sim.result import BlockResult
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.scenario import AtStart, Scenario
from strategies.vocabulary import DAY

CONFIGS = Path(__file__).parents[2] / "configs"
NAMES = ("cart_rescue", "loud_discounts")
CUSTOMERS = 150


@cache
def shop() -> Population:
    """The default population."""
    return load_population(CONFIGS / "populations" / "online_shop.yaml")


@cache
def scenario(name: str, days: int = 20, tail: int = 10, history: int = 40) -> Scenario:
    """A shipped scenario over a short time; amounts in it are meant for the customers simulated."""
    loaded = load_scenario(CONFIGS / "scenarios" / f"{name}.yaml")
    at_start = AtStart(history * DAY, loaded.at_start.under, loaded.at_start.backlog)
    return dataclasses.replace(loaded, horizon=days * DAY, tail=tail * DAY, at_start=at_start, base=0)


def plan(**changes: Any) -> BlockPlan:
    """Both shipped scenarios, two bases, all rows logged."""
    usual: dict[str, Any] = {
        "scenarios": tuple(scenario(name) for name in NAMES),
        "population": shop(),
        "customers": CUSTOMERS,
        "seed": 5,
        "bases": (0, 1),
    }
    return BlockPlan(**{**usual, **changes})


def simulate(**changes: Any) -> BlockResult:
    """The result of :func:`plan` with changes."""
    return simulate_block(plan(**changes))


def log(result: BlockResult) -> pl.DataFrame:
    """The event log with arm and base for world, sorted by all columns."""
    parts = [pl.DataFrame(dataclasses.asdict(part)) for part in result.events]
    bases = len(result.bases)
    frame = pl.concat(parts).with_columns(
        arm=pl.col("world") // bases,
        base=pl.lit(pl.Series(result.bases)).gather(pl.col("world") % bases),
    )
    return frame.drop("world").sort(pl.all())


def outcomes(result: BlockResult) -> pl.DataFrame:
    """Outcomes by arm, base, customer."""
    n, bases = result.customers_per_world, len(result.bases)
    row = np.arange(result.arms * bases * n)
    return pl.DataFrame(result.outcomes).with_columns(
        arm=pl.Series(row // (bases * n)),
        base=pl.Series(np.array(result.bases)[row // n % bases]),
        customer=pl.Series(row % n),
    )


def assert_same(one: BlockResult, other: BlockResult) -> None:
    """Same log, same refusals, same outcomes, same counts, same shared path, bit for bit."""
    assert log(one).equals(log(other))
    assert pl.DataFrame(one.refusals).equals(pl.DataFrame(other.refusals))
    assert outcomes(one).equals(outcomes(other))
    for name, values in one.daily.items():
        assert np.array_equal(values, other.daily[name]), name
    assert np.array_equal(one.inbox, other.inbox)
    assert one.shared_path.keys() == other.shared_path.keys()
    for name, path in one.shared_path.items():
        assert np.array_equal(path, other.shared_path[name]), name
