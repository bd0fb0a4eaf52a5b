"""Sunset: no more messages on a channel to those who gave no sign of life."""

from __future__ import annotations

from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import CHANNEL_CODE, EVENT_CODE


class Suppression:
    """The rows of ``sunset``."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows = [(row, ground.rule(f"sunset[{number}]")) for number, row in enumerate(ground.policy.sunset)]

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what would go to the inactive."""
        sites, observed = self.ground.sites, self.ground.observed
        for sunset, rule in self.rows:
            channel = CHANNEL_CODE[sunset.channel]
            mask = decisions.open & (sites.channel.take(requests.site) == channel)
            mask &= sites.obeys("suppression", requests.site)
            mask &= observed.sends[channel].take(requests.customer) >= sunset.min_sends
            for event in sunset.none_of:
                last = observed.last_of(EVENT_CODE[event]).take(requests.customer)
                mask &= last < requests.time - sunset.period
            decisions.drop(mask, "sunset", rule)
