"""What a message does: delivery, inbox, being noticed, clicks, exits.

Noticed, once the customer looks at the channel (the delay is drawn at delivery), with

    logit P = α + a + β_fit·ρ + β_hour·cos(2π(h − best hour)/24) − β_F·F − β_B·B + β_T·(T − T0) + variant.

A noticed message tires, moves trust, shows its offer, may move its job, be clicked, bring a visit
later, or drive the customer off the channel.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.burnout import IRRITANT_BITS, IRRITANTS, Burnout
from sim.exits import Exits
from sim.fit import Fit, Fitting
from sim.jobs import TOP_STAGE, Jobs
from sim.journey import Journey
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, HOUR, MINUTE
from sim.kernel.short import every, some
from sim.kinds import CLICK, NOTICE, OPEN_PROXY, VISIT_MESSAGE
from sim.messages import MessageTable
from sim.offers import Offers
from sim.orders import Orders
from sim.population import INVALID, PROXY, TRAP, Customers
from sim.reputation import BOUNCES, DELIVERED, NOTICED, SENT, TRAPS, Reputation
from sim.setting import Setting
from sim.trust import Trust
from sim.visits import Visits
from sim.wallet import Wallet
from strategies.ports import Content, site_of, with_world_bits, world_bits_of
from strategies.vocabulary import (
    CHANNEL_CODE,
    CHANNELS,
    CHANNELS_THAT_REPORT_OPENS,
    EVENT_CODE,
    PURPOSE_CODE,
    REASON_CODE,
)

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Keys = luck.Keys
Answer = Callable[[Cohort], None]
"""What noticed messages that ask for something lead to; rows: the contacts as noticed (payload: site_of it)."""

_ARRIVAL = luck.purpose("world.contact.arrival")
_DELAY = luck.purpose("world.contact.delay")
_PROXY = luck.purpose("world.contact.proxy")
_NOTICE = luck.purpose("world.contact.notice")
_EFFECT = luck.purpose("world.contact.effect")
_CLICK_DELAY = luck.purpose("world.contact.click_delay")
_LATER = luck.purpose("world.contact.later")
_VISIT = luck.purpose("world.contact.visit")

EMAIL, IN_APP = CHANNEL_CODE["email"], CHANNEL_CODE["in_app"]
_WEEK = 7 * DAY
_MARKETING = np.array([name in ("promo", "content") for name in PURPOSE_CODE])
_REPORTS_OPENS = np.array([name in CHANNELS_THAT_REPORT_OPENS for name in CHANNELS])


class Response:
    """Handles contacts from delivery to click; owns no column."""

    def __init__(
        self,
        setting: Setting,
        customers: Customers,
        trust: Trust,
        burnout: Burnout,
        jobs: Jobs,
        journey: Journey,
        orders: Orders,
        offers: Offers,
        visits: Visits,
        reputation: Reputation,
        messages: MessageTable,
    ) -> None:
        self.customers, self.trust, self.burnout, self.jobs = customers, trust, burnout, jobs
        self.journey, self.orders, self.offers, self.visits = journey, orders, offers, visits
        self.reputation, self.messages = reputation, messages
        self.agenda, self.hub = setting.agenda, setting.hub
        self.exits = Exits(setting, customers, reputation)
        self.fit = Fit(setting, customers, jobs, messages)
        self.parameters = p = setting.parameters.response
        self.trust_parameters = setting.parameters.trust
        self.shows_in_app = bool((messages.channel == IN_APP).any())
        self.wallet: Wallet | None = None
        """Loyalty points, where some arm has them."""
        self.answers: dict[int, Answer] = {}
        """By code of ASKS: who acts on the request of a noticed message."""
        self._size = setting.columns.size
        self._affinity = customers.affinity.reshape(-1)
        self._failed = np.array(setting.parameters.addresses.failed)
        self._log_mean, self._log_sd = np.array(p.delay_log_mean), np.array(p.delay_log_sd)
        self._seen_in_time = ndtr((np.log(p.delay_longest * 24) - self._log_mean) / self._log_sd)
        self.attention = np.array(p.attention).take(messages.channel) + messages.variant
        self._clicking = np.array(p.clicking).take(messages.channel)
        self._marketing = _MARKETING.take(messages.purpose)
        self._clock = np.cos(np.arange(1_440) * (2 * np.pi / 1_440))
        for kind, handler in ((NOTICE, self.on_notice), (OPEN_PROXY, self.on_proxy), (CLICK, self.on_click)):
            self.agenda.register(kind, handler)

    # ---------------------------------------------------------------- delivery

    def deliver(self, customer: Int64s, time: Int64s, key: Keys, payload: Int64s) -> None:
        """Hand messages to the channels: bounced, or delivered into the inbox or the spam folder."""
        rows = Cohort(customer, time, key, payload)
        channel = self.messages.channel.take(site_of(payload))
        is_mail = channel == EMAIL
        mails = is_mail.nonzero()[0]
        self.reputation.count(SENT, customer.take(mails))
        u_failed, u_inbox = luck.uniform_pair(key, _ARRIVAL)
        arrives = u_failed >= self._failed.take(channel)
        dead = self._dead_mailbox(rows, mails) if mails.size else mails
        if not every(arrives) or dead.size:
            arrives = self._bounce(rows, channel, arrives, dead)
        there = arrives.nonzero()[0]
        rows, channel, is_mail, u_inbox = (
            rows.take(there),
            channel.take(there),
            is_mail.take(there),
            u_inbox.take(there),
        )
        self.hub.contact_event(EVENT_CODE["delivered"], rows.customer, rows.time, rows.key, rows.payload)
        self.reputation.count(DELIVERED, rows.customer[is_mail])
        share = self.reputation.inbox.take(self.reputation.columns.world_of(rows.customer))
        seen = (~is_mail | (u_inbox < share)).nonzero()[0]
        if seen.size:
            self._put_in_inbox(rows.take(seen), channel.take(seen))

    def _dead_mailbox(self, rows: Cohort, mails: Int64s) -> Int64s:
        """Positions of e-mails to addresses that never worked or died; traps among them are counted and arrive."""
        customer, time = rows.customer.take(mails), rows.time.take(mails)
        bits = self.customers.mailbox.take(customer)
        died = self._mailbox_died(customer, time)
        trap = died & ((bits & TRAP) != 0)
        self.reputation.count(TRAPS, customer[trap])
        result: Int64s = mails[(died & ~trap) | ((bits & INVALID) != 0)]
        return result

    def _mailbox_died(self, customer: Int64s, time: Int64s) -> Bools:
        """Whose mailbox was given up: some time after the customer was lost."""
        died: Bools = self.trust.overdue(customer, time) > self.customers.mailbox_lasts.take(customer)
        return died

    def mailbox_works(self, customer: Int64s, time: Int64s) -> Bools:
        """Whose mailbox ever worked and was not given up; a spam trap is one that was."""
        ever: Bools = (self.customers.mailbox.take(customer) & INVALID) == 0
        return ever & ~self._mailbox_died(customer, time)

    def _bounce(self, rows: Cohort, channel: Int64s, arrives: Bools, dead: Int64s) -> Bools:
        """Report failures; gives back what arrives."""
        soft = ~arrives
        soft[dead] = False
        arrives[dead] = False
        event = EVENT_CODE["bounced"]
        for reason, index in (("hard_bounce", dead), ("soft_bounce", soft.nonzero()[0])):
            if index.size:
                part = rows.take(index)
                self.hub.contact_event(event, part.customer, part.time, part.key, part.payload, REASON_CODE[reason])
        self.reputation.count(BOUNCES, rows.customer[~arrives & (channel == EMAIL)])
        self.customers.address[rows.customer.take(dead)] &= ~np.uint8(1 << EMAIL)
        return arrives

    def _put_in_inbox(self, rows: Cohort, channel: Int64s) -> None:
        """Note what irritates about the moment, tire a little, and plan when the message is seen."""
        last_action = self.journey.last_action(rows.customer)
        bits = self.burnout.irritants(rows.customer, rows.time, site_of(rows.payload), self.messages, last_action)
        self.burnout.receive(rows.customer, rows.time, channel, bits)
        payload = with_world_bits(rows.payload, bits | world_bits_of(rows.payload) << IRRITANT_BITS)
        when = rows.time + self._delay(rows, channel, last_action)
        self.agenda.push(NOTICE, rows.customer, when, rows.key, payload)
        proxies = (((self.customers.mailbox.take(rows.customer) & PROXY) != 0) & (channel == EMAIL)).nonzero()[0]
        if proxies.size:
            key = rows.key.take(proxies)
            delay = 1 + (luck.uniform(key, _PROXY) * (self.parameters.proxy_minutes * MINUTE)).astype(np.int64)
            fetched = np.minimum(rows.time.take(proxies) + delay, when.take(proxies))
            self.agenda.push(OPEN_PROXY, rows.customer.take(proxies), fetched, key, payload.take(proxies))

    def _delay(self, rows: Cohort, channel: Int64s, last_action: Int64s) -> Int64s:
        """Seconds until seen: within minutes by who acts just now, else lognormal, truncated at 28 days."""
        p = self.parameters
        u, v = luck.uniform_pair(rows.key, _DELAY)
        prompt = p.prompt_share * np.exp2((rows.time - last_action) * (-1.0 / (p.prompt_half_life * HOUR)))
        z = ndtri(v * self._seen_in_time.take(channel))
        seconds = np.exp(self._log_mean.take(channel) + self._log_sd.take(channel) * z) * HOUR
        soon = (u < prompt).nonzero()[0]
        if soon.size:
            seconds[soon] = np.log(u.take(soon) / prompt.take(soon)) * (-p.prompt_minutes * MINUTE)
        result: Int64s = seconds.astype(np.int64) + 1
        return result

    def on_proxy(self, rows: Cohort) -> None:
        """A privacy proxy fetches the pictures: a tracked open that nobody made."""
        event, reason = EVENT_CODE["opened"], REASON_CODE["proxy"]
        self.hub.contact_event(event, rows.customer, rows.time, rows.key, rows.payload, reason)

    # ---------------------------------------------------------------- noticing

    def on_notice(self, rows: Cohort) -> None:
        """The customer looks at the channel: is the message noticed, and then?"""
        site = site_of(rows.payload)
        channel = self.messages.channel.take(site)
        there = self.trust.alive(rows.customer, rows.time)
        allowed = (self.customers.marketing.take(rows.customer) >> channel) & 1
        there &= (allowed == 1) | ~self._marketing.take(site)
        index = there.nonzero()[0]
        if index.size < rows.size:
            rows, site, channel = rows.take(index), site.take(index), channel.take(index)
        customer, time = rows.customer, rows.time
        fitting = self.fit.of(customer, time, site, content_of(rows.payload))
        fatigue = self.burnout.fatigue(customer, time)
        missing_trust = self.trust.missing(customer, time)
        clock = self.closeness(customer, time)
        p = self.parameters
        logit = self.attention.take(site)
        logit += self._affinity.take(channel * self._size + customer)
        logit += p.fit * fitting.rho
        logit += p.hour * clock
        logit -= p.fatigue * fatigue
        logit -= p.blindness * self.burnout.blindness(customer, channel, time)
        logit -= p.trust * missing_trust
        u_notice, u_click = luck.uniform_pair(rows.key, _NOTICE)
        noticed = u_notice * (1.0 + np.exp(-logit)) < 1.0
        ignored = (~noticed).nonzero()[0]
        self.burnout.ignore(customer.take(ignored), channel.take(ignored), time.take(ignored))
        index = noticed.nonzero()[0]
        if index.size:
            self._act(
                rows.take(index),
                site.take(index),
                Fitting(fitting.rho.take(index), fitting.target.take(index)),
                fatigue.take(index),
                missing_trust.take(index),
                clock.take(index),
                u_click.take(index),
            )

    def closeness(self, customer: Int64s, time: Int64s) -> Floats:
        """cos(2π(h − best hour)/24) of local time, by the minute."""
        minute = (time + self.customers.zone_seconds(customer)) // MINUTE - self.customers.best_minute.take(customer)
        result: Floats = self._clock.take(minute % 1_440)
        return result

    def _act(
        self,
        rows: Cohort,
        site: Int64s,
        fitting: Fitting,
        fatigue: Floats,
        missing_trust: Floats,
        clock: Floats,
        u_click: Floats,
    ) -> None:
        """Everything that noticed messages do."""
        channel, rho = self.messages.channel.take(site), fitting.rho
        self.reputation.count(NOTICED, rows.customer[channel == EMAIL])
        reported = _REPORTS_OPENS.take(channel).nonzero()[0]
        if reported.size:
            self._report_opens(rows.take(reported), channel.take(reported))
        self.take_effect(rows, site, fitting, fatigue)
        self.answer_requests(rows, site)
        stays = self.exits.decide(rows, channel, rho, fatigue, missing_trust)
        self._click_or_come_later(rows, site, rho, fatigue, clock, u_click, stays)

    def take_effect(self, rows: Cohort, site: Int64s, fitting: Fitting, fatigue: Floats) -> None:
        """What noticed messages do whatever their channel: they tire, move trust and jobs, show offers."""
        p, channel, rho = self.parameters, self.messages.channel.take(site), fitting.rho
        self.burnout.notice(rows.customer, rows.time, channel, world_bits_of(rows.payload) & IRRITANTS, rho)
        self.lose_trust(rows, rho, fatigue)
        offering = (self.messages.offer.take(site) >= 0).nonzero()[0]
        if offering.size:
            part = rows.take(offering)
            self.offers.see(part.customer, part.time, site.take(offering), self.messages)
        if self.wallet is not None:
            showing = self.messages.shows_points.take(site).nonzero()[0]
            self.wallet.remind(rows.customer.take(showing), rows.time.take(showing))
        fitting_rows = (rho > 0).nonzero()[0]
        self.orders.help(rows.customer.take(fitting_rows), rows.time.take(fitting_rows))
        self.move_jobs(rows, site, fitting.target, p.stage_up, p.barrier_removed)

    def answer_requests(self, rows: Cohort, site: Int64s) -> None:
        """What messages ask their readers for."""
        asked = self.messages.asks.take(site)
        for request, answer in self.answers.items():
            here = (asked == request).nonzero()[0]
            if here.size:
                answer(rows.take(here))

    def _report_opens(self, rows: Cohort, channel: Int64s) -> None:
        """Opens by persons; where a proxy was there first, the message counts as opened already."""
        again = ((self.customers.mailbox.take(rows.customer) & PROXY) != 0) & (channel == EMAIL)
        for mask, reason in ((~again, ""), (again, "reopened")):
            part = rows.where(mask)
            if part.size:
                self.hub.contact_event(
                    EVENT_CODE["opened"], part.customer, part.time, part.key, part.payload, REASON_CODE[reason]
                )

    def lose_trust(self, rows: Cohort, rho: Floats, fatigue: Floats) -> None:
        """T ← T − δ·max(0, F − F_tol) − δ_abs·max(0, −ρ)."""
        p = self.trust_parameters
        loss = p.fatigue * np.maximum(fatigue - p.tolerated, 0.0) + p.absurd * np.maximum(-rho, 0.0)
        hurt = (loss > 0).nonzero()[0]
        if hurt.size:
            self.trust.shift(rows.customer.take(hurt), rows.time.take(hurt), -loss.take(hurt))

    def move_jobs(self, rows: Cohort, site: Int64s, target: Int64s, stage_up: float, barrier_removed: float) -> None:
        """A noticed message may move its job one stage on, and take its barrier away."""
        bearing = (target >= 0).nonzero()[0]
        if not bearing.size:
            return
        rows, site, target = rows.take(bearing), site.take(bearing), target.take(bearing)
        u_stage, u_barrier = luck.uniform_pair(rows.key, _EFFECT)
        barrier = self.messages.removes.take(site)
        removed = ((barrier >= 0) & (u_barrier < barrier_removed)).nonzero()[0]
        self.jobs.remove_barrier(rows.customer.take(removed), target.take(removed), barrier.take(removed))
        growing = self.jobs.stage.take(self.jobs.at(rows.customer, target)) < TOP_STAGE
        moved = (growing & (u_stage < stage_up)).nonzero()[0]
        if moved.size:
            self.jobs.advance(rows.customer.take(moved), target.take(moved), rows.time.take(moved))

    # ---------------------------------------------------------------- clicks and visits

    def _click_or_come_later(
        self,
        rows: Cohort,
        site: Int64s,
        rho: Floats,
        fatigue: Floats,
        clock: Floats,
        u_click: Floats,
        stays: Bools,
    ) -> None:
        p = self.parameters
        logit = self.click_logit(rows, site, rho, fatigue, clock)
        clicks = (u_click * (1.0 + np.exp(-logit)) < 1.0) & stays
        index = clicks.nonzero()[0]
        if index.size:
            part = rows.take(index)
            delay = 10 + (luck.uniform(part.key, _CLICK_DELAY) * 110).astype(np.int64)
            self.agenda.push(CLICK, part.customer, part.time + delay, part.key, part.payload)
        u_later, u_when = luck.uniform_pair(rows.key, _LATER)
        comes = ~clicks & stays & (u_later < p.later_visit + p.later_visit_fit * np.maximum(rho, 0.0))
        index = comes.nonzero()[0]
        if index.size:
            part = rows.take(index)
            when = self.visits.later(part.customer, part.time, u_when.take(index) * _WEEK)
            self.agenda.push(VISIT_MESSAGE, part.customer, when, luck.child(part.key, _VISIT), 0)

    def click_logit(self, rows: Cohort, site: Int64s, rho: Floats, fatigue: Floats, clock: Floats | None) -> Floats:
        """Logit of clicking given noticed; clock: closeness to the best hour, None where the hour does not matter."""
        p = self.parameters
        logit = self._clicking.take(site)
        content = content_of(rows.payload)
        if content is not None:
            logit += p.click_personal * content.filled
        logit += p.click_fit * np.maximum(rho, 0.0) + p.click_misfit * np.minimum(rho, 0.0)
        if clock is not None:
            logit += p.click_hour * clock
        logit -= p.click_fatigue * fatigue
        offering = (self.messages.offer.take(site) >= 0).nonzero()[0]
        if offering.size:
            who = rows.customer.take(offering)
            appeal = self.offers.appeal(who, self.customers.typical_value.take(who))
            logit[offering] += p.click_offer * self.customers.price_sensitivity.take(who) * appeal
        return logit

    def on_click(self, rows: Cohort) -> None:
        """A click, and the visit it leads to (a click on what stands on the page leads on within its visit)."""
        self.burnout.awake(rows.customer, self.messages.channel.take(site_of(rows.payload)))
        told = with_world_bits(rows.payload, world_bits_of(rows.payload) >> IRRITANT_BITS)
        self.hub.contact_event(EVENT_CODE["click"], rows.customer, rows.time, rows.key, told)
        led = rows
        if self.shows_in_app:  # who clicks there is at a visit already
            led = rows.where(self.messages.channel.take(site_of(rows.payload)) != IN_APP)
        self.visits.on_message(Cohort(led.customer, led.time, luck.child(led.key, _VISIT), led.payload))


def content_of(payload: Int64s) -> Content | None:
    """What personal blocks show in these messages; None where none of them shows anything."""
    bits = world_bits_of(payload) >> IRRITANT_BITS
    return Content.of(bits) if some(bits) else None
