"""Declared shared state: the only way in which customers touch each other.

Within a settlement period everybody sees the value that stood at its beginning; at its end the
value is settled from integer counters.  The path of all values is recorded and can be replayed: then
one more customer, or one more chain, changes nothing for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.agenda import Agenda

Settle = Callable[[int], NDArray[Any]]
"""(time) → the new value, shape of the declared one; also clears the period's counters."""


@dataclass(frozen=True)
class _Resource:
    period: int
    value: NDArray[Any]
    settle: Settle
    first: int | None
    after: Callable[[int], None] | None
    held_only: bool


class SharedState:
    """Shared values of all worlds, their settlement, their recorded path."""

    def __init__(self, replay: Mapping[str, NDArray[Any]] | None = None) -> None:
        self._replay = replay
        self._resources: dict[str, _Resource] = {}
        self._path: dict[str, list[NDArray[Any]]] = {}

    def declare(
        self,
        name: str,
        period: int,
        value: NDArray[Any],
        settle: Settle,
        first: int | None = None,
        after: Callable[[int], None] | None = None,
        held_only: bool = False,
    ) -> NDArray[Any]:
        """A shared value (W, …), settled every ``period`` seconds; returns it (it is changed in place).

        first: time of the first settlement (default: one period after the agenda's begin).
        after: called with the time once the new value stands, for what each customer derives from it.
        held_only: the value is made of the state of customers whom its owner holds (:meth:`Agenda.hold`), and
        concerns nobody else; buckets may then be longer than the period.

        Raises ValueError when the name is taken, the replayed path lacks it, or its shape differs.
        """
        if name in self._resources:
            raise ValueError(f"shared state '{name}' is declared twice")
        if self._replay is not None and name not in self._replay:
            raise ValueError(f"the replayed path holds no '{name}'; it has {sorted(self._replay)}")
        if self._replay is not None and self._replay[name].shape[1:] != value.shape:
            raise ValueError(
                f"the replayed path of '{name}' has the shape {self._replay[name].shape[1:]}, expected {value.shape}"
            )
        self._resources[name] = _Resource(period, value, settle, first, after, held_only)
        self._path[name] = []
        return value

    def shortest_period(self, default: int) -> int:
        """The shortest settlement period, which buckets must divide."""
        bind = (resource.period for resource in self._resources.values() if not resource.held_only)
        return min(bind, default=default)

    def start(self, agenda: Agenda) -> None:
        """Put all settlements on the agenda."""
        for name, resource in self._resources.items():
            agenda.every(resource.period, partial(self._settle, name), resource.first, resource.held_only)

    def _settle(self, name: str, time: int) -> None:
        resource = self._resources[name]
        new = resource.settle(time)
        if self._replay is not None:
            done = len(self._path[name])
            if done == len(self._replay[name]):
                raise ValueError(f"the replayed path of '{name}' ends after {done} settlements, before time {time}")
            new = self._replay[name][done]
        resource.value[...] = new
        self._path[name].append(np.array(new, copy=True))
        if resource.after is not None:
            resource.after(time)

    def path(self) -> dict[str, NDArray[Any]]:
        """Recorded path: name → (settlements, *shape)."""
        return {
            name: np.array(self._path[name], resource.value.dtype).reshape(-1, *resource.value.shape)
            for name, resource in self._resources.items()
        }
