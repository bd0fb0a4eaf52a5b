"""The calendar of working days."""

from __future__ import annotations

import datetime as dt
import re

from strategies.language.reader import ListOf, Reader, Refused, Scalar, Value
from strategies.language.records import Keys, Record
from strategies.language.units import DATE
from strategies.scenario import WorkCalendar
from strategies.working_days import countries, known_years


def _code(scalar: str | int | float | bool) -> str:
    if not isinstance(scalar, str) or not re.fullmatch(r"[A-Za-z]{2}", scalar):
        raise Refused
    if scalar != scalar.upper():
        raise Refused(f"; did you mean '{scalar.upper()}'?")
    return scalar


COUNTRY: Reader[str] = Scalar("a country code of two capital letters such as RU", _code)


def _calendar(keys: Keys) -> WorkCalendar:
    country = keys.get("country", COUNTRY, "", "whose public holidays count")
    calendar = WorkCalendar(
        country,
        keys.get("holidays", ListOf(DATE), (), "more days off"),
        keys.get("working", ListOf(DATE), (), "more days that are worked"),
    )
    if country and country not in countries():
        keys.remark(
            "country",
            f"{keys.value.path}: no public holidays of '{country}' are known (known: {', '.join(countries())}); "
            "working days are Monday to Friday and what 'holidays' and 'working' say",
        )
    return calendar


WORK_CALENDAR: Reader[WorkCalendar] = Record("calendar", _calendar, "a mapping such as {country: RU}")


def remark_plain_week(value: Value) -> None:
    """Tell the user that working days were asked for, and no calendar says which they are."""
    value.remark(
        f"{value.path}: working days are Monday to Friday here; "
        "'calendar: {country: RU}' takes public holidays into account"
    )


def beyond_the_list(calendar: WorkCalendar, start: dt.date, days: int) -> str:
    """What the user should know when a run leaves the years whose holidays are known; '' otherwise."""
    if calendar.country not in countries():
        return ""
    first, last = known_years(calendar.country)
    if start.year >= first and (start + dt.timedelta(days=days)).year <= last:
        return ""
    return (
        f"calendar: public holidays of {calendar.country} are known for {first} to {last}; "
        "in other years working days are Monday to Friday"
    )
