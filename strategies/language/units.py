"""Values with units: durations, clock times, shares, money, rates; read and written back.

>>> parse_duration("3d"), format_duration(5400)
(259200, '90m')
"""

from __future__ import annotations

import datetime as dt
import keyword
import re
import unicodedata
from decimal import Decimal
from functools import partial

from strategies.contact_policy import CALENDAR_PERIODS, CalendarPeriod
from strategies.language.reader import Refused, Scalar, refuse_comma
from strategies.limits import MAX_AMOUNT, MAX_DURATION, MAX_PAST, MAX_PERIOD, MAX_POINT, MAX_TOTAL
from strategies.vocabulary import DAY, HOUR, MINUTE, MONEY_UNIT, WEEK

Plain = str | int | float | bool

SECONDS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
MAX_CALENDAR_DAYS = 366
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_DURATION = re.compile(r"([0-9]+)([smhdw])")
_LOOSE_DURATION = re.compile(r"([0-9]+)\s*(s|m|h|d|w|sec|min|hour|day|week|second|minute)s?", re.IGNORECASE)
_PIECES = re.compile(r"(?:[0-9]{1,6}(?:\.[0-9]{1,3})?[smhdw]){1,5}")
_LOOSE_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)\s*(?:%|pct|percent)", re.IGNORECASE)
_LOOSE_MONEY = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,4})?)\s*(?:rub|rur|р|руб|₽|\$|€|eur|usd)?\.?", re.IGNORECASE)
_POWER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?[eE][+]?[0-9]{1,9}")
_RATE_DIGITS = 12
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
_LOCAL_DAYS = re.compile(r"([0-9]{1,3}) calendar days")
_RATE = re.compile(r"([0-9]+)/([mhd])")


def parse_duration(scalar: Plain, most: int = MAX_DURATION) -> int:
    """Seconds of ``45s``, ``30m``, ``1h``, ``3d``, ``2w``, at most ``most``."""
    if isinstance(scalar, str):
        match = _DURATION.fullmatch(scalar)
        if match:
            if (seconds := int(match[1][:12]) * SECONDS[match[2]]) <= most:
                return seconds
            raise Refused(f"; at most {format_duration(most)}")
        loose = _LOOSE_DURATION.fullmatch(scalar.strip())
        if loose:
            raise Refused(f"; did you mean '{loose[1]}{loose[2][0].lower()}'?")
        raise Refused(_whole_duration(scalar))
    elif isinstance(scalar, int) and not isinstance(scalar, bool):
        raise Refused("; add the unit")
    raise Refused


def _whole_duration(text: str) -> str:
    """A hint for durations with a fraction or of several units.

    >>> _whole_duration("1.5h"), _whole_duration("1h30m"), _whole_duration("soon")
    ("; did you mean '90m'?", "; did you mean '90m'?", '')
    """
    if not _PIECES.fullmatch(text):
        return ""
    pieces = re.findall(r"([0-9.]+)([smhdw])", text)
    seconds = sum(Decimal(count) * SECONDS[unit] for count, unit in pieces)
    return f"; did you mean '{format_duration(int(seconds))}'?" if seconds and seconds == int(seconds) else ""


def parse_positive_duration(scalar: Plain) -> int:
    """Seconds above 0."""
    seconds = parse_duration(scalar)
    if seconds == 0:
        raise Refused
    return seconds


def parse_days(scalar: Plain, most: int = MAX_DURATION) -> int:
    """Seconds that are whole days (0 included)."""
    seconds = parse_duration(scalar, most)
    if seconds % DAY:
        raise Refused
    return seconds


def parse_positive_days(scalar: Plain, most: int = MAX_DURATION) -> int:
    """Seconds that are whole days, at least one."""
    seconds = parse_days(scalar, most)
    if seconds == 0:
        raise Refused
    return seconds


def format_duration(seconds: int) -> str:
    """The shortest duration of the language that is exactly ``seconds``."""
    for unit in ("d", "h", "m"):
        if seconds % SECONDS[unit] == 0:
            return f"{seconds // SECONDS[unit]}{unit}"
    return f"{seconds}s"


def parse_clock(scalar: Plain) -> int:
    """Seconds after midnight of ``22:00``; 24:00 is not a clock time."""
    match = _CLOCK.fullmatch(scalar) if isinstance(scalar, str) else None
    if match is None or int(match[1]) == 24:
        raise Refused
    return int(match[1]) * HOUR + int(match[2]) * MINUTE


def format_clock(seconds: int) -> str:
    """``22:00`` of seconds after midnight."""
    return f"{seconds // HOUR:02d}:{seconds % HOUR // MINUTE:02d}"


def parse_share(scalar: Plain) -> float:
    """A fraction of ``10%`` or ``0.1``."""
    refuse_comma(scalar)
    if isinstance(scalar, bool):
        raise Refused
    if isinstance(scalar, str):
        match = _PERCENT.fullmatch(scalar)
        if match is None or len(match[1]) > 20:
            loose = _LOOSE_PERCENT.fullmatch(scalar.strip())
            raise Refused(f"; did you mean '{loose[1]}%'?" if loose else "")
        share = float(Decimal(match[1]) / 100)
    else:
        share = float(scalar)
        if 1 < share <= 100:
            raise Refused(f"; did you mean '{scalar:g}%'?")
    if not 0 <= share <= 1:
        raise Refused
    return share


def format_share(share: float) -> str:
    """The percentage of a fraction, exact."""
    return f"{(Decimal(repr(share)) * 100).normalize():f}%"


def parse_money(scalar: Plain, most: int = MAX_AMOUNT) -> int:
    """Money in 1/10,000 of the currency unit, at most ``most``, from a number of currency units.

    >>> parse_money(0.15), parse_money(250_000)
    (1500, 2500000000)
    """
    refuse_comma(scalar)
    if isinstance(scalar, str):
        loose = _LOOSE_MONEY.fullmatch(scalar.strip())
        if loose:
            raise Refused(f"; write the number alone: {loose[1]}")
        too_much = _POWER.fullmatch(scalar) and float(scalar) * MONEY_UNIT > most
        raise Refused(f"; at most {most // MONEY_UNIT:,}" if too_much else "")
    if isinstance(scalar, bool) or not scalar >= 0:
        raise Refused
    if scalar * MONEY_UNIT > most:
        raise Refused(f"; at most {most // MONEY_UNIT:,}")
    money = Decimal(repr(scalar)) * MONEY_UNIT
    if money != money.to_integral_value():
        raise Refused("; money has at most 4 decimals")
    return int(money)


def format_money(money: int) -> int | float:
    """The number of currency units."""
    return money // MONEY_UNIT if money % MONEY_UNIT == 0 else money / MONEY_UNIT


def parse_rate(scalar: Plain) -> int:
    """Contacts per hour of ``50000/h``, ``900/m``, ``1000000/d``."""
    match = _RATE.fullmatch(scalar) if isinstance(scalar, str) else None
    if match and len(match[1]) > _RATE_DIGITS:
        raise Refused(f"; a number of at most {_RATE_DIGITS} digits")
    if match is None:
        tight = re.sub(r"\s", "", scalar) if isinstance(scalar, str) else ""
        raise Refused(f"; did you mean '{tight}'?" if tight != scalar and _RATE.fullmatch(tight) else "")
    per_hour = int(match[1]) * HOUR // SECONDS[match[2]]
    if per_hour == 0:
        raise Refused
    return per_hour


ROLLING = {"day": "24h", "week": "7d", "month": "30d"}
"""Calendar period → a rolling window of about the same length."""


_ADVERBS: dict[CalendarPeriod, str] = {"day": "daily", "week": "weekly", "month": "monthly"}


def parse_period(scalar: Plain) -> tuple[CalendarPeriod | None, int | None]:
    """A window of counting: calendar ``day``, ``week``, ``month``, or rolling seconds."""
    for period in CALENDAR_PERIODS:
        if scalar == period:
            return period, None
        if isinstance(scalar, str) and scalar in (f"1 {period}", f"1{period}"):
            raise Refused(f"; did you mean '{period}' (calendar) or '{ROLLING[period]}' (rolling)?")
        if isinstance(scalar, str) and scalar.lower() in (f"per {period}", f"{period}s", _ADVERBS[period]):
            raise Refused(f"; did you mean '{period}'?")
    return None, parse_positive_duration(scalar)


def parse_window(scalar: Plain) -> tuple[CalendarPeriod | None, int | None, int]:
    """A window of counting, also of several local days: ``7 calendar days``; (calendar, rolling, days)."""
    match = _LOCAL_DAYS.fullmatch(scalar) if isinstance(scalar, str) else None
    if match and 2 <= int(match[1]) <= MAX_CALENDAR_DAYS:
        return "day", None, int(match[1])
    if match and int(match[1]) > MAX_CALENDAR_DAYS:
        raise Refused(f"; at most {MAX_CALENDAR_DAYS} calendar days")
    return *parse_period(scalar), 1


def format_window(calendar_period: CalendarPeriod | None, rolling: int | None, days: int) -> str:
    """The words of a window."""
    return f"{days} calendar days" if days > 1 else format_period(calendar_period, rolling)


def format_period(calendar_period: CalendarPeriod | None, rolling: int | None) -> str:
    """The word or duration of a window."""
    return calendar_period or format_duration(rolling or 0)


def parse_date(scalar: Plain) -> dt.date:
    """A date like ``2026-02-02``."""
    if isinstance(scalar, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", scalar):
        try:
            date = dt.date.fromisoformat(scalar)
        except ValueError:
            raise Refused("; there is no such day") from None
        if 1950 <= date.year <= 2200:
            return date
        raise Refused("; years 1950 to 2200")
    raise Refused


def parse_name(scalar: Plain) -> str:
    """A name that conditions can use: letters, digits and underscores."""
    if not isinstance(scalar, str):
        raise Refused("; quote it")
    if keyword.iskeyword(scalar) or scalar in ("true", "false"):
        raise Refused("; this word has a meaning in conditions")
    if not scalar.isidentifier() or unicodedata.normalize("NFKC", scalar) != scalar or len(scalar) > 60:
        meant = re.sub(r"[\s-]+", "_", scalar.strip())
        raise Refused(f"; did you mean '{meant}'?" if meant.isidentifier() and len(meant) <= 60 else "")
    return scalar


_UNITS = {"type": "string", "pattern": "^[0-9]+[smhdw]$"}
_FORMS = "45s, 30m, 1h, 3d, 2w"

POSITIVE_DURATION: Scalar[int] = Scalar(f"a duration above 0 such as {_FORMS}", parse_positive_duration, _UNITS)
DAYS: Scalar[int] = Scalar("whole days such as 0d, 30d, 2w", parse_days, _UNITS)
POSITIVE_DAYS: Scalar[int] = Scalar("whole days, at least one, such as 90d or 12w", parse_positive_days, _UNITS)
PAST: Scalar[int] = Scalar(DAYS.expected, partial(parse_days, most=MAX_PAST), _UNITS)
TAIL: Scalar[int] = Scalar(DAYS.expected, partial(parse_days, most=MAX_PERIOD), _UNITS)
HORIZON: Scalar[int] = Scalar(POSITIVE_DAYS.expected, partial(parse_positive_days, most=MAX_PERIOD), _UNITS)
CLOCK: Scalar[int] = Scalar('a clock time from "00:00" to "23:59"', parse_clock, {"type": "string"})
SHARE: Scalar[float] = Scalar(
    "a percentage such as 10% or a fraction from 0 to 1", parse_share, {"type": ["string", "number"]}
)
MONEY, TOTAL, WORTH = (
    Scalar(
        "an amount of at least 0 in currency units",
        partial(parse_money, most=most),
        {"type": "number", "minimum": 0, "maximum": most // MONEY_UNIT},
    )
    for most in (MAX_AMOUNT, MAX_TOTAL, MAX_POINT)
)
"""What one thing costs; a budget or another total; one loyalty point."""
RATE: Scalar[int] = Scalar("a rate such as 50000/h (also /m, /d), at least 1/h", parse_rate)
PERIOD: Scalar[tuple[CalendarPeriod | None, int | None]] = Scalar(
    "day, week, month (calendar) or a duration such as 24h, 7d (rolling)", parse_period
)
WINDOW: Scalar[tuple[CalendarPeriod | None, int | None, int]] = Scalar(
    "day, week, month (calendar), a duration such as 24h, 7d (rolling), or 7 calendar days", parse_window
)
DATE: Scalar[dt.date] = Scalar("a date such as 2026-02-02", parse_date, {"type": "string", "format": "date"})
NAME: Scalar[str] = Scalar("a name of letters, digits and underscores", parse_name)
