"""Offers in customers' hands, coupons, and the expectation of discounts that frequent ones breed.

One offer is one promise: as long as it is valid, further messages with it neither renew it nor raise the
expectation, and once used it is used up, however many messages repeat it.

A coupon is an offer that was given to the customer: it runs from the giving, once.  Messages with that offer only tell
of it; who was not told finds it at an order with a small chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.calendar import DAY, NEVER
from sim.messages import MessageTable
from sim.setting import Setting
from strategies.scenario import Offer
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_FOUND = luck.purpose("world.order.coupon_found")
_USED = luck.purpose("world.order.offer_used")

_REDEEMED = EVENT_CODE["coupon_redeemed"]


class Terms:
    """What offers are worth and cost, a row for each that differs; row 0 is that of no offer.

    percent: (k,) float32, share of the order; cut, value, cost: (k,) int64 money, off the price, worth of a thing
    that is given, and its cost.  The order of the rows never leaves the run.

    >>> terms = Terms()
    >>> terms.row(0.1), terms.row(cut=50), terms.row(0.1), terms.cut.tolist()
    (1, 2, 1, [0, 0, 50])
    """

    def __init__(self) -> None:
        self.percent = np.zeros(1, np.float32)
        self.cut, self.value, self.cost = (np.zeros(1, np.int64) for _ in range(3))
        self._rows = {(0.0, 0, 0, 0): 0}

    def row(self, percent: float = 0.0, cut: int = 0, value: int = 0, cost: int = 0) -> int:
        """The row of an offer, a new one for one that differs from all before."""
        row = self._rows.setdefault((percent, cut, value, cost), self.percent.size)
        if row == self.percent.size:
            self.percent = np.append(self.percent, np.float32(percent))
            self.cut, self.value, self.cost = (
                np.append(column, np.int64(money))
                for column, money in ((self.cut, cut), (self.value, value), (self.cost, cost))
            )
        return row

    def of_sites(self, messages: MessageTable) -> Int64s:
        """(sites,) rows of what the messages promise."""
        columns = messages.offer_percent, messages.offer_cut, messages.offer_value, messages.offer_cost
        offers = zip(*(column.tolist() for column in columns), strict=True)
        return np.array([self.row(*offer) for offer in offers], np.int64)


class Offers:
    """The offer in hand: until int32; terms int32, its row of :class:`Terms`; (N,) each.

    promise: (N,) int16, the offer promised last (a code that equal names share), -1 for none; promised_until: int32.
    expectation: (N,) float64, E in forward-decayed form.
    Where chains give coupons: coupon (N,) int16 code, -1 for none; coupon_until int32; coupon_terms int32.
    The past has no offers, so no row is copied from one run to another.
    """

    def __init__(self, setting: Setting) -> None:
        columns, self.parameters = setting.columns, setting.parameters.offers
        self.hub = setting.hub
        self._per_half_life = 1.0 / (self.parameters.expectation_half_life * DAY)
        self.until = columns.add("offers.until", np.int32, NEVER)
        self.terms = columns.add("offers.terms", np.int32)
        self.promise = columns.add("offers.promise", np.int16, -1)
        self.promised_until = columns.add("offers.promised_until", np.int32, NEVER)
        self._expectation: Floats = columns.add("offers.expectation", np.float64)
        self.coupons = setting.hub.gives_coupons
        if self.coupons:
            self.coupon = columns.add("offers.coupon", np.int16, -1)
            self.coupon_until = columns.add("offers.coupon_until", np.int32, NEVER)
            self.coupon_terms = columns.add("offers.coupon_terms", np.int32)
        self._table = Terms()
        self._messages: MessageTable | None = None
        self._of_sites: Int64s = np.empty(0, np.int64)

    # ---------------------------------------------------------------- being promised something

    def expectation(self, customer: Int64s, time: Int64s) -> Floats:
        """E now."""
        result: Floats = self._expectation.take(customer) * np.exp2(time * -self._per_half_life)
        return result

    def see(self, customer: Int64s, time: Int64s, site: Int64s, messages: MessageTable) -> None:
        """These customers notice an offer: a new one replaces the one before, and E grows."""
        if self.coupons:
            told = messages.coupon.take(site).nonzero()[0]
            self._hear_of_coupon(customer.take(told), time.take(told), messages.offer.take(site.take(told)))
            free = (~messages.coupon.take(site)).nonzero()[0]
            customer, time, site = customer.take(free), time.take(free), site.take(free)
        code = messages.offer.take(site)
        new = ~self._is_promised(customer, time, code)
        index = new.nonzero()[0]
        if index.size:
            customer, time, site, code = customer.take(index), time.take(index), site.take(index), code.take(index)
            self._promise(customer, time, code, time + messages.offer_valid.take(site))
            if messages is not self._messages:
                self._messages, self._of_sites = messages, self._table.of_sites(messages)
            self.terms[customer] = self._of_sites.take(site)

    def _is_promised(self, customer: Int64s, time: Int64s, code: Int64s) -> NDArray[np.bool_]:
        """Whether this very promise stands already (used or not)."""
        result: NDArray[np.bool_] = (self.promise.take(customer) == code) & (self.promised_until.take(customer) >= time)
        return result

    def _promise(self, customer: Int64s, time: Int64s, code: Int64s, until: Int64s) -> None:
        growth = np.exp2(time * self._per_half_life)
        expectation = self._expectation.take(customer) / growth + self.parameters.expectation_step
        self._expectation[customer] = np.minimum(expectation, self.parameters.expectation_most) * growth
        self.promise[customer] = code
        self.promised_until[customer] = until
        self.until[customer] = until

    # ---------------------------------------------------------------- coupons

    def give(self, customer: Int64s, time: Int64s, code: int, offer: Offer) -> None:
        """These customers get a coupon; it replaces the one before."""
        self.coupon[customer] = code
        self.coupon_until[customer] = time + offer.valid
        self.coupon_terms[customer] = self._table.row(*terms_of(offer))

    def _hear_of_coupon(self, customer: Int64s, time: Int64s, code: Int64s) -> None:
        """A message tells of a coupon: who holds it takes it in hand, once."""
        holds = (self.coupon.take(customer) == code) & (self.coupon_until.take(customer) >= time)
        holds &= ~self._is_promised(customer, time, code)
        index = holds.nonzero()[0]
        if index.size:
            customer = customer.take(index)
            self._promise(customer, time.take(index), code.take(index), self.coupon_until.take(customer))
            self.terms[customer] = self.coupon_terms.take(customer)

    def _find_coupons(self, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        """At an order without an offer in hand, some find a coupon that nobody told them of."""
        free = (self.until.take(customer) < time) & (self.coupon_until.take(customer) >= time)
        found = free & (luck.uniform(key, _FOUND) < self.parameters.coupon_found)
        index = found.nonzero()[0]
        if index.size:
            customer = customer.take(index)
            self.promise[customer] = self.coupon.take(customer)
            self.promised_until[customer] = self.until[customer] = self.coupon_until.take(customer)
            self.terms[customer] = self.coupon_terms.take(customer)

    # ---------------------------------------------------------------- using it

    def appeal(self, customer: Int64s, typical_value: Floats) -> Floats:
        """Worth of the offer in hand (valid or not) as a fraction of a typical order."""
        terms, table = self.terms.take(customer), self._table
        money = table.cut.take(terms) + table.value.take(terms)
        result: Floats = table.percent.take(terms) + money / typical_value
        return result

    def redeem(self, customer: Int64s, time: Int64s, key: luck.Keys, value: Int64s) -> tuple[Int64s, Int64s]:
        """(price reduction, offer cost) of orders of this value; a valid offer is used up.  key: the orders'."""
        if self.coupons:
            self._find_coupons(customer, time, key)
        discount, cost = np.zeros(customer.size, np.int64), np.zeros(customer.size, np.int64)
        valid = (self.until.take(customer) >= time).nonzero()[0]
        if valid.size:
            who, worth = customer.take(valid), value.take(valid)
            terms, table = self.terms.take(who), self._table
            reduction = np.rint(worth * table.percent.take(terms).astype(np.float64)).astype(np.int64)
            reduction = np.minimum(reduction + table.cut.take(terms), worth)
            discount[valid] = reduction
            cost[valid] = reduction + table.cost.take(terms)
            self.until[who] = NEVER
            if self.coupons:
                spent = who[self.coupon.take(who) == self.promise.take(who)]
                self.coupon_until[spent] = NEVER
            self.hub.observe(
                _REDEEMED,
                who,
                time.take(valid),
                luck.child(key.take(valid), _USED),
                self.promise.take(who).astype(np.int64),
                cost.take(valid),
            )
        return discount, cost


def terms_of(offer: Offer) -> tuple[float, int, int, int]:
    """(percent, cut, value, cost) of an offer as :meth:`Terms.row` takes them; cost: of a thing that is given."""
    if offer.kind in ("gift", "free_delivery"):
        return offer.percent, 0, offer.value_to_customer, offer.cost
    return offer.percent, offer.value_to_customer if offer.kind == "amount" else 0, 0, 0
