"""What a cap may say beyond its number: the week's first day, trying again, standing in for other rows."""

from __future__ import annotations

from typing import Literal

from strategies.contact_policy import CalendarPeriod, Cap, CapThen
from strategies.language.problems import unknown
from strategies.language.reader import Choice, Reader, Value, whole
from strategies.language.records import Keys
from strategies.language.units import POSITIVE_DURATION

CAP_THEN: Reader[CapThen] = Choice(("wait", "drop", "retry"))
WEEK_FROM: Reader[Literal["monday", "sunday"]] = Choice(("monday", "sunday"))
OWN_RULE: Reader[Literal["also", "replaces"]] = Choice(("also", "replaces"))
AT_GOAL: Reader[Literal["go_on", "end"]] = Choice(("go_on", "end"))
ATTEMPTS = whole(at_least=2, at_most=100)


def week_from(keys: Keys, calendar: CalendarPeriod | None) -> Literal["monday", "sunday"]:
    """The first day of a calendar week, which only ``per: week`` has."""
    first = keys.get("week_from", WEEK_FROM, "monday", "first day of the week")
    if keys.has("week_from") and calendar != "week":
        keys.complain("week_from", f"{keys.value.path}: found 'week_from' without 'per: week', expected both or none")
    return first


def retry_every(keys: Keys, then: CapThen) -> int | None:
    """Seconds between the examinations of a contact that is tried again."""
    if then == "retry":
        keys.need_also("every", POSITIVE_DURATION.expected)
    every = keys.get("every", POSITIVE_DURATION, None, "time between attempts")
    _only_with_retry(keys, "every", then)
    return every


def retry_attempts(keys: Keys, then: CapThen) -> int | None:
    """How often a contact is examined in all."""
    attempts = keys.get("attempts", ATTEMPTS, None, "examinations in all, the first included; then it is dropped")
    _only_with_retry(keys, "attempts", then)
    return attempts


def _only_with_retry(keys: Keys, name: str, then: CapThen) -> None:
    if keys.has(name) and then != "retry":
        keys.complain(name, f"{keys.value.path}: found '{name}' with 'then: {then}', expected 'then: retry'")


def check_replacements(value: Value, caps: tuple[Cap, ...]) -> None:
    """Rows named by ``instead_of`` exist, and no row stands, over others, in the place of itself."""
    names = [cap.name for cap in caps]
    below = {cap.name: cap.instead_of for cap in caps}
    for item, cap in zip(value.items(), caps, strict=False):
        place = item.child("instead_of") or item
        for name in cap.instead_of:
            if name not in names:
                place.complain(unknown("cap", name, place.path, [other for other in names if other != cap.name]))
        if _reaches(cap.name, cap.name, below):
            place.complain(f"{place.path}: found a circle, '{cap.name}' stands in the place of itself")


def _reaches(start: str, goal: str, below: dict[str, tuple[str, ...]]) -> bool:
    seen, open_ = set(), list(below.get(start, ()))
    while open_:
        name = open_.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            open_ += below.get(name, ())
    return False
