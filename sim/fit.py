"""Fit ρ of a message in [−1, 1], judged at the moment of noticing.

A message speaks to a target job: the one it names; that of the category which its personal blocks show;
otherwise the strongest open job.  ρ adds up (weights in ``parameters.fit``):

    right job open, or any job open where none is named;
    stage within one of the job's, barrier it removes is there, tone (share of that motive − 1/3);
    named category of interest or without interest;
    named job solved lately (own cart bought: worse); own last order shown while it is fresh;
    personal block without data and fallback, blocks above four.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.jobs import Jobs
from sim.kernel.calendar import DAY
from sim.messages import BOUGHT_ITEM, LIKED_CATEGORY, NO_JOB, WANTED_ITEM, MessageTable
from sim.population import Customers
from sim.setting import Setting
from strategies.ports import Content
from strategies.vocabulary import PURPOSE_CODE

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_MARKETING = [PURPOSE_CODE["promo"], PURPOSE_CODE["content"]]


@dataclass(frozen=True)
class Fitting:
    """rho: (n,) float64; target: (n,) int64 type of the open job that the message bears on, -1 for none."""

    rho: Floats
    target: Int64s


class Fit:
    """Judges fit; reads columns only."""

    def __init__(self, setting: Setting, customers: Customers, jobs: Jobs, messages: MessageTable) -> None:
        self.customers, self.jobs, self.messages = customers, jobs, messages
        self.parameters = p = setting.parameters.fit
        self._remembered = int(p.solved_days * DAY)
        self.tickets: NDArray[np.int8] | None = None
        """(N,) open tickets, where there is support: promotion does not suit who has one."""
        self._ticket_fit = setting.parameters.support.promo_fit * np.isin(messages.purpose, _MARKETING)
        self._overload = p.block_overload * np.maximum(messages.blocks - 4, 0)
        own = messages.own_item != 0
        self._detailed = (messages.stage >= 0) | (messages.removes >= 0) | (messages.tone >= 0)
        self._shows_own = np.isin(messages.own_item, (WANTED_ITEM, LIKED_CATEGORY))
        self._special = own | (messages.speaks_to_job >= 0)
        motives = [(job.functional, job.emotional, job.social) for job in setting.population.jobs]
        self._tone = p.tone * (np.array(motives) - 1 / 3)

    def of(self, customer: Int64s, time: Int64s, site: Int64s, content: Content | None = None) -> Fitting:
        """ρ and target of messages at these sites; content: what their personal blocks show, None: nothing at all."""
        nothing = np.full(customer.size, -1)
        shown, words = (nothing, nothing) if content is None else (content.category, content.stage)
        p, driver = self.parameters, self.jobs.driver(customer)
        rho = np.where(driver >= 0, p.any_job, 0.0) + self._overload.take(site)
        if self.tickets is not None:
            rho += self._ticket_fit.take(site) * (self.tickets.take(customer) > 0)
        target = driver
        special = self._special.take(site).nonzero()[0]
        if special.size:
            rho[special], target[special] = self._special_fit(
                customer.take(special),
                time.take(special),
                site.take(special),
                driver.take(special),
                rho.take(special),
                shown.take(special),
            )
        if content is not None:
            rho += p.broken * content.broken
        detailed = ((self._detailed.take(site) | (words >= 0)) & (target >= 0)).nonzero()[0]
        if detailed.size:
            rho[detailed] += self._details(
                customer.take(detailed), site.take(detailed), target.take(detailed), words.take(detailed)
            )
        return Fitting(np.clip(rho, -1.0, 1.0), target)

    def _special_fit(
        self, customer: Int64s, time: Int64s, site: Int64s, driver: Int64s, generic: Floats, shown: Int64s
    ) -> tuple[Floats, Int64s]:
        """Of messages that name a job or show something of the customer's own: (ρ without details, target).

        shown: category that the blocks show, −1 for none.
        """
        p, messages = self.parameters, self.messages
        speaks, own = messages.speaks_to_job.take(site), messages.own_item.take(site)
        wanted, bought = own == WANTED_ITEM, own == BOUGHT_ITEM
        named = np.where(speaks >= 0, speaks, np.where(bought, -1, shown))
        chosen = np.where(own == LIKED_CATEGORY, named, speaks)
        is_open = self.jobs.is_open(customer, named)
        recent = time - self.jobs.solved_at.take(customer) <= self._remembered
        solved_here = self.jobs.solved_here.take(customer)
        solved = (named >= 0) & ~is_open & recent & (self.jobs.solved_type.take(customer) == named)
        about_job = np.where(is_open, p.right_job, 0.0)
        about_job = np.where(solved, np.where(wanted & solved_here, p.own_bought, p.solved), about_job)
        about_job += p.liked * ((self.customers.liked.take(customer) >> np.maximum(chosen, 0)) & (chosen >= 0))
        about_job += p.disliked * ((self.customers.disliked.take(customer) >> np.maximum(chosen, 0)) & (chosen >= 0))
        fresh_order = bought & recent & solved_here
        rho = np.where(named >= 0, about_job + self._overload.take(site), generic)
        rho = np.where(fresh_order, p.right_job, rho)
        target = np.where(named >= 0, np.where(is_open, named, -1), driver)
        return rho, np.where(bought, -1, target)

    def _details(self, customer: Int64s, site: Int64s, target: Int64s, words: Int64s) -> Floats:
        """Stage (``words``: a block's own), barrier and tone; a message that speaks to no job gains nothing by them."""
        p, messages = self.parameters, self.messages
        at = self.jobs.at(customer, target)
        stage = np.where(words >= 0, words, messages.stage.take(site))
        barrier, tone = messages.removes.take(site), messages.tone.take(site)
        gain = p.stage * ((stage >= 0) & (np.abs(self.jobs.stage.take(at) - stage) <= 1))
        there = (self.jobs.barriers.take(at) >> np.maximum(barrier, 0)) & 1
        gain += p.barrier * ((barrier >= 0) & (there == 1))
        gain += np.where(tone >= 0, self._tone[target, np.maximum(tone, 0)], 0.0)
        speaks = messages.speaks_to_job.take(site)
        result: Floats = gain * ((speaks != NO_JOB) | self._shows_own.take(site))
        return result
