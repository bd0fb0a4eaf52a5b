"""Refusals of all worlds: why chains were not entered, a row for each customer, chain and reason.

A run may refuse entry many times as often as it logs anything, so refusals are counted and not logged one by one;
the first and the last moment are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.vocabulary import REFUSALS

Int64s = NDArray[np.int64]
_Columns = tuple[Int64s, Int64s, Int64s, Int64s]
"""(cell, count, first, last), each cell once, ascending."""

_PARTS = 256
"""Parts of a condition that are told apart; later ones count as the last of them."""
_AT_ONCE = 100_000
"""So many refusals are gathered at least before equal ones are brought together."""


class RefusalTally:
    """Counts refusals by customer, chain, reason and part.  chains: of all arms."""

    def __init__(self, chains: int) -> None:
        self._chains = chains
        nothing = np.empty(0, np.int64)
        self._merged: _Columns = (nothing, nothing, nothing, nothing)
        self._noted: list[tuple[Int64s, Int64s]] = []
        self._waiting = 0

    def add(self, customer: Int64s, time: Int64s, chain: int, reason: NDArray[Any] | int, part: int) -> None:
        """One refusal each.  customer: (n,) stacked; time: (n,) seconds; chain counts over all arms."""
        cell = (customer * self._chains + chain) * len(REFUSALS) + reason
        self._noted.append((cell * _PARTS + min(part, _PARTS - 1), time))
        self._waiting += customer.size
        if self._waiting > max(2 * self._merged[0].size, _AT_ONCE):
            self._merge()

    def _merge(self) -> None:
        cell, count, first, last = self._merged
        cells = np.concatenate([cell, *(noted for noted, _ in self._noted)])
        times = [time for _, time in self._noted]
        counts = np.concatenate([count, np.ones(self._waiting, np.int64)])
        firsts, lasts = np.concatenate([first, *times]), np.concatenate([last, *times])
        self._noted, self._waiting = [], 0
        order = cells.argsort(kind="stable")
        cells = cells.take(order)
        begins = np.flatnonzero(np.diff(cells, prepend=-1))
        if begins.size:
            self._merged = (
                cells.take(begins),
                np.add.reduceat(counts.take(order), begins),
                np.minimum.reduceat(firsts.take(order), begins),
                np.maximum.reduceat(lasts.take(order), begins),
            )

    def table(self, per_world: int) -> dict[str, NDArray[Any]]:
        """(m,) arrays, sorted by customer, chain, reason and part.

        ``world`` int32, ``customer`` int64 within the world, ``chain`` int16, ``reason`` uint8 (code of
        :data:`strategies.vocabulary.REFUSALS`), ``part`` int16, ``count`` int64, ``first`` and ``last`` int64 seconds.

        >>> tally = RefusalTally(chains=2)
        >>> for time in (50, 20, 90):
        ...     tally.add(np.array([11]), np.array([time]), 1, 4, 2)
        >>> [column.item() for column in tally.table(per_world=10).values()]
        [1, 1, 1, 4, 2, 3, 20, 90]
        """
        self._merge()
        cell, count, first, last = self._merged
        rest, part = np.divmod(cell, _PARTS)
        rest, reason = np.divmod(rest, len(REFUSALS))
        stacked, chain = np.divmod(rest, max(self._chains, 1))
        world, customer = np.divmod(stacked, per_world)
        return {
            "world": world.astype(np.int32),
            "customer": customer,
            "chain": chain.astype(np.int16),
            "reason": reason.astype(np.uint8),
            "part": part.astype(np.int16),
            "count": count,
            "first": first,
            "last": last,
        }
