"""Moments that waits end at: clock times, windows, working days, this customer's learned hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, Calendar
from sim.kernel.short import some
from strategies.chain_steps import WaitBestHour
from strategies.observed import Observed
from strategies.scenario import WorkCalendar
from strategies.vocabulary import CHANNEL_CODE
from strategies.working_days import WorkingDays

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Moments:
    """Next moments on the clocks of customers, or on the company's.

    All arrays (n,): customer, stacked index; zone, seconds ahead of the company; time, company seconds; the rest as the
    operations carry them.
    """

    def __init__(self, observed: Observed, calendar: Calendar, work: WorkCalendar) -> None:
        self.observed = observed
        self.working_days = WorkingDays(work, calendar)

    def zone(self, customer: Int64s, company: Bools) -> Int64s:
        """Seconds by which the clocks are ahead of the company's: the customers', but where its own is meant."""
        zone: Int64s = self.observed.zone_seconds(customer)
        return np.where(company, 0, zone) if some(company) else zone

    def clock(self, zone: Int64s, time: Int64s, clock: Int64s, working: Bools) -> Int64s:
        """The next moment from ``time`` on at which the clock shows ``clock``, on a working day if told."""
        local = time + zone
        day = local // DAY
        day += local % DAY > clock
        until: Int64s = np.where(working, self.working_days.next_from(day), day) * DAY + clock - zone
        return until

    def window(self, zone: Int64s, time: Int64s, begin: Int64s, end: Int64s, working: Bools) -> Int64s:
        """``time`` where the clock is inside [begin, end), else the next moment at which it shows ``begin``.

        A window of working days that spans midnight belongs to the day on which it begins.
        """
        local = time + zone
        now, day = local % DAY, local // DAY
        late = now < end
        inside = np.where(begin <= end, (now >= begin) & late, (now >= begin) | late)
        began = day - ((begin > end) & late)
        inside &= ~working | (self.working_days.next_from(began) == began)
        until: Int64s = np.where(inside, time, self.clock(zone, time, begin, working))
        return until

    def best_hour(self, customer: Int64s, time: Int64s, wait: WaitBestHour) -> Int64s:
        """The next moment at which the customer's clock shows the hour that was learned, or the one given instead."""
        channel = CHANNEL_CODE[wait.channel] if wait.channel else None
        clock = self.observed.best_clock(channel, customer, wait.least, wait.spread, wait.otherwise)
        local = time + self.observed.zone_seconds(customer)
        until: Int64s = time + (clock - local) % DAY
        return until
