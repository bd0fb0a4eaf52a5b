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
import sys
import experiments.plan
experiments.plan.STACKED_CUSTOMERS = 1      # one replication to a block, so that most kills hit the middle
from experiments.cli import main
if __name__ == "__main__":
    sys.argv = ["crmsim", "compare", "cart_rescue", "loud_discounts", "--customers", "40", "--days", "5", "--tail", "2",
                "--replications", "25", "--jobs", "1", "--set", "at_start={history: 7d}", "--out", *sys.argv[1:]]
    main()
"""


def start(command: Path, out: Path, cache: Path) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
    return subprocess.Popen(
        [sys.executable, str(command), str(out)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    command = tmp_path / "command.py"
    command.write_text(COMMAND)
    begun = time.monotonic()
    assert start(command, tmp_path / "whole", tmp_path / "cache1").wait() == 0
    whole = time.monotonic() - begun
    moments = random.Random(20)
    finished_early = 0
    for _ in range(KILLS):
        process = start(command, tmp_path / "killed", tmp_path / "cache2")
        try:
            process.wait(timeout=moments.uniform(0.05, 0.2) * whole)
            finished_early += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert finished_early < KILLS / 2, "most kills must hit a run at work"
    assert start(command, tmp_path / "killed", tmp_path / "cache2").wait() == 0
    assert_same_rows(tmp_path / "whole", tmp_path / "killed")
