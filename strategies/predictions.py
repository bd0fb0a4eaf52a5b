"""Predictive segments: will this customer order soon, and is the customer lost, from past orders alone.

A buy-till-you-die model is fitted to the base's orders of each world on a stated rhythm.  Its four
parameters and the pace of the last days are shared state: settled at each refit, recorded, replayable;
between refits each customer's chances follow from the customer's own orders.

A customer's clock begins with the account, or with the records where the account is older; the orders since
are what the model counts, none of them included.  Counting from the first order that was recorded instead
would take those for average buyers whose first order came late because they buy seldom (length bias of the
records: Fader and Hardie, "Creating an RFM summary", 2008).  Who has no known account begins with the first
order, which then counts as the beginning.

Demand has seasons that a year of records cannot tell from the rest.  So the model's count of buyers is compared
with the last :data:`RECENT` days, and time runs faster or slower by what was seen against what it gives
(calibration in the large: Cox 1958; Steyerberg, "Clinical Prediction Models", 2019, ch. 15), shrunken towards 1
like a standardised mortality ratio (Clayton and Kaldor 1987):

    pace = (seen + k) / (predicted + k),    k = :data:`PACE_PRIOR`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
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

RECENT = 14
"""Whole weeks, in days, whose buyers set the pace: long enough for some hundreds of orders, short for a season."""

PACE_PRIOR = 100.0
"""Buyers that the model itself is worth: as if the pace had been seen to vary by a tenth, as monthly demand does."""

PARAMETERS = ("r", "alpha", "a", "b", "pace", "bounds")
"""The settled numbers: of the model (α in days), the pace, and which of the four stand at their bounds (bits)."""

ORDER = EVENT_CODE["order"]
_NO_DAY = np.iinfo(np.int32).min
_NOT_YET = np.iinfo(np.int32).max


def predicts(scenario: Scenario) -> bool:
    """Does some segment of the scenario ask for a chance?"""
    return any(segment.predict is not None for segment in scenario.segments)


class OrderDays(NamedTuple):
    """Customers with orders, rising; company days of the first and the last, and on how many days they ordered."""

    who: Int64s
    first: Int64s
    last: Int64s
    days: Int64s

    def part(self, rows: slice) -> OrderDays:
        """These rows of it."""
        return OrderDays(*(column[rows] for column in self))


class Forecast:
    """Chances of one arm's customers.

    first_day, last_day: (n,) int32 company days of the first and the last order; days: (n,) int16 days
    with an order.  Several orders of a day count as one.
    """

    def __init__(
        self, scenario: Scenario, observed: Observed, first_customer: int, per_world: int, worlds: int
    ) -> None:
        self.settings = scenario.predictions or Predictions()
        self.records_begin = -(-scenario.at_start.history // DAY) * -1
        self.observed = observed
        self.first_customer, self.per_world, self.worlds = first_customer, per_world, worlds
        self.customers = per_world * worlds
        self.first_day = np.full(self.customers, _NO_DAY, np.int32)
        self.last_day = np.full(self.customers, _NO_DAY, np.int32)
        self.days = np.zeros(self.customers, np.int16)
        self.parameters = np.zeros((worlds, len(PARAMETERS)))

    def begin(self) -> None:
        """The orders of the past."""
        past = self._order_days(np.iinfo(np.int64).max)
        self.first_day[past.who] = past.first
        self.last_day[past.who] = past.last
        self.days[past.who] = past.days

    def _order_days(self, before: int) -> OrderDays:
        """Who ordered before a company day, and on which days."""
        customer, time, _ = self.observed.book.arrays()
        local, day = customer - self.first_customer, time // DAY
        mine = (local >= 0) & (local < self.customers) & (day < before)
        pairs = np.unique(np.stack([local[mine], day[mine]]), axis=1)
        who, first, count = np.unique(pairs[0], return_index=True, return_counts=True)
        return OrderDays(who, pairs[1, first], pairs[1, first + count - 1], count)

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
        """Declare :data:`PARAMETERS` (worlds, 6) as shared state; zeros where no fit is possible."""
        self.parameters = shared.declare(name, self.settings.refit, self.parameters, self.fitted, first)

    def fitted(self, time: int) -> Floats:
        """(worlds, 6) :data:`PARAMETERS` as of a company midnight, from the orders before it."""
        fitted = np.zeros((self.worlds, len(PARAMETERS)))
        day = time // DAY
        began = self._began(np.arange(self.customers), self.first_day, self.days)
        earlier = self._order_days(day - RECENT)
        bought_since = (self.days.take(earlier.who) > earlier.days).nonzero()[0]
        for world in range(self.worlds):
            mine = slice(world * self.per_world, (world + 1) * self.per_world)
            if (self.days[mine] > 1).sum() < LEAST_REPEATERS:
                continue
            people = (began[mine] < day).nonzero()[0] + mine.start
            data = btyd.histories(*self._history(people, np.full(people.size, day)))
            found = btyd.fit(data, self.settings.model)
            fitted[world] = *found, 1.0, btyd.at_bounds(found, data)
            here = slice(*np.searchsorted(earlier.who, (mine.start, mine.stop)).tolist())
            seen = int(((bought_since >= here.start) & (bought_since < here.stop)).sum())
            fitted[world, 4] = self._pace(found, earlier.part(here), day - RECENT, seen)
        return fitted

    def _pace(self, parameters: Floats, buyers: OrderDays, day: int, seen: int) -> float:
        """How many of those who had ordered before ``day`` did in the days after it, against the model's count."""
        began = self._began(buyers.who, buyers.first, buyers.days)
        x, last = _counted(began, buyers.first, buyers.last, buyers.days)
        then = btyd.histories(x, last, day - began)
        chance = btyd.orders_within(parameters, *then[:3], float(RECENT), self.settings.model)
        return (seen + PACE_PRIOR) / (float((then.customers * chance).sum()) + PACE_PRIOR)

    def _began(self, local: Int64s, first_day: NDArray[np.integer], days: NDArray[np.integer]) -> Int64s:
        """Company day on which each customer's clock began; far off for who has neither account nor order."""
        registered = self.observed.registered.take(local + self.first_customer).astype(np.int64)
        account = np.where(registered == NEVER, _NOT_YET, np.maximum(registered // DAY, self.records_begin))
        return np.minimum(account, np.where(days > 0, first_day, _NOT_YET))

    def _history(self, local: Int64s, day: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """Days with an order since the clock began, days from there to the last of them, days since it began."""
        first, last, days = (
            column.take(local).astype(np.int64) for column in (self.first_day, self.last_day, self.days)
        )
        began = self._began(local, first, days)
        return *_counted(began, first, last, days), day - began

    def holds(self, prediction: Prediction, customer: Int64s, time: Int64s) -> Bools:
        """Whose chance lies within the prediction's bounds; nobody's does before an order, or a fit."""
        chance = self.chances(prediction, customer, time)
        return np.asarray((chance >= prediction.at_least) & (chance <= prediction.at_most))

    def chances(self, prediction: Prediction, customer: Int64s, time: Int64s) -> Floats:
        """(n,) chances of what is predicted; NaN before an order, or a fit."""
        local = customer - self.first_customer
        chances = np.full(customer.size, np.nan)
        world = local // self.per_world
        known = (self.days.take(local) > 0) & (self.parameters[:, 0].take(world) > 0)
        for number in np.unique(world[known]).tolist():
            index = (known & (world == number)).nonzero()[0]
            chances[index] = self._chance(prediction, number, local.take(index), time.take(index))
        return chances

    def _chance(self, prediction: Prediction, world: int, local: Int64s, time: Int64s) -> Floats:
        x, last, age = (column.astype(np.float64) for column in self._history(local, time // DAY))
        model, pace = self.settings.model, float(self.parameters[world, 4])
        if prediction.order_in is None:
            return 1.0 - btyd.alive(self.parameters[world, :4], x, last, age, model)
        return btyd.orders_within(self.parameters[world, :4], x, last, age, pace * prediction.order_in / DAY, model)


def _counted(began: Int64s, first: Int64s, last: Int64s, days: Int64s) -> tuple[Int64s, Int64s]:
    """(orders on days after the clock began, days from there to the last of them or 0)."""
    x = days - (first == began)
    return x, np.where(x > 0, last - began, 0)
