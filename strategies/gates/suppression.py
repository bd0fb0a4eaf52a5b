"""Sunset: no more messages on a channel to those who gave no sign of life.

Silence lasts since the last sign, and begins no earlier than the consent for the channel and the first message on it:
before there was something to answer, nobody could be silent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from strategies.contact_policy import Sunset
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import CHANNEL_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Suppression:
    """The rows of ``sunset``."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows = [(row, ground.rule(f"sunset[{number}]")) for number, row in enumerate(ground.policy.sunset)]

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what would go to the inactive."""
        sites = self.ground.sites
        for sunset, rule in self.rows:
            channel = CHANNEL_CODE[sunset.channel]
            bound = decisions.open & (sites.channel.take(requests.site) == channel)
            index = (bound & sites.obeys("suppression", requests.site)).nonzero()[0]
            if index.size:
                silent = self._silent(sunset, channel, requests.customer.take(index), requests.time.take(index))
                decisions.drop_at(index[silent], "sunset", rule)

    def _silent(self, sunset: Sunset, channel: int, customer: Int64s, time: Int64s) -> Bools:
        """(n,) who was written to often enough on the channel and gave none of the signs for long enough."""
        observed = self.ground.observed
        first = observed.first_sent[channel].take(customer)
        since = np.maximum(first, observed.last_sign(sunset.none_of, customer))
        np.maximum(since, observed.consent_date(channel, customer), out=since)
        written = (observed.sends[channel].take(customer) >= sunset.min_sends) & (first != NEVER)
        silent: Bools = written & (since < time - sunset.period)
        return silent
