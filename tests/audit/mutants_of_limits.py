"""Broken counting: what caps and gaps look back at, and how far a contact must have come."""

from __future__ import annotations

from typing import Any

from strategies.contacts import ContactDesk
from strategies.gates.gaps import Gaps
from strategies.policy import ContactPolicyGates
from strategies.sites import SiteColumns
from tests.audit.mutants import Patch, mutant


@mutant("limits", "cap", "gap")
def bounced_contacts_count_as_sent(patch: Patch) -> None:
    accepted = ContactDesk._note_accepted

    def all_of_them(self: ContactDesk, *given: Any) -> None:
        self._refused = []
        accepted(self, *given)

    patch.setattr(ContactDesk, "_note_accepted", all_of_them)


@mutant("limits", "cap", "gap")
def attempts_count_only_when_accepted(patch: Patch) -> None:
    note = ContactPolicyGates.note

    def late(self: ContactPolicyGates, *given: Any) -> None:
        *what, stage = given
        if stage != "attempted":
            note(self, *what, stage)
        if stage == "sent":
            note(self, *what, "attempted")

    patch.setattr(ContactPolicyGates, "note", late)


def _with_kind(patch: Patch, kind: str, instead: str) -> None:
    last = Gaps.last

    def other(self: Gaps, gap: Any, *given: Any) -> Any:
        changed = object.__new__(type(gap))
        changed.__dict__.update(gap.__dict__, kind=instead if gap.kind == kind else gap.kind)
        return last(self, changed, *given)

    patch.setattr(Gaps, "last", other)


@mutant("limits", "gap")
def other_channels_are_the_same_channel(patch: Patch) -> None:
    _with_kind(patch, "other_channel", "same_channel")


@mutant("limits", "gap")
def the_same_channel_is_any_other(patch: Patch) -> None:
    _with_kind(patch, "same_channel", "other_channel")


@mutant("limits", "gap", "cap", "held_too_long")
def rows_forget_of_which_contacts_they_speak(patch: Patch) -> None:
    within = SiteColumns.in_scope

    def all_sites(self: SiteColumns, scope: Any) -> Any:
        return within(self, scope) | True

    patch.setattr(SiteColumns, "in_scope", all_sites)
