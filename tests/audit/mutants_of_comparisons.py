"""Broken comparisons: what ghosts and the control group know of their messages, and which channels report opens."""

from __future__ import annotations

from typing import Any

import numpy as np

from strategies.contacts import ContactDesk
from strategies.reactions import Reactions
from tests.audit.mutants import Patch, mutant, nothing


@mutant("compared", "steps", "due")
def messages_kept_back_never_went_out(patch: Patch) -> None:
    patch.setattr(ContactDesk, "_withhold", nothing)


@mutant("compared", "exit_on", "due", "steps")
def ghosts_hear_of_no_delivery(patch: Patch) -> None:
    patch.setattr(Reactions, "on_withheld_delivery", nothing)


@mutant("compared", "reports", "numbers")
def messages_kept_back_are_delivered(patch: Patch) -> None:
    withhold = ContactDesk._withhold

    def deliver(self: ContactDesk, run: Any, time: Any, site: Any) -> None:
        withhold(self, run, time, site)
        runs = self.engine.runs
        payload = self.payloads.pack(run, time, site)
        self.port.deliver(runs.customer.take(run), time, runs.key.take(run), payload)

    patch.setattr(ContactDesk, "_withhold", deliver)


@mutant("compared", "steps", "due", "waits")
def silence_is_heard_from_every_channel(patch: Patch) -> None:
    note = ContactDesk.note_tracked

    def credulous(self: ContactDesk, run: Any, site: Any, bits: Any) -> None:
        reports = self.engine.sites.reports_opens
        self.engine.sites.reports_opens = np.ones_like(reports)
        note(self, run, site, bits)
        self.engine.sites.reports_opens = reports

    patch.setattr(ContactDesk, "note_tracked", credulous)
