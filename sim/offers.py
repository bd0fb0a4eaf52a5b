"""Offers in customers' hands, and the expectation of discounts that frequent ones breed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY
from sim.messages import MessageTable
from sim.setting import NEVER, Setting

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]


class Offers:
    """The offer noticed last: until int32; percent float32; cut, value, cost int32 money; (N,) each.

    expectation: (N,) float64, E in forward-decayed form.
    """

    def __init__(self, setting: Setting) -> None:
        columns, self.parameters = setting.columns, setting.parameters.offers
        self._per_half_life = 1.0 / (self.parameters.expectation_half_life * DAY)
        self.until = columns.add("offers.until", np.int32, NEVER)
        self.percent: NDArray[np.float32] = columns.add("offers.percent", np.float32)
        self.cut = columns.add("offers.cut", np.int32)
        self.value = columns.add("offers.value", np.int32)
        self.cost = columns.add("offers.cost", np.int32)
        self._expectation: Floats = columns.add("offers.expectation", np.float64)

    def expectation(self, customer: Int64s, time: Int64s) -> Floats:
        """E now."""
        result: Floats = self._expectation.take(customer) * np.exp2(time * -self._per_half_life)
        return result

    def see(self, customer: Int64s, time: Int64s, site: Int64s, messages: MessageTable) -> None:
        """These customers notice an offer: it replaces the one before, and E grows."""
        growth = np.exp2(time * self._per_half_life)
        expectation = self._expectation.take(customer) / growth + self.parameters.expectation_step
        self._expectation[customer] = np.minimum(expectation, self.parameters.expectation_most) * growth
        self.until[customer] = time + messages.offer_valid.take(site)
        self.percent[customer] = messages.offer_percent.take(site)
        self.cut[customer] = messages.offer_cut.take(site)
        self.value[customer] = messages.offer_value.take(site)
        self.cost[customer] = messages.offer_cost.take(site)

    def appeal(self, customer: Int64s, typical_value: Floats) -> Floats:
        """Worth of the offer in hand (valid or not) as a fraction of a typical order."""
        money = self.cut.take(customer).astype(np.int64) + self.value.take(customer)
        result: Floats = self.percent.take(customer) + money / typical_value
        return result

    def redeem(self, customer: Int64s, time: Int64s, value: Int64s) -> tuple[Int64s, Int64s]:
        """(price reduction, offer cost) of orders of this value; a valid offer is used up."""
        discount, cost = np.zeros(customer.size, np.int64), np.zeros(customer.size, np.int64)
        valid = (self.until.take(customer) >= time).nonzero()[0]
        if valid.size:
            who, worth = customer.take(valid), value.take(valid)
            reduction = np.rint(worth * self.percent.take(who).astype(np.float64)).astype(np.int64)
            reduction = np.minimum(reduction + self.cut.take(who), worth)
            discount[valid] = reduction
            cost[valid] = reduction + self.cost.take(who)
            self.until[who] = NEVER
        return discount, cost
