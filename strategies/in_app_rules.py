"""The slot of in-app messages in a resolved scenario: for how long one waits, how often it is shown, which one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Winner = Literal["priority", "newest", "oldest"]


@dataclass(frozen=True)
class Impressions:
    """At most ``most`` impressions within any ``within`` seconds (rolling)."""

    most: int
    within: int


@dataclass(frozen=True)
class InAppSlot:
    """One message is shown at a visit; the others of the customer wait for the next one.

    show_for: seconds that a message waits from the moment it was sent, seen or not.
    at_most: impressions of one and the same message to one customer (003 §6.8: the same banner more often than once
    in three days is too often).  in_all: impressions of all messages together, None for no limit.
    winner: which of several that may be shown: of the highest priority, or the newest, or the oldest; then priority,
    the earlier one, the names of chain and message decide.
    """

    show_for: int = 3 * 86_400
    at_most: Impressions = Impressions(1, 3 * 86_400)
    in_all: Impressions | None = None
    winner: Winner = "priority"
