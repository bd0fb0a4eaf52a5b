"""The contact policy of a resolved scenario: who may be written to, how often and when not.

Rows as frozen dataclasses, checked and in base units (see :mod:`strategies.scenario`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from strategies.signals import Signal

Then = Literal["wait", "drop"]
CapThen = Literal["wait", "drop", "retry"]
CalendarPeriod = Literal["day", "week", "month"]
BudgetPeriod = Literal["week", "month"]
CALENDAR_PERIODS: tuple[CalendarPeriod, ...] = ("day", "week", "month")
Zone = Literal["customer", "company"]
Stage = Literal["attempted", "sent", "delivered"]
"""How far a contact has come: handed to the provider; not bounced at once; reported as delivered."""


@dataclass(frozen=True)
class Scope:
    """Which contacts a row of the policy speaks of; empty means all."""

    channels: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    """The customer must be in one of these segments for the row to apply."""

    @property
    def ordered(self) -> Scope:
        """The same contacts, told in one order: what a row lists, and in which order, is compared by this.

        >>> Scope(channels=("sms", "email", "sms")).ordered == Scope(channels=("email", "sms")).ordered
        True
        """
        return Scope(*(_ordered(getattr(self, part.name)) for part in fields(Scope)))

    def covers(self, narrow: Scope) -> bool:
        """Whether a row of this scope speaks of all contacts that another speaks of.

        >>> Scope(channels=("email", "sms")).covers(Scope(channels=("sms",), segments=("vip",)))
        True
        >>> Scope(segments=("vip",)).covers(Scope())
        False
        """
        pairs = [(getattr(self, part.name), getattr(narrow, part.name)) for part in fields(Scope)]
        return all(not all_of or (some and set(all_of).issuperset(some)) for all_of, some in pairs)


def _ordered(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


@dataclass(frozen=True)
class Cap:
    """At most ``maximum`` counted contacts in a window.

    ``calendar`` windows are local days, weeks from Monday, months in ``zone``; otherwise ``rolling``
    seconds, exact.  ``by`` names a text field (``rfm.segment``) whose value picks the maximum from
    ``maxima``; ``maximum`` is then the ``else``.

    ``days`` local days, today the last of them, are the window of a calendar ``day``.  ``then: retry``
    examines a contact again ``every`` so many seconds (``wait``: when the window opens).
    """

    name: str
    maximum: int
    calendar: CalendarPeriod | None = None
    rolling: int | None = None
    scope: Scope = Scope()
    by: str | None = None
    maxima: tuple[tuple[str, int], ...] = ()
    zone: Zone = "customer"
    counts: Stage = "sent"
    then: CapThen = "wait"
    for_at_most: int | None = None
    days: int = 1
    week_from: Literal["monday", "sunday"] = "monday"
    every: int | None = None
    attempts: int | None = None
    """With ``retry``: so many examinations in all, ``every`` apart; the last one that fails drops the contact."""
    instead_of: tuple[str, ...] = ()
    """Names of caps that do not bind the contacts that this one binds (they still count there)."""
    own_rule: Literal["also", "replaces"] = "also"
    """``replaces``: customers who chose a frequency of their own are not bound by this cap."""

    @property
    def longest(self) -> int | None:
        """Seconds after which a held contact is given up, counted from when it was first held."""
        if self.attempts is None or self.every is None:
            return self.for_at_most
        tried = (self.attempts - 1) * self.every
        return tried if self.for_at_most is None else min(tried, self.for_at_most)


GapKind = Literal["any", "same_channel", "other_channel", "same_purpose", "same_topic", "same_offer", "same_message"]


@dataclass(frozen=True)
class MinGap:
    """Least time in seconds between contacts, by what they have in common.

    ``least``: (kind, seconds) pairs, of ``any`` other contact, of one on the same or on another channel, of the
    same purpose, topic, offer or message; among the contacts of ``scope`` that reached the stage ``counts``.
    ``own_run: ignore``: contacts of the same chain run do not count for the gap.
    """

    name: str
    least: tuple[tuple[GapKind, int], ...]
    scope: Scope = Scope()
    own_run: Literal["ignore", "obey"] = "obey"
    counts: Stage = "sent"
    then: Then = "wait"
    for_at_most: int | None = None


@dataclass(frozen=True)
class QuietHours:
    """No contact of ``scope`` from ``begin`` to ``end`` (seconds after midnight; begin > end spans midnight)."""

    begin: int
    end: int
    zone: Zone = "customer"
    then: Then = "wait"
    name: str = "quiet_hours"
    scope: Scope = Scope()


@dataclass(frozen=True)
class SendWindow:
    """Contacts of ``scope`` only from ``begin`` to ``end`` on ``weekdays`` (0 is Monday)."""

    name: str
    begin: int
    end: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    zone: Zone = "customer"
    scope: Scope = Scope()
    then: Then = "wait"
    for_at_most: int | None = None


@dataclass(frozen=True)
class PauseAfter:
    """After an event of ``events`` (name → seconds), or a signal of ``signals``, no contact of ``scope`` for so long.

    until: events that end the pause before its time.
    """

    events: tuple[tuple[str, int], ...]
    scope: Scope = Scope(purposes=("promo", "content"))
    then: Then = "wait"
    signals: tuple[tuple[Signal, int], ...] = ()
    name: str = "pause_after"
    until: tuple[str, ...] = ()
    for_at_most: int | None = None


@dataclass(frozen=True)
class QuietElsewhere:
    """After an answer on one channel (``events``: name → seconds) no message of ``purposes`` on the others."""

    events: tuple[tuple[str, int], ...]
    purposes: tuple[str, ...] = ("promo", "content")
    then: Then = "wait"


@dataclass(frozen=True)
class Preferences:
    """What customers chose in a preference centre: topics switched off, and how often they want to be written to.

    ``weekly``, ``monthly``: least seconds between two messages of ``purposes`` for who chose so.
    """

    topics: Literal["obey", "ignore"] = "obey"
    frequency: Literal["obey", "ignore"] = "obey"
    purposes: tuple[str, ...] = ("promo", "content")
    weekly: int = 7 * 86_400
    monthly: int = 30 * 86_400
    then: Then = "drop"
    for_at_most: int | None = None


@dataclass(frozen=True)
class OneMainChain:
    """Only one chain speaks to a customer at a time (LANGUAGE, contact policy)."""

    others: Then = "wait"
    for_at_most: int | None = None
    running_lower: Literal["pause", "finish"] = "pause"
    campaigns: Literal["skip", "wait", "send"] = "skip"
    free: tuple[str, ...] = ("transactional", "service")
    segments: tuple[str, ...] = ()
    """The rule is for customers in one of these segments; empty means for all."""


RULE_FAMILIES = (
    "address",
    "preferences",
    "control",
    "suppression",
    "main_chain",
    "caps",
    "gaps",
    "pauses",
    "quiet_hours",
    "budget",
)
"""What a purpose may be told to obey in ``exempt``; ``address`` includes the consent for its purpose."""


@dataclass(frozen=True)
class Exemption:
    """A purpose that obeys only some rule families and may not count towards caps and gaps."""

    purpose: str
    obeys: tuple[str, ...]
    counts: bool = False


@dataclass(frozen=True)
class InAppRules:
    """What in-app messages obey, whatever their purpose, and whether they count towards caps and gaps.

    Nobody is disturbed by what he meets at his own visit, so by default caps, gaps and quiet hours, which speak of
    messages that come to the customer, do not hold: how often they are shown, the slot says.
    """

    obeys: tuple[str, ...] = ("preferences", "control", "suppression", "main_chain", "pauses", "budget")
    counts: bool = False


@dataclass(frozen=True)
class Sunset:
    """Stop writing on ``channel`` to those with none of ``none_of`` for ``period`` after ``min_sends`` sends."""

    channel: str
    none_of: tuple[str, ...]
    period: int
    min_sends: int = 0
    then: Literal["suppress"] = "suppress"


@dataclass(frozen=True)
class Budget:
    """Contact cost at most ``maximum`` (money) per calendar ``per`` in company time, of the contacts of ``scope``.

    Spending is seen from the next company day on, so a day is no period of a budget.  teams: whose tasks it speaks of,
    beside the channels of the scope; a row that names neither speaks of both, whatever channel or team.
    """

    maximum: int
    per: BudgetPeriod
    name: str = "budget"
    scope: Scope = Scope()
    teams: tuple[str, ...] = ()

    @property
    def counted(self) -> Budget:
        """What it counts and in which periods, whatever its name, its maximum and the order of its lists."""
        return Budget(0, self.per, "", self.scope.ordered, _ordered(self.teams))


@dataclass(frozen=True)
class ContactPolicy:
    """The whole contact policy of a scenario; absent rows do not limit."""

    quiet_hours: tuple[QuietHours, ...] = ()
    send_windows: tuple[SendWindow, ...] = ()
    caps: tuple[Cap, ...] = ()
    min_gap: tuple[MinGap, ...] = ()
    pause_after: tuple[PauseAfter, ...] = ()
    quiet_elsewhere: QuietElsewhere | None = None
    preferences: Preferences = Preferences()
    one_main_chain: OneMainChain | None = None
    exempt: tuple[Exemption, ...] = ()
    in_app: InAppRules = InAppRules()
    sunset: tuple[Sunset, ...] = ()
    budget: tuple[Budget, ...] = ()
    at_goal: Literal["go_on", "end"] = "go_on"
    """What a run does when its chain's goal is reached."""
