"""Working days: the week from Monday to Friday, changed by the public holidays of a country.

``working_days.csv`` beside this module holds the days that are not what their weekday says.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import Calendar
from strategies.scenario import WorkCalendar
from strategies.schedules import Works

Int64s = NDArray[np.int64]

_FILE = Path(__file__).with_name("working_days.csv")
_SATURDAY = 5


@cache
def exceptions(country: str) -> dict[dt.date, bool]:
    """Date → is it worked, for the days of a country that are not what their weekday says; empty if unknown.

    >>> exceptions("RU")[dt.date(2026, 3, 9)], exceptions("RU")[dt.date(2025, 11, 1)], exceptions("XX")
    (False, True, {})
    """
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {
        dt.date.fromisoformat(row["date"]): row["kind"] == "working"
        for row in csv.DictReader(lines)
        if row["country"] == country
    }


@cache
def countries() -> tuple[str, ...]:
    """Countries whose holidays are known."""
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(sorted({row["country"] for row in csv.DictReader(lines)}))


def known_years(country: str) -> tuple[int, int]:
    """First and last year of the list of a country that is known."""
    years = [date.year for date in exceptions(country)]
    return min(years), max(years)


def _changed(setting: WorkCalendar) -> dict[dt.date, bool]:
    """Date → is it worked, for the days that are not what their weekday says."""
    return {
        **exceptions(setting.country),
        **dict.fromkeys(setting.holidays, False),
        **dict.fromkeys(setting.working, True),
    }


def works_on(setting: WorkCalendar) -> Works:
    """Tells of any date whether it is worked.

    >>> works = works_on(WorkCalendar("RU"))
    >>> works(dt.date(2026, 3, 9)), works(dt.date(2026, 3, 10))
    (False, True)
    """
    changed = _changed(setting)
    return lambda date: changed.get(date, date.weekday() < _SATURDAY)


class WorkingDays:
    """Which local days of a calendar are worked."""

    def __init__(self, setting: WorkCalendar, calendar: Calendar) -> None:
        self._first = calendar.first_day
        day = np.arange(calendar.first_day, calendar.last_day + 1)
        works = calendar.weekday(day) < _SATURDAY
        for date, worked in _changed(setting).items():
            at = (date - calendar.start).days - self._first
            if 0 <= at < works.size:
                works[at] = worked
        later = np.where(works, day, calendar.last_day + 1)
        self._next: Int64s = np.minimum.accumulate(later[::-1])[::-1].copy()

    def next_from(self, day: Int64s) -> Int64s:
        """The first working day at or after each day (after the calendar's last day: the day itself)."""
        index = day - self._first
        inside = index < self._next.size
        return np.where(inside, self._next.take(np.minimum(index, self._next.size - 1)), day)
