"""What the contact policy is asked and what it answers: requests and decisions, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import next_minute
from sim.kernel.short import some
from strategies.runs import NO_TIME
from strategies.vocabulary import REASON_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

SEND, HOLD, DROP = range(3)
"""Verdicts."""


@dataclass
class Requests:
    """Contacts asked for; all arrays (n,), each customer at most once.

    site: local site; run: row of the run table, 0 for a campaign; due_first: when the contact first
    fell due; held_since: when it was first held (later by what it stood in pauses), NO_TIME if never;
    ghost: the run is held out.
    """

    customer: Int64s
    time: Int64s
    site: Int64s
    run: Int64s
    due_first: Int64s
    held_since: Int64s
    ghost: Bools

    def take(self, index: Int64s) -> Requests:
        """The requests at ``index``."""
        return Requests(
            self.customer.take(index),
            self.time.take(index),
            self.site.take(index),
            self.run.take(index),
            self.due_first.take(index),
            self.held_since.take(index),
            self.ghost.take(index),
        )

    @property
    def size(self) -> int:
        """Number of requests."""
        return int(self.customer.size)


class Decisions:
    """Verdict per request: SEND, HOLD (with ``until``) or DROP, and why.

    verdict, reason, rule, until, displaced_by: (n,); rule and displaced_by are local codes, -1 for none.
    displaced_by: the chain or campaign that took the contact's place.
    expires: (n,) whole minute from which each contact is no longer worth sending; nothing is held beyond it.
    """

    def __init__(self, requests: Requests, expires: Int64s) -> None:
        n = requests.size
        self.requests = requests
        self.expires = expires
        self.verdict = np.full(n, SEND, np.int8)
        self.reason = np.zeros(n, np.uint8)
        self.rule = np.full(n, -1, np.int16)
        self.until = np.zeros(n, np.int64)
        self.displaced_by = np.full(n, -1, np.int16)
        self.open = np.ones(n, bool)
        """Not decided yet."""

    def drop(self, mask: Bools, reason: str, rule: int = -1) -> None:
        """Drop the open requests in ``mask``."""
        self.drop_at((mask & self.open).nonzero()[0], reason, rule)

    def drop_at(self, index: Int64s, reason: str, rule: int = -1) -> None:
        """Drop the open requests at these positions."""
        if index.size:
            self._decide(index, DROP, reason, rule)

    def _decide(self, index: Int64s, verdict: int, reason: str, rule: int) -> None:
        self.verdict[index] = verdict
        self.reason[index] = REASON_CODE[reason]
        self.rule[index] = rule
        self.open[index] = False

    def allow(self, index: Int64s) -> None:
        """Take back what was decided: the requests at ``index`` are sent."""
        self.verdict[index] = SEND
        self.reason[index] = 0
        self.rule[index] = -1
        self.displaced_by[index] = -1

    def pause(self, mask: Bools, until: Int64s) -> None:
        """The requests in ``mask`` wait until their runs' pauses end, whatever was decided about them."""
        self.verdict[mask] = HOLD
        self.reason[mask] = REASON_CODE["paused"]
        self.rule[mask] = -1
        self.displaced_by[mask] = -1
        self.until[mask] = until[mask]
        self.open[mask] = False

    def block(self, mask: Bools, reason: str, rule: int, then: str, until: Int64s, at_most: int | None = None) -> None:
        """Hold the open requests in ``mask`` until ``until`` (drop them if ``then`` says so).

        until: (n,); as :meth:`hold`.
        """
        index = (mask & self.open).nonzero()[0]
        if index.size:
            self.hold(index, reason, rule, then, until.take(index), at_most)

    def hold(self, index: Int64s, reason: str, rule: int, then: str, until: Int64s, at_most: int | None = None) -> None:
        """Hold open requests until ``until`` (drop them if ``then`` says so).

        index: (m,) their positions.  until: (m,) seconds; a contact is made at the next whole minute.
        at_most: longest wait since the contact was first held; past it the contact is withdrawn.
        """
        if then == "drop":
            self.drop_at(index, reason, rule)
            return
        if at_most is not None:
            time, since = self.requests.time.take(index), self.requests.held_since.take(index)
            latest = np.where(since == NO_TIME, time, since) + at_most
            late = time >= latest
            if some(late):
                self._decide(index[late], DROP, "held_too_long", rule)
                waits = (~late).nonzero()[0]
                index, until, latest = index.take(waits), until.take(waits), latest.take(waits)
            until = np.minimum(until, latest)
        self.until[index] = np.minimum(next_minute(until), self.expires.take(index))
        self._decide(index, HOLD, reason, rule)
