"""What does a row cost in a programme of many chains?

``python -m benchmarks.programme [--customers N] [--days D] [--stacked | --idle | --commands]``

Runs the demo's two scenarios and the full programme one after the other in this process, and again, and prints the
processor time per row of the event log (searches and product views left out, which no chain causes), the number of
handler calls, and the ratio of the two costs.  Only the ratio of one run says something on a machine that does other
things meanwhile.  ``--stacked``: with replications side by side, as a block of a run has them (the demo 10 of 5,000
customers, the programme 5 of 20,000), which share the fixed cost of a call.

``--idle``: the programme alone, and with two and three times its chains, of which the added ones are offered
all that the others are and let nobody enter: what does a chain cost that has nothing to do?

``--commands [REPLICATIONS …]``: the commands themselves, with past, log, statistics and report: the demo as ``make
demo`` has it, and the programme with 20,000 customers, 180 days and each number of replications (default: the
command's own 20), with nothing cached; processor time per row of the log, all rows.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import polars as pl

from benchmarks.full_model import CONFIGS, DAY
from sim.history import past_of
from sim.population_file import load_population
from sim.simulation import Block, BlockPlan
from strategies.chain_triggers import ExternalTrigger
from strategies.conditions import Compare, Field, Literal_
from strategies.language import load_scenario
from strategies.scenario import Chain, Scenario
from strategies.vocabulary import EVENT_CODE

DEMO = ("cart_rescue", "loud_discounts")
PROGRAMME = ("full_programme",)
BROWSING = ("searched", "product_viewed")
CUSTOMERS, DAYS, HISTORY = 20_000, 40, 20
STACKED = ((5_000, 10), (20_000, 5))
"""Customers and replications of a block of the demo, and of the programme at the default number of replications."""


NEVER_TRUE = Compare("<", Field("orders", "number"), Literal_(0.0))

DEMO_COMMAND = ("compare", *DEMO, "--customers", "5000", "--days", "90", "--tail", "90", "--replications", "20")
PROGRAMME_COMMAND = ("run", *PROGRAMME, "--customers", "20000", "--days", "180")


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
    return cost_of(tuple(_shortened(name, days) for name in names), customers, bases)


def cost_of(scenarios: tuple[Scenario, ...], customers: int, bases: int) -> Cost:
    """The same of scenarios."""
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


def with_idle(scenario: Scenario, times: int) -> Scenario:
    """The scenario with ``times`` further copies of its chains, which nobody enters.

    Chains that a file starts are not copied: their files name customers who belong to one chain.
    """

    def idle(chain: Chain, copy: int) -> Chain:
        return dataclasses.replace(chain, name=f"{chain.name}_idle_{copy}", enter=NEVER_TRUE)

    copied = [chain for chain in scenario.chains if not isinstance(chain.trigger, ExternalTrigger)]
    added = tuple(idle(chain, copy) for copy in range(times) for chain in copied)
    return dataclasses.replace(scenario, chains=scenario.chains + added)


def report_idle(customers: int, days: int) -> None:
    """Print the cost with and without idle chains, the least number first and again at the end."""
    programme = _shortened(PROGRAMME[0], days)
    print(f"{customers:,} customers, {days} days")
    plain = 0.0
    for times in (0, 1, 2, 0):
        scenario = with_idle(programme, times)
        measured = cost_of((scenario,), customers, 1)
        plain = plain or measured.seconds
        print(f"  {len(scenario.chains):3d} chains {measured}, {measured.seconds / plain:.2f} of the first", flush=True)


def cost_of_command(command: Sequence[str], folder: Path) -> float:
    """Nanoseconds of processor time of a whole ``crmsim`` command per row of the log that it writes."""
    home = {**os.environ, "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache")}
    out = folder / "run"
    before = getrusage(RUSAGE_CHILDREN)
    whole = (sys.executable, "-m", "experiments", *command, "--jobs", "1", "--log", "all", "--out", str(out))
    subprocess.run(whole, env=home, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = pl.scan_parquet(out / "events" / "*.parquet").select(pl.len()).collect().item()
    print(f"  {' '.join(command)}: {seconds:.1f} s, {rows:,} rows, {seconds / rows * 1e9:,.0f} ns per row", flush=True)
    return float(seconds / rows * 1e9)


def report_commands(replications: Sequence[int]) -> None:
    """Print what the commands cost, and the ratio of each to the demo's."""
    costs = []
    for command in (DEMO_COMMAND, *((*PROGRAMME_COMMAND, "--replications", str(number)) for number in replications)):
        with TemporaryDirectory() as folder:
            costs.append(cost_of_command(command, Path(folder)))
    for number, measured in zip(replications, costs[1:], strict=True):
        print(f"  ratio with {number} replications {measured / costs[0]:.2f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of each arm (default %(default)s)")
    parser.add_argument("--days", type=int, default=DAYS, help="default %(default)s")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--stacked", action="store_true", help="replications side by side, as in a run")
    what.add_argument("--idle", action="store_true", help="the programme with chains that nobody enters")
    what.add_argument("--commands", type=int, nargs="*", metavar="REPLICATIONS", help="the whole commands")
    options = parser.parse_args(arguments)
    if options.commands is not None:
        report_commands(options.commands or (20,))
    elif options.idle:
        report_idle(options.customers, options.days)
    else:
        report(options.customers, options.days, stacked=options.stacked)


if __name__ == "__main__":
    main()
