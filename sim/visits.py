"""What brings customers: habit, open jobs, messages.

Visits without a motive and visits for a job are Poisson processes in operational time (see
:mod:`sim.rhythm`), drawn one at a time: the key of the next row is a child of the key of this one.
A job's stream runs at its highest possible rate, λ·job_pull·5, and a candidate is kept with
probability (1 + s)/5; it descends from the job's key, so an ended job renumbers nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.jobs import TOP_STAGE, Jobs, unpack_job
from sim.journey import Journey
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kinds import VISIT, VISIT_MESSAGE
from sim.population import Customers
from sim.rhythm import Rhythm
from sim.setting import Setting
from sim.trust import Trust

Int64s = NDArray[np.int64]
Keys = luck.Keys

_FIRST = luck.purpose("world.visit.first")
_NEXT = luck.purpose("world.visit.next")
_GAP = luck.purpose("world.visit.gap")
_JOB_FIRST = luck.purpose("world.visit.job.first")
_JOB_KEEP = luck.purpose("world.visit.job.keep")

HABIT = -1
"""Payload of habitual visits; those for a job carry the job (see :func:`sim.jobs.pack_job`)."""

_LONGEST_GAP = 1e12
"""Seconds; keeps gaps of customers with hardly any rate inside int64."""


class Visits:
    """Streams of visits; owns no state."""

    def __init__(self, setting: Setting, customers: Customers, trust: Trust, jobs: Jobs, journey: Journey) -> None:
        self.customers, self.trust, self.jobs, self.journey = customers, trust, jobs, journey
        self.agenda = setting.agenda
        self.rhythm = Rhythm(setting.parameters.visits, setting.calendar, setting.begin, setting.end)
        self.admit: Callable[[Cohort], Cohort] | None = None
        """Who of those that a message brings may shop (the others do something else at their visit)."""
        self._job_rate = setting.parameters.visits.job_pull * (1 + TOP_STAGE)
        self.agenda.register(VISIT, self.on_visit)
        self.agenda.register(VISIT_MESSAGE, self.on_message)

    def later(self, customer: Int64s, time: Int64s, gap: NDArray[np.float64]) -> Int64s:
        """Company time when the customer's own Λ has grown by ``gap`` (seconds of mean intensity)."""
        return self.rhythm.later(time, self.customers.zone_seconds(customer), gap)

    def _next(self, customer: Int64s, time: Int64s, key: Keys, payload: Int64s) -> None:
        """Push the next row of the streams of rate λ, for jobs λ·job_pull·5; ``key`` is that row's."""
        gap = luck.exponential(key, _GAP)
        gap /= self.customers.visit_rate.take(customer)
        for_job = (payload != HABIT).nonzero()[0]
        if for_job.size:
            gap[for_job] /= self._job_rate
        self.agenda.push(VISIT, customer, self.later(customer, time, np.minimum(gap, _LONGEST_GAP)), key, payload)

    def open_streams(self, customer: Int64s, time: Int64s) -> None:
        """Draw the habitual visits of these (living) customers from their times on."""
        key = luck.child(self.customers.luck_key.take(customer), _FIRST)
        self._next(customer, time, key, np.full(customer.size, HABIT, np.int64))

    def follow_job(self, customer: Int64s, time: Int64s, job: Int64s, key: Keys) -> None:
        """Start the visits of jobs; job: payloads that name them, key: the jobs'."""
        if self._job_rate > 0:
            self._next(customer, time, luck.child(key, _JOB_FIRST), job)

    def on_visit(self, rows: Cohort) -> None:
        """Visits out of habit, driven by the strongest open job, if any; and candidate visits for a job."""
        goes_on = self.trust.alive(rows.customer, rows.time)
        for_job = rows.payload != HABIT
        candidates = for_job.nonzero()[0]
        if candidates.size:
            goes_on[candidates] &= self.jobs.current(rows.customer.take(candidates), rows.payload.take(candidates))
        going = goes_on.nonzero()[0]
        if going.size < rows.size:
            rows, for_job = rows.take(going), for_job.take(going)
        self._next(rows.customer, rows.time, luck.child(rows.key, _NEXT), rows.payload)
        job = self.jobs.driver(rows.customer)
        candidates = for_job.nonzero()[0]
        if candidates.size:
            part = rows.take(candidates)
            type_, _ = unpack_job(part.payload)
            job[candidates] = type_
            stage = self.jobs.stage.take(self.jobs.at(part.customer, type_))
            kept = ~for_job
            kept[candidates] = luck.uniform(part.key, _JOB_KEEP) * (1 + TOP_STAGE) < 1 + stage
            index = kept.nonzero()[0]
            rows, job = rows.take(index), job.take(index)
        self.journey.begin(rows.customer, rows.time, rows.key, job, by_message=False)

    def on_message(self, rows: Cohort) -> None:
        """A visit that a message brought."""
        rows = rows.where(self.trust.alive(rows.customer, rows.time))
        if self.admit is not None:
            rows = self.admit(rows)
        self.journey.begin(rows.customer, rows.time, rows.key, self.jobs.driver(rows.customer), by_message=True)
