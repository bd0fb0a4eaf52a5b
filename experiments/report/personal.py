"""What personal blocks showed, as a table of texts for the page."""

from __future__ import annotations

from dataclasses import replace

from experiments.comparison import Comparison
from experiments.contents import Shown
from experiments.report.cells import Cell, Row, figure_cell
from experiments.report.rates import Part, Sheet
from strategies.messages import MOST_BLOCKS

HEADS = (
    ("Sent per 1,000", "messages sent per 1,000 customers outside control, horizon and tail"),
    ("Broken", "share of them in which a block had no data and no fallback stood in for it"),
    ("Fallback", "share of them in which the fallback stood in the place of a block without data"),
)


def personal_sheet(comparison: Comparison) -> Sheet:
    """The messages with personal blocks: each with the blocks it has, and a row for every arm that sent it."""
    lines: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
    for arm in comparison.arms:
        for shown in arm.contents:
            lines.setdefault((shown.message, shown.blocks), []).append(Row(arm.arm, "", _cells(shown)))
    return Sheet(HEADS, tuple(Part(_title(*key), tuple(rows), ()) for key, rows in sorted(lines.items())))


def _title(message: str, blocks: tuple[str, ...]) -> str:
    heavy = f" (overloaded: more than {MOST_BLOCKS} blocks)" if len(blocks) > MOST_BLOCKS else ""
    return f"{message}: {', '.join(blocks)}{heavy}"


def _cells(shown: Shown) -> tuple[Cell, ...]:
    broken = figure_cell(shown.broken, "share")
    if "broken" in shown.faults:
        broken = replace(broken, tone="bad", more="too often")
    return figure_cell(shown.sent, "number"), broken, figure_cell(shown.fallback, "share")
