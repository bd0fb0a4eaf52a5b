"""Readers for files of other kinds than scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies.language import InputError
from strategies.language.nodes import read_tree
from strategies.language.reader import BOOL, TEXT, Choice, ListOf, Reading, number, whole
from strategies.language.records import Keys, MapOf, Record, read_whole
from strategies.language.units import NAME

Shop = tuple[str, float, int, bool, dict[str, float], tuple[str, ...]]


def _shop(keys: Keys) -> Shop:
    return (
        keys.need("name", TEXT, ""),
        keys.get("margin", number(0, 1), 0.3),
        keys.get("levels", whole(at_least=1), 5),
        keys.get("open", BOOL, True),
        keys.get("weights", MapOf(number(at_least=0), NAME), {}),
        keys.get("kinds", ListOf(Choice(("a", "b"))), ()),
    )


SHOP = Record("shop", _shop)


def read(folder: Path, text: str) -> Shop:
    """The shop of a text."""
    path = folder / "shop.yaml"
    path.write_text(text)
    root, problems = read_tree(path)
    return read_whole(root, SHOP, Reading(str(path), problems))


def test_a_file_gives_typed_values_and_defaults(tmp_path: Path) -> None:
    text = "name: A\nmargin: 0.4\nweights: {x: 1, y: 2.5}\nkinds: [a, b]"
    assert read(tmp_path, text) == ("A", 0.4, 5, True, {"x": 1.0, "y": 2.5}, ("a", "b"))


def test_every_problem_of_a_file_is_told(tmp_path: Path) -> None:
    text = "nam: A\nmargin: 1.5\nlevels: 2.5\nopen: yes\nweights: {x: -1, no: 2}\nkinds: [a, c, [b]]\n"
    with pytest.raises(InputError) as raised:
        read(tmp_path, text)
    assert [str(problem).removeprefix(f"{tmp_path / 'shop.yaml'}:") for problem in raised.value.problems] == [
        "1:1: unknown key 'nam' in the file; did you mean 'name'? "
        "(expected one of: name, margin, levels, open, weights, kinds)",
        "2:9: margin: found 1.5, expected a number from 0 to 1",
        "3:9: levels: found 2.5, expected a whole number of at least 1",
        "4:7: open: found the bare word yes, which some YAML readers take for true; "
        "quote it ('yes') if a text is meant, write true if not",
        "5:14: weights.x: found -1, expected a number of at least 0",
        "5:18: weights: found the bare word no, which some YAML readers take for false; "
        "quote it ('no') if a text is meant, write false if not",
        "6:12: unknown value 'c' in kinds[1] (expected one of: a, b)",
        "6:15: kinds[2]: found a list, expected one of: a, b",
    ]
