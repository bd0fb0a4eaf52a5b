"""Plain data to canonical YAML: block style, two spaces, texts quoted where any reader could mistake them.

>>> print(to_yaml({"wait": "1h", "at": "22:00", "then": "no", "steps": [{"send": {"email": "hi"}}]}), end="")
wait: 1h
at: "22:00"
then: "no"
steps:
  - send:
      email: hi
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from strategies.language.units import format_duration

Tree = dict[str, Any]
Path = tuple[str | int, ...]
"""Keys of mappings and positions in lists."""

WIDEST = 60
"""Columns before a comment; a longer line has its comment right behind it."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*([.%-][A-Za-z0-9_]+)*|[0-9]+[smhdw]|[0-9.]+%|[0-9]+/h")
_NOT_PLAIN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def filled(tree: Tree | None = None, /, **more: Any) -> Tree:
    """The entries that say something: not None, not an empty text, list or mapping."""
    return {key: value for key, value in {**(tree or {}), **more}.items() if value not in (None, "", [], {})}


def duration(seconds: int | None) -> str | None:
    """The duration of seconds, if any."""
    return None if seconds is None else format_duration(seconds)


def to_yaml(tree: Tree) -> str:
    """The YAML text of nested dicts, lists, texts, numbers and truth values."""
    return "".join(f"{line}\n" for line, _ in _lines(tree, ()))


def annotated_yaml(tree: Tree, note: Callable[[Path], str]) -> str:
    """The same text with a comment behind every line; ``note`` gets the keys and positions that lead to its value.

    >>> print(annotated_yaml({"caps": [{"max": 1}]}, lambda path: ".".join(map(str, path))), end="")
    caps:       # caps
      - max: 1  # caps.0.max
    """
    lines = list(_lines(tree, ()))
    width = min(max((len(line) for line, _ in lines), default=0), WIDEST)
    return "".join(f"{line:<{width}}  # {note(path)}\n" for line, path in lines)


def _lines(value: Tree | list[Any], path: Path) -> Iterator[tuple[str, Path]]:
    """Lines of a mapping or list, not indented, each with the path to its value."""
    if isinstance(value, dict):
        for key, child in value.items():
            here = (*path, key)
            if isinstance(child, (dict, list)) and child:
                yield f"{_scalar(key)}:", here
                yield from ((f"  {line}", below) for line, below in _lines(child, here))
            else:
                yield f"{_scalar(key)}: {_scalar(child)}", here
        return
    for index, item in enumerate(value):
        here = (*path, index)
        if isinstance(item, (dict, list)) and item:
            for number, (line, below) in enumerate(_lines(item, here)):
                yield ("  " if number else "- ") + line, below
        else:
            yield f"- {_scalar(item)}", here


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN
        return value if plain else quoted(value)
    return {"{}": "{}", "[]": "[]"}.get(repr(value), repr(value))


def quoted(text: str) -> str:
    """The text in double quotes, everything that is not printable escaped."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
