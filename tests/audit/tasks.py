"""Tasks of teams as the auditor follows them: whom they may be done for and when, and that each is closed once.

Not verified: which of a team's waiting tasks goes first, how much of an hour was left over where what somebody
waited for may have been the end of quiet hours or of a spent budget, and rows of quiet hours and windows with a
segment: an hour is planned when it begins, and who belonged to the segment then is not known at the call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.audit.base import Row
from tests.audit.reading import Paper
from tests.audit.shares import Account
from tests.audit.walk import Run
from tests.audit.words import DAY, MADE, SERVICE, Message, Raw, clock, seconds

if TYPE_CHECKING:
    from tests.audit.course import Course

HOUR = 3_600


@dataclass
class Task:
    """A task that was given.

    message: that of a call; of other work its name and purpose.  answered: the call was answered at that time.
    """

    run: Run
    team: Raw
    raw: Raw
    message: Message
    path: str
    created: int
    expiry: int
    answered: int | None = None
    closed: bool = False

    @property
    def is_work(self) -> bool:
        """Is it something that the customer notices nothing of?"""
        return is_work(self.raw)


def is_work(raw: Raw) -> bool:
    """Whether a task is no call."""
    return bool(raw["do"] == "work")


def length_of(paper: Paper, raw: Raw) -> int:
    """Seconds of one person that a task takes."""
    return round(raw.get("minutes", paper.teams[raw["to"]].get("minutes_per_task", 10)) * 60)


def next_hour(time: int) -> int:
    """The full hour at or after a time."""
    return -(-time // HOUR) * HOUR


def works(paper: Paper, team: Raw, time: int) -> bool:
    """Whether a moment lies in a team's hours."""
    hours = team.get("hours")
    if hours is None:
        return True
    if hours.get("days") == "working" and paper.company_date(time).weekday() >= 5:
        return False
    return clock(hours["from"]) <= time % DAY < clock(hours["to"])


class _Hours:
    """What the rows of one team tell of each full hour: by hour, in seconds of one person."""

    def __init__(self) -> None:
        self.least: Counter[int] = Counter()
        """Worked for sure."""
        self.perhaps: Counter[int] = Counter()
        """Worked too, unless it was called off at that very time."""
        self.may_wait: set[int] = set()
        self.waits: set[int] = set()
        """Hours behind which somebody may, or is sure to, wait on who could have been served."""


def overworked(paper: Paper, rows: Sequence[Row]) -> list[tuple[int, str]]:
    """(time, text) of every hour of one world in which a team did more than it could, or less while somebody waited."""
    told: dict[str, _Hours] = {name: _Hours() for name in paper.teams}
    closed = {row.contact: row for row in rows if row.event == "task_closed"}
    for row in rows:
        if row.event == "task_created" and not row.reason:
            raw = paper.task_of(row.chain, row.step)
            _tell(paper, told[raw["to"]], raw, row.time, closed.get(row.contact))
    found = []
    for team, hours in told.items():
        asked = [raw for chain in paper.chains.values() for raw in _tasks_within(chain.raw) if raw["to"] == team]
        account = Account(paper, max((length_of(paper, raw) for raw in asked), default=1))
        for hour in range(HOUR, paper.horizon, HOUR):
            used = hours.least[hour], hours.least[hour] + hours.perhaps[hour]
            worked, may_wait = _worked(paper, paper.teams[team], hour), hour in hours.may_wait
            if worked == 0 and may_wait and not any(used):
                continue
            if text := account.wrong(worked, used, may_wait, hour in hours.waits):
                found.append((hour, f"{team} worked {text}"))
    return found


def _tell(paper: Paper, hours: _Hours, raw: Raw, created: int, closed: Row | None) -> None:
    """Note when a task waited and when it was done."""
    expiry, length = created + seconds(raw["within"]), length_of(paper, raw)
    end = closed.time if closed is not None else paper.horizon
    reason = closed.reason if closed is not None else "horizon"
    last = end // HOUR * HOUR
    if reason == "run_ended":
        hours.perhaps[last] += length
    elif reason not in ("expired", "horizon"):
        hours.least[last] += length
    sure = reason != "run_ended" and _is_always_able(paper, raw)
    for hour in range((created // HOUR + 1) * HOUR, last, HOUR):
        hours.may_wait.add(hour)
        if sure and expiry > hour + HOUR and _worked(paper, paper.teams[raw["to"]], hour):
            hours.waits.add(hour)


def _is_always_able(paper: Paper, raw: Raw) -> bool:
    """Whether nothing but the team's time ever holds a task."""
    papers = (paper, *(later for _, later in paper.later))
    if any(one.budgets for one in papers) and paper.cost_of_task(raw):
        return False
    return is_work(raw) or not any(one.quiet or one.windows for one in papers)


def _tasks_within(part: Any) -> Iterator[Raw]:
    """The tasks of a part of a scenario."""
    if isinstance(part, dict):
        if isinstance(part.get("task"), dict):
            yield part["task"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _tasks_within(one)


def _worked(paper: Paper, team: Raw, hour: int) -> int:
    """Seconds that all people of a team work within an hour."""
    hours = team.get("hours") or {"from": "00:00", "to": "24:00"}
    if hours.get("days") == "working" and paper.company_date(hour).weekday() >= 5:
        return 0
    clock_time = hour % DAY
    begin, end = max(clock(hours["from"]), clock_time), min(clock(hours["to"]), clock_time + HOUR)
    return int(team["people"]) * max(end - begin, 0)


class Tasks:
    """The tasks of one customer."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.given: list[Task] = []
        """Tasks whose row has not come yet."""
        self.open: dict[int, Task] = {}
        """Contact number → task."""

    def give(self, run: Run, raw: Raw, path: str, time: int) -> None:
        """A run reached a task."""
        course = self.course
        message = course.paper.subject_of_task(raw)
        reason = self._bar(run, message, is_work(raw))
        course.owe(time, "task_created", run.chain.name, "task", run=run.number, reason=reason)
        if not reason:
            team = course.paper.teams[raw["to"]]
            self.given.append(Task(run, team, raw, message, path, time, time + seconds(raw["within"])))

    def _bar(self, run: Run, message: Message, work: bool) -> str:
        """Why nobody may do it; '' when somebody may."""
        course = self.course
        consents = course.facts.service_consent if message.purpose in SERVICE else course.facts.consent
        if not work and "sms" not in course.facts.address:
            return "no_address"
        if not work and "sms" not in consents:
            return "no_consent"
        exempt = message.purpose in course.paper.control_exempt or not course.paper.obeys(message, "control", "")
        if course.customer.control and not exempt:
            return "control"
        return "holdout" if run.ghost else ""

    def created(self, row: Row) -> None:
        """The row of a new task came: it has a number from now on."""
        if row.reason:
            return
        mine = [task for task in self.given if task.run.number == row.run and task.created == row.time]
        if not mine or mine[0].path != row.step or mine[0].message.name != row.message or row.contact in self.open:
            self._blame(row, f"a task at {row.step} that no run gave")
            return
        self.given.remove(mine[0])
        self.open[row.contact] = mine[0]

    def answered(self, row: Row) -> None:
        """A customer answered."""
        task = self._task(row)
        if task is not None:
            task.answered = row.time

    def closed(self, row: Row) -> None:
        """A task is over: was it over in this way?"""
        task = self._task(row)
        if task is None:
            return
        task.closed = True
        why = self._wrong(task, row)
        if why:
            self._blame(row, f"{row.reason}: {why}")

    def _task(self, row: Row) -> Task | None:
        task = self.open.get(row.contact)
        if task is None or task.closed:
            self._blame(row, "of a task that is not open")
            return None
        return task

    def _wrong(self, task: Task, row: Row) -> str:
        called_off = task.run.over and task.run.ended_by not in ("finished", "exit_step")
        if row.reason == "expired":
            return "" if row.time == next_hour(task.expiry) else f"it was worth doing until {task.expiry}"
        if row.reason == "run_ended":
            # The hour that begins in the second of the end is settled before it.
            in_time = called_off and task.run.ended_at <= row.time <= next_hour(task.run.ended_at + 1)
            return "" if in_time else "its run did not end so"
        if (task.answered == row.time) != (row.reason == "answered"):
            return "the customer's answer says otherwise"
        if called_off and task.run.ended_at < row.time:
            return "its run had ended"
        if not works(self.course.paper, task.team, row.time):
            return "the team does not work then"
        if row.time // HOUR == task.created // HOUR and task.created % HOUR:
            return "before the next full hour"
        if row.time >= task.expiry:
            return "it was not worth doing any more"
        if not task.is_work and self.course.gates.is_quiet(task.message, row.time):
            return "in quiet hours"
        paid = self.course.paper.cost_of_task(task.raw) and self.course.paper.obeys(task.message, "budget", "")
        over = self.course.facts.base.over_budget(row.time, "", task.message, task.run.chain.name, task.raw["to"])
        if paid and over:
            return "over the budget"
        barred = self._bar(task.run, task.message, task.is_work)
        if row.reason in MADE:
            if task.is_work != (row.reason == "done"):
                return "not how such a task is done"
            return f"barred by {barred}" if barred else ""
        return "" if row.reason == barred else f"must be {barred or 'a call'}"

    def missing(self, time: int) -> None:
        """At the end: no task may be open that expired in time."""
        for number, task in self.open.items():
            if not task.closed and next_hour(task.expiry) < time:
                text = f"task {number} of {task.run.chain.name} is still open"
                self.course.blame("task", next_hour(task.expiry), text)

    def _blame(self, row: Row, text: str) -> None:
        self.course.blame("task", row.time, f"{row.event} {row.contact} of {row.chain}: {text}")
