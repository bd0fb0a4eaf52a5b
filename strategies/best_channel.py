"""The best channel of each customer, learned from what was sent and what was clicked, and nothing else.

A channel's share of clicks is (clicks + 1) / (sent + 20): before anything is seen each is credited with one
click in twenty messages, so that a channel without an answer falls behind one that was never tried, and a
click puts it ahead.  Shares are compared in whole numbers, so no rounding decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.asked import asked_fields, parts_of
from strategies.chain_steps import Send
from strategies.observed import Observed
from strategies.scenario import Scenario
from strategies.vocabulary import CHANNELS

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

ENOUGH = 5
"""Messages on the channels of a choice together before it is learned; until then the listed order stands."""
CREDITED_CLICKS, CREDITED_MESSAGES = 1, 20


def learns_channels(scenario: Scenario) -> bool:
    """Does the scenario send by the best channel, or ask about answers by channel?"""
    asked = asked_fields(scenario)
    by_best = any(isinstance(part, Send) and part.best for part in parts_of(scenario))
    return by_best or "best_channel" in asked or any(name.startswith("clicks.") for name in asked)


def counted_opens(scenario: Scenario) -> tuple[int, ...]:
    """Codes of the channels whose opens the scenario asks for."""
    asked = asked_fields(scenario)
    return tuple(code for code, name in enumerate(CHANNELS) if f"opens.{name}" in asked)


def best_of(observed: Observed, customer: Int64s, channels: Int64s, usable: Bools) -> Int64s:
    """Position of each customer's best usable channel: (n,); the first usable one until enough was seen.

    channels: (k, n) codes in the listed order; usable: (k, n).  Where none is usable, position 0.
    """
    sent = observed.channel_sends[channels, customer].astype(np.int64)
    clicks = observed.channel_clicks[channels, customer].astype(np.int64)
    learned = (sent * usable).sum(axis=0) >= ENOUGH
    best: Int64s = usable.argmax(axis=0)
    at = np.arange(customer.size)
    for position in range(1, channels.shape[0]):
        mine = (clicks[position] + CREDITED_CLICKS) * (sent[best, at] + CREDITED_MESSAGES)
        its = (clicks[best, at] + CREDITED_CLICKS) * (sent[position] + CREDITED_MESSAGES)
        best = np.where(learned & usable[position] & (mine > its), position, best)
    return best


def best_anywhere(observed: Observed, customer: Int64s) -> Int64s:
    """Code of each customer's best channel among those with an address; −1 where too little was seen."""
    channels = np.broadcast_to(np.arange(len(CHANNELS))[:, None], (len(CHANNELS), customer.size))
    usable = observed.address[:, customer]
    enough = (observed.channel_sends[:, customer] * usable).sum(axis=0) >= ENOUGH
    clicked = (observed.channel_clicks[:, customer] * usable).sum(axis=0) > 0
    return np.where(enough & clicked, best_of(observed, customer, channels, usable), -1)
