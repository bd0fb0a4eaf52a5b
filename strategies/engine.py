"""The strategy of one arm at work: starts, moves and ends chain runs, and puts contacts to the policy.

An engine owns the customers of its arm's worlds (a contiguous range of stacked customers).  It reads
observed state only, and acts through the agenda, the log and the world's delivery port.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import Calendar, next_minute
from sim.kernel.luck import Keys
from sim.kernel.shared import SharedState
from strategies.actions import Actions
from strategies.best_channel import learns_channels
from strategies.budget import BudgetMeter
from strategies.campaigns import CampaignCalendar
from strategies.card import Card
from strategies.changes import phases
from strategies.contacts import ContactDesk
from strategies.context import FieldReader, Rows
from strategies.coverage import StepCounts
from strategies.gates.ground import Ground
from strategies.interpreter import Interpreter, named_uniform
from strategies.kinds import FIRST_KIND, KINDS_PER_ARM, MOMENT, RUN, SEND, TIMEOUT
from strategies.loyalty import LoyaltyAccounts
from strategies.mainchain import chain_ranks
from strategies.observed import Observed
from strategies.personal import Personal
from strategies.phases import rules_over_time
from strategies.ports import EventSink, pack, reference_of
from strategies.predictions import Forecast, predicts
from strategies.program import LISTEN, Program, holdout_name
from strategies.rfm import RfmScores
from strategies.runs import ENDED, LISTENING, SENDING, WAITING, RunTable, turns
from strategies.segments import Predictions
from strategies.sites import SiteColumns
from strategies.slot import Slot
from strategies.teams import Teams
from strategies.throughput import Throughput
from strategies.triggers import Triggers
from strategies.vocabulary import EVENT_CODE, REASON_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_OCCURRENCE = luck.purpose("strategies.occurrence")
_OPENED_BY = luck.purpose("strategies.opened_by")
_RANK = luck.purpose("strategies.rank")

CONTROL = "control"
"""Constant name that the global control group hashes."""

ANY_MESSAGE_EVENTS = frozenset({"unsubscribed", "complained", "blocked", "push_disabled"})
"""Contact events that concern the customer, whichever message they answer."""

_OPENED = EVENT_CODE["opened"]
_CHAIN_ENTERED, _CHAIN_EXITED, _GOAL = (
    EVENT_CODE["chain_entered"],
    EVENT_CODE["chain_exited"],
    EVENT_CODE["goal_reached"],
)


@dataclass(frozen=True)
class CustomerKeys:
    """Root keys of stacked customers: (N,) uint64 each, for luck and for splits."""

    luck: Keys
    split: Keys


class Engine:
    """One arm: program, run table, policy, interpreter, contacts."""

    def __init__(
        self,
        program: Program,
        first_customer: int,
        worlds: int,
        observed: Observed,
        agenda: Agenda,
        calendar: Calendar,
        keys: CustomerKeys,
        sink: EventSink,
        average_order: NDArray[np.float64],
        first_source: int,
        first_rule: int,
    ) -> None:
        scenario = program.scenario
        self.program = program
        self.arm = program.arm
        self.worlds = worlds
        self.per_world = observed.columns.customers
        self.first_customer = first_customer
        self.customers = worlds * self.per_world
        self.observed = observed
        self.agenda = agenda
        self.calendar = calendar
        self.keys = keys
        self.sink = sink
        self.first_source = first_source
        self.first_rule = first_rule
        self.active = False
        waits = 1 + max(program.answers.values(), default=-1)
        self.runs = RunTable(first_customer, self.customers, waits, program.pauses, program.tasks, program.in_app)
        self.sites = SiteColumns(program)
        self.card = Card(scenario, first_customer, worlds, self.per_world)
        self.reader = FieldReader(
            observed, self.runs, program, lambda customer: average_order.take(customer // self.per_world), self.card
        )
        if learns_channels(scenario):
            observed.learn_channels()
        if predicts(scenario):
            self.reader.segments.forecast = Forecast(
                scenario.predictions or Predictions(), observed, first_customer, self.per_world, worlds
            )
        mine = slice(first_customer, first_customer + self.customers)
        control = np.zeros(self.customers, bool)
        if scenario.control.share > 0:
            control = named_uniform(keys.split[mine], CONTROL) < scenario.control.share
        self.control: Bools = control
        ground = Ground(
            program, self.sites, observed, self.runs, self.reader, calendar, control, first_customer, self.customers
        )
        self.rules = rules_over_time(ground)
        self.gates = self.rules[0].gates
        self.interpreter = Interpreter(
            program,
            self.runs,
            observed,
            self.reader,
            calendar,
            lambda c: keys.split.take(c),
            self,
            StepCounts(program, self.runs, control, worlds, first_customer),
        )
        self.chain_ranks = chain_ranks(program)
        self.throughput = Throughput(self)
        self.budget = BudgetMeter(self)
        self.desk = ContactDesk(self)
        self.slot = Slot(self) if program.in_app else None
        """What waits for its customers' visits, where the scenario has in-app messages."""
        self.actions = Actions(self)
        self.teams = Teams(self)
        self.campaigns = CampaignCalendar(self)
        self.triggers = Triggers(self)
        self.loyalty: LoyaltyAccounts | None = None
        self._hoping: list[Int64s] = []
        """Runs that ended while their goal could still be reached."""
        self._concerned = self._concerned_chains()
        self._listened = sum(1 << event for event in range(64) if self._concerned[event].any())
        """Bit set of events that end, move or fulfil runs of a customer's list."""
        personal = Personal(self)
        self.personal = self.reader.personal = personal if personal.has_blocks.any() or personal.events else None
        """Data of personal blocks, where some message has blocks or some condition asks for a category."""
        self._watched = self._watched_events()
        kind = FIRST_KIND + self.arm * KINDS_PER_ARM
        self.kind = kind
        agenda.register(kind + MOMENT, self.triggers.on_moment, lambda customer, payload: payload)
        agenda.register(kind + RUN, self._on_run)
        agenda.register(kind + TIMEOUT, self._on_timeout)
        agenda.register(kind + SEND, self.desk.on_send, self._send_order)
        if scenario.loyalty is not None:
            self.loyalty = self.reader.loyalty = LoyaltyAccounts(self, scenario.loyalty)

    # ------------------------------------------------------------------ life of the engine

    def begin(self, time: int) -> None:
        """The arm's strategy takes over its customers at ``time``."""
        self.active = True
        self.reader.segments.begin()
        self.triggers.begin(time)

    def stop(self, time: int) -> None:
        """The strategy ends: live runs end with reason ``horizon``, pending rows become stale."""
        if not self.active:
            return
        self._end_all(time, "horizon")
        if self.slot is not None:
            self.slot.close(time)
        self.teams.close_all(time)
        self.active = False

    def _end_all(self, time: int, reason: str) -> None:
        """End every live run."""
        runs = self.runs
        live = (runs.state[: runs.used] != ENDED).nonzero()[0]
        live = live[live > 0]
        # One customer may have several live runs: end them in turns, each turn one run per customer.
        while live.size:
            _, first = np.unique(runs.customer.take(live), return_index=True)
            self.end_runs(live.take(first), np.full(first.size, time), reason)
            live = np.delete(live, first)

    def _change_rules(self, time: int) -> None:
        """Where other rules begin at ``time``, they hold from now on."""
        for number, rules in enumerate(self.rules):
            if rules.begin == time and number:
                self.sites, self.gates = rules.sites, rules.gates
                self.throughput.change(number, time)
                if rules.ends_runs:
                    self._end_all(time, "changed")

    def day(self, time: int) -> None:
        """What begins a company day: tiers, segments that chains react to, scheduled moments, campaigns of the day."""
        if self.active:
            self._change_rules(time)
            self._give_up_goals(time)
            if self.slot is not None:
                self.slot.expire(time)
            if self.loyalty is not None:
                self.loyalty.day(time)
            self.reader.segments.refresh(time)
            self.triggers.refresh_segments(time)
            self.triggers.compare_fields(time)
            self.triggers.plan(time)
            self.campaigns.plan(time)

    def declare_shared(self, shared: SharedState, first: int) -> None:
        """Declare what couples this arm's customers: RFM edges, budget, limited channels."""
        if self.program.scenario.rfm is not None:
            RfmScores(self, self.program.scenario.rfm).declare(shared, first)
        if self.reader.segments.forecast is not None:
            self.reader.segments.forecast.declare(shared, f"prediction:{self.arm}", first)
        self.budget.declare(shared, first)
        self.throughput.declare(shared, first)
        self.teams.declare(shared, first)

    # ------------------------------------------------------------------ scheduling (for the interpreter)

    def schedule_run(self, run: Int64s, time: Int64s) -> None:
        """Continue the runs at their times; an earlier pending row becomes stale."""
        self.runs.due[run] = time
        customer = self.runs.customer.take(run)
        self.agenda.push(self.kind + RUN, customer, time, self.runs.key.take(run), run)

    def schedule_send(self, run: Int64s, site: Int64s, time: Int64s) -> None:
        """Examine the runs' contacts at their times."""
        self.runs.due[run] = time
        customer = self.runs.customer.take(run)
        self.agenda.push(self.kind + SEND, customer, time, self.runs.key.take(run), pack(run, site))

    def _send_order(self, customer: Int64s, payload: Int64s) -> Int64s:
        """Among contacts due in the same minute: priority, then earlier entry, then name."""
        return self.desk.order(payload, self.chain_ranks)

    def _on_run(self, cohort: Cohort) -> None:
        run, time = cohort.payload, cohort.time
        state = self.runs.state.take(run)
        valid = ((state == WAITING) | (state == LISTENING)) & (self.runs.due.take(run) == time)
        index = valid.nonzero()[0]
        if index.size == 0:
            return
        self.interpreter.wake(run.take(index), time.take(index))

    def _on_timeout(self, cohort: Cohort) -> None:
        live = (self.runs.state.take(cohort.payload) != ENDED).nonzero()[0]
        if live.size:
            self.end_runs(cohort.payload.take(live), cohort.time.take(live), "timeout")

    # ------------------------------------------------------------------ runs

    def enter(
        self,
        chain: int,
        customer: Int64s,
        time: Int64s,
        occurrence: Keys,
        rank: Int64s,
        value: Int64s | None,
        category: Int64s | None,
        before_order: bool,
        event: int = -1,
    ) -> Bools:
        """Start runs of a chain for those who may enter.

        occurrence: key of the trigger occurrence; rank: number of runs it has started already; event: its code,
        with value and category as its slots.
        Returns (n,) bool, who entered.
        """
        source = self.program.chains[chain]
        rows = Rows(customer, time, chain, None, value, category, before_order, event)
        may = self.triggers.may_enter(chain, customer, time, category, value)
        if source.enter is not None:
            may &= self.reader.holds(source.enter, rows)
        index = may.nonzero()[0]
        if index.size == 0:
            return may
        customer, time = customer.take(index), time.take(index)
        if source.on_retrigger == "restart":
            self.end_running(chain, customer, time, "restarted")
        key = luck.child(occurrence.take(index), _RANK, rank.take(index))
        ghost = np.zeros(index.size, bool)
        if source.holdout > 0:
            name = holdout_name(self.program.scenario, source)
            ghost = named_uniform(self.keys.split.take(customer), name) < source.holdout
        run = self.runs.add(customer, chain, key, time, ghost)
        self.runs.value[run] = np.iinfo(np.int32).min if value is None else value.take(index)
        self.runs.event[run] = event
        self.runs.category[run] = -1 if category is None else category.take(index)
        self.runs.pc[run] = self.program.start[chain]
        self.triggers.note_entry(chain, customer, time)
        control = self.control.take(customer - self.first_customer)
        reason = np.where(ghost, REASON_CODE["holdout"], np.where(control, REASON_CODE["control"], 0))
        self._log_run(_CHAIN_ENTERED, run, time, reason)
        if source.timeout is not None:
            self.agenda.push(self.kind + TIMEOUT, customer, time + source.timeout, key, run)
        self.runs.state[run] = WAITING
        self.interpreter.advance(run, time)
        return may

    def end_running(self, chain: int, customer: Int64s, time: Int64s, reason: str) -> None:
        """End the customers' live runs of a chain."""
        for position, run in turns(*self._running(chain, customer)):
            self.end_runs(run, time.take(position), reason)

    def pause_running(self, chain: int, customer: Int64s, until: Int64s) -> None:
        """What falls due in the customers' live runs of a chain before ``until`` waits until then."""
        position, run = self._running(chain, customer)
        self.runs.paused_until[0, run] = np.maximum(self.runs.paused_until[0].take(run), until.take(position))

    def _running(self, chain: int, customer: Int64s) -> tuple[Int64s, Int64s]:
        """(position in ``customer``, run) of the customers' live runs of a chain."""
        position, run = self.runs.of(customer)
        index = ((self.runs.chain.take(run) == chain) & (self.runs.state.take(run) != ENDED)).nonzero()[0]
        return position.take(index), run.take(index)

    def paused_until(self, run: Int64s) -> Int64s | None:
        """When the runs' pauses end (0: never paused); None where no chain is ever paused."""
        return self.runs.paused_until[0].take(run) if self.program.pauses else None

    def act(self, run: Int64s, time: Int64s, number: Int64s) -> None:
        """Carry out the actions ``number`` of the program for runs of different customers."""
        self.actions.carry_out(run, time, number)

    def is_running(
        self, chain: int, customer: Int64s, since: Int64s | None = None, told_apart: Int64s | None = None
    ) -> Bools:
        """Who has a live run of the chain (one that began after ``since``, whose trigger was about the same)."""
        running = np.zeros(customer.size, bool)
        position, run = self._running(chain, customer)
        if since is not None:
            index = (self.runs.entry.take(run) > since.take(position)).nonzero()[0]
            position, run = position.take(index), run.take(index)
        if told_apart is not None:
            position = position[self.triggers.told_apart(chain, run) == told_apart.take(position)]
        running[position] = True
        return running

    def end_runs(self, run: Int64s, time: Int64s, reason: str) -> None:
        """End runs (of different customers): withdraw what waits, log, and wake what the run displaced."""
        asked = (self.runs.state.take(run) == SENDING).nonzero()[0]
        if asked.size:
            self.desk.withdraw(run.take(asked), time.take(asked))
        self.runs.state[run] = ENDED
        if self.slot is not None:
            self.slot.withdraw(run, time, reason)
        if self.program.tasks:
            self.teams.call_off(run, reason)
        self._log_run(_CHAIN_EXITED, run, time, np.full(run.size, REASON_CODE[reason]))
        over = ~self._goal_open(run, time)
        if over.any():
            self.runs.unlist(run[over])
        if not over.all():
            self._hoping.append(run[~over])
        if self.gates.main_chain is not None:
            self._wake_displaced(self.runs.customer.take(run), time)

    def _give_up_goals(self, time: int) -> None:
        """Take out of the lists what ended, and whose goal can no longer be reached by ``time``."""
        if not self._hoping:
            return
        run = np.concatenate(self._hoping)
        run = run.take((self.runs.place.take(run) >= 0).nonzero()[0])
        still = self._goal_open(run, np.full(run.size, time))
        self._hoping = [run[still]]
        for _, over in turns(self.runs.customer.take(run[~still]), run[~still]):
            self.runs.unlist(over)

    def _goal_open(self, run: Int64s, time: Int64s) -> Bools:
        """Whether a conversion of the run could still count."""
        window = self.triggers.goal_window.take(self.runs.chain.take(run))
        return ~self.runs.goal_done.take(run) & (time <= self.runs.entry.take(run) + window) & (window > 0)

    def _wake_displaced(self, customer: Int64s, time: Int64s) -> None:
        """Contacts that waited for another chain are examined anew at once."""
        local = customer - self.first_customer
        index = self.runs.any_displaced.take(local).nonzero()[0]
        if not index.size:
            return
        customer, time = customer.take(index), time.take(index)
        self.runs.any_displaced[local.take(index)] = False
        position, run = self.runs.of(customer)
        index = ((self.runs.state.take(run) == SENDING) & self.runs.displaced.take(run)).nonzero()[0]
        if index.size:
            position, run = position.take(index), run.take(index)
            self.runs.displaced[run] = False
            self.schedule_send(run, self.desk.site_of_run(run), next_minute(time.take(position)))

    # ------------------------------------------------------------------ what becomes known

    def _concerned_chains(self) -> NDArray[np.bool_]:
        """(64, chains) whether an event ends, moves or fulfils runs of a chain."""
        program = self.program
        bits = np.zeros(max(len(program.chains), 1), np.uint64)
        for number, chain in enumerate(program.chains):
            events = (*chain.exit_on, *((chain.goal.event,) if chain.goal is not None else ()))
            bits[number] = sum(1 << EVENT_CODE[event] for event in set(events))
        chain_of = np.searchsorted(program.start, np.arange(len(program.operations)), side="right") - 1
        for number, operation in enumerate(program.operations):
            if operation.code == LISTEN:
                bits[chain_of[number]] |= np.uint64(operation.a)
        table: NDArray[np.bool_] = (bits >> np.arange(64, dtype=np.uint64)[:, None] & np.uint64(1)) != 0
        return table

    def _watched_events(self) -> int:
        """Bit set of events that no run waits for, but whose times segments or the policy ask for."""
        asked = self.reader.segments.events | (self.personal.events if self.personal is not None else 0)
        names: list[str] = []
        for phase in phases(self.program.scenario):
            policy = phase.scenario.policy
            names += [event for row in policy.sunset for event in row.none_of]
            names += [event for event, _ in policy.pause_after.events] if policy.pause_after else []
        for name in names:
            asked |= 1 << EVENT_CODE[name]
        return asked

    def reacts_to(self, event: int) -> bool:
        """Does any chain start, end, wait or count on the event, any segment or policy row ask for it?"""
        return bool((self._listened | self._watched) >> event & 1) or self.triggers.hears(event)

    def on_event(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: Keys,
        category: Int64s | None,
        value: Int64s | None,
        before_order: bool = False,
    ) -> None:
        """An observed event of these customers: goals, exits and waits of their runs first, then triggers."""
        self.learn(event, customer, time, category)
        if self._listened >> event & 1:
            positions, runs = self.runs.of(customer)
            index = self._concerned[event].take(self.runs.chain.take(runs)).nonzero()[0]
            for position, run in turns(positions.take(index), runs.take(index)):
                self._event_of_runs(
                    event,
                    run,
                    time.take(position),
                    None if category is None else category.take(position),
                    None if value is None else value.take(position),
                )
        self._trigger(event, customer, time, key, category, value, before_order)

    def announce(
        self, event: int, customer: Int64s, time: Int64s, key: Keys, category: Int64s | None, value: Int64s | None
    ) -> None:
        """An event of these customers that this arm's company itself brings about; as any other for its chains."""
        self.sink.log_observed(event, customer, time, category, value)
        self.observed.remember(event, customer, time)
        if self.active:
            self.on_event(event, customer, time, key, category, value)

    def learn(self, event: int, customer: Int64s, time: Int64s, category: Int64s | None) -> None:
        """What segments and personal blocks remember of an event, before anything follows from it."""
        self.reader.segments.note(event, customer, time, category)
        if self.personal is not None:
            self.personal.note(event, customer, time, category)

    def _trigger(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: Keys,
        category: Int64s | None,
        value: Int64s | None,
        before_order: bool,
    ) -> None:
        self.triggers.watch(event, customer, time, key)
        chains = self.triggers.chains_of.get(event)
        if chains:
            occurrence = luck.child(key, _OCCURRENCE, event)
            self.triggers.fire(chains, customer, time, occurrence, value, category, before_order, event)
        self.triggers.counts.on_event(event, customer, time, key, value, category, before_order)

    def on_contact_trigger(
        self, event: int, customer: Int64s, time: Int64s, key: Keys, channel: Int64s, reason: int = 0
    ) -> None:
        """A contact event may start chains and end inactivity, whichever message it answers.

        One message may be opened by a proxy and by a person: two occurrences, told apart by their ``reason``.
        """
        if self.triggers.hears(event):
            cause = luck.child(key, _OPENED_BY, reason) if event == _OPENED and reason else key
            self._trigger(event, customer, time, cause, None, None, False)
            self.triggers.counts.on_report(event, customer, time, key, channel)

    def on_message_event(self, event: int, customer: Int64s, time: Int64s, payload: Int64s) -> None:
        """A contact event that answers one message: it concerns that message's run only."""
        if not self._listened >> event & 1:
            return
        self._event_of_runs(event, reference_of(payload), time, None, None)

    def _event_of_runs(
        self, event: int, run: Int64s, time: Int64s, category: Int64s | None, value: Int64s | None
    ) -> None:
        runs, triggers = self.runs, self.triggers
        chain = runs.chain.take(run)
        goal = (triggers.goal_event.take(chain) == event) & self._goal_open(run, time) & (time > runs.entry.take(run))
        if goal.any():
            reached = run[goal]
            runs.goal_done[reached] = True
            self._log_run(_GOAL, reached, time[goal], np.zeros(reached.size, np.int64))
        live = runs.state.take(run) != ENDED
        done = (~live & ~self._goal_open(run, time) & (runs.place.take(run) >= 0)).nonzero()[0]
        if done.size:
            runs.unlist(run.take(done))
        bit = np.uint64(event)
        exits = live & ((triggers.exit_bits.take(chain) >> bit & np.uint64(1)) != 0)
        if exits.any():
            self.end_runs(run[exits], time[exits], "exit_event")
        if self.gates.ground.policy.at_goal == "end":
            ends = goal & live & ~exits
            if ends.any():
                self.end_runs(run[ends], time[ends], "goal")
            exits = exits | ends
        asks = (live & (runs.state.take(run) == SENDING)).nonzero()[0]
        if asks.size:
            runs.reported[run.take(asks)] |= np.uint64(1) << bit
        hears = (
            live & ~exits & (runs.state.take(run) == LISTENING) & ((runs.listens.take(run) >> bit & np.uint64(1)) != 0)
        )
        if hears.any():
            self.interpreter.hear(
                event,
                run[hears],
                time[hears],
                None if category is None else category[hears],
                None if value is None else value[hears],
            )

    def _log_run(self, event: int, run: Int64s, time: Int64s, reason: Int64s) -> None:
        self.sink.log_run(
            event,
            self.runs.customer.take(run),
            time,
            self.runs.key.take(run),
            self.runs.chain.take(run).astype(np.int64) + self.first_source,
            reason,
        )
