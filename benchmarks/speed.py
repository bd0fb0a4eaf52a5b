"""How much faster than a process per customer?  ``python -m benchmarks.speed [--customers N]``

Both engines of the core model in one run on one processor core, processor time.  The cohorts run before
and after the naive engine and the *slower* of both is compared, so that a change of the machine's
speed on the way cannot flatter them.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from dataclasses import dataclass
from time import process_time

from benchmarks import core_cohorts, core_naive, timing
from benchmarks import core_model as m

DAYS = 90
KIND_NAMES = ("visit", "order", "open", "click", "chain e-mail", "chain push", "chain SMS", "newsletter")


@dataclass(frozen=True)
class Timing:
    """One run: seconds with and without making the customers, elementary events, cohorts handled (naive: 0)."""

    seconds: float
    running: float
    events: int
    cohorts: int = 0

    @property
    def per_event(self) -> float:
        """Nanoseconds per elementary event, making the customers included."""
        return self.seconds / self.events * 1e9


def naive(customers: int, days: int = DAYS, seed: int = 1) -> Timing:
    """Time the naive engine."""
    gc.collect()
    start = process_time()
    world = core_naive.World(customers, seed)
    made = process_time()
    world.env.run(until=days * m.DAY)
    end = process_time()
    return Timing(end - start, end - made, sum(world.count[name] for name in m.EVENTS))


def cohorts(customers: int, days: int = DAYS, seed: int = 1, bucket: int | None = None) -> Timing:
    """Time the cohorts."""
    gc.collect()
    start = process_time()
    simulation = core_cohorts.Simulation(customers, days, seed, bucket=bucket)
    made = process_time()
    simulation.run()
    end = process_time()
    return Timing(end - start, end - made, simulation.events(), simulation.agenda.cohorts)


def handler_shares(customers: int, days: int = DAYS) -> str:
    """Table of the time of each handler of the cohort engine."""
    simulation = core_cohorts.Simulation(customers, days, seed=1)
    watched = timing.watch(simulation.agenda)
    simulation.run()
    return timing.shares(watched, lambda kind: KIND_NAMES[kind])


def fixed_cost() -> float:
    """Microseconds per cohort event when cohorts are nearly empty: 50 customers, one day per bucket."""
    runs = [cohorts(50) for _ in range(5)]
    return min(run.running / run.cohorts for run in runs) * 1e6


def report(customers: int, shares: bool = True) -> float:
    """Print the measurements; returns the ratio naive ÷ cohorts."""
    before = cohorts(customers)
    rival = naive(customers)
    after = cohorts(customers)
    slower = max(before, after, key=lambda run: run.seconds)
    ratio = rival.per_event / slower.per_event
    print(f"core model, {customers:,} customers, {DAYS} days, {slower.events / customers:.1f} events per customer")
    print(f"  SimPy, a process per customer   {rival.seconds:8.2f} s  {rival.per_event:7.0f} ns per event")
    for run in (before, after):
        print(f"  cohorts                         {run.seconds:8.2f} s  {run.per_event:7.0f} ns per event")
    print(f"  ratio {ratio:.1f} (asked: at least 30)")
    print(f"  fixed cost per cohort event {fixed_cost():.0f} µs")
    if shares:
        print("\n".join("  " + line for line in handler_shares(customers).splitlines()))
    return ratio


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="default %(default)s")
    report(parser.parse_args(arguments).customers)


if __name__ == "__main__":
    main()
