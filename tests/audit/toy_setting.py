"""How large and busy a toy world is, which scenario it plays, and what a run of it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from strategies.language import load_scenario
from strategies.scenario import Scenario
from strategies.vocabulary import DAY
from tests.audit.base import Row
from tests.audit.facts import Customer


@dataclass(frozen=True)
class Told:
    """What a run of the toy world leaves behind."""

    raw: dict[str, Any]
    rows: list[Row]
    customers: list[Customer]


@dataclass(frozen=True)
class Setting:
    """How large and how busy the toy world is.  per_day: actions of a customer a day."""

    customers: int = 60
    worlds: int = 1
    seed: int = 1
    per_day: float = 3.0
    bucket: int = DAY
    shuffle: int | None = None


USUAL = Setting()


@lru_cache(maxsize=32)
def read_scenario(text: str) -> Scenario:
    """The scenario of JSON text, which is YAML; a scene that many broken engines play is read once."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "population.yaml").write_text("population: toy\n")
        file = Path(folder) / "scenario.yaml"
        file.write_text(text)
        return load_scenario(file)
