"""Schedules and days of segments outside the run: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from strategies.language.reader import Value
from strategies.language.schedules import format_day
from strategies.scenario import Scenario
from strategies.schedules import Day, Schedule
from strategies.segments import Segment
from strategies.vocabulary import DAY
from strategies.working_days import works_on


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
    """Notices about days of deeds that begin behind the run.  here: the segment, as written."""
    written = here.child("during")
    if written is None or segment.did is None or segment.did.during.first is None:
        return
    last = scenario.start + dt.timedelta(days=scenario.horizon // DAY - 1)
    if segment.did.during.first > last + dt.timedelta(days=1):  # some customers' calendars are a day ahead
        written.remark(
            f"{written.path}: begins on {segment.did.during.first}, behind the run, whose last day is {last}, so "
            "nothing ever counts; expected earlier days, or another start or horizon"
        )
