"""The contact budget: spending counts at once, the stop is seen from the next company day on.

Spending is shared state with a settlement period of one day, so an arm may overshoot its budget by
at most one day's spending; ``over_budget`` is what the policy's gate reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.shared import SharedState
from strategies.vocabulary import DAY

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]


class BudgetMeter:
    """Contact cost of one arm's worlds in the running calendar period (company time)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.budget = engine.program.scenario.policy.budget
        self._spent = np.zeros(engine.worlds, np.int64)
        self._period = np.iinfo(np.int64).min

    def spend(self, customer: Int64s, cost: Int64s) -> None:
        """Count the price of sent contacts."""
        if self.budget is not None:
            world = (customer - self.engine.first_customer) // self.engine.per_world
            np.add.at(self._spent, world, cost)

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the spending so far (worlds,) as shared state."""
        if self.budget is None:
            return
        value = np.zeros(self.engine.worlds, np.int64)
        maximum, spending = self.budget.maximum, self.engine.gates.spending
        assert spending is not None

        def after(time: int) -> None:
            spending.over_budget = value >= maximum

        shared.declare(f"budget:{self.engine.arm}", DAY, value, self._settle, first, after)

    def _settle(self, time: int) -> Int64s:
        assert self.budget is not None
        period = int(self.engine.calendar.period_start(np.array([time]), self.budget.per)[0])
        if period != self._period:
            self._spent[:] = 0
            self._period = period
        return self._spent.copy()
