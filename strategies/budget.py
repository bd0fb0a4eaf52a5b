"""The contact budgets: spending counts at once, the stop is seen from the next company day on.

Spending is shared state with a settlement period of one day, so an arm may overshoot a budget by
at most one day's spending; where it is over is what the policy's gate reads, and the slot before it shows
what has a price.  The budget of a stated base is
divided: the simulated customers have their part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.shared import SharedState
from strategies.changes import phases
from strategies.contact_policy import Budget
from strategies.gates.spending import paid_from
from strategies.scenario import Scenario
from strategies.vocabulary import DAY

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]


def purses(scenario: Scenario) -> dict[Budget, int]:
    """What the budgets of a scenario count, in all its phases (without maxima and names), and since when.

    Budgets that count the same in the same periods share a purse, also over a change of the policy.
    """
    since: dict[Budget, int] = {}
    for phase in phases(scenario):
        for budget in phase.scenario.policy.budget:
            since.setdefault(budget.counted, phase.begin)
    return since


class _Purse:
    """What was spent on some contacts in the running period of the company's calendar.

    sites: (sites,) bool, on which contacts.  spent: (worlds,) int64, money.
    """

    def __init__(self, engine: Engine, counted: Budget, begin: int) -> None:
        self.per, self.begin = counted.per, begin
        self.sites = paid_from(counted, engine.sites)
        self.spent = np.zeros(engine.worlds, np.int64)
        self._period = np.iinfo(np.int64).min

    def settle(self, time: int, period: int) -> Int64s:
        """(worlds,) spent by ``time``, in the period that began at ``period``; nothing counts before there is a row."""
        if period != self._period or time <= self.begin:
            self.spent[:] = 0
            self._period = period
        return self.spent


class BudgetMeter:
    """Contact cost of one arm's worlds in the running calendar periods (company time)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._purses = {
            counted: _Purse(engine, counted, begin) for counted, begin in purses(engine.program.scenario).items()
        }

    def spend(self, customer: Int64s, cost: Int64s, site: Int64s) -> None:
        """Count the price of sent contacts; site: local ones."""
        for purse in self._purses.values():
            world = (customer - self.engine.first_customer) // self.engine.per_world
            np.add.at(purse.spent, world, np.where(purse.sites.take(site), cost, 0))

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the spending so far as shared state, (worlds,) int64 of each purse."""
        for place, (counted, purse) in enumerate(self._purses.items()):
            value = np.zeros(self.engine.worlds, np.int64)

            def settle(time: int, purse: _Purse = purse) -> Int64s:
                period = int(self.engine.calendar.period_start(np.array([time]), purse.per)[0])
                return purse.settle(time, period).copy()

            def after(time: int, counted: Budget = counted, value: Int64s = value) -> None:
                self._tell(time, counted, value)

            shared.declare(path_name(place, self.engine.arm), DAY, value, settle, first, after)

    def _tell(self, time: int, counted: Budget, spent: Int64s) -> None:
        """The gate of the day that begins at ``time`` learns where the budgets of a purse are spent."""
        scenario = self.engine.program.scenario
        spending = [rules for rules in self.engine.rules if rules.begin <= max(time, 0)][-1].gates.spending
        for row in spending.rows if spending is not None else ():
            if row.budget.counted == counted:
                row.over = spent >= scenario.part_of_base(row.budget.maximum, self.engine.per_world)


def path_name(place: int, arm: int | None = None) -> str:
    """Name of a purse in the path of shared values, of an arm by its number or of whatever arm.

    >>> path_name(0), path_name(1), path_name(1, arm=2)
    ('budget', 'budget:purse2', 'budget:2:purse2')
    """
    return ":".join(["budget", *([] if arm is None else [str(arm)]), *([f"purse{place + 1}"] if place else [])])
