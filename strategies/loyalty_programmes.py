"""The loyalty programmes of all arms: what customers earn and spend, and with what they may pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.engine import Engine
from strategies.loyalty import LoyaltyAccounts
from strategies.occurrence import Occurrence
from strategies.vocabulary import MONEY_UNIT

Int64s = NDArray[np.int64]


class LoyaltyProgrammes:
    """Engines with a loyalty programme, each with its accounts."""

    def __init__(self) -> None:
        self._accounts: list[LoyaltyAccounts] = []

    def add(self, engine: Engine) -> None:
        """Another engine, if it has a programme."""
        if engine.loyalty is not None:
            self._accounts.append(engine.loyalty)

    @property
    def keep_points(self) -> bool:
        """Does any arm have a programme with points?"""
        return any(accounts.rules.points is not None for accounts in self._accounts)

    def payable(self, customer: Int64s, price: Int64s) -> tuple[Int64s, Int64s]:
        """(points, their worth in money), (n,) each, that may pay of orders of this price; 0 without a programme."""
        points, money = np.zeros(customer.size, np.int64), np.zeros(customer.size, np.int64)
        for accounts in self._accounts:
            index = accounts.engine.mine.positions(customer)
            points[index] = accounts.payable(customer.take(index), price.take(index))
            money[index] = points[index] * accounts.worth
        return points, money

    def owed(self, customers: int) -> Int64s:
        """Money of the unspent points of all ``customers`` stacked ones; 0 without a programme."""
        owed = np.zeros(customers, np.int64)
        for accounts in self._accounts:
            owed[accounts.engine.mine.first : accounts.engine.mine.last] = accounts.owed()
        return owed

    def note_spent(self, customer: Int64s, value: Int64s) -> None:
        """Points have paid for a part of orders.  value: their number, fixed-point."""
        for accounts in self._accounts:
            index = accounts.engine.mine.positions(customer)
            accounts.note_spent(customer.take(index), value.take(index) // MONEY_UNIT)

    def on_order(self, orders: Occurrence) -> None:
        """Orders earn points and count for tiers."""
        for accounts in self._accounts:
            mine = orders.take(accounts.engine.mine.positions(orders.customer))
            if mine.size:
                assert mine.value is not None
                accounts.on_order(mine.customer, mine.time, mine.key, mine.value)
