"""Broken loyalty programmes and mixed-up attributes: points that never end, tiers that are kept for ever."""

from __future__ import annotations

from typing import Any

import numpy as np

from strategies.actions import Actions
from strategies.context import FieldReader
from strategies.loyalty import LoyaltyAccounts
from tests.audit.mutants import Patch, mutant, nothing


@mutant("relations", "books")
def orders_earn_nothing(patch: Patch) -> None:
    patch.setattr(LoyaltyAccounts, "on_order", nothing)


@mutant("relations", "books")
def gold_earns_like_everybody(patch: Patch) -> None:
    original = LoyaltyAccounts.__init__

    def equal(self: LoyaltyAccounts, *given: Any) -> None:
        original(self, *given)
        self._earn[:] = self._earn[-1]

    patch.setattr(LoyaltyAccounts, "__init__", equal)


@mutant("relations", "books")
def points_never_expire(patch: Patch) -> None:
    original = LoyaltyAccounts._later

    def lasting(self: LoyaltyAccounts, customer: Any, time: Any, key: Any, number: Any, what: int) -> None:
        if what != 2:
            original(self, customer, time, key, number, what)

    patch.setattr(LoyaltyAccounts, "_later", lasting)


@mutant("relations", "books", "entry")
def nobody_hears_that_points_expire(patch: Patch) -> None:
    original = LoyaltyAccounts._later

    def silent(self: LoyaltyAccounts, customer: Any, time: Any, key: Any, number: Any, what: int) -> None:
        if what != 1:
            original(self, customer, time, key, number, what)

    patch.setattr(LoyaltyAccounts, "_later", silent)


@mutant("relations", "books", "entry")
def what_was_spent_expires_too(patch: Patch) -> None:
    patch.setattr(LoyaltyAccounts, "note_spent", nothing)


@mutant("relations", "books", "entry")
def points_are_active_at_once(patch: Patch) -> None:
    original = LoyaltyAccounts._credit

    def hasty(self: LoyaltyAccounts, *given: Any) -> None:
        original(self, *given[:-1], 0)

    patch.setattr(LoyaltyAccounts, "_credit", hasty)


@mutant("relations", "books")
def tiers_are_kept_for_ever(patch: Patch) -> None:
    patch.setattr(LoyaltyAccounts, "day", nothing)


@mutant("relations", "books", "action")
def a_gift_is_forgotten(patch: Patch) -> None:
    patch.setattr(LoyaltyAccounts, "give", nothing)


@mutant("relations", "action", "books")
def ghosts_get_gifts(patch: Patch) -> None:
    original = Actions._carry_out_one

    def generous(self: Actions, number: int, run: Any, time: Any) -> None:
        ghost = self.engine.runs.ghost.take(run)
        self.engine.runs.ghost[run] = False
        original(self, number, run, time)
        self.engine.runs.ghost[run] = ghost

    patch.setattr(Actions, "_carry_out_one", generous)


@mutant("relations", "while", "entry", "due")
def expiring_points_are_the_whole_balance(patch: Patch) -> None:
    patch.setattr(LoyaltyAccounts, "expiring", LoyaltyAccounts.balance)


@mutant("relations", "steps", "due", "entry")
def attributes_take_the_first_text_only(patch: Patch) -> None:
    original = FieldReader._attribute

    def coarse(self: FieldReader, name: str, event: Any, value: Any, category: Any, rows: Any) -> Any:
        code = None if category is None else np.where(category >= 0, category % 4, category)
        return original(self, name, event, value, code, rows)

    patch.setattr(FieldReader, "_attribute", coarse)
