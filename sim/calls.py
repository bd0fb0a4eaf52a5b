"""Calls of the company's people: answered with

    logit P = α + a[phone] + β_hour·cos(2π(h − best hour)/24) − β_F·F + β_T·(T − T0),

where a is the customer's liking of the telephone number's channel.  A talk is more than a message: it tires
more, and moves its job or takes its barrier away more often; it may bring a visit within a day, or make the
customer ask not to be called again.  A call that is not answered tires a little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY
from sim.kinds import VISIT_MESSAGE
from sim.response import Response
from sim.setting import Setting
from strategies.ports import site_of
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_ANSWER = luck.purpose("world.call.answer")
_LATER = luck.purpose("world.call.later")
_VISIT = luck.purpose("world.call.visit")

_ANSWERED = EVENT_CODE["call_answered"]


class Calls:
    """Handles calls from ringing to what follows; owns no column."""

    def __init__(self, setting: Setting, response: Response) -> None:
        self.parameters = setting.parameters.calls
        self.agenda, self.hub = setting.agenda, setting.hub
        self.response = response
        self.customers, self.trust, self.burnout = response.customers, response.trust, response.burnout
        self._size = setting.columns.size
        self._affinity = self.customers.affinity.reshape(-1)

    def make(self, rows: Cohort) -> None:
        """The telephones of these customers ring."""
        living = self.trust.alive(rows.customer, rows.time).nonzero()[0]
        rows = rows.take(living)
        if rows.size == 0:
            return
        p, customer, time = self.parameters, rows.customer, rows.time
        channel = self.response.messages.channel.take(site_of(rows.payload))
        fatigue, missing_trust = self.burnout.fatigue(customer, time), self.trust.missing(customer, time)
        logit = p.answering + self._affinity.take(channel * self._size + customer)
        logit += p.hour * self.response.closeness(customer, time)
        logit -= p.fatigue * fatigue + p.trust * missing_trust
        answered = luck.uniform(rows.key, _ANSWER) * (1.0 + np.exp(-logit)) < 1.0
        missed = rows.where(~answered)
        self.burnout.be_called(missed.customer, missed.time, p.weight * p.missed, np.zeros(missed.size))
        index = answered.nonzero()[0]
        if index.size:
            self._talk(rows.take(index), channel.take(index), fatigue.take(index), missing_trust.take(index))

    def _talk(self, rows: Cohort, channel: Int64s, fatigue: Floats, missing_trust: Floats) -> None:
        """Everything that a talk does."""
        p, response, site = self.parameters, self.response, site_of(rows.payload)
        fitting = response.fit.of(rows.customer, rows.time, site)
        rho = fitting.rho
        self.hub.contact_event(_ANSWERED, rows.customer, rows.time, rows.key, rows.payload)
        self.burnout.be_called(rows.customer, rows.time, p.weight, rho)
        response.lose_trust(rows, rho, fatigue)
        offering = (response.messages.offer.take(site) >= 0).nonzero()[0]
        if offering.size:
            part = rows.take(offering)
            response.offers.see(part.customer, part.time, site.take(offering), response.messages)
        helped = (rho > 0).nonzero()[0]
        response.orders.help(rows.customer.take(helped), rows.time.take(helped))
        response.move_jobs(rows, site, fitting.target, p.stage_up, p.barrier_removed)
        response.answer_requests(rows, site)
        stays = response.exits.decide(rows, channel, rho, fatigue, missing_trust)
        u_later, u_when = luck.uniform_pair(rows.key, _LATER)
        comes = (stays & (u_later < p.visit + p.visit_fit * np.maximum(rho, 0.0))).nonzero()[0]
        if comes.size:
            part = rows.take(comes)
            when = response.visits.later(part.customer, part.time, u_when.take(comes) * DAY)
            self.agenda.push(VISIT_MESSAGE, part.customer, when, luck.child(part.key, _VISIT), 0)
