"""The key ``base``: for how many real customers the amounts of a scenario are meant."""

from __future__ import annotations

from collections.abc import Iterator

from strategies.language.reader import Scalar, Value, whole
from strategies.language.records import Keys
from strategies.scenario import Scenario

CUSTOMERS: Scalar[int] = whole(at_least=1, at_most=1_000_000_000)

_AMOUNTS = ("platform_cost", "production_cost", "contact_policy.budget", "brief.budget")
"""A file that states one of these is told that it lacks a base; a provider's limit alone seldom binds anybody."""


def remark_missing_base(keys: Keys, scenario: Scenario) -> None:
    """Amounts that somebody means for a real base, in a scenario that does not say how large it is."""
    if scenario.base:
        return
    amounts = [(name, value) for name in _AMOUNTS if (value := _at(keys.value, name)) is not None]
    if (teams := keys.value.child("teams")) is not None and teams.node.entries:
        amounts.append(("teams", teams))
    if amounts:
        amounts += _limits(keys.value)
        named = ", ".join(name for name, _ in amounts)
        first = min((value for _, value in amounts), key=lambda value: value.node.mark)
        first.remark(
            f"{named}: taken for the simulated customers, however many --customers says, since no 'base' is stated; "
            "state the customers that this is meant for, such as base: 120000"
        )


def _limits(root: Value) -> Iterator[tuple[str, Value]]:
    """Limits of providers."""
    channels = root.child("channels")
    for name in channels.node.entries if channels else ():
        if (value := _at(root, f"channels.{name}.throughput")) is not None:
            yield f"channels.{name}.throughput", value


def _at(root: Value, path: str) -> Value | None:
    """The value at a path of keys."""
    value: Value | None = root
    for name in path.split("."):
        value = value.child(name) if value else None
    return value
