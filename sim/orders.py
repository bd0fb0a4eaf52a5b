"""From the cart to the order, or away from it: carts, checkouts, orders, abandonment, and their money."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.assortment import Assortment
from sim.fulfilment import Fulfilment
from sim.jobs import Jobs
from sim.journey import CHECKS_OUT, EMPTIES, FOUND, IDLE, ORDERS, Journey
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, NEVER
from sim.kinds import ABANDON, CART, ORDER
from sim.offers import Offers
from sim.population import Customers
from sim.setting import Setting
from sim.supplies import Supplies
from sim.trust import Trust
from sim.wallet import Wallet
from strategies.limits import MAX_ORDER
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]

_VALUE = luck.purpose("world.cart.value")
_CHECKOUT = luck.purpose("world.cart.checkout")
_ORDER = luck.purpose("world.cart.order")
_ABANDON = luck.purpose("world.cart.abandon")
_CHECKOUT_LEFT = luck.purpose("world.cart.checkout_abandon")
_EXPERIENCE = luck.purpose("world.order.experience")

_CART_ADDED = EVENT_CODE["cart_added"]
_CART_EMPTIED = EVENT_CODE["cart_emptied"]
_CART_LEFT = EVENT_CODE["cart_abandoned"]
_CHECKOUT_STARTED = EVENT_CODE["checkout_started"]
_CHECKOUT_ABANDONED = EVENT_CODE["checkout_abandoned"]
_ORDERED = EVENT_CODE["order"]


class Orders:
    """Column: helped_until (N,) int32, until when a noticed, fitting message counts as help."""

    def __init__(
        self, setting: Setting, customers: Customers, trust: Trust, jobs: Jobs, offers: Offers, journey: Journey
    ) -> None:
        self.customers, self.trust, self.jobs, self.offers, self.journey = customers, trust, jobs, offers, journey
        self.agenda, self.hub, self.recorder = setting.agenda, setting.hub, setting.recorder
        self.parameters = setting.parameters
        self.assortment: Assortment | None = None
        """What the shop has, where that changes."""
        self.supplies: Supplies | None = None
        """Notes what was bought, where it runs out some day."""
        self.wallet: Wallet | None = None
        """Loyalty points, where some arm has them."""
        self.fulfilment: Fulfilment | None = None
        """Delivers the orders; without it they are in the customer's hands at once."""
        self.helped_until = setting.columns.add("orders.helped_until", np.int32, NEVER)
        self.when_ordered: list[Callable[[Cohort], None]] = []
        """What follows orders; rows as :meth:`on_order` gets them."""
        self._margin = setting.population.margins
        self._level = np.array([job.value for job in setting.population.jobs])
        for kind, handler in ((CART, self.on_cart), (ORDER, self.on_order), (ABANDON, self.on_abandon)):
            self.agenda.register(kind, handler)

    def value(self, customer: Int64s, category: Int64s, key: luck.Keys) -> Int64s:
        """Cart values: lognormal around the customer's and the category's level (whole kopecks), up to MAX_ORDER."""
        sd = self.parameters.traits.value_order_sd
        factor = np.exp(sd * ndtri(luck.uniform(key, _VALUE)) - sd**2 / 2)
        money = self.customers.typical_value.take(customer) * self._level.take(category) * factor
        result: Int64s = np.rint(np.minimum(money, MAX_ORDER) / 100).astype(np.int64) * 100
        return result

    def on_cart(self, rows: Cohort) -> None:
        """The cart is filled (or found again), then left, emptied, or taken to the checkout."""
        customer, time = rows.customer, rows.time
        category, flags = rows.payload & 255, (rows.payload >> 8) & 255
        found = (flags & FOUND) != 0
        value = np.where(found, self.journey.cart_value.take(customer), self.value(customer, category, rows.key))
        self._observe(_CART_ADDED, rows, ~found, rows.key, category, value)
        emptied = (flags & EMPTIES) != 0
        self._observe(_CART_EMPTIED, rows, emptied, rows.key, category)
        self._clear(customer[emptied])
        checkout_at = time + ((rows.payload >> 16) & 0xFFFF)
        checks_out = ((flags & CHECKS_OUT) != 0).nonzero()[0]
        if checks_out.size:
            self._checkout(
                rows.take(checks_out), checkout_at.take(checks_out), category.take(checks_out), value.take(checks_out)
            )
        orders = (flags & ORDERS) != 0
        bought = orders.nonzero()[0]
        if bought.size:
            when = checkout_at.take(bought) + (rows.payload.take(bought) >> 32)
            payload = category.take(bought) | (flags.take(bought) << 8) | (value.take(bought) << 16)
            self.agenda.push(ORDER, customer.take(bought), when, luck.child(rows.key.take(bought), _ORDER), payload)
        left = (~orders & ~emptied).nonzero()[0]
        if left.size:
            last = np.where(flags & CHECKS_OUT, checkout_at, time).take(left)
            payload = category.take(left) | (flags.take(left) << 8) | (value.take(left) << 16)
            key = luck.child(rows.key.take(left), _ABANDON)
            self.agenda.push(ABANDON, customer.take(left), last + IDLE, key, payload)

    def _checkout(self, rows: Cohort, time: Int64s, category: Int64s, value: Int64s) -> None:
        if self.hub.subscribed(_CHECKOUT_STARTED):
            key = luck.child(rows.key, _CHECKOUT)
            self.journey.plan_action(_CHECKOUT_STARTED, rows.customer, time, key, category, value)
        else:
            self.hub.log_only(_CHECKOUT_STARTED, rows.customer, time, category, value)

    def _observe(
        self,
        event: int,
        rows: Cohort,
        mask: NDArray[np.bool_],
        key: luck.Keys,
        category: Int64s,
        value: Int64s | None = None,
    ) -> None:
        here = mask.nonzero()[0]
        if here.size:
            money = None if value is None else value.take(here)
            part = rows.take(here)
            self.hub.observe(event, part.customer, part.time, key.take(here), category.take(here), money)

    def _clear(self, customer: Int64s) -> None:
        self.journey.cart_left[customer] = NEVER
        self.journey.cart_type[customer] = -1

    def on_abandon(self, rows: Cohort) -> None:
        """30 idle minutes after a cart was left: the checkout first, if it was reached, then the cart."""
        category, flags, value = rows.payload & 255, (rows.payload >> 8) & 255, rows.payload >> 16
        self.journey.cart_left[rows.customer] = rows.time - IDLE
        self.journey.cart_type[rows.customer] = category
        self.journey.cart_value[rows.customer] = value
        checkout = (flags & CHECKS_OUT) != 0
        self._observe(_CHECKOUT_ABANDONED, rows, checkout, luck.child(rows.key, _CHECKOUT_LEFT), category, value)
        self.hub.observe(_CART_LEFT, rows.customer, rows.time, rows.key, category, value)

    def on_order(self, rows: Cohort) -> None:
        """An order: money, the end of its job, and the experience that moves trust."""
        customer, time = rows.customer, rows.time
        category, value = rows.payload & 255, rows.payload >> 16
        earned = np.rint(value * self._margin.take(category)).astype(np.int64)
        if self.assortment is not None:
            cut = self.assortment.buy(customer, time, category, value)
            value, earned = value - cut, earned - cut
        discount, offer_cost = self.offers.redeem(customer, time, rows.key, value)
        if self.wallet is not None:
            by_points = self.wallet.pay(customer, time, rows.key, value - discount)
            discount, offer_cost = discount + by_points, offer_cost + by_points
        self.recorder.order(customer, time, value - discount, earned - offer_cost, offer_cost)
        had_job = self.jobs.is_open(customer, category)
        self._move_trust(rows, had_job)
        solved = had_job.nonzero()[0]
        self.jobs.close(customer.take(solved), category.take(solved), time.take(solved), here=True)
        self._clear(customer[self.journey.cart_type.take(customer) == category])
        if self.fulfilment is not None:
            self.fulfilment.ship(rows, category, value - discount, earned - offer_cost)
        if self.supplies is not None:
            self.supplies.note_order(rows, category, value - discount)
        self.hub.observe(_ORDERED, customer, time, rows.key, category, value - discount)
        for follow in self.when_ordered:
            follow(rows)

    def _move_trust(self, rows: Cohort, had_job: NDArray[np.bool_]) -> None:
        """Help and good experience raise trust by a share of what is missing to 1, bad experience lowers it.

        Where orders are delivered, the experience comes with the hand-over.
        """
        p = self.parameters.trust
        room = 1.0 - p.normal + self.trust.missing(rows.customer, rows.time)
        helped = had_job & (self.helped_until.take(rows.customer) >= rows.time)
        change = helped * (p.helped * room)
        if self.fulfilment is None:
            bad = luck.uniform(rows.key, _EXPERIENCE) < p.bad_share
            change = np.where(bad, -p.bad, p.good * room) + change
        self.trust.shift(rows.customer, rows.time, change)

    def help(self, customer: Int64s, time: Int64s) -> None:
        """A fitting message was noticed: an order soon after owes something to it."""
        self.helped_until[customer] = time + int(self.parameters.trust.helped_days * DAY)
