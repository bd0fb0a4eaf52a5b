"""Until when customers hold coupons, as the company knows it, and how long messages about them are worth sending.

Conditions ask it by ``coupon.NAME``.

An offer that some chain gives as a coupon runs from the giving; a message with it only tells of it.  Such a message
has lost its meaning when the customer's coupon is over: its time has passed, it was used (``coupon_redeemed``), or
another coupon took its place.  Who never had one gets the message: nothing is over.  Other offers are promised by
each message anew, so nothing of them is over when it is sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER, next_minute
from strategies.program import Program

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_OPEN_END = np.iinfo(np.int64).max // 4
_GIVEN, _KEPT_BACK = range(2)


class Coupons:
    """The coupons of one arm's customers.

    ends: (2, offers, customers) int32 seconds, NEVER for who never had one; by what was given, and by what was kept
    back from ghosts and the control group, to whom it counts as given (:mod:`strategies.contacts`).
    control: (customers,) bool, in the control group.
    """

    def __init__(self, program: Program, control: Bools, first_customer: int) -> None:
        self.control, self.first_customer = control, first_customer
        self.offers = tuple(sorted(program.coupons))
        self._valid = {offer.name: offer.valid for offer in program.scenario.offers}
        self._of_site = np.array(
            [self.offers.index(s.message.offer) if s.message.offer in self.offers else -1 for s in program.sites],
            np.int64,
        )
        """(sites,) which coupon the message tells of, -1 for none."""
        self.ends = np.full((2, len(self.offers), control.size), NEVER, np.int32)

    def give(self, offer: str, customer: Int64s, time: Int64s, kept_back: bool) -> None:
        """These customers get a coupon for the offer, in the place of any other; or it is kept back, to compare."""
        local = customer - self.first_customer
        ends = self.ends[_KEPT_BACK if kept_back else _GIVEN]
        ends[:, local] = np.minimum(ends[:, local], time)
        ends[self.offers.index(offer), local] = time + self._valid[offer]

    def note_used(self, customer: Int64s, time: Int64s, offer: Int64s, names: tuple[str, ...]) -> None:
        """Offers were used.  offer: (n,) codes of ``names``."""
        local = customer - self.first_customer
        for number, name in enumerate(self.offers):
            mine = (offer == names.index(name)).nonzero()[0]
            ends = self.ends[_GIVEN, number]
            ends[local[mine]] = np.minimum(ends[local[mine]], time[mine])

    def held(self, offer: str, customer: Int64s, time: Int64s, ghost: Bools | np.bool_ = np.False_) -> Bools:
        """(n,) who holds a coupon for the offer that can be used.  ghost: (n,) the runs that ask are held out."""
        if offer not in self.offers:
            return np.zeros(customer.size, bool)
        local = customer - self.first_customer
        kept_back = (ghost | self.control.take(local)).astype(np.int64)
        held: Bools = self.ends[kept_back, self.offers.index(offer), local] > time
        return held

    def expiry(self, site: Int64s, customer: Int64s, ghost: Bools | np.bool_) -> Int64s:
        """(n,) the whole minute from which messages tell of nothing any more.  ghost: (n,) their runs are held out."""
        expiry, offer = np.full(site.size, _OPEN_END), self._of_site.take(site)
        index = (offer >= 0).nonzero()[0]
        if index.size:
            local = (customer - self.first_customer).take(index)
            kept_back = (np.broadcast_to(ghost, site.size).take(index) | self.control.take(local)).astype(np.int64)
            ends = self.ends[kept_back, offer.take(index), local].astype(np.int64)
            expiry[index] = np.where(ends == NEVER, _OPEN_END, next_minute(ends))
        return expiry
