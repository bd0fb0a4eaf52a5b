"""Jobs to be done: how they arise, ripen, become urgent and end.

At most one job of a type is open per customer.  A job's own rows carry its type and the second at
which it opened; rows of a job that has ended meanwhile are stale and ignored.  The rate of ending
(solved elsewhere, or faded),

    c0·exp(.4·s + .8·urgency + 2·(T0 − T)) + fade,

is held constant between *touches* of the job (opening, a visit, a change of stage, five days before
the deadline, a projected end) and spends a unit exponential that is keyed by the job.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, NEVER
from sim.kinds import JOB_DEADLINE_NEAR, JOB_DRIFT, JOB_END, JOB_OPEN
from sim.population import Customers
from sim.setting import Setting
from sim.trust import Trust
from strategies.vocabulary import STAGES

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = luck.Keys

_FIRST = luck.purpose("world.job.first")
_NEXT = luck.purpose("world.job.next")
_GAP = luck.purpose("world.job.gap")
_PICK = luck.purpose("world.job.pick")
_JOB = luck.purpose("world.job")
_START = luck.purpose("world.job.start")
_BARRIERS = luck.purpose("world.job.barriers")
_INTENSITY = luck.purpose("world.job.intensity")
_DEADLINE = luck.purpose("world.job.deadline")
_END = luck.purpose("world.job.end")
_HOW = luck.purpose("world.job.how")
_DRIFT = luck.purpose("world.job.drift")
_DRIFT_GAP = luck.purpose("world.job.drift_gap")

TOP_STAGE = len(STAGES) - 1
NO_DEADLINE = np.iinfo(np.int32).max
_TYPE_BITS = 8
_HARDLY_EVER = 1e-15
"""Added to rates per second, so that nobody's is zero."""
_BARRIER_LEVELS = 4_096
"""Barriers are drawn with 12 bits each out of one hash: their probabilities are rounded to 1/4096."""

VisitStream = Callable[[Int64s, Int64s, Int64s, Keys], None]
"""(customer, time, payload that names the job, job key): starts the stream of visits of a job."""

Sale = Callable[[Int64s, Int64s, Int64s, Keys], NDArray[np.bool_]]
"""(customer, time, type, job key) of jobs solved elsewhere: which of them the company's own shops solve."""


def pack_job(type_: Int64s, opened: Int64s) -> Int64s:
    """Payload that names one job of a customer."""
    return (opened << _TYPE_BITS) | type_


def unpack_job(payload: Int64s) -> tuple[Int64s, Int64s]:
    """(type, opened) of a payload."""
    return payload & ((1 << _TYPE_BITS) - 1), payload >> _TYPE_BITS


class Jobs:
    """Open jobs, by type and customer.

    open: (N,) uint8, a bit per type.  (J, N) each: key uint64; opened int32 (NEVER when not open); stage int8;
    barriers uint8 bits; deadline int32 (NO_DEADLINE for none); intensity float32; and of the ending:
    remaining float32 (of the unit exponential), hazard float32 per second, touched and ends int32.
    solved_type int8, solved_at int32, solved_here bool: (N,) the job that ended last by being solved.
    """

    def __init__(self, setting: Setting, customers: Customers, trust: Trust) -> None:
        self.customers, self.trust, self.agenda = customers, trust, setting.agenda
        self.calendar, self.columns = setting.calendar, setting.columns
        self.parameters = setting.parameters.jobs
        self.types = setting.population.jobs
        self.when_opened: VisitStream | None = None
        self.sell: Sale | None = None
        columns, rows = setting.columns, len(self.types)
        self.open = columns.add("jobs.open", np.uint8)
        # Flat views of (J, N): element type * N + customer.
        self.key = columns.add("jobs.key", np.uint64, rows=rows).reshape(-1)
        self.opened = columns.add("jobs.opened", np.int32, NEVER, rows=rows).reshape(-1)
        self.stage = columns.add("jobs.stage", np.int8, rows=rows).reshape(-1)
        self.barriers = columns.add("jobs.barriers", np.uint8, rows=rows).reshape(-1)
        self.deadline = columns.add("jobs.deadline", np.int32, NO_DEADLINE, rows=rows).reshape(-1)
        self.intensity = columns.add("jobs.intensity", np.float32, rows=rows).reshape(-1)
        self.remaining = columns.add("jobs.remaining", np.float32, rows=rows).reshape(-1)
        self.hazard = columns.add("jobs.hazard", np.float32, rows=rows).reshape(-1)
        self.touched = columns.add("jobs.touched", np.int32, rows=rows).reshape(-1)
        self.ends = columns.add("jobs.ends", np.int32, rows=rows).reshape(-1)
        self.solved_type = columns.add("jobs.solved_type", np.int8, -1)
        self.solved_at = columns.add("jobs.solved_at", np.int32, NEVER)
        self.solved_here = columns.add("jobs.solved_here", bool)
        season = np.array([job.season for job in self.types])
        self._peak = season.max(axis=1)
        self._season = np.divide(season.T, self._peak, where=self._peak > 0, out=np.zeros(season.T.shape)).ravel()
        self._stage_edges = np.cumsum(self.parameters.stage_shares)[:-1]
        levels = np.rint(np.array([job.barriers for job in self.types]).T * _BARRIER_LEVELS)
        self._barrier_levels = levels.astype(np.uint64)
        self._barrier_shifts = 12 * np.arange(len(levels), dtype=np.uint64)[:, None]
        self._deadline_share = np.array([job.deadline for job in self.types])
        self._rows = self.columns.size * np.arange(rows)[:, None]
        self._bits = (1 << np.arange(rows, dtype=np.uint8))[:, None]
        self._only = np.array([max(mask.bit_length() - 1, -1) for mask in range(256)], np.int64)
        self._count = np.array([mask.bit_count() for mask in range(256)], np.int64)
        self.agenda.register(JOB_OPEN, self.on_open)
        self.agenda.register(JOB_DRIFT, self.on_drift)
        self.agenda.register(JOB_END, self.on_end)
        self.agenda.register(JOB_DEADLINE_NEAR, self.on_deadline_near)

    # ---------------------------------------------------------------- what others ask

    def at(self, customer: Int64s, type_: Int64s) -> Int64s:
        """Position of a customer's job in the flat columns."""
        return type_ * self.columns.size + customer

    def driver(self, customer: Int64s) -> Int64s:
        """Type of the open job with the highest v·(1 + s); -1 without any."""
        mask = self.open.take(customer)
        driver = self._only.take(mask)
        several = (self._count.take(mask) > 1).nonzero()[0]
        if several.size:
            at = customer.take(several) + self._rows
            force = self.intensity.take(at) * (1.0 + self.stage.take(at))
            driver[several] = (force * ((mask.take(several) & self._bits) != 0)).argmax(axis=0)
        return driver

    def is_open(self, customer: Int64s, type_: Int64s) -> NDArray[np.bool_]:
        """Whether a job of the type (−1: none) is open."""
        mask: NDArray[np.bool_] = (type_ >= 0) & ((self.open.take(customer) >> np.maximum(type_, 0)) & 1).astype(bool)
        return mask

    def urgency(self, at: Int64s, time: Int64s) -> Floats:
        """exp(−days to the deadline / urgency_days), 0 without a deadline."""
        deadline = self.deadline.take(at)
        urgency = np.zeros(at.size)
        dated = (deadline != NO_DEADLINE).nonzero()[0]
        if dated.size:
            left = np.maximum(deadline.take(dated) - time.take(dated), 0)
            urgency[dated] = np.exp(left * (-1.0 / (self.parameters.urgency_days * DAY)))
        return urgency

    # ---------------------------------------------------------------- what happens to a job

    def advance(self, customer: Int64s, type_: Int64s, time: Int64s) -> None:
        """+1 stage of these open jobs."""
        at = self.at(customer, type_)
        self.stage[at] = np.minimum(self.stage.take(at) + 1, TOP_STAGE)
        self.touch(customer, type_, at, time)

    def remove_barrier(self, customer: Int64s, type_: Int64s, barrier: Int64s) -> None:
        """Take one barrier away from these open jobs."""
        at = self.at(customer, type_)
        self.barriers[at] &= ~(1 << barrier).astype(np.uint8)

    def close(self, customer: Int64s, type_: Int64s, time: Int64s, here: NDArray[np.bool_] | bool) -> None:
        """These jobs are solved, here by an order or elsewhere."""
        self._forget(customer, type_)
        self.solved_type[customer] = type_
        self.solved_at[customer] = time
        self.solved_here[customer] = here

    def _forget(self, customer: Int64s, type_: Int64s) -> None:
        self.opened[self.at(customer, type_)] = NEVER
        self.open[customer] &= ~(1 << type_).astype(np.uint8)

    def touch(self, customer: Int64s, type_: Int64s, at: Int64s, time: Int64s) -> None:
        """Spend the hazard since the last touch, take its new value, and note an earlier end if there is one."""
        spent = self.hazard.take(at) * (time - self.touched.take(at))
        remaining = self.remaining.take(at) - spent
        hazard = self._hazard(customer, at, time)
        projected = time + np.maximum(np.ceil(np.minimum(remaining / hazard, 1e9)), 1.0).astype(np.int64)
        self.remaining[at] = remaining
        self.hazard[at] = hazard
        self.touched[at] = time
        ends = self.ends.take(at)
        # A later end needs no row now: the pending one comes first and projects anew.
        sooner = ((projected < ends) | (ends <= time)).nonzero()[0]
        if sooner.size:
            where, when = at.take(sooner), projected.take(sooner)
            self.ends[where] = when
            payload = pack_job(type_.take(sooner), self.opened.take(where).astype(np.int64))
            self.agenda.push(JOB_END, customer.take(sooner), when, self.key.take(where), payload)

    def _hazard(self, customer: Int64s, at: Int64s, time: Int64s) -> Floats:
        """Rate of ending, per second."""
        p = self.parameters
        log = p.solved_stage * self.stage.take(at)
        log += p.solved_urgency * self.urgency(at, time)
        log += p.solved_trust * self.trust.missing(customer, time)
        return (p.solved_elsewhere * np.exp(log) + p.fade) / DAY

    # ---------------------------------------------------------------- rows

    def open_streams(self, customer: Int64s, at_time: Int64s) -> None:
        """Draw the memoryless streams of these (living) customers from their times on."""
        first = luck.child(self.customers.luck_key.take(customer), _FIRST)
        self._next_opening(customer, at_time, first, self._pulls(customer)[-1])
        for type_ in range(len(self.types)):
            index = ((self.open.take(customer) >> type_) & 1).nonzero()[0]
            if index.size:
                self._start(customer.take(index), at_time.take(index), np.full(index.size, type_, np.int64))

    def open_motive(self, rows: Cohort) -> None:
        """A job opens for each of these newcomers, of a type by the customer's weights."""
        pulls = self._pulls(rows.customer)
        u_type = luck.uniform(rows.key, _PICK) * pulls[-1]
        self._open(rows, (u_type >= pulls[:-1]).sum(axis=0))

    def _pulls(self, customer: Int64s) -> Floats:
        """(J, n) weights of the job types at their seasonal peaks, cumulated over the types."""
        pulls: Floats = self.customers.job_weight.take(customer, axis=1) * self._peak[:, None]
        return np.cumsum(pulls, axis=0, out=pulls)

    def _next_opening(self, customer: Int64s, time: Int64s, key: Keys, peak: Floats) -> None:
        """Push the next candidate of the stream at the rate of the seasonal peaks."""
        gap = luck.exponential(key, _GAP) / (self.customers.job_rate.take(customer) * peak + _HARDLY_EVER)
        when = time + 1 + np.minimum(gap, 1e10).astype(np.int64)
        self.agenda.push(JOB_OPEN, customer, when, key)

    def on_open(self, rows: Cohort) -> None:
        """A candidate of the stream at the seasonal peak: thinned by season, its type by the customer's weights."""
        rows = rows.where(self.trust.alive(rows.customer, rows.time))
        customer, time = rows.customer, rows.time
        pulls = self._pulls(customer)
        self._next_opening(customer, time, luck.child(rows.key, _NEXT), pulls[-1])
        u_season, u_type = luck.uniform_pair(rows.key, _PICK)
        u_type *= pulls[-1]
        type_ = (u_type >= pulls[:-1]).sum(axis=0)
        local_day = (time + self.customers.zone_seconds(customer)) // DAY
        month = self.calendar.month(local_day) % 12
        wanted = u_season < self._season.take(month * len(self.types) + type_)
        wanted &= ((self.open.take(customer) >> type_) & 1) == 0
        chosen = wanted.nonzero()[0]
        if chosen.size:
            self._open(rows.take(chosen), type_.take(chosen))

    def arise(self, rows: Cohort, type_: Int64s, least_stage: int) -> None:
        """Jobs that something caused, at least so ripe, where none of their type is open; key: the cause's."""
        index = (~self.is_open(rows.customer, type_)).nonzero()[0]
        if index.size:
            self._open(rows.take(index), type_.take(index), least_stage)

    def _open(self, rows: Cohort, type_: Int64s, least_stage: int = 0) -> None:
        customer, time = rows.customer, rows.time
        at = self.at(customer, type_)
        key = luck.child(rows.key, _JOB)
        u_stage, u_deadline = luck.uniform_pair(key, _START)
        levels = (luck.bits(key, _BARRIERS) >> self._barrier_shifts) & np.uint64(_BARRIER_LEVELS - 1)
        present = levels < self._barrier_levels.take(type_, axis=1)
        p = self.parameters
        days = p.deadline_earliest + (p.deadline_latest - p.deadline_earliest) * luck.uniform(key, _DEADLINE)
        dated = u_deadline < self._deadline_share.take(type_)
        self.open[customer] |= (1 << type_).astype(np.uint8)
        self.key[at] = key
        self.opened[at] = time
        self.stage[at] = np.maximum(np.searchsorted(self._stage_edges, u_stage, side="right"), least_stage)
        self.barriers[at] = np.packbits(present, axis=0, bitorder="little")[0]
        self.deadline[at] = np.where(dated, time + (days * DAY).astype(np.int64), NO_DEADLINE)
        self.intensity[at] = np.exp(p.intensity_sd * luck.normal(key, _INTENSITY))
        self._start(customer, time, type_)

    def _start(self, customer: Int64s, time: Int64s, type_: Int64s) -> None:
        """Start the streams of open jobs: visits, drift, end; and their deadlines."""
        at = self.at(customer, type_)
        key, opened = self.key.take(at), self.opened.take(at).astype(np.int64)
        job = pack_job(type_, opened)
        self.remaining[at] = luck.exponential(key, _END)
        self.hazard[at] = 0.0
        self.touched[at] = time
        self.ends[at] = NEVER
        self.touch(customer, type_, at, time)
        self._next_drift(customer, time, luck.child(key, _DRIFT), job)
        deadline = self.deadline.take(at).astype(np.int64)
        ahead = ((deadline != NO_DEADLINE) & (deadline > time)).nonzero()[0]
        if ahead.size:
            who, keys, due = customer.take(ahead), key.take(ahead), deadline.take(ahead)
            near = due - int(self.parameters.urgency_days * DAY)
            self.agenda.push(JOB_END, who, due, keys, job.take(ahead))
            soon = (near > time.take(ahead)).nonzero()[0]
            self.agenda.push(
                JOB_DEADLINE_NEAR, who.take(soon), near.take(soon), keys.take(soon), job.take(ahead).take(soon)
            )
        if self.when_opened is not None:
            self.when_opened(customer, time, job, key)

    def _next_drift(self, customer: Int64s, time: Int64s, key: Keys, job: Int64s) -> None:
        if self.parameters.drift > 0:
            gap = luck.exponential(key, _DRIFT_GAP) * (DAY / self.parameters.drift)
            self.agenda.push(JOB_DRIFT, customer, time + 1 + gap.astype(np.int64), key, job)

    def current(self, customer: Int64s, payload: Int64s) -> NDArray[np.bool_]:
        """Whether the jobs that payloads name are still the open ones."""
        type_, opened = unpack_job(payload)
        return np.asarray(self.opened.take(self.at(customer, type_)) == opened)

    def live(self, rows: Cohort) -> tuple[Cohort, Int64s, Int64s]:
        """Rows whose job is still the open one, its types and positions."""
        type_, opened = unpack_job(rows.payload)
        at = self.at(rows.customer, type_)
        current = (self.opened.take(at) == opened).nonzero()[0]
        if current.size == rows.size:
            return rows, type_, at
        return rows.take(current), type_.take(current), at.take(current)

    def on_drift(self, rows: Cohort) -> None:
        """+1 stage by itself."""
        rows, type_, at = self.live(rows)
        growing = (self.stage.take(at) < TOP_STAGE).nonzero()[0]
        if growing.size:
            rows, type_ = rows.take(growing), type_.take(growing)
            self.advance(rows.customer, type_, rows.time)
            self._next_drift(rows.customer, rows.time, luck.child(rows.key, _NEXT), rows.payload)

    def on_deadline_near(self, rows: Cohort) -> None:
        """The job becomes urgent: its rate of ending is taken anew."""
        rows, type_, at = self.live(rows)
        self.touch(rows.customer, type_, at, rows.time)

    def on_end(self, rows: Cohort) -> None:
        """A projected end or a deadline."""
        rows, type_, at = self.live(rows)
        over = rows.time >= self.deadline.take(at)
        due = over | (rows.time == self.ends.take(at))
        spent = self.hazard.take(at) * (rows.time - self.touched.take(at)) >= self.remaining.take(at)
        ended = (due & (over | spent)).nonzero()[0]
        if ended.size:
            # Only what was solved (not faded or overdue) makes later messages about it absurd.
            who, types, where = rows.customer.take(ended), type_.take(ended), at.take(ended)
            elsewhere = luck.uniform(self.key.take(where), _HOW) >= self._fade_share(where)
            elsewhere &= ~over.take(ended)
            solved, faded = elsewhere.nonzero()[0], (~elsewhere).nonzero()[0]
            self._forget(who.take(faded), types.take(faded))
            self._solved_elsewhere(
                who.take(solved), types.take(solved), where.take(solved), rows.time.take(ended.take(solved))
            )
        on = (due & ~(over | spent)).nonzero()[0]
        if on.size:
            self.touch(rows.customer.take(on), type_.take(on), at.take(on), rows.time.take(on))

    def _solved_elsewhere(self, customer: Int64s, type_: Int64s, at: Int64s, time: Int64s) -> None:
        """By a competitor, or in a shop of the company's own."""
        here: NDArray[np.bool_] | bool = False
        if self.sell is not None:
            here = self.sell(customer, time, type_, self.key.take(at))
        self.close(customer, type_, time, here)

    def _fade_share(self, at: Int64s) -> Floats:
        """Share of fading in the rate of ending at the last touch."""
        return self.parameters.fade / DAY / self.hazard.take(at)
