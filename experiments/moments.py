"""What a table of customers leaves behind: counts, means and co-moments that merge by addition.

A shard, a block of worlds or a whole run is reduced to these once; every metric is computed from the
merged result, so that one table, many shards and a cluster give the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DELTA = "Δ"


@dataclass(frozen=True)
class Moments:
    """Count, means and centred co-moments of some columns of customers.

    columns: K names; mean: (K,); co_moment: (K, K), Σ (x − x̄)(y − ȳ).
    """

    columns: tuple[str, ...]
    count: int
    mean: Floats
    co_moment: Floats

    @classmethod
    def of(cls, values: Mapping[str, NDArray[np.generic]]) -> Moments:
        """Moments of columns, each (n,).

        >>> Moments.of({"x": np.array([1.0, 3.0])}).variance("x")
        2.0
        """
        names = tuple(values)
        table = np.stack([np.asarray(values[name], dtype=np.float64) for name in names], axis=1)
        count = len(table)
        mean = table.mean(axis=0) if count else np.zeros(len(names))
        centred = table - mean
        return cls(names, count, mean, centred.T @ centred)

    def __add__(self, other: Moments) -> Moments:
        """Moments of both tables together (Chan, Golub and LeVeque 1979)."""
        if self.columns != other.columns:
            raise ValueError(f"moments of {', '.join(self.columns)} cannot be added to {', '.join(other.columns)}")
        count = self.count + other.count
        if count == 0:
            return self
        step = other.mean - self.mean
        weight = other.count / count
        co_moment = self.co_moment + other.co_moment + np.outer(step, step) * self.count * weight
        return Moments(self.columns, count, self.mean + step * weight, co_moment)

    def emptied(self) -> Moments:
        """The same columns of nobody."""
        return Moments(self.columns, 0, np.zeros_like(self.mean), np.zeros_like(self.co_moment))

    @property
    def differences(self) -> tuple[str, ...]:
        """Columns that are paired differences."""
        return tuple(column for column in self.columns if column.startswith(_DELTA))

    def is_zero(self, *columns: str) -> bool:
        """Whether every customer has zero in all these columns."""
        places = [self.place(column) for column in columns]
        return not (self.mean[places].any() or np.diag(self.co_moment)[places].any())

    def place(self, column: str) -> int:
        """Position of a column."""
        return self.columns.index(column)

    def average(self, column: str) -> float:
        """Mean of a column."""
        return float(self.mean[self.place(column)])

    def total(self, column: str) -> float:
        """Sum of a column."""
        return self.average(column) * self.count

    def squares(self, column: str) -> float:
        """Sum of the squares of a column."""
        place = self.place(column)
        return float(self.co_moment[place, place]) + self.count * self.average(column) ** 2

    def squares_of(self, columns: Sequence[str], weights: Sequence[float]) -> float:
        """Sum of the squares of a weighted sum of columns.

        >>> Moments.of({"x": np.array([1.0, 3.0]), "y": np.array([1.0, 1.0])}).squares_of(("x", "y"), (1.0, -1.0))
        4.0
        """
        places, factors = [self.place(column) for column in columns], np.asarray(weights)
        spread = float(factors @ self.co_moment[np.ix_(places, places)] @ factors)
        return spread + self.count * float(factors @ self.mean[places]) ** 2

    def variance(self, column: str) -> float:
        """Variance (n − 1) of a column; NaN for fewer than two customers."""
        place = self.place(column)
        return float(self.co_moment[place, place] / (self.count - 1)) if self.count > 1 else float("nan")

    def covariance_of_means(self, columns: Sequence[str]) -> Floats:
        """Covariance matrix of the means of some columns: (k, k)."""
        places = [self.place(column) for column in columns]
        if self.count < 2:
            return np.full((len(places), len(places)), np.nan)
        return np.asarray(self.co_moment[np.ix_(places, places)] / (self.count - 1) / self.count)


def difference_name(column: str) -> str:
    """Name under which the paired difference of a column stands beside the baseline's own column."""
    return f"{_DELTA}{column}"


@dataclass(frozen=True)
class Aggregates:
    """Moments of one or more shards of a run.

    ``levels``: (arm, replication, control) → moments of an arm's own columns.
    ``pairs``: (arm, other arm, replication) → moments of the paired differences ``Δcolumn`` and of the other
    arm's columns, over the customers outside the control group of both.
    """

    levels: Mapping[tuple[str, int, bool], Moments]
    pairs: Mapping[tuple[str, str, int], Moments]

    def __add__(self, other: Aggregates) -> Aggregates:
        """Both shards together; keys that only one has are kept."""
        levels = dict(self.levels)
        for level_key, moments in other.levels.items():
            levels[level_key] = levels[level_key] + moments if level_key in levels else moments
        pairs = dict(self.pairs)
        for pair_key, moments in other.pairs.items():
            pairs[pair_key] = pairs[pair_key] + moments if pair_key in pairs else moments
        return Aggregates(levels, pairs)

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Arms in the order of first appearance."""
        return tuple(dict.fromkeys(arm for arm, _, _ in self.levels))

    @cached_property
    def replications(self) -> tuple[int, ...]:
        """Replications in order."""
        return tuple(sorted({replication for _, replication, _ in self.levels}))

    def level(self, arm: str, control: bool = False) -> list[Moments]:
        """Moments of an arm by replication, in order; a replication without such customers counts nobody."""
        found = [self.levels.get((arm, r, control)) for r in self.replications]
        return _with_nobody(found, (m for (name, _, _), m in self.levels.items() if name == arm))

    def pair(self, arm: str, other: str) -> list[Moments]:
        """Paired moments of two arms by replication, in order; a replication without such customers counts nobody."""
        found = [self.pairs.get((arm, other, r)) for r in self.replications]
        return _with_nobody(found, (m for (*names, _), m in self.pairs.items() if names == [arm, other]))

    def identical(self, arm: str, other: str) -> bool:
        """Whether two arms brought exactly the same for every customer; False where their pairs are not kept."""
        pairs = self.pair(arm, other)
        return any(m.count for m in pairs) and all(m.is_zero(*m.differences) for m in pairs)


def _with_nobody(found: Sequence[Moments | None], others: Iterator[Moments]) -> list[Moments]:
    """Moments with empty ones where there are none, of the columns of the first of ``others``; [] without any."""
    nobody = None if all(found) else next((moments.emptied() for moments in others), None)
    return [chosen for moments in found if (chosen := moments or nobody)]
