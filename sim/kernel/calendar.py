"""Calendar arithmetic on int64 seconds since 00:00 of the start date in company time.

Local time of a customer is company time plus the zone offset; days, weekdays and months of local
time come from small tables, so everything is vectorised.  Weeks begin on Monday.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]

MINUTE = 60
HOUR = 3_600
DAY = 86_400


def next_minute(time: Int64s) -> Int64s:
    """The whole minute at or after each time (send decisions fall on whole minutes, rounded up)."""
    return -(-time // MINUTE) * MINUTE


class Calendar:
    """Weekday, month and year of each day from ``first_day`` to ``last_day`` around the start date."""

    def __init__(self, start: dt.date, first_day: int, last_day: int) -> None:
        self.start = start
        self.first_day = first_day - 2
        days = [start + dt.timedelta(days=d) for d in range(self.first_day, last_day + 35)]
        self._weekday = np.array([day.weekday() for day in days], np.int64)
        self._month = np.array([day.year * 12 + day.month - 1 for day in days], np.int64)
        self._day_of_month = np.array([day.day for day in days], np.int64)
        self._day_of_year = np.array([day.timetuple().tm_yday for day in days], np.int64)

    def date(self, day: int) -> dt.date:
        """The date of a day number."""
        return self.start + dt.timedelta(days=day)

    def weekday(self, day: Int64s) -> Int64s:
        """0 = Monday … 6 = Sunday of each day number."""
        return self._weekday[day - self.first_day]

    def month(self, day: Int64s) -> Int64s:
        """Running month number (year * 12 + month - 1) of each day number."""
        return self._month[day - self.first_day]

    def day_of_month(self, day: Int64s) -> Int64s:
        """1 … 31."""
        return self._day_of_month[day - self.first_day]

    def day_of_year(self, day: Int64s) -> Int64s:
        """1 … 366."""
        return self._day_of_year[day - self.first_day]

    def period_start(self, local: Int64s, period: str) -> Int64s:
        """Start of the calendar ``day | week | month`` that holds each local time (local seconds)."""
        day = local // DAY
        if period == "week":
            day = day - self.weekday(day)
        elif period == "month":
            day = day - self.day_of_month(day) + 1
        return day * DAY

    def next_period_start(self, local: Int64s, period: str) -> Int64s:
        """Start of the next calendar period after each local time (local seconds)."""
        day = local // DAY
        if period == "day":
            return (day + 1) * DAY
        if period == "week":
            return (day - self.weekday(day) + 7) * DAY
        first = day - self.day_of_month(day) + 1
        after = first + 31
        return (after - self.day_of_month(after) + 1) * DAY
