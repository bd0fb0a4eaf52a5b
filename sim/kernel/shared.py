"""Declared shared state: the only way in which customers touch each other.

Within a settlement period everybody sees the value that stood at its beginning; at its end the
value is settled from integer counters.  The path of all values is recorded and can be replayed: then
one more customer, or one more chain, changes nothing for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.agenda import Agenda

Settle = Callable[[int], NDArray[Any]]
"""(time) → the new value, shape of the declared one; also clears the period's counters."""


class SharedState:
    """Shared values of all worlds, their settlement, their recorded path."""

    def __init__(self, replay: Mapping[str, NDArray[Any]] | None = None) -> None:
        self._replay = replay
        self._resources: dict[str, tuple[int, NDArray[Any], Settle]] = {}
        self._path: dict[str, list[NDArray[Any]]] = {}

    def declare(self, name: str, period: int, value: NDArray[Any], settle: Settle) -> NDArray[Any]:
        """A shared value (W, …), settled every ``period`` seconds; returns it (it is changed in place).

        Raises ValueError when the name is taken or the replayed path lacks it.
        """
        if name in self._resources:
            raise ValueError(f"shared state '{name}' is declared twice")
        if self._replay is not None and name not in self._replay:
            raise ValueError(f"the replayed path holds no '{name}'; it has {sorted(self._replay)}")
        self._resources[name] = (period, value, settle)
        self._path[name] = []
        return value

    def shortest_period(self, default: int) -> int:
        """The shortest settlement period, which buckets must divide."""
        return min((period for period, _, _ in self._resources.values()), default=default)

    def start(self, agenda: Agenda, first: int | None = None) -> None:
        """Put the settlements on the agenda, the first one period after its begin unless told."""
        for name, (period, _, _) in self._resources.items():
            agenda.every(period, lambda time, name=name: self._settle(name, time), first)  # type: ignore[misc]

    def _settle(self, name: str, time: int) -> None:
        _, value, settle = self._resources[name]
        new = settle(time)
        if self._replay is not None:
            new = self._replay[name][len(self._path[name])]
        value[...] = new
        self._path[name].append(np.array(new, copy=True))

    def path(self) -> dict[str, NDArray[Any]]:
        """Recorded path: name → (settlements, *shape)."""
        return {name: np.array(values) for name, values in self._path.items() if values}
