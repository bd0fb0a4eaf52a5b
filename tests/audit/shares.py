"""What hours leave over of a limit for a whole base, as far as a log of its part can tell.

The log does not always say whether somebody waited for the rest of an hour, so it is known between bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.audit.reading import Paper


class Account:
    """Units (seconds, contacts) that the simulated customers have, in parts of which ``whole`` are one.

    longest: units of the largest single thing that may be asked for.
    """

    def __init__(self, paper: Paper, longest: int) -> None:
        self.whole, self.part = (paper.stated_base, paper.base_size) if paper.stated_base else (1, 1)
        self.longest = longest * self.whole
        self.kept = longest * max(self.whole - self.part, 0)
        """Nobody who is idle saves up more."""
        self.low, self.high = 0, self.kept

    def wrong(self, amount: int, used: tuple[int, int], may_wait: bool, waits: bool) -> str:
        """What is wrong with an hour that brings ``amount`` to the base; the account goes on behind it.

        used: units taken, at least and at most.  may_wait, waits: whether somebody may, or is sure to, wait on who
        could have been served.
        """
        low, high = self.low + amount * self.part, self.high + amount * self.part
        least, most = (number * self.whole for number in used)
        found = ""
        if least > high:
            found = f"{used[0]} in an hour, not more than {high // self.whole}"
        elif waits and low - most >= self.longest:
            found = f"{used[1]} in an hour, at least {(low - self.longest) // self.whole + 1}, and somebody waits"
        high, low = max(high - least, 0), max(low - most, 0)
        self.high = min(high, max(self.longest - 1, self.kept) if may_wait else self.kept)
        self.low = min(low if waits else min(low, self.kept), self.high)
        return found
