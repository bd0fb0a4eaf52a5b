"""Pauses after key actions as the auditor reads them: what they hold, and what ends them before their time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.audit.asks import Ask, Ruling, blocked
from tests.audit.base import NEVER
from tests.audit.facts import Facts
from tests.audit.limits import applies
from tests.audit.reading import Paper
from tests.audit.rows import PauseText
from tests.audit.words import DAY, whole_minute

if TYPE_CHECKING:
    from tests.audit.course import Course


def pause_ruling(paper: Paper, facts: Facts, row: PauseText, ask: Ask, channel: str, time: int) -> Ruling | None:
    """What a row of ``pause_after`` says to a contact."""
    if not applies(facts, row.scope, ask, channel, time) or not paper.obeys(ask.route.message, "pauses", channel):
        return None
    over = max((facts.last.get(event, NEVER) for event in row.until), default=NEVER)
    begun = [(facts.last.get(event, NEVER), lasts, event) for event, lasts in row.events.items()]
    begun += [(facts.came.get(told, NEVER), lasts, f"also[{place}]") for place, (told, lasts) in enumerate(row.also)]
    for since, lasts, what in begun:
        if since + lasts > time and since > over:
            until = whole_minute(since + lasts)
            if row.until and ask.run is None:  # nobody wakes a campaign's contact
                until = min(until, time + DAY)
            return blocked(ask, time, "pause", f"{row.name}.{what}", row.then, until, row.for_at_most)
    return None


def note_pauses(course: Course, event: str, time: int, attributes: dict[str, Any]) -> None:
    """An event begins pauses, and what it ends lets go at once of the contacts of runs."""
    course.facts.note_pauses(course.facts.fitting(event, time, attributes), time)
    ended = tuple(f"{row.name}." for row in course.gates.paper.pauses if event in row.until)
    for ask in course.asks if ended else ():
        if ask.run is not None and ask.held_by.startswith(ended) and ask.due > whole_minute(time):
            ask.held_by, ask.due = "", whole_minute(time)
