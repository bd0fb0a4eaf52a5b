"""What does the whole product cost?  ``python -m benchmarks.full_model [--customers N …] [--days D]``

Runs a shipped scenario (its arm and the hidden silent arm) on the shipped population, each measurement in a
process of its own, and prints processor time per row of the event log that tells a visit, a contact or an
order, with and without the log; the peak of memory per stacked customer (customer × arm); and where the
time goes.  Making the past is measured apart.  Throughput limits are lifted: one that binds has a settlement
period of an hour, and then buckets are no longer than that.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import resource
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks import timing
from sim import kinds as world_kinds
from sim.history import past_of
from sim.population_file import load_population
from sim.result import BlockResult
from sim.simulation import Block, BlockPlan
from strategies import kinds as strategy_kinds
from strategies.language import load_scenario
from strategies.vocabulary import EVENT_CODE

DAY = 86_400
CONFIGS = Path(__file__).resolve().parent.parent / "configs"
ROWS = (
    "site_visited",
    "order",
    "sent",
    "bounced",
    "delivered",
    "opened",
    "click",
    "unsubscribed",
    "complained",
    "blocked",
    "push_disabled",
)
"""Events that count as a visit, contact or order row."""
SMALL, LARGE = 100_000, 1_000_000
LARGE_DAYS = 14


@dataclass(frozen=True)
class Task:
    """What one process measures.  customers: of one world; days, history: simulated days after and before the start."""

    customers: int
    days: int
    history: int
    log: str = "none"
    watch: bool = False
    scenario: str = "cart_rescue"
    population: str = "online_shop"


@dataclass(frozen=True)
class Measurement:
    """Seconds of the past and of the arms, rows, bytes of memory at the peak above the imports' own."""

    task: Task
    bucket: int
    past: float
    running: float
    rows: int
    agenda_rows: int
    memory: int
    stacked: int
    shares: str = ""

    def __str__(self) -> str:
        task = self.task
        return (
            f"{task.customers:>9,} customers, {task.days:>3} days, log {task.log:8} bucket {self.bucket:>6} s: "
            f"{self.running:7.1f} s, {self.running / max(self.rows, 1) * 1e9:6.0f} ns per row "
            f"({self.rows / self.stacked:.1f} rows a customer), "
            f"{self.running / max(self.agenda_rows, 1) * 1e9:6.0f} ns per agenda row; "
            f"past of {task.history} days {self.past:6.1f} s; "
            f"{self.memory / self.stacked:5.0f} bytes per customer and arm at the peak"
        )


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1_024


def counted_rows(result: BlockResult) -> int:
    """Visit, contact and order rows of a block."""
    mine = np.isin(result.counts["event"], [EVENT_CODE[name] for name in ROWS])
    return int(result.counts["count"][mine].sum())


def measure(task: Task) -> Measurement:
    """Run in this process; memory is the growth of the process's peak."""
    scenario = load_scenario(CONFIGS / "scenarios" / f"{task.scenario}.yaml")
    population = load_population(CONFIGS / "populations" / f"{task.population}.yaml")
    start_state = dataclasses.replace(scenario.at_start, history=task.history * DAY)
    channels = {name: dataclasses.replace(c, throughput=None) for name, c in scenario.channels.items()}
    scenario = dataclasses.replace(scenario, horizon=task.days * DAY, tail=0, at_start=start_state, channels=channels)
    plan = BlockPlan((scenario,), population, task.customers, seed=1, bases=(0,), log=task.log)
    imports = _peak()
    start = process_time()
    past = past_of(population, scenario, task.customers, plan.seed, plan.bases)
    made = process_time()
    block = Block(plan, past)
    del past  # as in a run: the arms have their copies
    watched = timing.watch(block.agenda) if task.watch else None
    result = block.run()
    end = process_time()
    return Measurement(
        task=task,
        bucket=block.agenda.bucket,
        past=made - start,
        running=end - made,
        rows=counted_rows(result),
        agenda_rows=result.rows_handled,
        memory=_peak() - imports,
        stacked=block.columns.size,
        shares=timing.shares(watched, kind_name) if watched else "",
    )


def kind_name(kind: int) -> str:
    """Name of an agenda kind of the world or of an arm's strategy."""
    if kind >= strategy_kinds.FIRST_KIND:
        arm, own = divmod(kind - strategy_kinds.FIRST_KIND, strategy_kinds.KINDS_PER_ARM)
        return f"policy {arm} {_constant(strategy_kinds, own)}"
    return _constant(world_kinds, kind)


def _constant(module: object, value: int) -> str:
    names = [name for name, number in vars(module).items() if name.isupper() and number == value]
    return names[0].lower().replace("_", " ") if names else str(value)


def apart(task: Task) -> Measurement:
    """Measure in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, task).result()


def tasks(customers: Sequence[int], days: int, history: int) -> list[Task]:
    """With and without the log and the shares at the first size; without the log, shorter, at the others."""
    first, *others = customers
    return [
        Task(first, days, history, "none"),
        Task(first, days, history, "all"),
        Task(first, days, history, "none", watch=True),
        *(Task(n, min(days, LARGE_DAYS), min(history, LARGE_DAYS)) for n in others),
    ]


def report(customers: Sequence[int] = (SMALL, LARGE), days: int = 90, history: int = 365) -> None:
    """Print every measurement as soon as it is there."""
    print(f"whole model: scenario {Task.scenario} and the silent arm, population {Task.population}")
    for task in tasks(customers, days, history):
        measured = apart(task)
        print("  " + (str(measured) if not task.watch else measured.shares.replace("\n", "\n  ")), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[SMALL, LARGE], help="default %(default)s")
    parser.add_argument("--days", type=int, default=90, help="default %(default)s")
    parser.add_argument("--history", type=int, default=365, help="days of the past (default %(default)s)")
    options = parser.parse_args(arguments)
    report(options.customers, options.days, options.history)


if __name__ == "__main__":
    main()
