"""Schedules whose days lie outside the run: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from strategies.language.reader import Value
from strategies.language.schedules import format_day
from strategies.scenario import Scenario
from strategies.schedules import Day, Schedule
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
