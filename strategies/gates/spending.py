"""The budget: no paid contact once the money of the period is spent."""

from __future__ import annotations

import numpy as np

from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground


class Spending:
    """``budget``, as :mod:`strategies.budget` meters it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rule = ground.rule("budget")
        self.over_budget = np.zeros(0, bool)
        """(worlds of this arm,) bool, set at the daily settlement."""

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop paid contacts of worlds that are over budget."""
        if not self.over_budget.any():
            return
        sites = self.ground.sites
        world = self.ground.local(requests.customer) // (self.ground.customers // self.over_budget.size)
        paid = sites.paid.take(requests.site)
        mask = self.over_budget.take(world) & paid & sites.obeys("budget", requests.site)
        decisions.drop(mask, "budget", self.rule)
