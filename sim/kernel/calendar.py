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

FIRST_DAY = 1 << 20
"""Added to the number of a day in the ordinal of a key, so that days of the past are positive there too."""

# 0-d arrays: with short columns they take half as long as numbers.
_MINUTE: Int64s = np.array(MINUTE)
_ALMOST_MINUTE: Int64s = np.array(MINUTE - 1)
_HOUR: Int64s = np.array(HOUR)

NEVER = int(np.iinfo(np.int32).min)
"""Time of what never happened, in columns of int32 seconds from the start."""


def next_minute(time: Int64s) -> Int64s:
    """The whole minute at or after each time (send decisions fall on whole minutes, rounded up)."""
    return (time + _ALMOST_MINUTE) // _MINUTE * _MINUTE


def hours_in_seconds(hours: NDArray[np.int8]) -> Int64s:
    """So many whole hours, in seconds."""
    seconds: Int64s = np.multiply(hours, _HOUR)
    return seconds


class Calendar:
    """Weekday, month and year of each day from ``first_day`` to ``last_day`` around the start date.

    Days outside raise IndexError, except two days before and 34 days after, so that local time and the
    next month's start need no care at the edges.
    """

    def __init__(self, start: dt.date, first_day: int, last_day: int) -> None:
        self.start = start
        self._first = first_day - 2
        self.first_day, self.last_day = self._first, last_day + 34
        """The outermost days that it knows."""
        days = np.datetime64(start, "D") + np.arange(self._first, last_day + 35)
        months = days.astype("datetime64[M]")
        self._month = months.astype(np.int64) + 1970 * 12
        self._day_of_month = (days - months).astype(np.int64) + 1

    def date(self, day: int) -> dt.date:
        """The date of a day number."""
        return self.start + dt.timedelta(days=day)

    def weekday(self, day: Int64s) -> Int64s:
        """0 = Monday … 6 = Sunday of each day number."""
        return (day + self.start.weekday()) % 7

    def month(self, day: Int64s) -> Int64s:
        """Running month number (year * 12 + month - 1) of each day number."""
        return self._look_up(self._month, day)

    def day_of_month(self, day: Int64s) -> Int64s:
        """1 … 31."""
        return self._look_up(self._day_of_month, day)

    def _look_up(self, table: Int64s, day: Int64s) -> Int64s:
        index = day - self._first
        if index.size and int(index.min()) < 0:
            raise IndexError(f"day {int(day.min())} lies before the calendar's first day {self._first}")
        return table[index]

    def period_start(self, local: Int64s, period: str) -> Int64s:
        """Start of the calendar ``day | week | month`` that holds each local time (local seconds)."""
        day = local // DAY
        if period == "day":
            return day * DAY
        if period == "week":
            return (day - self.weekday(day)) * DAY
        if period == "month":
            return (day - self.day_of_month(day) + 1) * DAY
        raise ValueError(f"period '{period}' is none of day, week, month")

    def next_period_start(self, local: Int64s, period: str) -> Int64s:
        """Start of the next calendar period after each local time (local seconds)."""
        day = local // DAY
        if period == "day":
            return (day + 1) * DAY
        if period == "week":
            return (day - self.weekday(day) + 7) * DAY
        if period == "month":
            after = day - self.day_of_month(day) + 32  # the 1st to 4th of the next month
            return (after - self.day_of_month(after) + 1) * DAY
        raise ValueError(f"period '{period}' is none of day, week, month")
