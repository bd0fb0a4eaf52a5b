"""Names of the policy's rows: their own, else their position (of a lone row: its key); each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from strategies.contact_policy import Budget, Cap, MinGap, PauseAfter, QuietHours, SendWindow
from strategies.language.reader import Value

MAX_ROWS = 32

Row = TypeVar("Row", Budget, Cap, MinGap, PauseAfter, QuietHours, SendWindow)


def with_names(value: Value, rows: tuple[Row, ...], key: str, lone: str = "", most: int = MAX_ROWS) -> tuple[Row, ...]:
    """The rows, each with a name; problems are told of more than ``most`` rows and of a name that comes twice.

    key: what rows are numbered by; lone: name of a row that stands alone, by default the key itself.
    """
    if len(rows) > most:
        value.complain(f"{value.path}: found {len(rows)} rows, expected at most {most}")
    if len(rows) == 1:
        return (replace(rows[0], name=rows[0].name or lone or key),)
    named = tuple(replace(row, name=row.name or f"{key}[{index}]") for index, row in enumerate(rows))
    names = [row.name for row in named]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            value.complain(f"{value.path}: found the name '{name}' more than once, expected each name once")
    return named


def own_name(name: str, key: str) -> str | None:
    """The name that a row has of its own, None where it was given by :func:`with_names`.

    >>> own_name("weekly", "budget"), own_name("budget", "budget"), own_name("budget[1]", "budget")
    ('weekly', None, None)
    """
    return None if name == key or "[" in name else name
