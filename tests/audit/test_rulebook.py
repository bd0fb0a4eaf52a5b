"""The rulebook against the schema of the language, the auditor's own words, and the broken engines."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.audit.mutants import MUTANTS
from tests.audit.not_read import NOT_READ
from tests.audit.rulebook import RULEBOOK

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "configs" / "schema" / "scenario.json"
for _module in sorted(HERE.glob("mutants_of_*.py")):
    importlib.import_module(f"tests.audit.{_module.stem}")

BLAMES = {"_blame": 0, "blame": 0, "Violation": 0, "Ruling": 1, "blocked": 2, "_owe": 3, "owe": 3, "_end": 3, "end": 3}
"""Calls of the auditor that name a rule → which argument does."""
FRAMES = ("extends", "include", "brief", "kpi", "production_cost", "production_of_level", "rule", "never", "at_most")
"""Definitions that no rule of a run stands in; nor in those of parts of files, which repeat the others."""


def _places() -> set[str]:
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    return {
        f"{name}.{key}"
        for name, given in definitions.items()
        for key in given.get("properties", ())
        if name not in FRAMES and not name.startswith("part_")
    }


def _named_rules() -> Iterator[str]:
    """Rules that the auditor's source names in so many words."""
    for path in HERE.glob("*.py"):
        if path.stem.startswith(("mutants", "test_", "crowded", "toy_world")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for given in node.args[BLAMES.get(name, 99) :][:1]:
                yield from (
                    part.value
                    for part in ast.walk(given)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value
                )


def test_every_place_of_the_language_is_read_or_says_why_not() -> None:
    told = " ".join([row.places for row in RULEBOOK] + list(NOT_READ)).split()
    places = _places()
    unread = {place for place in places if place not in told and f"{place.partition('.')[0]}.*" not in told}
    assert unread == set()
    known = places | {f"{place.partition('.')[0]}.*" for place in places}
    assert set(told) - known == set(), "the language has no such place"


def test_every_rule_of_the_auditor_has_a_broken_engine() -> None:
    ruled = set(" ".join(row.rules for row in RULEBOOK).split())
    by_rule = {rule for mutant in MUTANTS for rule in mutant.rules}
    assert set(_named_rules()) - ruled == set()
    assert ruled - by_rule == set()
    assert by_rule - ruled == set(), "no reading blames that"


def test_every_broken_engine_breaks_a_reading() -> None:
    mutants = {mutant.name: set(mutant.rules) for mutant in MUTANTS}
    assert len(mutants) == len(MUTANTS)
    used = set()
    for row in RULEBOOK:
        for name in row.mutants.split():
            used.add(name)
            assert mutants[name] & set(row.rules.split()), f"{name} is not blamed for {row.rules}"
        assert row.mutants
    assert set(mutants) - used == set()
