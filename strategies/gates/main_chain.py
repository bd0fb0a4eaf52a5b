"""One chain speaks to a customer at a time: what the others do meanwhile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY
from strategies.contact_policy import OneMainChain
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.mainchain import MainChain

Int64s = NDArray[np.int64]

_UNTIL_WOKEN = np.iinfo(np.int64).max // 2


class MainChainGate:
    """``one_main_chain``: contacts of other chains and of campaigns wait, are dropped, or go out."""

    def __init__(self, ground: Ground, row: OneMainChain) -> None:
        self.ground = ground
        self.row = row
        self.rule = ground.rule("one_main_chain")
        self.main_chain = MainChain(ground.program, ground.sites, ground.runs, ground.control, ground.first_customer)

    def in_the_way(self, customer: Int64s, time: Int64s, listed: tuple[Int64s, Int64s] | None = None) -> Int64s:
        """(n,) the run for which contacts of each customer's other chains wait, 0 for none.

        listed: as of :meth:`MainChain.of`.
        """
        main = self.main_chain.of(customer, listed)
        if self.row.segments:
            main[~self.ground.in_segments(self.row.segments, customer, time)] = 0
        return main

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what another chain displaces; ``displaced_by`` names that chain."""
        obeys = self.ground.sites.obeys("main_chain", requests.site)
        index = (decisions.open & obeys & self.main_chain.binds(requests.site)).nonzero()[0]
        if index.size == 0:
            return
        main = self.in_the_way(requests.customer.take(index), requests.time.take(index))
        other = (main != 0) & (main != requests.run.take(index))
        index, main = index[other], main[other]
        blocked = np.zeros(requests.size, bool)
        blocked[index] = True
        decisions.displaced_by[index] = self.ground.runs.chain.take(main)
        row, rule = self.row, self.rule
        campaign = blocked & (requests.run == 0)
        # Runs are woken when no other run is in the way any more; a campaign's contact looks again after a day, and so
        # does that of whoever may have left the segments of the rule.
        again = np.where(campaign | bool(row.segments), requests.time + DAY, _UNTIL_WOKEN)
        if row.campaigns == "skip":
            decisions.drop(campaign, "main_chain", rule)
        elif row.campaigns == "wait":
            decisions.block(campaign, "main_chain", rule, "wait", again, row.for_at_most)
        decisions.block(blocked & (requests.run != 0), "main_chain", rule, row.others, again, row.for_at_most)
        decisions.displaced_by[decisions.open] = -1
