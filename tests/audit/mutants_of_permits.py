"""Broken memories of what customers permit: consents, confirmations, dates, choices."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernel.agenda import Cohort
from strategies.contacts import OUT_OF_REACH, ContactDesk
from strategies.observed import Observed
from strategies.permissions import Permissions
from strategies.ports import world_bits_of
from strategies.vocabulary import EVENT_CODE
from tests.audit.mutants import Patch, mutant, nothing


@mutant("permits", "no_consent")
def subscriptions_need_no_confirmation(patch: Patch) -> None:
    patch.setattr(Permissions, "needs_confirmation", lambda self, customer, channel: np.zeros(customer.size, bool))


def _deaf(patch: Patch, *events: str) -> None:
    note, codes = Permissions.note, {EVENT_CODE[name] for name in events}

    def hears_less(self: Permissions, event: int, *told: Any) -> None:
        if event not in codes:
            note(self, event, *told)

    patch.setattr(Permissions, "note", hears_less)


@mutant("permits", "due")
def subscribers_wait_for_tomorrows_campaign(patch: Patch) -> None:
    def only_known_this_morning(self: ContactDesk, cohort: Cohort) -> Cohort:
        return cohort.where(world_bits_of(cohort.payload) != OUT_OF_REACH)

    patch.setattr(ContactDesk, "_within_reach", only_known_this_morning)


@mutant("clocks", "campaigns")
def campaigns_ask_whom_they_cannot_reach(patch: Patch) -> None:
    patch.setattr(ContactDesk, "_within_reach", lambda self, cohort: cohort)


@mutant("permits", "entry")
def confirmations_are_not_heard(patch: Patch) -> None:
    _deaf(patch, "subscription_confirmed")


@mutant("permits", "entry")
def subscriptions_are_not_heard(patch: Patch) -> None:
    _deaf(patch, "subscribed")


@mutant("permits", "preference")
def choices_are_forgotten(patch: Patch) -> None:
    patch.setattr(Permissions, "_choose", nothing)


@mutant("permits", "preference")
def topics_cannot_be_switched_off(patch: Patch) -> None:
    choose = Permissions._choose
    patch.setattr(Permissions, "_choose", lambda self, customer, category: choose(self, customer, category % 3))


@mutant("permits", "entry")
def consents_are_as_old_as_the_account(patch: Patch) -> None:
    patch.setattr(Observed, "consent_date", lambda self, channel, customer: self.registered.take(customer))


@mutant("permits", "entry")
def forms_are_taken_for_registrations(patch: Patch) -> None:
    patch.setattr(Observed, "consent_place", lambda self, channel, customer: np.zeros(customer.size, np.int64))


@mutant("permits", "entry")
def registrations_are_not_heard(patch: Patch) -> None:
    _deaf(patch, "registered")
