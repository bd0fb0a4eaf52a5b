"""Quiet hours and send windows as the auditor reads them."""

from __future__ import annotations

from tests.audit.asks import Ask, Ruling, blocked
from tests.audit.facts import Facts
from tests.audit.limits import applies
from tests.audit.reading import Paper
from tests.audit.rows import HoursText
from tests.audit.words import DAY, WEEKDAYS


def quiet_ruling(paper: Paper, facts: Facts, row: HoursText, ask: Ask, channel: str, time: int) -> Ruling | None:
    """What a row of quiet hours says to a contact."""
    now = facts.calendar(row.zone).clock(time)
    if not _bound(paper, facts, row, ask, channel, time) or not _within(row, now):
        return None
    until = time + (row.to - now) % DAY
    return blocked(ask, time, "quiet_hours", row.name, row.then, until, None)


def window_ruling(paper: Paper, facts: Facts, row: HoursText, ask: Ask, channel: str, time: int) -> Ruling | None:
    """What a send window says to a contact: held until the next time at which the window is open."""
    if not _bound(paper, facts, row, ask, channel, time):
        return None
    days = facts.calendar(row.zone)

    def is_open(moment: int) -> bool:
        return WEEKDAYS[days.date(moment).weekday()] in row.days and _within(row, days.clock(moment))

    if is_open(time):
        return None
    midnight = days.midnight(days.date(time))
    begins = (midnight + number * DAY + row.from_ for number in range(9))
    until = next(moment for moment in begins if moment > time and is_open(moment))
    return blocked(ask, time, "send_window", row.name, row.then, until, row.for_at_most)


def _bound(paper: Paper, facts: Facts, row: HoursText, ask: Ask, channel: str, time: int) -> bool:
    obeys = paper.obeys(ask.route.message, "quiet_hours", channel)
    return obeys and applies(facts, row.scope, ask, channel, time)


def _within(row: HoursText, now: int) -> bool:
    return row.from_ <= now < row.to if row.from_ < row.to else now >= row.from_ or now < row.to
