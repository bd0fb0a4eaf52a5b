"""Broken chains: entries, exits, main chain, waits, steps, arbitration, campaigns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from strategies import program as operations
from strategies.alternatives import Alternatives
from strategies.campaigns import CampaignCalendar
from strategies.compiler import _ChainCompiler
from strategies.contacts import ContactDesk
from strategies.counting import Ring
from strategies.engine import Engine
from strategies.gates.main_chain import MainChainGate
from strategies.gates.validity import Validity
from strategies.interpreter import Interpreter
from strategies.kinds import TIMEOUT
from strategies.mainchain import MainChain
from strategies.moving_on import MovingOn
from strategies.occurrence import Occurrence
from strategies.run_life import RunLife
from strategies.triggers import Triggers
from tests.audit.mutants import Patch, mutant, nothing


@mutant("chains", "exit_on")
def exits_are_ignored(patch: Patch) -> None:
    make = Triggers.__init__

    def deaf(self: Triggers, engine: Engine) -> None:
        make(self, engine)
        self.exit_bits[:] = 0

    patch.setattr(Triggers, "__init__", deaf)


@mutant("chains", "exit_on")
def exits_come_five_minutes_late(patch: Patch) -> None:
    end_runs = RunLife.end_runs

    def late(self: RunLife, run: Any, time: Any, reason: str) -> None:
        if reason != "exit_event":
            end_runs(self, run, time, reason)
            return
        customer = self.runs.customer.take(run)
        self.engine.agenda.push(self.engine.kind + TIMEOUT, customer, time + 300, self.runs.key.take(run), run)

    patch.setattr(RunLife, "end_runs", late)


@mutant("chains", "withdrawal")
def exits_withdraw_silently(patch: Patch) -> None:
    patch.setattr(ContactDesk, "withdraw", nothing)


@mutant("chains", "timeout")
def timeouts_are_ignored(patch: Patch) -> None:
    patch.setattr(RunLife, "on_timeout", nothing)


@mutant("chains", "main_chain")
def every_chain_speaks(patch: Patch) -> None:
    patch.setattr(MainChain, "of", lambda self, customer, *listed: np.zeros(customer.size, np.int64))


@mutant("chains", "main_chain")
def the_lowest_priority_leads(patch: Patch) -> None:
    standing = MainChain._standing
    patch.setattr(MainChain, "_standing", lambda self, run: -standing(self, run))


@mutant("chains", "due", "held")
def everybody_is_woken_whoever_stands_before_him(patch: Patch) -> None:
    wake = RunLife._wake_displaced

    def blind(self: RunLife, customer: Any, time: Any) -> None:
        with patch.context() as within:
            within.setattr(MainChainGate, "in_the_way", lambda self, customer, *more: np.zeros(customer.size, np.int64))
            wake(self, customer, time)

    patch.setattr(RunLife, "_wake_displaced", blind)


@mutant("chains", "entry")
def reentry_counts_from_the_exit(patch: Patch) -> None:
    end_runs = RunLife.end_runs

    def noted(self: RunLife, run: Any, time: Any, reason: str) -> None:
        end_runs(self, run, time, reason)
        for chain in np.unique(self.runs.chain.take(run)).tolist():
            index = self.runs.chain.take(run) == chain
            self.engine.triggers.note_entry(chain, self.runs.customer.take(run[index]), time[index])

    patch.setattr(RunLife, "end_runs", noted)


@mutant("chains", "reentry")
def everybody_may_enter_again(patch: Patch) -> None:
    patch.setattr(Triggers, "note_entry", nothing)


@mutant("chains", "on_retrigger")
def restarts_leave_the_old_run_going(patch: Patch) -> None:
    patch.setattr(RunLife, "end_running", nothing)


@mutant("chains", "on_retrigger")
def a_second_run_begins_beside_the_first(patch: Patch) -> None:
    patch.setattr(RunLife, "is_running", lambda self, chain, customer, *more, **given: np.zeros(customer.size, bool))


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
    patch.setattr(Validity, "condition_fails", lambda self, requests, *asked: np.zeros(requests.size, bool))


@mutant("chains", "goal")
def the_goal_counts_once_too_often(patch: Patch) -> None:
    original = RunLife.goal_open

    def generous(self: RunLife, run: Any, time: Any) -> Any:
        self.runs.goal_done[run] = False
        return original(self, run, time)

    patch.setattr(RunLife, "goal_open", generous)


# ---------------------------------------------------------------------- steps and time


@mutant("clocks", "waits", "due")
def waits_count_from_the_request(patch: Patch) -> None:
    def early(self: Interpreter, run: Any, time: Any, pc: Any) -> Any:
        until = np.maximum(np.minimum(self.runs.due_first.take(run), time) + self.operations.a.take(pc), time)
        behind_a_send = self.operations.code.take(np.maximum(pc - 1, 0)) == operations.SEND
        until = np.where(behind_a_send, until, time + self.operations.a.take(pc))
        return self._wait_until(run, time, until, pc)

    patch.setattr(Interpreter, "_wait", early)


@mutant("clocks", "waits", "due", "minutes")
def minutes_are_not_whole(patch: Patch) -> None:
    patch.setattr("strategies.interpreter.next_minute", lambda time: time)


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
    patch.setattr(Interpreter, "hear", nothing)


@mutant("caps", "waits", "due", "steps", "cap")
def caps_move_a_cascade_to_the_louder_channel(patch: Patch) -> None:
    original = _ChainCompiler._cascade

    def loud(self: _ChainCompiler, cascade: Any, *given: Any) -> None:
        rungs = tuple(replace(rung, send=replace(rung.send, on_capped="next")) for rung in cascade.rungs)
        original(self, replace(cascade, rungs=rungs), *given)

    patch.setattr(_ChainCompiler, "_cascade", loud)


@mutant("clocks", "quiet_hours", "held")
def the_night_moves_a_cascade_on(patch: Patch) -> None:
    patch.setattr(MovingOn, "_gains", lambda self, requests, hours: np.ones(requests.size, bool))


@mutant("clocks", "pause")
def what_holds_never_moves_a_cascade_on(patch: Patch) -> None:
    patch.setattr(MovingOn, "_gains", lambda self, requests, hours: np.zeros(requests.size, bool))


@mutant("clocks", "channel", "no_address", "no_consent")
def first_of_takes_the_first_channel(patch: Patch) -> None:
    patch.setattr(Alternatives, "first_that_reaches", lambda self, customer, time, site: np.zeros(site.size, np.int64))


@mutant("caps", "arbitration")
def the_lowest_priority_goes_first(patch: Patch) -> None:
    order = ContactDesk.order
    patch.setattr(ContactDesk, "order", lambda self, payload, ranks: -order(self, payload, ranks))


@mutant("caps", "due")
def nothing_is_ever_sent(patch: Patch) -> None:
    patch.setattr(ContactDesk, "on_send", nothing)


@mutant("caps", "cap")
def everything_is_capped(patch: Patch) -> None:
    kth_last = Ring.kth_last
    patch.setattr(Ring, "kth_last", lambda self, customer, k: kth_last(self, customer, 1))


@mutant("clocks", "entry")
def nobody_ever_enters(patch: Patch) -> None:
    def nobody(self: Triggers, chain: int, occurrence: Occurrence) -> tuple[Any, Any]:
        return np.zeros(occurrence.size, bool), np.zeros(occurrence.size, bool)

    patch.setattr(Triggers, "may_enter", nobody)


@mutant("clocks", "due")
def campaigns_reach_nobody(patch: Patch) -> None:
    patch.setattr(CampaignCalendar, "_push", nothing)


@mutant("clocks", "campaigns")
def campaigns_go_to_everybody(patch: Patch) -> None:
    patch.setattr(Validity, "leaves_out", lambda self, requests, asked: np.zeros(requests.size, bool))


@mutant("chains", "exit_on", "steps", "exit")
def ended_runs_still_send(patch: Patch) -> None:
    end_runs = RunLife.end_runs

    def undead(self: RunLife, run: Any, time: Any, reason: str) -> None:
        state = self.runs.state.take(run).copy()
        end_runs(self, run, time, reason)
        if reason == "exit_event":
            self.runs.state[run] = state

    patch.setattr(RunLife, "end_runs", undead)
