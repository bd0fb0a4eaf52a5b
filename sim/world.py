"""The world of the customers, put together.

    habit ───────► visit ──► view ──► cart ──► checkout ──► order ──► money, trust, end of the job
    open job ────►   ▲                                         └────► abandonment
    newcomer ── registers ──► habit, first job;  at visits: app, forms, subscriptions, onboarding
    message ── inbox ── noticed ── click ┘       every contact ──► fatigue ──► less attention, exits, less trust
                 └ reputation of the sender (shared by the world)

Every part owns its columns and its kinds of agenda rows; this module only connects them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.assortment import Assortment
from sim.burnout import Burnout
from sim.calls import Calls
from sim.fulfilment import Fulfilment
from sim.in_app import InApp
from sim.jobs import Jobs
from sim.journey import Journey
from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import DAY, NEVER, Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from sim.kernel.short import some
from sim.life import Life
from sim.messages import MessageTable
from sim.offers import Offers
from sim.orders import Orders
from sim.population import Customers
from sim.population_file import Population
from sim.reputation import Reputation
from sim.response import IN_APP, Response
from sim.setting import MoneyRecorder, Setting
from sim.supplies import Supplies
from sim.support import Support
from sim.trust import Trust
from sim.visits import Visits
from sim.voice import Voice
from sim.wallet import Wallet
from strategies.observed import Observed
from strategies.ports import StrategyHub, site_of
from strategies.scenario import Offer
from strategies.vocabulary import ASKS, CHANNELS, MONEY_UNIT

Int64s = NDArray[np.int64]
Keys = luck.Keys


class World:
    """Customers of all stacked worlds, and what happens to them.

    begin: where lifetimes and history begin (seconds); end: the rhythm of visits is known so far.  A new world:
    ``populate``, then ``open_streams(begin)``.  A fork: restore the columns, ``rekey``, then
    ``open_streams(now)``; pending rows of :data:`sim.kinds.STREAM_KINDS` do not go along.
    """

    def __init__(
        self,
        columns: Columns,
        observed: Observed,
        agenda: Agenda,
        shared: SharedState,
        population: Population,
        calendar: Calendar,
        hub: StrategyHub,
        recorder: MoneyRecorder,
        messages: MessageTable,
        begin: int,
        end: int,
    ) -> None:
        setting = Setting(columns, agenda, population, calendar, hub, recorder, begin, end)
        self.observed, self.columns = observed, columns
        self.customers = Customers(setting)
        self.trust = Trust(setting, self.customers)
        self.burnout = Burnout(setting, self.customers)
        self.jobs = Jobs(setting, self.customers, self.trust)
        self.offers = Offers(setting)
        self.reputation = Reputation(setting, shared)
        self.journey = Journey(setting, self.customers, self.trust, self.jobs, self.offers)
        self.orders = Orders(setting, self.customers, self.trust, self.jobs, self.offers, self.journey)
        self._follow_orders(setting)
        self.visits = Visits(setting, self.customers, self.trust, self.jobs, self.journey)
        self.jobs.when_opened = self.visits.follow_job
        self.response = Response(
            setting,
            self.customers,
            self.trust,
            self.burnout,
            self.jobs,
            self.journey,
            self.orders,
            self.offers,
            self.visits,
            self.reputation,
            messages,
        )
        self.life = Life(
            setting,
            observed,
            self.customers,
            self.trust,
            self.burnout,
            self.jobs,
            self.visits,
            self.journey,
            self.orders,
            self.reputation,
            self.response,
            shared,
        )
        self.messages = messages
        self.calls = Calls(setting, self.response) if messages.call.any() else None
        self.in_app = InApp(setting, self.response) if self.response.shows_in_app else None
        if self.in_app is not None:
            self.journey.when_arriving = self.in_app.at_visit
        self._connect_answers()
        if hub.keeps_points:
            wallet = Wallet(setting)
            self.journey.wallet = self.orders.wallet = self.response.wallet = wallet

    def _follow_orders(self, setting: Setting) -> None:
        """What follows an order, as far as the population has it."""
        parts = setting.population.after_order
        self.voice = Voice(setting, self.trust, self.journey)
        self.support = Support(setting, self.trust) if "support" in parts else None
        if "delivery" in parts:
            self.orders.fulfilment = Fulfilment(setting, self.trust, self.support, self.voice)
            self.voice.last = self.orders.fulfilment.last

        if {"replenishment", "renewals"} & {*parts}:
            self.orders.supplies = Supplies(setting, self.observed, self.jobs, self.trust)
        self.assortment: Assortment | None = None
        if setting.population.assortment:
            self.assortment = Assortment(setting, self.customers, self.trust, setting.population.assortment)
            self.journey.assortment = self.orders.assortment = self.assortment

    def _connect_answers(self) -> None:
        """Who acts on what messages ask for."""
        self.response.answers[ASKS.index("nps")] = self.voice.answer_nps
        if "reviews" in self.customers.population.after_order:
            self.response.answers[ASKS.index("review")] = self.voice.answer_review
        if self.support is not None:
            self.response.fit.tickets = self.support.open

    def populate(self, base_keys: Keys, luck_keys: Keys) -> None:
        """Draw who the customers are, and tell the strategies what a company sees of them.

        base_keys, luck_keys: (W,) uint64 roots of the worlds.
        """
        self.customers.populate(base_keys, luck_keys)
        if self.assortment is not None:
            self.assortment.populate(base_keys)
        known = self.life.populate()
        for name, values in self.customers.observed_profile(known).items():
            getattr(self.observed, name)[..., known] = values

    @property
    def luck_keys(self) -> Keys:
        """(N,) roots of everything that happens to each customer."""
        return self.customers.luck_key

    @property
    def inbox(self) -> NDArray[np.float64]:
        """(W,) share of e-mail that reaches the inbox today."""
        return self.reputation.inbox

    def rekey(self, mix: Callable[[Keys], Keys]) -> None:
        """Give everybody new luck from now on: every key in use goes through ``mix``."""
        self.customers.luck_key[...] = mix(self.customers.luck_key)
        still_open = (self.jobs.opened != NEVER).nonzero()[0]
        self.jobs.key[still_open] = mix(self.jobs.key.take(still_open))

    def open_streams(self, time: int) -> None:
        """Draw every memoryless stream from ``time`` on: lifetimes, visits, jobs and what open jobs will do."""
        arrivals = self.life.arrivals
        self.trust.draw_lifetimes(time, None if arrivals is None else ~arrivals.arrived)
        everybody = np.arange(self.columns.size, dtype=np.int64)
        living = everybody[self.trust.alive(everybody, np.full(everybody.size, time, np.int64))]
        if arrivals is not None:
            living = arrivals.open_streams(living, time)
        at = np.full(living.size, time, np.int64)
        self.visits.open_streams(living, at)
        self.jobs.open_streams(living, at)

    def deliver(self, customer: Int64s, time: Int64s, key: Keys, payload: Int64s) -> None:
        """Hand messages to the channels (see :class:`strategies.ports.ContactPort`)."""
        if self.calls is None and self.in_app is None:
            self.response.deliver(customer, time, key, payload)
            return
        rows = Cohort(customer, time, key, payload)
        if self.in_app is not None:  # it waits in its slot
            rows = rows.where(self.messages.channel.take(site_of(payload)) != IN_APP)
        if self.calls is not None:
            rows = self._without_calls(rows)
        if rows.size:
            self.response.deliver(rows.customer, rows.time, rows.key, rows.payload)

    def _without_calls(self, rows: Cohort) -> Cohort:
        """Make the calls among these contacts; the others."""
        assert self.calls is not None
        call = self.messages.call.take(site_of(rows.payload))
        if some(call):
            self.calls.make(rows.where(call))
            rows = rows.where(~call)
        return rows

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """The company gives coupons (see :class:`strategies.ports.ContactPort`)."""
        self.offers.give(customer, time, self.observed.categories["offer"].index(offer.name), offer)

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """The company gives up consent (see :class:`strategies.ports.ContactPort`)."""
        bits = np.uint8(sum(1 << channel for channel in channels))
        self.customers.marketing[customer] &= ~bits

    def fatigue_at(self, time: int) -> NDArray[np.float64]:
        """(N,) fatigue of everybody."""
        return self.burnout.fatigue_at(time)

    def mailboxes_work_at(self, time: int) -> NDArray[np.bool_]:
        """(N,) whose mailbox takes mail that somebody may read, whether the company knows it or not."""
        everybody = np.arange(self.columns.size, dtype=np.int64)
        return self.response.mailbox_works(everybody, np.full(everybody.size, time, np.int64))

    def latent_table(self, rows: slice, time: int = 0) -> dict[str, NDArray[Any]]:
        """The truth about some customers at ``time``, for reports that say so; rates per day."""
        customer = np.arange(self.columns.size, dtype=np.int64)[rows]
        at = np.full(customer.size, time, np.int64)
        who, table = self.customers, {}
        for name in ("patience", "price_sensitivity"):
            table[name] = getattr(who, name)[rows].copy()
        for name, rate in (("visit_rate", who.visit_rate), ("job_rate", who.job_rate), ("loss_rate", who.loss_rate)):
            table[name] = rate[rows] * np.float32(DAY)
        table["typical_value"] = who.typical_value[rows] / np.float32(MONEY_UNIT)
        table["best_hour"] = who.best_minute[rows] / np.float32(60)
        names = np.array(self.customers.population.categories, object)
        table["favourite_category"] = names[who.favourite[rows]]
        for code, channel in enumerate(CHANNELS):
            table[f"affinity_{channel}"] = who.affinity[code, rows].copy()
        table["alive"] = self.trust.alive(customer, at)
        table["trust"] = self.trust.normal - self.trust.missing(customer, at)
        table["fatigue"] = self.burnout.fatigue(customer, at)
        table["open_jobs"] = np.bitwise_count(self.jobs.open[rows])
        return table
