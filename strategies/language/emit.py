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
from collections.abc import Iterator
from typing import Any

from strategies.language.units import format_duration

Tree = dict[str, Any]

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
    return "".join(f"{line}\n" for line in _lines(tree))


def _lines(value: Tree | list[Any]) -> Iterator[str]:
    """Lines of a mapping or list, not indented."""
    if isinstance(value, dict):
        for key, child in value.items():
            if isinstance(child, (dict, list)) and child:
                yield f"{_scalar(key)}:"
                yield from (f"  {line}" for line in _lines(child))
            else:
                yield f"{_scalar(key)}: {_scalar(child)}"
        return
    for item in value:
        if isinstance(item, (dict, list)) and item:
            for number, line in enumerate(_lines(item)):
                yield ("  " if number else "- ") + line
        else:
            yield f"- {_scalar(item)}"


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
