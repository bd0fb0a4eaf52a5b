"""What all parts of the world share: who is simulated, by which rules, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernel.agenda import Agenda
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.parameters import Parameters
from sim.population_file import Population
from strategies.ports import StrategyHub

Int64s = NDArray[np.int64]


class MoneyRecorder(Protocol):
    """Who books the money of orders."""

    def order(self, customer: Int64s, time: Int64s, revenue: Int64s, contribution: Int64s, offer_cost: Int64s) -> None:
        """Orders of customers, each at most once a call; money in int 1/10,000.

        revenue: what the customer pays; offer_cost: discount given plus cost of a gift;
        contribution: value before the offer × margin − offer_cost (contact cost is not the world's).
        """
        ...

    def returned(self, customer: Int64s, time: Int64s, refund: Int64s) -> None:
        """What customers get back for orders that come back, wholly or in part, each at most once a call; money."""
        ...

    def lost(self, customer: Int64s, time: Int64s, loss: Int64s) -> None:
        """What such orders had contributed for it, plus the handling, each customer at most once a call; money."""
        ...


@dataclass(frozen=True)
class Setting:
    """The common ground of all parts.  begin, end: from where lifetimes and history begin to where
    the rhythm of visits is known (seconds)."""

    columns: Columns
    agenda: Agenda
    population: Population
    calendar: Calendar
    hub: StrategyHub
    recorder: MoneyRecorder
    begin: int
    end: int

    @property
    def parameters(self) -> Parameters:
        """The model's numbers."""
        return self.population.parameters
