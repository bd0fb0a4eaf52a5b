"""Schedules: on which days, and at which clock time, campaigns go out and scheduled chains start."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from strategies.contact_policy import Zone

LAST = -1
"""The last day of a month, or the last of its Fridays."""

_ONE = dt.timedelta(days=1)

Works = Callable[[dt.date], bool]
"""Whether a date is a working day."""


class YearDay(NamedTuple):
    """A day of every year; 29 February is kept on the 28th where there is none."""

    month: int
    day: int

    def of(self, year: int) -> dt.date:
        """The date on which it is kept in a year.

        >>> YearDay(2, 29).of(2028).isoformat(), YearDay(2, 29).of(2026).isoformat()
        ('2028-02-29', '2026-02-28')
        """
        return dt.date(year, self.month, min(self.day, calendar.monthrange(year, self.month)[1]))


Day = dt.date | YearDay
"""A date, or a day of every year."""


@dataclass(frozen=True)
class Schedule:
    """Days and a clock time (seconds after midnight), of the customer's zone or of the company's.

    The days are, in this order of precedence: ``dates``; ``month_days`` (LAST: the last one); days of the ``weekdays``
    (0 = Monday), only working ones where ``working``, all of them or the ``places`` among those of a month
    (1 first … 4 fourth, LAST last), all weeks (days) or every ``interval``-th, counted from the week (day) of
    ``begin``, in a season of its last return, or else of the start.  begin, end: the first and the last day, both
    included; two days of every year are a season, which may span the new year.
    """

    clock: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    month_days: tuple[int, ...] = ()
    working: bool = False
    places: tuple[int, ...] = ()
    interval: int = 1
    unit: Literal["weeks", "days"] = "weeks"
    dates: tuple[Day, ...] = ()
    begin: Day | None = None
    end: Day | None = None
    zone: Zone = "customer"

    def falls_on(self, date: dt.date, start: dt.date, works: Works) -> bool:
        """Whether a date is one of the days.  start: first day of the run; works: which days are worked.

        >>> fortnight = Schedule(36_000, weekdays=(1,), interval=2)
        >>> [fortnight.falls_on(dt.date(2026, 2, day), dt.date(2026, 2, 2), bool) for day in (3, 10, 17)]
        [True, False, True]
        """
        if self.dates:
            return any(_kept(day, date) == date for day in self.dates)
        if not self._in_bounds(date):
            return False
        if self.month_days:
            return date.day in self.month_days or (LAST in self.month_days and (date + _ONE).day == 1)
        if not self._is_kind(date, works):
            return False
        if self.places:
            return self._place(date, works)
        return self.interval == 1 or self._counted(date, start) % self.interval == 0

    def first_day(self, start: dt.date, works: Works, after: int = 0, within: int = 1_100) -> dt.date | None:
        """The first of its days from ``after`` days behind the start on, of ``within`` days; None where there is none.

        >>> fortnight = Schedule(36_000, weekdays=(1,), interval=2)
        >>> fortnight.first_day(dt.date(2026, 2, 2), bool, after=3)
        datetime.date(2026, 2, 17)
        """
        days = (start + dt.timedelta(days=after + ahead) for ahead in range(within))
        return next((day for day in days if self.falls_on(day, start, works)), None)

    def _in_bounds(self, date: dt.date) -> bool:
        """Whether a date lies between the first and the last day."""
        return lies_between(self.begin, self.end, date)

    def _is_kind(self, date: dt.date, works: Works) -> bool:
        return date.weekday() in self.weekdays and (not self.working or works(date))

    def _place(self, date: dt.date, works: Works) -> bool:
        """Whether the date has one of the places among the days of its kind in its month."""
        month = [date.replace(day=day) for day in range(1, calendar.monthrange(date.year, date.month)[1] + 1)]
        same = [day for day in month if self._is_kind(day, works)]
        return same.index(date) + 1 in self.places or (LAST in self.places and date == same[-1])

    def _counted(self, date: dt.date, start: dt.date) -> int:
        """Weeks (days) since the one from which they are counted."""
        first = start if self.begin is None else _kept(self.begin, date)
        if first > date and isinstance(self.begin, YearDay):  # the season began before the new year
            first = self.begin.of(date.year - 1)
        if self.unit == "days":
            return (date - first).days
        return (date - first + dt.timedelta(days=first.weekday())).days // 7


def lies_between(begin: Day | None, end: Day | None, date: dt.date) -> bool:
    """Whether a date lies between two days, both included; None: without end.  Two days of every year are a season.

    >>> [lies_between(YearDay(11, 20), YearDay(1, 10), dt.date(2026, month, 11)) for month in (1, 6, 12)]
    [False, False, True]
    """
    first = None if begin is None else _kept(begin, date)
    last = None if end is None else _kept(end, date)
    if first is not None and last is not None and first > last and isinstance(begin, YearDay):
        return date >= first or date <= last
    return (first is None or date >= first) and (last is None or date <= last)


def _kept(day: Day, date: dt.date) -> dt.date:
    """The date of a day, of a yearly one in the year of another date."""
    return day.of(date.year) if isinstance(day, YearDay) else day
