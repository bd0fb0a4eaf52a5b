"""Predictive segments: will this customer order soon, and is the customer lost, from past orders alone.

A buy-till-you-die model is fitted to the base's orders of each world on a stated rhythm.  Its four
parameters are shared state: settled at each refit, recorded, replayable; between refits each customer's
chances follow from the customer's own orders.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.shared import SharedState
from strategies import btyd
from strategies.observed import Observed
from strategies.scenario import Scenario
from strategies.segments import Prediction, Predictions
from strategies.vocabulary import DAY, EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_REPEATERS = 10
"""Customers with a second order that a fit needs; a base with fewer has no predictions yet."""

ORDER = EVENT_CODE["order"]
_NO_DAY = np.iinfo(np.int32).min


def predicts(scenario: Scenario) -> bool:
    """Does some segment of the scenario ask for a chance?"""
    return any(segment.predict is not None for segment in scenario.segments)


class Forecast:
    """Chances of one arm's customers.

    first_day, last_day: (n,) int32 company days of the first and the last order; days: (n,) int16 days
    with an order.  Several orders of a day count as one.
    """

    def __init__(
        self, settings: Predictions, observed: Observed, first_customer: int, per_world: int, worlds: int
    ) -> None:
        self.settings = settings
        self.observed = observed
        self.first_customer, self.per_world, self.worlds = first_customer, per_world, worlds
        self.customers = per_world * worlds
        self.first_day = np.full(self.customers, _NO_DAY, np.int32)
        self.last_day = np.full(self.customers, _NO_DAY, np.int32)
        self.days = np.zeros(self.customers, np.int16)
        self._parameters = np.zeros((worlds, 4))

    def begin(self) -> None:
        """The orders of the past."""
        customer, time, _ = self.observed.book.arrays()
        local = customer - self.first_customer
        mine = (local >= 0) & (local < self.customers)
        pairs = np.unique(np.stack([local[mine], time[mine] // DAY]), axis=1)
        if pairs.size == 0:
            return
        who, first, count = np.unique(pairs[0], return_index=True, return_counts=True)
        self.first_day[who] = pairs[1, first]
        self.last_day[who] = pairs[1, first + count - 1]
        self.days[who] = count

    def note_order(self, customer: Int64s, time: Int64s) -> None:
        """Orders of these customers (each once)."""
        local, day = customer - self.first_customer, time // DAY
        fresh = (self.last_day.take(local) != day).nonzero()[0]
        local, day = local.take(fresh), day.take(fresh)
        new = (self.days.take(local) == 0).nonzero()[0]
        self.first_day[local.take(new)] = day.take(new)
        self.last_day[local] = day
        self.days[local] += 1

    def declare(self, shared: SharedState, name: str, first: int) -> None:
        """Declare the parameters (worlds, 4) r, α in days, a, b as shared state; zeros where no fit is possible."""
        self._parameters = shared.declare(name, self.settings.refit, self._parameters, self._settle, first)

    def _settle(self, time: int) -> Floats:
        fitted = np.zeros((self.worlds, 4))
        day = time // DAY
        for world in range(self.worlds):
            mine = slice(world * self.per_world, (world + 1) * self.per_world)
            buyers = (self.days[mine] > 0).nonzero()[0] + mine.start
            if (self.days.take(buyers) > 1).sum() < LEAST_REPEATERS:
                continue
            x, last, age = self._history(buyers, np.full(buyers.size, day))
            fitted[world] = btyd.fit(btyd.histories(x, last, age), self.settings.model)
        return fitted

    def _history(self, local: Int64s, day: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """Repeat orders, days from the first to the last, days since the first."""
        first = self.first_day.take(local).astype(np.int64)
        x = np.maximum(self.days.take(local).astype(np.int64) - 1, 0)
        return x, self.last_day.take(local) - first, day - first

    def holds(self, prediction: Prediction, customer: Int64s, time: Int64s) -> Bools:
        """Whose chance lies within the prediction's bounds; nobody's does before an order, or a fit."""
        local = customer - self.first_customer
        result = np.zeros(customer.size, bool)
        world = local // self.per_world
        known = (self.days.take(local) > 0) & (self._parameters[:, 0].take(world) > 0)
        for number in np.unique(world[known]).tolist():
            index = (known & (world == number)).nonzero()[0]
            chance = self._chance(prediction, number, local.take(index), time.take(index))
            result[index] = (chance >= prediction.at_least) & (chance <= prediction.at_most)
        return result

    def _chance(self, prediction: Prediction, world: int, local: Int64s, time: Int64s) -> Floats:
        columns = (column.astype(np.float64) for column in self._history(local, time // DAY))
        x, last, age = columns
        parameters, model = self._parameters[world], self.settings.model
        if prediction.order_in is None:
            return 1.0 - btyd.alive(parameters, x, last, age, model)
        return btyd.orders_within(parameters, x, last, age, prediction.order_in / DAY, model)
