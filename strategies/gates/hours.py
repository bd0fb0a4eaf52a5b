"""Quiet hours and send windows: when no contact is made, and when alone one is made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY
from sim.kernel.short import some
from strategies.contact_policy import QuietHours, Scope, SendWindow
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def inside(clock: Int64s, begin: int, end: int) -> Bools:
    """Where the clock stands in [begin, end), which spans midnight when it begins after its end."""
    if begin > end:
        return (clock >= begin) | (clock < end)
    return (clock >= begin) & (clock < end)


class Hours:
    """The rows of ``quiet_hours`` and ``send_window``; all must allow a contact."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        policy, mask = ground.policy, ground.sites.scope_mask
        self.quiet = [(row, ground.rule(row.name), mask(row.scope)) for row in policy.quiet_hours]
        self.windows = [(row, ground.rule(row.name), mask(row.scope)) for row in policy.send_windows]

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what falls into a silence or outside a window."""
        obeys = decisions.open & self.ground.sites.obeys("quiet_hours", requests.site)
        for quiet, rule, sites in self.quiet:
            self.examine_quiet(quiet, rule, self._bound(obeys, quiet.scope, sites, requests), requests, decisions)
        for window, rule, sites in self.windows:
            self.examine_window(window, rule, self._bound(obeys, window.scope, sites, requests), requests, decisions)

    def _bound(self, obeys: Bools, scope: Scope, sites: Bools | None, requests: Requests) -> Bools:
        """Contacts that a row speaks of."""
        bound = obeys if sites is None else obeys & sites.take(requests.site)
        if scope.segments and some(bound):
            bound = bound & self.ground.in_segments(scope.segments, requests.customer, requests.time)
        return bound

    def examine_quiet(
        self, quiet: QuietHours, rule: int, bound: Bools, requests: Requests, decisions: Decisions
    ) -> None:
        """One row of quiet hours."""
        if not some(bound):
            return
        clock = (requests.time + self.ground.zone_seconds(requests.customer, quiet.zone)) % DAY
        silent = bound & inside(clock, quiet.begin, quiet.end)
        if some(silent):
            until = requests.time + (quiet.end - clock) % DAY
            decisions.block(silent, "quiet_hours", rule, quiet.then, until)

    def examine_window(
        self, window: SendWindow, rule: int, bound: Bools, requests: Requests, decisions: Decisions
    ) -> None:
        """One send window."""
        if not some(bound):
            return
        zone = self.ground.zone_seconds(requests.customer, window.zone)
        day, clock = np.divmod(requests.time + zone, DAY)
        is_open = inside(clock, window.begin, window.end) & self._falls_on(window, day)
        closed = bound & ~is_open
        if some(closed):
            until = self._opens(window, day, clock) - zone
            decisions.block(closed, "send_window", rule, window.then, until, window.for_at_most)

    def _falls_on(self, window: SendWindow, day: Int64s) -> Bools:
        days: Bools = np.isin(self.ground.calendar.weekday(day), window.weekdays)
        return days

    def _opens(self, window: SendWindow, day: Int64s, clock: Int64s) -> Int64s:
        """Local time at which a closed window opens next."""
        ahead = (clock >= window.begin).astype(np.int64)
        for _ in range(7):
            ahead += ~self._falls_on(window, day + ahead)
        opens: Int64s = (day + ahead) * DAY + window.begin
        return opens
