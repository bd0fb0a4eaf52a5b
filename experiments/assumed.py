"""Which population a run had, and what of it is not as usual: the same line on the terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from sim.population_changes import changes
from strategies.language.problems import shortened

MOST = 5
"""So many changes are told in the line; the run folder has all."""


def assumed(path: Path) -> dict[str, Any]:
    """The manifest's entry: name of the population, the files that it extends, and what it changes of them."""
    found = changes(path)
    changed = {key: list(pair) for key, pair in found.changed.items()}
    return {"population": found.name, "extends": [PurePath(file).name for file in found.extends], "changed": changed}


def population_words(manifest: Mapping[str, Any], most: int = MOST) -> str:
    """Name, file, what it extends, and what it changes; '' where a run folder tells no population.

    >>> told = {"population": "Tired", "extends": ["shop.yaml"], "changed": {"burnout.half_life": [28, 14.0]}}
    >>> population_words({"population": "x/tired.yaml", "assumed": told})
    '“Tired”, tired.yaml, extends shop.yaml; changed: burnout.half_life 28 instead of 14'
    >>> population_words({"population": "x/shop.yaml"})
    'shop.yaml'
    """
    told = manifest.get("assumed", {})
    named = (f"“{told['population']}”" if told else "", PurePath(str(manifest.get("population", ""))).name)
    words = ", ".join(filter(None, (*named, *(f"extends {file}" for file in told.get("extends", ())))))
    changed = [f"{key} {_value(new)} instead of {_value(old)}" for key, (new, old) in told.get("changed", {}).items()]
    if not changed:
        return words
    more = f", and {len(changed) - most} more" if len(changed) > most else ""
    return f"{words}; changed: {', '.join(changed[:most])}{more}"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return shortened(f"[{', '.join(map(_value, value))}]")
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
