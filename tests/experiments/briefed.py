"""A brief, and made runs whose arm has it, for the modules that test briefs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.brief import brief_entry
from experiments.tables import RunTables
from tests.experiments.made_runs import made_tables
from tests.strategies.language.small import SMALL, load

BRIEF = """\
brief:
  goal: Sell more
  owner: Ann
  budget: 1000000
  kpis:
    - {metric: contribution, against: silence, at_least: 5}
    - {metric: contribution, against: silence, at_least: 50}
    - {metric: unsubscribed, at_most: 50%}
    - {metric: unsubscribed, at_most: 6%}
    - {metric: open_rate, channel: email, at_least: 0%}
    - {metric: goal_rate, chain: cart, at_least: 5%}
"""


def tables(brief: dict[str, Any]) -> RunTables:
    """A made run whose arm ``loud``, +8 against silence and 6 % unsubscribed, has the brief."""
    made = made_tables()
    calm, loud = made.manifest["arms"]
    return replace(made, manifest={**made.manifest, "arms": [calm, {**loud, "brief": brief}]})


def brief_of_small(folder: Path) -> dict[str, Any]:
    """What the manifest keeps of the brief above the small scenario."""
    return brief_entry(load(folder, BRIEF + SMALL))
