"""Broken parts that no other family breaks: single kinds of gaps, waits, splits, triggers, rungs, reports, doubles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from strategies import faults
from strategies.actions import Actions
from strategies.compiler import _ChainCompiler
from strategies.dates import Dates
from strategies.gates.gaps import Gaps
from strategies.hub import Hub
from strategies.inactivity import Inactivity
from strategies.interpreter import Interpreter, named_uniform
from strategies.occurrence import Occurrence
from strategies.own_actions import OwnActions
from strategies.triggers import Triggers
from strategies.vocabulary import EVENT_CODE
from tests.audit.mutants import Patch, mutant, nothing


def _without_gap(patch: Patch, kind: str) -> None:
    make = Gaps.__init__

    def poorer(self: Gaps, ground: Any) -> None:
        make(self, ground)
        self.gaps = [gap for gap in self.gaps if gap.kind != kind]

    patch.setattr(Gaps, "__init__", poorer)


@mutant("clocks", "gap")
def topics_have_no_gap(patch: Patch) -> None:
    _without_gap(patch, "same_topic")


@mutant("limits", "gap")
def purposes_have_no_gap(patch: Patch) -> None:
    _without_gap(patch, "same_purpose")


@mutant("limits", "gap")
def messages_have_no_gap(patch: Patch) -> None:
    _without_gap(patch, "same_message")


@mutant("clocks", "waits", "due")
def windows_of_waits_are_always_open(patch: Patch) -> None:
    patch.setattr(Interpreter, "_wait_window", lambda self, run, time, pc: self._wait_until(run, time, time, pc))


@mutant("clocks", "waits", "due")
def waits_from_entry_count_from_now(patch: Patch) -> None:
    patch.setattr(Interpreter, "_wait_from_entry", Interpreter._wait)


@mutant("chains", "shares")
def everybody_takes_the_first_arm(patch: Patch) -> None:
    def first(keys: Any, name: str) -> Any:
        return named_uniform(keys, name) * (0 if name.startswith("split") else 1)

    patch.setattr("strategies.interpreter.named_uniform", first)


@mutant("chains", "steps", "waits", "due")
def every_branch_is_taken(patch: Patch) -> None:
    patch.setattr(Interpreter, "_holds", lambda self, run, time, pc: np.ones(run.size, bool))


@mutant("chains", "entry")
def nobody_is_missed(patch: Patch) -> None:
    patch.setattr(Inactivity, "on_moment", nothing)


@mutant("clocks", "entry")
def schedules_start_nothing(patch: Patch) -> None:
    patch.setattr(Triggers, "plan", nothing)


@mutant("chains", "entry", "segment")
def segments_are_never_looked_at(patch: Patch) -> None:
    patch.setattr(Triggers, "refresh_segments", nothing)


@mutant("triggers", "entry")
def dates_never_come(patch: Patch) -> None:
    patch.setattr(Dates, "on_moment", nothing)


@mutant("caps", "steps", "waits", "due", "exit", "entry", "action")
def cascades_have_one_rung(patch: Patch) -> None:
    original = _ChainCompiler._cascade

    def short(self: _ChainCompiler, cascade: Any, *given: Any) -> None:
        original(self, replace(cascade, rungs=cascade.rungs[:1]), *given)

    patch.setattr(_ChainCompiler, "_cascade", short)


@mutant("caps", "steps", "waits", "due")
def cascades_ask_no_conditions(patch: Patch) -> None:
    original = _ChainCompiler._cascade

    def deaf(self: _ChainCompiler, cascade: Any, *given: Any) -> None:
        rungs = tuple(replace(rung, unless=()) for rung in cascade.rungs)
        original(self, replace(cascade, rungs=rungs), *given)

    patch.setattr(_ChainCompiler, "_cascade", deaf)


@mutant("caps", "steps", "waits", "due")
def cascades_hear_no_signals(patch: Patch) -> None:
    original = _ChainCompiler._cascade

    def deaf(self: _ChainCompiler, cascade: Any, *given: Any) -> None:
        rungs = tuple(replace(rung, signals=()) for rung in cascade.rungs)
        original(self, replace(cascade, rungs=rungs), *given)

    patch.setattr(_ChainCompiler, "_cascade", deaf)


@mutant("chains", "reports")
def answers_come_to_unknown_messages(patch: Patch) -> None:
    tell = Hub.contact_event

    def strange(self: Hub, event: int, customer: Any, time: Any, key: Any, *given: Any) -> None:
        tell(self, event, customer, time, key + np.uint64(event == EVENT_CODE["opened"]), *given)

    patch.setattr(Hub, "contact_event", strange)


@mutant("actions", "unsubscribe")
def the_company_unsubscribes_without_a_row(patch: Patch) -> None:
    patch.setattr(Actions, "_withdraw", nothing)


@mutant("faults", "trigger", "entry", "exit_on", "on_retrigger")
def what_is_told_twice_is_heard_once(patch: Patch) -> None:
    arrives = OwnActions.arrives

    def once(self: OwnActions, done: Occurrence, reason: int) -> None:
        if reason == faults.AGAIN:
            self._log(done, reason)
        else:
            arrives(self, done, reason)

    patch.setattr(OwnActions, "arrives", once)
