"""Changes on a date, and the sender's domain."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Literal

from strategies.changes import Change, Sender, phases, senders
from strategies.language.contents import CHANNEL_SETTINGS
from strategies.language.in_app import IN_APP_SLOT
from strategies.language.policy import POLICY
from strategies.language.reader import Choice, ListOf, Reader
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import DATE, POSITIVE_DAYS, SHARE
from strategies.language.words import CHANNEL
from strategies.scenario import Scenario
from strategies.vocabulary import DAY

DOMAIN: Reader[Literal["known", "new"]] = Choice(("known", "new"))
COUNTERS: Reader[Literal["keep", "reset"]] = Choice(("keep", "reset"))
RUNS: Reader[Literal["keep", "end"]] = Choice(("keep", "end"))


def _sender(keys: Keys) -> Sender:
    domain = keys.need("domain", DOMAIN, "known", "do mail providers know the domain")
    warmup = keys.get("warmup", POSITIVE_DAYS, None, "time over which the daily volume of marketing e-mail is raised")
    first_day = keys.get("first_day", SHARE, 0.01, "e-mails of the first day, as a share of the customers")
    where = keys.value.path
    if warmup is not None and domain != "new":
        keys.complain("warmup", f"{where}: found 'warmup' with 'domain: {domain}', expected 'domain: new'")
    if keys.has("first_day") and warmup is None:
        keys.complain("first_day", f"{where}: found 'first_day' without 'warmup', expected both or none")
    if first_day == 0:
        keys.complain("first_day", f"{where}.first_day: found 0%, expected a share above 0")
        first_day = 0.01
    return Sender(domain, warmup, first_day)


SENDER: Reader[Sender] = Record("sender", _sender, "a mapping such as {domain: new, warmup: 30d}")


def _change(keys: Keys) -> Change:
    change = Change(
        on=keys.need("on", DATE, dt.date(2000, 1, 1), "the day from whose beginning on it holds, company time"),
        policy=keys.get("contact_policy", POLICY, None, "the whole contact policy from then on"),
        channels=keys.get("channels", MapOf(CHANNEL_SETTINGS, CHANNEL), {}, "channels with new settings"),
        in_app_slot=keys.get("in_app_slot", IN_APP_SLOT, None, "the whole slot of in-app messages from then on"),
        sender=keys.get("sender", SENDER, None, "another domain for e-mail"),
        counters=keys.get("counters", COUNTERS, "keep", "do caps, gaps, the slot's limits remember what was"),
        runs=keys.get("runs", RUNS, "keep", "do chain runs in flight go on"),
    )
    if not any(keys.has(name) for name in ("contact_policy", "channels", "in_app_slot", "sender", "runs")):
        text = "found nothing that changes, expected contact_policy, channels, in_app_slot, sender or runs"
        keys.value.complain(f"{keys.value.path}: {text}")
    return change


CHANGES: Reader[tuple[Change, ...]] = ListOf(Record("change", _change))


MOST_CAPS = 128
"""Caps of different names in a contact policy and all its changes."""


def check_changes(keys: Keys, scenario: Scenario) -> Scenario:
    """Dates lie inside the horizon and rise; channels are those of the scenario; the log can tell all rows apart.

    Remarks on a warm-up that outlasts the horizon.

    Returns:
        The scenario; where the command line gives the horizon, without the last changes if they lie beyond it, with a
        remark on each.
    """
    first, last = scenario.start, scenario.start + dt.timedelta(days=scenario.horizon // DAY)
    horizon, reached = keys.value.child("horizon"), scenario
    if horizon is not None and horizon.node.mark.overrides:
        while reached.changes and reached.changes[-1].on >= last:
            reached = replace(reached, changes=reached.changes[:-1])
    for begin, sender in senders(reached):
        beyond = begin + (sender.warmup or 0) - scenario.horizon
        if beyond > 0:
            days = beyond // DAY
            where = keys.value.child("sender" if begin == 0 else "changes") or keys.value
            where.remark(
                f"the warm-up of the sender ends {days} days after the horizon; the neutral policy mails without a plan"
            )
    changes = keys.value.child("changes")
    if changes is None or len(changes.node.items) != len(scenario.changes):
        return reached
    names = {cap.name for phase in phases(scenario) for cap in phase.scenario.policy.caps}
    if len(names) > MOST_CAPS:
        expected = f"expected at most {MOST_CAPS} in contact_policy and changes together"
        changes.complain(f"changes: found {len(names)} caps of different names, {expected}")
    known = keys.value.reading.names.get("channel", ())
    for number, (item, change) in enumerate(zip(changes.items(), scenario.changes, strict=True)):
        on = item.child("on")
        if horizon is not None and number >= len(reached.changes):
            horizon.remark(
                f"{item.path} is not reached: it holds from {change.on} on, and the horizon ends before {last}; "
                f"expected more than {(change.on - scenario.start).days} days"
            )
        elif on is not None and not first < change.on < last:
            expected = f"expected a day after {first} and before {last}"
            on.complain(f"{on.path}: found {change.on}, {expected}")
        first = max(first, change.on)
        channels = item.child("channels")
        for name in change.channels if channels is not None else ():
            if channels is not None and name not in known:
                text = f"found channel '{name}', which is missing from 'channels:' ({', '.join(known)})"
                channels.complain(f"{channels.path}: {text}", channels.node.entries[name][0])
    return reached
