"""Who has a run on, by chain: a bit for each customer and chain, since every entry asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_WORD = 64


class Busy:
    """Which of an arm's customers have a live run of a chain, for chains with one run at a time.

    several: (chains,) whether a chain may have several runs of a customer at once; of such nothing is kept.

    >>> busy = Busy([False, True], customers=3)
    >>> busy.begin(0, np.array([2]))
    >>> busy.has(0, np.array([0, 2])).tolist()
    [False, True]
    >>> busy.end(np.array([0, 1]), np.array([2, 0]))
    >>> busy.has(0, np.array([2])).tolist()
    [False]
    """

    def __init__(self, several: Sequence[bool], customers: int) -> None:
        chains = np.arange(max(len(several), 1))
        self._bits = np.zeros(-(-chains.size // _WORD) * customers, np.uint64)
        """Flat: a word of 64 chains after the other, each for all customers."""
        self._word = chains // _WORD * customers
        self._bit = np.uint64(1) << (chains % _WORD).astype(np.uint64)
        self._bit[: len(several)][np.array(several, bool)] = 0

    def knows(self, chain: int) -> bool:
        """Whether it is kept who has a run of the chain on."""
        return bool(self._bit[chain])

    def has(self, chain: int, local: Int64s) -> Bools:
        """(n,) whether customers have a run of the chain on."""
        busy: Bools = (self._bits.take(self._word[chain] + local) & self._bit[chain]) != 0
        return busy

    def begin(self, chain: int, local: Int64s) -> None:
        """Runs of different customers begin."""
        self._bits[self._word[chain] + local] |= self._bit[chain]

    def end(self, chain: NDArray[np.integer], local: Int64s) -> None:
        """Runs of different customers end.  chain: (n,)."""
        self._bits[self._word.take(chain) + local] &= ~self._bit.take(chain)
