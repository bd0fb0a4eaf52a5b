"""What the common luck saves: variance of the paired difference of the demo pair against independent luck.

    python -m benchmarks.variance [--customers 2000] [--replications 20]

Prints, for the contribution per customer outside the control group over horizon and tail, the variance of
the difference between the two demo scenarios (a) with the same luck, (b) for the same customers with
independent luck, (c) for other customers with other luck, and the ratios b/a and c/a with their intervals.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.ratios import VarianceRatio, variance_ratio
from sim.population_file import load_population
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import DAY, MONEY_UNIT

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
PAIR = ("cart_rescue", "loud_discounts")
DAYS = 90


def means(plan: BlockPlan) -> NDArray[np.float64]:
    """(arms, bases) contribution per customer outside the control group."""
    result = simulate_block(plan)
    shape = (result.arms, len(result.bases), result.customers_per_world)
    money = result.outcomes["contribution"].astype(np.float64).reshape(shape) / MONEY_UNIT
    outside = ~result.outcomes["control"].astype(bool).reshape(shape)
    return np.asarray(money.mean(axis=2, where=outside), np.float64)


def report(customers: int, replications: int) -> None:
    """Simulate and print."""
    loaded = (load_scenario(CONFIGS / "scenarios" / f"{name}.yaml") for name in PAIR)
    scenarios = tuple(dataclasses.replace(s, horizon=DAYS * DAY, tail=DAYS * DAY) for s in loaded)
    population = load_population(CONFIGS / "populations" / "online_shop.yaml")
    with tempfile.TemporaryDirectory() as cache:
        plan = BlockPlan(
            scenarios,
            population,
            customers,
            seed=1,
            bases=tuple(range(replications)),
            log="none",
            history_cache=Path(cache),
        )
        same = means(plan)
        other = means(dataclasses.replace(plan, luck=1))
    print(f"{PAIR[0]} against {PAIR[1]}, {replications} bases of {customers} customers, {DAYS} + {DAYS} days")
    _line("same customers, independent luck", variance_ratio(same[0], same[1], other[1]))
    _line("other customers, other luck", variance_ratio(same[0], same[1]))


def _line(what: str, ratio: VarianceRatio) -> None:
    interval = ratio.ratio
    print(
        f"{what:34s} variance {ratio.unpaired:9.2f} against {ratio.paired:7.2f} with the same luck: "
        f"{interval.value:.1f} times ({interval.low:.1f} … {interval.high:.1f})"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--replications", type=int, default=20)
    arguments = parser.parse_args()
    report(arguments.customers, arguments.replications)
