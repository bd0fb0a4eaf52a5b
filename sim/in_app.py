"""Blocks on the site and in the app: shown when a visit begins, noticed there or never.

The company's slot says which of the waiting messages is shown (:meth:`strategies.ports.StrategyHub.in_app`).
Being noticed has the logit of :mod:`sim.response` without its hour, for the customer is there,

    logit P = α + a + β_fit·ρ − β_F·F − β_B·B + β_T·(T − T0) + variant;

what is overlooked makes blind to banners.  What a message asks for is answered the first time it is noticed, or
not at all.  A noticed message acts before the customer decides where the visit leads:
its offer is seen, it may move the job or take a barrier away; who clicks goes on to a product within the same visit.
Nothing bounces, nobody unsubscribes.  The draws of an impression come from a child of the contact's key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.burnout import IRRITANT_BITS, REPEAT
from sim.fit import Fitting
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kinds import CLICK
from sim.response import Response, content_of
from sim.setting import Setting
from strategies.ports import InAppMessages, site_of, with_world_bits, world_bits_of
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_IMPRESSION = luck.purpose("world.in_app.impression")
_NOTICE = luck.purpose("world.in_app.notice")
_CLICK_DELAY = luck.purpose("world.in_app.click_delay")

_DELIVERED, _SHOWN, _OPENED = (EVENT_CODE[name] for name in ("delivered", "in_app_shown", "opened"))
_SOONEST, _LATEST = 3, 18
"""Seconds between the beginning of the visit and a click: before the product that it leads to."""


class InApp:
    """Handles impressions from being shown to the click; owns no column."""

    def __init__(self, setting: Setting, response: Response) -> None:
        self.parameters = setting.parameters.response
        self.agenda, self.hub = setting.agenda, setting.hub
        self.response = response
        self.trust, self.burnout, self.messages = response.trust, response.burnout, response.messages
        self._size = setting.columns.size
        self._affinity = response.customers.affinity.reshape(-1)

    def at_visit(self, customer: Int64s, time: Int64s) -> Bools:
        """Visits of these customers begin: show what waits for them; (n,) who clicks on it."""
        led = np.zeros(customer.size, bool)
        shown = self.hub.in_app(customer, time)
        if shown is None:
            return led
        contacts = Cohort(customer.take(shown.index), time.take(shown.index), shown.key, shown.payload)
        first = contacts.where(shown.ordinal == 0)
        if first.size:
            self.hub.contact_event(_DELIVERED, first.customer, first.time, first.key, first.payload)
        self.hub.contact_event(_SHOWN, contacts.customer, contacts.time, contacts.key, contacts.payload)
        led[shown.index] = self._look(contacts, luck.child(shown.key, _IMPRESSION, shown.ordinal), shown)
        return led

    def _look(self, contacts: Cohort, key: luck.Keys, shown: InAppMessages) -> Bools:
        """Who notices what stands there, and what follows; (n,) who clicks.  key: of the impressions."""
        customer, time, site = contacts.customer, contacts.time, site_of(contacts.payload)
        channel = self.messages.channel.take(site)
        repeated = (shown.ordinal > 0) | self.burnout.repeats(customer, time, site, self.messages)
        self.burnout.be_shown(customer, time, channel, repeated)
        bits = repeated * REPEAT | world_bits_of(contacts.payload) << IRRITANT_BITS
        rows = Cohort(customer, time, key, with_world_bits(contacts.payload, bits))
        fitting = self.response.fit.of(customer, time, site, content_of(rows.payload))
        fatigue, missing_trust = self.burnout.fatigue(customer, time), self.trust.missing(customer, time)
        p = self.parameters
        logit = self.response.attention.take(site) + self._affinity.take(channel * self._size + customer)
        logit += p.fit * fitting.rho - p.fatigue * fatigue - p.trust * missing_trust
        logit -= p.blindness * self.burnout.blindness(customer, channel, time)
        u_notice, u_click = luck.uniform_pair(key, _NOTICE)
        noticed = u_notice * (1.0 + np.exp(-logit)) < 1.0
        ignored = (~noticed).nonzero()[0]
        self.burnout.ignore(customer.take(ignored), channel.take(ignored), time.take(ignored))
        clicks = np.zeros(rows.size, bool)
        index = noticed.nonzero()[0]
        if index.size:
            fresh = contacts.where(noticed & ~shown.seen)
            self.hub.contact_event(_OPENED, fresh.customer, fresh.time, fresh.key, fresh.payload)
            fitting = Fitting(fitting.rho.take(index), fitting.target.take(index))
            clicks[index] = self._act(rows.take(index), site.take(index), fitting, fatigue.take(index), u_click[index])
            asked = (noticed & ~shown.seen).nonzero()[0]
            self.response.answer_requests(rows.take(asked), site.take(asked))
            led = Cohort(customer, time, contacts.key, rows.payload)
            self._follow(led.where(clicks), key[clicks])
        return clicks

    def _act(self, rows: Cohort, site: Int64s, fitting: Fitting, fatigue: Floats, u_click: Floats) -> Bools:
        """Everything that noticed messages do; (n,) who clicks."""
        self.response.take_effect(rows, site, fitting, fatigue)
        logit = self.response.click_logit(rows, site, fitting.rho, fatigue, None)
        clicks: Bools = u_click * (1.0 + np.exp(-logit)) < 1.0
        return clicks

    def _follow(self, contacts: Cohort, key: luck.Keys) -> None:
        """Clicks, some seconds after the beginning of the visit."""
        delay = _SOONEST + (luck.uniform(key, _CLICK_DELAY) * (_LATEST - _SOONEST)).astype(np.int64)
        self.agenda.push(CLICK, contacts.customer, contacts.time + delay, contacts.key, contacts.payload)
