"""A visit from the first page to the cart.

Step k is taken with logit p[k] = base[k] + slope[k]·u, where the intent

    u = θ_stage·s + θ_urgency·urgency − θ_barrier·(barriers) + θ_offer·sensitivity·offer
        + θ_trust·(T − T0) − θ_expect·E·(no offer)

(the first three replaced by ``browsing`` without an open job).  The buying path is view → cart →
checkout → order, whose slopes sum to 1; searching and marking favourites are side steps.  All draws
of a visit come from the visit's key.  A visit lasts until 30 idle minutes after its last action; a visit
that would begin inside another one is part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.assortment import Assortment
from sim.jobs import TOP_STAGE, Jobs
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, HOUR, MINUTE, NEVER
from sim.kernel.short import distinct
from sim.kinds import ACTION, CART
from sim.offers import Offers
from sim.population import Customers
from sim.setting import Setting
from sim.trust import Trust
from sim.wallet import Wallet
from strategies.limits import ORDER_BITS
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Keys = luck.Keys

_PATH = luck.purpose("world.visit.path")
_BUY = luck.purpose("world.visit.buy")
_SIDE = luck.purpose("world.visit.side")
_PACE = luck.purpose("world.visit.pace")
_CART = luck.purpose("world.visit.cart")
_ACTION = luck.purpose("world.visit.action")

IDLE: Final = 30 * MINUTE
FOUND, CHECKS_OUT, ORDERS, EMPTIES = 1, 2, 4, 8
"""Flags of a cart row: the cart was there before; how the visit goes on."""

_VISITED = EVENT_CODE["site_visited"]
_SEARCHED = EVENT_CODE["searched"]
_VIEWED = EVENT_CODE["product_viewed"]
_FAVOURITE = EVENT_CODE["favourite_added"]
_SEARCH_LEFT = EVENT_CODE["search_abandoned"]
_VIEW_LEFT = EVENT_CODE["view_abandoned"]
_NO_VALUE, _NO_CATEGORY = (1 << ORDER_BITS) - 1, 255


@dataclass(slots=True)
class _Visits:
    """Visits that begin, arrays (n,).  view_at, last: seconds after the beginning (last is filled step by step)."""

    customer: Int64s
    time: Int64s
    key: Keys
    job: Int64s
    category: Int64s
    intent: Floats
    u_cart: Floats
    side: Keys
    """Random bits for side steps, see :func:`part_of`."""
    pace: Int64s
    """Random bits that the delays between steps are cut from."""
    view_at: Int64s
    last: Int64s


class Journey:
    """Columns: until (N,) int32, end of the visit under way (idle minutes included).

    The cart that was left last: cart_left (N,) int32 when, cart_type int8, cart_value int64 money.
    item: (N,) int8, category viewed or put in the cart last, -1 for none.
    """

    def __init__(self, setting: Setting, customers: Customers, trust: Trust, jobs: Jobs, offers: Offers) -> None:
        self.customers, self.trust, self.jobs, self.offers = customers, trust, jobs, offers
        self.agenda, self.hub = setting.agenda, setting.hub
        self.parameters = setting.parameters.journey
        columns = setting.columns
        self.until = columns.add("journey.until", np.int32, NEVER + IDLE)
        self.cart_left = columns.add("journey.cart_left", np.int32, NEVER)
        self.cart_type = columns.add("journey.cart_type", np.int8, -1)
        self.cart_value = columns.add("journey.cart_value", np.int64)
        self.item = columns.add("journey.item", np.int8, -1)
        self.when_begun: Callable[[Int64s, Int64s, Keys, Int64s], None] | None = None
        """What else happens at visits that begin: (customer, time, key of the visit, category)."""
        self.when_arriving: Callable[[Int64s, Int64s], Bools] | None = None
        """What customers see first at visits that begin: (customer, time) → who is led to a product by it."""
        self.assortment: Assortment | None = None
        """What the shop has, where that changes."""
        self.wallet: Wallet | None = None
        """Loyalty points, where some arm has them."""
        self._barrier_weight = np.array([mask.bit_count() for mask in range(256)]) * -self.parameters.barrier
        self.agenda.register(ACTION, self.on_action)

    def last_action(self, customer: Int64s) -> Int64s:
        """Time of the customer's last own action."""
        return self.until.take(customer).astype(np.int64) - IDLE

    # ---------------------------------------------------------------- intent

    def intent(self, customer: Int64s, time: Int64s, job: Int64s) -> Floats:
        """u of visits driven by a job of type ``job`` (-1: none)."""
        p = self.parameters
        u = np.full(customer.size, p.browsing)
        driven = (job >= 0).nonzero()[0]
        if driven.size:
            at = self.jobs.at(customer.take(driven), job.take(driven))
            wish = p.stage * self.jobs.stage.take(at)
            wish += p.urgency * self.jobs.urgency(at, time.take(driven))
            wish += self._barrier_weight.take(self.jobs.barriers.take(at))
            u[driven] = wish
        u -= p.trust * self.trust.missing(customer, time)
        offered = self.offers.until.take(customer) >= time
        u -= p.expectation * self.offers.expectation(customer, time) * ~offered
        if self.wallet is not None:
            points = self.wallet.appeal(customer, time, self.customers.typical_value.take(customer))
            u += p.offer * self.customers.price_sensitivity.take(customer) * points
        if self.assortment is not None:
            category = np.where(job >= 0, job, self.customers.favourite.take(customer))
            u += self.assortment.pull(customer, time, category)
        held = offered.nonzero()[0]
        if held.size:
            u[held] += self.offer_pull(customer.take(held))
        return u

    def offer_pull(self, customer: Int64s) -> Floats:
        """What the offers that these customers hold add to their intent."""
        appeal = self.offers.appeal(customer, self.customers.typical_value.take(customer))
        result: Floats = self.parameters.offer * self.customers.price_sensitivity.take(customer) * appeal
        return result

    # ---------------------------------------------------------------- the visit

    def begin(self, customer: Int64s, time: Int64s, key: Keys, job: Int64s, by_message: bool) -> None:
        """Visits of the living begin.  job: driving type or -1; by_message: a message brought them."""
        idle = (self.until.take(customer) <= time).nonzero()[0]
        if idle.size < customer.size:
            customer, time, key, job = customer.take(idle), time.take(idle), key.take(idle), job.take(idle)
        if not customer.size:
            return
        self.hub.observe(_VISITED, customer, time, key)
        led = None if self.when_arriving is None else self.when_arriving(customer, time)
        p = self.parameters
        intent = self.intent(customer, time, job)
        u_view, u_cart = luck.uniform_pair(key, _PATH)
        side = luck.bits(key, _SIDE)
        searched = _taken(part_of(side, 0), p.search_base + p.search_slope * intent)
        viewed = _taken(u_view, p.view_base + p.view_slope * intent)
        if led is not None:
            viewed |= led
        pace = luck.bits(key, _PACE).view(np.int64)
        search_at = 10 + (pace & 63)
        view_at = 20 + ((pace >> 6) & 255) + search_at * searched
        last = np.where(viewed, view_at, search_at * searched)
        category = np.where(job >= 0, job, self.customers.favourite.take(customer))
        visits = _Visits(customer, time, key, job, category, intent, u_cart, side, pace, view_at, last)
        looking = viewed.nonzero()[0]
        carts, buyers = self._after_view(visits, looking, by_message) if looking.size else (looking, looking)
        self.until[customer] = time + last + IDLE
        self._ripen(visits, buyers)
        self._report_at(_SEARCHED, visits, searched, search_at)
        self._report_at(_VIEWED, visits, viewed, view_at)
        self._report_at(_SEARCH_LEFT, visits, searched & ~viewed, last + IDLE)
        viewed[carts] = False
        self._report_at(_VIEW_LEFT, visits, viewed, last + IDLE)
        if self.when_begun is not None:
            self.when_begun(customer, time, key, category)

    def _after_view(self, visits: _Visits, looking: Int64s, by_message: bool) -> tuple[Int64s, Int64s]:
        """Favourites and carts of those who viewed; gives back who (position) has a cart, and who will order."""
        p = self.parameters
        customer, u = visits.customer.take(looking), visits.intent.take(looking)
        category = visits.category.take(looking)
        self.item[customer] = category
        u_favourite = part_of(visits.side.take(looking), 1)
        marked = looking.take(_taken(u_favourite, p.favourite_base + p.favourite_slope * u).nonzero()[0])
        if marked.size:
            after = visits.view_at.take(marked) + 5 + ((visits.pace.take(marked) >> 14) & 63)
            visits.last[marked] = after
            when, keys = visits.time.take(marked) + after, visits.key.take(marked)
            if self.assortment is not None:
                self.assortment.want(visits.customer.take(marked), when, keys, visits.category.take(marked))
            self.report(_FAVOURITE, visits.customer.take(marked), when, keys, visits.category.take(marked))
        earliest = visits.time.take(looking) - int(p.cart_memory * DAY)
        found = (self.cart_left.take(customer) >= earliest) & (self.cart_type.take(customer) == category)
        readiness = p.cart_base + p.cart_slope * u + p.cart_found * found
        filled = _taken(visits.u_cart.take(looking), readiness).nonzero()[0]
        carts = looking.take(filled)
        return carts, self._fill(visits, carts, found.take(filled), by_message) if carts.size else carts

    def _fill(self, visits: _Visits, carts: Int64s, found: Bools, by_message: bool) -> Int64s:
        """Draw how these carts go on, and put them on the agenda; gives back who (position) will order."""
        p = self.parameters
        customer, time, key = visits.customer.take(carts), visits.time.take(carts), visits.key.take(carts)
        u, pace = visits.intent.take(carts), visits.pace.take(carts)
        u_checkout, u_order = luck.uniform_pair(key, _BUY)
        empties = found & (part_of(visits.side.take(carts), 2) < p.cart_emptied)
        checks_out = _taken(u_checkout, p.checkout_base + p.checkout_slope * u) & ~empties
        buying = 1.0 / (1.0 + np.exp(-(p.order_base + p.order_slope * u)))
        if by_message:
            hours = (time - self.cart_left.take(customer)) / HOUR
            heat = p.heat_floor + (1 - p.heat_floor) * np.exp2(np.minimum(hours * (-1.0 / p.heat_half_life), 0.0))
            buying = np.where(found, buying * heat, buying)
        orders = checks_out & (u_order < buying)
        cart_at = visits.view_at.take(carts) + 30 + ((pace >> 20) & 511)
        to_checkout = 20 + ((pace >> 29) & 255)
        to_order = 30 + ((pace >> 37) & 511)
        end = cart_at + to_checkout * checks_out + to_order * orders
        visits.last[carts] = np.maximum(visits.last.take(carts), end)
        flags = found * FOUND + checks_out * CHECKS_OUT + orders * ORDERS + empties * EMPTIES
        payload = visits.category.take(carts) | (flags << 8) | (to_checkout << 16) | (to_order << 32)
        self.agenda.push(CART, customer, time + cart_at, luck.child(key, _CART), payload)
        return carts.take(orders.nonzero()[0])

    def _ripen(self, visits: _Visits, buyers: Int64s) -> None:
        """A visit for a job without an order may move the job one stage on."""
        driven = visits.job >= 0
        driven[buyers] = False
        rows = driven.nonzero()[0]
        if not rows.size:
            return
        ripe = part_of(visits.side.take(rows), 3) < self.jobs.parameters.stage_by_visit
        at = self.jobs.at(visits.customer.take(rows), visits.job.take(rows))
        ripe &= self.jobs.stage.take(at) < TOP_STAGE
        moved = rows.take(ripe.nonzero()[0])
        if moved.size:
            self.jobs.advance(visits.customer.take(moved), visits.job.take(moved), visits.time.take(moved))

    # ---------------------------------------------------------------- what a company sees of it

    def _report_at(self, event: int, visits: _Visits, mask: Bools, delay: Int64s) -> None:
        rows = mask.nonzero()[0]
        if rows.size:
            when = visits.time.take(rows) + delay.take(rows)
            self.report(event, visits.customer.take(rows), when, visits.key.take(rows), visits.category.take(rows))

    def report(self, event: int, customer: Int64s, time: Int64s, key: Keys, category: Int64s) -> None:
        """Log a step; if a chain reacts to it, at its own time through the agenda."""
        if self.hub.subscribed(event):
            self.plan_action(event, customer, time, luck.child(key, _ACTION, event), category)
        else:
            self.hub.log_only(event, customer, time, category)

    def plan_action(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: Keys,
        category: Int64s | None,
        value: Int64s | None = None,
    ) -> None:
        """An agenda row that tells the hub of an event at its time."""
        money = _NO_VALUE if value is None else value
        thing = _NO_CATEGORY if category is None else category
        self.agenda.push(ACTION, customer, time, key, event | np.asarray(thing << 8) | (money << 16))

    def on_action(self, rows: Cohort) -> None:
        """Steps that chains react to."""
        event = rows.payload & 255
        for code in distinct(event):
            part = rows.take((event == code).nonzero()[0])
            value = part.payload >> 16
            money = None if int(value[0]) == _NO_VALUE else value
            category = (part.payload >> 8) & 255
            thing = None if int(category[0]) == _NO_CATEGORY else category
            self.hub.observe(code, part.customer, part.time, part.key, thing, money)


_PARTS = tuple(np.array(16 * number, np.uint64) for number in range(4))
_LOW16, _2_16, _2_17 = np.array(0xFFFF, np.uint64), np.array(2.0**-16), np.array(2.0**-17)


def part_of(bits: Keys, number: int) -> Floats:
    """One of four uniforms of 16 bits each out of a hash: for probabilities that 1/65,536 does not matter to."""
    u: Floats = (bits >> _PARTS[number] & _LOW16) * _2_16
    u += _2_17
    return u


def _taken(u: Floats, logit: Floats) -> Bools:
    """u < 1 / (1 + exp(−logit)), without the division."""
    np.negative(logit, out=logit)
    np.exp(logit, out=logit)
    logit += 1.0
    logit *= u
    return logit < 1.0
