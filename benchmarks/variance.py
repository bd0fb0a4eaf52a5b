"""What the common luck saves: variance of the paired difference of the demo pair against independent luck.

    python -m benchmarks.variance [--customers 2000] [--replications 20]

Prints, for the contribution outside the control group over horizon and tail, the variance of the difference between
the two demo scenarios, and between the first and silence, (a) with the same luck, (b) for the same customers with
independent luck, (c) for other customers with other luck, and the ratios b/a and c/a with their intervals: for the
means of replications, whose variances are known from as many figures as there are replications only, and for single
customers, whose variances are known well but leave out what customers share (reputation, limits).
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.ratios import exponential, jackknife, ratio, variance_ratio
from experiments.statistics import Estimate
from sim.population_file import load_population
from sim.simulation import BlockPlan, simulate_block
from strategies.language import load_scenario
from strategies.vocabulary import DAY, MONEY_UNIT

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
PAIR = ("cart_rescue", "loud_discounts")
SILENCE = "silence"
DAYS = 90

Money = list[NDArray[np.float64]]
"""By base, (arms, customers outside the control group) contribution in currency units."""


def contributions(plan: BlockPlan) -> Money:
    """Simulate; the silent arm comes last."""
    result = simulate_block(plan)
    shape = (result.arms, len(result.bases), result.customers_per_world)
    money = result.outcomes["contribution"].astype(np.float64).reshape(shape) / MONEY_UNIT
    outside = ~result.outcomes["control"].astype(bool).reshape(shape)[0]
    return [money[:, base, outside[base]] for base in range(len(result.bases))]


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
        same = contributions(plan)
        other = contributions(dataclasses.replace(plan, luck=1))
    print(f"{replications} bases of {customers} customers, {DAYS} + {DAYS} days")
    arms = (*PAIR, SILENCE)
    for arm, baseline in ((0, 1), (0, 2)):
        print(f"{arms[arm]} against {arms[baseline]}")
        _of_means(same, other, arm, baseline)
        _of_customers(same, other, arm, baseline)


def _of_means(same: Money, other: Money, arm: int, baseline: int) -> None:
    """Variances of the difference of two means of a replication."""
    ours, theirs = (np.array([money[number].mean() for money in same]) for number in (arm, baseline))
    by_luck = np.array([money[baseline].mean() for money in other])
    for what, found in (
        ("same customers, independent luck", variance_ratio(ours, theirs, by_luck)),
        ("other customers, other luck", variance_ratio(ours, theirs)),
    ):
        _line(f"means: {what}", found.unpaired, found.paired, found.ratio)


def _of_customers(same: Money, other: Money, arm: int, baseline: int) -> None:
    """Variances of the difference of two customers of a replication, averaged over the replications."""
    paired = np.array([np.var(money[arm] - money[baseline], ddof=1) for money in same])
    of_other_luck = np.array(
        [np.var(money[arm] - else_[baseline], ddof=1) for money, else_ in zip(same, other, strict=True)]
    )
    of_others = np.array([np.var(money[arm], ddof=1) + np.var(money[baseline], ddof=1) for money in same])
    for what, unpaired in (
        ("same customers, independent luck", of_other_luck),
        ("other customers, other luck", of_others),
    ):
        logs = jackknife(lambda table: math.log(ratio(table)), np.stack([unpaired, paired], axis=1))
        _line(f"customers: {what}", float(unpaired.mean()), float(paired.mean()), exponential(logs))


def _line(what: str, unpaired: float, paired: float, times: Estimate) -> None:
    interval = "" if times.low is None else f" ({times.low:.1f} … {times.high:.1f})"
    value = "–" if times.value is None else f"{times.value:.1f} times"
    print(f"  {what:44s} variance {unpaired:11.2f} against {paired:9.2f} with the same luck: {value}{interval}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--replications", type=int, default=20)
    arguments = parser.parse_args()
    report(arguments.customers, arguments.replications)
