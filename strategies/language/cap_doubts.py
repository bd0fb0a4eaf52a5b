"""Caps that never bind beside a tighter one: told by ``crmsim check`` (:mod:`strategies.language.doubts`)."""

from __future__ import annotations

from typing import get_args

from strategies.changes import phases
from strategies.contact_policy import Cap, Stage
from strategies.language.reader import Value
from strategies.language.units import format_window
from strategies.scenario import Scenario

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
