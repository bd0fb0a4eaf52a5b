"""How often a customer may enter a chain: at most so many times, in all or per period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER, Calendar
from strategies.observed import Observed
from strategies.scenario import EntryLimit

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class EntryTimes:
    """The last entries of each customer into one chain, as many as its limit allows: the oldest of them decides.

    A chain's memory is 4 bytes per customer and allowed entry.
    """

    def __init__(
        self, limit: EntryLimit, observed: Observed, calendar: Calendar, first_customer: int, customers: int
    ) -> None:
        self.limit = limit
        self.observed, self.calendar, self.first_customer = observed, calendar, first_customer
        self._times = np.full((limit.maximum, customers), NEVER, np.int32)
        self._next = np.zeros(customers, np.int16)
        """Where each customer's oldest entry stands, which the next one takes."""

    def allow(self, customer: Int64s, time: Int64s) -> Bools:
        """(n,) whether these different customers may enter once more at these times."""
        local = customer - self.first_customer
        oldest = self._times[self._next.take(local), local].astype(np.int64)
        free: Bools = oldest == NEVER
        if self.limit.rolling is not None:
            return np.asarray(free | (time >= oldest + self.limit.rolling))
        if self.limit.calendar is None:
            return free
        zone = self.observed.zone_seconds(customer)
        return np.asarray(free | (oldest + zone < self.calendar.period_start(time + zone, self.limit.calendar)))

    def note(self, customer: Int64s, time: Int64s) -> None:
        """These different customers entered."""
        local = customer - self.first_customer
        place = self._next.take(local)
        self._times[place, local] = time
        self._next[local] = (place + 1) % self.limit.maximum
