"""Which events a population and a scenario bring about, so that nobody waits for what can never happen in silence."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from sim.population_file import Population
from strategies.scenario import Notice, Scenario
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
    if event in _POINTS and (scenario.loyalty is None or scenario.loyalty.points is None):
        return "the scenario has no loyalty points"
    if event == "tier_changed" and (scenario.loyalty is None or not scenario.loyalty.tiers):
        return "the scenario has no loyalty tiers"
    if event == "nps_answered" and not any(message.asks == "nps" for message in scenario.messages):
        return "no message asks for it (asks: nps)"
    if event == "coupon_redeemed" and not scenario.offers:
        return "the scenario has no offers"
    return ""


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
