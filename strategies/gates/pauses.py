"""Pauses: silence after a key action of the customer, and on other channels after an answer on one.

Nobody displaces what waits for a customer's own action; an answer was given to the message of a chain or campaign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, NEVER
from sim.kernel.short import some
from strategies.contact_policy import PauseAfter, QuietElsewhere
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.signals import Signal
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_BEFORE_ALL = np.iinfo(np.int64).min


@dataclass(frozen=True)
class _Pause:
    """One row at work.  scope: (sites,) bool, the sites that it speaks of; until: codes of what ends it.

    begins: each event (code) or signal that begins it, how long it lasts then, and the rule's code.
    """

    row: PauseAfter
    scope: Bools
    begins: tuple[tuple[int | Signal, int, int], ...]
    until: tuple[int, ...]


class Pauses:
    """``pause_after``: no contact of some kind for a while after an event, or until another one.

    ended_by: event (code) → rules whose pauses it ends before their time.
    """

    def __init__(self, ground: Ground, rows: tuple[PauseAfter, ...]) -> None:
        self.ground = ground
        self.rows = [self._pause(row) for row in rows]
        rules: dict[int, list[int]] = {}
        for pause in self.rows:
            for event in pause.until:
                rules.setdefault(event, []).extend(rule for _, _, rule in pause.begins)
        self.ended_by = {event: np.array(sorted(set(codes)), np.int64) for event, codes in rules.items()}

    def _pause(self, row: PauseAfter) -> _Pause:
        rule = self.ground.rule
        events = ((EVENT_CODE[event], period, rule(f"{row.name}.{event}")) for event, period in row.events)
        signals = (
            (signal, period, rule(f"{row.name}.also[{place}]")) for place, (signal, period) in enumerate(row.signals)
        )
        until = tuple(EVENT_CODE[event] for event in row.until)
        return _Pause(row, self.ground.sites.in_scope(row.scope), (*events, *signals), until)

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what falls into a pause."""
        obeys = self.ground.sites.obeys("pauses", requests.site)
        for pause in self.rows:
            bound = decisions.open & obeys & pause.scope.take(requests.site)
            if not some(bound):
                continue
            if pause.row.scope.segments:
                bound &= self.ground.in_segments(pause.row.scope.segments, requests.customer, requests.time)
            ended = self._last_of(pause.until, requests.customer)
            for begins, period, rule in pause.begins:
                last = self._last(begins, requests.customer)
                mask = bound & (last + period > requests.time) & (last > ended)
                if some(mask):
                    again = last + period
                    if pause.until:  # runs are woken when it ends; a campaign's contact looks again after a day
                        again = np.where(requests.run == 0, np.minimum(again, requests.time + DAY), again)
                    decisions.block(mask, "pause", rule, pause.row.then, again, pause.row.for_at_most)

    def _last(self, begins: int | Signal, customer: Int64s) -> Int64s:
        if isinstance(begins, Signal):
            return self.ground.signal_times.last(begins, customer)
        return self.ground.observed.last_of(begins).take(customer).astype(np.int64)

    def _last_of(self, events: tuple[int, ...], customer: Int64s) -> Int64s:
        """(n,) when one of the events last came, less than any time for never."""
        last = np.full(customer.size, _BEFORE_ALL, np.int64)
        for event in events:
            last = np.maximum(last, self._last(event, customer))
        return last


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
        if not some(bound):
            return
        local, channel = self.ground.local(requests.customer), sites.channel.take(requests.site)
        for period, rule, event in self.events:
            until = self.last_elsewhere(event, local, channel) + period
            mask = bound & (until > requests.time)
            if some(mask):
                index = (mask & decisions.open).nonzero()[0]
                decisions.displaced_by[index] = self.answered_whom(event, local.take(index), channel.take(index))
                decisions.block(mask, "pause", rule, row.then, until)

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
