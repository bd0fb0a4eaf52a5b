"""The parameters of the customer model as rows: for the terminal, for machines, for the report."""

from __future__ import annotations

import dataclasses
from itertools import groupby
from pathlib import Path
from typing import Any

from sim.parameters import all_parameters
from sim.population_file import PopulationError, load_population


def parameters() -> list[dict[str, Any]]:
    """Every parameter: name, default, unit, source, grade, low, high, about, bounds.

    >>> parameters()[0]["name"]
    'traits.visit_rate'
    """
    return [dataclasses.asdict(info) for info in all_parameters()]


def used_parameters(population: Path) -> list[dict[str, Any]]:
    """The same with ``value``, as a population has it, and ``changed``, whether that is not the default.

    Empty where this version does not take the file any more: it may be that of an older run.
    """
    try:
        used = all_parameters(load_population(population).parameters)
    except PopulationError:
        return []
    return [
        {**row, "value": one.default, "changed": one.default != row["default"]}
        for row, one in zip(parameters(), used, strict=True)
    ]


def sheet(rows: list[dict[str, Any]]) -> str:
    """The rows as text, one group of the model after another.

    >>> print(sheet(parameters()[:1]))
    traits
      visit_rate = 0.07 1/day  (D, 0.01 … 1)
        mean rate λ of visits without a motive; source: spike of the model, tuned to the acceptance facts
    """
    lines = []
    for group, members in groupby(rows, key=lambda row: row["name"].partition(".")[0]):
        lines.append(group)
        for row in members:
            unit = f" {row['unit']}" if row["unit"] else ""
            bounds = f"{row['low']:g} … {row['high']:g}"
            lines.append(
                f"  {row['name'].partition('.')[2]} = {_value(row['default'])}{unit}  ({row['grade']}, {bounds})"
            )
            lines.append(f"    {row['about']}; source: {row['source']}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    return "[" + ", ".join(f"{item:g}" for item in value) + "]" if isinstance(value, tuple) else f"{value:g}"
