"""What changes on a date in mid-run: contact policy, channels, the slot of in-app messages, the sender's domain.

A change takes hold at the beginning of a company day.  What waits is examined anew then, under the new
rules; luck stays what it was, for no key knows of the policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from strategies.contact_policy import ContactPolicy
from strategies.in_app_rules import InAppSlot
from strategies.vocabulary import DAY

if TYPE_CHECKING:
    from strategies.scenario import ChannelSettings, Scenario


@dataclass(frozen=True)
class Sender:
    """The domain that e-mail is sent from.

    ``known``: providers know it from the past.  ``new``: nobody knows it.  ``warmup``: seconds (whole days) over
    which the company raises its daily volume from the share ``first_day`` of its customers to all of them.
    """

    domain: Literal["known", "new"] = "known"
    warmup: int | None = None
    first_day: float = 0.01


KNOWN_DOMAIN = Sender()


@dataclass(frozen=True)
class Change:
    """One change.  ``policy``, ``in_app_slot`` and ``sender`` None: as before; ``channels``: those with new settings.

    ``counters: reset``: caps, gaps and the slot's limits forget what came before; ``keep``: they counted all along.
    ``runs: end`` ends the chain runs in flight.
    """

    on: dt.date
    policy: ContactPolicy | None = None
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    in_app_slot: InAppSlot | None = None
    sender: Sender | None = None
    counters: Literal["keep", "reset"] = "keep"
    runs: Literal["keep", "end"] = "keep"


@dataclass(frozen=True)
class Phase:
    """A stretch of the run under one set of rules, from ``begin`` (seconds) on.  scenario: as it reads then."""

    begin: int
    scenario: Scenario
    counters: Literal["keep", "reset"] = "keep"
    runs: Literal["keep", "end"] = "keep"


def phases(scenario: Scenario) -> tuple[Phase, ...]:
    """The stretches of a scenario's run in order; one that never changes has one."""
    now = replace(scenario, changes=())
    parts = [Phase(0, now)]
    for change in scenario.changes:
        now = replace(
            now,
            policy=now.policy if change.policy is None else change.policy,
            channels={**now.channels, **change.channels},
            in_app_slot=now.in_app_slot if change.in_app_slot is None else change.in_app_slot,
            sender=now.sender if change.sender is None else change.sender,
        )
        parts.append(Phase((change.on - scenario.start).days * DAY, now, change.counters, change.runs))
    return tuple(parts)


def senders(scenario: Scenario) -> Iterator[tuple[int, Sender]]:
    """(first moment, sender) of every domain that the scenario names, in order."""
    yield 0, scenario.sender
    for change in scenario.changes:
        if change.sender is not None:
            yield (change.on - scenario.start).days * DAY, change.sender
