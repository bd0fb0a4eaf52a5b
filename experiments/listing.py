"""Tables of figures that a command prints: on the terminal, or as JSON with every interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.figures import figure_text
from experiments.metrics import Unit
from experiments.statistics import Estimate

Cell = str | int | Estimate | None


@dataclass(frozen=True)
class Column:
    """One column: its key in JSON, its heading, and for figures their unit.

    An empty key leaves it out of JSON, an empty heading out of the terminal's table.
    """

    key: str
    heading: str
    unit: Unit | None = None


@dataclass(frozen=True)
class Listing:
    """A titled table.  rows: cells in the order of the columns; ``note`` stands below.

    shown: the rows that the terminal has room for, where they are not all; JSON has them all.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    shown: Sequence[Sequence[Cell]] | None = None
    optional: bool = False
    """Without rows it is not mentioned on the terminal."""
    all_in: str = "--json"
    """The option that tells all rows where the terminal shows some."""
    amounts: str = ""
    """What its counts are, told behind the title where there are rows."""

    def to_json(self) -> list[dict[str, Any]]:
        """One object per row; a figure is an object with value, low and high."""
        return [
            {column.key: _json(cell) for cell, column in zip(row, self.columns, strict=True) if column.key}
            for row in self.rows
        ]

    def render(self, console: Console) -> None:
        """Prints the table; where there is nothing, a line that says so.

        Where it does not fit the screen, each row stands on lines of its own: what it speaks of, below it the figures.
        """
        if not self.rows:
            console.print(Text(f"{self.title}: nothing"))
            return
        title = f"{self.title}, {self.amounts}" if self.amounts else self.title
        shown = self.rows if self.shown is None else self.shown
        columns = [column for column in self.columns if column.heading]
        pairs = [zip(row, self.columns, strict=True) for row in shown]
        cells = [[_text(cell, column.unit) for cell, column in row if column.heading] for row in pairs]
        widths = [_width(column, [row[place] for row in cells]) for place, column in enumerate(columns)]
        figures = any(column.unit for column in columns)
        if figures and sum(widths) + 3 * len(widths) + 1 > console.width:
            _render_stacked(console, title, columns, cells)
        else:
            _render_table(console, title, columns, cells)
        if len(shown) < len(self.rows):
            console.print(Text(f"… and {len(self.rows) - len(shown)} rows more; {self.all_in} has them all"))
        if self.note:
            console.print(Text(self.note))


def _render_table(console: Console, title: str, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column.heading, justify="right" if column.unit else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _render_stacked(console: Console, title: str, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    """What a row speaks of on one line, its figures below: in columns where they fit, else each with its heading."""
    console.print(Text(title, style="bold"))
    figures = [place for place, column in enumerate(columns) if column.unit]
    words = [place for place, column in enumerate(columns) if not column.unit]
    rows = [["–" if _unknown(cell) else cell for cell in row] for row in cells]
    widths = [_width(columns[place], [row[place] for row in rows]) for place in figures]
    aligned = sum(widths) + 2 * len(widths) <= console.width
    if aligned:
        heads = [wrap(columns[place].heading, width) for place, width in zip(figures, widths, strict=True)]
        for line in range(max(map(len, heads))):
            parts = [head[line] if line < len(head) else "" for head in heads]
            console.print(Text(_aligned(parts, widths), style="dim"))
    for row in rows:
        more = [f"{columns[place].heading.lower()}: {row[place]}" for place in words[1:] if row[place]]
        console.print(Text("; ".join([row[words[0]], *more]), style="bold"))
        if aligned:
            console.print(Text(_aligned([row[place] for place in figures], widths)))
        else:
            told = [f"{columns[place].heading.lower()} {row[place]}" for place in figures if row[place]]
            for part in wrap("; ".join(told), console.width - 2):
                console.print(Text(f"  {part}"))


def listings_to_json(manifest: Mapping[str, Any], arm: str, listings: Sequence[Listing]) -> dict[str, Any]:
    """What a command with several listings prints with ``--json``."""
    return {"manifest": dict(manifest), "arm": arm, **{listing.key: listing.to_json() for listing in listings}}


def _width(column: Column, cells: Sequence[str]) -> int:
    """Characters that a column needs: its longest cell, and the longest word of its heading."""
    return max([*map(len, cells), *map(len, column.heading.split()), 1])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _unknown(cell: str) -> bool:
    return cell.startswith("not known (")


def _json(cell: Cell) -> Any:
    if isinstance(cell, Estimate):
        return {"value": cell.value if cell.known else None, "low": cell.low, "high": cell.high}
    return cell


def _text(cell: Cell, unit: Unit | None) -> str:
    if isinstance(cell, Estimate):
        return figure_text(cell, unit or "number")
    return "" if cell is None else str(cell)
