"""Schedules as the auditor reads them, from the page of the language alone: every day is tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.audit.words import WEEKDAYS, Raw, clock, listed

PLACES = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Times:
    """Days, clock time and zone of ``every: "Tue 10:00"`` or ``on: 2026-11-27``."""

    clock: int
    words: tuple[str, ...]
    """Of ``every``, without the clock time; () with ``on``."""
    dates: tuple[str, ...]
    begin: str
    end: str
    company: bool

    def falls_on(self, date: dt.date, start: dt.date, works: Callable[[dt.date], bool]) -> bool:
        """Whether a date is one of the days.  start: the first day of the run."""
        if not self.words:
            return any(_same(day, date) for day in self.dates)
        if not self._in_season(date):
            return False
        if self.words[0] == "month":
            return self._in_month(date, works)
        if len(self.words) >= 2 and self.words[1] in ("weeks", "days"):
            first = self._first(date) if self.begin else start
            number, every = int(self.words[0]), self.words[1]
            if every == "days":
                return (date - first).days % number == 0
            monday = first - dt.timedelta(days=first.weekday())
            return (date - monday).days // 7 % number == 0 and _is(self.words[2:], date, works)
        return _is(self.words, date, works)

    def _first(self, date: dt.date) -> dt.date:
        """The first day of the bounds, or of the season that a date lies in."""
        if len(self.begin) > 5:
            return dt.date.fromisoformat(self.begin)
        year = date.year - (f"{date:%m-%d}" < _leap(self.begin, date.year))
        return dt.date.fromisoformat(f"{year}-{_leap(self.begin, year)}")

    def _in_season(self, date: dt.date) -> bool:
        return in_season(self.begin, self.end, date)

    def _in_month(self, date: dt.date, works: Callable[[dt.date], bool]) -> bool:
        which, kind = self.words[1].split(","), self.words[2:]
        if not kind:
            return str(date.day) in which or ("last" in which and (date + dt.timedelta(days=1)).month != date.month)
        if not _is(kind, date, works):
            return False
        others = (date + dt.timedelta(days=ahead) for ahead in range(1, 31))
        later = any(day.month == date.month and _is(kind, day, works) for day in others)
        earlier = sum(_is(kind, date.replace(day=day), works) for day in range(1, date.day))
        return ("last" in which and not later) or (earlier < 4 and PLACES[earlier] in which)


def in_season(begin: str, end: str, date: dt.date) -> bool:
    """Whether a date lies between two days as written ('': without end), of which both or none have a year."""
    if len(begin) == 5:
        begin, end, day = _leap(begin, date.year), _leap(end, date.year), f"{date:%m-%d}"
        return begin <= day <= end if begin <= end else day >= begin or day <= end
    return (not begin or begin <= date.isoformat()) and (not end or date.isoformat() <= end)


def _is(kind: tuple[str, ...], date: dt.date, works: Callable[[dt.date], bool]) -> bool:
    if kind == ("working", "day"):
        return works(date)
    return kind == ("day",) or WEEKDAYS[date.weekday()].lower() in kind[0].lower().split(",")


def _leap(day: str, year: int) -> str:
    """29 February is kept on the 28th where there is none."""
    common = (dt.date(year, 2, 28) + dt.timedelta(days=1)).month == 3
    return "02-28" if day == "02-29" and common else day


def _same(day: str, date: dt.date) -> bool:
    return _leap(day, date.year) == f"{date:%m-%d}" if len(day) == 5 else day == date.isoformat()


def times(raw: Raw) -> Times:
    """The schedule of a campaign or a trigger."""
    days, at = raw["every"].rsplit(" ", 1) if "every" in raw else ("", raw.get("at", "10:00"))
    return Times(
        clock(at),
        tuple(days.split()),
        tuple(map(str, _several(raw.get("on")))),
        str(raw.get("from") or ""),
        str(raw.get("until") or ""),
        raw.get("zone") == "company",
    )


def _several(given: Any) -> tuple[Any, ...]:
    return (given,) if isinstance(given, dt.date) else listed(given)
