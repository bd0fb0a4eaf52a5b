"""Teams of people and the tasks that chains give them."""

from __future__ import annotations

from typing import Literal

from strategies.action_steps import Action, GiveTask, GiveWork, Team
from strategies.language.emit import Tree, filled
from strategies.language.nodes import Node, walk
from strategies.language.reader import Choice, Named, Reader, number, whole
from strategies.language.records import Keys, Record
from strategies.language.units import CLOCK, MONEY, NAME, POSITIVE_DURATION, format_clock, format_duration, format_money
from strategies.language.words import MESSAGE, PURPOSE
from strategies.vocabulary import DAY, MINUTE

DAYS: Reader[Literal["all", "working"]] = Choice(("all", "working"))
DO: Reader[Literal["call", "work"]] = Choice(("call", "work"))
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
    cost = keys.get("cost", MONEY, 0, "cost of one task done: of a call made, answered or not")
    return Team(keys.value.path.rpartition(".")[2], people, begin, end, days, round(minutes * MINUTE), cost)


TEAM: Reader[Team] = Record("team", _team, "a mapping such as {people: 3}")


def task_reader(prefix: str) -> Reader[Action]:
    """Reads ``{to: sales, do: call, about: message, within: 1d}``; ``prefix`` is left out of the step's path."""

    def task(keys: Keys) -> Action | None:
        team = keys.need("to", Named("team"), "", "the team")
        do = keys.need("do", DO, None, "call the customer, or work that the customer notices nothing of")
        about = "the message whose topic, purpose and offer the call is about"
        message = keys.get("about", MESSAGE, "", about)
        name = keys.get("name", NAME, "", "what the work is called")
        minutes = keys.get("minutes", MINUTES, None, "how long the work takes one of them, else minutes_per_task")
        cost = keys.get("cost", MONEY, None, "cost of the work once it is done, else that of the team")
        purpose = keys.get("purpose", PURPOSE, "service", "what the work is for, as of a message")
        within = keys.need("within", POSITIVE_DURATION, 0, "how long the task is worth doing")
        path = keys.value.path.removeprefix(prefix).removesuffix(".task")
        _says_what(keys, do)
        if not team or not within:
            return None
        if do == "work":
            seconds = None if minutes is None else round(minutes * MINUTE)
            return GiveWork(team, name, within, purpose, seconds, cost, path) if name else None
        return GiveTask(team, message, within, path) if message else None

    return Record("task", task, "a mapping such as {to: sales, do: call, about: message, within: 1d}")


_OF_WORK = dict.fromkeys(("minutes", "cost", "purpose"), ("name",))


def _says_what(keys: Keys, do: Literal["call", "work"] | None) -> None:
    """A call is about a message, work has a name; nothing is missed while it is not known which of them it is."""
    wanted, other = ("name", "about") if do == "work" else ("about", "name")
    kind = keys.one_of(("about", "name"), "the message of a call or the name of the work", "", "", _OF_WORK)
    if do is None:
        return
    if kind == other:
        keys.complain(other, f"{keys.value.path}: found '{other}' with 'do: {do}', expected '{wanted}'")
    elif kind is None and not keys.has(wanted):
        keys.need_also(wanted, NAME.expected if do == "work" else MESSAGE.expected)


def work_names(chains: Node) -> tuple[str, ...]:
    """Names of the work that chains give teams, read leniently."""
    tasks = (node.entries["task"][1] for node in walk(chains) if "task" in node.entries)
    named = (task.entries["name"][1] for task in tasks if "name" in task.entries)
    return tuple(dict.fromkeys(str(name.value) for name in named if name.kind == "text"))


def task_tree(task: GiveTask) -> Tree:
    """A call as it would stand in a file."""
    return {"task": {"to": task.team, "do": "call", "about": task.message, "within": format_duration(task.within)}}


def work_tree(work: GiveWork) -> Tree:
    """Work as it would stand in a file."""
    return {
        "task": filled(
            to=work.team,
            do="work",
            name=work.name,
            minutes=None if work.seconds is None else _minutes(work.seconds),
            cost=None if work.cost is None else format_money(work.cost),
            purpose=work.purpose,
            within=format_duration(work.within),
        )
    }


def _minutes(seconds: int) -> int | float:
    minutes = seconds / MINUTE
    return int(minutes) if minutes.is_integer() else minutes


def team_tree(team: Team) -> Tree:
    """A team as it would stand in a file."""
    # A day's end cannot be written as a clock time: who works round the clock says nothing about hours.
    hours: Tree | None = None
    if (team.begin, team.end) != (0, DAY):
        hours = {"from": format_clock(team.begin), "to": format_clock(team.end), "days": team.days}
    return filled(
        people=team.people,
        hours=hours,
        minutes_per_task=_minutes(team.task),
        cost=format_money(team.cost),
    )
