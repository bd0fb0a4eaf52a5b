"""Schedules as they are written: ``every: "Tue 10:00"``, ``on: 2026-11-27`` with ``at``, bounds and zone."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import re

from strategies.contact_policy import Zone
from strategies.language.calendar import remark_plain_week
from strategies.language.problems import TYPOGRAPHIC, nearest
from strategies.language.reader import ListOf, Reader, Refused, Scalar
from strategies.language.records import Keys
from strategies.language.units import CLOCK, WEEKDAYS, Plain, format_clock, parse_clock, parse_date
from strategies.language.words import ZONE
from strategies.schedules import LAST, Day, Schedule, YearDay
from strategies.vocabulary import HOUR

SCHEDULE_KINDS = ("every", "on")
"""The keys of a schedule, of which one is needed."""

SCHEDULE_PARTS = {"at": ("on",), "from": ("every",), "until": ("every",)}
"""Key → the kinds of schedule that it belongs to."""

PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}
MAX_INTERVAL = 366
TEN = 10 * HOUR
"""When what has a date and no clock time comes."""

_NUMBER = "[0-9]{1,4}"
"""More digits than any number here may have: what is longer is refused as a whole."""
_DAYS = "[A-Za-z]{3}(?:,[A-Za-z]{3})*"
_CLOCK = r"(?P<clock>[0-9]{1,2}:[0-9]{2})"
_EVERY = re.compile(rf"(?:(?P<weeks>{_NUMBER}) weeks )?(?P<days>day|working day|{_DAYS}) {_CLOCK}")
_EVERY_DAYS = re.compile(rf"(?P<interval>{_NUMBER}) days {_CLOCK}")
_MONTH = re.compile(rf"month (?P<numbers>(?:{_NUMBER}|last)(?:,(?:{_NUMBER}|last))*) {_CLOCK}")
_IN_MONTH = re.compile(rf"month (?P<places>[a-z]+(?:,[a-z]+)*) (?P<day>working day|[A-Za-z]{{3}}) {_CLOCK}")
_EACH = re.compile(r"^(?:on\s+)?(?:every|each|all)\s+", re.IGNORECASE)
_LOOSE = re.compile(r"([^\W\d]+ days?|[^\W\d]+(?:\s*,\s*[^\W\d]+)*)\s+(?:at\s+)?([0-9]{1,2}:[0-9]{2})", re.IGNORECASE)
WORKING = ("weekday", "workday", "workingday", "working day", "work day", "week day", "business day")
"""Other words for a working day."""
_LOOSE_PLACE = re.compile(
    r"(?:month\s+)?(first|second|third|fourth|last)\s+([^\W\d]+(?: day)?)"
    r"(?:\s+(?:of|in)\s+(?:the|each|every|a)?\s*month)?\s+(?:at\s+)?([0-9]{1,2}:[0-9]{2})",
    re.IGNORECASE,
)
_OTHER_WEEK = re.compile(
    r"(?:(?:every\s+)?other|second|([0-9]+)(?:w|nd|rd|th)?(?:\s+weeks?)?)\s+([^\W\d]+)\s+([0-9]{1,2}:[0-9]{2})",
    re.IGNORECASE,
)
_YEAR_DAY = re.compile("([0-9]{2})-([0-9]{2})")
_DOTTED = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})(?:[./]([0-9]{4}))?\.?")
_SHORT_DATE = re.compile("(?:([0-9]{4})-)?([0-9]{1,2})-([0-9]{1,2})")
_NAMED_DATE = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})(?:\s+([0-9]{4}))?|"
    r"([A-Za-z]{3,9})\s+([0-9]{1,2})(?:st|nd|rd|th)?(?:,?\s+([0-9]{4}))?"
)


def parse_schedule(scalar: Plain) -> Schedule:
    """The days and the clock time of a recurring schedule.

    >>> parse_schedule("month last Fri 18:30")
    Schedule(clock=66600, weekdays=(4,), month_days=(), working=False, places=(-1,), interval=1, unit='weeks', \
dates=(), begin=None, end=None, zone='customer')
    """
    schedule = _read(scalar) if isinstance(scalar, str) else None
    if schedule is None:
        raise Refused(_meant(str(scalar)))
    return schedule


def _read(text: str) -> Schedule | None:
    """The schedule of a text, None for one of another form.  Raises Refused with what is wrong in a known form."""
    if match := _EVERY.fullmatch(text):
        return _weekly(match)
    if match := _EVERY_DAYS.fullmatch(text):
        return Schedule(parse_clock(match["clock"]), interval=_interval(match["interval"]), unit="days")
    if match := _MONTH.fullmatch(text):
        days = {LAST if day == "last" else int(day) for day in match["numbers"].split(",")}
        if not days <= {LAST, *range(1, 29)}:
            raise Refused("; days 1 to 28, which every month has, or last")
        return Schedule(parse_clock(match["clock"]), weekdays=(), month_days=tuple(sorted(days - {LAST})) + _last(days))
    if match := _IN_MONTH.fullmatch(text):
        names = match["places"].split(",")
        if set(names) <= PLACES.keys():
            places = {PLACES[name] for name in names}
            days_of = _weekly(match, match["day"])
            return dataclasses.replace(days_of, places=tuple(sorted(places - {LAST})) + _last(places))
    return None


def _last(days: set[int]) -> tuple[int, ...]:
    """The last one stands behind the others."""
    return (LAST,) if LAST in days else ()


def _weekly(match: re.Match[str], days: str = "") -> Schedule:
    """Days of the week, all of them or the working ones."""
    clock, days = parse_clock(match["clock"]), days or match["days"]
    weeks = match["weeks"] if "weeks" in match.re.groupindex else None
    if days in ("day", "working day"):
        if weeks:
            raise Refused("; weeks go with days of the week, as in '2 weeks Tue 10:00'")
        return Schedule(clock, working=days != "day")
    names = {name.lower(): code for code, name in enumerate(WEEKDAYS)}
    wanted = days.lower().split(",")
    if not set(wanted) <= names.keys():
        raise Refused("; days are " + ", ".join(WEEKDAYS))
    weekdays = tuple(sorted({names[name] for name in wanted}))
    return Schedule(clock, weekdays, interval=_interval(weeks) if weeks else 1)


def _interval(text: str) -> int:
    number = int(text)
    if not 2 <= number <= MAX_INTERVAL:
        raise Refused(f"; from 2 to {MAX_INTERVAL}")
    return number


def _meant(text: str) -> str:
    """A hint about schedules in other words; never what was found, nor what cannot be read.

    >>> _meant("Tuesday 10:00"), _meant("Monday, Thursday at 9:30"), _meant("noon 12:00")
    ("; did you mean 'Tue 10:00'?", "; did you mean 'Mon,Thu 9:30'?", '')
    >>> _meant("last Friday of the month 10:00"), _meant("other Tue 10:00"), _meant("2026-11-27 10:00")
    ("; did you mean 'month last Fri 10:00'?", "; did you mean '2 weeks Tue 10:00'?", "; dates stand behind 'on'")
    >>> _meant("weekdays 10:00"), _meant("every day 10:00"), _meant("month last weekday 10:00")
    ("; did you mean 'working day 10:00'?", "; did you mean 'day 10:00'?", \
"; did you mean 'month last working day 10:00'?")
    >>> _meant("00000002 weeks Tue 10:00"), _meant("month last day 10:00")
    ("; did you mean '2 weeks Tue 10:00'?", "; did you mean 'month last 10:00'?")
    """
    bare = text.strip(f" {TYPOGRAPHIC}")
    if re.match(r"[0-9]{4}-[0-9]{1,2}-|[0-9]{1,2}-[0-9]{1,2}\b|[0-9]{1,2}\.[0-9]{1,2}\b", bare):
        return "; dates stand behind 'on'"
    meant = _in_order(bare) or _in_order(_EACH.sub("", bare))
    try:
        return f"; did you mean '{meant}'?" if meant != text and _read(meant) else ""
    except Refused:
        return ""


def _in_order(text: str) -> str:
    """What a schedule in other words may mean, '' where nothing is recognised."""
    if match := _LOOSE_PLACE.fullmatch(text):
        day = "" if match[2].lower() == "day" else _kind(match[2])
        if day is not None:
            return " ".join(word for word in ("month", match[1].lower(), day, match[3]) if word)
    if (match := _OTHER_WEEK.fullmatch(text)) and (day := _weekday(match[2])):
        return f"{int(match[1] or 2)} weeks {day} {match[3]}"
    match = _LOOSE.fullmatch(text)
    if match is None:
        return ""
    kind = _kind(match[1])
    days = [kind] if kind else [_weekday(day) for day in match[1].split(",")]
    named = [day for day in days if day]
    return f"{','.join(named)} {match[2]}" if len(named) == len(days) else ""


def _kind(words: str) -> str | None:
    """All days, working days or one day of the week."""
    plain = words.strip().lower().removesuffix("s")
    if plain in ("day", "daily"):
        return "day"
    return "working day" if plain in WORKING else _weekday(words)


def _weekday(word: str) -> str | None:
    return nearest(word.strip().removesuffix("s"), WEEKDAYS)


def format_schedule(schedule: Schedule) -> str:
    """The days and the clock time of a recurring schedule in the words of the language."""
    return f"{_days(schedule)} {format_clock(schedule.clock)}"


def _days(schedule: Schedule) -> str:
    if schedule.month_days:
        return "month " + ",".join("last" if day == LAST else str(day) for day in schedule.month_days)
    if schedule.unit == "days":
        return f"{schedule.interval} days"
    if schedule.working:
        days = "working day"
    elif len(schedule.weekdays) == len(WEEKDAYS) and schedule.interval == 1:
        days = "day"
    else:
        days = ",".join(WEEKDAYS[day] for day in schedule.weekdays)
    if schedule.places:
        word = {place: name for name, place in PLACES.items()}
        return f"month {','.join(word[place] for place in schedule.places)} {days}"
    return f"{schedule.interval} weeks {days}" if schedule.interval > 1 else days


def parse_day(scalar: Plain) -> Day:
    """A date like ``2026-11-27``, or a day of every year like ``03-08``."""
    match = _YEAR_DAY.fullmatch(scalar) if isinstance(scalar, str) else None
    if match is None:
        try:
            return parse_date(scalar)
        except Refused as refused:
            raise Refused(str(refused) or _meant_day(str(scalar))) from None
    month, day = int(match[1]), int(match[2])
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]):
        raise Refused("; there is no such day (month first: 03-08 is 8 March)")
    return YearDay(month, day)


def _meant_day(text: str) -> str:
    """A hint about dates that are written otherwise.

    >>> _meant_day("27.11.2026"), _meant_day("8 March"), _meant_day("Nov 27, 2026"), _meant_day("Tue")
    ("; did you mean '2026-11-27'?", "; did you mean '03-08'?", "; did you mean '2026-11-27'?", "; days of the week \
stand behind 'every'")
    """
    text = text.strip()
    if match := _DOTTED.fullmatch(text):
        return _told(match[3], int(match[2]), int(match[1]))
    if match := _SHORT_DATE.fullmatch(text):
        return _told(match[1], int(match[2]), int(match[3]))
    if match := _NAMED_DATE.fullmatch(text):
        name, day, year = (match[2], match[1], match[3]) if match[1] else (match[4], match[5], match[6])
        months = [number for number in range(1, 13) if calendar.month_name[number].lower().startswith(name.lower())]
        return _told(year, months[0], int(day)) if months else ""
    first = text.partition(" ")[0].rstrip(",")
    return "; days of the week stand behind 'every'" if _weekday(first) and first[:1].isalpha() else ""


def _told(year: str | None, month: int, day: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]):
        return ""
    return f"; did you mean '{f'{year}-' if year else ''}{month:02d}-{day:02d}'?"


def format_day(day: Day) -> str:
    """The day in the words of the language."""
    return f"{day.month:02d}-{day.day:02d}" if isinstance(day, YearDay) else day.isoformat()


SCHEDULE: Scalar[Schedule] = Scalar(
    'a schedule such as "Tue 10:00", "Mon,Thu 18:30", "day 10:00", "working day 10:00", "2 weeks Tue 10:00", '
    '"10 days 10:00", "month 1,last 10:00", "month last Fri 10:00"',
    parse_schedule,
)
DAY_OF_CALENDAR: Reader[Day] = Scalar(
    'a date such as 2026-11-27, or "03-08" for 8 March of every year', parse_day, {"type": "string"}
)
DATES: Reader[tuple[Day, ...]] = ListOf(DAY_OF_CALENDAR, lone=True, at_least=1)


def read_clock(keys: Keys) -> tuple[int, Zone]:
    """At which clock time what has a date comes, and by whose clock."""
    clock = keys.get("at", CLOCK, TEN, "clock time of what has a date")
    return clock, keys.get("zone", ZONE, "customer", "whose clock")


def read_schedule(keys: Keys, kind: str | None, clock: int, zone: Zone) -> Schedule | None:
    """The schedule of a campaign or a trigger.  kind: ``every`` or ``on``, whichever is there; None for neither."""
    every = keys.get("every", SCHEDULE, None, "days and clock time of a recurring schedule")
    dates = keys.get("on", DATES, (), "dates, or days of every year")
    begin: Day | None = keys.get("from", DAY_OF_CALENDAR, None, "first day of a recurring schedule")
    end: Day | None = keys.get("until", DAY_OF_CALENDAR, None, "its last day, which still belongs to it")
    _check_bounds(keys, begin, end)
    if every is not None and every.working and not keys.value.reading.names.get("calendar"):
        remark_plain_week(keys.value)
    if kind == "on":
        return Schedule(clock, dates=tuple(sorted(set(dates), key=format_day)), zone=zone) if dates else None
    return dataclasses.replace(every, begin=begin, end=end, zone=zone) if every else None


def check_season(keys: Keys, begin: Day | None, end: Day | None, until: str) -> None:
    """A season needs two days of every year, behind ``from`` and the key ``until``."""
    if isinstance(begin, YearDay) != isinstance(end, YearDay):
        known = "from" if isinstance(begin, YearDay) else until
        keys.complain(
            known,
            f"{keys.value.path}.{known}: found a day of every year alone, expected both 'from' and '{until}' to be "
            "such days, or a date with its year",
        )


def _check_bounds(keys: Keys, begin: Day | None, end: Day | None) -> None:
    check_season(keys, begin, end, "until")
    if isinstance(begin, dt.date) and isinstance(end, dt.date) and begin > end:
        keys.complain(
            "until", f"{keys.value.path}.until: found {end}, which lies before 'from' ({begin}), expected a later date"
        )


def schedule_tree(schedule: Schedule) -> dict[str, object]:
    """The keys of a schedule as they would stand in a file."""
    zone = {} if schedule.zone == "customer" else {"zone": schedule.zone}
    if schedule.dates:
        return {"on": [format_day(day) for day in schedule.dates], "at": format_clock(schedule.clock), **zone}
    bounds = {"from": schedule.begin, "until": schedule.end}
    told = {key: format_day(day) for key, day in bounds.items() if day is not None}
    return {"every": format_schedule(schedule), **told, **zone}
