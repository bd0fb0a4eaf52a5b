"""What the shop has: items that run out of stock and come back, prices that drop for a while; and who wants them.

Each category holds some items.  Their stock-outs and price drops are a calendar of the base, drawn from its own key
by day and item: all arms and lucks of a base see the same one, and no customer changes it.  It stands still within a
company day.

A customer's wish is the item marked as favourite last, for ``memory`` days or until an order of its category.  While
it is out of stock, visits for its category lead to a cart less often; while it is cheaper, they have more intent, and
an order costs less.  When it comes back or becomes cheaper, the company sees whom that concerns (``stock_back``,
``price_dropped``); the customers themselves see it at a visit only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, FIRST_DAY, HOUR, NEVER
from sim.kernel.short import distinct, some
from sim.kinds import WISH
from sim.population import Customers
from sim.setting import Setting
from sim.trust import Trust
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_CALENDAR = luck.purpose("world.assortment")
_ITEM_DAY = luck.purpose("world.assortment.day")
_BEGINS = luck.purpose("world.assortment.begins")
_LENGTH = luck.purpose("world.assortment.length")
_DEPTH = luck.purpose("world.assortment.depth")
_SHELF = luck.purpose("world.wish.shelf")
_CONCERNS = luck.purpose("world.wish.concerns")

_BACK, _DROPPED = EVENT_CODE["stock_back"], EVENT_CODE["price_dropped"]
_TOLD_AT = 10 * HOUR
"""Company time at which the company's system finds out whom the day's changes concern."""
NO_WISH = -1


class Assortment:
    """World columns: key (W,) uint64 of the base; by item (W, K): out_until, sale_until int32 seconds; drop float32.

    Columns: wish (N,) int16, category · items + shelf, NO_WISH for none; wished_at (N,) int32.
    """

    def __init__(self, setting: Setting, customers: Customers, trust: Trust, items: int) -> None:
        self.customers, self.trust, self.items = customers, trust, items
        self.agenda, self.hub, self.columns = setting.agenda, setting.hub, setting.columns
        self.parameters = setting.parameters.assortment
        count = items * len(setting.population.jobs)
        columns = setting.columns
        self.key = columns.add_world("assortment.key", np.uint64)
        self.out_until = columns.add_world("assortment.out_until", np.int32, NEVER, columns=count)
        self.sale_until = columns.add_world("assortment.sale_until", np.int32, NEVER, columns=count)
        self.drop = columns.add_world("assortment.drop", np.float32, columns=count)
        self.wish = columns.add("assortment.wish", np.int16, NO_WISH)
        self.wished_at = columns.add("assortment.wished_at", np.int32, NEVER)
        self.agenda.register(WISH, self.on_wish, lambda customer, payload: payload)
        self.agenda.every(DAY, self.day, self.agenda.begin)

    def populate(self, base_keys: luck.Keys) -> None:
        """Each world's calendar follows from its base: (W,) root keys."""
        self.key[:] = luck.child(base_keys, _CALENDAR)

    # ---------------------------------------------------------------- the calendar

    def day(self, time: int) -> None:
        """What comes back, runs out and becomes cheaper on the company day that begins at ``time``."""
        p = self.parameters
        worlds, count = self.out_until.shape
        ordinal = (FIRST_DAY + time // DAY) * count + np.arange(count)
        key = luck.child(np.repeat(self.key, count), _ITEM_DAY, np.tile(ordinal, worlds))
        u_out, u_sale = (u.reshape(worlds, count) for u in luck.uniform_pair(key, _BEGINS))
        out_length, sale_length = (u.reshape(worlds, count) for u in luck.uniform_pair(key, _LENGTH))
        back = self.out_until == time
        runs_out = (self.out_until <= time) & (u_out < p.stock_outs / 365)
        self.out_until[runs_out] = time + _days(out_length[runs_out], p.out_days)
        drops = (self.sale_until <= time) & (u_sale < p.price_drops / 365)
        self.sale_until[drops] = time + _days(sale_length[drops], p.sale_days)
        self.drop[drops] = p.drop * (0.5 + luck.uniform(key[drops.reshape(-1)], _DEPTH))
        for event, changed in ((_BACK, back & ~runs_out), (_DROPPED, drops)):
            if some(changed):
                self._tell(event, time, changed)

    def _tell(self, event: int, time: int, changed: Bools) -> None:
        """Plan that the company finds whom the changes concern; changed: (W, K)."""
        wish = self.wish.astype(np.int64)
        place = self.columns.world_of(np.arange(wish.size)) * changed.shape[1] + np.maximum(wish, 0)
        customer = ((wish >= 0) & changed.reshape(-1).take(place)).nonzero()[0]
        if customer.size:
            item = wish.take(customer)
            ordinal = ((FIRST_DAY + time // DAY) * 64 + event) * changed.shape[1] + item
            key = luck.child(self.customers.luck_key.take(customer), _CONCERNS, ordinal)
            self.agenda.push(WISH, customer, np.full(customer.size, time + _TOLD_AT), key, item << 8 | event)

    def on_wish(self, rows: Cohort) -> None:
        """The company sees whom a change concerns: whoever still wishes the item."""
        wished = (self.wish.take(rows.customer) == rows.payload >> 8) & self._lasts(rows.customer, rows.time)
        rows = rows.where(wished & self.trust.alive(rows.customer, rows.time))
        for event in distinct(rows.payload & 255):
            part = rows.where((rows.payload & 255) == event)
            item = part.payload >> 8
            value = None
            if event == _DROPPED:
                drop = self.drop[self.columns.world_of(part.customer), item]
                value = np.rint(drop.astype(np.float64) * MONEY_UNIT).astype(np.int64)
            self.hub.observe(event, part.customer, part.time, part.key, item // self.items, value)

    # ---------------------------------------------------------------- wishes

    def want(self, customer: Int64s, time: Int64s, key: luck.Keys, category: Int64s) -> None:
        """These customers mark an item of a category; key: the visits'."""
        shelf = (luck.uniform(key, _SHELF) * self.items).astype(np.int64)
        self.wish[customer] = category * self.items + shelf
        self.wished_at[customer] = time

    def _lasts(self, customer: Int64s, time: Int64s) -> Bools:
        result: Bools = time - self.wished_at.take(customer) <= int(self.parameters.memory * DAY)
        return result

    def _wishing(self, customer: Int64s, time: Int64s, category: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """(position, world, item) of those who come for the category of their wish."""
        wish = self.wish.take(customer).astype(np.int64)
        index = ((wish >= 0) & (wish // self.items == category)).nonzero()[0]
        index = index[self._lasts(customer.take(index), time.take(index))]
        return index, self.columns.world_of(customer.take(index)), wish.take(index)

    def pull(self, customer: Int64s, time: Int64s, category: Int64s) -> Floats:
        """Change of the intent of visits for these categories: a cheaper item draws, one that is not there repels."""
        p, pull = self.parameters, np.zeros(customer.size)
        index, world, item = self._wishing(customer, time, category)
        if index.size:
            when = time.take(index)
            cheaper = np.where(self.sale_until[world, item] > when, self.drop[world, item], 0.0)
            sensitivity = self.customers.price_sensitivity.take(customer.take(index))
            pull[index] = p.draw * sensitivity * cheaper - p.missing * (self.out_until[world, item] > when)
        return pull

    def buy(self, customer: Int64s, time: Int64s, category: Int64s, value: Int64s) -> Int64s:
        """Price cut (money) of orders; an order of the wish's category fulfils the wish."""
        cut = np.zeros(customer.size, np.int64)
        index, world, item = self._wishing(customer, time, category)
        if index.size:
            cheaper = np.where(self.sale_until[world, item] > time.take(index), self.drop[world, item], 0.0)
            cut[index] = np.rint(value.take(index) * cheaper.astype(np.float64)).astype(np.int64)
            self.wish[customer.take(index)] = NO_WISH
        return cut


def _days(u: Floats, mean: float) -> Int64s:
    """Whole days, at least one, geometric with about this mean, in seconds."""
    result: Int64s = (1 + np.floor(np.log(u) / np.log1p(-1.0 / max(mean, 1.001)))).astype(np.int64) * DAY
    return result
