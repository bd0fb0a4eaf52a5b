"""Running a plan: block after block, in this process or over a pool, resumed where it stopped."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from experiments import runfolder
from experiments.completing import complete
from experiments.own_files import LOCK, open_for_run
from experiments.plan import Block, PlanError, RunPlan
from experiments.probe import probe
from experiments.replay import check_replay, recorded_path
from sim.result import BlockResult

Simulate = Callable[[RunPlan, Block, Path], BlockResult]
"""(plan, block, folder for cached histories) → the block's result.  Must be importable by name."""

Progress = Callable[[int, int], None]
"""(blocks done, blocks in all)."""


class RunnerError(RuntimeError):
    """The run cannot go on; the text is for the user."""


@dataclass(frozen=True)
class Task:
    """What a worker needs for one block."""

    plan: RunPlan
    block: Block
    folder: Path
    cache: Path
    probe: str
    simulate: Simulate


def run_plan(
    plan: RunPlan, folder: Path, jobs: int = 1, simulate: Simulate | None = None, progress: Progress | None = None
) -> runfolder.Manifest:
    """Runs what is missing of ``plan`` in ``folder`` and completes the run folder.

    Finished blocks are kept.  Raises PlanError where the folder cannot be made or holds something else,
    RunnerError where a worker died or computes other bits.
    """
    check_replay(plan)
    open_for_run(folder)
    with locked(folder):
        manifest = runfolder.prepare(folder, runfolder.new_manifest(plan, probe()), plan)
        if manifest.state == "complete":
            return manifest
        _simulate_missing(plan, folder, manifest, jobs, simulate or simulate_worlds, progress)
        return complete(folder, plan, manifest)


def _simulate_missing(
    plan: RunPlan,
    folder: Path,
    manifest: runfolder.Manifest,
    jobs: int,
    simulate: Simulate,
    progress: Progress | None,
) -> None:
    blocks = plan.blocks()
    there = runfolder.finished(folder, blocks)
    cache = history_cache(folder)
    tasks = [
        Task(plan, block, folder, cache, manifest.probe, simulate) for block in blocks if block.number not in there
    ]
    tell = progress or (lambda done, total: None)
    tell(len(there), len(blocks))
    for done, _ in enumerate(_work(tasks, jobs), start=len(there) + 1):
        runfolder.write_manifest(folder, replace(manifest, blocks_done=done))
        tell(done, len(blocks))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder for this process; the lock ends with the process, however that ends."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PlanError(f"another command is running in {folder}; wait for it or choose another --out") from error
        yield


def simulate_worlds(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    """Simulates a block in the world of :mod:`sim.simulation`."""
    from sim.population_file import load_population
    from sim.simulation import BlockPlan, simulate_block

    settings = plan.settings
    return simulate_block(
        BlockPlan(
            scenarios=tuple(arm.scenario for arm in plan.arms),
            population=load_population(plan.population),
            customers=settings.customers,
            seed=settings.seed,
            bases=block.replications,
            bucket=settings.bucket,
            log=plan.log,
            replay=recorded_path(plan, settings.shared, block.replications) if settings.shared else None,
            history_cache=cache,
            spool=cache,
            silent=plan.silent,
            elsewhere=plan.elsewhere,
        )
    )


def history_cache(folder: Path) -> Path:
    """Where simulated histories are kept: the user's cache folder, or inside the run folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    cache = Path(home) / "crm-sandbox"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if os.access(cache, os.W_OK):
            return cache
    except OSError:
        pass
    inside = folder / "blocks" / "histories"
    inside.mkdir(parents=True, exist_ok=True)
    return inside


def _work(tasks: Sequence[Task], jobs: int) -> Iterator[None]:
    """Does the tasks; yields after each that is finished, in any order."""
    if jobs == 1 or len(tasks) < 2:
        for task in tasks:
            do_block(task)
            yield
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context, initializer=_begin_worker)
    try:
        with _workers_deaf_to_ctrl_c():
            futures: list[Future[None]] = [pool.submit(do_block, task) for task in tasks]
        for future in as_completed(futures):
            future.result()
            yield
    except BrokenProcessPool as error:
        raise RunnerError(
            "a worker process was killed, most likely for lack of memory; the same command with fewer --jobs "
            "resumes where it stopped"
        ) from error
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    pool.shutdown()


@contextmanager
def _workers_deaf_to_ctrl_c() -> Iterator[None]:
    """Workers started inside inherit the blocked signal: this process hears Ctrl-C and ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def do_block(task: Task) -> None:
    """Simulates one block and writes it.  Raises RunnerError where this process computes other bits."""
    if probe() != task.probe:
        raise RunnerError("a worker computes other bits than this machine (packages or processor differ)")
    part = task.plan.part(task.block)
    result = task.simulate(part, task.block, task.cache)
    runfolder.write_block(task.folder, task.block, part, result)


def _begin_worker() -> None:
    """A worker whose parent died ends, too."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
