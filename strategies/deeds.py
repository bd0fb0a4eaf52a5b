"""Segments on events: who did something so many times in a while, and did not do something else since.

Exact histories are kept only as deep as some segment needs: the last k times of each customer, for each
category where ``same: category`` asks for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from strategies.counting import Ring
from strategies.observed import Observed
from strategies.scenario import Scenario
from strategies.segments import Deed
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

Watched = tuple[frozenset[int], str]
"""Event codes whose times share a ring, and by what they are told apart ('' or ``category``)."""

_ORDER = EVENT_CODE["order"]


def watched_of(deed: Deed) -> Watched:
    """The ring that a deed is counted in."""
    return frozenset(EVENT_CODE[event] for event in deed.events), deed.same


class Deeds:
    """Histories of one arm's customers, for the deeds that its segments ask for.

    events: bit set of all events that must be noted, or whose last time is asked (``but_not``).
    """

    def __init__(self, scenario: Scenario, observed: Observed, first_customer: int, customers: int) -> None:
        self.observed = observed
        self.first_customer, self.customers = first_customer, customers
        deeds = [segment.did for segment in scenario.segments if segment.did is not None]
        asking: dict[Watched, list[Deed]] = {}
        for deed in deeds:
            asking.setdefault(watched_of(deed), []).append(deed)
        self._rings: dict[Watched, Ring] = {
            watched: Ring(
                max(deed.times for deed in counting),
                max(deed.within + deed.quiet for deed in counting),
                customers * self._categories(watched),
            )
            for watched, counting in asking.items()
        }
        asked = {EVENT_CODE[event] for deed in deeds for event in (*deed.events, *deed.but_not)}
        self.events = sum(1 << event for event in asked)

    def _categories(self, watched: Watched) -> int:
        """In how many parts a ring counts each customer's deeds."""
        return len(self.observed.categories.get("category", ())) if watched[1] else 1

    def begin(self) -> None:
        """Past orders are known from the start; other deeds are counted from the start on."""
        customer, time, _ = self.observed.book.arrays()
        local = customer - self.first_customer
        mine = ((local >= 0) & (local < self.customers)).nonzero()[0]
        for (events, same), ring in self._rings.items():
            if _ORDER in events and not same and mine.size:
                _note_past(ring, local.take(mine), time.take(mine))

    def note(self, event: int, customer: Int64s, time: Int64s, category: Int64s | None) -> None:
        """Remember an event of these customers (each once) where some segment counts it."""
        local = customer - self.first_customer
        for (events, same), ring in self._rings.items():
            if event not in events:
                continue
            if not same:
                ring.note(local, time)
            elif category is not None:
                told = (category >= 0).nonzero()[0]
                ring.note(category.take(told) * self.customers + local.take(told), time.take(told))

    def done(self, deed: Deed, customer: Int64s, time: Int64s) -> Bools:
        """Who has done the deed, as of each customer's own time.

        With a₁ … a_k the last ``times`` occurrences (of one category, if told): a₁ lies in the last
        ``within`` + ``for`` seconds, a_k is at least ``for`` old, and nothing of ``but_not`` came since a_k.
        """
        watched = watched_of(deed)
        ring = self._rings[watched]
        local = customer - self.first_customer
        since = np.full(customer.size, np.iinfo(np.int64).min)
        for event in deed.but_not:
            np.maximum(since, self.observed.last_of(EVENT_CODE[event]).take(customer), out=since)
        result = np.zeros(customer.size, bool)
        for part in range(self._categories(watched)):
            at = part * self.customers + local
            first, last = ring.kth_last(at, deed.times), ring.kth_last(at, 1)
            fits = (first != NEVER) & (first + deed.within + deed.quiet > time) & (last + deed.quiet <= time)
            if deed.but_not:
                fits &= since < last
            result |= fits
        return result


def _note_past(ring: Ring, local: Int64s, time: Int64s) -> None:
    """Fill a ring with the last ``depth`` of all these times, oldest first."""
    order = np.lexsort((time, local))
    local, time = local.take(order), time.take(order)
    ends = np.searchsorted(local, local, side="right")
    from_last = ends - 1 - np.arange(local.size)
    for back in range(min(ring.depth, int(from_last.max(initial=-1)) + 1) - 1, -1, -1):
        index = (from_last == back).nonzero()[0]
        if index.size:
            ring.note(local.take(index), time.take(index))
