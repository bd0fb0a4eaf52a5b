"""Schedules and days of segments outside the run: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from strategies.language.reader import Value
from strategies.language.schedules import format_day
from strategies.scenario import Scenario
from strategies.schedules import Day, Schedule, YearDay, lies_between
from strategies.segments import Segment
from strategies.vocabulary import DAY
from strategies.working_days import works_on

_ONE = dt.timedelta(days=1)


def schedule_doubts(here: Value, schedule: Schedule, scenario: Scenario) -> None:
    """Notices about one schedule.  here: the campaign or trigger, as written."""
    days = [scenario.start + dt.timedelta(days=day) for day in range(scenario.horizon // DAY)]
    works = works_on(scenario.calendar)

    def comes(asked: Schedule) -> bool:
        return any(asked.falls_on(day, scenario.start, works) for day in days)

    def outside(day: Day) -> bool:
        return not comes(dataclasses.replace(schedule, dates=(day,)))

    run = f"the run ({days[0]} to {days[-1]})"
    written = here.child("on")
    if written is not None:
        lost = [format_day(day) for day in schedule.dates if outside(day)]
        if lost:
            verb = "lies" if len(lost) == 1 else "lie"
            written.remark(
                f"{written.path}: {', '.join(lost)} {verb} outside {run}, so nothing comes of it; expected days "
                "within it, or another start or horizon"
            )
    elif not comes(schedule):
        (here.child("every") or here).remark(
            f"{here.path}: none of its days lies within {run}, so nothing ever comes of it; expected other days, or "
            "another start or horizon"
        )


def segment_days_doubts(here: Value, segment: Segment, scenario: Scenario) -> None:
    """Notices about days of deeds that no deed lies on.  here: the segment, as written."""
    written = here.child("during")
    if written is None or segment.did is None:
        return
    during, last = segment.did.during, scenario.start + dt.timedelta(days=scenario.horizon // DAY - 1)
    if isinstance(during.first, dt.date) and during.first > last + _ONE:
        written.remark(
            f"{written.path}: begins on {during.first}, behind the run, whose last day is {last}, so nothing ever "
            "counts; expected earlier days, or another start or horizon"
        )
    if isinstance(during.first, YearDay):
        known = "order" in segment.did.did.events and not segment.did.same
        past = dt.timedelta(days=scenario.at_start.history // DAY if known else 0)
        first, days = scenario.start - past, (past + (last - scenario.start)).days
        around = (first + _ONE * day for day in range(-1, days + 2))  # customers' calendars are a day ahead or behind
        if not any(lies_between(during.first, during.last, date) for date in around):
            written.remark(
                f"{written.path}: lies outside the days that the segment knows ({first} to {last}), so nothing ever "
                "counts; expected other days, or another start or horizon"
            )
