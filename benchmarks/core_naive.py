"""The core model as one would write it with SimPy: a process per customer, one generator of random numbers.

This is the rival that cohorts are measured against, so it is written for SimPy's strengths: waiting is
``yield``, an order interrupts the chain, nothing is counted that the model does not ask for.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Generator
from typing import Any

import simpy

from benchmarks import core_model as m

Process = Generator[simpy.Event, Any, None]

BUSIEST = float(m.HOURS.max())
ACCEPTED = [float(share) / BUSIEST for share in m.HOURS]


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


class World:
    """Customers, their sender, and what is counted."""

    def __init__(self, customers: int, seed: int) -> None:
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.count = dict.fromkeys((*m.EVENTS, *m.DETAILS), 0)
        self.revenue = 0.0
        self.reputation, self.averages = 1.0, (0.0, 0.0)
        self.delivered_today = self.complained_today = 0
        self.customers = [Customer(self) for _ in range(customers)]
        self.env.process(self.newsletter())
        self.env.process(self.settle_daily())

    def newsletter(self) -> Process:
        yield self.env.timeout(m.NEWSLETTER_FIRST)
        while True:
            for customer in self.customers:
                if customer.consent[m.EMAIL]:
                    customer.send(m.EMAIL)
            yield self.env.timeout(m.NEWSLETTER_EVERY)

    def settle_daily(self) -> Process:
        while True:
            yield self.env.timeout(m.DAY)
            today = (self.complained_today, self.delivered_today)
            reputation, *averages = m.settle_reputation(self.reputation, *self.averages, today)
            self.reputation, self.averages = float(reputation), (float(averages[0]), float(averages[1]))
            self.delivered_today = self.complained_today = 0


class Message:
    """A delivered message."""

    __slots__ = ("channel", "opened")

    def __init__(self, channel: int) -> None:
        self.channel, self.opened = channel, False


class Customer:
    """Browses, is written to, responds."""

    def __init__(self, world: World) -> None:
        r = world.random
        self.world, self.env, self.random, self.count = world, world.env, r, world.count
        self.visit_rate = r.expovariate(1.0) * m.VISITS_PER_DAY / m.DAY
        self.consent = [r.random() < share for share in m.CONSENT]
        self.affinity = [r.gauss(0.0, m.AFFINITY_SD) for _ in m.CONSENT]
        self.unsubscribed = [False, False, False]
        self.fatigue, self.fatigue_time = 0.0, 0.0
        self.sent: deque[float] = deque(maxlen=3)
        self.left = False
        self.chain: simpy.Process | None = None
        self.entered = -math.inf
        self.env.process(self.browse())

    def browse(self) -> Process:
        r, env, count = self.random, self.env, self.count
        highest = self.visit_rate * 24 * BUSIEST
        while True:
            time = env.now
            while True:  # thinning
                time += r.expovariate(highest)
                if r.random() < ACCEPTED[int(time % m.DAY // m.HOUR)]:
                    break
            yield env.timeout(math.ceil(time) - env.now)
            count["visits"] += 1
            if r.random() < m.CART:
                count["carts"] += 1
                if r.random() < m.CART_ORDER:
                    env.process(self.order_within_the_hour())
                else:
                    self.leave_cart()

    def leave_cart(self) -> None:
        self.left = True
        if self.chain is None and self.env.now - self.entered >= m.REENTRY:
            self.entered = self.env.now
            self.count["chain runs"] += 1
            self.chain = self.env.process(self.cart_chain())

    def order_within_the_hour(self) -> Process:
        yield self.env.timeout(math.ceil(self.random.random() * m.HOUR))
        self.order()

    def order(self) -> None:
        self.count["orders"] += 1
        self.world.revenue += self.random.lognormvariate(m.ORDER_MU, m.ORDER_SD)
        self.left = False
        if self.chain is not None:
            self.count["chains stopped"] += 1
            self.chain.interrupt()
            self.chain = None

    def cart_chain(self) -> Process:
        try:
            yield self.env.timeout(m.CHAIN_WAITS[0])
            yield from self.daytime()
            email = self.send(m.EMAIL)
            yield self.env.timeout(m.CHAIN_WAITS[1])
            yield from self.daytime()
            if email is None or not email.opened:
                self.count["push attempts"] += 1
                self.send(m.PUSH)
            yield self.env.timeout(m.CHAIN_WAITS[2])
            yield from self.daytime()
            self.count["SMS attempts"] += 1
            self.send(m.SMS)
            self.chain = None
        except simpy.Interrupt:
            pass

    def daytime(self) -> Process:
        clock = self.env.now % m.DAY
        if clock >= m.QUIET_FROM or clock < m.QUIET_UNTIL:
            self.count["deferred"] += 1
            yield self.env.timeout((m.QUIET_UNTIL - clock) % m.DAY)

    def tiredness(self) -> float:
        return float(self.fatigue * 0.5 ** ((self.env.now - self.fatigue_time) / m.HALF_LIFE))

    def allowed(self, channel: int) -> bool:
        now, sent = self.env.now, self.sent
        if not self.consent[channel] or self.unsubscribed[channel]:
            return False
        if sent and sent[-1] // m.DAY == now // m.DAY:
            return False
        return len(sent) < 3 or now - sent[0] >= m.CAP_WINDOW

    def send(self, channel: int) -> Message | None:
        world, count = self.world, self.count
        count["attempts"] += 1
        if not self.allowed(channel):
            count["blocked"] += 1
            return None
        self.sent.append(self.env.now)
        if self.random.random() >= m.DELIVERY * world.reputation:
            return None
        count["delivered"] += 1
        world.delivered_today += 1
        fatigue = self.tiredness()
        self.fatigue, self.fatigue_time = fatigue + m.FATIGUE_WEIGHT[channel], self.env.now
        message = Message(channel)
        if self.random.random() < logistic(m.OPEN[channel] + self.affinity[channel] - m.OPEN_FATIGUE * fatigue):
            self.env.process(self.respond(message))
        return message

    def respond(self, message: Message) -> Process:
        world, r, count, channel = self.world, self.random, self.count, message.channel
        yield self.env.timeout(math.ceil(m.OPEN_MEDIAN[channel] * r.lognormvariate(0.0, m.OPEN_SD)))
        message.opened = True
        count["opened"] += 1
        fatigue = self.tiredness()
        if r.random() < logistic(m.UNSUBSCRIBE + m.UNSUBSCRIBE_FATIGUE * fatigue):
            count["unsubscribed"] += 1
            self.unsubscribed[channel] = True
        if r.random() < logistic(m.COMPLAIN + m.COMPLAIN_FATIGUE * fatigue):
            count["complained"] += 1
            world.complained_today += 1
            self.unsubscribed[channel] = True
        appeal = m.CLICK[channel] + m.CLICK_AFFINITY * self.affinity[channel] - m.CLICK_FATIGUE * fatigue
        if r.random() < logistic(appeal):
            yield self.env.timeout(math.ceil(r.expovariate(1 / m.CLICK_MEAN)))
            count["clicked"] += 1
            count["visits"] += 1
            if r.random() < (m.CLICK_ORDER_LEFT if self.left else m.CLICK_ORDER):
                count["click orders"] += 1
                self.order()


def run(customers: int, days: int, seed: int) -> World:
    """A world after ``days`` days."""
    world = World(customers, seed)
    world.env.run(until=days * m.DAY)
    return world
