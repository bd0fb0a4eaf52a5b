"""Broken dialects' rows, and changes that do not come, come late, or take too much or too little along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim.kernel.calendar import DAY
from strategies.changes import phases
from strategies.contact_policy import Cap
from strategies.gates.caps import Caps
from strategies.gates.ground import Ground
from strategies.language import dialects
from strategies.phases import rules_over_time
from strategies.policy import ContactPolicyGates
from tests.audit import toy_world
from tests.audit.mutants import Patch, mutant


def _with_caps(patch: Patch, change: Callable[[Cap], Cap]) -> None:
    original = Caps.examine_cap

    def changed(self: Caps, cap: Cap, *given: Any) -> None:
        original(self, change(cap), *given)

    patch.setattr(Caps, "examine_cap", changed)


@mutant("vendors", "cap")
def weeks_from_sunday_begin_on_monday(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, week_from="monday"))


@mutant("vendors", "cap", "held")
def several_local_days_are_hours(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, calendar=None, rolling=cap.days * DAY, days=1) if cap.days > 1 else cap)


@mutant("vendors", "cap", "held")
def a_retry_waits_for_the_window(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, every=None))


@mutant("vendors", "held_too_long")
def attempts_never_end(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, attempts=None))


@mutant("vendors", "cap")
def every_cap_binds_beside_those_in_its_place(patch: Patch) -> None:
    make = Caps.__init__

    def alone(self: Caps, ground: Ground) -> None:
        make(self, ground)
        self.instead_of = {}

    patch.setattr(Caps, "__init__", alone)


@mutant("vendors", "cap", "held", "held_too_long")
def an_own_rule_holds_beside_the_default(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, own_rule="also"))


@mutant("vendors", "cap")
def a_cap_for_a_segment_stands_in_for_everybody(patch: Patch) -> None:
    binds = Caps._binds

    def wide(self: Caps, row: Any, *given: Any) -> Any:
        return binds(self, replace(row, cap=replace(row.cap, scope=replace(row.cap.scope, segments=()))), *given)

    patch.setattr(Caps, "_binds", wide)


@mutant("vendors", "at_goal")
def goals_end_nothing(patch: Patch) -> None:
    policy = Ground.policy
    patch.setattr(Ground, "policy", property(lambda self: replace(policy.fget(self), at_goal="go_on")))


@mutant("changes", "cap", "changes", "main_chain")
def nothing_ever_changes(patch: Patch) -> None:
    patch.setattr("strategies.phases.phases", lambda scenario: phases(scenario)[:1])


@mutant("changes", "cap", "changes")
def changes_come_a_day_late(patch: Patch) -> None:
    def late(scenario: Any) -> Any:
        return [replace(part, begin=part.begin + DAY * (part.begin > 0)) for part in phases(scenario)]

    patch.setattr("strategies.phases.phases", late)


def _with_phases(patch: Patch, **more: Any) -> None:
    patch.setattr("strategies.phases.phases", lambda scenario: [replace(part, **more) for part in phases(scenario)])


@mutant("changes", "cap")
def counters_are_never_reset(patch: Patch) -> None:
    _with_phases(patch, counters="keep")


@mutant("changes", "cap")
def counters_are_always_reset(patch: Patch) -> None:
    _with_phases(patch, counters="reset")


@mutant("changes", "changes")
def runs_outlive_every_change(patch: Patch) -> None:
    _with_phases(patch, runs="keep")


@mutant("changes", "changes")
def runs_end_with_every_change(patch: Patch) -> None:
    _with_phases(patch, runs="end")


@mutant("changes", "held", "due")
def what_waits_is_left_waiting(patch: Patch) -> None:
    def patient(ground: Ground) -> Any:
        parts = rules_over_time(ground)
        for rules in parts:
            rules.gates.until = None
        return parts

    patch.setattr("strategies.engine.rules_over_time", patient)


@mutant("vendors", "held", "due")
def changes_add_an_attempt(patch: Patch) -> None:
    precede = ContactPolicyGates.precede

    def hasty(self: ContactPolicyGates, *given: Any) -> None:
        precede(self, *given)
        self.lasting = []

    patch.setattr(ContactPolicyGates, "precede", hasty)


@mutant("changes", "cap")
def a_bundle_loses_its_later_rows(patch: Patch) -> None:
    rows_of = dialects.rows_of

    def short(name: str) -> Any:
        below = rows_of(name)
        if below is None or "caps" not in below.entries:
            return below
        mark, caps = below.entries["caps"]
        return replace(below, entries={**below.entries, "caps": (mark, replace(caps, items=caps.items[:1]))})

    patch.setattr(dialects, "rows_of", short)
    patch.setattr(toy_world, "read_scenario", toy_world.read_scenario.__wrapped__)  # read anew, and so broken


@mutant("changes", "budget")
def a_new_budget_is_not_followed(patch: Patch) -> None:
    decide = ContactPolicyGates.decide

    def rich(self: ContactPolicyGates, requests: Any) -> Any:
        if self.spending is not None:
            for row in self.spending.rows:
                row.over[:] = False
        return decide(self, requests)

    patch.setattr(ContactPolicyGates, "decide", rich)
