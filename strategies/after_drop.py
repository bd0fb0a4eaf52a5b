"""How a chain run goes on behind a contact that was dropped for good, by the reason."""

from __future__ import annotations

from typing import Final, Literal

WayOn = Literal["unreachable", "sent", "ended", "dropped"]
"""``unreachable``: to the next rung of a cascade.  ``sent``: as if it had gone out (ghosts).  ``ended``: not at all.
``dropped``: behind the step; of a cascade behind all its rungs unless the rung says ``on_capped: next``."""

_WAY_ON: Final[dict[str, WayOn]] = {
    "no_address": "unreachable",
    "no_consent": "unreachable",
    "no_template": "unreachable",
    "control": "sent",
    "holdout": "sent",
    "condition": "ended",
}

HOURS: Final = ("quiet_hours", "send_window")
"""Reasons that are the hour of the day or week and nothing else; the policy asks for them last but the budget."""
CAPPED: Final = ("preference", "cap", "gap", "pause", *HOURS, "held_too_long")
"""Reasons that ``on_capped`` speaks of."""


def way_on(reason: str) -> WayOn:
    """The way on behind a contact dropped for a reason of :data:`strategies.vocabulary.REASONS`.

    >>> way_on("no_address"), way_on("cap")
    ('unreachable', 'dropped')
    """
    return _WAY_ON.get(reason, "dropped")
