"""How far a run has come is told on stderr: lines where it is kept, a bar on a terminal, nothing with --json."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import enumerate as enumerate_threads

import pytest
from rich.console import Console

from experiments import commands, progress
from experiments.plan import PlanError
from experiments.progress import telling
from tests.experiments.test_cli import SMALL, crmsim, folder, no_page

__all__ = ["folder", "no_page"]


def wait_for(capsys: pytest.CaptureFixture[str], words: str) -> str:
    """What stands on stderr once these words do."""
    seen, until = "", time.monotonic() + 20.0
    while words not in seen and time.monotonic() < until:
        time.sleep(0.005)
        seen += capsys.readouterr().err
    return seen


def test_where_nobody_looks_a_line_stands_there_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(every=0.01) as told:
        told(2, 6)
        first = wait_for(capsys, "2 of 6")
        told(4, 6)
        second = wait_for(capsys, "4 of 6")
    assert re.match(r"crmsim: 2 of 6 blocks done after \d+ s\n", first)
    assert re.search(r"crmsim: 4 of 6 blocks done after \d+ s, about \d+ s to go\n", second)
    capsys.readouterr()
    time.sleep(0.03)
    assert capsys.readouterr().err == ""  # the clock ends with the run


def test_a_short_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with telling() as told:
        told(0, 1)
        told(1, 1)
    assert capsys.readouterr() == ("", "")


def test_with_json_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with telling(quiet=True, every=0.001) as told:
        told(0, 3)
        time.sleep(0.02)
        told(1, 3)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_with_blocks_and_times(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal(stderr: bool) -> Console:
        assert stderr
        return Console(stderr=True, force_terminal=True, width=100, _environ={"TERM": "xterm"})

    monkeypatch.setattr(progress, "Console", terminal)
    with telling() as told:
        told(0, 18)
        told(7, 18)
    out, err = capsys.readouterr()
    assert out == ""
    assert "block 7 of 18" in err
    assert "to go" in err


def test_the_clock_ends_with_a_run_that_fails() -> None:
    def run() -> None:
        with telling(every=0.001) as told:
            told(0, 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run()
    assert not [thread for thread in enumerate_threads() if thread.name == progress.CLOCK]


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("command", [("run", "calm.yaml", "--tail", "0"), ("reach", "calm.yaml", "--days", "3")])
def test_commands_are_quiet_with_json_only(
    folder: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    @contextmanager
    def recorded(quiet: bool) -> Iterator[progress.Told]:
        asked.append(quiet)
        raise PlanError("enough")
        yield

    monkeypatch.setattr(commands, "telling", recorded)
    crmsim(*command, *SMALL, code=2)
    crmsim(*command, *SMALL, "--json", code=2)
    assert asked == [False, True]
