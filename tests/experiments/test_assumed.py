"""A run of another population is not taken for the usual one: terminal and page name it and what it changes."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from experiments.assumed import assumed, population_words
from experiments.comparison import Comparison, compare
from experiments.modelsheet import parameters, used_parameters
from experiments.runfolder import read_manifest
from experiments.runner import run_plan
from experiments.terminal import render
from tests.experiments import fake_world
from tests.experiments.made_runs import made_tables
from tests.experiments.undrawn import page_in_words

TIRED = "extends: online_shop\npopulation: Twice as tired\nparameters: {burnout: {half_life: 28}}\n"
WORDS = "“Twice as tired”, tired.yaml, extends online_shop.yaml; changed: burnout.half_life 28 instead of 14"


@pytest.fixture
def tired(tmp_path: Path) -> Path:
    path = tmp_path / "tired.yaml"
    path.write_text(TIRED, encoding="utf-8")
    return path


def with_population(path: Path) -> Comparison:
    tables = made_tables(replications=2, customers=30)
    noted = {**tables.manifest, "population": str(path), "assumed": assumed(path)}
    return compare(replace(tables, manifest=noted))


def test_the_terminal_names_the_population(tired: Path) -> None:
    screen = StringIO()
    render(with_population(tired), Console(file=screen, width=200))
    assert f"Population: {WORDS}" in screen.getvalue()


@pytest.mark.slow
def test_the_page_names_it_and_lists_the_values_of_the_run(tired: Path) -> None:
    html = page_in_words(with_population(tired), used_parameters(tired))
    assert WORDS in html
    assert "its population changed burnout.half_life, which stand first" in html
    assert '<td class="figure"><strong>28.0</strong></td><td class="figure">14.0</td>' in html
    assert html.index("<strong>28.0</strong>") < html.index("traits.visit_rate")
    assert html.count("<strong>") == 1


def test_values_that_this_version_does_not_take_are_not_told(tired: Path) -> None:
    rows = used_parameters(tired)
    assert [row["name"] for row in rows] == [row["name"] for row in parameters()]
    assert [row["name"] for row in rows if row["changed"]] == ["burnout.half_life"]
    tired.write_text(TIRED.replace("half_life", "half_live"), encoding="utf-8")
    assert used_parameters(tired) == []


def test_long_lists_of_changes_end() -> None:
    told = {"population": "X", "extends": [], "changed": {name: [1, None] for name in "abcdefg"}}
    words = population_words({"population": "x.yaml", "assumed": told})
    assert words.endswith("e 1 instead of nothing, and 2 more")


def test_the_manifest_of_a_run_notes_it(tmp_path: Path) -> None:
    run_plan(fake_world.plan(tmp_path), tmp_path / "out", simulate=fake_world.simulate)
    manifest = read_manifest(tmp_path / "out")
    assert manifest.assumed == assumed(Path(manifest.population))
    assert manifest.assumed["population"]
