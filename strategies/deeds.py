"""Segments on events: who did something so many times in a while, and did not do something else since.

Exact histories are kept only as deep as some segment needs: the last k times of each customer, for each
category where ``same: category`` asks for it, of those deeds only that meet the condition and lie on the days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import every
from strategies.conditions import Expression
from strategies.counting import Ring
from strategies.limits import MAX_DURATION
from strategies.observed import Observed
from strategies.occurrence import Occurrence
from strategies.scenario import Scenario
from strategies.schedules import lies_between
from strategies.segments import ALWAYS, Dates, Deed, Happening
from strategies.vocabulary import DAY, EVENT_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Meets = Callable[[Expression, Occurrence], Bools]
"""(condition over its attributes, event of several customers) → where it holds."""

_ORDER = EVENT_CODE["order"]


class Watched(NamedTuple):
    """What shares a ring: codes of events, the condition over their attributes, the days, and by what their times are
    told apart ('' or ``category``)."""

    events: frozenset[int]
    condition: Expression | None
    during: Dates
    same: str


def _watched(happening: Happening, during: Dates = ALWAYS, same: str = "") -> Watched:
    return Watched(frozenset(EVENT_CODE[event] for event in happening.events), happening.condition, during, same)


def watched_of(deed: Deed) -> Watched:
    """The ring that a deed is counted in."""
    return _watched(deed.did, deed.during, deed.same)


def refused_by(deed: Deed) -> Watched | None:
    """The ring of what must not have come since; None where the last times of these events are known anyway."""
    plain = deed.but_not.condition is None and "sent" not in deed.but_not.events
    return None if plain else _watched(deed.but_not)


class Deeds:
    """Histories of one arm's customers, for the deeds that its segments ask for.

    events: bit set of all events that must be noted, or whose last time is asked (``but_not``).
    meets: where the condition of a deed holds.
    """

    def __init__(
        self, scenario: Scenario, observed: Observed, meets: Meets, first_customer: int, customers: int
    ) -> None:
        self.observed, self.meets = observed, meets
        self._start = scenario.start
        self.first_customer, self.customers = first_customer, customers
        deeds = [segment.did for segment in scenario.segments if segment.did is not None]
        asking: dict[Watched, list[tuple[int, int]]] = {}
        """Ring → how many of the last times, of how many seconds back, each deed asks for."""
        for deed in deeds:
            asking.setdefault(watched_of(deed), []).append((deed.times, (deed.within or MAX_DURATION) + deed.quiet))
            refused = refused_by(deed)
            if refused is not None:
                asking.setdefault(refused, []).append((1, 0))
        self._rings: dict[Watched, Ring] = {
            watched: Ring(
                max(times for times, _ in counting),
                max(span for _, span in counting),
                customers * self._categories(watched),
            )
            for watched, counting in asking.items()
        }
        asked = {EVENT_CODE[event] for deed in deeds for event in (*deed.did.events, *deed.but_not.events)}
        self.events = sum(1 << event for event in asked)

    def _categories(self, watched: Watched) -> int:
        """In how many parts a ring counts each customer's deeds."""
        return len(self.observed.categories.get("category", ())) if watched.same else 1

    def begin(self) -> None:
        """Past orders are known from the start; other deeds are counted from the start on."""
        customer, time, value = self.observed.book.arrays()
        local = customer - self.first_customer
        mine = ((local >= 0) & (local < self.customers)).nonzero()[0]
        past = Occurrence(_ORDER, customer, time, np.zeros(customer.size, np.uint64), None, value).take(mine)
        for watched, ring in self._rings.items():
            if _ORDER in watched.events and not watched.same and mine.size:
                orders = self._counting(watched, past)
                _note_past(ring, orders.customer - self.first_customer, orders.time)

    def note(self, seen: Occurrence) -> None:
        """Remember an event of these customers (each once) where some segment counts it."""
        for watched, ring in self._rings.items():
            if seen.event not in watched.events:
                continue
            part = self._counting(watched, seen)
            local, category = part.customer - self.first_customer, part.category
            if not watched.same:
                ring.note(local, part.time)
            elif category is not None:
                told = (category >= 0).nonzero()[0]
                ring.note(category.take(told) * self.customers + local.take(told), part.time.take(told))

    def _counting(self, watched: Watched, seen: Occurrence) -> Occurrence:
        """What of an event lies on the days and meets the condition."""
        counts = np.ones(seen.size, bool)
        if watched.during != ALWAYS:
            day = (seen.time + self.observed.zone_seconds(seen.customer)) // DAY
            days, which = np.unique(day, return_inverse=True)
            dates = (self._start + dt.timedelta(days=number) for number in days.tolist())
            counts &= np.array([lies_between(watched.during.first, watched.during.last, date) for date in dates], bool)[
                which
            ]
        if watched.condition is not None:
            counts &= self.meets(watched.condition, seen)
        return seen if every(counts) else seen.take(counts.nonzero()[0])

    def done(self, deed: Deed, customer: Int64s, time: Int64s) -> Bools:
        """Who has done the deed, as of each customer's own time.

        With a₁ … a_k the last ``times`` occurrences (of one category, if told): a₁ lies in the last
        ``within`` + ``for`` seconds, a_k is at least ``for`` old, and nothing of ``but_not`` came since a_k.
        """
        watched = watched_of(deed)
        ring = self._rings[watched]
        local = customer - self.first_customer
        since = self._last_refused(deed, customer)
        result = np.zeros(customer.size, bool)
        for part in range(self._categories(watched)):
            at = part * self.customers + local
            first, last = ring.kth_last(at, deed.times), ring.kth_last(at, 1)
            fits = (first != NEVER) & (last + deed.quiet <= time)
            if deed.within is not None:
                fits &= first + deed.within + deed.quiet > time
            if since is not None:
                fits &= since < last
            result |= fits
        return result

    def _last_refused(self, deed: Deed, customer: Int64s) -> Int64s | None:
        """(n,) when something of ``but_not`` last came, the least number for never; None where nothing is refused."""
        if not deed.but_not.events:
            return None
        watched = refused_by(deed)
        if watched is not None:
            return self._rings[watched].kth_last(customer - self.first_customer, 1)
        since = np.full(customer.size, NEVER, np.int64)
        for event in deed.but_not.events:
            np.maximum(since, self.observed.last_of(EVENT_CODE[event]).take(customer), out=since)
        return since


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
