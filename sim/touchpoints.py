"""What else happens at a visit: the app, forms, subscriptions, the steps of the onboarding.

All of a visit is cut from one hash of its key, 16 bits each: chances are rounded to 1/65,536.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.arrivals import Arrivals
from sim.journey import IDLE, Journey, part_of
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.short import distinct
from sim.kinds import SUBSCRIBE
from sim.population import Customers
from sim.setting import Setting
from sim.subscriptions import Subscriptions
from sim.trust import Trust
from strategies.observed import Observed
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, CONSENT_PLACES, EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = luck.Keys

_EXTRAS = luck.purpose("world.visit.extras")
_SUBSCRIBE = luck.purpose("world.visit.subscribe")
_STEP = luck.purpose("world.visit.onboarding")
_APP = luck.purpose("world.visit.app")

_APP_OPENED, _FORM_LEFT, _STEP_DONE = (EVENT_CODE[name] for name in ("app_opened", "form_abandoned", "onboarding_step"))
_PUSH = CHANNEL_CODE["mobile_push"]
_FORM_SECONDS = 60
"""A form is left, or filled to subscribe, so long after the visit began."""


class Touchpoints:
    """Columns, each only where its section is on: has_app (N,) bool; step (N,) int8, onboarding steps done."""

    def __init__(
        self,
        setting: Setting,
        observed: Observed,
        customers: Customers,
        trust: Trust,
        journey: Journey,
        subscriptions: Subscriptions,
        arrivals: Arrivals | None,
    ) -> None:
        self.observed, self.customers, self.trust, self.journey = observed, customers, trust, journey
        self.subscriptions, self.agenda, self.hub = subscriptions, setting.agenda, setting.hub
        population = self.population = setting.population
        columns = setting.columns
        self.has_app = columns.add("touchpoints.has_app", bool) if population.app else None
        self.step = None
        self.steps = population.onboarding.steps if population.onboarding else 0
        if self.steps and arrivals is not None:
            self.step = columns.add("touchpoints.step", np.int8)
            arrivals.when_registered = self.welcome
        self.parameters = setting.parameters.onboarding
        self._channels = [CHANNEL_CODE[name] for name in population.subscriptions]
        self._chances = np.cumsum([0.0, *population.subscriptions.values()])
        self.agenda.register(SUBSCRIBE, self.on_subscribe)
        if any((population.app, population.forms, self.step is not None, self._channels)):
            journey.when_begun = self.at_visit

    def populate(self) -> None:
        """Who has a mobile push address has the app; whoever registered before the past knows the shop."""
        if self.has_app is not None:
            self.has_app[...] = (self.customers.address >> _PUSH) & 1 == 1
        if self.step is not None:
            self.step[...] = self.steps

    def welcome(self, customer: Int64s) -> None:
        """New accounts begin their onboarding."""
        if self.step is not None:
            self.step[customer] = 0

    def at_visit(self, customer: Int64s, time: Int64s, key: Keys, category: Int64s) -> None:
        """Visits begin; category: of what is looked for."""
        population = self.population
        bits = luck.bits(key, _EXTRAS)
        if self.has_app is not None:
            index = (self.has_app.take(customer) & (part_of(bits, 0) < population.app)).nonzero()[0]
            if index.size:
                app_key = luck.child(key.take(index), _APP)
                self.hub.observe(_APP_OPENED, customer.take(index), time.take(index), app_key)
        if self.step is not None:
            self._onboard(customer, time, key, part_of(bits, 1))
        if population.forms:
            index = (part_of(bits, 2) < population.forms).nonzero()[0]
            if index.size:
                when = time.take(index) + _FORM_SECONDS + IDLE
                self.journey.report(_FORM_LEFT, customer.take(index), when, key.take(index), category.take(index))
        if self._channels:
            self._offer_forms(customer, time, key, part_of(bits, 3))

    def _onboard(self, customer: Int64s, time: Int64s, key: Keys, u: Floats) -> None:
        """The next step, and the trust that comes with knowing one's way."""
        assert self.step is not None
        section = self.population.onboarding
        assert section is not None
        learning = self.step.take(customer) < self.steps
        index = (learning & (u < section.by_visit)).nonzero()[0]
        if not index.size:
            return
        who, when = customer.take(index), time.take(index)
        self.step[who] += 1
        room = 1.0 - self.trust.normal + self.trust.missing(who, when)
        self.trust.shift(who, when, self.parameters.trust * room)
        step = self.step.take(who).astype(np.int64) * MONEY_UNIT
        self.hub.observe(_STEP_DONE, who, when, luck.child(key.take(index), _STEP), None, step)

    def _offer_forms(self, customer: Int64s, time: Int64s, key: Keys, u: Floats) -> None:
        """At most one form is filled; those who took their consent back stay away for good."""
        form = np.searchsorted(self._chances, u, side="right") - 1
        index = (form < len(self._channels)).nonzero()[0]
        if not index.size:
            return
        channel = np.array(self._channels)[form.take(index)]
        who = customer.take(index)
        keeps_off = self.observed.consent[channel, who]
        if self.customers.withdrawn is not None:
            keeps_off |= ((self.customers.withdrawn.take(who) >> channel) & 1) == 1
        index, channel = index[~keeps_off], channel[~keeps_off]
        category = channel + len(CHANNELS) * CONSENT_PLACES.index("form")
        when = time.take(index) + _FORM_SECONDS
        self.agenda.push(SUBSCRIBE, customer.take(index), when, luck.child(key.take(index), _SUBSCRIBE), category)

    def on_subscribe(self, rows: Cohort) -> None:
        """Forms filled: consents given."""
        for channel in distinct(rows.payload):
            self.subscriptions.give(rows.where(rows.payload == channel))
