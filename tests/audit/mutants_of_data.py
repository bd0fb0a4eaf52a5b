"""Broken data: strategies that hear what never reached the company."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.kernel.agenda import Cohort
from strategies import faults
from strategies.contact_reports import ContactReports
from strategies.faults import FaultyData
from strategies.occurrence import Occurrence
from strategies.own_actions import OwnActions
from tests.audit.mutants import Patch, mutant


def _heard_all_the_same(patch: Patch, *reasons: int) -> None:
    """What has one of these fates is logged so, and still becomes known at once."""
    fates = FaultyData.fates

    def kept(self: FaultyData, done: Occurrence) -> Any:
        fate = fates(self, done)
        heard = done.take(np.isin(fate, reasons).nonzero()[0])
        if heard.size:
            money = np.full(heard.size, 500 * 10_000)
            self.tell.__self__.become_known(replace(heard, category=np.zeros_like(money), value=money))  # type: ignore[attr-defined]
        return fate

    patch.setattr(FaultyData, "fates", kept)


@mutant("faults", "trigger", "exit_on", "goal")
def lost_events_are_heard(patch: Patch) -> None:
    _heard_all_the_same(patch, faults.LOST)


@mutant("faults", "trigger", "exit_on", "goal")
def events_under_another_id_are_heard(patch: Patch) -> None:
    _heard_all_the_same(patch, faults.OTHER_ID)


@mutant("faults", "trigger", "exit_on", "goal")
def late_events_are_heard_at_once(patch: Patch) -> None:
    _heard_all_the_same(patch, faults.IS_LATE)


@mutant("faults", "trigger", "exit_on")
def what_arrives_late_is_logged_and_forgotten(patch: Patch) -> None:
    def deaf(self: OwnActions, done: Occurrence, reason: int) -> None:
        self._log(done, reason)

    patch.setattr(OwnActions, "arrives", deaf)


@mutant("faults", "waits", "steps")
def lost_clicks_are_heard(patch: Patch) -> None:
    lose = ContactReports._lose

    def heard(self: ContactReports, event: int, reports: Cohort) -> None:
        lose(self, event, reports)
        for engine in self._engines:
            mine = reports.where(engine.payloads.are_own(reports.payload))
            chained = mine.where(engine.payloads.run(mine.payload) > 0)
            site, run = engine.payloads.site(chained.payload), engine.payloads.run(chained.payload)
            report = Occurrence(event, chained.customer, chained.time, chained.key, None, site)
            engine.reactions.on_message_event(report, run)

    patch.setattr(ContactReports, "_lose", heard)
