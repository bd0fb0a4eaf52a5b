"""However a scenario is cut into files that build on one another, it stays the same scenario."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from strategies.language import load_scenario
from strategies.language.dump import scenario_tree
from strategies.language.emit import to_yaml
from strategies.language.origins import resolved
from tests.generators import scenarios

pytestmark = pytest.mark.slow
cuts = settings(
    max_examples=4,
    phases=[Phase.generate],  # a smaller example says little more, and shrinking whole scenarios takes long
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def cut(draw: Any, tree: dict[str, Any], files: int) -> list[dict[str, Any]]:
    """The tree in parts: every list and scalar goes to one of them, mappings are cut through or go as a whole."""
    parts: list[dict[str, Any]] = [{} for _ in range(files)]
    for key, value in tree.items():
        # Tiers rise in the order in which they stand: cut apart they might come back in another.
        if isinstance(value, dict) and value and key != "tiers" and draw(st.booleans()):
            for part, piece in zip(parts, cut(draw, value, files), strict=True):
                if piece:
                    part[key] = piece
        else:
            parts[draw(st.integers(0, files - 1))][key] = value
    return parts


def written(folder: Path, name: str, tree: dict[str, Any]) -> Path:
    path = folder / name
    path.write_text(to_yaml(tree) if tree else "{}\n", encoding="utf-8")
    return path


def same(one: Path, other: Path) -> bool:
    """Do two files amount to the same?  The order of named things says nothing."""
    return scenario_tree(load_scenario(one)) == scenario_tree(load_scenario(other))


@cuts
@given(data=st.data(), whole=scenarios())
def test_a_scenario_cut_into_bases_is_the_same(data: Any, whole: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "population.yaml").write_text("people: 1\n")
        first, second, own = cut(data.draw, whole, 3)
        written(folder, "first.yaml", first)
        written(folder, "second.yaml", {"extends": "first.yaml", **second})
        path = written(folder, "own.yaml", {"extends": "second.yaml", **own})
        assert same(path, written(folder, "whole.yaml", whole))
        origins = {Path(row["file"]) for row in resolved(path).to_json() if row["file"]}
        assert {file.name for file in origins if file.parent == folder} <= {"first.yaml", "second.yaml", "own.yaml"}
        assert {file.parent.name for file in origins} - {folder.name} <= {"dialects"}


@cuts
@given(data=st.data(), whole=scenarios())
def test_a_scenario_cut_into_included_files_is_the_same(data: Any, whole: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "population.yaml").write_text("people: 1\n")
        frame = {key: value for key, value in whole.items() if key in ("scenario", "population", "horizon", "start")}
        first, second = cut(data.draw, {key: value for key, value in whole.items() if key not in frame}, 2)
        written(folder, "first.yaml", first)
        written(folder, "second.yaml", second)
        path = written(folder, "own.yaml", {**frame, "include": ["first.yaml", "second.yaml"]})
        assert same(path, written(folder, "whole.yaml", whole))


@cuts
@given(base=scenarios(), whole=scenarios())
def test_what_a_file_says_itself_holds_whatever_its_base_says(base: dict[str, Any], whole: dict[str, Any]) -> None:
    """With everything of the base left out, or written anew, only the file's own words count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "population.yaml").write_text("people: 1\n")
        written(folder, "base.yaml", base)
        extends = {"file": "base.yaml", "without": [key for key in base if key != "scenario"]}
        path = written(folder, "own.yaml", {"extends": extends, **whole})
        assert same(path, written(folder, "whole.yaml", whole))
