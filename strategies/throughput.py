"""Channels with a limited throughput: places are given at the end of each settlement period.

Requests of a period are settled together by (priority, time, key); until then they are ``queued``, for nobody knows
of the others'.  Who gets no place then stays in the queue, held by the limit.  Only contacts that can use a place
compete: those of runs that ended leave the queue before the cut, and those that expire before the next settlement
wait outside of it for their withdrawal.  A place that was given and not used, since the run ended or a gate closed in
that very minute, is given again at the next settlement, and only there.  Of a limit for the whole base the simulated
customers have their share, whose fraction is carried over (:mod:`strategies.shares`).  What is recorded and replayed
is the cut: the last request of each world that got a place.

A limit that the arm's contacts can hardly reach (at least ``SLACK`` times its customers an hour) does not
bind: contacts go out at their own minute and are not counted, for it would take more than ``SLACK``
contacts with every customer within one hour to exceed it.

The company's own plan for a new sender domain (:mod:`strategies.warmup`) is a limit of the same kind, of a day,
for the e-mails that keep to it.  Such a channel has a second cut, of these alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.shared import SharedState
from sim.kernel.short import some
from strategies.changes import phases
from strategies.decisions import HOLD, Decisions, Requests
from strategies.decisions import SEND as SEND_NOW
from strategies.places import granted, last_granted
from strategies.ports import with_world_bits, world_bits_of
from strategies.scenario import Scenario
from strategies.shares import Share
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, HOUR, REASON_CODE
from strategies.warmup import BOUND_PURPOSES, WarmUp, has_warmup

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

PERIOD = HOUR
SLACK = 1
_EMAIL = CHANNEL_CODE["email"]
_QUEUED = REASON_CODE["queued"]
_LAST = np.iinfo(np.int64).max
_WAITING = _LAST // 2


def hourly_limit(scenario: Scenario, code: int, customers: int) -> int | None:
    """Contacts per hour, of the whole base, on a channel whose limit can bind for ``customers`` of it.

    None where none can, which for every part of a stated base is the same.
    """
    settings = scenario.channels.get(CHANNELS[code])
    limit = None if settings is None else settings.throughput
    return limit if limit is not None and limit < SLACK * (scenario.base or customers) else None


def binding_channels(scenario: Scenario, customers: int) -> tuple[int, ...]:
    """Codes of the channels on which contacts may queue, at some time of the scenario's run."""
    parts = [phase.scenario for phase in phases(scenario)]
    codes = {code for part in parts for code in CHANNEL_CODE.values() if hourly_limit(part, code, customers)}
    if has_warmup(scenario):
        codes.add(_EMAIL)
    return tuple(sorted(codes))


def cut_length(scenario: Scenario, code: int) -> int:
    """Numbers of one world's cut of a channel: rank, time, key, and those of the plan behind them."""
    return 6 if code == _EMAIL and has_warmup(scenario) else 3


def _place_on(code: int) -> int:
    """World bits of a contact that was granted a place on the channel (0: on none)."""
    return code + 1


class _Waiting(NamedTuple):
    """Requests for one channel that wait for a place; all (n,).

    asked: when.  key, payload: of the row that comes back.  site, contact: local site and key of the contact.
    told: code of the reason that the log gave last.
    """

    customer: Int64s
    rank: Int64s
    asked: Int64s
    key: luck.Keys
    payload: Int64s
    expiry: Int64s
    site: Int64s
    contact: luck.Keys
    told: Int64s

    def take(self, mask: Bools) -> _Waiting:
        """The requests in ``mask``."""
        columns: list[Any] = [column[mask] for column in self]
        return _Waiting(*columns)


_EMPTY: Any = np.empty(0, np.int64)
_NO_KEYS: luck.Keys = np.empty(0, np.uint64)
_NONE = _Waiting(*[_EMPTY] * 9)._replace(key=_NO_KEYS, contact=_NO_KEYS)


class _Queue:
    """The requests for one channel.

    limits: contacts per hour in each phase of the run, None for no limit.
    share: of them that the hours before left to the simulated customers.
    rule: local code of the limit among the rows of the policy.
    settles: when places are given next; requests that expire by then are not queued.
    unused: (worlds,) places of the last settlement that nobody has used so far.
    """

    def __init__(self, code: int, limits: list[int | None], share: Share, rule: int, worlds: int) -> None:
        self.unused = np.zeros(worlds, np.int64)
        self.share = share
        self.code = code
        self.limits = limits
        self.rule = rule
        self.settles = 0
        self.parts: list[_Waiting] = []

    def rows(self) -> _Waiting:
        """All waiting requests."""
        if not self.parts:
            return _NONE
        columns: list[Any] = [np.concatenate(column) for column in zip(*self.parts, strict=True)]
        return _Waiting(*columns)

    def keep(self, waiting: _Waiting) -> None:
        """Only these go on waiting."""
        self.parts = [waiting] if waiting.customer.size else []


class Throughput:
    """The limited channels of one arm.  phase: position of the phase that the run is in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.phase = 0
        self.queues: dict[int, _Queue] = {}
        scenario, customers, ground = engine.program.scenario, engine.per_world, engine.gates.ground
        self.warmup = WarmUp(scenario, engine.worlds, customers) if has_warmup(scenario) else None
        self._warmup_rule = ground.rule("sender.warmup") if self.warmup else -1
        # By purpose alone: a contact with several channels keeps the site of the first while it waits for another.
        self._bound_by_plan = engine.sites.has_purpose(BOUND_PURPOSES)
        parts = [phase.scenario for phase in phases(scenario)]
        for code in binding_channels(scenario, customers):
            limits = [hourly_limit(part, code, customers) for part in parts]
            share = Share(scenario.share_of_base(customers), engine.worlds, longest=1)
            self.queues[code] = _Queue(code, limits, share, ground.rule(f"throughput.{CHANNELS[code]}"), engine.worlds)

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the cut of every limited channel as shared state.

        (worlds, 3) int64 of the last request granted; (worlds, 6), with the last of the plan, where one is on.
        """
        for code, queue in self.queues.items():
            name = f"throughput:{self.engine.arm}:{CHANNELS[code]}"
            queue.settles = first
            value = np.zeros((self.engine.worlds, cut_length(self.engine.program.scenario, code)), np.int64)

            def settle(time: int, queue: _Queue = queue) -> NDArray[np.int64]:
                return self._cut(queue, time)

            def after(time: int, queue: _Queue = queue, value: NDArray[np.int64] = value) -> None:
                queue.settles = time + PERIOD
                self._grant(queue, value, time)

            shared.declare(name, PERIOD, value, settle, first, after)

    def request(self, requests: Requests, decisions: Decisions, key: luck.Keys, cohort: Cohort) -> None:
        """Contacts that passed every gate on a limited channel queue up, unless they already got a place there.

        key: (n,) of the contacts.  cohort: their rows, which come back.
        """
        sites, payload = self.engine.sites, cohort.payload
        for code, queue in self.queues.items():
            mask = (decisions.verdict == SEND_NOW) & (sites.channel.take(requests.site) == code)
            mask &= world_bits_of(payload) != _place_on(code)
            if queue.limits[self.phase] is None:
                mask &= self._held_by_plan(code, requests)
            index = mask.nonzero()[0]
            if index.size == 0:
                continue
            decisions.verdict[index] = HOLD
            decisions.reason[index] = _QUEUED
            # The channel may not be the one for which the decision's own expiry was computed.
            due, site = requests.due_first.take(index), requests.site.take(index)
            whose = requests.customer.take(index)
            expiry = np.minimum(self.engine.gates.ground.expiry(site, whose, due), _WAITING)
            in_time = expiry > queue.settles
            decisions.until[index] = np.where(in_time, _WAITING, expiry)
            index, expiry = index[in_time], expiry[in_time]
            part = payload.take(index)
            queue.parts.append(
                _Waiting(
                    requests.customer.take(index),
                    self.engine.desk.order(part, self.engine.chain_ranks),
                    requests.time.take(index),
                    cohort.key.take(index),
                    part,
                    expiry,
                    requests.site.take(index),
                    key.take(index),
                    np.full(index.size, _QUEUED),
                )
            )

    def use(self, customer: Int64s, channel: Int64s) -> None:
        """Contacts of these customers go out through these channels."""
        for code, queue in self.queues.items():
            sent = customer.take((channel == code).nonzero()[0])
            world = (sent - self.engine.first_customer) // self.engine.per_world
            number = np.bincount(world, minlength=queue.unused.size)
            queue.unused -= number
            if self.warmup is not None and code == _EMAIL:
                self.warmup.sent += number

    def _held_by_plan(self, code: int, requests: Requests) -> Bools:
        """(n,) whether the requests' e-mails keep to the plan of a warm-up that is on."""
        if self.warmup is None or code != _EMAIL or self.warmup.plan(int(requests.time[0])) is None:
            return np.zeros(requests.size, bool)
        bound: Bools = self._bound_by_plan.take(requests.site)
        return bound

    def change(self, phase: int, time: int) -> None:
        """The rules change: everything that waits for a place is examined anew."""
        self.phase = phase
        for queue in self.queues.values():
            if queue.parts:
                rows = queue.rows()
                queue.parts = []
                rows = rows.take(self.engine.desk.still_waits(rows.payload, _WAITING))
                time_of = np.full(rows.customer.size, time)
                self.engine.desk.come_back(rows.customer, time_of, rows.key, rows.payload)

    def _places(self, queue: _Queue) -> tuple[Int64s, Int64s]:
        """(worlds,) how many requests the provider takes now, and of these the places given again."""
        limit = queue.limits[self.phase]
        again = np.maximum(queue.unused, 0)  # below 0 where contacts need no place
        queue.unused[:] = 0
        return np.full(self.engine.worlds, _LAST) if limit is None else queue.share.room(limit) + again, again

    def _of_plan(self, queue: _Queue, time: int) -> Int64s | None:
        """(worlds,) how many of them may keep to the plan of the day; None where none is on."""
        if self.warmup is None or queue.code != _EMAIL:
            return None
        self.warmup.settle(time)
        return self.warmup.left(time)

    def _cut(self, queue: _Queue, time: int) -> NDArray[np.int64]:
        """Rank, time and key of the last request of each world that gets a place, and of the last of the plan."""
        (places, again), left = self._places(queue), self._of_plan(queue, time)
        rows = queue.rows()
        rows = rows.take(self.engine.desk.still_waits(rows.payload, _WAITING))
        queue.keep(rows)
        cut = np.full((self.engine.worlds, cut_length(self.engine.program.scenario, queue.code)), _LAST, np.int64)
        rank, asked, key, payload = rows.rank, rows.asked, rows.key, rows.payload
        world = (rows.customer - self.engine.first_customer) // self.engine.per_world
        if left is not None:
            part = self._keeps_to_plan(payload)
            cut[:, 3:] = last_granted(world[part], rank[part], asked[part], key[part], left)
        goes = self._within_plan(cut, world, rank, asked, key, payload)
        world, rank, asked, key = world[goes], rank[goes], asked[goes], key[goes]
        cut[:, :3] = last_granted(world, rank, asked, key, places)
        got = granted(cut[:, :3], world, rank, asked, key)
        taken, short = (np.bincount(world[part], minlength=self.engine.worlds) for part in (got, ~got))
        self._count(queue, taken, short, again)
        return cut

    def _count(self, queue: _Queue, taken: Int64s, short: Int64s, again: Int64s) -> None:
        """(worlds,) contacts that got a place and that got none; those given again are taken first."""
        limit = queue.limits[self.phase]
        if limit is not None:
            queue.share.spend(limit, np.maximum(taken - again, 0), short > 0)

    def _keeps_to_plan(self, payload: Int64s) -> Bools:
        """(n,) which contacts the plan holds back."""
        bound: Bools = self._bound_by_plan.take(self.engine.payloads.site(payload))
        return bound

    def _within_plan(
        self, cut: Int64s, world: Int64s, rank: Int64s, asked: Int64s, key: luck.Keys, payload: Int64s
    ) -> Bools:
        """(n,) which requests lie up to the cut of the plan, or are not bound by it."""
        if cut.shape[1] == 3:
            return np.ones(world.size, bool)
        return ~self._keeps_to_plan(payload) | granted(cut[:, 3:], world, rank, asked, key)

    def _grant(self, queue: _Queue, cut: Int64s, time: int) -> None:
        """Contacts up to the cut go out; the others are held, and those that expire before the next one leave too."""
        if not queue.parts:
            return
        rows = queue.rows()
        world = (rows.customer - self.engine.first_customer) // self.engine.per_world
        in_plan = self._within_plan(cut, world, rows.rank, rows.asked, rows.key, rows.payload)
        goes = in_plan & granted(cut[:, :3], world, rows.rank, rows.asked, rows.key)
        queue.unused += np.bincount(world[goes], minlength=queue.unused.size)
        rows = self._tell_held(queue, rows, goes, in_plan, time)
        leaves = goes | (rows.expiry <= queue.settles)
        queue.keep(rows.take(~leaves))
        back = np.where(goes, time, rows.expiry)[leaves]
        payload = with_world_bits(rows.payload, np.where(goes, _place_on(queue.code), 0))[leaves]
        # A customer may have several contacts that leave: the agenda's rounds keep them apart.
        self.engine.desk.come_back(rows.customer[leaves], back, rows.key[leaves], payload)

    def _tell_held(self, queue: _Queue, rows: _Waiting, goes: Bools, in_plan: Bools, time: int) -> _Waiting:
        """Say of who got no place what holds him from now on, where that is new; the rows with it noted."""
        reason = np.where(goes, rows.told, np.where(in_plan, REASON_CODE["throughput"], REASON_CODE["warmup"]))
        new = reason != rows.told
        if some(new):
            part, rule = rows.take(new), np.where(in_plan, queue.rule, self._warmup_rule)[new]
            when = np.full(part.customer.size, time)
            self.engine.desk.log_held(part.customer, when, part.contact, part.payload, part.site, reason[new], rule)
        return rows._replace(told=reason)
