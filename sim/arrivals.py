"""Newcomers: how they come, register or leave the form half way, and begin to live with the company.

A newcomer is a profile without an account.  At the planned time (in the rhythm of visits, keyed by who he
is, so every arm and every luck meets him then) he comes to the site and tries to register.  Whoever leaves the form
may come back by himself or through a message; what he left of himself is all that the company has of him.
With the account his streams of visits and jobs begin, and usually a first job that brought him.

Recommendations bring newcomers of the source ``referral`` forward through shared state: their clock runs ahead of
the calendar by an amount that is settled daily from the recommendations of the world's customers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.jobs import Jobs
from sim.journey import IDLE, Journey
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, NEVER
from sim.kernel.shared import SharedState
from sim.kernel.short import every
from sim.kinds import ARRIVE, COME_BACK, FORM_LEFT, REGISTER
from sim.population import Customers, pick, profile_categories
from sim.population_sections import Arrivals as ArrivalsSection
from sim.population_sections import ArrivalSource
from sim.setting import Setting
from sim.subscriptions import Subscriptions
from sim.trust import Trust
from sim.visits import Visits
from strategies.introduced import pack_facts
from strategies.observed import Observed
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, EVENT_CODE

Int64s = NDArray[np.int64]
Keys = luck.Keys

_NEWCOMER = luck.purpose("world.arrival.newcomer")
_SOURCE = luck.purpose("world.arrival.source")
_ARRIVE = luck.purpose("world.arrival")
_HOUR = luck.purpose("world.arrival.brought_forward")
_ATTEMPT = luck.purpose("world.arrival.attempt")
_TIME = luck.purpose("world.arrival.time")
_LEAVE = luck.purpose("world.arrival.leave")
_BACK = luck.purpose("world.arrival.back")
_BACK_DAYS = luck.purpose("world.arrival.back_days")
_ACCOUNT = luck.purpose("world.arrival.account")
_CONSENT = luck.purpose("world.arrival.consent")
_MOTIVE = luck.purpose("world.arrival.motive")
_JOB = luck.purpose("world.arrival.job")
_VISIT = luck.purpose("world.arrival.visit")

_VISITED, _REGISTERED, _LEFT = (EVENT_CODE[name] for name in ("site_visited", "registered", "registration_abandoned"))
_EMAIL = CHANNEL_CODE["email"]
REFERRAL = "referral"
"""The acquisition source whose newcomers recommendations bring forward."""


class Arrivals:
    """Columns: planned (N,) int32 seconds of operational time, NEVER for who was there from the beginning;
    account (N,) bool; arrived (N,) bool, has come to the site.

    World column: ahead (W,) int64, seconds by which the clock of recommended newcomers runs ahead (shared state).
    """

    def __init__(
        self,
        setting: Setting,
        section: ArrivalsSection,
        observed: Observed,
        customers: Customers,
        trust: Trust,
        jobs: Jobs,
        visits: Visits,
        journey: Journey,
        subscriptions: Subscriptions,
        shared: SharedState,
    ) -> None:
        self.section, self.observed, self.columns = section, observed, setting.columns
        self.customers, self.trust, self.jobs, self.visits, self.journey = customers, trust, jobs, visits, journey
        self.subscriptions = subscriptions
        self.agenda, self.hub, self.begin = setting.agenda, setting.hub, setting.begin
        self.parameters = setting.parameters.registration
        columns = setting.columns
        self.planned = columns.add("arrivals.planned", np.int32, NEVER)
        self.account = columns.add("arrivals.account", bool, True)
        self.arrived = columns.add("arrivals.arrived", bool, True)
        self.names = profile_categories(setting.population)["source"]
        self.sources = section.sources or {
            name: ArrivalSource(share) for name, share in setting.population.profile.sources.items()
        }
        self._gain = self._seconds_per_friend(setting)
        self.recommended = columns.add_world("arrivals.recommended", np.int64)
        ahead = columns.add_world("arrivals.ahead", np.int64)
        self.ahead: Int64s = ahead
        if self._gain:
            self.ahead = shared.declare("referrals", DAY, ahead, self.settle, after=self.plan_recommended)
        self.when_registered: Callable[[Int64s], None] | None = None
        visits.admit = self.admit
        for kind, handler in (
            (ARRIVE, self.on_arrive),
            (COME_BACK, self.on_return),
            (REGISTER, self.on_register),
            (FORM_LEFT, self.on_left),
        ):
            self.agenda.register(kind, handler)

    @property
    def listens(self) -> bool:
        """Do recommendations bring anybody forward?"""
        return self._gain > 0

    def _seconds_per_friend(self, setting: Setting) -> int:
        """By how much one recommendation moves the clock: ``friends`` mean distances of recommended newcomers."""
        share = self.sources[REFERRAL].share if REFERRAL in self.sources else 0.0
        expected = setting.columns.customers * self.section.share * share
        span = self.section.years * 365 * DAY
        return int(span / expected * setting.parameters.answers.friends) if expected else 0

    # ---------------------------------------------------------------- who they are

    def populate(self) -> None:
        """Choose the newcomers among the profiles drawn; the company sees source, place and device of a visitor."""
        key = self.customers.base_key
        u_new, u_when = luck.uniform_pair(key, _NEWCOMER)
        new = (u_new < self.section.share).nonzero()[0]
        span = self.section.years * 365 * DAY
        self.planned[new] = self.begin + (u_when.take(new) * span).astype(np.int64)
        self.account[new] = False
        self.arrived[new] = False
        names = list(self.sources)
        if names:
            chosen = pick(luck.uniform(key.take(new), _SOURCE), [source.share for source in self.sources.values()])
            self.customers.source[new] = np.array([self.names.index(name) for name in names])[chosen]
            activity = np.array([source.activity for source in self.sources.values()], np.float32)[chosen]
            self.customers.visit_rate[new] *= activity
            self.customers.job_rate[new] *= activity
        self.customers.registered[new] = NEVER
        for name in ("source", "city", "device", "zone_hours"):
            getattr(self.observed, name)[new] = getattr(self.customers, name).take(new)

    # ---------------------------------------------------------------- when they come

    def open_streams(self, living: Int64s, time: int) -> Int64s:
        """Plan all arrivals from ``time`` on; gives back who of the living has an account already."""
        here = self.account.take(living)
        waiting = living[~here & ~self.arrived.take(living)]
        if self._gain:
            waiting = waiting[~self._recommended_ones(waiting)]
            self.plan_recommended(time)
        self._plan(waiting, time)
        result: Int64s = living[here]
        return result

    def _recommended_ones(self, customer: Int64s) -> NDArray[np.bool_]:
        return np.asarray(self.customers.source.take(customer) == self.names.index(REFERRAL))

    def _plan(self, customer: Int64s, time: int) -> None:
        planned = self.planned.take(customer).astype(np.int64)
        gap = (planned - self.begin).astype(np.float64)
        when = self.visits.later(customer, np.full(customer.size, self.begin, np.int64), gap)
        key = luck.child(self.customers.luck_key.take(customer), _ARRIVE)
        self.agenda.push(ARRIVE, customer, np.maximum(when, time), key)

    def settle(self, time: int) -> NDArray[np.int64]:
        """The clock of recommended newcomers after the recommendations of the day that ends."""
        ahead: Int64s = self.ahead + self.recommended * self._gain
        self.recommended[...] = 0
        return ahead

    def plan_recommended(self, time: int) -> None:
        """Plan the recommended newcomers whose clock reaches their planned time on the day that begins."""
        customer = (~self.arrived & (self.planned < time + DAY + int(self.ahead.max()))).nonzero()[0]
        customer = customer[self._recommended_ones(customer)]
        due = self.planned.take(customer) < time + DAY + self.ahead.take(self.columns.world_of(customer))
        customer = customer[due]
        if customer.size:
            key = luck.child(self.customers.luck_key.take(customer), _ARRIVE)
            when = time + (luck.uniform(key, _HOUR) * DAY).astype(np.int64)
            self.agenda.push(ARRIVE, customer, when, key)

    def recommend(self, customer: Int64s) -> None:
        """Count recommendations by these customers, for the next settlement."""
        np.add.at(self.recommended, self.columns.world_of(customer), 1)

    # ---------------------------------------------------------------- what they do

    def on_arrive(self, rows: Cohort) -> None:
        """The first visit: life with the company may begin."""
        self.arrived[rows.customer] = True
        self.trust.begin_life(rows.customer, rows.time)
        self._attempt(rows)

    def on_return(self, rows: Cohort) -> None:
        """Another attempt by himself."""
        there = self.trust.alive(rows.customer, rows.time) & ~self.account.take(rows.customer)
        self._attempt(rows.where(there))

    def admit(self, rows: Cohort) -> Cohort:
        """Who has an account; the others, whom a message brought, try to register once more."""
        has = self.account.take(rows.customer)
        if every(has):
            return rows
        self._attempt(rows.where(~has))
        return rows.where(has)

    def _attempt(self, rows: Cohort) -> None:
        rows = rows.where(self.journey.until.take(rows.customer) <= rows.time)
        if not rows.size:
            return
        p = self.parameters
        key = luck.child(rows.key, _ATTEMPT)
        u_done, u_left = luck.uniform_pair(key, _TIME)
        chance = self._chance(rows.customer, rows.time)
        completes = u_done < chance
        # The same draw, stretched, tells how long the form took: 0 … 2 means, whole seconds.
        share = np.divide(u_done, chance, out=u_left, where=completes)
        taken = 1 + (2 * p.seconds * share).astype(np.int64)
        self.journey.until[rows.customer] = rows.time + taken + IDLE * ~completes
        going = rows.where(~completes)
        self.hub.observe(_VISITED, going.customer, going.time, going.key)
        for kind, mask, wait in ((REGISTER, completes, 0), (FORM_LEFT, ~completes, IDLE)):
            index = mask.nonzero()[0]
            when = rows.time.take(index) + taken.take(index) + wait
            self.agenda.push(kind, rows.customer.take(index), when, key.take(index))

    def _chance(self, customer: Int64s, time: Int64s) -> NDArray[np.float64]:
        """Of completing the form; an offer held works on its logit as on that of the checkout."""
        chance = np.full(customer.size, self.parameters.completed)
        held = (self.journey.offers.until.take(customer) >= time).nonzero()[0]
        if held.size:
            pull = self.journey.parameters.checkout_slope * self.journey.offer_pull(customer.take(held))
            chance[held] /= chance[held] + (1.0 - chance[held]) * np.exp(-pull)
        return chance

    def on_left(self, rows: Cohort) -> None:
        """The form was left: the e-mail address may stand in it; another attempt may follow."""
        p = self.parameters
        u_email, u_back = luck.uniform_pair(rows.key, _LEAVE)
        has = (self.customers.address.take(rows.customer) >> _EMAIL) & 1 == 1
        gives = rows.where(has & (u_email < p.email_left))
        bit = np.full(gives.size, 1 << _EMAIL)
        self.hub.introduce(gives.customer, gives.time, gives.key, pack_facts(bit, bit))
        source = self.customers.source.take(rows.customer).astype(np.int64)
        self.hub.observe(_LEFT, rows.customer, rows.time, rows.key, source)
        again = (u_back < p.comes_back).nonzero()[0]
        if again.size:
            part = rows.take(again)
            key = luck.child(part.key, _BACK)
            days = luck.exponential(key, _BACK_DAYS) * p.back_days
            self.agenda.push(COME_BACK, part.customer, part.time + 1 + (days * DAY).astype(np.int64), key)

    def on_register(self, rows: Cohort) -> None:
        """The account: addresses and consents of the form, then the first visit and what brought the customer.

        The form tells its consents with the profile, so they are known when ``registered`` is; ``subscribed`` follows.
        """
        rows = rows.where(~self.account.take(rows.customer))
        customer, time = rows.customer, rows.time
        self.account[customer] = True
        self.customers.registered[customer] = time
        who = self.customers
        facts = pack_facts(
            who.address.take(customer),
            who.service.take(customer),
            who.marketing.take(customer),
            sex=who.sex.take(customer),
            age=who.age.take(customer),
            birthday=who.birthdays(customer),
        )
        self.hub.introduce(customer, time, rows.key, facts)
        source = self.customers.source.take(customer).astype(np.int64)
        self.hub.observe(_REGISTERED, customer, time, luck.child(rows.key, _ACCOUNT), source)
        consents = who.marketing.take(customer)
        for channel in range(len(CHANNELS)):
            gives = ((consents >> channel) & 1).nonzero()[0]
            if gives.size:
                key = luck.child(rows.key.take(gives), _CONSENT, channel)
                self.subscriptions.give(
                    Cohort(customer.take(gives), time.take(gives), key, np.full(gives.size, channel))
                )
        if self.when_registered is not None:
            self.when_registered(customer)
        self.visits.open_streams(customer, time)
        self.jobs.open_streams(customer, time)
        wants = (luck.uniform(rows.key, _MOTIVE) < self.parameters.motive).nonzero()[0]
        if wants.size:
            part = rows.take(wants)
            self.jobs.open_motive(Cohort(part.customer, part.time, luck.child(part.key, _JOB), part.payload))
        job = self.jobs.driver(customer)
        self.journey.begin(customer, time, luck.child(rows.key, _VISIT), job, by_message=False)
