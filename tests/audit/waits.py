"""When waits end, as the page of the language tells it: working days, windows, the learned hour."""

from __future__ import annotations

import csv
import datetime as dt
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.audit.reading import Days
from tests.audit.words import DAY, clock, seconds

_LIST = Path(__file__).parents[2] / "strategies" / "working_days.csv"


@cache
def _listed(country: str) -> dict[dt.date, bool]:
    with _LIST.open(encoding="utf-8") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        return {dt.date.fromisoformat(row[1]): row[2] == "working" for row in rows if row[0] == country}


@dataclass
class WorkDays:
    """The working days of a scenario."""

    country: str = ""
    changed: dict[dt.date, bool] = field(default_factory=dict)

    @staticmethod
    def of(raw: dict[str, Any]) -> WorkDays:
        """The working days of ``calendar:``."""

        def dates(given: Iterable[Any]) -> list[dt.date]:
            return [day if isinstance(day, dt.date) else dt.date.fromisoformat(day) for day in given]

        changed = dict.fromkeys(dates(raw.get("holidays", ())), False)
        return WorkDays(raw.get("country", ""), changed | dict.fromkeys(dates(raw.get("working", ())), True))

    def works(self, date: dt.date) -> bool:
        """Is the date a working day?"""
        return self.changed.get(date, _listed(self.country).get(date, date.weekday() < 5))


def at_clock(given: dict[str, Any], time: int, days: Days, work: WorkDays) -> int:
    """The next moment of ``{clock: "10:00", days: working}``."""
    at, date = clock(given["clock"]), days.date(time)
    moments = (days.midnight(date + dt.timedelta(days=n)) + at for n in range(60))
    working = given.get("days", "all") == "working"
    return next(t for t in moments if t >= time and (not working or work.works(days.date(t))))


def in_window(given: dict[str, Any], time: int, days: Days, work: WorkDays) -> int:
    """``time`` inside the window ``{from: …, to: …, days: …}``, else the moment when it opens."""
    begin, end, now = clock(given["from"]), clock(given["to"]), days.clock(time)
    spans = begin > end
    inside = begin <= now < end if not spans else now >= begin or now < end
    working = given.get("days", "all") == "working"
    began = days.date(time - DAY) if spans and now < end else days.date(time)
    if inside and (not working or work.works(began)):
        return time
    return at_clock({"clock": given["from"], "days": given.get("days", "all")}, time, days, work)


def _single(value: float) -> float:
    """A number as single precision keeps it."""
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single


class LearnedHours:
    """A customer's opens by channel: their number and the sum of their directions on the clock."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, float, float]] = {}

    def note(self, channel: str, local_clock: int) -> None:
        """A person opened a message at a local time of the day."""
        count, x, y = self._sums.get(channel, (0, 0.0, 0.0))
        angle = local_clock * (2 * math.pi / DAY)
        x, y = _single(x + _single(math.cos(angle))), _single(y + _single(math.sin(angle)))
        self._sums[channel] = count + 1, x, y

    def clock(self, given: Any) -> int:
        """The clock time of ``best_hour: email`` or its long form."""
        told = given if isinstance(given, dict) else {"channel": given}
        chosen = [s for name, s in self._sums.items() if told["channel"] in (name, "any")]
        count, x, y = (sum(column) for column in zip(*chosen, strict=True)) if chosen else (0, 0.0, 0.0)
        spread = seconds(told.get("spread", "4h")) * 2 * math.pi / DAY
        length = math.hypot(x, y)
        if count < told.get("least", 5) or length < count * math.exp(-spread * spread / 2):
            return clock(told.get("otherwise", "10:00"))
        minutes = math.floor(math.atan2(y, x) % (2 * math.pi) * 1_440 / (2 * math.pi) + 0.37)
        return minutes * 60 % DAY
