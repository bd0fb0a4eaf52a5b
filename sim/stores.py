"""The company's own shops: part of what is bought elsewhere is bought there.

Who lives near a shop takes a share of what he would have bought elsewhere to it.  The receipt is money of the
company and closes the job.  With a customer card the company learns whose it is, and takes it for an order like
others (:mod:`strategies.own_actions`); without, it goes on writing to somebody who has what he wanted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.orders import Orders
from sim.population import Customers
from sim.population_sections import Stores as StoresSection
from sim.setting import MoneyRecorder, Setting
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Keys = luck.Keys

_NEAR = luck.purpose("world.store.near")
_THERE = luck.purpose("world.store.there")
_RECEIPT = luck.purpose("world.store.receipt")

_VISITED = EVENT_CODE["store_visited"]


class Stores:
    """Owns no state: who lives near a shop is a sticky function of who the customer is."""

    def __init__(self, setting: Setting, section: StoresSection, customers: Customers, orders: Orders) -> None:
        self.section, self.customers, self.orders = section, customers, orders
        self.hub = setting.hub
        self.recorder: MoneyRecorder = setting.recorder
        self._margin = setting.population.margins

    def near(self, customer: Int64s) -> NDArray[np.bool_]:
        """Who lives near a shop."""
        return np.asarray(luck.sticky_uniform(self.customers.base_key.take(customer), _NEAR, 0) < self.section.near)

    def sell(self, customer: Int64s, time: Int64s, job: Int64s, key: Keys) -> NDArray[np.bool_]:
        """Who of those whose job is solved elsewhere solves it in a shop of the company.  key: the jobs'."""
        section = self.section
        u_there, u_card = luck.uniform_pair(key, _THERE)
        there = self.near(customer) & (u_there < section.share)
        index = there.nonzero()[0]
        if index.size:
            part = (customer.take(index), time.take(index), job.take(index), luck.child(key.take(index), _RECEIPT))
            self._book(*part, u_card.take(index) < section.card)
        return there

    def _book(self, customer: Int64s, time: Int64s, job: Int64s, key: Keys, with_card: NDArray[np.bool_]) -> None:
        value = self.orders.value(customer, job, key)
        margin = np.rint(value * self._margin.take(job)).astype(np.int64)
        self.recorder.order(customer, time, value, margin, np.zeros_like(value))
        known = with_card.nonzero()[0]
        if known.size:
            who, when, category, money = (part.take(known) for part in (customer, time, job, value))
            self.hub.observe(_VISITED, who, when, key.take(known), category, money)
