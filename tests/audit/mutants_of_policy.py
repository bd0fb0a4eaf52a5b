"""Broken contact policies: caps, gaps, pauses, hours, consent, control, sunset, budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sim.kernel.calendar import DAY, Calendar
from strategies import budget
from strategies.contact_policy import Scope
from strategies.contacts import ContactDesk
from strategies.counting import LastContact, Ring
from strategies.decisions import HOLD, SEND, Requests
from strategies.gates import spending
from strategies.gates.caps import Caps
from strategies.gates.gaps import Gaps
from strategies.gates.hours import Hours
from strategies.gates.main_chain import MainChainGate
from strategies.gates.pauses import Pauses
from strategies.gates.permission import ControlGroup, Permission
from strategies.gates.spending import Spending
from strategies.gates.suppression import Suppression
from strategies.interpreter import named_uniform
from strategies.observed import Observed
from strategies.policy import ContactPolicyGates
from strategies.run_life import RunLife
from strategies.sites import SiteColumns
from tests.audit.mutants import Patch, mutant, nothing


def _with_quiet_hours(patch: Patch, change: Callable[[Any], Any]) -> None:
    original = Hours.examine_quiet

    def changed(self: Hours, quiet: Any, *given: Any) -> None:
        original(self, change(quiet), *given)

    patch.setattr(Hours, "examine_quiet", changed)


def _with_caps(patch: Patch, change: Callable[[Any], Any]) -> None:
    original = Caps.examine_cap

    def changed(self: Caps, cap: Any, *given: Any) -> None:
        original(self, change(cap), *given)

    patch.setattr(Caps, "examine_cap", changed)


# ---------------------------------------------------------------------- caps


@mutant("caps", "cap")
def caps_allow_one_more(patch: Patch) -> None:
    make, kth_last = Ring.__init__, Ring.kth_last
    patch.setattr(Ring, "__init__", lambda self, depth, span, customers: make(self, depth + 1, span, customers))
    patch.setattr(Ring, "kth_last", lambda self, customer, k: kth_last(self, customer, k + 1))


@mutant("caps", "cap")
def rolling_windows_are_calendar_days(patch: Patch) -> None:
    _with_caps(patch, lambda cap: cap if cap.rolling is None else replace(cap, rolling=None, calendar="day"))


@mutant("caps", "cap", "held")
def calendar_days_are_rolling(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, rolling=DAY, calendar=None) if cap.calendar == "day" else cap)


@mutant("caps", "cap", "held")
def caps_count_days_of_the_company(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, zone="company"))


@mutant("caps", "cap")
def weeks_begin_on_sunday(patch: Patch) -> None:
    start, following = Calendar.period_start, Calendar.next_period_start

    def shift(original: Any) -> Any:
        def shifted(self: Calendar, local: Any, period: str) -> Any:
            if period != "week":
                return original(self, local, period)
            return original(self, local + DAY, period) - DAY

        return shifted

    patch.setattr(Calendar, "period_start", shift(start))
    patch.setattr(Calendar, "next_period_start", shift(following))


@mutant("caps", "cap")
def months_are_thirty_days(patch: Patch) -> None:
    start = Calendar.period_start

    def thirty(self: Calendar, local: Any, period: str) -> Any:
        return local // (30 * DAY) * (30 * DAY) if period == "month" else start(self, local, period)

    patch.setattr(Calendar, "period_start", thirty)


@mutant("caps", "cap")
def caps_count_what_was_dropped(patch: Patch) -> None:
    drop = ContactDesk._drop

    def counted(self: ContactDesk, requests: Requests, decisions: Any, index: Any) -> Any:
        part = requests.take(index)
        self.engine.gates.note(part.customer, part.time, part.site, part.run, "sent")
        return drop(self, requests, decisions, index)

    patch.setattr(ContactDesk, "_drop", counted)


@mutant("caps", "cap")
def caps_by_cell_take_else(patch: Patch) -> None:
    patch.setattr(Caps, "maximum", lambda self, cap, rows: cap.maximum)


@mutant("caps", "cap")
def caps_forget_their_scope(patch: Patch) -> None:
    make = Caps.__init__

    def wide(self: Caps, ground: Any) -> None:
        make(self, ground)
        for sites in self.counted_sites.values():
            sites[:] = True

    patch.setattr(Caps, "__init__", wide)


@mutant("caps", "held_too_long", "held", "cap")
def the_longest_wait_is_forgotten(patch: Patch) -> None:
    _with_caps(patch, lambda cap: replace(cap, for_at_most=None))


# ---------------------------------------------------------------------- gaps, pauses, hours


def _with_own_run(patch: Patch, own_run: str) -> None:
    make = Gaps._gap
    patch.setattr(Gaps, "_gap", lambda self, row, *kind: make(self, replace(row, own_run=own_run), *kind))


@mutant("clocks", "gap")
def gaps_obey_the_own_run(patch: Patch) -> None:
    _with_own_run(patch, "obey")


@mutant("chains", "gap")
def gaps_ignore_the_own_run(patch: Patch) -> None:
    _with_own_run(patch, "ignore")


@mutant("clocks", "gap", "held")
def gaps_are_a_minute_short(patch: Patch) -> None:
    last = LastContact.last
    patch.setattr(LastContact, "last", lambda self, *given: last(self, *given) - 60)


@mutant("clocks", "gap")
def gaps_blame_the_first_chain(patch: Patch) -> None:
    patch.setattr(Gaps, "source", lambda self, gap, label, *given: np.zeros_like(label))


@mutant("caps", "cap")
def caps_blame_whoever_was_first(patch: Patch) -> None:
    note = Caps.note

    def keep_first(self: Caps, *given: Any) -> None:
        before = {counted: latest.copy() for counted, latest in self.latest.items()}
        note(self, *given)
        for counted, latest in self.latest.items():
            latest[:] = np.where(before[counted] < 0, latest, before[counted])

    patch.setattr(Caps, "note", keep_first)


@mutant("clocks", "gap")
def offers_have_no_gap(patch: Patch) -> None:
    make = Gaps.__init__

    def without_offers(self: Gaps, ground: Any) -> None:
        make(self, ground)
        self.gaps = [gap for gap in self.gaps if gap.kind != "same_offer"]

    patch.setattr(Gaps, "__init__", without_offers)


@mutant("clocks", "pause")
def pauses_are_ignored(patch: Patch) -> None:
    patch.setattr(Pauses, "examine", nothing)


@mutant("clocks", "pause", "held")
def only_the_first_row_pauses(patch: Patch) -> None:
    original = Pauses.__init__
    patch.setattr(Pauses, "__init__", lambda self, ground, rows: original(self, ground, rows[:1]))


@mutant("clocks", "pause", "held", "due", "numbers")
def nothing_ends_a_pause_before_its_time(patch: Patch) -> None:
    patch.setattr(Pauses, "_last_of", lambda self, events, customer: np.full(customer.size, -(1 << 60)))


@mutant("clocks", "due", "held")
def nobody_is_woken_when_a_pause_ends(patch: Patch) -> None:
    patch.setattr(RunLife, "wake_held_by", nothing)


@mutant("clocks", "pause", "held")
def pauses_speak_of_every_contact(patch: Patch) -> None:
    original = Pauses.__init__

    def wide(self: Pauses, ground: Any, rows: Any) -> None:
        original(self, ground, tuple(replace(row, scope=Scope(purposes=row.scope.purposes)) for row in rows))

    patch.setattr(Pauses, "__init__", wide)


@mutant("clocks", "quiet_hours")
def quiet_hours_are_the_companys(patch: Patch) -> None:
    _with_quiet_hours(patch, lambda row: replace(row, zone="company"))


@mutant("clocks", "quiet_hours", "held")
def quiet_hours_end_a_minute_late(patch: Patch) -> None:
    _with_quiet_hours(patch, lambda row: replace(row, end=row.end + 60))


@mutant("clocks", "quiet_hours", "gap", "cap", "pause", "condition", "no_consent")
def held_contacts_go_out_unexamined(patch: Patch) -> None:
    decide = ContactPolicyGates.decide

    def careless(self: ContactPolicyGates, requests: Requests) -> Any:
        decisions = decide(self, requests)
        again = (requests.due_first < requests.time) & (decisions.verdict == HOLD)
        decisions.verdict[again], decisions.reason[again], decisions.rule[again] = SEND, 0, -1
        return decisions

    patch.setattr(ContactPolicyGates, "decide", careless)


@mutant("clocks", "due")
def held_contacts_never_come_back(patch: Patch) -> None:
    hold = ContactDesk._hold

    def lost(self: ContactDesk, *given: Any) -> None:
        push = self.engine.agenda.push
        self.engine.agenda.push = nothing  # type: ignore[method-assign]
        hold(self, *given)
        self.engine.agenda.push = push  # type: ignore[method-assign]

    patch.setattr(ContactDesk, "_hold", lost)


@mutant("clocks", "offer_expired", "held", "due")
def validity_is_ignored(patch: Patch) -> None:
    forever = np.iinfo(np.int64).max // 4
    patch.setattr(SiteColumns, "expiry", lambda self, site, *given: np.full(site.size, forever))


# ---------------------------------------------------------------------- who may be written to


@mutant("caps", "no_consent")
def withdrawn_consent_is_ignored(patch: Patch) -> None:
    patch.setattr(Observed, "withdraw", nothing)


@mutant("caps", "no_consent")
def service_needs_no_consent(patch: Patch) -> None:
    reaches = Permission.reaches

    def lenient(self: Permission, customer: Any, site: Any) -> Any:
        address, consent = reaches(self, customer, site)
        return address, consent | self.ground.sites.service.take(site)

    patch.setattr(Permission, "reaches", lenient)


@mutant("caps", "no_address")
def dead_addresses_are_used(patch: Patch) -> None:
    patch.setattr(Observed, "lose_address", nothing)


@mutant("caps", "control")
def control_gets_everything(patch: Patch) -> None:
    control = ControlGroup.examine

    def blind(self: ControlGroup, *given: Any) -> None:
        kept, self.control = self.control, np.zeros_like(self.control)
        control(self, *given)
        self.control = kept

    patch.setattr(ControlGroup, "examine", blind)


@mutant("caps", "control")
def control_misses_its_exempt_messages(patch: Patch) -> None:
    original = ControlGroup.examine

    def strict(self: ControlGroup, requests: Requests, decisions: Any) -> None:
        decisions.drop(self.control.take(self.ground.local(requests.customer)), "control")
        original(self, requests, decisions)

    patch.setattr(ControlGroup, "examine", strict)


@mutant("chains", "holdout")
def ghosts_are_written_to(patch: Patch) -> None:
    original = ControlGroup.examine

    def visible(self: ControlGroup, requests: Requests, decisions: Any) -> None:
        original(self, replace(requests, ghost=np.zeros_like(requests.ghost)), decisions)

    patch.setattr(ControlGroup, "examine", visible)


@mutant("chains", "shares", "holdout")
def nobody_is_held_out(patch: Patch) -> None:
    def absent(keys: Any, name: str) -> Any:
        return named_uniform(keys, name) + 2 * name.startswith("holdout")

    patch.setattr("strategies.run_life.named_uniform", absent)


@mutant("caps", "sunset")
def sunset_is_ignored(patch: Patch) -> None:
    patch.setattr(Suppression, "examine", nothing)


@mutant("caps", "sunset")
def silence_begins_before_the_first_message(patch: Patch) -> None:
    note = Observed.note_sent

    def long_ago(self: Observed, channel: Any, customer: Any, time: Any) -> None:
        note(self, channel, customer, time - 400 * DAY)

    patch.setattr(Observed, "note_sent", long_ago)


@mutant("caps", "budget")
def the_budget_is_ignored(patch: Patch) -> None:
    patch.setattr(Spending, "examine", nothing)


@mutant("caps", "budget")
def only_the_first_budget_is_kept(patch: Patch) -> None:
    original = Spending.__init__

    def short(self: Spending, ground: Any) -> None:
        original(self, ground)
        del self.rows[1:]

    patch.setattr(Spending, "__init__", short)


@mutant("caps", "budget")
def every_budget_pays_for_everything(patch: Patch) -> None:
    patch.setattr(spending, "paid_from", lambda row, sites: np.ones(sites.channel.size, bool))
    patch.setattr(budget, "paid_from", lambda row, sites: np.ones(sites.channel.size, bool))


@mutant("tasks", "task", "budget")
def calls_are_paid_like_texts(patch: Patch) -> None:
    patch.setattr(spending, "paid_from", lambda row, sites: sites.in_scope(row.scope))
    patch.setattr(budget, "paid_from", lambda row, sites: sites.in_scope(row.scope))


@mutant("clocks", "quiet_hours", "gap", "cap")
def exemptions_are_ignored(patch: Patch) -> None:
    patch.setattr(SiteColumns, "obeys", lambda self, family, site: np.True_)


@mutant("changes", "main_chain", "due", "held")
def the_main_chain_leads_customers_of_any_segment(patch: Patch) -> None:
    make = MainChainGate.__init__

    def careless(self: MainChainGate, ground: Any, row: Any) -> None:
        make(self, ground, replace(row, segments=()))

    patch.setattr(MainChainGate, "__init__", careless)
