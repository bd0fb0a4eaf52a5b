"""Which of its sites a contact uses: the variant of its message that the customer gets, then the channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import distinct, greatest
from strategies.best_channel import best_of
from strategies.interpreter import named_uniform

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Alternatives:
    """Chooses among the sites of one send of an arm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def chosen(self, customer: Int64s, time: Int64s, site: Int64s) -> Int64s:
        """Local sites that contacts asked for at ``site`` (first sites of their sends) use now."""
        if self.engine.program.variants:
            site = self._variant(customer, site)
        return site + self.first_that_reaches(customer, time, site)

    def _variant(self, customer: Int64s, site: Int64s) -> Int64s:
        """A sticky draw of customer and message: whoever has a variant keeps it, also on other channels."""
        site = site.copy()
        first = site.copy()
        for at, variants in self.engine.program.variants.items():
            mine = (first == at).nonzero()[0]
            if mine.size:
                u = named_uniform(self.engine.keys.split.take(customer.take(mine)), f"variant:{variants.message}")
                site[mine] += np.searchsorted(variants.shares, u, side="right") * variants.stride
        return site

    def first_that_reaches(self, customer: Int64s, time: Int64s, site: Int64s) -> Int64s:
        """Offset to the first alternative with address and consent, or to the best of these; 0 if there is none."""
        offset = np.zeros(site.size, np.int64)
        sites = self.engine.sites
        group = sites.group.take(site)
        several = (group > 1).nonzero()[0]
        if several.size == 0:
            return offset
        searching = several
        for step in range(greatest(group)):
            searching = searching[group.take(searching) > step]
            found = self._reaches(customer.take(searching), time.take(searching), site.take(searching) + step)
            offset[searching[found]] = step
            searching = searching[~found]
        best = several[sites.best.take(site.take(several))]
        for first in distinct(site.take(best)):
            mine = best[site.take(best) == first]
            offset[mine] = self._best(customer.take(mine), time.take(mine), first, int(sites.group[first]))
        return offset

    def any_reaches(self, customer: Int64s, site: Int64s) -> Bools:
        """Whether some site of each send, of which ``site`` is the first, has address and consent now."""
        group = self.engine.sites.group.take(site)
        reached = np.zeros(site.size, bool)
        searching = np.arange(site.size)
        for step in range(int(group.max(initial=0))):
            searching = searching[group.take(searching) > step]
            tried = site.take(searching) + step
            address, consent = self.engine.gates.permission.reaches(customer.take(searching), tried)
            found = address & consent
            reached[searching[found]] = True
            searching = searching[~found]
        return reached

    def _reaches(self, customer: Int64s, time: Int64s, site: Int64s) -> Bools:
        """Address, consent and, where the channel asks for one, an open window or a template."""
        gates = self.engine.gates
        address, consent = gates.permission.reaches(customer, site)
        found: Bools = address & consent
        if gates.templates is not None:
            found &= gates.templates.is_open(customer, time, site)
        return found

    def _best(self, customer: Int64s, time: Int64s, first: int, channels: int) -> Int64s:
        """Offset to the best channel that reaches, of the ``channels`` sites from ``first`` on."""
        codes = self.engine.sites.channel[first : first + channels]
        places = range(first, first + channels)
        usable = np.stack([self._reaches(customer, time, np.full(customer.size, place)) for place in places])
        return best_of(self.engine.observed, customer, np.repeat(codes[:, None], customer.size, axis=1), usable)
