"""Changes from the command line: ``--set contact_policy.caps[0].max=3``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strategies.language.nodes import Node, parse_tree
from strategies.language.problems import InputError, Mark, Problem, nearest, problem_at

_PATH = re.compile(r"[^.\[\]=\s]+(?:\[[0-9]{1,4}\]|\.[^.\[\]=\s]+)*")
_PART = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")


def apply_overrides(root: Node, overrides: Sequence[str]) -> list[Problem]:
    """Change the tree in place; the problems of paths that lead nowhere and of values that cannot be read.

    A value is read as YAML, so ``control={share: 5%}`` works; ``null`` takes a key away.
    """
    problems: list[Problem] = []
    for override in overrides:
        source = f"--set {override}"
        path, equals, text = override.partition("=")
        if not equals or not _PATH.fullmatch(path.strip()):
            expected = "expected path=value such as contact_policy.caps[0].max=3"
            problems.append(Problem(source, 1, 1, f"found '{override}', {expected}"))
            continue
        if not text.strip():
            problems.append(
                Problem(source, 1, len(path) + 2, "found no value, expected path=value (null takes a key away)")
            )
            continue
        try:
            value, faults = parse_tree(" " * (len(path) + 1) + text, source)
        except InputError as error:
            problems += error.problems
            continue
        problems += faults
        fault = _set(root, path.strip(), value)
        if fault:
            problems.append(problem_at(Mark(source, 1, 1), fault))
    return problems


def _set(root: Node, path: str, value: Node) -> str | None:
    """Put ``value`` at ``path``; what is wrong with the path, if anything."""
    node, walked = root, ""
    parts = [match.groups() for match in _PART.finditer(path)]
    for position, (index, key) in enumerate(parts):
        last = position == len(parts) - 1
        if index is not None:
            if node.kind != "list" or int(index) >= len(node.items):
                size = f"a list of {len(node.items)}" if node.kind == "list" else "no list"
                return f"found {size} at {walked}, expected an item [{index}]"
            if last:
                node.items[int(index)] = value
                return None
            node = node.items[int(index)]
            walked += f"[{index}]"
            continue
        if node.kind != "mapping":
            meant = nearest(walked, root.entries)
            return f"found no mapping at {walked}, expected one with the key '{key}'" + (
                f"; did you mean '{meant}'?" if meant and meant != walked else ""
            )
        if last:
            if value.kind == "null":
                node.entries.pop(key, None)
            else:
                node.entries[key] = (value.mark, value)
            return None
        meant = nearest(key, node.entries)
        if key not in node.entries and meant:
            return f"found no '{key}' in {walked or 'the scenario'}; did you mean '{meant}'?"
        node = node.entries.setdefault(key, (value.mark, Node("mapping", value.mark)))[1]
        walked = f"{walked}.{key}" if walked else key
    return None
