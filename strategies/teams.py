"""Tasks for people: a team of so many calls and works in its hours, the rest waits or expires.

At every full hour of company time the waiting tasks of each world compete by (priority, time, key) for the
time that the team has in the hour that begins, with what the hours before left over (:mod:`strategies.shares`).
Only tasks compete that may be carried out in that hour: not expired by then, the world within its budget, the run
not ended before its end, and of a call the customer not in quiet hours.  Each is carried out at a moment of the
hour of its own luck.  What is recorded and replayed is the cut, the last task of each world that is taken
(:mod:`strategies.places`).

The hour concerns only customers with a waiting task: these alone are held at its end, all others may be ahead
of it (buckets of the agenda are longer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.shared import SharedState
from sim.kernel.short import some
from strategies.action_steps import Team
from strategies.decisions import SEND as NOTHING_AGAINST
from strategies.decisions import Decisions, Requests
from strategies.kinds import SEND
from strategies.occurrence import Occurrence
from strategies.places import granted, last_granted
from strategies.ports import pack, reference_of, site_of, with_world_bits, without_world_bits, world_bits_of
from strategies.runs import NO_TIME, OWN_ENDS
from strategies.shares import Share
from strategies.vocabulary import DAY, EVENT_CODE, HOUR, REASON_CODE, REASONS, TASK_OUTCOMES

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

PERIOD = HOUR

_TASK = luck.purpose("strategies.action.task")
_MOMENT = luck.purpose("strategies.task.moment")

_CREATED, _CLOSED = EVENT_CODE["task_created"], EVENT_CODE["task_closed"]
_MAKE, _EXPIRED, _CALLED_OFF = range(1, 4)
"""World bits of a task that leaves its queue: what becomes of it."""
_OUTCOME_OF = np.array([TASK_OUTCOMES.index(name) if name in TASK_OUTCOMES else -1 for name in REASONS], np.int64)
"""By code of a reason: the code of the outcome that it is, -1 for none."""


class _Waiting(NamedTuple):
    """Tasks of a team that wait; all (n,).

    offset: seconds into a working hour at which it would be done.  seconds: of one person that it takes.
    """

    customer: Int64s
    rank: Int64s
    time: Int64s
    key: luck.Keys
    payload: Int64s
    expiry: Int64s
    offset: Int64s
    seconds: Int64s

    def take(self, mask: Bools) -> _Waiting:
        """The tasks in ``mask``."""
        columns: list[Any] = [column[mask] for column in self]
        return _Waiting(*columns)


_EMPTY: Any = np.empty(0, np.int64)
_NONE = _Waiting(*[_EMPTY] * 8)._replace(key=np.empty(0, np.uint64))


class _Desk:
    """One team and its queue.

    share: seconds of its people that the hours before left over.
    """

    def __init__(self, team: Team, share: Share) -> None:
        self.team = team
        self.share = share
        self.parts: list[_Waiting] = []

    def waiting(self) -> _Waiting:
        """All waiting tasks, joined."""
        if not self.parts:
            return _NONE
        if len(self.parts) > 1:
            columns: list[Any] = [np.concatenate(column) for column in zip(*self.parts, strict=True)]
            self.parts = [_Waiting(*columns)]
        return self.parts[0]

    def keep(self, tasks: _Waiting) -> None:
        """Only these go on waiting."""
        self.parts = [tasks] if tasks.customer.size else []


class Teams:
    """The teams of one arm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        scenario, sites = engine.program.scenario, engine.program.sites
        self.is_task: Bools = np.array([bool(site.team) for site in sites], bool)
        """(sites,) which contact sites are tasks."""
        by_name = {team.name: team for team in scenario.teams}
        usual = [by_name[site.team].task if site.team else 0 for site in sites]
        own = [site.seconds for site in sites]
        self._seconds = np.array(
            [all_ if mine is None else mine for all_, mine in zip(usual, own, strict=True)], np.int64
        )
        """(sites,) seconds of one person that a task takes."""
        self.desks: dict[str, _Desk] = {}
        for name, team in by_name.items():
            mine = [int(seconds) for site, seconds in zip(sites, self._seconds, strict=True) if site.team == name]
            of = scenario.share_of_base(engine.per_world)
            self.desks[name] = _Desk(team, Share(of, engine.worlds, max(mine, default=team.task)))
        self._answered: list[Int64s] = []

    # ------------------------------------------------------------------ giving tasks

    def give(self, team: str, site: int, within: int, run: Int64s, time: Int64s, ordinal: int) -> None:
        """The runs ask the team for something: tasks that nobody may carry out are over at once."""
        engine, runs = self.engine, self.engine.runs
        customer = runs.customer.take(run)
        key = luck.child(runs.key.take(run), _TASK, ordinal)
        payload = pack(run, np.full(run.size, site))
        decisions = self._may_do(customer, time, payload)
        self._log(_CREATED, customer, time, key, payload, decisions.reason.astype(np.int64))
        index = (decisions.verdict == NOTHING_AGAINST).nonzero()[0]
        if index.size == 0:
            return
        customer, time, key, payload = (column.take(index) for column in (customer, time, key, payload))
        offset = (luck.uniform(key, _MOMENT) * HOUR).astype(np.int64)
        rank = engine.desk.order(payload, engine.chain_ranks)
        seconds = self._seconds.take(engine.payloads.site(payload))
        self.desks[team].parts.append(_Waiting(customer, rank, time, key, payload, time + within, offset, seconds))
        engine.agenda.hold(customer, (time // PERIOD + 1) * PERIOD)
        self._react(_CREATED, customer, time, key, payload)

    def _requests(self, customer: Int64s, time: Int64s, payload: Int64s) -> Requests:
        run = reference_of(payload)
        site = self.engine.payloads.site(payload)
        ghost = self.engine.runs.ghost.take(run)
        return Requests(customer, time, site, run, time, np.full(run.size, NO_TIME), ghost)

    def _may_do(self, customer: Int64s, time: Int64s, payload: Int64s) -> Decisions:
        """Of a call number and consent, of every task control group and holdout; all tasks of one kind."""
        requests = self._requests(customer, time, payload)
        decisions = Decisions(requests, requests.time)
        if not self._is_work(payload).any():
            self.engine.gates.permission.examine(requests, decisions)
        self.engine.gates.control.examine(requests, decisions)
        return decisions

    def _is_work(self, payload: Int64s) -> Bools:
        """(n,) which tasks are work that the customer notices nothing of."""
        work: Bools = self.engine.sites.work.take(self.engine.payloads.site(payload))
        return work

    def call_off(self, run: Int64s, reason: str) -> None:
        """The runs end for ``reason``: nobody shall call for them any more, unless they came to their end."""
        if reason not in OWN_ENDS:
            self.engine.runs.called_off[0, run] = True

    def close_all(self, time: int) -> None:
        """The strategy ends: what still waits is over."""
        for desk in self.desks.values():
            tasks = desk.waiting()
            if tasks.customer.size:
                when = np.full(tasks.customer.size, time)
                reason = np.full(tasks.customer.size, REASON_CODE["horizon"])
                self._log(_CLOSED, tasks.customer, when, tasks.key, tasks.payload, reason)
                desk.parts = []

    # ------------------------------------------------------------------ settling an hour

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the cut of every team as shared state: (worlds, 3) int64 of the last task that is taken."""
        for name, desk in self.desks.items():
            value = np.zeros((self.engine.worlds, 3), np.int64)

            def settle(time: int, desk: _Desk = desk) -> Int64s:
                return self._cut(desk, time)

            def after(time: int, desk: _Desk = desk, value: Int64s = value) -> None:
                self._hand_out(desk, value, time)

            shared.declare(f"team:{self.engine.arm}:{name}", PERIOD, value, settle, first, after, held_only=True)

    def hours(self, team: Team, time: int) -> tuple[int, int]:
        """Seconds [begin, end) after ``time`` in which the team works within the hour; equal when it does not."""
        day, clock = time // DAY, time % DAY
        days = self.engine.interpreter.moments.working_days
        if team.days == "working" and int(days.next_from(np.array([day]))[0]) != day:
            return 0, 0
        begin = min(max(team.begin - clock, 0), HOUR)
        return begin, max(min(team.end - clock, HOUR), begin)

    def seconds_in(self, team: Team, time: int) -> int:
        """Seconds that the team's people, all together, work in the hour from ``time`` on; for the whole base."""
        begin, end = self.hours(team, time)
        return team.people * (end - begin)

    def _can_go(self, desk: _Desk, tasks: _Waiting, time: int) -> tuple[Bools, Int64s]:
        """Which tasks could be carried out in the hour from ``time`` on, and when."""
        begin, end = self.hours(desk.team, time)
        moment = time + begin + tasks.offset * (end - begin) // HOUR
        able = (tasks.time < time) & (moment < tasks.expiry) & ~self._called_off(tasks.payload)
        if end == begin or not some(able):
            return np.zeros(able.size, bool), moment
        work, gates = self._is_work(tasks.payload), self.engine.gates
        for index, of_kind in (((~work).nonzero()[0], gates.of_calls), (work.nonzero()[0], gates.of_work)):
            if index.size == 0:
                continue
            requests = self._requests(tasks.customer.take(index), moment.take(index), tasks.payload.take(index))
            decisions = Decisions(requests, tasks.expiry.take(index))
            for gate in of_kind:
                gate.examine(requests, decisions)
            able[index] &= decisions.verdict == NOTHING_AGAINST
        return able, moment

    def _called_off(self, payload: Int64s) -> Bools:
        if payload.size == 0:  # runs remember it only where some chain gives tasks
            return np.zeros(0, bool)
        off: Bools = self.engine.runs.called_off[0].take(reference_of(payload))
        return off

    def _cut(self, desk: _Desk, time: int) -> Int64s:
        """Rank, time and key of the last task of each world that is taken.

        A task that does not fit has begun: what is left of the hour is there in the hours after, for it or for who
        stands in front then, until nobody waits (:mod:`strategies.shares`).  In an hour of work those wait who could
        have been served, in others everybody; each world alone, so that none notices which others stand beside it.
        """
        tasks, share, worlds = desk.waiting(), desk.share, self.engine.worlds
        worked = self.seconds_in(desk.team, time)
        able, _ = self._can_go(desk, tasks, time)
        part, world = tasks.take(able), self._world(tasks.customer)
        cut = last_granted(world[able], part.rank, part.time, part.key, share.room(worked), part.seconds)
        goes = able & granted(cut, world, tasks.rank, tasks.time, tasks.key)
        used = np.zeros(worlds, np.int64)
        np.add.at(used, world[goes], tasks.seconds[goes])
        waits = able if worked else self._waits(tasks, time)
        share.spend(worked, used, np.bincount(world[waits & ~goes], minlength=worlds) > 0)
        return cut

    def _waits(self, tasks: _Waiting, time: int) -> Bools:
        """Which tasks wait at ``time``: asked for before, neither expired nor called off."""
        waits: Bools = (tasks.time < time) & (time < tasks.expiry) & ~self._called_off(tasks.payload)
        return waits

    def _world(self, customer: Int64s) -> Int64s:
        return (customer - self.engine.first_customer) // self.engine.per_world

    def _hand_out(self, desk: _Desk, cut: Int64s, time: int) -> None:
        """Tasks up to the cut are carried out in this hour; those that expired or were called off leave."""
        tasks = desk.waiting()
        if tasks.customer.size == 0 or not self.engine.active:
            return
        able, moment = self._can_go(desk, tasks, time)
        goes = able & granted(cut, self._world(tasks.customer), tasks.rank, tasks.time, tasks.key)
        off = self._called_off(tasks.payload)
        expired = ~off & (tasks.expiry <= time)
        fate = np.where(goes, _MAKE, np.where(off, _CALLED_OFF, np.where(expired, _EXPIRED, 0)))
        leaves = (fate > 0) & (tasks.time < time)  # later tasks are of customers who are ahead in the bucket
        desk.keep(tasks.take(~leaves))
        self.engine.agenda.hold(tasks.customer[~leaves & (tasks.time < time)], time + PERIOD)
        part = tasks.take(leaves)
        when = np.where(goes, moment, time)[leaves]
        # A customer may have several tasks that leave: the agenda's rounds keep them apart.
        kind = self.engine.kind + SEND
        self.engine.agenda.push(kind, part.customer, when, part.key, with_world_bits(part.payload, fate[leaves]))

    # ------------------------------------------------------------------ doing them

    def on_task(self, cohort: Cohort) -> None:
        """Tasks that left their queue: they are carried out, unless something came between, or over."""
        fate = world_bits_of(cohort.payload)
        rows = Cohort(cohort.customer, cohort.time, cohort.key, without_world_bits(cohort.payload))
        fate = np.where((fate == _MAKE) & self._called_off(rows.payload), _CALLED_OFF, fate)
        for code, reason in ((_EXPIRED, "expired"), (_CALLED_OFF, "run_ended")):
            over = rows.where(fate == code)
            self._close(over, np.full(over.size, REASON_CODE[reason]))
        rows = rows.where(fate == _MAKE)
        work = self._is_work(rows.payload)
        for part, carry_out in ((rows.where(~work), self._call), (rows.where(work), self._work)):
            if part.size == 0:
                continue
            decisions = self._may_do(part.customer, part.time, part.payload)
            barred = decisions.verdict != NOTHING_AGAINST
            self._close(part.where(barred), decisions.reason[barred].astype(np.int64))
            carry_out(part.where(~barred))

    def _work(self, rows: Cohort) -> None:
        """The team has done something that the customer notices nothing of."""
        self._pay(rows)
        self._close(rows, np.full(rows.size, REASON_CODE["done"]))

    def _pay(self, rows: Cohort) -> None:
        engine = self.engine
        site = engine.payloads.site(rows.payload)
        cost = engine.sites.cost.take(site)
        if some(cost):
            engine.sink.contact_cost(rows.customer, rows.time, cost)
            engine.budget.spend(rows.customer, cost, site)

    def _call(self, rows: Cohort) -> None:
        """The team calls; whether the customer answers, the world says at once."""
        if rows.size == 0:
            return
        engine = self.engine
        self._pay(rows)
        self._answered = []
        engine.desk.port.deliver(rows.customer, rows.time, rows.key, rows.payload)
        answered = np.isin(rows.customer, np.concatenate([np.empty(0, np.int64), *self._answered]))
        self._close(rows, np.where(answered, REASON_CODE["answered"], REASON_CODE["no_answer"]))

    def note_answer(self, customer: Int64s) -> None:
        """These customers answered the call that is being made."""
        self._answered.append(customer)

    def _close(self, rows: Cohort, reason: Int64s) -> None:
        if rows.size == 0:
            return
        self._log(_CLOSED, rows.customer, rows.time, rows.key, rows.payload, reason)
        site, run = self.engine.payloads.site(rows.payload), reference_of(rows.payload)
        outcome = _OUTCOME_OF.take(reason)
        closed = Occurrence(_CLOSED, rows.customer, rows.time, rows.key, outcome, site)
        self.engine.reactions.on_message_event(closed, run)
        self._react(_CLOSED, rows.customer, rows.time, rows.key, rows.payload, outcome)

    def _react(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        payload: Int64s,
        outcome: Int64s | None = None,
    ) -> None:
        """What follows when a task is created or over, for others than its run.  outcome: codes of TASK_OUTCOMES."""
        site = self.engine.payloads.site(payload)
        about = Occurrence(event, customer, time, key, outcome, site)
        self.engine.observed.remember(event, customer, time)
        self.engine.reactions.learn(about)
        self.engine.reactions.on_contact_trigger(about, key, self.engine.sites.channel.take(site))

    def _log(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, reason: Int64s) -> None:
        run_key = self.engine.runs.key.take(reference_of(payload))
        self.engine.sink.log_contact(event, customer, time, key, run_key, site_of(payload), reason)
