"""The key ``base``: for how many real customers the amounts of a scenario are meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from strategies.language.nodes import Node
from strategies.language.problems import problem_at
from strategies.language.reader import Reading, Scalar, Value, whole
from strategies.language.records import Keys
from strategies.scenario import Scenario
from strategies.shares import asked_teams

CUSTOMERS: Scalar[int] = whole(at_least=1, at_most=1_000_000_000)

Said = Callable[[str], bool]

_AMOUNTS = ("platform_cost", "production_cost", "contact_policy.budget", "brief.budget")
"""A file that states one of these is told that it lacks a base; a provider's limit alone seldom binds anybody."""


def remark_missing_base(keys: Keys, scenario: Scenario) -> None:
    """Amounts that somebody means for a real base, in a scenario that does not say how large it is."""
    if scenario.base:
        return
    amounts = [(name, value) for name in _AMOUNTS if (value := _amount(keys.value, name)) is not None]
    teams = keys.value.child("teams")
    if teams is not None and teams.node.entries.keys() & asked_teams(scenario):
        amounts.append(("teams", teams))
    if amounts:
        amounts += _limits(keys.value)
        named = ", ".join(name for name, _ in amounts)
        first = min((value for _, value in amounts), key=lambda value: value.node.mark)
        first.remark(
            f"{named}: taken for the simulated customers, however many --customers says, since no 'base' is stated; "
            "state the customers that this is meant for, such as base: 120000"
        )


def remark_other_base(before: Node, own: Value, reading: Reading, said: Said) -> None:
    """Amounts that stay what they were for another base.

    before: the tree that the new base is written over.  own: the new base.  said: whether what is written over that
    tree states anew what stands at a path of keys.
    """
    root = Value(before, "", Reading())
    was = root.child("base")
    if was is None or was.node.value == own.node.value or not isinstance(was.node.value, int):
        return
    amounts = [name for name in _AMOUNTS if _amount(root, name) is not None]
    teams = root.child("teams")
    amounts += [f"teams.{name}" for name in (teams.node.entries if teams else ())]
    amounts += [name for name, _ in _limits(root)]
    kept = [name for name in amounts if not said(name)]
    if kept:
        text = (
            f"base: {', '.join(kept)} stay{'s' if len(kept) == 1 else ''} as for {was.node.value:,} customers; state "
            "them anew where they are meant to grow with the base"
        )
        reading.remarks.append(problem_at(own.node.mark, text))


def _limits(root: Value) -> Iterator[tuple[str, Value]]:
    """Limits of providers."""
    channels = root.child("channels")
    for name in channels.node.entries if channels else ():
        if (value := _at(root, f"channels.{name}.throughput")) is not None:
            yield f"channels.{name}.throughput", value


def _amount(root: Value, path: str) -> Value | None:
    """The amount at a path of keys; an empty list states none."""
    value = _at(root, path)
    return None if value is None or (value.node.kind == "list" and not value.node.items) else value


def _at(root: Value, path: str) -> Value | None:
    """The value at a path of keys."""
    value: Value | None = root
    for name in path.split("."):
        value = value.child(name) if value else None
    return value
