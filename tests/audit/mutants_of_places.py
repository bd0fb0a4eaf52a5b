"""Broken places: limits of a provider that nobody keeps, given to the wrong ones or left idle; plans of warm-ups."""

from __future__ import annotations

from typing import Any

import numpy as np

from strategies import throughput
from strategies.contacts import ContactDesk
from strategies.runs import NO_TIME
from strategies.scenario import Scenario
from strategies.shares import Share
from strategies.throughput import Throughput
from strategies.vocabulary import REASON_CODE
from strategies.warmup import WarmUp
from tests.audit.mutants import Patch, mutant, nothing


@mutant("places", "queued")
def limits_are_ignored(patch: Patch) -> None:
    patch.setattr(Throughput, "request", nothing)


@mutant("places", "queued")
def who_asks_is_refused_before_places_are_given(patch: Patch) -> None:
    patch.setattr(throughput, "_QUEUED", REASON_CODE["throughput"])


@mutant("places", "places")
def nobody_hears_that_he_got_no_place(patch: Patch) -> None:
    patch.setattr(Throughput, "_tell_held", lambda self, queue, rows, goes, in_plan, time: rows)


@mutant("places", "throughput", "warmup")
def the_plan_is_taken_for_the_provider(patch: Patch) -> None:
    original = Throughput._tell_held
    patch.setattr(
        Throughput,
        "_tell_held",
        lambda self, queue, rows, goes, in_plan, time: original(self, queue, rows, goes, ~in_plan, time),
    )


@mutant("places", "places")
def a_provider_takes_twice_as_many(patch: Patch) -> None:
    room = Share.room
    patch.setattr(Share, "room", lambda self, amount: room(self, amount) * 2)


@mutant("places", "places")
def the_base_is_not_divided(patch: Patch) -> None:
    patch.setattr(Scenario, "share_of_base", lambda self, customers: (1, 1))


@mutant("places", "places")
def half_of_the_places_stay_idle(patch: Patch) -> None:
    room = Share.room
    patch.setattr(Share, "room", lambda self, amount: room(self, amount) // 2)


@mutant("places", "places")
def the_fraction_of_an_hour_is_lost(patch: Patch) -> None:
    def whole_contacts_only(self: Share, amount: int) -> Any:
        return np.full_like(self._left, amount * self._ours // self._everybody)

    patch.setattr(Share, "room", whole_contacts_only)


@mutant("places", "places")
def the_lowest_priority_gets_the_places(patch: Patch) -> None:
    for name in ("last_granted", "granted"):
        original = getattr(throughput, name)
        turn = 1 if name == "last_granted" else 2

        def turned(*given: Any, original: Any = original, turn: int = turn) -> Any:
            return original(*given[:turn], -given[turn], *given[turn + 1 :])

        patch.setattr(throughput, name, turned)


@mutant("places", "places")
def the_plan_binds_receipts_too(patch: Patch) -> None:
    patch.setattr(Throughput, "_keeps_to_plan", lambda self, payload: np.ones(payload.size, bool))


@mutant("places", "warmup", "places")
def the_plan_forgets_what_was_sent(patch: Patch) -> None:
    left = WarmUp.left

    def forgetful(self: WarmUp, time: int) -> Any:
        self.sent[:] = 0
        return left(self, time)

    patch.setattr(WarmUp, "left", forgetful)


@mutant("places", "warmup", "places")
def the_plan_of_tomorrow_holds_today(patch: Patch) -> None:
    plan = WarmUp.plan
    patch.setattr(WarmUp, "plan", lambda self, time: plan(self, time) and plan(self, time + 86_400))


@mutant("places", "numbers")
def contacts_of_a_run_share_a_number(patch: Patch) -> None:
    def kept(self: ContactDesk, run: Any, channel: Any) -> None:
        self.engine.runs.held_since[run] = NO_TIME

    patch.setattr(ContactDesk, "_resolved", kept)
