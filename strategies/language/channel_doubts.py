"""Channels without a price, and messages at night: told by ``crmsim check`` (:mod:`strategies.language.doubts`)."""

from __future__ import annotations

from strategies.language.reader import Value
from strategies.prices import PAID, calling, working
from strategies.scenario import Scenario
from strategies.step_tree import sends, sends_of, steps_within
from strategies.vocabulary import IN_APP

SILENT = ("email", IN_APP)
"""Channels that wake nobody."""


def channel_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about channels and teams that a scenario uses.  value: the whole scenario as written."""
    used = tuple(dict.fromkeys(channel for send in sends(scenario) for channel in send.channels))
    for written in (value, *(value.child("changes") or value).items()):
        _without_a_price(written, used)
    _tasks_without_a_price(value, calling(scenario), "calls cost", "call")
    _tasks_without_a_price(value, working(scenario), "work costs", "task")
    _at_night(value, scenario, used)


def _without_a_price(written: Value, used: tuple[str, ...]) -> None:
    """Channels of a scenario or of a change that cost money everywhere and name no price."""
    channels = written.child("channels")
    for name in PAID if channels is not None else ():
        settings = channels.child(name) if channels is not None else None
        if settings is not None and name in used and not settings.node.entries.keys() & {"cost", "template_cost"}:
            settings.remark(
                f"{settings.path}: costs nothing, so all that it brings looks like profit, and every provider takes "
                f"money for each message; expected its price, such as {PAID[name]}, or {{cost: 0}} where it is free"
            )


def _tasks_without_a_price(value: Value, names: tuple[str, ...], cost: str, one: str) -> None:
    teams = value.child("teams")
    for name in names if teams is not None else ():
        team = teams.child(name) if teams is not None else None
        if team is not None and team.child("cost") is None:
            team.remark(
                f"{team.path}: its {cost} nothing, so all that {'they bring' if one == 'call' else 'it brings'} looks "
                f"like profit; expected the cost of one {one}, such as cost: 120, or cost: 0 where it is paid elsewhere"
            )


def _at_night(value: Value, scenario: Scenario, used: tuple[str, ...]) -> None:
    """Messages that ring, in a policy without a word on the night."""
    steps = (step for chain in scenario.chains for step in steps_within(chain.steps))
    in_chains = {channel for step in steps for send in sends_of(step) for channel in send.channels}
    ringing = [name for name in used if name not in SILENT and name in in_chains]
    written = value.child("contact_policy")
    spoken = written is not None and written.node.entries.keys() & {"quiet_hours", "send_window"}
    if ringing and not spoken:
        (written or value.child("channels") or value).remark(
            f"contact_policy: nothing keeps {', '.join(ringing)} from going out at night; expected quiet_hours such as "
            '{from: "22:00", to: "09:00"}, or quiet_hours: [] where that is meant'
        )
