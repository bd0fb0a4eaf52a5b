"""The auditor against broken engines: it finds nothing to blame in the real one, and something in every mutant."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.audit.auditor import audit, blamed
from tests.audit.crowded import CROWDED
from tests.audit.mutants import MUTANTS, Mutant
from tests.audit.toy_setting import Setting
from tests.audit.toy_world import tell

HERE = Path(__file__).parent
for _module in sorted(HERE.glob("mutants_of_*.py")):
    importlib.import_module(f"tests.audit.{_module.stem}")

SETTING = Setting(customers=36, seed=7)
SHORT = ("3d", "6d")
"""How much of a crowded scenario most broken engines need to show what they are, and how much all but a few do."""
QUICK_SCENES = {"chains"}
QUICK = {"caps_allow_one_more", "nothing_is_ever_sent"}


def _scenes(name: str) -> Iterator[dict[str, Any]]:
    """The first days of a crowded scenario without what changes later, unless it is about that, and all of it."""
    whole = CROWDED[name]
    if name != "changes":
        unchanged = {key: value for key, value in whole.items() if key != "changes"}
        yield from ({**unchanged, "horizon": days} for days in SHORT)
    yield whole


def _cases() -> list[object]:
    return [
        pytest.param(mutant, id=mutant.name, marks=() if mutant.name in QUICK else pytest.mark.slow)
        for mutant in MUTANTS
    ]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK_SCENES else pytest.mark.slow) for name in CROWDED]
)
def test_the_real_engine_follows_the_crowded_scenarios(name: str) -> None:
    for scene in _scenes(name):
        told = tell(scene, SETTING)
        assert audit(told.raw, told.rows, told.customers) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", _cases())
def test_every_broken_engine_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a short scene, or else in the whole one: the real engine is blamed in none of them."""
    mutant.break_(monkeypatch)
    found: set[str] = set()
    for scene in _scenes(mutant.scenario):
        told = tell(scene, SETTING)
        for rule in blamed(told.raw, told.rows, told.customers):
            if rule in mutant.rules:
                return
            found.add(rule)
    pytest.fail(f"{mutant.name} was blamed for {found or 'nothing'}")


def test_there_are_enough_mutants() -> None:
    modules = {path.stem for path in HERE.glob("mutants_of_*.py")}
    assert modules == {m.break_.__module__.rpartition(".")[2] for m in MUTANTS}
    assert len({mutant.name for mutant in MUTANTS}) >= 12
