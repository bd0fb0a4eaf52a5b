"""Pauses: silence after a key action of the customer."""

from __future__ import annotations

import numpy as np

from sim.kernel.calendar import next_minute
from strategies.contact_policy import PauseAfter
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import EVENT_CODE


class Pauses:
    """``pause_after``: no message of some purposes for a while after an event."""

    def __init__(self, ground: Ground, row: PauseAfter) -> None:
        self.ground = ground
        self.row = row
        self.events = [(EVENT_CODE[event], period, ground.rule(f"pause_after.{event}")) for event, period in row.events]

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what falls into a pause."""
        sites, row = self.ground.sites, self.row
        bound = decisions.open & sites.obeys("pauses", requests.site)
        bound &= sites.has_purpose(row.purposes).take(requests.site)
        for event, period, rule in self.events:
            last = self.ground.observed.last_of(event).take(requests.customer)
            until = last.astype(np.int64) + period
            mask = bound & (until > requests.time)
            if mask.any():
                decisions.block(mask, "pause", rule, row.then, next_minute(until))
