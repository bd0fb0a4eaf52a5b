"""Broken actions and tasks: what is written is lost, pauses and stops do nothing, the wrong people are called."""

from __future__ import annotations

from typing import Any

import numpy as np

from strategies import teams
from strategies.actions import Actions
from strategies.card import Card
from strategies.contacts import ContactDesk
from strategies.context import FieldReader
from strategies.decisions import Decisions
from strategies.interpreter import Interpreter
from strategies.observed import Observed
from strategies.policy import ContactPolicyGates
from strategies.run_life import RunLife
from strategies.runs import LISTENING, WAITING
from strategies.shares import Share
from strategies.teams import Teams
from strategies.triggers import Triggers
from tests.audit.mutants import Patch, mutant, nothing


@mutant("actions", "action", "entry", "steps")
def fields_are_not_written(patch: Patch) -> None:
    patch.setattr(Card, "set", nothing)


@mutant("actions", "action", "entry", "steps")
def formulas_see_the_card_as_it_was(patch: Patch) -> None:
    """Numbers do not grow: what a formula asks of the card is what the card began with."""
    original = FieldReader.value

    def stale(self: FieldReader, formula: Any, rows: Any) -> Any:
        kept = {name: column.copy() for name, column in self.card.values.items()}
        for name, field in self.card.fields.items():
            if field.type == "number" and field.default is not None:
                self.card.values[name][:] = round(float(field.default) * 10_000)
        found = original(self, formula, rows)
        self.card.values = kept
        return found

    patch.setattr(FieldReader, "value", stale)


@mutant("actions", "entry")
def changes_of_fields_start_nothing(patch: Patch) -> None:
    patch.setattr(Triggers, "field_changed", nothing)


@mutant("actions", "action", "segment")
def static_segments_do_not_change(patch: Patch) -> None:
    patch.setattr(Card, "change_membership", nothing)


@mutant("actions", "segment", "entry")
def members_enter_without_an_event(patch: Patch) -> None:
    patch.setattr(Triggers, "member_changed", nothing)


@mutant("actions", "action", "no_consent")
def the_company_keeps_the_consent_that_it_gave_up(patch: Patch) -> None:
    patch.setattr(Observed, "withdraw", nothing)


@mutant("actions", "action")
def topics_cannot_be_given_up(patch: Patch) -> None:
    patch.setattr(Actions, "_bits", lambda self, topics: np.uint64(0))


@mutant("actions", "entry")
def chains_are_not_started(patch: Patch) -> None:
    original = RunLife.enter

    def careless(self: RunLife, chain: int, customer: Any, time: Any, *given: Any, **more: Any) -> Any:
        if self.engine.program.chains[chain].name == "helper":
            return np.zeros(customer.size, bool)
        return original(self, chain, customer, time, *given, **more)

    patch.setattr(RunLife, "enter", careless)


@mutant("actions", "stop", "action", "waits")
def stop_stops_nothing(patch: Patch) -> None:
    original = RunLife.end_running

    def lenient(self: RunLife, chain: int, customer: Any, time: Any, reason: str) -> None:
        if reason != "stopped":
            original(self, chain, customer, time, reason)

    patch.setattr(RunLife, "end_running", lenient)


@mutant("actions", "due", "waits", "held", "paused")
def paused_runs_go_on(patch: Patch) -> None:
    patch.setattr(RunLife, "pause_running", nothing)


@mutant("actions", "paused")
def a_pause_does_not_hold_contacts(patch: Patch) -> None:
    patch.setattr(Decisions, "pause", nothing)


@mutant("actions", "waits", "due", "steps")
def pauses_lengthen_waits(patch: Patch) -> None:
    not_paused = Interpreter._not_paused

    def still_listening(self: Interpreter, run: Any, time: Any) -> Any:
        listening = run[self.runs.state.take(run) == LISTENING]
        going = not_paused(self, run, time)
        self.runs.state[listening[self.runs.state.take(listening) == WAITING]] = LISTENING
        return going

    patch.setattr(Interpreter, "_not_paused", still_listening)


@mutant("actions", "waits", "due", "steps")
def paused_runs_look_at_nothing(patch: Patch) -> None:
    patch.setattr(Interpreter, "wake", lambda self, run, time: self.advance(*self._not_paused(run, time)))


@mutant("actions", "held_too_long", "held", "cap")
def pauses_use_up_the_longest_wait(patch: Patch) -> None:
    hold = ContactDesk._hold

    def counting(self: ContactDesk, requests: Any, decisions: Any, index: Any, cohort: Any) -> None:
        hold(self, requests, decisions, index, cohort)
        runs, run = self.engine.runs, requests.run.take(index)
        runs.held_since[run] = np.minimum(runs.held_since.take(run), requests.time.take(index))

    patch.setattr(ContactDesk, "_hold", counting)


@mutant("actions", "action")
def ghosts_act(patch: Patch) -> None:
    carry_out = Actions.carry_out

    def as_anybody(self: Actions, run: Any, time: Any, number: Any) -> None:
        ghosts = self.engine.runs.ghost[run].copy()
        self.engine.runs.ghost[run] = False
        carry_out(self, run, time, number)
        self.engine.runs.ghost[run] = ghosts

    patch.setattr(Actions, "carry_out", as_anybody)


@mutant("actions", "action")
def the_control_group_leaves_the_house(patch: Patch) -> None:
    carry_out = Actions.carry_out

    def blind(self: Actions, run: Any, time: Any, number: Any) -> None:
        control, self.engine.control = self.engine.control, np.zeros_like(self.engine.control)
        carry_out(self, run, time, number)
        self.engine.control = control

    patch.setattr(Actions, "carry_out", blind)


# ---------------------------------------------------------------------- tasks


@mutant("tasks", "task")
def everybody_may_be_called(patch: Patch) -> None:
    def lenient(self: Teams, *given: Any) -> Decisions:
        requests = self._requests(*given)
        return Decisions(requests, requests.time)

    patch.setattr(Teams, "_may_do", lenient)


@mutant("tasks", "team")
def a_team_calls_without_end(patch: Patch) -> None:
    patch.setattr(Teams, "seconds_in", lambda self, team, time: 1_000_000)


@mutant("tasks", "task")
def a_team_works_round_the_clock(patch: Patch) -> None:
    patch.setattr(Teams, "hours", lambda self, team, time: (0, 3_600))


@mutant("tasks", "team")
def every_task_takes_a_second(patch: Patch) -> None:
    original = Teams.__init__

    def quick(self: Teams, engine: Any) -> None:
        original(self, engine)
        self._seconds[:] = 1

    patch.setattr(Teams, "__init__", quick)


@mutant("tasks", "team")
def idle_people_save_up_their_time(patch: Patch) -> None:
    def saving(self: Share, amount: int, used: Any, waits: Any) -> None:
        self._left = self._left + amount * self._ours - used * self._everybody

    patch.setattr(Share, "spend", saving)


@mutant("tasks", "team")
def what_did_not_fit_an_hour_is_begun_anew(patch: Patch) -> None:
    spend = Share.spend

    def forgetful(self: Share, amount: int, used: Any, waits: Any) -> None:
        spend(self, amount, used, waits)
        self._left = np.zeros_like(self._left)

    patch.setattr(Share, "spend", forgetful)


@mutant("tasks", "task")
def work_is_a_call(patch: Patch) -> None:
    patch.setattr(Teams, "_is_work", lambda self, payload: np.zeros(payload.size, bool))


@mutant("tasks", "waits", "entry", "due")
def nobody_hears_how_a_task_ended(patch: Patch) -> None:
    patch.setattr(teams, "_OUTCOME_OF", np.full_like(teams._OUTCOME_OF, -1))


@mutant("tasks", "task")
def calls_disturb_quiet_hours(patch: Patch) -> None:
    original = ContactPolicyGates.__init__

    def deaf(self: ContactPolicyGates, *given: Any) -> None:
        original(self, *given)
        self.of_calls = ()

    patch.setattr(ContactPolicyGates, "__init__", deaf)


@mutant("tasks", "task")
def tasks_outlive_their_runs(patch: Patch) -> None:
    patch.setattr(Teams, "call_off", nothing)


@mutant("tasks", "task")
def tasks_are_called_off_by_a_good_end(patch: Patch) -> None:
    original = Teams.call_off
    patch.setattr(Teams, "call_off", lambda self, run, reason: original(self, run, "timeout"))


@mutant("tasks", "task")
def tasks_never_expire(patch: Patch) -> None:
    give = Teams.give

    def patient(self: Teams, team: str, site: int, within: int, *given: Any) -> None:
        give(self, team, site, 10 * within, *given)

    patch.setattr(Teams, "give", patient)


@mutant("tasks", "waits", "entry", "due", "exit_on")
def nobody_hears_of_closed_tasks(patch: Patch) -> None:
    patch.setattr(Teams, "_react", nothing)
