"""The committed table of what the ready strategies bring, read back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "ready-strategies-table.md"


@dataclass(frozen=True)
class Line:
    """One chain: entries and messages per 1,000 customers."""

    chain: str
    entered: float
    messages: float


@dataclass
class Part:
    """One strategy: what its file expects, and its chains."""

    expected: str
    lines: list[Line]


@cache
def ready_table() -> dict[str, Part]:
    """Strategy → its part of the table."""
    parts: dict[str, Part] = {}
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
    for strategy, chain, _, entered, messages, _, expected in (row.split(" | ") for row in rows):
        if name := re.search(r"\w+", strategy):
            part = parts[name[0]] = Part(expected.removesuffix(" |"), [])
        part.lines.append(Line(chain.strip("`"), *(float(cell.replace(",", "")) for cell in (entered, messages))))
    return parts
