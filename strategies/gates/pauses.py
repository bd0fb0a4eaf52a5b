"""Pauses: silence after a key action of the customer, and on other channels after an answer on one.

Nobody displaces what waits for a customer's own action; an answer was given to the message of a chain or campaign.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER, next_minute
from strategies.contact_policy import PauseAfter, QuietElsewhere
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Pauses:
    """``pause_after``: no message of some purposes for a while after an event."""

    def __init__(self, ground: Ground, row: PauseAfter) -> None:
        self.ground = ground
        self.row = row
        self.events = [(EVENT_CODE[event], period, ground.rule(f"pause_after.{event}")) for event, period in row.events]
        self.signals = [
            (signal, period, ground.rule(f"pause_after.also[{place}]"))
            for place, (signal, period) in enumerate(row.signals)
        ]

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what falls into a pause."""
        sites, row = self.ground.sites, self.row
        bound = decisions.open & sites.obeys("pauses", requests.site)
        bound &= sites.has_purpose(row.purposes).take(requests.site)
        for event, period, rule in self.events:
            last = self.ground.observed.last_of(event).take(requests.customer)
            until = last.astype(np.int64) + period
            self._block(bound, until, rule, requests, decisions)
        for signal, period, rule in self.signals:
            until = self.ground.signal_times.last(signal, requests.customer) + period
            self._block(bound, until, rule, requests, decisions)

    def _block(self, bound: Bools, until: Int64s, rule: int, requests: Requests, decisions: Decisions) -> None:
        mask = bound & (until > requests.time)
        if mask.any():
            decisions.block(mask, "pause", rule, self.row.then, next_minute(until))


class Elsewhere:
    """``quiet_elsewhere_after``: who answered on one channel is left alone on the others for a while.

    An open by a privacy proxy is no answer.
    """

    def __init__(self, ground: Ground, row: QuietElsewhere) -> None:
        self.ground = ground
        self.row = row
        self.channels = np.unique(ground.sites.channel)
        shape = (self.channels.size, ground.customers)
        self.events = [
            (period, ground.rule(f"quiet_elsewhere_after.{event}"), EVENT_CODE[event]) for event, period in row.events
        ]
        self.answered = {event: np.full(shape, NEVER, np.int32) for _, _, event in self.events}
        """Event → (channels in use, customers) int32, when the customer last answered so."""
        self.asked_by = {event: np.full(shape, -1, np.int16) for _, _, event in self.events}
        """Event → (channels in use, customers) int16, whose message that was."""

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what would come by another channel."""
        sites, row = self.ground.sites, self.row
        bound = decisions.open & sites.obeys("pauses", requests.site)
        bound &= sites.has_purpose(row.purposes).take(requests.site)
        if not bound.any():
            return
        local, channel = self.ground.local(requests.customer), sites.channel.take(requests.site)
        for period, rule, event in self.events:
            until = self.last_elsewhere(event, local, channel) + period
            mask = bound & (until > requests.time)
            if mask.any():
                index = (mask & decisions.open).nonzero()[0]
                decisions.displaced_by[index] = self.answered_whom(event, local.take(index), channel.take(index))
                decisions.block(mask, "pause", rule, row.then, next_minute(until))

    def last_elsewhere(self, event: int, local: Int64s, channel: Int64s) -> Int64s:
        """(n,) last answer on another channel than ``channel``; NEVER for none."""
        last = np.full(local.size, NEVER, np.int64)
        for times, other in zip(self.answered[event], self.channels.tolist(), strict=True):
            last = np.maximum(last, np.where(channel == other, NEVER, times.take(local)))
        return last

    def answered_whom(self, event: int, local: Int64s, channel: Int64s) -> Int64s:
        """(n,) whose message was answered last on another channel than ``channel``; -1 for none."""
        times = np.where(self.channels[:, None] == channel, NEVER, self.answered[event].take(local, axis=1))
        row = times.argmax(axis=0)
        whom = self.asked_by[event][row, local].astype(np.int64)
        return np.where(times[row, np.arange(local.size)] == NEVER, -1, whom)

    def hear(self, event: int, customer: Int64s, time: Int64s, site: Int64s) -> None:
        """Customers answered messages."""
        if event in self.answered:
            place = np.searchsorted(self.channels, self.ground.sites.channel.take(site)), self.ground.local(customer)
            self.answered[event][place] = time
            self.asked_by[event][place] = self.ground.sites.chain.take(site)
