"""What a population file changes of the one that it extends: a sensitivity run must not look like the usual one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.parameters import all_parameters
from sim.population_file import composed_population

WORDS = ("population", "about")
"""Keys that say what a population is called."""

MODEL = "parameters."


@dataclass(frozen=True)
class Changes:
    """name: the population's; extends: the files that it builds on, the nearest first; changed: dotted key → what
    stands there, and what stood there before, None where nothing does."""

    name: str
    extends: tuple[str, ...]
    changed: dict[str, tuple[Any, Any]]


def changes(path: str | Path) -> Changes:
    """What a population differs in from the one at the root of those that it extends, in the order of the keys.

    Numbers of the model that neither states are the model's defaults; of a population that extends none only they are
    compared.  Raises PopulationError where a file cannot be read.

    >>> from strategies.language.shipped import shipped_folder
    >>> changes(shipped_folder() / "populations" / "online_shop.yaml")
    Changes(name='Online shop', extends=(), changed={})
    """
    composed = composed_population(path)
    here, names = composed.root.plain_value(), tuple(composed.asked)
    there = composed_population(names[-1]).root.plain_value() if names else {**here, "parameters": {}}
    defaults = {f"{MODEL}{info.name}": info.default for info in all_parameters()}
    found = {}
    for key, new, old in _differences(here, there, ""):
        default = _plain(defaults.get(key))
        pair = (default if new is None else new, default if old is None else old)
        if key not in WORDS and pair[0] != pair[1]:
            found[key.removeprefix(MODEL)] = pair
    return Changes(str(here.get("population", "")), names, found)


def _differences(here: Any, there: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ; what is added as a whole leaf by leaf, what is taken away as a whole."""
    if isinstance(here, Mapping) and isinstance(there, Mapping | None):
        before = there or {}
        for name in dict.fromkeys((*here, *before)):
            yield from _differences(here.get(name), before.get(name), f"{key}.{name}" if key else str(name))
    elif here != there:
        yield key, here, there


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
