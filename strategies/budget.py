"""The contact budget: spending counts at once, the stop is seen from the next company day on.

Spending is shared state with a settlement period of one day, so an arm may overshoot its budget by
at most one day's spending; ``over_budget`` is what the policy's gate reads, and the slot before it shows
what has a price.  The budget of a stated base is
divided: the simulated customers have their part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.shared import SharedState
from strategies.vocabulary import DAY

if TYPE_CHECKING:
    from strategies.engine import Engine
    from strategies.phases import Rules

Int64s = NDArray[np.int64]


class BudgetMeter:
    """Contact cost of one arm's worlds in the running calendar period (company time)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.metered = any(rules.gates.ground.policy.budget for rules in engine.rules)
        self._spent = np.zeros(engine.worlds, np.int64)
        self._period = np.iinfo(np.int64).min

    def spend(self, customer: Int64s, cost: Int64s) -> None:
        """Count the price of sent contacts."""
        if self.metered:
            world = (customer - self.engine.first_customer) // self.engine.per_world
            np.add.at(self._spent, world, cost)

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the spending so far (worlds,) as shared state."""
        if not self.metered:
            return
        value = np.zeros(self.engine.worlds, np.int64)

        def after(time: int) -> None:
            rules = self._rules(time)
            budget, spending = rules.gates.ground.policy.budget, rules.gates.spending
            if budget is not None and spending is not None:
                scenario = self.engine.program.scenario
                spending.over_budget = value >= scenario.part_of_base(budget.maximum, self.engine.per_world)

        shared.declare(f"budget:{self.engine.arm}", DAY, value, self._settle, first, after)

    def _rules(self, time: int) -> Rules:
        """The rules of the day that begins at ``time``."""
        return [rules for rules in self.engine.rules if rules.begin <= max(time, 0)][-1]

    def _settle(self, time: int) -> Int64s:
        budget = self._rules(time).gates.ground.policy.budget
        if budget is not None:
            period = int(self.engine.calendar.period_start(np.array([time]), budget.per)[0])
            if period != self._period:
                self._spent[:] = 0
                self._period = period
        return self._spent.copy()
