"""Quiet hours and send windows."""

from __future__ import annotations

from strategies.contact_policy import QuietHours, SendWindow
from strategies.language.named_rows import with_names
from strategies.language.reader import Checked, Choice, ListOf, Reader
from strategies.language.records import Keys, Record
from strategies.language.scopes import held_at_most, scope_of
from strategies.language.units import CLOCK, NAME, WEEKDAYS
from strategies.language.words import THEN, ZONE

WEEKDAY_LIST: Reader[tuple[str, ...]] = ListOf(Choice(WEEKDAYS, "day"), lone=True, at_least=1)


def check_window(keys: Keys, begin: int, end: int) -> None:
    """A window of clock times must not be empty."""
    if begin == end:
        keys.complain("to", f"{keys.value.path}: found the same time at both ends, expected a window")


def _quiet_hours(keys: Keys) -> QuietHours:
    begin = keys.need("from", CLOCK, 0, "begin of the silence")
    end = keys.need("to", CLOCK, 1, "end of the silence")
    check_window(keys, begin, end)
    zone = keys.get("zone", ZONE, "customer", "whose clock")
    then = keys.get("then", THEN, "wait", "hold the contact or drop it")
    name = keys.get("name", NAME, "", "name of the row in logs")
    return QuietHours(begin, end, zone, then, name, scope_of(keys))


def _send_window(keys: Keys) -> SendWindow:
    begin = keys.need("from", CLOCK, 0, "begin of the window")
    end = keys.need("to", CLOCK, 1, "end of the window")
    check_window(keys, begin, end)
    days = keys.get("days", WEEKDAY_LIST, WEEKDAYS, "only on these days of the week")
    if begin > end and keys.has("days"):
        keys.complain("days", f"{keys.value.path}: found 'days' with a window over midnight, expected one within a day")
    then = keys.get("then", THEN, "wait", "hold the contact or drop it")
    return SendWindow(
        name=keys.get("name", NAME, "", "name of the row in logs"),
        begin=begin,
        end=end,
        weekdays=tuple(sorted({WEEKDAYS.index(day) for day in days})),
        zone=keys.get("zone", ZONE, "customer", "whose clock"),
        scope=scope_of(keys),
        then=then,
        for_at_most=held_at_most(keys, then),
    )


QUIET_HOURS: Reader[tuple[QuietHours, ...]] = Checked(
    ListOf(Record("quiet_hours", _quiet_hours), lone=True),
    lambda value, rows: with_names(value, rows, "quiet_hours"),
)
SEND_WINDOWS: Reader[tuple[SendWindow, ...]] = Checked(
    ListOf(Record("send_window", _send_window), lone=True),
    lambda value, rows: with_names(value, rows, "send_window"),
)
