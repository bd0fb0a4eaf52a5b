"""What costs money at every provider, and a scenario that uses it without a price."""

from __future__ import annotations

from strategies.action_steps import GiveTask, GiveWork
from strategies.changes import phases
from strategies.scenario import ChannelSettings, Scenario
from strategies.step_tree import sends, steps_within

PAID: dict[str, str] = {"sms": "{cost: 4.5}", "whatsapp": "{cost: 5}"}
"""Channels whose messages cost money at every provider, with an example of their settings (that of the ready
strategies).  Mails, pushes, banners and messages of a bot cost next to nothing each."""


def calling(scenario: Scenario) -> tuple[str, ...]:
    """Teams that some chain asks for calls."""
    steps = (step for chain in scenario.chains for step in steps_within(chain.steps))
    return tuple(dict.fromkeys(step.team for step in steps if isinstance(step, GiveTask)))


def working(scenario: Scenario) -> tuple[str, ...]:
    """Teams that some chain asks for other work without a price of its own, and none for calls."""
    steps = (step for chain in scenario.chains for step in steps_within(chain.steps))
    asked = dict.fromkeys(step.team for step in steps if isinstance(step, GiveWork) and step.cost is None)
    return tuple(name for name in asked if name not in calling(scenario))


def is_free(channel: str, settings: ChannelSettings) -> bool:
    """Whether messages of a channel cost nothing that cost money at every provider."""
    return channel in PAID and not settings.cost and not settings.template_cost


def unpriced(scenario: Scenario) -> tuple[str, ...]:
    """Channels of the scenario that cost nothing in some stretch of the run, and teams whose calls or work do."""
    used = {channel for send in sends(scenario) for channel in send.channels}
    stretches = [phase.scenario.channels for phase in phases(scenario)]
    channels = [
        name for name in PAID if name in used and any(name in now and is_free(name, now[name]) for now in stretches)
    ]
    free = [team.name for team in scenario.teams if not team.cost]
    calls = [f"calls by {name}" for name in free if name in calling(scenario)]
    return (*channels, *calls, *(f"work of {name}" for name in free if name in working(scenario)))
