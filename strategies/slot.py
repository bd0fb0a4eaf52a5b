"""The in-app messages that wait for their customers' next visits, and which one is shown there.

An in-app message is sent into the customer's slot.  At a visit the world asks what to show; one message is shown, and
the others go on waiting.  A message stays until it is clicked, its time is over, its run is ended from outside or the
same message is sent anew, so it may be shown at several visits and waits once at most for each customer.  Every
message that leaves the slot without a click is logged as ``in_app_removed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.short import some
from strategies.counting import Ring
from strategies.in_app_rules import Impressions, InAppSlot
from strategies.ports import InAppMessages, site_of
from strategies.runs import OWN_ENDS
from strategies.vocabulary import EVENT_CODE, REASON_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_REMOVED = EVENT_CODE["in_app_removed"]
_SHOWN_AGAIN = luck.purpose("strategies.in_app.shown")

STAYS_AFTER = (*OWN_ENDS, "horizon")
"""Ends of a run that leave its waiting messages in the slot: it came to its own end (or everything ends)."""

_LATE = 1 << 31
"""Above every time in seconds."""


class Slot:
    """What waits, by place and customer of one arm; ``key`` is 0 where a place is free.

    key: (depth, customers) uint64 of the contact; payload: as given to the world; placed, expires: int32 seconds;
    shown: int16 impressions so far; seen: noticed already.  It grows as deep as the most that one customer has
    waiting.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.settings = engine.rules[0].in_app_slot
        customers = engine.customers
        self.key = np.zeros((1, customers), np.uint64)
        self.payload = np.full((1, customers), engine.program.first_site, np.int64)
        self.placed = np.zeros((1, customers), np.int32)
        self.expires = np.zeros((1, customers), np.int32)
        self.shown = np.zeros((1, customers), np.int16)
        self.seen = np.zeros((1, customers), bool)
        self.waiting = np.zeros(customers, np.int16)
        """(customers,) how many messages wait."""
        self._of_free_places = {"payload": engine.program.first_site}
        """What stands in a free place where that is not 0: a site that can be looked up."""
        names = sorted({site.message.name for site in engine.program.sites if engine.program.is_in_app(site)})
        self._message = np.array(
            [names.index(s.message.name) if s.message.name in names else -1 for s in engine.program.sites], np.int64
        )
        """(sites,) which of the in-app messages."""
        settings = [rules.in_app_slot for rules in engine.rules]
        self._impressions = [_ring([one.at_most for one in settings], customers) for _ in names]
        """By message; as deep as the limits of any time ask for, for later ones have counted all along."""
        limits = [one.in_all for one in settings if one.in_all is not None]
        self._in_all = _ring(limits, customers) if limits else None

    def change(self, settings: InAppSlot, keeps_counters: bool) -> None:
        """Other settings hold from now on: for what is sent and for what is shown.

        What waits keeps the time that it was given when it was sent.
        """
        self.settings = settings
        if not keeps_counters:
            for ring in (*self._impressions, *((self._in_all,) if self._in_all is not None else ())):
                ring.forget()

    # ------------------------------------------------------------------ what comes and goes

    def put(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, due_first: Int64s) -> None:
        """In-app messages among contacts just sent; due_first: when each first fell due."""
        engine = self.engine
        site = engine.payloads.site(payload)
        index = engine.sites.in_app.take(site).nonzero()[0]
        if not index.size:
            return
        customer, time, site = customer.take(index), time.take(index), site.take(index)
        expiry = engine.gates.ground.expiry(site, customer, due_first.take(index))
        local = customer - engine.first_customer
        self._replace(local, time, site)
        place = self._free(local)
        self.key[place, local] = key.take(index)
        self.payload[place, local] = payload.take(index)
        self.placed[place, local] = time
        self.expires[place, local] = np.minimum(time + self.settings.show_for, expiry)
        self.shown[place, local] = 0
        self.seen[place, local] = False
        self.waiting[local] += 1

    def _replace(self, local: Int64s, time: Int64s, site: Int64s) -> None:
        """The same messages are sent anew (of different customers): what waits of them makes room."""
        holding = (self.waiting.take(local) > 0).nonzero()[0]
        if not holding.size:
            return
        local, time, message = local.take(holding), time.take(holding), self._message.take(site.take(holding))
        for place in range(self.key.shape[0]):
            waits = (self.key[place, local] != 0) & (self.expires[place, local] > time)
            waits &= self._message.take(self.engine.payloads.site(self.payload[place, local])) == message
            index = waits.nonzero()[0]
            self._remove(np.full(index.size, place), local.take(index), time.take(index), "replaced")

    def _free(self, local: Int64s) -> Int64s:
        free = self.key[:, local] == 0
        if not free.any(axis=0).all():
            for name in ("key", "payload", "placed", "expires", "shown", "seen"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.full_like(old[:1], self._of_free_places.get(name, 0))]))
            free = self.key[:, local] == 0
        place: Int64s = free.argmax(axis=0)
        return place

    def _remove(self, place: Int64s, local: Int64s, time: Int64s, reason: str) -> None:
        """Messages (of different customers) leave without a click."""
        if not local.size:
            return
        payload, key = self.payload[place, local], self.key[place, local]
        self._clear(place, local)
        engine = self.engine
        run_key = engine.payloads.run_key(engine.payloads.run(payload))
        customer = local + engine.first_customer
        engine.sink.log_contact(_REMOVED, customer, time, key, run_key, site_of(payload), REASON_CODE[reason])

    def _clear(self, place: Int64s, local: Int64s) -> None:
        self.key[place, local] = 0
        self.waiting[local] -= 1

    def expire(self, time: int) -> None:
        """At the beginning of a company day: the messages whose time ended before leave as of their own time."""
        for place in range(self.key.shape[0]):
            local = ((self.key[place] != 0) & (self.expires[place] <= time)).nonzero()[0]
            ended = self.expires[place, local].astype(np.int64)
            self._remove(np.full(local.size, place), local, ended, "expired")

    def withdraw(self, run: Int64s, time: Int64s, reason: str) -> None:
        """Runs (of different customers) end: what waits of them leaves, unless they came to their own end."""
        if reason in STAYS_AFTER:
            return
        local = self.engine.runs.customer.take(run) - self.engine.first_customer
        waits = (self.waiting.take(local) > 0).nonzero()[0]
        if not waits.size:
            return
        local, run, time = local.take(waits), run.take(waits), time.take(waits)
        for place in range(self.key.shape[0]):
            mine = (self.key[place, local] != 0) & (self.expires[place, local] > time)
            mine &= self.engine.payloads.run(self.payload[place, local]) == run
            index = mine.nonzero()[0]
            self._remove(np.full(index.size, place), local.take(index), time.take(index), "run_ended")

    def close(self, time: int) -> None:
        """The strategy ends at ``time``: nothing is shown any more."""
        self.expire(time - 1)
        for place in range(self.key.shape[0]):
            local = (self.key[place] != 0).nonzero()[0]
            self._remove(np.full(local.size, place), local, np.full(local.size, time), "horizon")

    # ------------------------------------------------------------------ what is shown

    def choose(self, customer: Int64s, time: Int64s) -> InAppMessages | None:
        """What is shown to these customers at visits that begin now; pure, the world reports what it showed."""
        local = customer - self.engine.first_customer
        waits = (self.waiting.take(local) > 0).nonzero()[0]
        if not waits.size:
            return None
        local, time = local.take(waits), time.take(waits)
        best = np.full(waits.size, -1, np.int64)
        order = np.zeros((3, waits.size), np.int64)
        for place in range(self.key.shape[0]):
            may = self._may_be_shown(place, local, time)
            mine = self._order(place, local)
            better = may & ((best < 0) | _before(mine, order))
            best[better] = place
            order[:, better] = mine[:, better]
        found = (best >= 0).nonzero()[0]
        if not found.size:
            return None
        where, local = best.take(found), local.take(found)
        return InAppMessages(
            waits.take(found),
            self.key[where, local],
            self.payload[where, local],
            self.shown[where, local].astype(np.int64),
            self.seen[where, local],
        )

    def _may_be_shown(self, place: int, local: Int64s, time: Int64s) -> Bools:
        may: Bools = (self.key[place, local] != 0) & (self.expires[place, local] > time)
        limit = self.settings.at_most
        message = self._message.take(self.engine.payloads.site(self.payload[place, local]))
        for number, ring in enumerate(self._impressions):
            index = (may & (message == number)).nonzero()[0]
            last = ring.kth_last(local.take(index), limit.most)
            may[index] = last + limit.within <= time.take(index)
        may &= ~self._unpaid(place, local)
        if self._in_all is not None and self.settings.in_all is not None:
            may &= self._in_all.kth_last(local, self.settings.in_all.most) + self.settings.in_all.within <= time
        return may

    def _unpaid(self, place: int, local: Int64s) -> Bools | np.bool_:
        """(n,) whether an impression would cost what the budget of the period no longer has."""
        engine, spending = self.engine, self.engine.gates.spending
        if spending is None or not any(some(row.over) for row in spending.rows):
            return np.False_
        site = engine.payloads.site(self.payload[place, local])
        unpaid: Bools = spending.stops(site, local) & (engine.sites.impression_cost.take(site) > 0)
        return unpaid

    def _order(self, place: int, local: Int64s) -> Int64s:
        """(3, n): what is smaller goes first, by the first row, then the second, then the third."""
        engine = self.engine
        payload, placed = self.payload[place, local], self.placed[place, local].astype(np.int64)
        site = engine.payloads.site(payload)
        rank = engine.chain_ranks.take(engine.sites.chain.take(site))
        level, name = rank >> 16, rank & 0xFFFF
        moment = {"priority": 0, "newest": _LATE - placed, "oldest": _LATE + placed}[self.settings.winner]
        first = moment + (level if self.settings.winner == "priority" else 0)
        second = level << 33 | _LATE + placed
        third = name << 47 | self._message.take(site) << 35 | (self.key[place, local] >> np.uint64(29)).astype(np.int64)
        return np.stack([np.broadcast_to(first, placed.shape), second, third])

    # ------------------------------------------------------------------ what the front end knows at once

    def note_shown(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> luck.Keys:
        """Messages are shown: count and charge it.  Returns what causes each impression, (n,) keys of their own."""
        engine = self.engine
        site = engine.payloads.site(payload)
        local = customer - engine.first_customer
        place, found = self._find(local, key)
        ordinal = np.where(found, self.shown[place, local], 0).astype(np.int64)
        self.shown[place[found], local[found]] += 1
        message = self._message.take(site)
        for number, ring in enumerate(self._impressions):
            index = (message == number).nonzero()[0]
            ring.note(local.take(index), time.take(index))
        if self._in_all is not None:
            self._in_all.note(local, time)
        cost = engine.sites.impression_cost.take(site)
        if some(cost):
            engine.sink.contact_cost(customer, time, cost)
            engine.budget.spend(customer, cost, site)
        return luck.child(key, _SHOWN_AGAIN, ordinal)

    def note_seen(self, customer: Int64s, key: luck.Keys) -> None:
        """Messages were noticed."""
        local = customer - self.engine.first_customer
        place, found = self._find(local, key)
        self.seen[place[found], local[found]] = True

    def note_click(self, customer: Int64s, key: luck.Keys) -> None:
        """Messages were clicked: they have done their work."""
        local = customer - self.engine.first_customer
        place, found = self._find(local, key)
        self._clear(place[found], local[found])

    def _find(self, local: Int64s, key: luck.Keys) -> tuple[Int64s, Bools]:
        same = self.key[:, local] == key
        return same.argmax(axis=0), same.any(axis=0)


def _ring(limits: list[Impressions], customers: int) -> Ring:
    """What such limits must remember."""
    return Ring(max(limit.most for limit in limits), max(limit.within for limit in limits), customers)


def _before(one: Int64s, other: Int64s) -> Bools:
    """(n,) whether columns of one go before those of the other."""
    first, second, third = (one[row] < other[row] for row in range(3))
    same_first, same_second = one[0] == other[0], one[1] == other[1]
    before: Bools = first | same_first & (second | same_second & third)
    return before
