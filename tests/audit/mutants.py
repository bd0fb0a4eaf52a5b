"""Broken engines: each breaks one rule in the real engine's parts; the auditor has to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, Calendar
from strategies import engine as engine_module
from strategies import interpreter as interpreter_module
from strategies.campaigns import CampaignCalendar
from strategies.contacts import ContactDesk
from strategies.counting import LastContact, Ring
from strategies.decisions import HOLD, SEND, Requests
from strategies.engine import Engine
from strategies.interpreter import Interpreter
from strategies.kinds import TIMEOUT
from strategies.mainchain import MainChain
from strategies.observed import Observed
from strategies.policy import ContactPolicyGates
from strategies.program import _ChainCompiler
from strategies.triggers import Triggers

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """One broken engine.  scenario: a crowded one in which it shows; rules: those that may be blamed for it."""

    name: str
    scenario: str
    rules: tuple[str, ...]
    break_: Callable[[Patch], None]


MUTANTS: list[Mutant] = []


def mutant(scenario: str, *rules: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Register a broken engine by the name of its function."""

    def add(break_: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTANTS.append(Mutant(break_.__name__, scenario, rules, break_))
        return break_

    return add


def _with_policy(patch: Patch, method: str, change: Callable[[Any], Any]) -> None:
    """A gate that sees another policy than the scenario's."""
    original = getattr(ContactPolicyGates, method)

    def changed(self: ContactPolicyGates, *given: Any) -> Any:
        kept, self.policy = self.policy, change(self.policy)
        try:
            return original(self, *given)
        finally:
            self.policy = kept

    patch.setattr(ContactPolicyGates, method, changed)


def _with_caps(patch: Patch, change: Callable[[Any], Any]) -> None:
    original = ContactPolicyGates._cap

    def changed(self: ContactPolicyGates, number: int, cap: Any, *given: Any) -> None:
        original(self, number, change(cap), *given)

    patch.setattr(ContactPolicyGates, "_cap", changed)


def _nothing(*given: Any, **more: Any) -> None:
    return None


# ---------------------------------------------------------------------- caps


@mutant("caps", "cap")
def caps_allow_one_more(patch: Patch) -> None:
    make, kth_last = Ring.__init__, Ring.kth_last
    patch.setattr(Ring, "__init__", lambda self, depth, customers: make(self, depth + 1, customers))
    patch.setattr(Ring, "kth_last", lambda self, customer, k: kth_last(self, customer, k + 1))


@mutant("caps", "cap")
def rolling_windows_are_calendar_days(patch: Patch) -> None:
    _with_caps(patch, lambda cap: cap if cap.rolling is None else replace(cap, rolling=None, calendar="day"))


@mutant("caps", "cap", "held")
def calendar_days_are_rolling(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, rolling=DAY, calendar=None) if cap.calendar == "day" else cap)


@mutant("caps", "cap", "held")
def caps_count_days_of_the_company(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, zone="company"))


@mutant("caps", "cap")
def weeks_begin_on_sunday(patch: Patch) -> None:
    start, following = Calendar.period_start, Calendar.next_period_start

    def shift(original: Any) -> Any:
        def shifted(self: Calendar, local: Any, period: str) -> Any:
            if period != "week":
                return original(self, local, period)
            return original(self, local + DAY, period) - DAY

        return shifted

    patch.setattr(Calendar, "period_start", shift(start))
    patch.setattr(Calendar, "next_period_start", shift(following))


@mutant("caps", "cap")
def months_are_thirty_days(patch: Patch) -> None:
    start = Calendar.period_start

    def thirty(self: Calendar, local: Any, period: str) -> Any:
        return local // (30 * DAY) * (30 * DAY) if period == "month" else start(self, local, period)

    patch.setattr(Calendar, "period_start", thirty)


@mutant("caps", "cap")
def caps_count_what_was_dropped(patch: Patch) -> None:
    drop = ContactDesk._drop

    def counted(self: ContactDesk, requests: Requests, decisions: Any, index: Any, cohort: Cohort) -> None:
        part = requests.take(index)
        self.engine.gates.note(part.customer, part.time, part.site, part.run, "sent")
        drop(self, requests, decisions, index, cohort)

    patch.setattr(ContactDesk, "_drop", counted)


@mutant("caps", "cap")
def caps_by_cell_take_else(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "_maximum", lambda self, cap, rows: cap.maximum)


@mutant("caps", "cap")
def caps_forget_their_scope(patch: Patch) -> None:
    original = ContactPolicyGates._make_memory

    def wide(self: ContactPolicyGates, customers: int) -> None:
        original(self, customers)
        for counted in self._counted_sites:
            self._counted_sites[counted][:] = True

    patch.setattr(ContactPolicyGates, "_make_memory", wide)


@mutant("caps", "held_too_long", "held", "cap")
def the_longest_wait_is_forgotten(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, for_at_most=None))


# ---------------------------------------------------------------------- gaps, pauses, hours


def _with_own_run(patch: Patch, ignored: bool) -> None:
    last = LastContact.last
    patch.setattr(LastContact, "last", lambda self, label, customer, run, _: last(self, label, customer, run, ignored))


@mutant("clocks", "gap")
def gaps_obey_the_own_run(patch: Patch) -> None:
    _with_own_run(patch, False)


@mutant("chains", "gap")
def gaps_ignore_the_own_run(patch: Patch) -> None:
    _with_own_run(patch, True)


@mutant("clocks", "gap", "held")
def gaps_are_a_minute_short(patch: Patch) -> None:
    last = LastContact.last
    patch.setattr(LastContact, "last", lambda self, *given: last(self, *given) - 60)


@mutant("clocks", "gap")
def offers_have_no_gap(patch: Patch) -> None:
    _with_policy(patch, "_gaps", lambda policy: replace(policy, min_gap=replace(policy.min_gap, same_offer=None)))


@mutant("clocks", "pause")
def pauses_are_ignored(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "_pauses", _nothing)


@mutant("clocks", "quiet_hours")
def quiet_hours_are_the_companys(patch: Patch) -> None:
    def change(policy: Any) -> Any:
        return replace(policy, quiet_hours=replace(policy.quiet_hours, zone="company"))

    _with_policy(patch, "_quiet_hours", change)


@mutant("clocks", "quiet_hours", "held")
def quiet_hours_end_a_minute_late(patch: Patch) -> None:
    def change(policy: Any) -> Any:
        return replace(policy, quiet_hours=replace(policy.quiet_hours, end=policy.quiet_hours.end + 60))

    _with_policy(patch, "_quiet_hours", change)


@mutant("clocks", "quiet_hours", "gap", "cap", "pause", "condition", "no_consent")
def held_contacts_go_out_unexamined(patch: Patch) -> None:
    decide = ContactPolicyGates.decide

    def careless(self: ContactPolicyGates, requests: Requests) -> Any:
        decisions = decide(self, requests)
        again = (requests.due_first < requests.time) & (decisions.verdict == HOLD)
        decisions.verdict[again], decisions.reason[again], decisions.rule[again] = SEND, 0, -1
        return decisions

    patch.setattr(ContactPolicyGates, "decide", careless)


@mutant("clocks", "due")
def held_contacts_never_come_back(patch: Patch) -> None:
    hold = ContactDesk._hold

    def lost(self: ContactDesk, *given: Any) -> None:
        push = self.engine.agenda.push
        self.engine.agenda.push = _nothing  # type: ignore[method-assign]
        hold(self, *given)
        self.engine.agenda.push = push  # type: ignore[method-assign]

    patch.setattr(ContactDesk, "_hold", lost)


@mutant("clocks", "offer_expired", "held", "due")
def validity_is_ignored(patch: Patch) -> None:
    make = ContactPolicyGates.__init__

    def endless(self: ContactPolicyGates, program: Any, sites: Any, *given: Any) -> None:
        sites.deliver_by[:] = np.iinfo(np.int64).max // 4
        make(self, program, sites, *given)

    patch.setattr(ContactPolicyGates, "__init__", endless)


# ---------------------------------------------------------------------- who may be written to


@mutant("caps", "no_consent")
def withdrawn_consent_is_ignored(patch: Patch) -> None:
    patch.setattr(Observed, "withdraw", _nothing)


@mutant("caps", "no_consent")
def service_needs_no_consent(patch: Patch) -> None:
    reaches = ContactPolicyGates.reaches

    def lenient(self: ContactPolicyGates, customer: Any, site: Any) -> Any:
        address, consent = reaches(self, customer, site)
        return address, consent | self.sites.service.take(site)

    patch.setattr(ContactPolicyGates, "reaches", lenient)


@mutant("caps", "no_address")
def dead_addresses_are_used(patch: Patch) -> None:
    patch.setattr(Observed, "lose_address", _nothing)


@mutant("caps", "control")
def control_gets_everything(patch: Patch) -> None:
    control = ContactPolicyGates._control

    def blind(self: ContactPolicyGates, *given: Any) -> None:
        kept, self.control = self.control, np.zeros_like(self.control)
        control(self, *given)
        self.control = kept

    patch.setattr(ContactPolicyGates, "_control", blind)


@mutant("caps", "control")
def control_misses_its_exempt_messages(patch: Patch) -> None:
    original = ContactPolicyGates._control

    def strict(self: ContactPolicyGates, requests: Requests, decisions: Any) -> None:
        decisions.drop(self.control.take(requests.customer - self.first_customer), "control")
        original(self, requests, decisions)

    patch.setattr(ContactPolicyGates, "_control", strict)


@mutant("chains", "holdout")
def ghosts_are_written_to(patch: Patch) -> None:
    original = ContactPolicyGates._control

    def visible(self: ContactPolicyGates, requests: Requests, decisions: Any) -> None:
        original(self, replace(requests, ghost=np.zeros_like(requests.ghost)), decisions)

    patch.setattr(ContactPolicyGates, "_control", visible)


@mutant("chains", "shares", "holdout")
def nobody_is_held_out(patch: Patch) -> None:
    original = engine_module.named_uniform
    patch.setattr(
        engine_module, "named_uniform", lambda keys, name: original(keys, name) + 2 * name.startswith("holdout")
    )


@mutant("caps", "sunset")
def sunset_is_ignored(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "_sunset", _nothing)


@mutant("caps", "budget")
def the_budget_is_ignored(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "_budget", _nothing)


@mutant("clocks", "quiet_hours", "gap", "cap")
def exemptions_are_ignored(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "_obeys", lambda self, family, site: np.True_)


# ---------------------------------------------------------------------- chains


@mutant("chains", "exit_on")
def exits_are_ignored(patch: Patch) -> None:
    make = Triggers.__init__

    def deaf(self: Triggers, engine: Engine) -> None:
        make(self, engine)
        self.exit_bits[:] = 0

    patch.setattr(Triggers, "__init__", deaf)


@mutant("chains", "exit_on")
def exits_come_five_minutes_late(patch: Patch) -> None:
    end_runs = Engine.end_runs

    def late(self: Engine, run: Any, time: Any, reason: str) -> None:
        if reason != "exit_event":
            end_runs(self, run, time, reason)
            return
        customer = self.runs.customer.take(run)
        self.agenda.push(self.kind + TIMEOUT, customer, time + 300, self.runs.key.take(run), run)

    patch.setattr(Engine, "end_runs", late)


@mutant("chains", "withdrawal")
def exits_withdraw_silently(patch: Patch) -> None:
    patch.setattr(ContactDesk, "withdraw", _nothing)


@mutant("chains", "timeout")
def timeouts_are_ignored(patch: Patch) -> None:
    patch.setattr(Engine, "_on_timeout", _nothing)


@mutant("chains", "main_chain")
def every_chain_speaks(patch: Patch) -> None:
    patch.setattr(MainChain, "of", lambda self, customer: np.zeros(customer.size, np.int64))


@mutant("chains", "main_chain")
def the_lowest_priority_leads(patch: Patch) -> None:
    leads = MainChain._leads
    patch.setattr(MainChain, "_leads", lambda self, run, other: leads(self, other, run))


@mutant("chains", "entry")
def reentry_counts_from_the_exit(patch: Patch) -> None:
    end_runs = Engine.end_runs

    def noted(self: Engine, run: Any, time: Any, reason: str) -> None:
        end_runs(self, run, time, reason)
        for chain in np.unique(self.runs.chain.take(run)).tolist():
            index = self.runs.chain.take(run) == chain
            self.triggers.note_entry(chain, self.runs.customer.take(run[index]), time[index])

    patch.setattr(Engine, "end_runs", noted)


@mutant("chains", "reentry")
def everybody_may_enter_again(patch: Patch) -> None:
    patch.setattr(Triggers, "note_entry", _nothing)


@mutant("chains", "on_retrigger")
def restarts_leave_the_old_run_going(patch: Patch) -> None:
    patch.setattr(Engine, "_end_running", _nothing)


@mutant("chains", "on_retrigger")
def a_second_run_begins_beside_the_first(patch: Patch) -> None:
    patch.setattr(Engine, "is_running", lambda self, chain, customer, *more, **given: np.zeros(customer.size, bool))


@mutant("chains", "enter", "trigger")
def entry_conditions_are_ignored(patch: Patch) -> None:
    make = Engine.__init__

    def careless(self: Engine, program: Any, *given: Any) -> None:
        scenario = program.scenario
        chains = tuple(replace(chain, enter=None) for chain in scenario.chains)
        program.scenario = replace(scenario, chains=chains)
        make(self, program, *given)

    patch.setattr(Engine, "__init__", careless)


@mutant("chains", "condition", "steps")
def while_is_ignored(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "condition_fails", lambda self, requests: np.zeros(requests.size, bool))


@mutant("chains", "goal")
def the_goal_counts_once_too_often(patch: Patch) -> None:
    original = Engine._goal_open

    def generous(self: Engine, run: Any, time: Any) -> Any:
        self.runs.goal_done[run] = False
        return original(self, run, time)

    patch.setattr(Engine, "_goal_open", generous)


# ---------------------------------------------------------------------- steps and time


@mutant("clocks", "waits", "due")
def waits_count_from_the_request(patch: Patch) -> None:
    def early(self: Interpreter, run: Any, time: Any, pc: Any) -> Any:
        until = np.maximum(np.minimum(self.runs.due_first.take(run), time) + self.operations.a.take(pc), time)
        behind_a_send = self.operations.code.take(np.maximum(pc - 1, 0)) == interpreter_module.ops.SEND
        until = np.where(behind_a_send, until, time + self.operations.a.take(pc))
        return self._wait_until(run, time, until, pc)

    patch.setattr(Interpreter, "_wait", early)


@mutant("clocks", "waits", "due", "minutes")
def minutes_are_not_whole(patch: Patch) -> None:
    patch.setattr(interpreter_module, "next_minute", lambda time: time)


@mutant("clocks", "waits", "due")
def clocks_are_the_companys(patch: Patch) -> None:
    original = Interpreter._wait_clock

    def company(self: Interpreter, *given: Any) -> Any:
        zones = self.observed.zone_hours.copy()
        self.observed.zone_hours[:] = 0
        going = original(self, *given)
        self.observed.zone_hours[:] = zones
        return going

    patch.setattr(Interpreter, "_wait_clock", company)


@mutant("clocks", "waits", "due")
def weekends_are_working_days(patch: Patch) -> None:
    original = Interpreter._wait_clock

    def always(self: Interpreter, run: Any, time: Any, pc: Any) -> Any:
        kept = self.operations.b.copy()
        self.operations.b[:] = 0
        going = original(self, run, time, pc)
        self.operations.b[:] = kept
        return going

    patch.setattr(Interpreter, "_wait_clock", always)


@mutant("chains", "steps", "waits", "due")
def waits_for_events_are_deaf(patch: Patch) -> None:
    patch.setattr(Interpreter, "hear", _nothing)


@mutant("caps", "waits", "due", "steps", "cap")
def caps_move_a_cascade_to_the_louder_channel(patch: Patch) -> None:
    original = _ChainCompiler._cascade

    def loud(self: _ChainCompiler, cascade: Any) -> None:
        rungs = tuple(replace(rung, send=replace(rung.send, on_capped="next")) for rung in cascade.rungs)
        original(self, replace(cascade, rungs=rungs))

    patch.setattr(_ChainCompiler, "_cascade", loud)


@mutant("clocks", "channel", "no_address", "no_consent")
def first_of_takes_the_first_channel(patch: Patch) -> None:
    patch.setattr(ContactDesk, "_first_that_reaches", lambda self, customer, site: np.zeros(site.size, np.int64))


@mutant("caps", "arbitration")
def the_lowest_priority_goes_first(patch: Patch) -> None:
    order = ContactDesk.order
    patch.setattr(ContactDesk, "order", lambda self, payload, ranks: -order(self, payload, ranks))


@mutant("caps", "due")
def nothing_is_ever_sent(patch: Patch) -> None:
    patch.setattr(ContactDesk, "on_send", _nothing)


@mutant("caps", "cap")
def everything_is_capped(patch: Patch) -> None:
    kth_last = Ring.kth_last
    patch.setattr(Ring, "kth_last", lambda self, customer, k: kth_last(self, customer, 1))


@mutant("clocks", "entry")
def nobody_ever_enters(patch: Patch) -> None:
    patch.setattr(Triggers, "may_enter", lambda self, chain, customer, *given: np.zeros(customer.size, bool))


@mutant("clocks", "due")
def campaigns_reach_nobody(patch: Patch) -> None:
    patch.setattr(CampaignCalendar, "_push", _nothing)


@mutant("clocks", "campaigns")
def campaigns_go_to_everybody(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "leaves_out", lambda self, requests, asked: np.zeros(requests.size, bool))


@mutant("chains", "exit_on", "steps", "exit")
def ended_runs_still_send(patch: Patch) -> None:
    end_runs = Engine.end_runs

    def undead(self: Engine, run: Any, time: Any, reason: str) -> None:
        state = self.runs.state.take(run).copy()
        end_runs(self, run, time, reason)
        if reason == "exit_event":
            self.runs.state[run] = state

    patch.setattr(Engine, "end_runs", undead)
