"""What does a row cost in a programme of many chains?

``python -m benchmarks.programme [--customers N] [--days D] [--stacked]``

Runs the demo's two scenarios and the full programme one after the other in this process, and again, and prints the
processor time per row of the event log (searches and product views left out, which no chain causes), the number of
handler calls, and the ratio of the two costs.  Only the ratio of one run says something on a machine that does other
things meanwhile.  ``--stacked``: with replications side by side, as a block of a run has them (the demo 10 of 5,000
customers, the programme 5 of 20,000), which share the fixed cost of a call.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np

from benchmarks.full_model import CONFIGS, DAY
from sim.history import past_of
from sim.population_file import load_population
from sim.simulation import Block, BlockPlan
from strategies.language import load_scenario
from strategies.scenario import Scenario
from strategies.vocabulary import EVENT_CODE

DEMO = ("cart_rescue", "loud_discounts")
PROGRAMME = ("full_programme",)
BROWSING = ("searched", "product_viewed")
CUSTOMERS, DAYS, HISTORY = 20_000, 40, 20
STACKED = ((5_000, 10), (20_000, 5))
"""Customers and replications of a block of the demo, and of the programme at the default number of replications."""


@dataclass(frozen=True)
class Cost:
    """What one run cost: seconds of processor time, rows of the log, handler calls, and the bucket in seconds."""

    seconds: float
    rows: int
    calls: int
    bucket: int

    @property
    def per_row(self) -> float:
        """Nanoseconds per row."""
        return self.seconds / max(self.rows, 1) * 1e9

    def __str__(self) -> str:
        return (
            f"{self.per_row:7.0f} ns per row: {self.seconds:6.1f} s, {self.rows:,} rows, "
            f"{self.calls:,} handler calls, bucket {self.bucket} s"
        )


def _shortened(name: str, days: int) -> Scenario:
    """A shipped scenario over ``days`` days without a tail, after a short past."""
    scenario = load_scenario(CONFIGS / "scenarios" / f"{name}.yaml")
    start_state = dataclasses.replace(scenario.at_start, history=HISTORY * DAY)
    return dataclasses.replace(scenario, horizon=days * DAY, tail=0, at_start=start_state)


def cost(names: Sequence[str], customers: int, days: int, bases: int = 1) -> Cost:
    """Simulate the scenarios over ``bases`` side by side, with the silent arm, without writing a log."""
    scenarios = tuple(_shortened(name, days) for name in names)
    population = load_population(CONFIGS / "populations" / "online_shop.yaml")
    plan = BlockPlan(scenarios, population, customers, seed=1, bases=tuple(range(bases)), log="none")
    block = Block(plan, past_of(population, scenarios[0], customers, plan.seed, plan.bases))
    start = process_time()
    result = block.run()
    seconds = process_time() - start
    browsing = np.isin(result.counts["event"], [EVENT_CODE[name] for name in BROWSING])
    rows = int(result.counts["count"][~browsing].sum())
    return Cost(seconds, rows, block.agenda.cohorts, block.agenda.bucket)


def report(customers: int = CUSTOMERS, days: int = DAYS, rounds: int = 2, stacked: bool = False) -> None:
    """Print every measurement, and the ratio of each round."""
    sizes = STACKED if stacked else ((customers, 1), (customers, 1))
    told = " and ".join(f"{bases} x {size:,}" for size, bases in sizes)
    print(f"{told} customers, {days} days: the demo's scenarios against the full programme")
    for _ in range(rounds):
        both = zip((DEMO, PROGRAMME), sizes, strict=True)
        demo, programme = (cost(names, size, days, bases) for names, (size, bases) in both)
        print(
            f"  demo      {demo}\n  programme {programme}\n  ratio {programme.per_row / demo.per_row:.2f}", flush=True
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of each arm (default %(default)s)")
    parser.add_argument("--days", type=int, default=DAYS, help="default %(default)s")
    parser.add_argument("--stacked", action="store_true", help="replications side by side, as in a run")
    options = parser.parse_args(arguments)
    report(options.customers, options.days, stacked=options.stacked)


if __name__ == "__main__":
    main()
