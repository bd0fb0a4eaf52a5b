"""Tables of figures that a command prints: on the terminal, or as JSON with every interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """A titled table.  rows: cells in the order of the columns; ``note`` stands below."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    def to_json(self) -> list[dict[str, Any]]:
        """One object per row; a figure is an object with value, low and high."""
        return [
            {column.key: _json(cell) for cell, column in zip(row, self.columns, strict=True) if column.key}
            for row in self.rows
        ]

    def render(self, console: Console) -> None:
        """Prints the table; where there is nothing, a line that says so."""
        if not self.rows:
            console.print(Text(f"{self.title}: nothing"))
            return
        table = Table(title=Text(self.title), title_justify="left", title_style="bold")
        for column in (column for column in self.columns if column.heading):
            table.add_column(column.heading, justify="right" if column.unit else "left", overflow="fold")
        for row in self.rows:
            pairs = zip(row, self.columns, strict=True)
            table.add_row(*(Text(_text(cell, column.unit)) for cell, column in pairs if column.heading))
        console.print(table)
        if self.note:
            console.print(Text(self.note))


def listings_to_json(manifest: Mapping[str, Any], arm: str, listings: Sequence[Listing]) -> dict[str, Any]:
    """What a command with several listings prints with ``--json``."""
    return {"manifest": dict(manifest), "arm": arm, **{listing.key: listing.to_json() for listing in listings}}


def _json(cell: Cell) -> Any:
    if isinstance(cell, Estimate):
        return {"value": cell.value if cell.known else None, "low": cell.low, "high": cell.high}
    return cell


def _text(cell: Cell, unit: Unit | None) -> str:
    if isinstance(cell, Estimate):
        return figure_text(cell, unit or "number")
    return "" if cell is None else str(cell)
