"""Sunset: no more messages on a channel to those who gave no sign of life.

Silence lasts since the last sign, and begins no earlier than the consent for the channel and the first message on it:
before there was something to answer, nobody could be silent.
"""

from __future__ import annotations

import numpy as np

from sim.kernel.calendar import NEVER
from sim.kernel.short import some
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import CHANNEL_CODE


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
            if not some(mask):
                continue
            mask &= observed.sends[channel].take(requests.customer) >= sunset.min_sends
            first = observed.first_sent[channel].take(requests.customer)
            mask &= first != NEVER
            since = np.maximum(first, observed.last_sign(sunset.none_of, requests.customer))
            np.maximum(since, observed.consent_date(channel, requests.customer), out=since)
            mask &= since < requests.time - sunset.period
            decisions.drop(mask, "sunset", rule)
