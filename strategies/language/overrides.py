"""Changes from the command line: ``--set contact_policy.caps[0].max=3``, ``--set contact_policy.caps.daily.max=3``."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from strategies.language.merge import item_names
from strategies.language.nodes import Node, parse_tree
from strategies.language.problems import OVERRIDE, InputError, Mark, Problem, nearest, problem_at, shortened
from strategies.language.reader import LOOKS_BOOLEAN
from strategies.language.shapes import Shape

MAX_PATH = 400
"""Characters of a path."""

ANYTHING = Shape((), {})
"""What nothing is known of."""

_PATH = re.compile(r"[^.\[\]=\s]+(?:\[[0-9]{1,4}\]|\.[^.\[\]=\s]+)*")
_PART = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")


def apply_overrides(
    root: Node, overrides: Sequence[str], known: Collection[str] = (), shape: Shape = ANYTHING
) -> list[Problem]:
    """Change the tree in place; the problems of paths that lead nowhere and of values that cannot be read.

    A row of a list goes by its position or its name: ``caps[0]``, ``caps.daily``.  A value is read as YAML, so
    ``control={share: 5%}`` works; ``null`` takes a key or an item away.

    known: keys that the top of a file of this kind may have; a path may lead through one that the file leaves out.
    shape: what may stand in such a file; a key of another form (``on`` where a campaign has ``every``) takes the place
    of what it does not go with, as where files build on one another.
    """
    problems: list[Problem] = []
    for override in overrides:
        source = f"{OVERRIDE}{override}"
        path, equals, text = override.partition("=")
        if not equals or len(path) > MAX_PATH or not _PATH.fullmatch(path.strip()):
            expected = "expected path=value such as contact_policy.caps[0].max=3"
            problems.append(Problem(source, 1, 1, f"found '{shortened(override)}', {expected}"))
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
        if bare := _bare_word(value):
            problems.append(problem_at(value.mark, f"found the bare word {bare} for {path.strip()}, {_instead(bare)}"))
            continue
        parts = _parts(path.strip())
        if len(parts) > 1 and isinstance(parts[0], str) and isinstance(parts[1], str) and parts[0] in known:
            root.entries.setdefault(parts[0], (value.mark, Node("mapping", value.mark)))
        fault = _set(root, parts, value, shape, known=known)
        if fault:
            problems.append(problem_at(Mark(source, 1, 1), fault))
    return problems


def touches(overrides: Sequence[str], path: str) -> bool:
    """Whether some change is made at a path of keys, above it or below it.

    >>> touches(["brief={budget: 5}"], "brief.budget"), touches(["teams.service.people=2"], "teams.service")
    (True, True)
    >>> touches(["base=9"], "brief.budget")
    False
    """
    changed = [f"{override.partition('=')[0].strip()}." for override in overrides]
    return any(one.startswith(f"{path}.") or f"{path}.".startswith(one) for one in changed)


def _bare_word(value: Node) -> str | None:
    """The word ``off``, ``no`` … that stands alone as a value, and that no value of a scenario may be."""
    word = str(value.value).lower()
    return word if value.plain and value.kind == "text" and word in LOOKS_BOOLEAN else None


def _instead(word: str) -> str:
    """What to write in place of a bare word that some YAML readers take for a truth value.

    >>> _instead("on")
    "expected true for a truth value, 'on' in quotes for a text"
    """
    meant = LOOKS_BOOLEAN[word]
    away = "null to take a key or an item of a list away, " if meant == "false" else ""
    return f"expected {away}{meant} for a truth value, '{word}' in quotes for a text"


def _parts(path: str) -> list[str | int]:
    return [int(index) if index else key for index, key in _PART.findall(path)]


def _set(
    node: Node, parts: list[str | int], value: Node, shape: Shape, walked: str = "", known: Collection[str] = ()
) -> str | None:
    """Put ``value`` where ``parts`` lead from ``node``; what is wrong with the path, if anything."""
    part, rest = parts[0], parts[1:]
    if isinstance(part, int):
        return _set_item(node, part, rest, value, shape, walked)
    if node.kind == "list" and (index := item_names(node).get(part)) is not None:
        return _set_item(node, index, rest, value, shape, walked)
    if node.kind == "list":
        return _no_row(node, part, walked)
    if node.kind != "mapping":
        return f"found no mapping at {walked}, expected one with the key '{part}'"
    if not rest and value.kind == "null":
        node.entries.pop(part, None)
        return None
    meant = nearest(part, [*node.entries, *sorted(key for key in known if key != part)])
    if rest and part not in node.entries and not walked:
        meant = _inside(node, part) or meant
    if rest and part not in node.entries and meant:
        return f"found no '{part}' in {walked or 'the scenario'}; did you mean '{meant}'?"
    replaced = shape.replaced(node.entries, [part])
    for key in list(node.entries) if replaced is None else replaced:
        node.entries.pop(key)
    mark, child = node.entries.get(part, (value.mark, Node("mapping", value.mark)))
    if rest and child.kind not in ("mapping", "list") and shape.of(part).of(str(rest[0])).options:
        child = Node("mapping", value.mark)  # the longer form, with keys, of what stands there in one word
    child = _own(child) if rest else value
    node.entries[part] = (mark if rest else value.mark, child)
    return _set(child, rest, value, shape.of(part), f"{walked}.{part}" if walked else part) if rest else None


def _no_row(node: Node, name: str, walked: str) -> str:
    """What to say of a row of a list that has no such name."""
    names = [known for known in item_names(node) if not known.startswith("[")]
    meant = f"{walked}[{name}]" if name.isdigit() else nearest(name, names)
    hint = f"; did you mean '{meant}'?" if meant else ""
    rows = f"rows by name: {', '.join(names)}; by" if names else "rows have no names; expected one by"
    last = f", from [0] to [{len(node.items) - 1}]" if node.items else "; the list is empty"
    return f"found no row '{shortened(name)}' in {walked}{hint} ({rows} position{last})"


def _inside(node: Node, key: str) -> str | None:
    """The path of a key that stands one level deeper, such as ``contact_policy.caps`` for ``caps``."""
    return next((f"{name}.{key}" for name, (_, child) in node.entries.items() if key in child.entries), None)


def _set_item(node: Node, index: int, rest: list[str | int], value: Node, shape: Shape, walked: str) -> str | None:
    if node.kind != "list" or index >= len(node.items):
        size = f"a list of {len(node.items)}" if node.kind == "list" else "no list"
        return f"found {size} at {walked}, expected an item [{index}]"
    if not rest and value.kind == "null":
        del node.items[index]
        return None
    node.items[index] = _own(node.items[index]) if rest else value
    return _set(node.items[index], rest, value, shape.item(), f"{walked}[{index}]") if rest else None


def _own(node: Node) -> Node:
    """A copy to change: an alias elsewhere keeps what it had."""
    return replace(node, entries=dict(node.entries), items=list(node.items))
