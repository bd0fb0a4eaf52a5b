"""Files that a run makes for itself in its folder: written in one step, told apart from those of others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from experiments.plan import PlanError

_OWN = ".crmsim-"
"""What the names of files begin with that a run makes for itself and may delete."""
LOCK = f"{_OWN}lock"
"""File that a running command holds locked."""


def write_text(target: Path, text: str) -> None:
    """Writes a text file in one step."""
    atomically(target, lambda path: path.write_text(text, encoding="utf-8"))


def atomically(target: Path, write: Callable[[Path], object]) -> None:
    """Calls ``write`` with a temporary path beside ``target`` and moves the result there in one step."""
    temporary = target.with_name(f"{_OWN}{target.name}.{os.getpid()}")
    write(temporary)
    os.replace(temporary, target)


def open_for_run(folder: Path) -> None:
    """Makes the folder of a run where there is none.

    Raises PlanError where it cannot be made, and where it holds what neither a run nor a killed one has left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise PlanError(f"{folder}: {(error.strerror or str(error)).lower()}; choose another --out") from error
    if "manifest.json" not in entries and any(not name.startswith(_OWN) for name in entries):
        raise PlanError(f"{folder} is not empty and not a run folder; choose another --out")


def remove_leftovers(folder: Path) -> None:
    """Removes what a killed run left half-written; by renaming first, so that no straggler can finish it."""
    for leftover in (folder / "blocks").glob(".block-*"):
        doomed = leftover.with_name(f".doomed-{leftover.name}-{os.getpid()}")
        leftover.rename(doomed)
    for doomed in (folder / "blocks").glob(".doomed-*"):
        shutil.rmtree(doomed)
    for temporary in folder.glob(f"{_OWN}*.*"):
        temporary.unlink()
