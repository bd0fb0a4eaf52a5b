"""A population that builds on another says only what differs, and stands alone in a run folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.parameters import all_parameters
from sim.population_file import Population, PopulationError, load_population, population_text
from sim.population_schema import population_schema
from strategies.language.shipped import shipped_folder
from tests.strategies.language.test_schema import conforms, plain

SHOP = shipped_folder() / "populations" / "online_shop.yaml"
LONGER = "extends: online_shop\nparameters: {burnout: {half_life: 28}}\n"


def written(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def without_file(population: Population) -> Population:
    return dataclasses.replace(population, file="")


def test_only_what_is_said_differs(tmp_path: Path) -> None:
    shop, own = load_population(SHOP), load_population(written(tmp_path, LONGER))
    assert own.parameters.burnout.half_life == 28
    assert shop.parameters.burnout.half_life != 28
    burnout = dataclasses.replace(own.parameters.burnout, half_life=shop.parameters.burnout.half_life)
    same = dataclasses.replace(own, parameters=dataclasses.replace(own.parameters, burnout=burnout), file=shop.file)
    assert same == shop


def test_a_file_is_named_relative_to_the_one_that_extends_it(tmp_path: Path) -> None:
    written(tmp_path, LONGER, "longer.yaml")
    (tmp_path / "more").mkdir()
    text = "extends: {file: ../longer.yaml, without: stores}\npopulation: Two\nstores: off\nchannels: {vk: off}\n"
    with pytest.raises(PopulationError) as raised:
        load_population(written(tmp_path / "more", text))
    assert [problem.line for problem in raised.value.problems] == [3], "there are no stores left to take away"
    own = load_population(written(tmp_path / "more", text.replace("stores: off\n", "")))
    assert (own.name, own.stores, own.parameters.burnout.half_life) == ("Two", None, 28)
    assert own.channels[6].address == 0


RANGES = {info.name: info for info in all_parameters() if isinstance(info.default, float)}


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_the_text_of_a_run_folder_stands_alone(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Merged and loaded again, whatever parameter was changed to whatever in its range."""
    folder = tmp_path_factory.mktemp("extends")
    info = RANGES[data.draw(st.sampled_from(sorted(RANGES)))]
    value = data.draw(st.floats(info.low, info.high))
    group, key = info.name.split(".")
    own = written(folder, f"extends: online_shop\nparameters: {{{group}: {{{key}: {value!r}}}}}\n")
    alone = written(folder, population_text(own), "alone.yaml")
    assert "extends" not in alone.read_text(encoding="utf-8")
    assert without_file(load_population(alone)) == without_file(load_population(own))


def test_a_change_of_the_extended_file_changes_the_text_that_is_hashed(tmp_path: Path) -> None:
    """So a run folder is not taken for the same run when only the base of its population changed."""
    base = written(tmp_path, LONGER, "longer.yaml")
    own = written(tmp_path, "extends: longer.yaml\npopulation: Two\n")
    before = population_text(own)
    base.write_text(LONGER.replace("28", "27"), encoding="utf-8")
    assert population_text(own) != before
    assert "half_life: 27" in population_text(own)


def test_a_population_that_extends_nothing_is_kept_as_it_is_written() -> None:
    assert population_text(SHOP) == SHOP.read_text(encoding="utf-8")


BROKEN = {
    "extends: online_shp\n": (
        "1:10: extends: found no file 'online_shp', expected a file, named relative to this one, or a shipped "
        "population; did you mean 'online_shop'?"
    ),
    "extends: own.yaml\n": "1:10: extends: found a circle of files: own.yaml → own.yaml",
    "extends: online_shop\nparameters: {burnout: {half_live: 28}}\n": "2:24: unknown",
    "extends: online_shop\ninclude: online_shop\n": "2:1: unknown key 'include' in the file",
    "parameters: {burnout: {half_life: 28}}\n": ("1:1: missing key 'population' in the file (expected a text)"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PopulationError) as raised:
        load_population(path)
    problems = [str(problem).removeprefix(f"{path}:") for problem in raised.value.problems]
    assert any(problem.startswith(BROKEN[text]) for problem in problems), problems


def test_the_schema_asks_for_no_inherited_keys() -> None:
    schema = population_schema()
    assert conforms(plain(LONGER), schema, schema)
    assert not conforms(plain(LONGER.replace("extends: online_shop\n", "")), schema, schema)
    assert not conforms(plain(LONGER.replace("parameters", "parametres")), schema, schema)
