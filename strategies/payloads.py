"""What the payloads of one arm's contacts say: which of its sites, and which run or due minute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.luck import Keys
from strategies.ports import pack, reference_of, site_of
from strategies.program import Program
from strategies.runs import RunTable
from strategies.vocabulary import MINUTE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MINUTE_ZERO = -(1 << 34)
"""Offset of the due minutes of campaign contacts in their reference: below 0, where no row of the run table is."""
_NO_RUN: Int64s = np.array(0)


class Payloads:
    """Reads and packs payloads of one arm; its sites are counted from its own first one, runs are rows of its table.

    All arrays (n,).  A contact of a campaign has no run: 0 stands for it.
    """

    def __init__(self, program: Program, runs: RunTable) -> None:
        self.first_site, self.sites = program.first_site, len(program.sites)
        self._runs = runs
        self._first: Int64s = np.array(program.first_site)
        self._sites = np.array(self.sites, np.uint64)
        self.any_campaign = any(site.campaign for site in program.sites)

    def site(self, payload: Int64s) -> Int64s:
        """Local sites of the arm's own contacts."""
        return site_of(payload) - self._first

    def are_own(self, payload: Int64s) -> Bools:
        """Which contacts are the arm's."""
        site = self.site(payload)
        own: Bools = site.view(np.uint64) < self._sites  # sites before the arm's own are negative: huge without a sign
        return own

    def run(self, payload: Int64s) -> Int64s:
        """Runs of the arm's own contacts, 0 for those of campaigns."""
        return np.maximum(reference_of(payload), _NO_RUN)

    def run_key(self, run: Int64s) -> Keys:
        """Keys of runs, 0 where there is none."""
        return self._runs.key.take(run)  # row 0 of the table stays empty

    def due(self, payload: Int64s) -> Int64s:
        """When campaign contacts first fell due, seconds; meaningless for contacts of runs."""
        return (reference_of(payload) - _MINUTE_ZERO) * MINUTE

    def pack(self, run: Int64s, due: Int64s, site: Int64s) -> Int64s:
        """Payloads of contacts at local sites; due: when those without a run first fell due (whole minutes)."""
        return pack(np.where(run > 0, run, due // MINUTE + _MINUTE_ZERO), site + self._first)
