"""How far a run has come: a bar where somebody looks, a line now and then where what is printed is kept.

Everything goes to stderr.  With ``--json`` nothing is told at all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Told = Callable[[int, int], None]
"""(blocks done, blocks in all)."""

CLOCK = "lines about the run"
"""Name of the thread that prints them."""

EVERY = 30.0
"""Seconds between two lines; a run that takes less says nothing."""


@contextmanager
def telling(quiet: bool = False, every: float = EVERY) -> Iterator[Told]:
    """Gives what is to be told of finished blocks.  quiet: nothing is printed."""
    screen = Console(stderr=True)
    if quiet:
        yield lambda done, total: None
    elif screen.is_terminal:
        with _bar(screen) as told:
            yield told
    else:
        with _lines(sys.stderr, every) as told:
            yield told


@contextmanager
def _bar(screen: Console) -> Iterator[Told]:
    """A bar with the blocks done, the time that it took and what is left, gone when the run is done."""
    columns = (TextColumn("simulating"), BarColumn(), TextColumn("{task.fields[blocks]}"), TimeElapsedColumn())
    left = (TimeRemainingColumn(), TextColumn("to go"))
    with Progress(*columns, *left, console=screen, transient=True) as bar:
        task = bar.add_task("blocks", total=None, blocks="")
        yield lambda done, total: bar.update(task, completed=done, total=total, blocks=f"block {done} of {total}")


@contextmanager
def _lines(out: TextIO, every: float) -> Iterator[Told]:
    """A line every so many seconds, by a clock of its own since a block may take longer."""
    begun, over = time.monotonic(), Event()
    counts: list[tuple[int, int]] = []

    def ticking() -> None:
        while not over.wait(every):
            if counts:
                print(progress_line(counts[0][0], *counts[-1], time.monotonic() - begun), file=out, flush=True)

    clock = Thread(target=ticking, name=CLOCK, daemon=True)
    clock.start()
    try:
        yield lambda done, total: counts.append((done, total))
    finally:
        over.set()
        clock.join()


def progress_line(before: int, done: int, total: int, seconds: float) -> str:
    """What a line says.  before: blocks that were done when this command began, as a run goes on where it stopped.

    >>> progress_line(0, 7, 18, 100.0)
    'crmsim: 7 of 18 blocks done after 1 min 40 s, about 2 min 37 s to go'
    >>> progress_line(3, 3, 18, 30.0)
    'crmsim: 3 of 18 blocks done after 30 s'
    """
    line = f"crmsim: {done} of {total} blocks done after {duration(seconds)}"
    if done == before:
        return line
    return f"{line}, about {duration(seconds * (total - done) / (done - before))} to go"


def duration(seconds: float) -> str:
    """A duration in the two largest units.

    >>> duration(59.6), duration(3_725.0)
    ('1 min', '1 h 2 min')
    """
    whole = round(seconds)
    hours, minutes, rest = whole // 3_600, whole % 3_600 // 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (rest if not hours else 0, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
