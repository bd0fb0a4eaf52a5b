"""Counts of a few cells out of very many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import greatest, least

Int64s = NDArray[np.int64]

_DENSE = 8
"""Cells that could occur, per entry, up to which it pays to count each of them."""

_LEAST = 100_000
"""So many entries are gathered at least before equal cells are brought together."""


class Tally:
    """How often each cell occurred; memory grows with the cells that occur, not with those that could.

    >>> tally = Tally()
    >>> tally.add(np.array([7, 3, 7]))
    >>> tally.add(np.array([3, 10**12]))
    >>> [column.tolist() for column in tally.cells()]
    [[3, 7, 1000000000000], [2, 2, 1]]
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Int64s, Int64s]] = []
        self._gathered = 0
        self._merged = 0

    def add(self, cells: Int64s) -> None:
        """Count cells, (n,), each as often as it occurs."""
        self._parts.append(_occurring(cells) if cells.size else (cells, cells))
        self._gathered += self._parts[-1][0].size
        if self._gathered > max(2 * self._merged, _LEAST):
            self.cells()

    def cells(self) -> tuple[Int64s, Int64s]:
        """(cells, counts), ascending, each cell once."""
        if len(self._parts) != 1:
            cells, counts = ([part[column] for part in self._parts] for column in (0, 1))
            nothing = np.empty(0, np.int64)
            self._parts = [_counted(np.concatenate([nothing, *cells]), np.concatenate([nothing, *counts]))]
        self._gathered = self._merged = self._parts[0][0].size
        return self._parts[0]


def _occurring(cells: Int64s) -> tuple[Int64s, Int64s]:
    """The cells that occur among at least one, and how often; few that could are counted without sorting."""
    first = least(cells)
    if greatest(cells) - first >= _DENSE * cells.size:
        return _counted(cells, np.ones(cells.size, np.int64))
    counts = np.bincount(cells - first)
    index = counts.nonzero()[0]
    return index + first, counts.take(index)


def _counted(cells: Int64s, counts: Int64s) -> tuple[Int64s, Int64s]:
    """Equal cells brought together."""
    order = cells.argsort(kind="stable")
    cells, counts = cells.take(order), counts.take(order)
    first = np.ones(cells.size, bool)
    np.not_equal(cells[1:], cells[:-1], out=first[1:])
    begins = first.nonzero()[0]
    return cells.take(begins), np.add.reduceat(counts, begins) if begins.size else counts
