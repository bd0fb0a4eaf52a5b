"""What brings customers: habit, open jobs, messages.

Visits without a motive and visits for a job are Poisson processes in operational time (see
:mod:`sim.rhythm`), drawn one at a time: the key of the next row is a child of the key of this one.
A job's stream runs at its highest possible rate, λ·job_pull·5, and a candidate is kept with
probability (1 + s)/5; it descends from the job's key, so an ended job renumbers nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.jobs import TOP_STAGE, Jobs, pack_job
from sim.journey import Journey
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kinds import VISIT_JOB, VISIT_MESSAGE, VISIT_ORGANIC
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

_LONGEST_GAP = 1e12
"""Seconds; keeps gaps of customers with hardly any rate inside int64."""


class Visits:
    """Streams of visits; owns no state."""

    def __init__(self, setting: Setting, customers: Customers, trust: Trust, jobs: Jobs, journey: Journey) -> None:
        self.customers, self.trust, self.jobs, self.journey = customers, trust, jobs, journey
        self.agenda = setting.agenda
        self.rhythm = Rhythm(setting.parameters.visits, setting.calendar, setting.begin, setting.end)
        self._job_rate = setting.parameters.visits.job_pull * (1 + TOP_STAGE)
        self.agenda.register(VISIT_ORGANIC, self.on_organic)
        self.agenda.register(VISIT_JOB, self.on_job)
        self.agenda.register(VISIT_MESSAGE, self.on_message)

    def later(self, customer: Int64s, time: Int64s, gap: NDArray[np.float64]) -> Int64s:
        """Company time when the customer's own Λ has grown by ``gap`` (seconds of mean intensity)."""
        return self.rhythm.later(time, self.customers.zone_seconds(customer), gap)

    def _next(
        self, kind: int, customer: Int64s, time: Int64s, key: Keys, factor: float, payload: Int64s | int = 0
    ) -> None:
        """Push the next row of a stream of rate λ·factor; ``key`` is that row's."""
        gap = luck.exponential(key, _GAP)
        gap /= self.customers.visit_rate.take(customer) * factor
        self.agenda.push(kind, customer, self.later(customer, time, np.minimum(gap, _LONGEST_GAP)), key, payload)

    def open_streams(self, customer: Int64s, time: int) -> None:
        """Draw the habitual visits of these (living) customers from ``time`` on."""
        key = luck.child(self.customers.luck_key.take(customer), _FIRST)
        self._next(VISIT_ORGANIC, customer, np.full(customer.size, time, np.int64), key, 1.0)

    def follow_job(self, customer: Int64s, time: Int64s, type_: Int64s, opened: Int64s, key: Keys) -> None:
        """Start the visits of jobs; key: the jobs'."""
        if self._job_rate > 0:
            first = luck.child(key, _JOB_FIRST)
            self._next(VISIT_JOB, customer, time, first, self._job_rate, pack_job(type_, opened))

    def on_organic(self, rows: Cohort) -> None:
        """A visit out of habit; the strongest open job, if any, drives it."""
        rows = rows.where(self.trust.alive(rows.customer, rows.time))
        self._next(VISIT_ORGANIC, rows.customer, rows.time, luck.child(rows.key, _NEXT), 1.0)
        self.journey.begin(rows.customer, rows.time, rows.key, self.jobs.driver(rows.customer), by_message=False)

    def on_job(self, rows: Cohort) -> None:
        """A candidate visit for a job."""
        rows, type_, at = self.jobs.live(rows)
        alive = self.trust.alive(rows.customer, rows.time).nonzero()[0]
        if alive.size < rows.size:
            rows, type_, at = rows.take(alive), type_.take(alive), at.take(alive)
        self._next(VISIT_JOB, rows.customer, rows.time, luck.child(rows.key, _NEXT), self._job_rate, rows.payload)
        stage = self.jobs.stage.take(at)
        kept = (luck.uniform(rows.key, _JOB_KEEP) * (1 + TOP_STAGE) < 1 + stage).nonzero()[0]
        visits = rows.take(kept)
        self.journey.begin(visits.customer, visits.time, visits.key, type_.take(kept), by_message=False)

    def on_message(self, rows: Cohort) -> None:
        """A visit that a message brought."""
        rows = rows.where(self.trust.alive(rows.customer, rows.time))
        self.journey.begin(rows.customer, rows.time, rows.key, self.jobs.driver(rows.customer), by_message=True)
