"""What starts chains besides single events, schedules and segments: dates, counts, rows of a file, changed fields.

Written from the page of the language alone.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.audit.words import DAY, Raw, clock, listed, seconds

ANSWERS = {"unopened": "opened", "unclicked": "click"}
EVENT_OF_DATE = {"registered": "registered", "first_order": "order", "last_order": "order"}


class DateText(NamedTuple):
    """``{date: birthday, before: 7d, at: "10:00"}``; days before are negative."""

    date: str
    days: int
    clock: int
    company: bool


@dataclass(frozen=True)
class CountText:
    """``{count: 3, of: email_unopened, in_a_row: true}``; channel, answer: of a silence, '' otherwise."""

    count: int
    of: str
    in_a_row: bool | str
    within: int | None
    without: tuple[str, ...]
    channel: str
    answer: str
    patience: int


class ExternalText(NamedTuple):
    """A row of a file: time in company seconds since 1970, and its attributes."""

    customer: int
    time: int
    attributes: Raw


def date_text(trigger: Raw) -> DateText | None:
    """The date of a trigger."""
    if "date" not in trigger:
        return None
    days = seconds(trigger.get("after", "0d")) - seconds(trigger.get("before", "0d"))
    return DateText(trigger["date"], days // DAY, clock(trigger.get("at", "10:00")), trigger.get("zone") == "company")


def count_text(trigger: Raw) -> CountText | None:
    """The count of a trigger."""
    if "count" not in trigger:
        return None
    channel, _, kind = trigger["of"].rpartition("_")
    answer = ANSWERS.get(kind, "")
    return CountText(
        trigger["count"],
        trigger["of"],
        trigger.get("in_a_row", False),
        seconds(trigger["within"]) if "within" in trigger else None,
        listed(trigger.get("without")),
        channel if answer else "",
        answer,
        seconds(trigger.get("answer_within", "72h")),
    )


def external_text(trigger: Raw) -> tuple[ExternalText, ...]:
    """The rows of a trigger's file or table."""
    if "external" not in trigger:
        return ()
    given = trigger["external"]
    text = given["table"] if isinstance(given, dict) else Path(given).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    names = [name for name in (rows[0] if rows else ()) if name not in ("customer", "time")]
    numbers = {name for name in names if all(_number(row[name]) is not None for row in rows if row[name])}
    return tuple(
        ExternalText(
            int(row["customer"]),
            int((dt.datetime.fromisoformat(row["time"]) - dt.datetime(1970, 1, 1)).total_seconds()),
            {name: _number(row[name]) if name in numbers else row[name] or None for name in names},
        )
        for row in rows
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def kept_on(date: dt.date, month: int, day: int) -> bool:
    """Whether a yearly day is kept on a date: 29 February on the 28th of a common year."""
    if (month, day) == (2, 29) and not calendar.isleap(date.year):
        day = 28
    return (date.month, date.day) == (month, day)


def date_of_leap_day(number: int) -> tuple[int, int]:
    """Month and day of a day of a leap year, from 1."""
    date = dt.date(2000, 1, 1) + dt.timedelta(days=number - 1)
    return date.month, date.day


@dataclass
class Tally:
    """One customer's count for one chain: times that still count, messages that may still be answered."""

    text: CountText
    times: list[int] = field(default_factory=list)
    waiting: set[int] = field(default_factory=set)
    day: dt.date | None = None
    """The last day that was counted, where days in a row are."""

    def add(self, time: int, day: dt.date) -> bool:
        """One more; whether the count is full, which empties it."""
        if self.text.in_a_row == "days":
            if day == self.day:
                return False
            if self.day is None or day != self.day + dt.timedelta(days=1):
                self.times.clear()
            self.day = day
        self.times.append(time)
        if len(self.times) < self.text.count:
            return False
        if self.text.within is not None and self.times[-self.text.count] <= time - self.text.within:
            return False
        self.times.clear()
        return True

    def interrupt(self) -> None:
        """The row is broken; what comes later on the same day is its first day anew."""
        self.times.clear()
        self.day = None

    def heard(self, event: str, channel: str, contact: int) -> bool:
        """A report of a channel; whether a message was delivered whose time now runs."""
        if channel != self.text.channel or not self.text.answer:
            return False
        if event == self.text.answer:
            self.waiting.discard(contact)
            if self.text.in_a_row:
                self.interrupt()
        if event == "delivered":
            self.waiting.add(contact)
        return event == "delivered"

    def over(self, contact: int, time: int, day: dt.date) -> bool:
        """The time of a message is over; whether the count is full with it."""
        if contact not in self.waiting:
            return False
        self.waiting.discard(contact)
        return self.add(time, day)
