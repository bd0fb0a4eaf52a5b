"""Budgets: no paid contact once the money of the period is spent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import some
from strategies.contact_policy import Budget
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.sites import SiteColumns
from strategies.vocabulary import CHANNELS

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def paid_from(budget: Budget, sites: SiteColumns) -> Bools:
    """(sites,) which contacts, and tasks of teams, a budget speaks of: those it counts are those it stops."""
    inside = sites.in_scope(replace(budget.scope, channels=()))
    if budget.scope.channels or budget.teams:
        named = [
            site.team in budget.teams if site.team else CHANNELS[site.channel] in budget.scope.channels
            for site in sites.program.sites
        ]
        inside &= np.array(named, bool)
    return inside


@dataclass
class BudgetAtWork:
    """A row of the policy.  sites: (sites,) what it speaks of; over: (worlds,) where its money is spent."""

    budget: Budget
    rule: int
    sites: Bools
    over: Bools = field(default_factory=lambda: np.zeros(0, bool))


class Spending:
    """``budget``, as :mod:`strategies.budget` meters it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows = [
            BudgetAtWork(budget, ground.rule(budget.name), paid_from(budget, ground.sites))
            for budget in ground.policy.budget
        ]
        """Set at the daily settlement: where each is spent."""

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop paid contacts of worlds that are over a budget."""
        for row in self.rows:
            if some(row.over):
                mask = self._stops(row, requests.site, self.ground.local(requests.customer))
                decisions.drop(mask & self.ground.sites.paid.take(requests.site), "budget", row.rule)

    def stops(self, site: Int64s, local: Int64s) -> Bools:
        """(n,) whether some budget that the sites obey is spent for these customers of the arm."""
        stopped = np.zeros(site.size, bool)
        for row in self.rows:
            if some(row.over):
                stopped |= self._stops(row, site, local)
        return stopped

    def _stops(self, row: BudgetAtWork, site: Int64s, local: Int64s) -> Bools:
        world = local // (self.ground.customers // row.over.size)
        stopped: Bools = row.over.take(world) & row.sites.take(site) & self.ground.sites.obeys("budget", site)
        return stopped
