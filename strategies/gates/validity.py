"""Is the contact still meant: the chain's ``while``, the campaign's selection, the message's ``deliver_by``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import distinct, some
from strategies.context import Rows
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.runs import NO_TIME

Bools = NDArray[np.bool_]


class Validity:
    """Conditions that are examined before every message, and the time after which it has lost its meaning."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        program = ground.program
        self._while = {number: chain.while_ for number, chain in enumerate(program.chains) if chain.while_ is not None}
        sources = len(program.chains) + len(program.scenario.campaigns)
        self._has_while = np.isin(np.arange(sources), list(self._while))
        self._selections = [
            (number, campaign.to)
            for number, campaign in enumerate(program.scenario.campaigns, start=len(program.chains))
            if campaign.to is not None
        ]

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what is no longer meant: conditions first, then what has expired."""
        decisions.drop(self.condition_fails(requests, decisions.open), "condition")
        if self._selections:
            again = (requests.run == 0) & (requests.held_since != NO_TIME)
            decisions.drop(self.leaves_out(requests, again), "condition")
        decisions.drop(requests.time >= decisions.expires, "offer_expired")

    def condition_fails(self, requests: Requests, asked: Bools | np.bool_ = np.True_) -> Bools:
        """Where the ``while`` of the contact's chain no longer holds, among the rows ``asked`` about."""
        fails = np.zeros(requests.size, bool)
        chain_of = self.ground.sites.chain.take(requests.site)
        index = (self._has_while.take(chain_of) & asked).nonzero()[0]
        chain_of = chain_of.take(index)
        for chain in distinct(chain_of):
            part = index[chain_of == chain]
            rows = Rows(requests.customer.take(part), requests.time.take(part), chain, requests.run.take(part))
            fails[part] = ~self.ground.reader.holds(self._while[chain], rows)
        return fails

    def leaves_out(self, requests: Requests, asked: Bools) -> Bools:
        """Where the contact's campaign does not select the customer, among the rows ``asked`` about."""
        left_out = np.zeros(requests.size, bool)
        if not some(asked):
            return left_out
        for number, selection in self._selections:
            index = (asked & (self.ground.sites.chain.take(requests.site) == number)).nonzero()[0]
            if index.size:
                rows = Rows(requests.customer.take(index), requests.time.take(index))
                left_out[index] = ~self.ground.reader.holds(selection, rows)
        return left_out
