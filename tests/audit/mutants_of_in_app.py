"""Broken slots: in-app messages shown too often, too late, in the wrong order, or never; rules that forget them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from strategies import sites, slot
from strategies.contact_policy import RULE_FAMILIES, InAppRules
from strategies.contact_reports import ContactReports
from strategies.contacts import ContactDesk
from strategies.gates.permission import Permission
from strategies.in_app_rules import Impressions, InAppSlot
from strategies.ports import pack
from strategies.slot import Slot
from strategies.vocabulary import CHANNEL_CODE, EVENT_CODE
from tests.audit.mutants import Patch, mutant, nothing


def _with_settings(patch: Patch, **changes: Any) -> None:
    """The slot is run by other settings than the scenario's."""
    begin, follow = Slot.__init__, Slot.change

    def begun(self: Slot, engine: Any) -> None:
        begin(self, engine)
        self.settings = replace(self.settings, **changes)

    def changed(self: Slot, settings: InAppSlot, keeps_counters: bool) -> None:
        follow(self, replace(settings, **changes), keeps_counters)

    patch.setattr(Slot, "__init__", begun)
    patch.setattr(Slot, "change", changed)


@mutant("in_app", "in_app_limits")
def one_banner_is_shown_at_every_visit(patch: Patch) -> None:
    _with_settings(patch, at_most=Impressions(2, 1))


@mutant("in_app", "in_app_visits")
def a_banner_is_shown_once_less(patch: Patch) -> None:
    _with_settings(patch, at_most=Impressions(1, 30 * 3_600))


@mutant("in_app", "in_app_limits")
def all_banners_together_know_no_limit(patch: Patch) -> None:
    _with_settings(patch, in_all=None)


@mutant("in_app", "in_app_winner")
def the_oldest_banner_wins(patch: Patch) -> None:
    _with_settings(patch, winner="oldest")


@mutant("in_app", "in_app_winner")
def the_lowest_priority_wins(patch: Patch) -> None:
    before = slot._before
    patch.setattr(slot, "_before", lambda one, other: before(other, one))


@mutant("in_app", "in_app_removal", "in_app_waiting")
def banners_wait_a_day_longer(patch: Patch) -> None:
    _with_settings(patch, show_for=3 * 86_400)


@mutant("in_app", "in_app_limits", "in_app_visits", "in_app_winner", "in_app_removal")
def the_slot_never_changes(patch: Patch) -> None:
    patch.setattr(Slot, "change", nothing)


@mutant("in_app", "in_app_removal", "in_app_waiting")
def what_waits_gets_the_time_of_the_new_slot(patch: Patch) -> None:
    follow = Slot.change

    def longer(self: Slot, settings: InAppSlot, keeps_counters: bool) -> None:
        self.expires += np.int32(settings.show_for - self.settings.show_for)
        follow(self, settings, keeps_counters)

    patch.setattr(Slot, "change", longer)


@mutant("in_app", "in_app_limits")
def every_change_forgets_impressions(patch: Patch) -> None:
    follow = Slot.change
    patch.setattr(Slot, "change", lambda self, settings, keeps_counters: follow(self, settings, False))


@mutant("in_app", "in_app_visits")
def no_change_forgets_impressions(patch: Patch) -> None:
    follow = Slot.change
    patch.setattr(Slot, "change", lambda self, settings, keeps_counters: follow(self, settings, True))


@mutant("in_app", "in_app_removal")
def what_expires_is_not_told(patch: Patch) -> None:
    patch.setattr(Slot, "expire", nothing)


@mutant("in_app", "in_app_removal", "in_app_waiting")
def validity_does_not_shorten_a_banner(patch: Patch) -> None:
    expiry = sites.SiteColumns.expiry
    patch.setattr(
        sites.SiteColumns,
        "expiry",
        lambda self, site, *more: expiry(self, site, *more) + self.in_app.take(site) * 86_400,
    )


@mutant("in_app", "in_app_removal", "in_app_waiting")
def ended_runs_leave_their_banners(patch: Patch) -> None:
    patch.setattr(Slot, "withdraw", nothing)


@mutant("in_app", "in_app_removal")
def copies_of_a_banner_pile_up(patch: Patch) -> None:
    patch.setattr(Slot, "_replace", nothing)


@mutant("in_app", "in_app_removal", "in_app_visits")
def every_banner_makes_room_for_any_other(patch: Patch) -> None:
    replaces = Slot._replace

    def all_alike(self: Slot, *given: Any) -> None:
        apart = self._message
        self._message = np.minimum(apart, 0)
        replaces(self, *given)
        self._message = apart

    patch.setattr(Slot, "_replace", all_alike)


@mutant("in_app", "in_app_removal", "in_app_visits")
def every_run_takes_its_banner_along(patch: Patch) -> None:
    patch.setattr(slot, "STAYS_AFTER", ())


@mutant("in_app", "in_app_waiting")
def clicked_banners_are_shown_again(patch: Patch) -> None:
    patch.setattr(Slot, "note_click", nothing)


@mutant("in_app", "in_app_visits")
def no_visit_shows_anything(patch: Patch) -> None:
    patch.setattr(Slot, "choose", nothing)


@mutant("in_app", "in_app_visits")
def banners_are_shown_when_they_are_sent(patch: Patch) -> None:
    send = ContactDesk._send

    def shown_at_once(self: ContactDesk, requests: Any, key: Any) -> Any:
        result = send(self, requests, key)
        index = self.engine.sites.in_app.take(requests.site).nonzero()[0]
        index = index[requests.run.take(index) > 0]
        payload = pack(requests.run.take(index), requests.site.take(index) + self.first_site)
        for name in ("delivered", "in_app_shown") if index.size else ():
            report = (requests.customer.take(index), requests.time.take(index), key.take(index), payload)
            self.port.hub.contact_event(EVENT_CODE[name], *report)  # type: ignore[attr-defined]
        return result

    patch.setattr(ContactDesk, "_send", shown_at_once)


@mutant("in_app", "in_app_delivery")
def every_impression_is_a_delivery(patch: Patch) -> None:
    choose = Slot.choose

    def forgetful(self: Slot, customer: Any, time: Any) -> Any:
        found = choose(self, customer, time)
        if found is not None:
            found.ordinal[:] = 0
        return found

    patch.setattr(Slot, "choose", forgetful)


@mutant("in_app", "no_address")
def banners_need_an_address(patch: Patch) -> None:
    reaches = Permission.reaches

    def addressed(self: Permission, customer: Any, site: Any) -> Any:
        observed = self.ground.observed
        _, consent = reaches(self, customer, site)
        return observed.address[self.ground.sites.channel.take(site), customer], consent

    patch.setattr(Permission, "reaches", addressed)


def _with_rules(patch: Patch, rules: InAppRules) -> None:
    """In-app messages obey and count as these rules say, whatever the scenario says."""
    begin = sites.SiteColumns.__init__

    def ruled(self: sites.SiteColumns, program: Any) -> None:
        policy = replace(program.scenario.policy, in_app=rules)
        begin(self, replace(program, scenario=replace(program.scenario, policy=policy)))

    patch.setattr(sites.SiteColumns, "__init__", ruled)


@mutant("in_app", "cap", "quiet_hours")
def banners_obey_every_rule(patch: Patch) -> None:
    _with_rules(patch, InAppRules(RULE_FAMILIES, False))


@mutant("in_app", "cap")
def banners_fill_the_caps(patch: Patch) -> None:
    _with_rules(patch, InAppRules(counts=True))


@mutant("in_app", "pause", "control")
def banners_obey_nothing(patch: Patch) -> None:
    _with_rules(patch, InAppRules((), False))


@mutant("in_app", "budget")
def impressions_cost_nothing(patch: Patch) -> None:
    note = Slot.note_shown

    def free(self: Slot, *given: Any) -> Any:
        patch.setattr(self.engine.budget, "spend", nothing)
        return note(self, *given)

    patch.setattr(Slot, "note_shown", free)


@mutant("in_app", "in_app_limits")
def banners_are_shown_whatever_they_cost(patch: Patch) -> None:
    patch.setattr(Slot, "_unpaid", lambda self, place, local: np.False_)


@mutant("in_app", "channel", "no_address")
def banners_that_wait_count_as_tried(patch: Patch) -> None:
    send = ContactDesk._send

    def hasty(self: ContactDesk, requests: Any, key: Any) -> Any:
        index = self.engine.sites.in_app.take(requests.site).nonzero()[0]
        self.engine.observed.channel_sends[CHANNEL_CODE["in_app"], requests.customer.take(index)] += np.uint16(1)
        return send(self, requests, key)

    patch.setattr(ContactDesk, "_send", hasty)


@mutant("in_app", "steps", "waits", "due")
def nobody_knows_what_was_shown(patch: Patch) -> None:
    mark = ContactReports._mark

    def deaf(self: ContactReports, engine: Any, event: int, *more: Any) -> None:
        if event != EVENT_CODE["in_app_shown"]:
            mark(self, engine, event, *more)

    patch.setattr(ContactReports, "_mark", deaf)
