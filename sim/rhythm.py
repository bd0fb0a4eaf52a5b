"""The rhythm of days, weeks and months as operational time, in which visits are a plain Poisson process.

With intensity ``r(t)`` (mean about 1) of local time, the position ``Λ(t) = ∫ r`` turns a
non-homogeneous Poisson process of rate ``λ·r(t)`` into one of constant rate λ: add an exponential gap to the
position and map back.  ``r`` is constant within an hour, so Λ is piecewise linear and exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, HOUR, Calendar
from sim.parameter_groups import VisitParameters

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_MARGIN = 2 * DAY
"""Local time runs up to 14 h around company time; beyond the end there must be room for a last hour."""

_LONGEST_GUIDE = 4_000_000
"""Steps of a guide table that are worth their memory."""


class Rhythm:
    """Λ and its inverse on an hourly table of local time over [begin, end)."""

    def __init__(self, parameters: VisitParameters, calendar: Calendar, begin: int, end: int) -> None:
        first, last = (begin - _MARGIN) // DAY, -(-(end + _MARGIN) // DAY)
        days = np.arange(first, last)
        by_hour = np.array(parameters.hour_weights) / np.mean(parameters.hour_weights)
        by_weekday = np.array(parameters.weekday_weights) / np.mean(parameters.weekday_weights)
        by_month = np.array(parameters.month_weights) / np.mean(parameters.month_weights)
        by_day = by_weekday[calendar.weekday(days)] * by_month[calendar.month(days) % 12]
        self._origin = int(first) * DAY
        self._rate = (by_day[:, None] * by_hour).ravel()
        self._edges = np.concatenate(([0.0], np.cumsum(self._rate * HOUR)))
        self._step = float(self._rate.min()) * HOUR
        self._guide = self._make_guide() if self._edges[-1] < self._step * _LONGEST_GUIDE else None

    def _make_guide(self) -> NDArray[np.int32]:
        """Hour by step: a step is no longer than the shortest hour, so at most one edge lies inside it."""
        starts = np.arange(int(self._edges[-1] / self._step) + 2) * self._step
        hours = np.searchsorted(self._edges, starts, side="right") - 1
        guide: NDArray[np.int32] = np.minimum(hours, self._rate.size - 1).astype(np.int32)
        return guide

    def position(self, local: Int64s) -> Floats:
        """Λ of local times (seconds), in seconds of mean intensity."""
        since = local - self._origin
        hour = since // HOUR
        since -= hour * HOUR
        result: Floats = self._edges.take(hour) + self._rate.take(hour) * since
        return result

    def when(self, position: Floats) -> Int64s:
        """Local time (whole seconds, rounded up) at which Λ reaches each position; the table's end at most."""
        if self._guide is None:
            return self._when_searched(position)
        position = np.minimum(position, self._edges[-1])
        hour = self._guide.take((position * (1.0 / self._step)).astype(np.int64)).astype(np.int64)
        # Rounding of the quotient may land one step beside: correct by one edge in both directions.
        hour -= self._edges.take(hour) > position
        hour += self._edges.take(np.minimum(hour + 1, self._rate.size - 1)) <= position
        np.minimum(hour, self._rate.size - 1, out=hour)
        offset = (position - self._edges.take(hour)) / self._rate.take(hour)
        result: Int64s = hour * HOUR + self._origin + np.ceil(offset).astype(np.int64)
        return result

    def _when_searched(self, position: Floats) -> Int64s:
        """The same without a guide: some hours are far shorter than others in operational time, or nothing at all."""
        hour = np.searchsorted(self._edges, position, side="right") - 1
        result = np.full(position.size, self._rate.size * HOUR + self._origin, np.int64)
        inside = (hour < self._rate.size).nonzero()[0]
        hour = hour.take(inside)
        offset = (position.take(inside) - self._edges.take(hour)) / self._rate.take(hour)
        result[inside] = hour * HOUR + self._origin + np.ceil(offset).astype(np.int64)
        return result

    def later(self, time: Int64s, zone_seconds: Int64s, gap: Floats) -> Int64s:
        """Company time at which Λ has grown by ``gap`` since ``time``: at least one second later."""
        local = time + zone_seconds
        result: Int64s = np.maximum(self.when(self.position(local) + gap) - zone_seconds, time + 1)
        return result
