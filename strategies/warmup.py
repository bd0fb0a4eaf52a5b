"""The warm-up of a new sender domain: the company's own plan of marketing e-mails a day.

The plan grows by the same factor every day, from a share of the customers to all of them.  Promo and
content messages beyond it queue like those of a channel with a limited throughput; transactional and
service messages go out at once, and use the plan up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.changes import Sender, senders
from strategies.scenario import Scenario
from strategies.vocabulary import DAY

Int64s = NDArray[np.int64]

BOUND_PURPOSES = ("promo", "content")
"""Purposes whose messages the plan holds back."""


def has_warmup(scenario: Scenario) -> bool:
    """Does the scenario ever warm up a domain?"""
    return any(sender.warmup is not None for _, sender in senders(scenario))


def day_plan(sender: Sender, day: int, customers: int) -> int | None:
    """E-mails of day ``day`` of the warm-up (0 is the first); None when it is over.

    >>> [day_plan(Sender("new", 4 * DAY, 0.01), day, 10_000) for day in range(5)]
    [100, 316, 1000, 3162, None]
    """
    if sender.warmup is None or day * DAY >= sender.warmup:
        return None
    share: float = sender.first_day ** (1.0 - day * DAY / sender.warmup)
    return max(int(customers * share + 1e-6), 1)


class WarmUp:
    """The plan of one arm's worlds, and what they sent today."""

    def __init__(self, scenario: Scenario, worlds: int, customers: int) -> None:
        self.starts = list(senders(scenario))
        self.customers = customers
        self.sent = np.zeros(worlds, np.int64)
        """(worlds,) e-mails sent since the last midnight."""

    def plan(self, time: int) -> int | None:
        """E-mails of the company day of ``time``; None where no warm-up is on."""
        begin, sender = max((start for start in self.starts if start[0] <= time), key=lambda start: start[0])
        return day_plan(sender, (time - begin) // DAY, self.customers)

    def left(self, time: int) -> Int64s | None:
        """(worlds,) e-mails that the plan of the day still allows; None where no warm-up is on."""
        plan = self.plan(time)
        return None if plan is None else np.maximum(plan - self.sent, 0)

    def settle(self, time: int) -> None:
        """A new day begins with nothing sent."""
        if time % DAY == 0:
            self.sent[:] = 0
