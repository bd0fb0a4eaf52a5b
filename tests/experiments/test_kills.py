"""A real run killed at twenty random moments, each time begun again with the same ``--out``, loses nothing."""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.experiments.test_resume import ROOT, assert_same_rows

pytestmark = pytest.mark.slow

KILLS = 20
PARENT = r"""
import os, sys
import experiments.commands, experiments.plan, experiments.runner, sim.simulation
experiments.plan.STACKED_CUSTOMERS = 1      # one replication to a block
from experiments.cli import main
for line in sys.stdin:
    out, cache = line.rstrip("\n").split("\t")
    child = os.fork()
    if child == 0:
        os.environ["XDG_CACHE_HOME"] = cache
        sys.stdout = sys.stderr = open(os.devnull, "w")
        sys.argv = ["crmsim", "compare", "cart_rescue", "loud_discounts", "--customers", "40", "--days", "5", "--tail",
                    "2", "--replications", "25", "--jobs", "1", "--set", "at_start={history: 7d}", "--out", out]
        try:
            main()
        except SystemExit as end:
            os._exit(end.code or 0)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Has read the program, and lets a process of its own run the command for every line ``folder<TAB>cache``."""


class Runs:
    """Processes that run the command, one after the other."""

    def __init__(self, parent: subprocess.Popen[str], cache: Path) -> None:
        assert parent.stdin is not None
        assert parent.stdout is not None
        self._to, self._from, self.cache = parent.stdin, parent.stdout, cache

    def start(self, out: Path) -> int:
        """The number of a process that has begun."""
        self._to.write(f"{out}\t{self.cache}\n")
        self._to.flush()
        return int(self._from.readline())

    def ended(self, seconds: float) -> bool:
        """Whether the process ends within that time."""
        return bool(select.select([self._from], [], [], seconds)[0])

    def exit_code(self) -> int:
        """Of the process, when it has ended."""
        return int(self._from.readline())


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Runs with a cache of histories of their own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1, text=True
    ) as parent:
        yield Runs(parent, tmp_path / "cache1")
        parent.kill()


def finished_blocks(out: Path) -> int:
    """How many blocks of a run are complete."""
    return len(list(out.glob("blocks/block-*")))


def test_killed_at_twenty_random_moments(tmp_path: Path, runs: Runs) -> None:
    """Every second kill comes after a block more is complete, so that the kills hit the run in many places."""
    killed = tmp_path / "killed"
    begun = time.monotonic()
    runs.start(tmp_path / "whole")
    assert runs.exit_code() == 0
    whole = time.monotonic() - begun
    runs.cache = tmp_path / "cache2"
    moments = random.Random(20)
    finished_early = 0
    hit = set()
    for kill in range(KILLS):
        before = finished_blocks(killed)
        process = runs.start(killed)
        while kill % 2 and finished_blocks(killed) == before and not runs.ended(0.01):
            pass
        if runs.ended(moments.uniform(0.0, 0.05) * whole):
            assert runs.exit_code() == 0
            finished_early += 1
            continue
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        if runs.exit_code() == -signal.SIGKILL:
            hit.add(finished_blocks(killed))
    assert finished_early < KILLS / 2, "most kills must hit a run at work"
    assert len(hit) > KILLS / 4, "and in many places"
    runs.start(killed)
    assert runs.exit_code() == 0
    assert_same_rows(tmp_path / "whole", killed)
