"""Texts that are read again: parsed once, and never the worse for what was done with the tree before."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from strategies.language import yaml_events
from strategies.language.nodes import parse_tree
from strategies.language.overrides import apply_overrides
from strategies.language.problems import InputError


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the parser itself was given, with nothing remembered before."""
    texts: list[str] = []

    class Counting(YAML):
        def parse(self, stream: str) -> Any:
            texts.append(stream)
            return super().parse(stream)

    monkeypatch.setattr(yaml_events, "YAML", Counting)
    monkeypatch.setattr(yaml_events, "_read", type(yaml_events._read)())
    return texts


def test_a_text_is_parsed_once_and_named_by_the_file_that_holds_it(parsed: list[str]) -> None:
    text = "a: &x {b: 1}\nc: *x\na: 2\n"
    (one, faults), (other, again) = parse_tree(text, "one.yaml"), parse_tree(text, "other.yaml")
    assert parsed == [text]
    assert one.plain_value() == other.plain_value() == {"a": {"b": 1}, "c": {"b": 1}}
    assert (one.mark.file, other.mark.file) == ("one.yaml", "other.yaml")
    assert [(fault.file, fault.line) for fault in (*faults, *again)] == [("one.yaml", 3), ("other.yaml", 3)]


def test_a_changed_tree_does_not_change_what_is_read_later(parsed: list[str]) -> None:
    text = "a: {b: [{c: 1}]}\n"
    root, _ = parse_tree(text, "a.yaml")
    assert apply_overrides(root, ["a.b[0].c=2"]) == []
    assert root.plain_value() == {"a": {"b": [{"c": 2}]}}
    assert parse_tree(text, "a.yaml")[0].plain_value() == {"a": {"b": [{"c": 1}]}}


@pytest.mark.parametrize("text", ["a: 1\na: 2\nb: [", "a: 1\na: 2\nb: !x 1\n"])
def test_what_cannot_be_read_is_told_the_same_again(parsed: list[str], text: str) -> None:
    told = []
    for _ in range(2):
        with pytest.raises(InputError) as error:
            parse_tree(text, "a.yaml")
        told.append([str(problem) for problem in error.value.problems])
    assert told[0] == told[1]
    assert parsed == [text, text]


@pytest.mark.slow
def test_the_texts_longest_unread_are_forgotten(parsed: list[str]) -> None:
    long = [f"{letter}: {'x' * (yaml_events.REMEMBERED // 2 - 10)}" for letter in "abc"]
    for text in (long[0], long[1], long[0], long[2], long[0], long[1]):
        parse_tree(text, "a.yaml")
    assert parsed == [long[0], long[1], long[2], long[1]]


def test_a_text_longer_than_all_that_is_remembered_is_read(parsed: list[str]) -> None:
    text = f"a: {'x' * yaml_events.REMEMBERED}"
    assert parse_tree(text, "a.yaml")[0].size == 2
    assert not yaml_events._read
