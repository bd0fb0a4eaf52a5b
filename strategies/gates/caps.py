"""Caps: at most so many contacts in a window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import every
from strategies.contact_policy import Cap, Scope, Stage
from strategies.context import Rows
from strategies.counting import Ring
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.gates.windows import longest, window

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Counted(NamedTuple):
    """Which contacts a cap counts, at which stage; caps that count the same share a ring."""

    scope: Scope
    stage: Stage


@dataclass(frozen=True)
class _Row:
    """A cap at work.  scope: (sites,) bool, the sites that it speaks of, None for all."""

    cap: Cap
    rule: int
    scope: Bools | None
    counted: Counted


def _ring(caps: list[Cap], customers: int) -> Ring:
    """What caps that count the same must remember."""
    most = max(maximum for cap in caps for maximum in (cap.maximum, *(maximum for _, maximum in cap.maxima)))
    return Ring(most, max(longest(cap) for cap in caps), customers)


class Caps:
    """All caps of the policy; every one must allow a contact."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows = [self._row(cap) for cap in ground.policy.caps]
        self.instead_of: dict[str, list[_Row]] = {}
        """Name of a cap → the rows that stand in its place for their contacts."""
        for row in self.rows:
            for name in row.cap.instead_of:
                self.instead_of.setdefault(name, []).append(row)
        caps: dict[Counted, list[Cap]] = {}
        for row in self.rows:
            caps.setdefault(row.counted, []).append(row.cap)
        self.rings = {counted: _ring(counting, ground.customers) for counted, counting in caps.items()}
        self.counted_sites = {counted: ground.sites.in_scope(counted.scope) & ground.sites.counts for counted in caps}
        self.latest = {counted: np.full(ground.customers, -1, np.int16) for counted in caps}
        """Whose contact was counted last: the chain or campaign that took the place of what a cap keeps back."""

    def _row(self, cap: Cap) -> _Row:
        counted = Counted(replace(cap.scope, segments=()).ordered, cap.counts)
        return _Row(cap, self.ground.rule(cap.name), self.ground.sites.scope_mask(cap.scope), counted)

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what would exceed a cap."""
        obeys = self.ground.sites.obeys("caps", requests.site)
        for row in self.rows:
            bound = decisions.open & obeys
            if row.scope is not None:
                bound &= row.scope.take(requests.site)
            index = bound.nonzero()[0]
            if index.size:
                self.examine_cap(row.cap, row, requests, decisions, index)

    def examine_cap(self, cap: Cap, row: _Row, requests: Requests, decisions: Decisions, index: Int64s) -> None:
        """One cap.  index: positions of the open requests that it speaks of, whoever the customers are."""
        index = self._concerned(cap, requests, index)
        if not index.size:
            return
        customer, time = requests.customer.take(index), requests.time.take(index)
        local, zone = self.ground.local(customer), self.ground.zone_seconds(customer, cap.zone)
        kth = self.rings[row.counted].kth_last(local, self.maximum(cap, Rows(customer, time)))
        full, until = window(cap, kth, time, zone, self.ground.calendar)
        blocked = full.nonzero()[0]
        if blocked.size:
            index = index.take(blocked)
            until = (until if cap.every is None else time + cap.every).take(blocked)
            decisions.displaced_by[index] = self.latest[row.counted].take(local.take(blocked))
            decisions.hold(index, "cap", row.rule, cap.then, until, cap.longest)

    def _concerned(self, cap: Cap, requests: Requests, index: Int64s) -> Int64s:
        """Positions of the requests that are of customers of the cap, and of no other cap that stands in its place."""
        others = self.instead_of.get(cap.name, ())
        if not (cap.scope.segments or others or cap.own_rule == "replaces"):
            return index
        part = requests.take(index)
        concerned = np.ones(part.size, bool)
        if cap.scope.segments:
            concerned &= self.ground.in_segments(cap.scope.segments, part.customer, part.time)
        if cap.own_rule == "replaces":
            concerned &= self.ground.observed.chosen_frequency.take(part.customer) == 0
        for other in others:
            concerned &= ~self._binds(other, part)
        return index[concerned]

    def _binds(self, row: _Row, requests: Requests) -> Bools:
        """Whether the requests are contacts and customers that the row speaks of."""
        bound = np.ones(requests.size, bool) if row.scope is None else row.scope.take(requests.site)
        segments = row.cap.scope.segments
        return bound & self.ground.in_segments(segments, requests.customer, requests.time) if segments else bound

    def maximum(self, cap: Cap, rows: Rows) -> Int64s | int:
        """The maximum that holds for each customer."""
        if cap.by is None:
            return cap.maximum
        column = self.ground.reader.column_by_path(cap.by, rows)
        names = column.categories or ()
        chosen = dict(cap.maxima)
        # The last place serves the unknown value, whose code is -1.
        table = np.array([*(chosen.get(name, cap.maximum) for name in names), cap.maximum], np.int64)
        return table[column.values.astype(np.int64)]

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Count contacts that reached ``stage``."""
        local, source = self.ground.local(customer), self.ground.sites.chain.take(site)
        for counted, ring in self.rings.items():
            if counted.stage != stage:
                continue
            inside = self.counted_sites[counted].take(site)
            if every(inside):
                ring.note(local, time)
                self.latest[counted][local] = source
            else:
                index = inside.nonzero()[0]
                ring.note(local.take(index), time.take(index))
                self.latest[counted][local.take(index)] = source.take(index)
