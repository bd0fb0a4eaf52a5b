"""One main chain at a time: which of a customer's runs may speak."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.program import Program
from strategies.runs import ENDED, RunTable
from strategies.sites import SiteColumns

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LAST = np.iinfo(np.int64).max


class MainChain:
    """Finds the main run of customers.

    Candidates are live runs, not held out, of chains with at least one message whose purpose is not
    ``free``; in the control group, of chains with such a message that goes to the control group.
    With ``running_lower: pause`` the highest priority leads (then earlier entry, then name); with
    ``finish`` the earlier entry leads.
    """

    def __init__(
        self, program: Program, sites: SiteColumns, runs: RunTable, control: Bools, first_customer: int
    ) -> None:
        rule = program.scenario.policy.one_main_chain
        assert rule is not None
        self.runs = runs
        self.control = control
        self.first_customer = first_customer
        self.pause_lower = rule.running_lower == "pause"
        free = sites.has_purpose(rule.free)
        self._bound_sites = ~free
        everywhere = np.arange(len(program.sites))
        to_control = sites.control_exempt | ~sites.obeys("control", everywhere)
        self._competes = np.zeros((2, max(len(program.chains), 1)), bool)
        """(customers at large, control group) by chain."""
        for number in everywhere[~free]:
            site = program.sites[number]
            if not site.campaign and not site.team:
                self._competes[0, site.chain] = True
                self._competes[1, site.chain] |= to_control[number]
        self.rank = chain_ranks(program)

    def binds(self, site: Int64s) -> Bools:
        """Whether contacts of the sites are bound by the rule."""
        bound: Bools = self._bound_sites.take(site)
        return bound

    def of(self, customer: Int64s, listed: tuple[Int64s, Int64s] | None = None) -> Int64s:
        """Main run of each customer, 0 for none.  listed: what the run table lists for them, where it was asked."""
        position, run = listed or self.runs.of(customer)
        control = self.control.take(customer - self.first_customer).astype(np.int64)
        candidate = self._competes[control.take(position), self.runs.chain.take(run)]
        candidate &= (self.runs.state.take(run) != ENDED) & ~self.runs.ghost.take(run)
        index = candidate.nonzero()[0]
        position, run = position.take(index), run.take(index)
        standing = self._standing(run)
        first = np.full(customer.size, _LAST, np.int64)
        np.minimum.at(first, position, standing)
        index = (standing == first.take(position)).nonzero()[0]
        best = np.zeros(customer.size, np.int64)
        np.maximum.at(best, position.take(index), run.take(index))  # of equals the one that began last leads
        return best

    def _standing(self, run: Int64s) -> Int64s:
        """One number per run: the smaller leads.  Level and name take 16 bits each, the entry 31."""
        rank, entry = self.rank.take(self.runs.chain.take(run)), self.runs.entry.take(run)
        level, name = rank >> 16, rank & 0xFFFF
        first, second = (level << 47, entry << 16) if self.pause_lower else (entry << 32, level << 16)
        standing: Int64s = first + second + name
        return standing


def chain_ranks(program: Program) -> Int64s:
    """(sources,) int64: priority level (0 is highest) << 16 | rank of the name; smaller goes first."""
    sources = program.sources
    names = sorted(source.name for source in sources)
    return np.array(
        [((1 << 15) - source.priority << 16) | names.index(source.name) for source in sources], np.int64
    ).reshape(-1)
