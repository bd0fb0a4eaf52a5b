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

        Columns that the snapshot lacks keep their initial values (a strategy may bring new ones).
        Raises ValueError for a column of the snapshot that nobody allocated here, since state would be
        lost, and for one of another type or shape.
        """
        for name, saved in snapshot.items():
            of_world = name.startswith("world:")
            here = self._world.get(name.removeprefix("world:")) if of_world else self._customer.get(name)
            if here is None:
                raise ValueError(f"the snapshot holds a column '{name}' that has no owner here")
            fits = saved.shape[1:] == here.shape[1:] if of_world else saved.shape[:-1] == here.shape[:-1]
            if saved.dtype != here.dtype or not fits or (not of_world and saved.shape[-1] % self.customers):
                raise ValueError(
                    f"column '{name}' is {saved.dtype} {saved.shape} in the snapshot, {here.dtype} {here.shape} here"
                )
            if of_world:
                here[...] = saved[source]
                continue
            lead = here.shape[:-1]
            there = saved.reshape(*lead, -1, self.customers)
            here.reshape(*lead, self.worlds, self.customers)[...] = there[..., source, :]
