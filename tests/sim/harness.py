"""A world with a hub that remembers what it is told and mails a weekly digest, without any strategy engine."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import DAY, HOUR, MINUTE, Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from sim.messages import MessageRow, MessageTable
from sim.parameters import override
from sim.population_file import Population, load_population
from sim.world import World
from strategies.observed import Observed
from strategies.ports import Choices, pack
from strategies.scenario import Offer
from strategies.vocabulary import CHANNEL_CODE, EVENTS, PURPOSE_CODE

SHOP = Path(__file__).parents[2] / "configs" / "populations" / "online_shop.yaml"
SEND = 40
FORK = luck.purpose("tests.world.fork")
_MAIL = luck.purpose("tests.world.mail")
_NEXT = luck.purpose("tests.world.next")
COUPON = Offer("coupon", "percent", percent=0.2, valid=10 * DAY)
"""What everybody gets who is written to, where the hub gives coupons."""
DIGEST = MessageRow(CHANNEL_CODE["email"], PURPOSE_CODE["promo"], speaks_to_job=-2, topic=0)


@cache
def shop() -> Population:
    """The default population."""
    return load_population(SHOP)


def shop_with(changes: dict[str, dict[str, Any]], **sections: Any) -> Population:
    """The default population with changed parameters and sections."""
    base = shop()
    return Population(**{**base.__dict__, "parameters": override(base.parameters, changes), **sections})


@dataclass
class ListeningHub:
    """Remembers every row; ``reacts_to``: events that it claims some chain reacts to.

    confirming: channels with double opt-in; frequencies (bits) and topic: what every message's preference centre
    offers.
    """

    reacts_to: frozenset[str] = frozenset()
    remember: bool = True
    confirming: frozenset[int] = frozenset()
    frequencies: int = 0
    topic: int = 0
    keeps_points: bool = False
    gives_coupons: bool = False
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    orders: list[tuple[Any, ...]] = field(default_factory=list)
    refunds: list[tuple[Any, ...]] = field(default_factory=list)
    losses: list[tuple[Any, ...]] = field(default_factory=list)

    def observe(self, event, customer, time, key, category=None, value=None):
        self._note(EVENTS[event], customer, time, key, category, value)

    def contact_event(self, event, customer, time, key, payload, reason=0):
        name = EVENTS[event] + (" proxy" if EVENTS[event] == "opened" and reason else "")
        self._note(name, customer, time, key, payload & 0xFFF, None)

    def log_only(self, event, customer, time, category=None, value=None):
        self._note(EVENTS[event], customer, time, None, category, value)

    def choices(self):
        return Choices(np.full(64, self.frequencies, np.int64), np.full(64, self.topic, np.int64))

    def introduce(self, customer, time, key, facts):
        self._note("introduced", customer, time, key, facts, None)

    def needs_confirmation(self, customer, channel):
        return np.isin(channel, list(self.confirming))

    def subscribed(self, event):
        return EVENTS[event] in self.reacts_to

    def payable_points(self, customer, price):
        points = price // 100_000  # a tenth of the price, at one unit of currency a point
        return points, points * 10_000

    def order(self, customer, time, revenue, contribution, offer_cost):
        self.orders.append((customer.copy(), time.copy(), revenue.copy(), contribution.copy(), offer_cost.copy()))

    def returned(self, customer, time, refund):
        self.refunds.append((customer.copy(), time.copy(), refund.copy()))

    def lost(self, customer, time, loss):
        self.losses.append((customer.copy(), time.copy(), loss.copy()))

    def money(self) -> dict[str, list[np.ndarray]]:
        """What was booked, by kind of amount, one array for each booking."""
        kinds = {"revenue": 2, "contribution": 3, "offer_cost": 4}
        booked = {name: [row[number] for row in self.orders] for name, number in kinds.items()}
        booked.update({"refund": [row[2] for row in self.refunds], "loss": [row[2] for row in self.losses]})
        return {name: amounts or [np.empty(0, np.int64)] for name, amounts in booked.items()}

    def _note(self, event, customer, time, key, category, value):
        assert not self.remember or np.unique(customer).size == customer.size
        self.counts[event] += customer.size
        if self.remember:
            nothing = np.full(customer.size, -1)
            parts = (customer, time, nothing if key is None else key.view(np.int64))
            parts += tuple(nothing if part is None else part for part in (category, value))
            self.rows.append((event, np.array(parts)))

    def sorted_rows(self) -> dict[str, np.ndarray]:
        """Event → (5, m) rows customer, time, key, category, value in a fixed order."""
        events: dict[str, list[np.ndarray]] = {}
        for event, block in self.rows:
            events.setdefault(event, []).append(block)
        result = {}
        for event, blocks in sorted(events.items()):
            block = np.concatenate(blocks, axis=1)
            result[event] = block[:, np.lexsort(block[::-1])]
        return result


class Scene:
    """Stacked worlds from day ``begin`` to ``end`` with a digest every ``period`` days (None: silence).

    past: columns of another scene at day ``begin``; these worlds are copies of its ``source`` with luck ``luck_index``.
    pairs: messages come in pairs 40 minutes apart, at all hours of the day.
    scattered: every customer begins at another message of the table, not all at the first.
    """

    def __init__(
        self,
        worlds: int = 1,
        customers: int = 500,
        begin: int = 0,
        end: int = 60,
        bucket: int = DAY,
        population: Population | None = None,
        hub: ListeningHub | None = None,
        period: int | None = 7,
        messages: list[MessageRow] | None = None,
        seeds: list[int] | None = None,
        shuffle: int | None = None,
        past: dict[str, np.ndarray] | None = None,
        source: list[int] | None = None,
        luck_index: int = 0,
        pairs: bool = False,
        scattered: bool = False,
        replay: dict[str, np.ndarray] | None = None,
    ) -> None:
        self.hub = hub or ListeningHub()
        self.columns = Columns(worlds, customers)
        self.agenda = Agenda(worlds * customers, bucket, begin * DAY, end * DAY, shuffle)
        self.shared = SharedState(replay)
        self.observed = Observed(self.columns)
        self.table = MessageTable.of(messages or [DIGEST])
        self.period, self.pairs, self.scattered = period, pairs, scattered
        self.world = World(
            columns=self.columns,
            observed=self.observed,
            agenda=self.agenda,
            shared=self.shared,
            population=population or shop(),
            calendar=Calendar(dt.date(2026, 2, 2), 0, end),
            hub=self.hub,
            recorder=self.hub,
            messages=self.table,
            begin=0,
            end=end * DAY,
        )
        if past is None:
            self._populate(worlds, seeds)
        else:
            self.columns.restore(past, np.array(source))
            self.world.rekey(lambda keys: luck.child(keys, FORK, luck_index))
        self.world.open_streams(begin * DAY)
        self.shared.start(self.agenda)
        self.agenda.register(SEND, self.send)
        if period is not None:
            self._plan_mail(begin, period)

    def _populate(self, worlds: int, seeds: list[int] | None) -> None:
        roots = seeds or list(range(worlds))
        self.world.populate(
            np.array([luck.root(seed, 1) for seed in roots], np.uint64),
            np.array([luck.root(seed, 2) for seed in roots], np.uint64),
        )

    def _plan_mail(self, begin: int, period: int) -> None:
        customer = np.arange(self.columns.size, dtype=np.int64)
        hour = customer * 7 % 24 if self.pairs else 10
        offset = customer % self.columns.customers % period * DAY + hour * HOUR
        zone = self.world.customers.zone_seconds(customer)
        keys = luck.child(self.world.luck_keys, _MAIL)
        self.agenda.push(SEND, customer, (begin + 1) * DAY + offset - zone, keys, customer if self.scattered else 0)

    def send(self, rows: Cohort) -> None:
        """One message to each, turning through the table; the next one a period later."""
        turn = rows.payload
        gap = np.where(self.pairs & (turn % 2 == 0), 40 * MINUTE, self.period * DAY)
        self.agenda.push(SEND, rows.customer, rows.time + gap, luck.child(rows.key, _NEXT), turn + 1)
        site = turn % self.table.sites
        channel = self.table.channel.take(site)
        who = self.world.customers
        allowed = ((who.address.take(rows.customer) & who.marketing.take(rows.customer)) >> channel) & 1
        arrivals = self.world.life.arrivals
        if arrivals is not None:
            allowed = allowed & arrivals.account.take(rows.customer)
        index = allowed.nonzero()[0]
        part = rows.take(index)
        self.hub.counts["sent"] += index.size
        if self.hub.gives_coupons:
            self.world.offers.give(part.customer, part.time, len(COUPON.name), COUPON)
        self.world.deliver(part.customer, part.time, part.key, pack(part.payload, site.take(index)))

    def run(self) -> Scene:
        """Run to the end."""
        self.agenda.run()
        return self
