"""How many contacts of a run were resolved on each channel: what tells the keys of its contacts apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from strategies.runs import RunTable
from strategies.vocabulary import CHANNELS

Int64s = NDArray[np.int64]

_CONTACT = luck.purpose("strategies.contact")
_SHIFT = (np.arange(len(CHANNELS)) * 8).astype(np.uint64)
"""(channels,) where a channel's number stands in ``runs.ordinals``."""
_ONE = np.uint64(1) << _SHIFT
_NUMBER = np.array(0xFF, np.uint64)


def contact_keys(runs: RunTable, run: Int64s, channel: Int64s) -> luck.Keys:
    """(n,) key of each run's next contact on a channel: told by the number of those resolved there so far."""
    number = runs.ordinals.take(run) >> _SHIFT.take(channel) & _NUMBER
    number |= (channel << 8).astype(np.uint64)
    return luck.same_child(runs.key.take(run), _CONTACT, number)


def count_resolved(runs: RunTable, run: Int64s, channel: Int64s) -> None:
    """Contacts of different runs were decided for good: the next one on the channel has the next number."""
    runs.ordinals[run] += _ONE.take(channel)
