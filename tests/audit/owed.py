"""What the auditor says: rows that a log owes, and violations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Violation(NamedTuple):
    """What the log should not show (or lacks): which rule, whose story, when, in words."""

    rule: str
    customer: int
    time: int
    text: str


@dataclass
class Owed:
    """A row that must come at ``time``."""

    time: int
    event: str
    chain: str
    rule: str
    run: int = 0
    reason: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    category: str | None = None
