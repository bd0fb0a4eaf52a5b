"""Do both engines simulate the same model?  ``python -m benchmarks.agreement [--worlds W]``

Many worlds of equal size by each engine, statistic by statistic: the ratio of the means, cohorts ÷ naive,
with its 90 % interval.  Worlds are independent replications, and of one size since reputation couples
the customers of a world.  The exit code is 1 when an interval leaves its bound: ±2 %, or ±10 % for what
happens to fewer than RARE of the customers.

Intervals of equal engines leave their bounds by chance, too.  With the default number of worlds every bound
lies at least five standard errors from 1 and the interval reaches 1.6, so this happens to a statistic with
probability below 0.001.  Seeds are fixed: a verdict repeats itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks import core_cohorts, core_naive
from benchmarks import core_model as m

Floats = NDArray[np.float64]

CUSTOMERS, DAYS = 5_000, 90
NAIVE_WORLDS, COHORT_SHARE = 80, 6
"""Worlds of the naive engine, and how many times as many of the cohorts."""
BLOCK = 40
"""Worlds that the cohort engine stacks."""
BOUND, BOUND_RARE, RARE = 0.02, 0.10, 0.1
NORMAL_95 = 1.6448536269514722

STATISTICS = (
    *m.EVENTS,
    *m.DETAILS,
    "revenue",
    "lost to e-mail",
    "at the weekly cap",
    "fatigue at the end",
    "reputation at the end",
)


@dataclass(frozen=True)
class Comparison:
    """One statistic: means per customer, ratio cohorts ÷ naive, its 90 % interval, its bound."""

    name: str
    naive: float
    cohorts: float
    low: float
    high: float
    bound: float

    @property
    def ratio(self) -> float:
        """Ratio of the means."""
        return self.cohorts / self.naive

    @property
    def inside(self) -> bool:
        """Does the whole interval lie within 1 ± bound?"""
        return 1 - self.bound <= self.low and self.high <= 1 + self.bound


def naive_world(seed: int, customers: int = CUSTOMERS, days: int = DAYS) -> Floats:
    """Statistics (1, S) of a naive world, per customer."""
    world = core_naive.run(customers, days, seed)
    end = days * m.DAY
    totals = [
        *world.count.values(),
        world.revenue,
        sum(customer.unsubscribed[m.EMAIL] for customer in world.customers),
        sum(len(c.sent) == 3 and end - c.sent[0] < m.CAP_WINDOW for c in world.customers),
        sum(customer.tiredness() for customer in world.customers),
        world.reputation * customers,
    ]
    return np.array([totals]) / customers


def cohort_worlds(
    first: int, worlds: int = BLOCK, customers: int = CUSTOMERS, days: int = DAYS, bucket: int | None = None
) -> Floats:
    """Statistics (worlds, S) of stacked worlds, per customer."""
    simulation = core_cohorts.Simulation(customers, days, seed=1, worlds=worlds, bucket=bucket, first_world=first)
    readers = simulation.subscribed[m.EMAIL].copy()
    simulation.run()
    end = days * m.DAY

    def per_world(values: NDArray[np.generic]) -> Floats:
        return np.asarray(values.reshape(worlds, customers).sum(1, dtype=np.float64))

    everybody = np.arange(worlds * customers)
    totals = [
        *simulation.counts.values(),
        simulation.revenue / core_cohorts.MONEY,
        per_world(readers & ~simulation.subscribed[m.EMAIL]),
        per_world(simulation.sent[2] > end - m.CAP_WINDOW),
        per_world(simulation.tiredness(everybody, np.full(everybody.size, end))),
        simulation.reputation * customers,
    ]
    return np.stack(totals, axis=1) / customers


def compare(naive: Floats, cohorts: Floats) -> list[Comparison]:
    """Compare two samples of worlds (worlds, S): the delta method on the logarithm of the ratio."""

    def relative_error(sample: Floats) -> Floats:
        return np.asarray(sample.std(0, ddof=1) / sample.mean(0) / np.sqrt(len(sample)))

    half = NORMAL_95 * np.hypot(relative_error(naive), relative_error(cohorts))
    rows = []
    for name, a, b, h in zip(STATISTICS, naive.mean(0).tolist(), cohorts.mean(0).tolist(), half.tolist(), strict=True):
        low, high = b / a * np.exp(-h), b / a * np.exp(h)
        rows.append(Comparison(name, a, b, float(low), float(high), BOUND_RARE if a < RARE else BOUND))
    return rows


def gather(call: Callable[[int], Floats], arguments: Sequence[int], pool: ProcessPoolExecutor, name: str) -> Floats:
    """Call for each argument on the pool, with progress on a terminal."""
    parts = []
    for part in pool.map(call, arguments):
        parts.append(part)
        if sys.stderr.isatty():
            print(f"\r{name}: {len(parts)} of {len(arguments)}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return np.concatenate(parts)


def measure(worlds: int, processes: int = 2) -> list[Comparison]:
    """Run both engines and compare them."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        naive = gather(naive_world, range(1, worlds + 1), pool, "naive worlds")
        blocks = range(0, worlds * COHORT_SHARE, BLOCK)
        cohorts = gather(partial(cohort_worlds, worlds=BLOCK), blocks, pool, "blocks of cohort worlds")
    return compare(naive, cohorts)


def table(rows: list[Comparison]) -> str:
    """The table that is printed."""
    lines = [f"{'statistic':22} {'naive':>12} {'cohorts':>12} {'ratio':>7}   {'90 % interval':17} {'bound':>6}  ok"]
    for row in rows:
        interval = f"{row.low:.4f} … {row.high:.4f}"
        lines.append(
            f"{row.name:22} {row.naive:12.5f} {row.cohorts:12.5f} {row.ratio:7.4f}   {interval:17} "
            f"{row.bound:6.0%}  {'yes' if row.inside else 'NO'}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 when all intervals lie inside their bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=NAIVE_WORLDS, help="naive worlds (default %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="default %(default)s")
    options = parser.parse_args(arguments)
    rows = measure(options.worlds, options.processes)
    sizes = f"{options.worlds} naive and {options.worlds * COHORT_SHARE} cohort worlds"
    print(f"{sizes} of {CUSTOMERS} customers, {DAYS} days")
    print(table(rows))
    return 0 if all(row.inside for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
