"""The population file that a scenario names: where it is, and which one was meant where it is not there."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from pathlib import Path

from strategies.language.nodes import Node
from strategies.language.problems import nearest, shortened, typographic
from strategies.language.reader import TEXT, Checked, Reader, Reading, Value
from strategies.language.shipped import shipped_folder

_KEY = re.compile(r"^(population|parameters|jobs|scenario):", re.MULTILINE)


def population_of(root: Node, reading: Reading) -> Path | None:
    """The population file that a scenario names; None where there is no such file."""
    entry = root.entries.get("population")
    if entry is None or entry[1].kind != "text":
        return None
    try:
        path = (Value(entry[1], "population", reading).folder / str(entry[1].value)).resolve()
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None


def _place(value: Value, name: str) -> str | None:
    """The path of the file, named relative to the scenario file."""
    near: str | None = None
    try:
        path = (value.folder / name).resolve()
        if path.is_file():
            return str(path)
        known = dict(_populations(value.folder, path.parent))
        near = known.get(nearest(path.name, known) or "")
    except (OSError, ValueError):
        pass
    hint = f"; did you mean '{near}'?" if near else typographic(name)
    expected = "expected a population file, named relative to this file (shipped: configs/populations/online_shop.yaml)"
    value.complain(f"{value.where}: found no file '{shortened(name)}', {expected}{hint}")
    return None


def _populations(here: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Names of the shipped populations, then of those in a folder, each with its path from ``here``, or the shorter."""
    for place in (shipped_folder() / "populations", folder):
        for file in sorted(place.glob("*.yaml")):
            keys = {match[1] for match in _KEY.finditer(file.read_text(encoding="utf-8", errors="replace"))}
            if keys and "scenario" not in keys:
                yield file.name, min(os.path.relpath(file, here.resolve()), str(file.resolve()), key=len)


POPULATION_FILE: Reader[str] = Checked(TEXT, _place)
