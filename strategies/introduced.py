"""What a company learns of a customer by a form or a contract, as one number.

From the low bit: 8 bits addresses by channel, 8 bits service consents, 8 bits marketing consents, then sex (2 bits),
age (8), birthday (10) and the day on which a paid subscription ends (19, days since 1970), each plus one, so that 0
says nothing.  Which of the marketing consents count, :mod:`strategies.permissions` says.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.observed import Observed
from strategies.vocabulary import CHANNELS

Int64s = NDArray[np.int64]

_CHANNEL_BITS = len(CHANNELS)
_FIELDS = (("sex", 2), ("age", 8), ("birthday", 10), ("subscription_ends", 19))
_CONSENTS, _FIRST_FIELD = 2 * _CHANNEL_BITS, 3 * _CHANNEL_BITS


def pack_facts(
    address: Int64s, service: Int64s, marketing: Int64s | None = None, **told: NDArray[np.integer]
) -> Int64s:
    """Facts of customers: bits of addresses and consents by channel (None: no consent); the others (-1 unknown)."""
    facts = address.astype(np.int64) | (service.astype(np.int64) << _CHANNEL_BITS)
    if marketing is not None:
        facts |= marketing.astype(np.int64) << _CONSENTS
    shift = _FIRST_FIELD
    for name, bits in _FIELDS:
        if name in told:
            facts |= (told[name].astype(np.int64) + 1) << shift
        shift += bits
    return facts


def told_consents(facts: Int64s) -> Int64s:
    """Bits of the marketing consents by channel."""
    return (facts >> _CONSENTS) & ((1 << _CHANNEL_BITS) - 1)


def introduce(observed: Observed, customer: Int64s, facts: Int64s) -> None:
    """Enter what was told into the observed profile, but for marketing consents; what it says nothing of stays."""
    for channel in range(_CHANNEL_BITS):
        for shift, known in ((channel, observed.address), (_CHANNEL_BITS + channel, observed.service_consent)):
            known[channel, customer] |= ((facts >> shift) & 1) == 1
    shift = _FIRST_FIELD
    for name, bits in _FIELDS:
        value = ((facts >> shift) & ((1 << bits) - 1)) - 1
        index = (value >= 0).nonzero()[0]
        if index.size:
            getattr(observed, name)[customer.take(index)] = value.take(index)
        shift += bits
