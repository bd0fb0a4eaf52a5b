"""Contacts that are asked for, and what must become of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.audit.reading import Route
from tests.audit.walk import Run
from tests.audit.words import FOREVER, whole_minute

SEND, HOLD, DROP = "sent", "held", "dropped"
HOURS = ("quiet_hours", "send_window")
"""Reasons that pass with the hour."""
CAPPED = ("preference", "cap", "gap", "pause", *HOURS, "held_too_long")
"""Reasons that ``on_capped`` speaks of."""


@dataclass
class Ask:
    """A contact that a run or a campaign asks for, until it is sent or dropped.

    due: when it is examined next; first_due: when it first fell due; since: first held.
    """

    chain: str
    priority: int
    entry: int
    route: Route
    due: int
    run: Run | None = None
    to: str | None = None
    first_due: int = 0
    good_until: int = FOREVER
    """When its message has lost its meaning."""
    since: int | None = None
    displaced: bool = False
    held_by: str = ""
    """The row of the policy that holds it."""
    queued: str = ""
    """The channel on which it waits for a place."""
    queued_at: int = 0
    refused: str = ""
    """Why it got none when places were given."""
    reachable: bool = True
    """Whether the customer could be reached when the day of a campaign began."""
    contacts: dict[str, int] = field(default_factory=dict)
    """Contact number by channel, as logged."""

    def __post_init__(self) -> None:
        self.first_due = self.due

    @property
    def rank(self) -> tuple[int, int, str]:
        """Arbitration: priority, then earlier entry, then name."""
        return -self.priority, self.entry, self.chain


class Ruling(NamedTuple):
    """What must happen: ``sent``, ``held`` until a time, or ``dropped``; why, by which row of the policy."""

    verdict: str
    reason: str = ""
    rule: str = ""
    until: int = 0
    displaced_by: str = ""
    channel: str = ""


def blocked(ask: Ask, time: int, reason: str, rule: str, then: str, until: int, at_most: int | None) -> Ruling:
    """Held until the gate opens, no longer than ``at_most`` since it was first held nor than it is valid."""
    if then == "drop":
        return Ruling(DROP, reason, rule)
    until = min(until, ask.good_until)
    if at_most is not None:
        since = time if ask.since is None else ask.since
        if time >= since + at_most:
            return Ruling(DROP, "held_too_long", rule)
        until = min(until, since + at_most)
    return Ruling(HOLD, reason, rule, whole_minute(until))
