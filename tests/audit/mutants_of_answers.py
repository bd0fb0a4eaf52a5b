"""Broken ears: wishes, answers on other channels, templates, engagement, and the hours of single channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from strategies import contacts
from strategies.contact_reports import ContactReports
from strategies.contacts import ContactDesk
from strategies.context import FieldReader
from strategies.engine import Engine
from strategies.gates.hours import Hours
from strategies.gates.pauses import Elsewhere
from strategies.gates.permission import TemplateWindow
from strategies.gates.wishes import ChosenFrequency, TopicsOff
from strategies.policy import ContactPolicyGates
from strategies.reactions import Reactions
from strategies.vocabulary import ENGAGEMENT, EVENT_CODE, REASON_CODE
from tests.audit.mutants import Patch, mutant, nothing


@mutant("answers", "preference")
def unwanted_topics_are_sent(patch: Patch) -> None:
    patch.setattr(TopicsOff, "examine", nothing)


@mutant("answers", "preference")
def the_chosen_frequency_is_ignored(patch: Patch) -> None:
    patch.setattr(ChosenFrequency, "examine", nothing)


@mutant("answers", "preference")
def a_month_is_a_week(patch: Patch) -> None:
    make = ChosenFrequency.__init__

    def hasty(self: ChosenFrequency, ground: Any) -> None:
        make(self, ground)
        self.least = np.minimum(self.least, self.row.weekly)

    patch.setattr(ChosenFrequency, "__init__", hasty)


@mutant("answers", "pause")
def nobody_listens_to_answers(patch: Patch) -> None:
    patch.setattr(Elsewhere, "hear", nothing)


@mutant("answers", "pause")
def answers_silence_their_own_channel(patch: Patch) -> None:
    last = Elsewhere.last_elsewhere

    def wrong(self: Elsewhere, event: int, local: Any, channel: Any) -> Any:
        return np.maximum(last(self, event, local, channel), last(self, event, local, np.full_like(channel, -1)))

    patch.setattr(Elsewhere, "last_elsewhere", wrong)


@mutant("triggers", "steps")
def who_opens_behind_a_proxy_is_no_person(patch: Patch) -> None:
    mark = ContactReports._mark

    def blind(self: ContactReports, engine: Engine, event: int, run: Any, bits: Any, reason: int) -> None:
        mark(self, engine, event, run, bits, REASON_CODE["proxy"] if reason == REASON_CODE["reopened"] else reason)

    patch.setattr(ContactReports, "_mark", blind)


@mutant("triggers", "numbers")
def both_opens_of_a_message_start_one_run(patch: Patch) -> None:
    original = Reactions.on_contact_trigger

    def alike(self: Reactions, report: Any, key: Any, channel: Any) -> None:
        original(self, replace(report, key=key), key, channel)

    patch.setattr(Reactions, "on_contact_trigger", alike)


@mutant("answers", "twice")
def contacts_go_out_twice(patch: Patch) -> None:
    send = ContactDesk._send

    def again(self: ContactDesk, requests: Any, key: Any) -> Any:
        resolved = send(self, requests, key)
        run_key, site = self.payloads.run_key(requests.run), requests.site + self.first_site
        self.engine.sink.log_contact(EVENT_CODE["sent"], requests.customer, requests.time, key, run_key, site, 0)
        return resolved

    patch.setattr(ContactDesk, "_send", again)


@mutant("answers", "pause")
def proxies_count_as_answers(patch: Patch) -> None:
    patch.setattr("strategies.contact_reports._PROXY", -1)


@mutant("answers", "no_template")
def free_writing_is_always_allowed(patch: Patch) -> None:
    patch.setattr(TemplateWindow, "is_open", lambda self, customer, time, site: np.ones(customer.size, bool))


@mutant("answers", "no_template", "pause")
def clicks_open_no_window(patch: Patch) -> None:
    patch.setattr(TemplateWindow, "hear", nothing)


@mutant("answers", "no_template", "steps", "waits", "exit")
def a_missing_template_ends_the_cascade(patch: Patch) -> None:
    outcomes = contacts._OUTCOME_OF_REASON.copy()
    outcomes[contacts.REASON_CODE["no_template"]] = contacts._OUTCOMES.index("dropped")
    patch.setattr(contacts, "_OUTCOME_OF_REASON", outcomes)


@mutant("answers", "cap")
def everybody_is_engaged(patch: Patch) -> None:
    engagement = FieldReader._engagement

    def active(self: FieldReader, rows: Any) -> Any:
        column = engagement(self, rows)
        return replace(column, values=np.full_like(column.values, ENGAGEMENT.index("active")))

    patch.setattr(FieldReader, "_engagement", active)


@mutant("answers", "send_window")
def windows_are_open_on_every_day(patch: Patch) -> None:
    patch.setattr(Hours, "_falls_on", lambda self, window, day: np.ones(day.size, bool))


@mutant("answers", "send_window", "held", "due")
def windows_open_an_hour_late(patch: Patch) -> None:
    opens = Hours._opens
    patch.setattr(Hours, "_opens", lambda self, *given: opens(self, *given) + 3_600)


@mutant("answers", "quiet_hours", "send_window")
def hours_bind_all_channels(patch: Patch) -> None:
    patch.setattr(Hours, "_bound", lambda self, obeys, scope, sites, requests: obeys)


@mutant("answers", "no_template", "pause")
def answers_reach_no_gate(patch: Patch) -> None:
    patch.setattr(ContactPolicyGates, "hear", nothing)
