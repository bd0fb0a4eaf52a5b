"""Sections of a population file about the life of a customer with the company; each is off unless it stands there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from strategies.language.reader import Checked, Reader, Value, number, whole
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import NAME, SHARE
from strategies.language.words import ADDRESSED_CHANNEL
from strategies.vocabulary import CHANNELS

MAX_STEPS = 20
"""Steps of an onboarding at most."""


@dataclass(frozen=True)
class ArrivalSource:
    """Where newcomers come from: share of them; activity: their rates of visits and jobs against the others'."""

    share: float
    activity: float = 1.0


@dataclass(frozen=True)
class Arrivals:
    """Profiles that come and register during past and run.

    per_year: newcomers in a year as a share of those who were there at the beginning of the past; they come
    evenly (in the shop's rhythm) over ``years`` from there on.  sources: their acquisition sources; none: as the
    profile's.
    """

    per_year: float
    years: float = 2.0
    sources: dict[str, ArrivalSource] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of all profiles that are newcomers."""
        return self.per_year * self.years / (1 + self.per_year * self.years)


@dataclass(frozen=True)
class Onboarding:
    """Steps after the registration; by_visit: chance that a visit brings the next one."""

    steps: int
    by_visit: float


@dataclass(frozen=True)
class Stores:
    """The company's shops: share of customers near one, of what these buy elsewhere, and of receipts with a card.

    A receipt without a card is an order that the company books but cannot tell whose it is.
    """

    near: float
    share: float
    card: float = 1.0


def sum_to_one(value: Value, shares: dict[str, Any]) -> dict[str, Any] | None:
    """Complains unless the shares (or rows with a ``share``) sum to 1."""
    total = sum(getattr(share, "share", share) for share in shares.values())
    if shares and abs(total - 1) > 1e-6:
        value.complain(f"{value.where}: found shares of {total:.4g}, expected a sum of 1")
    return shares


def _source(keys: Keys) -> ArrivalSource:
    return ArrivalSource(
        keys.need("share", SHARE, 1.0, "share of the newcomers"),
        keys.get("activity", number(at_least=0.01, at_most=100), 1.0, "visits and jobs against the others'"),
    )


_SOURCES = Checked(MapOf(Record("arrival source", _source), NAME), sum_to_one)


def _arrivals(keys: Keys) -> Arrivals:
    return Arrivals(
        keys.need("per_year", SHARE, 0.0, "newcomers in a year against those who were there at first"),
        keys.get("years", number(at_least=0.1, at_most=50), 2.0, "for how long they come, from the past's beginning"),
        keys.get("sources", _SOURCES, {}, "acquisition sources of the newcomers"),
    )


def _app_visits(keys: Keys) -> float:
    return keys.need("visits", SHARE, 0.0, "share of visits by owners of the app that are made in it")


def _forms(keys: Keys) -> float:
    return keys.need("left", SHARE, 0.0, "share of visits that leave a form half filled")


def _onboarding(keys: Keys) -> Onboarding:
    return Onboarding(
        keys.need("steps", whole(1, MAX_STEPS), 1, "number of steps"),
        keys.need("by_visit", SHARE, 0.0, "chance that a visit brings the next step"),
    )


def _stores(keys: Keys) -> Stores:
    return Stores(
        keys.need("near", SHARE, 0.0, "share of customers near a shop"),
        keys.need("share", SHARE, 0.0, "share of what these buy elsewhere that they buy there"),
        keys.get("card", SHARE, 1.0, "share of receipts with a customer card"),
    )


def _chances(value: Value, chances: dict[str, float]) -> dict[str, float] | None:
    """Chances by channel; at most one form is filled at a visit."""
    if sum(chances.values()) > 1:
        value.complain(f"{value.where}: found chances of {sum(chances.values()):.4g} a visit, expected at most 1")
        return None
    return {name: chances[name] for name in CHANNELS if name in chances}


ARRIVALS: Reader[Arrivals] = Record("arrivals", _arrivals, "a mapping such as {per_year: 15%}")
APP: Reader[float] = Record("app", _app_visits, "a mapping such as {visits: 60%}")
FORMS: Reader[float] = Record("forms", _forms, "a mapping such as {left: 1%}")
ONBOARDING: Reader[Onboarding] = Record("onboarding", _onboarding, "a mapping such as {steps: 3, by_visit: 50%}")
STORES: Reader[Stores] = Record("stores", _stores, "a mapping such as {near: 20%, share: 15%}")
SUBSCRIPTIONS: Reader[dict[str, float]] = Checked(MapOf(SHARE, ADDRESSED_CHANNEL), _chances)
