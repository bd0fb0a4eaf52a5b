"""Caps that never bind, or always do: told by ``crmsim check`` (:mod:`strategies.language.doubts`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import get_args

from strategies.changes import phases
from strategies.contact_policy import Cap, Scope, Stage
from strategies.language.reader import Value
from strategies.language.units import format_duration, format_window
from strategies.scenario import Scenario
from strategies.schedules import Schedule
from strategies.shares import USUAL_CUSTOMERS
from strategies.throughput import hourly_limit
from strategies.vocabulary import CHANNEL_CODE, DAY, HOUR
from strategies.working_days import works_on

_CAPPED = ("promo", "content", "service")
"""Purposes whose messages caps hold unless the policy exempts them."""
_STAGES: tuple[Stage, ...] = get_args(Stage)
_WITHIN = {"day": ("day", "week", "month"), "week": ("week",), "month": ("month",)}
"""Calendar windows → those of which each lies within one."""


def cap_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about caps in the policy and in its changes.  value: the whole scenario as written."""
    changes = value.child("changes")
    places = [value, *(changes.items() if changes else ())]
    for place, phase in zip(places, phases(scenario), strict=False):
        policy = place.child("contact_policy")
        written = policy.child("caps") if policy else None
        for item, cap in zip(written.items() if written else (), phase.scenario.policy.caps, strict=False):
            _never_binds(item, cap, phase.scenario.policy.caps)
            _is_an_hour_late(item, cap, phase.scenario)


def _never_binds(item: Value, cap: Cap, caps: tuple[Cap, ...]) -> None:
    """A cap that is looser than another one that holds for all its contacts."""
    for other in caps:
        most = max(other.maximum, *(most for _, most in other.maxima), 0)
        if other is cap or not _holds_before(other, cap, caps):
            continue
        looser = [name for name, allowed in cap.maxima if allowed > most]
        if cap.maximum > most:
            looser.append("else" if cap.by else "")
        if not looser:
            continue
        everywhere = len(looser) == len(cap.maxima) + 1
        of_whom = "" if everywhere else f" for {', '.join(looser)} (by {cap.by})"
        window = format_window(other.calendar, other.rolling, other.days)
        item.remark(
            f"{item.path}: '{cap.name}' never binds{of_whom}, for '{other.name}' holds for the same contacts and is "
            f"full with {most} per {window}; expected 'instead_of: {other.name}' where '{cap.name}' is meant to allow "
            "more, else leave it out"
        )
        return


def _holds_before(other: Cap, cap: Cap, caps: tuple[Cap, ...]) -> bool:
    """Whether all contacts that count for a cap count for another one as well, in a window around its own."""
    free = other.name in cap.instead_of or any(other.name in third.instead_of for third in caps)
    own = other.own_rule == "also" or cap.own_rule == "replaces"
    counted = _STAGES.index(other.counts) <= _STAGES.index(cap.counts)
    return not free and own and counted and other.scope.covers(cap.scope) and _spans(other, cap)


def _spans(other: Cap, cap: Cap) -> bool:
    """Whether every window of a cap lies within a window of another one."""
    if cap.calendar is None or other.calendar is None:
        return cap.rolling is not None and other.rolling is not None and other.rolling >= cap.rolling
    alike = cap.zone == other.zone and (cap.week_from == other.week_from or cap.calendar == "day")
    if other.calendar == cap.calendar:
        return alike and other.days >= cap.days
    return alike and cap.days == 1 and other.calendar in _WITHIN[cap.calendar]


def _is_an_hour_late(item: Value, cap: Cap, scenario: Scenario) -> None:
    """A rolling cap as long as the rhythm of a campaign whose channel settles its places at the full hour."""
    if cap.rolling is None or 1 not in (cap.maximum, *(most for _, most in cap.maxima)):
        return
    purpose_of = {message.name: message.purpose for message in scenario.messages}
    topic_of = {message.name: message.topic for message in scenario.messages}
    for campaign in scenario.campaigns:
        message, channel = campaign.send.message, campaign.send.channels[0]
        scope = Scope((channel,), (purpose_of[message],), (topic_of[message],), (campaign.name,), (message,))
        if not cap.scope.covers(replace(scope, segments=cap.scope.segments)) or purpose_of[message] not in _CAPPED:
            continue
        if hourly_limit(scenario, CHANNEL_CODE[channel], USUAL_CUSTOMERS) is None:
            continue
        if _shortest_gap(campaign.schedule, scenario) == cap.rolling:
            what = "is dropped" if cap.then == "drop" else "waits, each time longer"
            item.remark(
                f"{item.path}: '{cap.name}' is as long as campaign '{campaign.name}' takes to come again, and what "
                f"goes out by {channel}, whose throughput is limited, leaves at the full hour after: the next one "
                f"comes up to an hour too early and {what}; expected a window shorter by some hours, such as per: "
                f"{format_duration(cap.rolling - 2 * HOUR)}"
            )


def _shortest_gap(schedule: Schedule, scenario: Scenario) -> int:
    """Seconds between the two moments of a schedule that lie closest together, 0 where there is but one."""
    works = works_on(scenario.calendar)
    days = [scenario.start + dt.timedelta(days=day) for day in range(scenario.horizon // DAY)]
    due = [day for day in days if schedule.falls_on(day, scenario.start, works)]
    return min(((later - day).days for day, later in pairwise(due)), default=0) * DAY
