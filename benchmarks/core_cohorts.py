"""The core model on the product's kernel: cohorts in rounds, keyed luck, settled shared state.

Worlds are stacked along the customer axis.  Every draw is a function of the key of what it is for:
visit → next visit, visit → chain run → message, customer and week → newsletter.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks import core_model as m
from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort, choose_bucket
from sim.kernel.columns import Columns
from sim.kernel.luck import Floats, Keys
from sim.kernel.shared import SharedState

Int64s = NDArray[np.int64]

VISIT, ORDER, OPEN, CLICK, STEP_EMAIL, STEP_PUSH, STEP_SMS, NEWSLETTER = range(8)
"""Kinds of rows."""
CHAIN_EMAIL, CHAIN_PUSH, CHAIN_SMS, NEWS = range(4)
"""Messages: the last two bits of the payload; the others are the entry time of the chain run."""
CHANNEL = np.array([m.EMAIL, m.PUSH, m.SMS, m.EMAIL])
NEVER, NO_RUN = -(10**9), -1
MONEY = 10_000

_CUSTOMER, _WORLD, _TRAIT, _FIRST, _NEXT_VISIT, _GAP, _CART, _WITHIN, _VALUE, _MESSAGE, _NEWS = (
    luck.purpose(f"benchmark.{name}")
    for name in ["customer", "world", "trait", "first", "next", "gap", "cart", "within", "value", "message", "news"]
)
_DELIVERY, _DELAY, _EXITS, _CLICK, _CLICK_ORDER = (
    luck.purpose(f"benchmark.{name}") for name in ["delivery", "delay", "exits", "click", "click_order"]
)

_CDF = np.concatenate(([0.0], m.HOURS.cumsum()))
_GUIDE = np.searchsorted(_CDF, np.arange(1_024) / 1_024, side="right").clip(1, 24) - 1
"""Hour in which each 1,024th of a day's visits begins; hours hold more than that, so one step corrects it."""


def after(time: Int64s, gap: Floats) -> Int64s:
    """Times that lie ``gap`` average days of visits after ``time``: the inverse of the hourly profile."""
    hour = time % m.DAY // m.HOUR
    position = _CDF.take(hour) + m.HOURS.take(hour) * ((time % m.HOUR) / m.HOUR)
    position += gap
    days = np.floor(position)
    position -= days
    hour = _GUIDE.take((position * 1_024).astype(np.int64))
    hour += position >= _CDF[1:].take(hour)
    np.minimum(hour, 23, out=hour)
    position -= _CDF.take(hour)
    position /= m.HOURS.take(hour)
    seconds = np.ceil((position + hour) * m.HOUR).astype(np.int64)
    midnight = time - time % m.DAY + days.astype(np.int64) * m.DAY
    return np.asarray(np.maximum(midnight + seconds, time + 1))


def logistic(x: Floats) -> Floats:
    """1 / (1 + exp(−x)), in place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1.0
    return np.reciprocal(x, out=x)


def seconds(delay: Floats) -> Int64s:
    """Delays in whole seconds, rounded up."""
    return np.ceil(delay, out=delay).astype(np.int64)


class Simulation:
    """``worlds`` worlds of ``customers`` each.  bucket: seconds, chosen when None; it changes no result."""

    def __init__(
        self,
        customers: int,
        days: int,
        seed: int,
        worlds: int = 1,
        bucket: int | None = None,
        shuffle: int | None = None,
        first_world: int = 0,
    ) -> None:
        columns = Columns(worlds, customers)
        self.worlds, self.customers, self.days = worlds, customers, days
        size = columns.size
        self.bucket = choose_bucket(0.4 * size, m.DAY) if bucket is None else bucket
        self.agenda = Agenda(size, self.bucket, 0, days * m.DAY, shuffle)
        self.world = np.repeat(np.arange(worlds), customers)
        root = np.full(worlds, luck.root(seed), np.uint64)
        world_key = luck.child(root, _WORLD, np.arange(first_world, first_world + worlds))
        self.key = luck.child(world_key.take(self.world), _CUSTOMER, np.tile(np.arange(customers), worlds))
        trait = [luck.child(self.key, _TRAIT, i) for i in range(7)]
        self.visit_rate = columns.add("visit_rate", np.float64)
        self.visit_rate[:] = luck.exponential(trait[0], _TRAIT) * m.VISITS_PER_DAY
        self.subscribed = [columns.add(f"subscribed.{i}", bool) for i in range(3)]
        self.affinity = columns.add("affinity", np.float64, rows=3)
        for i in range(3):
            self.subscribed[i][:] = luck.uniform(trait[1 + i], _TRAIT) < m.CONSENT[i]
            self.affinity[i] = luck.normal(trait[4 + i], _TRAIT) * m.AFFINITY_SD
        self.readers = self.subscribed[m.EMAIL].nonzero()[0]
        self.fatigue = columns.add("fatigue", np.float64)  # F(t) = fatigue · 2^(−t / HALF_LIFE)
        self.sent = [columns.add(f"sent.{i}", np.int64, NEVER) for i in range(3)]  # the latest three, latest first
        self.left = columns.add("left", bool)
        self.entered = columns.add("entered", np.int64, NEVER)
        self.run_of_chain = columns.add("run", np.int64, NO_RUN)  # entry time of the run under way
        self.run_opened = columns.add("run_opened", bool)
        self.counts = {name: np.zeros(worlds, np.int64) for name in (*m.EVENTS, *m.DETAILS)}
        self.revenue = np.zeros(worlds, np.int64)  # 1/10,000
        self._share_reputation()
        self._register()

    def _share_reputation(self) -> None:
        shared = SharedState()
        self.reputation = shared.declare("reputation", m.DAY, np.ones(self.worlds), self._settle)
        self.averages = np.zeros(self.worlds), np.zeros(self.worlds)
        self.yesterday = np.zeros(self.worlds, np.int64), np.zeros(self.worlds, np.int64)
        shared.start(self.agenda)

    def _register(self) -> None:
        handlers = {VISIT: self.visit, ORDER: self.order, OPEN: self.open, CLICK: self.click}
        handlers |= {step: partial(self.step, step) for step in (STEP_EMAIL, STEP_PUSH, STEP_SMS)}
        handlers |= {NEWSLETTER: partial(self.send, NEWS)}
        for kind, handler in handlers.items():
            self.agenda.register(kind, handler)
        customer = np.arange(self.key.size)
        self._next_visit(customer, np.zeros(customer.size, np.int64), luck.child(self.key, _FIRST))
        for time in range(m.NEWSLETTER_FIRST, self.days * m.DAY, m.NEWSLETTER_EVERY):
            self.agenda.at(time - time % m.DAY, partial(self.newsletter, time))

    def run(self) -> Simulation:
        self.agenda.run()
        return self

    def events(self) -> int:
        """Elementary events so far."""
        return sum(int(self.counts[name].sum()) for name in m.EVENTS)

    # ------------------------------------------------------------------ bookkeeping

    def _count(self, name: str, customer: Int64s) -> None:
        if self.worlds == 1:
            self.counts[name] += customer.size
        elif customer.size:
            self.counts[name] += np.bincount(self.world.take(customer), minlength=self.worlds)

    def _settle(self, time: int) -> Floats:
        now = self.counts["complained"], self.counts["delivered"]
        today = now[0] - self.yesterday[0], now[1] - self.yesterday[1]
        self.yesterday = now[0].copy(), now[1].copy()
        reputation, *averages = m.settle_reputation(self.reputation, *self.averages, today)
        self.averages = averages[0], averages[1]
        return np.asarray(reputation)

    def tiredness(self, customer: Int64s, time: Int64s) -> Floats:
        return np.asarray(self.fatigue.take(customer) * np.exp2(time * (-1 / m.HALF_LIFE)))

    # ------------------------------------------------------------------ what customers do

    def _next_visit(self, customer: Int64s, time: Int64s, key: Keys) -> None:
        gap = luck.exponential(key, _GAP)
        gap /= self.visit_rate.take(customer)
        self.agenda.push(VISIT, customer, after(time, gap), key)

    def visit(self, visits: Cohort) -> None:
        self._count("visits", visits.customer)
        self._next_visit(visits.customer, visits.time, luck.child(visits.key, _NEXT_VISIT))
        u, v = luck.uniform_pair(visits.key, _CART)
        index = (u < m.CART).nonzero()[0]
        if not index.size:
            return
        carts, v = visits.take(index), v.take(index)
        self._count("carts", carts.customer)
        orders = v < m.CART_ORDER
        buyers = carts.where(orders)
        if buyers.size:
            delay = seconds(luck.uniform(buyers.key, _WITHIN) * m.HOUR)
            self.agenda.push(ORDER, buyers.customer, buyers.time + delay, buyers.key)
        self.leave_cart(carts.where(~orders))

    def leave_cart(self, carts: Cohort) -> None:
        if not carts.size:
            return
        self.left[carts.customer] = True
        free = self.run_of_chain.take(carts.customer) == NO_RUN
        free &= carts.time - self.entered.take(carts.customer) >= m.REENTRY
        entries = carts.where(free)
        customer, time = entries.customer, entries.time
        self.entered[customer] = time
        self.run_of_chain[customer] = time
        self.run_opened[customer] = False
        self._count("chain runs", customer)
        self.agenda.push(STEP_EMAIL, customer, time + m.CHAIN_WAITS[0], entries.key, time)

    def order(self, orders: Cohort) -> None:
        customer = orders.customer
        self._count("orders", customer)
        value = np.exp(luck.normal(orders.key, _VALUE) * m.ORDER_SD + m.ORDER_MU)
        np.add.at(self.revenue, self.world.take(customer), np.rint(value * MONEY).astype(np.int64))
        self.left[customer] = False
        self._count("chains stopped", customer.compress(self.run_of_chain.take(customer) != NO_RUN))
        self.run_of_chain[customer] = NO_RUN

    # ------------------------------------------------------------------ what the company does

    def newsletter(self, time: int) -> None:
        key = luck.child(self.key.take(self.readers), _NEWS, time // m.DAY)
        self.agenda.push(NEWSLETTER, self.readers, np.full(self.readers.size, time), key)

    def step(self, kind: int, rows: Cohort) -> None:
        rows = rows.where(self.run_of_chain.take(rows.customer) == rows.payload)
        clock = rows.time % m.DAY
        quiet = (clock >= m.QUIET_FROM) | (clock < m.QUIET_UNTIL)
        if quiet.any():
            late = rows.where(quiet)
            self._count("deferred", late.customer)
            until = late.time + (m.QUIET_UNTIL - late.time) % m.DAY
            self.agenda.push(kind, late.customer, until, late.key, late.payload)
            rows = rows.where(~quiet)
        if kind == STEP_SMS:
            self.run_of_chain[rows.customer] = NO_RUN
        else:
            wait = m.CHAIN_WAITS[kind - STEP_EMAIL + 1]
            self.agenda.push(kind + 1, rows.customer, rows.time + wait, rows.key, rows.payload)
        if kind == STEP_PUSH:
            rows = rows.where(~self.run_opened.take(rows.customer))
        if kind != STEP_EMAIL:
            self._count("push attempts" if kind == STEP_PUSH else "SMS attempts", rows.customer)
        message = kind - STEP_EMAIL
        if rows.size:
            key = luck.child(rows.key, _MESSAGE, message)
            self.send(message, Cohort(rows.customer, rows.time, key, rows.payload))

    def send(self, message: int, rows: Cohort) -> None:
        """Attempt to send ``message``; payload: entry time of the run (0 for the newsletter)."""
        channel = int(CHANNEL[message])
        self._count("attempts", rows.customer)
        latest = self.sent[0].take(rows.customer)
        allowed = latest < rows.time - rows.time % m.DAY
        allowed &= self.sent[2].take(rows.customer) <= rows.time - m.CAP_WINDOW
        allowed &= self.subscribed[channel].take(rows.customer)
        index = allowed.nonzero()[0]
        if index.size < rows.size:
            self._count("blocked", rows.customer.compress(~allowed))
            rows, latest = rows.take(index), latest.take(index)
        customer, time = rows.customer, rows.time
        self.sent[2][customer] = self.sent[1].take(customer)
        self.sent[1][customer] = latest
        self.sent[0][customer] = time
        u, v = luck.uniform_pair(rows.key, _DELIVERY)
        reputation = self.reputation if self.worlds == 1 else self.reputation.take(self.world.take(customer))
        delivered = u < m.DELIVERY * reputation
        self._count("delivered", customer if delivered.all() else customer.compress(delivered))
        grown = np.exp2(time * (1 / m.HALF_LIFE))
        stock = self.fatigue.take(customer)
        appeal = stock / grown
        appeal *= -m.OPEN_FATIGUE
        appeal += self.affinity[channel].take(customer)
        appeal += m.OPEN[channel]
        grown *= m.FATIGUE_WEIGHT[channel]
        grown *= delivered
        stock += grown
        self.fatigue[customer] = stock
        delivered &= v < logistic(appeal)
        opening = rows.where(delivered)
        if not opening.size:
            return
        delay = luck.normal(opening.key, _DELAY)
        delay *= m.OPEN_SD
        np.exp(delay, out=delay)
        delay *= m.OPEN_MEDIAN[channel]
        self.agenda.push(
            OPEN, opening.customer, opening.time + seconds(delay), opening.key, (opening.payload << 2) | message
        )

    # ------------------------------------------------------------------ how customers respond

    def open(self, rows: Cohort) -> None:
        self._count("opened", rows.customer)
        of_chain = rows.where(rows.payload & 3 == CHAIN_EMAIL)
        current = self.run_of_chain.take(of_chain.customer) == of_chain.payload >> 2
        self.run_opened[of_chain.customer.compress(current)] = True
        channel = CHANNEL.take(rows.payload & 3)
        fatigue = self.tiredness(rows.customer, rows.time)
        u, v = luck.uniform_pair(rows.key, _EXITS)
        self._exit("unsubscribed", rows, channel, u < logistic(m.UNSUBSCRIBE_FATIGUE * fatigue + m.UNSUBSCRIBE))
        self._exit("complained", rows, channel, v < logistic(m.COMPLAIN_FATIGUE * fatigue + m.COMPLAIN))
        appeal = self.affinity.reshape(-1).take(channel * self.key.size + rows.customer)
        appeal *= m.CLICK_AFFINITY
        fatigue *= m.CLICK_FATIGUE
        appeal -= fatigue
        appeal += np.array(m.CLICK).take(channel)
        u, v = luck.uniform_pair(rows.key, _CLICK)
        index = (u < logistic(appeal)).nonzero()[0]
        if not index.size:
            return
        clicks = rows.take(index)
        delay = np.log(v.take(index))
        delay *= -m.CLICK_MEAN
        self.agenda.push(CLICK, clicks.customer, clicks.time + seconds(delay), clicks.key)

    def _exit(self, name: str, rows: Cohort, channel: Int64s, leaves: NDArray[np.bool_]) -> None:
        index = leaves.nonzero()[0]
        if not index.size:
            return
        customer = rows.customer.take(index)
        self._count(name, customer)
        for i in range(3):
            self.subscribed[i][customer.compress(channel.take(index) == i)] = False

    def click(self, rows: Cohort) -> None:
        self._count("clicked", rows.customer)
        self._count("visits", rows.customer)
        chance = np.where(self.left.take(rows.customer), m.CLICK_ORDER_LEFT, m.CLICK_ORDER)
        orders = rows.where(luck.uniform(rows.key, _CLICK_ORDER) < chance)
        if orders.size:
            self._count("click orders", orders.customer)
            self.order(orders)
