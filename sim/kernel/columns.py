"""Columns of customer state: allocated by name by their one owner, forked and saved as a whole.

Worlds are stacked along the customer axis: customer ``i`` of world ``w`` stands at ``w * n + i``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Snapshot = dict[str, NDArray[Any]]


class Columns:
    """The state of all customers of W stacked worlds of ``customers`` each, and of the worlds themselves."""

    def __init__(self, worlds: int, customers: int) -> None:
        self.worlds = worlds
        self.customers = customers
        self.size = worlds * customers
        self._customer: Snapshot = {}
        self._world: Snapshot = {}

    def add(self, name: str, dtype: DTypeLike, fill: Any = 0, rows: int = 0) -> NDArray[Any]:
        """A new customer column: (N,), or (rows, N) when ``rows`` is given.  Raises ValueError on a known name."""
        shape = (rows, self.size) if rows else (self.size,)
        return self._new(self._customer, name, np.full(shape, fill, dtype))

    def add_world(self, name: str, dtype: DTypeLike, fill: Any = 0, columns: int = 0) -> NDArray[Any]:
        """A new world column: (W,), or (W, columns)."""
        shape = (self.worlds, columns) if columns else (self.worlds,)
        return self._new(self._world, name, np.full(shape, fill, dtype))

    def _new(self, table: Snapshot, name: str, array: NDArray[Any]) -> NDArray[Any]:
        if name in self._customer or name in self._world:
            raise ValueError(f"column '{name}' already has an owner")
        table[name] = array
        return array

    def world_of(self, customer: NDArray[np.int64]) -> NDArray[np.int64]:
        """World of each stacked customer."""
        return customer // self.customers

    def snapshot(self) -> Snapshot:
        """All columns by name, worlds' columns prefixed ``world:`` (no copies)."""
        return {**self._customer, **{f"world:{name}": array for name, array in self._world.items()}}

    def restore(self, snapshot: Mapping[str, NDArray[Any]], source: NDArray[np.int64]) -> None:
        """Fill every column from a snapshot: world ``w`` here becomes a copy of world ``source[w]`` there.

        Columns that the snapshot lacks keep their initial values (a strategy may bring new ones);
        a snapshot column that nobody allocated here raises KeyError, since state would be lost.
        """
        for name, saved in snapshot.items():
            if name.startswith("world:"):
                self._world[name.removeprefix("world:")][...] = saved[source]
                continue
            here = self._customer[name]
            lead = here.shape[:-1]
            there = saved.reshape(*lead, -1, self.customers)
            here.reshape(*lead, self.worlds, self.customers)[...] = there[..., source, :]
