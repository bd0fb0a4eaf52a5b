"""A real run killed at twenty random moments, each time begun again with the same ``--out``, loses nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.experiments.test_resume import ROOT, assert_same_rows

pytestmark = pytest.mark.slow

KILLS = 20
COMMAND = """
import os, sys
import experiments.commands, experiments.plan, experiments.runner, sim.simulation
experiments.plan.STACKED_CUSTOMERS = 1      # one replication to a block
from experiments.cli import main
if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdout = open(os.devnull, "w")
    sys.argv = ["crmsim", "compare", "cart_rescue", "loud_discounts", "--customers", "40", "--days", "5", "--tail", "2",
                "--replications", "25", "--jobs", "1", "--set", "at_start={history: 7d}", "--out", *sys.argv[1:]]
    main()
"""


def start(command: Path, out: Path, cache: Path) -> subprocess.Popen[bytes]:
    """The command in a process of its own, which has read the program."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
    process = subprocess.Popen(
        [sys.executable, str(command), str(out)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
    return process


def finished_blocks(out: Path) -> int:
    """How many blocks of a run are complete."""
    return len(list(out.glob("blocks/block-*")))


def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    """Every second kill comes after a block more is complete, so that the kills hit the run in many places."""
    command, killed = tmp_path / "command.py", tmp_path / "killed"
    command.write_text(COMMAND)
    process = start(command, tmp_path / "whole", tmp_path / "cache1")
    begun = time.monotonic()
    assert process.wait() == 0
    whole = time.monotonic() - begun
    moments = random.Random(20)
    finished_early = 0
    hit = set()
    for kill in range(KILLS):
        process = start(command, killed, tmp_path / "cache2")
        before = finished_blocks(killed)
        while kill % 2 and process.poll() is None and finished_blocks(killed) == before:
            time.sleep(0.01)
        try:
            process.wait(timeout=moments.uniform(0.0, 0.05) * whole)
            finished_early += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            hit.add(finished_blocks(killed))
    assert finished_early < KILLS / 2, "most kills must hit a run at work"
    assert len(hit) > KILLS / 4, "and in many places"
    assert start(command, killed, tmp_path / "cache2").wait() == 0
    assert_same_rows(tmp_path / "whole", killed)
