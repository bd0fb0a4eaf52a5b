"""Teams of people and the tasks that chains give them."""

from __future__ import annotations

from typing import Literal

from strategies.action_steps import Action, GiveTask, Team
from strategies.language.emit import Tree, filled
from strategies.language.reader import Choice, Named, Reader, number, whole
from strategies.language.records import Keys, Record
from strategies.language.units import CLOCK, MONEY, POSITIVE_DURATION, format_clock, format_duration, format_money
from strategies.language.words import MESSAGE
from strategies.vocabulary import DAY, MINUTE

DAYS: Reader[Literal["all", "working"]] = Choice(("all", "working"))
DO: Reader[Literal["call"]] = Choice(("call",))
PEOPLE = whole(at_least=1, at_most=100_000)
MINUTES = number(at_least=0.1, at_most=1_440)

Hours = tuple[int, int, Literal["all", "working"]]


def _hours(keys: Keys) -> Hours:
    begin = keys.need("from", CLOCK, 0, "when the team begins, company time")
    end = keys.need("to", CLOCK, DAY, "when it ends")
    if keys.has("from") and keys.has("to") and begin >= end:
        keys.value.complain(f"{keys.value.path}: found 'from' not before 'to', expected hours of one day")
    return begin, end, keys.get("days", DAYS, "all", "every day or working days")


def _team(keys: Keys) -> Team:
    people = keys.need("people", PEOPLE, 1, "how many take tasks at the same time")
    begin, end, days = keys.get("hours", Record("team_hours", _hours), (0, DAY, "all"), "when they work")
    minutes = keys.get("minutes_per_task", MINUTES, 10.0, "how long one of them is busy with a task")
    cost = keys.get("cost", MONEY, 0, "cost of one call made, answered or not")
    return Team(keys.value.path.rpartition(".")[2], people, begin, end, days, round(minutes * MINUTE), cost)


TEAM: Reader[Team] = Record("team", _team, "a mapping such as {people: 3}")


def task_reader(prefix: str) -> Reader[Action]:
    """Reads ``{to: sales, do: call, about: message, within: 1d}``; ``prefix`` is left out of the step's path."""

    def task(keys: Keys) -> Action | None:
        team = keys.need("to", Named("team"), "", "the team")
        keys.need("do", DO, "call", "what it does")
        message = keys.need("about", MESSAGE, "", "the message whose topic, purpose and offer the call is about")
        within = keys.need("within", POSITIVE_DURATION, 0, "how long the task is worth doing")
        path = keys.value.path.removeprefix(prefix).removesuffix(".task")
        return GiveTask(team, message, within, path) if team and message and within else None

    return Record("task", task, "a mapping such as {to: sales, do: call, about: message, within: 1d}")


def task_tree(task: GiveTask) -> Tree:
    """A task as it would stand in a file."""
    return {"task": {"to": task.team, "do": "call", "about": task.message, "within": format_duration(task.within)}}


def team_tree(team: Team) -> Tree:
    """A team as it would stand in a file."""
    minutes = team.task / MINUTE
    # A day's end cannot be written as a clock time: who works round the clock says nothing about hours.
    hours: Tree | None = None
    if (team.begin, team.end) != (0, DAY):
        hours = {"from": format_clock(team.begin), "to": format_clock(team.end), "days": team.days}
    return filled(
        people=team.people,
        hours=hours,
        minutes_per_task=int(minutes) if minutes.is_integer() else minutes,
        cost=format_money(team.cost),
    )
