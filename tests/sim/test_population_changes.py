"""What a population file changes of the one that it extends."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.parameters import all_parameters
from sim.population_changes import changes
from sim.population_file import PopulationError, load_population
from strategies.language.shipped import shipped_folder

SHOP = shipped_folder() / "populations" / "online_shop.yaml"
NUMBERS = {info.name: info for info in all_parameters() if isinstance(info.default, float)}


def written(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_whole_chain_of_files_counts(tmp_path: Path) -> None:
    written(
        tmp_path, "extends: online_shop\nparameters: {burnout: {half_life: 28}}\njobs: {give_gift: {margin: 21%}}\n"
    )
    own = written(
        tmp_path, "extends: own.yaml\npopulation: Two\nabout: x\nstores: off\nforms: {left: 1%}\n", "two.yaml"
    )
    found = changes(own)
    assert (found.name, [Path(file).name for file in found.extends]) == ("Two", ["own.yaml", "online_shop.yaml"])
    assert found.changed == {
        "jobs.give_gift.margin": ("21%", "42%"),
        "burnout.half_life": (28, 14.0),
        "forms.left": ("1%", "0.5%"),
        "stores": (None, {"near": "10%", "share": "15%", "card": "60%"}),
    }


def test_what_is_added_is_told_leaf_by_leaf(tmp_path: Path) -> None:
    bare = written(tmp_path, "extends: {file: online_shop, without: [app, forms]}\n")
    more = written(tmp_path, "extends: own.yaml\napp: {visits: 60%}\nforms: {left: 1%}\n", "more.yaml")
    assert changes(bare).changed == {"app": (None, {"visits": "60%"}), "forms": (None, {"left": "0.5%"})}
    assert changes(more).changed == {"forms.left": ("1%", "0.5%")}


def test_of_a_file_that_extends_none_the_numbers_of_the_model_are_compared(tmp_path: Path) -> None:
    text = SHOP.read_text(encoding="utf-8").replace("parameters: {}", "parameters: {burnout: {half_life: 14}}")
    assert changes(written(tmp_path, text)).changed == {}, "the default, written down"
    text = text.replace("half_life: 14", "half_life: 7")
    assert changes(written(tmp_path, text)).changed == {"burnout.half_life": (7, 14.0)}


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(sorted(NUMBERS)), st.floats(0.0, 1.0))
def test_any_number_that_is_not_the_default_is_told(
    tmp_path_factory: pytest.TempPathFactory, name: str, place: float
) -> None:
    info = NUMBERS[name]
    value = info.low + place * (info.high - info.low)
    group, key = name.split(".")
    folder = tmp_path_factory.mktemp("changes")
    own = written(folder, f"extends: online_shop\nparameters: {{{group}: {{{key}: {value!r}}}}}\n")
    told = {name: (value, info.default)} if value != info.default else {}
    assert changes(own).changed == told


def test_one_number_changes_all_margins(tmp_path: Path) -> None:
    half = load_population(written(tmp_path, "extends: online_shop\nparameters: {traits: {margin: 0.5}}\n"))
    assert half.margins.tolist() == [job.margin / 2 for job in load_population(SHOP).jobs]


def test_no_margin_is_more_than_the_order(tmp_path: Path) -> None:
    with pytest.raises(PopulationError) as raised:
        load_population(written(tmp_path, "extends: online_shop\nparameters: {traits: {margin: 2.4}}\n"))
    [problem] = raised.value.problems
    assert problem.text.startswith("jobs.give_gift: found a margin of 0.42 × 2.4 (traits.margin), expected at most 1")
