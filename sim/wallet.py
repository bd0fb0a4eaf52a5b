"""Loyalty points in customers' hands: who thinks of them, what that does to a visit, who pays with them.

Points are a price reduction that the customer may forget.  Whoever noticed a message that shows them lately (a
personal block ``points``) is aware of them: they add to the intent of a visit as an offer does, and are used more
often at an order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.calendar import DAY, NEVER
from sim.setting import Setting
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_USES = luck.purpose("world.order.uses_points")
_PAID = luck.purpose("world.order.points")

_SPENT = EVENT_CODE["points_spent"]


class Wallet:
    """Column: aware_until (N,) int32, until when the customer thinks of the points on the account."""

    def __init__(self, setting: Setting) -> None:
        self.hub, self.parameters = setting.hub, setting.parameters.points
        self.aware_until = setting.columns.add("wallet.aware_until", np.int32, NEVER)

    def remind(self, customer: Int64s, time: Int64s) -> None:
        """A message that shows the points was noticed."""
        self.aware_until[customer] = time + int(self.parameters.aware_days * DAY)

    def appeal(self, customer: Int64s, time: Int64s, typical_value: Floats) -> Floats:
        """What the points are felt to be worth, as a fraction of a typical order; 0 for the unaware."""
        felt = np.zeros(customer.size)
        aware = (self.aware_until.take(customer) >= time).nonzero()[0]
        if aware.size:
            price = typical_value.take(aware)
            _, money = self.hub.payable_points(customer.take(aware), price.astype(np.int64))
            felt[aware] = self.parameters.felt * money / price
        return felt

    def pay(self, customer: Int64s, time: Int64s, key: luck.Keys, price: Int64s) -> Int64s:
        """Money (n,) that points pay of orders of this price; key: the orders'."""
        p = self.parameters
        points, money = self.hub.payable_points(customer, price)
        aware = self.aware_until.take(customer) >= time
        uses = (points > 0) & (luck.uniform(key, _USES) < np.where(aware, p.used_aware, p.used))
        index = uses.nonzero()[0]
        if index.size:
            self.hub.observe(
                _SPENT,
                customer.take(index),
                time.take(index),
                luck.child(key.take(index), _PAID),
                None,
                points.take(index) * MONEY_UNIT,
            )
        return np.where(uses, money, 0)
