"""What the tables of the page are made of: figures as texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.figures import interval_text, value_text
from experiments.metrics import Unit
from experiments.statistics import Estimate

PER_TABLE = 8
"""So many arms stand side by side; more of them in further tables, so that none is cut on paper."""


@dataclass(frozen=True)
class Cell:
    """One figure as text.  tone: good, bad, a zone, or ''.  note: what a hover shows.  more: a third line."""

    value: str
    interval: str = ""
    tone: str = ""
    note: str = ""
    more: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a table: label, what it says, cells."""

    label: str
    what: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Block:
    """Some of the arms side by side: their names, and rows by title of a group."""

    arms: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Row, ...]], ...]


def figure_cell(figure: Estimate | None, unit: Unit, difference: bool = False, better: int = 0) -> Cell:
    """A figure with its interval; a difference for better or worse is coloured where it is certain."""
    if figure is None:
        return Cell("")
    tone = ""
    if difference and figure.decided and better:
        tone = "good" if (figure.value or 0.0) * better > 0.0 else "bad"
    return Cell(value_text(figure, unit, difference), interval_text(figure, unit, difference), tone, figure.method)


def blocks(arms: Sequence[str], groups: Sequence[tuple[str, Sequence[Row]]]) -> list[Block]:
    """The same rows in tables of at most ``PER_TABLE`` arms.  groups: rows with a cell for every arm."""
    result = []
    for first in range(0, len(arms), PER_TABLE):
        part = slice(first, first + PER_TABLE)
        cut = tuple((title, tuple(Row(row.label, row.what, row.cells[part]) for row in rows)) for title, rows in groups)
        result.append(Block(tuple(arms[part]), cut))
    return result
