"""Where each key of a resolved scenario was written: file and line, or that it is a default.

A key that was written in a short form (``exit_on: order``) has the place of that form.
"""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strategies.language.dump import scenario_tree
from strategies.language.emit import Path as Keys
from strategies.language.emit import Tree, annotated_yaml
from strategies.language.load import compose_scenario, load_scenario
from strategies.language.nodes import Node
from strategies.language.problems import Mark, ScenarioError

DEFAULT = "default"
"""The origin of a key that no file gives."""


@dataclass(frozen=True)
class ResolvedScenario:
    """The resolved configuration as plain data, and the tree of nodes that it was read from."""

    tree: Tree
    root: Node
    file: str

    def origin(self, keys: Keys) -> Mark | None:
        """Where the value behind ``keys`` was written; None: it is a default."""
        node, mark = self.root, self.root.mark
        for key in keys:
            if node.kind == "mapping" and isinstance(key, str):
                if key not in node.entries:
                    return None
                mark, node = node.entries[key]
            elif node.kind == "list" and isinstance(key, int) and key < len(node.items):
                node = node.items[key]
                mark = node.mark
            else:
                break
        return mark

    def to_text(self) -> str:
        """YAML that loads, every line with the file and line of its origin."""
        return annotated_yaml(self.tree, lambda keys: self._words(self.origin(keys)))

    def to_json(self) -> list[dict[str, Any]]:
        """Path, value, file and line of every value that is no mapping and no list."""
        rows = []
        for keys, value in _leaves(self.tree, ()):
            mark = self.origin(keys)
            place = {"file": mark.file, "line": mark.line} if mark else {"file": None, "line": None}
            rows.append({"path": dotted(keys), "value": value, **place})
        return rows

    def _words(self, mark: Mark | None) -> str:
        if mark is None:
            return DEFAULT
        if mark.overrides:
            return mark.file
        return f"{os.path.relpath(mark.file, Path(self.file).parent)}:{mark.line}"


def resolved(path: str | Path, overrides: Sequence[str] = ()) -> ResolvedScenario:
    """The resolved configuration of a scenario file with the origin of every key.

    Raises:
        ScenarioError: with every problem of the file.
    """
    scenario = load_scenario(path, overrides)
    return ResolvedScenario(scenario_tree(scenario), compose_scenario(path, overrides).root, str(path))


def place_of(path: str | Path, *keys: str) -> Mark:
    """Where a key of a scenario was written, in whichever of its files; the beginning of the scenario's own file when
    it came from elsewhere (``--set``).
    """
    mark = Mark(str(path), 1, 1)
    try:
        node = compose_scenario(path).root
    except ScenarioError:
        return mark
    for key in keys:
        if key not in node.entries:
            return Mark(str(path), 1, 1)
        mark, node = node.entries[key]
    return mark


def dotted(keys: Keys) -> str:
    """The path as messages and ``--set`` write it.

    >>> dotted(("contact_policy", "caps", 0, "max"))
    'contact_policy.caps[0].max'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _leaves(value: Any, keys: Keys) -> list[tuple[Keys, Any]]:
    if isinstance(value, dict) and value:
        return [leaf for key, child in value.items() for leaf in _leaves(child, (*keys, key))]
    if isinstance(value, list) and value:
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, (*keys, index))]
    return [(keys, value)]
