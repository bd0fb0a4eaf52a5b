"""Signals: what a run reacts to in its middle, and more than the name of an event says it."""

from __future__ import annotations

from dataclasses import dataclass

from strategies.conditions import Expression

SEGMENT_ENTERED, SEGMENT_LEFT = "segment_entered", "segment_left"


@dataclass(frozen=True)
class Signal:
    """An event of the customer for which ``condition`` over its attributes holds, or a change of segment.

    event: its name; ``segment_entered`` or ``segment_left``, and then ``segment`` names which.
    """

    event: str
    condition: Expression | None = None
    segment: str = ""

    @property
    def is_plain(self) -> bool:
        """Does the name of the event say it all?"""
        return self.condition is None and not self.segment
