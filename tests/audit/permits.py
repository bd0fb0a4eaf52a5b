"""What customers permit, as the log tells it: profiles that become known, consents, double opt-in, choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.audit.base import NEVER

PLACES = ("registration", "form")


@dataclass(frozen=True)
class Introduction:
    """A form told, at ``time``, where a customer may be reached; the log does not carry it."""

    time: int
    address: frozenset[str]
    service_consent: frozenset[str]
    consent: frozenset[str]
    birthday: tuple[int, int] | None = None
    subscription_ends: dt.date | None = None


@dataclass
class Permits:
    """Addresses and consents of one customer, moved on by the log.

    since: channel → (time, place) of consents given during the log.  double_opt_in: channels of the scenario.
    """

    address: set[str]
    consent: set[str]
    service_consent: set[str]
    introductions: list[Introduction]
    double_opt_in: frozenset[str]
    registered: int | None = None
    since: dict[str, tuple[int, str]] = field(default_factory=dict)
    birthday: tuple[int, int] | None = None
    """Told by a form; None where the customers table may know it."""
    subscription_ends: dt.date | None = None
    frequency: str = "all"
    topics_off: set[str] = field(default_factory=set)
    topics_given_up: set[str] = field(default_factory=set)

    def until(self, time: int) -> None:
        """What forms told by now."""
        while self.introductions and self.introductions[0].time <= time:
            told = self.introductions.pop(0)
            self.address |= told.address
            self.service_consent |= told.service_consent
            for channel in told.consent - self.double_opt_in:
                self._grant(told.time, channel, PLACES[0])
            self.birthday = told.birthday or self.birthday
            self.subscription_ends = told.subscription_ends or self.subscription_ends

    def learn(self, event: str, time: int, category: str) -> None:
        """What an event permits."""
        words = [word for word in category.split(", ") if word]
        if event == "registered":
            self.registered = time
        elif event == "subscribed":
            channel = words[0]
            self.address.add(channel)
            self.service_consent.add(channel)
            if channel not in self.double_opt_in:
                self._grant(time, *words)
        elif event == "subscription_confirmed":
            self._grant(time, *words)
        elif event == "preferences_changed":
            self.frequency = words[0]
            self.topics_off |= set(words[1:])

    def _grant(self, time: int, channel: str, place: str) -> None:
        self.consent.add(channel)
        self.since[channel] = (time, place)

    def consented(self, channel: str) -> int:
        """When the last consent for a channel was given, whether it still holds or not."""
        given = self.since[channel][0] if channel in self.since else self.registered
        return NEVER if given is None else given

    def lookup(self, path: str, time: int) -> Any:
        """``consent.email.age``, ``consent.email.place``, ``profile.registered.age``, ``preferences.frequency``."""
        if path == "preferences.frequency":
            return self.frequency
        if path == "profile.registered.age":
            return None if self.registered is None else time - self.registered
        _, channel, what = path.split(".")
        if channel not in self.consent:
            return None
        given, place = self.since.get(channel, (self.registered, PLACES[0]))
        if what == "place":
            return place
        return None if given is None else time - given


def is_permit(path: str) -> bool:
    """Is the field one that :meth:`Permits.lookup` knows?"""
    given = path.startswith("consent.") and path.endswith((".age", ".place"))
    return given or path in ("preferences.frequency", "profile.registered.age")


def by_time(introductions: Iterable[Introduction]) -> list[Introduction]:
    """In the order of time."""
    return sorted(introductions, key=lambda one: one.time)
