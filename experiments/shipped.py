"""Scenarios and ready strategies that come with the product: beside the sources, or inside the installed package."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from strategies.language.shipped import shipped_folder


def shipped_scenarios() -> dict[str, Path]:
    """Name → file of every shipped scenario, by name."""
    return _named("scenarios")


def shipped_strategies() -> dict[str, Path]:
    """Name → file of every ready strategy, by name; ``base``, which they share, is none."""
    return {name: path for name, path in _named("strategies").items() if name != "base"}


def _named(folder: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((shipped_folder() / folder).glob("*.yaml"))}


def find_scenario(name: str) -> Path:
    """The file that a user means by ``name``: a path, or the name of a shipped scenario or ready strategy.

    Raises FileNotFoundError with the message for the user.
    """
    path = Path(name)
    if path.is_file():
        return path
    shipped = {**shipped_strategies(), **shipped_scenarios()}
    if name in shipped:
        return shipped[name]
    if path.is_dir():
        raise FileNotFoundError(f"{name}: is a folder; expected a scenario file")
    near = get_close_matches(path.stem, shipped, n=1)
    hint = f"; did you mean the shipped scenario '{near[0]}'?" if near else ""
    raise FileNotFoundError(f"{name}: no such file, and no shipped scenario has this name{hint}")
