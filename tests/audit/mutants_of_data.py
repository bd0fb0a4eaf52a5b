"""Broken data: strategies that hear what never reached the company."""

from __future__ import annotations

from typing import Any

import numpy as np

from strategies import faults
from strategies.faults import FaultyData
from strategies.hub import Hub
from strategies.ports import site_of
from tests.audit.mutants import Patch, mutant


def _heard_all_the_same(patch: Patch, *reasons: int) -> None:
    """What has one of these fates is logged so, and still becomes known at once."""
    fates, become_known = FaultyData.fates, Hub._become_known

    def kept(self: FaultyData, event: int, customer: Any, time: Any, key: Any) -> Any:
        fate = fates(self, event, customer, time, key)
        heard = np.isin(fate, reasons).nonzero()[0]
        if heard.size:
            who, when, what = customer.take(heard), time.take(heard), key.take(heard)
            money = np.full(heard.size, 500 * 10_000)
            become_known(self.tell.__self__, event, who, when, what, np.zeros(heard.size, np.int64), money)  # type: ignore[attr-defined]
        return fate

    patch.setattr(FaultyData, "fates", kept)


@mutant("faults", "trigger", "exit_on", "goal")
def lost_events_are_heard(patch: Patch) -> None:
    _heard_all_the_same(patch, faults.LOST)


@mutant("faults", "trigger", "exit_on", "goal")
def events_under_another_id_are_heard(patch: Patch) -> None:
    _heard_all_the_same(patch, faults.OTHER_ID)


@mutant("faults", "trigger", "exit_on", "goal")
def late_events_are_heard_at_once(patch: Patch) -> None:
    _heard_all_the_same(patch, faults.IS_LATE)


@mutant("faults", "trigger", "exit_on")
def what_arrives_late_is_logged_and_forgotten(patch: Patch) -> None:
    def deaf(self: Hub, event: int, customer: Any, time: Any, key: Any, category: Any, value: Any, reason: int) -> None:
        self.sink.log_observed(event, customer, time, category, value, reason)

    patch.setattr(Hub, "_arrives", deaf)


@mutant("faults", "waits", "steps")
def lost_clicks_are_heard(patch: Patch) -> None:
    lose = Hub._lose

    def heard(self: Hub, event: int, customer: Any, time: Any, key: Any, payload: Any) -> None:
        lose(self, event, customer, time, key, payload)
        for engine in self.engines:
            chained = ~engine.desk.is_campaign(site_of(payload) - engine.program.first_site)
            engine.reactions.on_message_event(event, customer[chained], time[chained], payload[chained])

    patch.setattr(Hub, "_lose", heard)
