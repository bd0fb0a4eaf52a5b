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
from sim.kernel.calendar import DAY
from sim.messages import MessageTable
from sim.setting import NEVER, Setting
from strategies.scenario import Offer
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_FOUND = luck.purpose("world.order.coupon_found")
_USED = luck.purpose("world.order.offer_used")

_REDEEMED = EVENT_CODE["coupon_redeemed"]
_HAND = ("percent", "cut", "value", "cost")
"""What an offer in hand and a coupon have in common."""


class Offers:
    """The offer in hand: until int32; percent float32; cut, value, cost int32 money; (N,) each.

    promise: (N,) int16, the offer promised last (a code that equal names share), -1 for none; promised_until: int32.
    expectation: (N,) float64, E in forward-decayed form.
    Where chains give coupons: coupon (N,) int16 code, -1 for none; coupon_until int32; and coupon_percent and so on.
    """

    def __init__(self, setting: Setting) -> None:
        columns, self.parameters = setting.columns, setting.parameters.offers
        self.hub = setting.hub
        self._per_half_life = 1.0 / (self.parameters.expectation_half_life * DAY)
        self.until = columns.add("offers.until", np.int32, NEVER)
        self.percent: NDArray[np.float32] = columns.add("offers.percent", np.float32)
        self.cut = columns.add("offers.cut", np.int32)
        self.value = columns.add("offers.value", np.int32)
        self.cost = columns.add("offers.cost", np.int32)
        self.promise = columns.add("offers.promise", np.int16, -1)
        self.promised_until = columns.add("offers.promised_until", np.int32, NEVER)
        self._expectation: Floats = columns.add("offers.expectation", np.float64)
        self.coupons = setting.hub.gives_coupons
        if self.coupons:
            self.coupon = columns.add("offers.coupon", np.int16, -1)
            self.coupon_until = columns.add("offers.coupon_until", np.int32, NEVER)
            self.coupon_percent: NDArray[np.float32] = columns.add("offers.coupon_percent", np.float32)
            self.coupon_cut = columns.add("offers.coupon_cut", np.int32)
            self.coupon_value = columns.add("offers.coupon_value", np.int32)
            self.coupon_cost = columns.add("offers.coupon_cost", np.int32)

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
            self.percent[customer] = messages.offer_percent.take(site)
            self.cut[customer] = messages.offer_cut.take(site)
            self.value[customer] = messages.offer_value.take(site)
            self.cost[customer] = messages.offer_cost.take(site)

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
        self.coupon_percent[customer] = offer.percent
        is_thing = offer.kind in ("gift", "free_delivery")
        self.coupon_cut[customer] = offer.value_to_customer if offer.kind == "amount" else 0
        self.coupon_value[customer] = offer.value_to_customer if is_thing else 0
        self.coupon_cost[customer] = offer.cost if is_thing else 0

    def _hear_of_coupon(self, customer: Int64s, time: Int64s, code: Int64s) -> None:
        """A message tells of a coupon: who holds it takes it in hand, once."""
        holds = (self.coupon.take(customer) == code) & (self.coupon_until.take(customer) >= time)
        holds &= ~self._is_promised(customer, time, code)
        index = holds.nonzero()[0]
        if index.size:
            customer = customer.take(index)
            self._promise(customer, time.take(index), code.take(index), self.coupon_until.take(customer))
            self._take_in_hand(customer)

    def _take_in_hand(self, customer: Int64s) -> None:
        for name in _HAND:
            getattr(self, name)[customer] = getattr(self, f"coupon_{name}").take(customer)

    def _find_coupons(self, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        """At an order without an offer in hand, some find a coupon that nobody told them of."""
        free = (self.until.take(customer) < time) & (self.coupon_until.take(customer) >= time)
        found = free & (luck.uniform(key, _FOUND) < self.parameters.coupon_found)
        index = found.nonzero()[0]
        if index.size:
            customer = customer.take(index)
            self.promise[customer] = self.coupon.take(customer)
            self.promised_until[customer] = self.until[customer] = self.coupon_until.take(customer)
            self._take_in_hand(customer)

    # ---------------------------------------------------------------- using it

    def appeal(self, customer: Int64s, typical_value: Floats) -> Floats:
        """Worth of the offer in hand (valid or not) as a fraction of a typical order."""
        money = self.cut.take(customer).astype(np.int64) + self.value.take(customer)
        result: Floats = self.percent.take(customer) + money / typical_value
        return result

    def redeem(self, customer: Int64s, time: Int64s, key: luck.Keys, value: Int64s) -> tuple[Int64s, Int64s]:
        """(price reduction, offer cost) of orders of this value; a valid offer is used up.  key: the orders'."""
        if self.coupons:
            self._find_coupons(customer, time, key)
        discount, cost = np.zeros(customer.size, np.int64), np.zeros(customer.size, np.int64)
        valid = (self.until.take(customer) >= time).nonzero()[0]
        if valid.size:
            who, worth = customer.take(valid), value.take(valid)
            reduction = np.rint(worth * self.percent.take(who).astype(np.float64)).astype(np.int64)
            reduction = np.minimum(reduction + self.cut.take(who), worth)
            discount[valid] = reduction
            cost[valid] = reduction + self.cost.take(who)
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
