"""The strategy of one arm at work: starts, moves and ends chain runs, and puts contacts to the policy.

An engine owns the customers of its arm's worlds (a contiguous range of stacked customers).  It reads
observed state only, and acts through the agenda, the log and the world's delivery port.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.agenda import Agenda
from sim.kernel.calendar import Calendar
from sim.kernel.luck import Keys
from sim.kernel.shared import SharedState
from strategies.actions import Actions
from strategies.arm_customers import ArmCustomers
from strategies.best_channel import counted_opens, learns_channels
from strategies.budget import BudgetMeter
from strategies.campaigns import CampaignCalendar
from strategies.card import Card
from strategies.changes import phases
from strategies.contacts import ContactDesk
from strategies.context import FieldReader
from strategies.coupons import Coupons
from strategies.coverage import StepCounts
from strategies.gates.ground import Ground
from strategies.interpreter import Interpreter, named_uniform, remembers_reports
from strategies.kinds import FIRST_KIND, KINDS_PER_ARM, MOMENT, RUN, SEND, TIMEOUT
from strategies.loyalty import LoyaltyAccounts
from strategies.mainchain import chain_ranks
from strategies.observed import Observed
from strategies.payloads import Payloads
from strategies.personal import Personal
from strategies.phases import rules_over_time
from strategies.ports import EventSink
from strategies.predictions import Forecast, predicts
from strategies.program import Program
from strategies.reactions import Reactions
from strategies.refusals import Refusals
from strategies.remembered import remembered_by_channel
from strategies.rfm import RfmScores
from strategies.run_life import RunLife
from strategies.runs import RunTable
from strategies.signal_times import SignalTimes
from strategies.sites import SiteColumns
from strategies.slot import Slot
from strategies.teams import Teams
from strategies.throughput import Throughput
from strategies.triggers import Triggers
from strategies.vocabulary import CHANNEL_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

CONTROL = "control"
"""Constant name that the global control group hashes."""

ANY_MESSAGE_EVENTS = frozenset({"unsubscribed", "complained", "blocked", "push_disabled"})
"""Contact events that concern the customer, whichever message they answer."""


@dataclass(frozen=True)
class CustomerKeys:
    """Root keys of stacked customers: (N,) uint64 each, for luck and for splits."""

    luck: Keys
    split: Keys


@dataclass(frozen=True)
class Surroundings:
    """What the engines of all arms share.

    average_order: (W,) mean order value of the base so far, currency units, as of the last settlement.
    """

    observed: Observed
    agenda: Agenda
    calendar: Calendar
    keys: CustomerKeys
    sink: EventSink
    average_order: NDArray[np.float64]


class Engine:
    """One arm: program, run table, policy, interpreter, contacts.

    mine: its customers among the stacked ones; first_source, first_rule: codes of its first source and its first rule
    of the policy in the log.
    """

    def __init__(
        self,
        program: Program,
        first_customer: int,
        worlds: int,
        surroundings: Surroundings,
        first_source: int,
        first_rule: int,
    ) -> None:
        scenario = program.scenario
        self.program, self.arm = program, program.arm
        self.observed, self.agenda, self.calendar = surroundings.observed, surroundings.agenda, surroundings.calendar
        self.keys, self.sink = surroundings.keys, surroundings.sink
        self.worlds, self.per_world = worlds, self.observed.columns.customers
        self.first_customer, self.customers = first_customer, worlds * self.per_world
        self.mine = ArmCustomers(first_customer, first_customer + self.customers)
        self.first_source, self.first_rule = first_source, first_rule
        self.kind = FIRST_KIND + self.arm * KINDS_PER_ARM
        self.active = False

        waits = 1 + max(program.answers.values(), default=-1)
        self.runs = RunTable(
            first_customer,
            self.customers,
            waits,
            pauses=program.pauses,
            tasks=program.tasks,
            ending_pauses=any(row.until for phase in phases(scenario) for row in phase.scenario.policy.pause_after),
            in_app=program.in_app,
            untracked=program.untracked,
            held_out=program.held_out,
            signals=bool(program.listened),
            reports=remembers_reports(program),
        )
        self.payloads = Payloads(program, self.runs)
        self.run_life = RunLife(self)
        self.refusals = Refusals(self)
        self.sites = SiteColumns(program)
        self.chain_ranks = chain_ranks(program)
        self.card = Card(scenario, first_customer, worlds, self.per_world)
        self.control = self._control_group()
        self.coupons = Coupons(program, self.control, first_customer) if program.coupons else None
        """Who holds which coupon, where some chain gives them."""
        self.reader = self._field_reader(surroundings.average_order)
        self.signal_times = SignalTimes(scenario, self.reader, first_customer, self.customers)
        self.rules = rules_over_time(self._ground())
        self.gates = self.rules[0].gates
        self.interpreter = self._interpreter()

        self.throughput = Throughput(self)
        self.budget = BudgetMeter(self)
        self.desk = ContactDesk(self)
        self.slot = Slot(self) if program.in_app else None
        """What waits for its customers' visits, where the scenario has in-app messages."""
        self.actions = Actions(self)
        self.teams = Teams(self)
        self.campaigns = CampaignCalendar(self)
        self.triggers = Triggers(self)
        personal = Personal(self)
        self.personal = self.reader.personal = personal if personal.has_blocks.any() or personal.events else None
        """Data of personal blocks, where some message has blocks or some condition asks for a category."""
        self.reactions = Reactions(self)
        self.loyalty = self.reader.loyalty = LoyaltyAccounts(self, scenario.loyalty) if scenario.loyalty else None
        self._register()

    # ------------------------------------------------------------------ set-up

    def _control_group(self) -> Bools:
        """(customers,) who is in the global control group."""
        share = self.program.scenario.control.share
        if share == 0:
            return np.zeros(self.customers, bool)
        drawn: Bools = named_uniform(self.keys.split[self.mine.first : self.mine.last], CONTROL) < share
        return drawn

    def _field_reader(self, average_order: NDArray[np.float64]) -> FieldReader:
        """Reads fields of conditions; columns that only some scenarios ask for are kept from now on."""
        scenario, observed = self.program.scenario, self.observed
        reader = FieldReader(
            observed,
            self.runs,
            self.program,
            lambda customer: average_order.take(customer // self.per_world),
            self.card,
        )
        reader.coupons = self.coupons
        if learns_channels(scenario):
            observed.learn_channels()
        observed.count_opens(counted_opens(scenario))
        observed.remember_by_channel(remembered_by_channel(scenario))
        rows = (row for phase in phases(scenario) for row in phase.scenario.policy.sunset)
        observed.remember_first_sent(CHANNEL_CODE[row.channel] for row in rows)
        if predicts(scenario):
            reader.segments.forecast = Forecast(scenario, observed, self.first_customer, self.per_world, self.worlds)
        return reader

    def _ground(self) -> Ground:
        """What the contact policy stands on."""
        return Ground(
            self.program,
            self.sites,
            self.observed,
            self.runs,
            self.reader,
            self.calendar,
            self.control,
            self.first_customer,
            self.customers,
            self.signal_times,
            self.coupons,
        )

    def _interpreter(self) -> Interpreter:
        """What moves the runs on."""
        return Interpreter(
            self.program,
            self.runs,
            self.observed,
            self.reader,
            self.calendar,
            lambda c: self.keys.split.take(c),
            self.run_life,
            StepCounts(self.program, self.runs, self.control, self.worlds, self.first_customer),
        )

    def _register(self) -> None:
        """Take the arm's kinds of rows on the agenda; those of points are the accounts' own."""
        self.agenda.register(self.kind + MOMENT, self.triggers.on_moment, lambda customer, payload: payload)
        self.agenda.register(self.kind + RUN, self.run_life.on_run)
        self.agenda.register(self.kind + TIMEOUT, self.run_life.on_timeout)
        self.agenda.register(self.kind + SEND, self.desk.on_send, self._send_order)

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
        self.run_life.end_all(time, "horizon")
        if self.slot is not None:
            self.slot.close(time)
        self.teams.close_all(time)
        self.active = False

    def _change_rules(self, time: int) -> None:
        """Where other rules begin at ``time``, they hold from now on."""
        for number, rules in enumerate(self.rules):
            if rules.begin == time and number:
                self.sites, self.gates = rules.sites, rules.gates
                self.throughput.change(number, time)
                if self.slot is not None:
                    self.slot.change(rules.in_app_slot, rules.keeps_counters)
                if rules.ends_runs:
                    self.run_life.end_all(time, "changed")

    def day(self, time: int) -> None:
        """What begins a company day: tiers, segments that chains react to, scheduled moments, campaigns of the day."""
        if self.active:
            self._change_rules(time)
            self.run_life.give_up_goals(time)
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

    def _send_order(self, customer: Int64s, payload: Int64s) -> Int64s:
        """Among contacts due in the same minute: priority, then earlier entry, then name."""
        return self.desk.order(payload, self.chain_ranks)
