"""Calendar arithmetic agrees with Python's datetime."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.calendar import DAY, HOUR, MINUTE, Calendar, next_minute

starts = st.dates(dt.date(1995, 1, 1), dt.date(2090, 12, 31))
FIRST, LAST = -366, 3 * 366
seconds = st.integers(FIRST * DAY, LAST * DAY + DAY - 1)


@pytest.mark.slow
@given(start=starts, days=st.lists(st.integers(FIRST, LAST), min_size=1, max_size=20))
def test_days_are_those_of_datetime(start: dt.date, days: list[int]) -> None:
    calendar, day = Calendar(start, FIRST, LAST), np.array(days, np.int64)
    dates = [start + dt.timedelta(days=d) for d in days]
    assert [calendar.date(d) for d in days] == dates
    assert calendar.weekday(day).tolist() == [date.weekday() for date in dates]
    assert calendar.month(day).tolist() == [date.year * 12 + date.month - 1 for date in dates]
    assert calendar.day_of_month(day).tolist() == [date.day for date in dates]


def period_start(moment: dt.datetime, period: str) -> dt.datetime:
    midnight = moment.replace(hour=0, minute=0, second=0)
    if period == "week":
        return midnight - dt.timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if period == "month" else midnight


def next_start(begin: dt.datetime, period: str) -> dt.datetime:
    if period == "month":
        return (begin + dt.timedelta(days=31)).replace(day=1)
    return begin + dt.timedelta(days={"day": 1, "week": 7}[period])


@pytest.mark.slow
@pytest.mark.parametrize("period", ["day", "week", "month"])
@given(start=starts, times=st.lists(seconds, min_size=1, max_size=20))
def test_periods_are_those_of_datetime(period: str, start: dt.date, times: list[int]) -> None:
    """The times reach to the calendar's edges, where a next month's start lies outside of it."""
    calendar, local = Calendar(start, FIRST, LAST), np.array(times, np.int64)
    zero = dt.datetime.combine(start, dt.time())
    begins = [period_start(zero + dt.timedelta(seconds=t), period) for t in times]
    ends = [next_start(begin, period) for begin in begins]
    assert calendar.period_start(local, period).tolist() == [(b - zero).total_seconds() for b in begins]
    assert calendar.next_period_start(local, period).tolist() == [(e - zero).total_seconds() for e in ends]


def test_weeks_begin_on_monday() -> None:
    calendar = Calendar(dt.date(2026, 3, 4), -30, 30)  # a Wednesday
    begin = calendar.period_start(np.array([0, -2 * DAY, -2 * DAY - 1, 5 * DAY]), "week")
    assert begin.tolist() == [-2 * DAY, -2 * DAY, -9 * DAY, 5 * DAY]


def test_leap_days_count() -> None:
    calendar = Calendar(dt.date(2028, 2, 28), 0, 10)
    assert calendar.day_of_month(np.arange(3)).tolist() == [28, 29, 1]
    assert calendar.next_period_start(np.array([HOUR]), "month").tolist() == [2 * DAY]


@given(st.integers(-(10**9), 10**9))
def test_the_next_minute_is_the_whole_minute_at_or_after(time: int) -> None:
    (minute,) = next_minute(np.array([time], np.int64)).tolist()
    assert minute % MINUTE == 0
    assert 0 <= minute - time < MINUTE


def test_days_outside_and_unknown_periods_are_refused() -> None:
    calendar = Calendar(dt.date(2026, 1, 1), -10, 10)
    with pytest.raises(IndexError, match=r"^day -13 lies before the calendar's first day -12$"):
        calendar.day_of_month(np.array([0, -13]))
    with pytest.raises(IndexError):
        calendar.month(np.array([45]))
    for call in (calendar.period_start, calendar.next_period_start):
        with pytest.raises(ValueError, match=r"^period 'quarter' is none of day, week, month$"):
            call(np.array([0]), "quarter")
