"""Which events a population and a scenario bring about, so that nobody waits for what can never happen in silence."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from sim.population_file import Population
from strategies.action_steps import GivePoints
from strategies.language.units import format_duration
from strategies.scenario import Notice, Scenario
from strategies.step_tree import steps_within
from strategies.vocabulary import EVENT_CODE

_AFTER_ORDER = {
    "delivered_order": "delivery",
    "returned": "returns",
    "support_opened": "support",
    "support_closed": "support",
    "reviewed": "reviews",
    "replenishment_due": "replenishment",
    "subscription_ending": "renewals",
}
_GIVEN_NAMES = frozenset(
    {"name", "about", "message", "topic", "topics", "chain", "chains", "segment", "segments", "offer", "path", "team"}
)
"""Fields that hold names of the user's own, or texts."""
_WISHES = ("stock_back", "price_dropped")
_POINTS = ("points_earned", "points_spent", "points_expiring", "points_expired")


def _reason(event: str, scenario: Scenario, population: Population) -> str:
    """Why an event cannot happen; '' where it can."""
    part = _AFTER_ORDER.get(event)
    if part is not None and part not in population.after_order:
        return f"the population has no '{part}' in after_order"
    if event in _WISHES and not population.assortment:
        return "the population has no 'assortment'"
    if event in _POINTS:
        return _no_points(event, scenario)
    if event == "tier_changed" and (scenario.loyalty is None or not scenario.loyalty.tiers):
        return "the scenario has no loyalty tiers"
    if event == "nps_answered" and not any(message.asks == "nps" for message in scenario.messages):
        return "no message asks for it (asks: nps)"
    if event == "coupon_redeemed" and not scenario.offers:
        return "the scenario has no offers"
    return ""


def _no_points(event: str, scenario: Scenario) -> str:
    """Why an event of loyalty points cannot happen in the horizon; '' where it can.  Accounts begin empty."""
    rules = scenario.loyalty.points if scenario.loyalty is not None else None
    if rules is None:
        return "the scenario has no loyalty points"
    expires = rules.expire_after
    if event in ("points_expiring", "points_expired") and expires is None:
        return "points never expire without loyalty.points.expire_after"
    given = any(isinstance(step, GivePoints) for chain in scenario.chains for step in steps_within(chain.steps))
    active, lasts = (0 if given else rules.active_after), expires or 0
    first = {
        "points_earned": 0,
        "points_spent": active,
        "points_expiring": active + max(lasts - rules.expiring, 0),
        "points_expired": active + lasts,
    }[event]
    if first < scenario.horizon:
        return ""
    told = f"accounts are empty at the start, the first comes {format_duration(first)} after an order or a gift"
    return f"{told} at the earliest, and the horizon is {format_duration(scenario.horizon)}"


def _named(part: Any) -> set[str]:
    """Events that a part of a scenario waits for; names that users gave are no events."""
    if isinstance(part, str):
        return {part} & EVENT_CODE.keys()
    if dataclasses.is_dataclass(part):
        part = tuple(getattr(part, item.name) for item in dataclasses.fields(part) if item.name not in _GIVEN_NAMES)
    if isinstance(part, (tuple, frozenset)):
        return set().union(*(_named(item) for item in part))
    return set()


def _line(file: Path, event: str) -> int:
    """Line where an event stands first in a file; 1 when it came from elsewhere."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return next((number for number, line in enumerate(lines, start=1) if re.search(rf"\b{event}\b", line)), 1)


def unheard(scenario: Scenario, population: Population) -> tuple[Notice, ...]:
    """A notice for every event that the scenario names but that cannot happen in this population."""
    waited = _named((scenario.chains, scenario.policy, scenario.segments))
    reasons = ((event, _reason(event, scenario, population)) for event in sorted(waited))
    return tuple(
        Notice(scenario.file, _line(Path(scenario.file), event), f"'{event}' will never happen: {reason}")
        for event, reason in reasons
        if reason
    )
