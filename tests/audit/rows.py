"""Rows of the contact policy as the auditor reads them, with the language's defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.audit.signals import SignalText, signal
from tests.audit.words import WEEKDAYS, Message, Raw, clock, listed, optional_seconds, seconds

GAP_KINDS = ("any", "same_channel", "other_channel", "same_purpose", "same_topic", "same_offer", "same_message")


@dataclass(frozen=True)
class ScopeText:
    """Which contacts a row speaks of; what is empty does not restrict."""

    channels: tuple[str, ...]
    purposes: tuple[str, ...]
    topics: tuple[str, ...]
    chains: tuple[str, ...]
    messages: tuple[str, ...]
    segments: tuple[str, ...]

    def speaks_of(self, channel: str, message: Message, chain: str) -> bool:
        """Whether a contact falls under the row."""
        return (
            (not self.channels or channel in self.channels)
            and (not self.purposes or message.purpose in self.purposes)
            and (not self.topics or message.topic in self.topics)
            and (not self.chains or chain in self.chains)
            and (not self.messages or message.name in self.messages)
        )


def scope(raw: Raw) -> ScopeText:
    """The scope of a row; each list in order, so that scopes of the same contacts are equal."""
    words = ("channel", "purposes", "topic", "chain", "message", "segment")
    return ScopeText(*(tuple(sorted({*listed(raw.get(word))})) for word in words))


@dataclass(frozen=True)
class CapText:
    """A cap as written; ``maxima`` by the value of ``by``, with ``else``."""

    name: str
    maximum: int
    maxima: Raw
    by: str | None
    calendar: str | None
    rolling: int
    scope: ScopeText
    zone: str
    counts: str
    then: str
    for_at_most: int | None
    days: int
    from_sunday: bool
    every: int | None
    instead_of: tuple[str, ...]
    own_replaces: bool


def cap_rows(rows: Sequence[Raw]) -> tuple[CapText, ...]:
    """All caps."""
    return tuple(_cap(index, raw) for index, raw in enumerate(rows))


def _cap(index: int, raw: Raw) -> CapText:
    maximum, per = raw["max"], raw["per"]
    days = int(per.split()[0]) if per.endswith(" calendar days") else 1
    calendar = "day" if days > 1 else per if per in ("day", "week", "month") else None
    every, longest = optional_seconds(raw.get("every")), optional_seconds(raw.get("for_at_most"))
    if "attempts" in raw and every is not None:
        longest = min((raw["attempts"] - 1) * every, longest or (raw["attempts"] - 1) * every)
    return CapText(
        name=raw.get("name") or f"caps[{index}]",
        maximum=maximum["else"] if isinstance(maximum, dict) else maximum,
        maxima=maximum if isinstance(maximum, dict) else {},
        by=raw.get("by"),
        calendar=calendar,
        rolling=0 if calendar else seconds(per),
        scope=scope(raw),
        zone=raw.get("zone", "customer"),
        counts=raw.get("counts", "sent"),
        then=raw.get("then", "wait"),
        for_at_most=longest,
        days=days,
        from_sunday=raw.get("week_from") == "sunday",
        every=every,
        instead_of=listed(raw.get("instead_of")),
        own_replaces=raw.get("own_rule") == "replaces",
    )


@dataclass(frozen=True)
class GapText:
    """A row of ``min_gap`` as written: kind → seconds, in the language's order of kinds."""

    name: str
    least: dict[str, int]
    scope: ScopeText
    ignores_own_run: bool
    counts: str
    then: str
    for_at_most: int | None


def gap_rows(rows: Any) -> tuple[GapText, ...]:
    """All rows of ``min_gap``, of which there may be one, several or none."""
    several = rows if isinstance(rows, list) else [rows] if rows else []
    return tuple(
        GapText(
            name=raw.get("name") or ("min_gap" if len(several) == 1 else f"min_gap[{index}]"),
            least={kind: seconds(raw[kind]) for kind in GAP_KINDS if kind in raw},
            scope=scope(raw),
            ignores_own_run=raw.get("own_run", "obey") == "ignore",
            counts=raw.get("counts", "sent"),
            then=raw.get("then", "wait"),
            for_at_most=optional_seconds(raw.get("for_at_most")),
        )
        for index, raw in enumerate(several)
    )


@dataclass(frozen=True)
class BudgetText:
    """A row of ``budget`` as written, money in 1/10,000."""

    name: str
    maximum: int
    per: str
    scope: ScopeText
    teams: tuple[str, ...]

    def speaks_of(self, channel: str, message: Message, chain: str, team: str) -> bool:
        """Whether it pays for a contact, or for a task of a team."""
        named = team in self.teams if team else channel in self.scope.channels
        anything = not self.scope.channels and not self.teams
        return (anything or named) and replace(self.scope, channels=()).speaks_of(channel, message, chain)

    def counts_as(self, other: BudgetText) -> bool:
        """Whether both count the same spending in the same periods."""
        return (self.per, self.scope, self.teams) == (other.per, other.scope, other.teams)


def budget_rows(rows: Any) -> tuple[BudgetText, ...]:
    """All rows of ``budget``, of which there may be one, several or none."""
    several = rows if isinstance(rows, list) else [rows] if rows else []
    return tuple(
        BudgetText(
            name=raw.get("name") or ("budget" if len(several) == 1 else f"budget[{index}]"),
            maximum=round(raw["max"] * 10_000),
            per=raw["per"],
            scope=scope(raw),
            teams=tuple(sorted({*listed(raw.get("team"))})),
        )
        for index, raw in enumerate(several)
    )


@dataclass(frozen=True)
class PauseText:
    """A row of ``pause_after`` as written.  events: name → seconds; also: signals with seconds; until: what ends it."""

    name: str
    events: dict[str, int]
    also: tuple[tuple[SignalText, int], ...]
    until: tuple[str, ...]
    scope: ScopeText
    then: str
    for_at_most: int | None


_OF_A_PAUSE = (
    *("name", "until", "then", "for_at_most", "also"),
    *("channel", "purposes", "topic", "chain", "message", "segment"),
)


def pause_rows(rows: Any) -> tuple[PauseText, ...]:
    """All rows of ``pause_after``, of which there may be one, several or none."""
    several = rows if isinstance(rows, list) else [rows] if rows else []
    pauses = []
    for index, raw in enumerate(several):
        also = raw.get("also", [])
        signals = [(signal(row), seconds(row["for"])) for row in (also if isinstance(also, list) else [also])]
        pauses.append(
            PauseText(
                name=raw.get("name") or ("pause_after" if len(several) == 1 else f"pause_after[{index}]"),
                events={event: seconds(lasts) for event, lasts in raw.items() if event not in _OF_A_PAUSE},
                also=tuple(signals),
                until=listed(raw.get("until")),
                scope=scope({"purposes": ("promo", "content"), **raw}),
                then=raw.get("then", "wait"),
                for_at_most=optional_seconds(raw.get("for_at_most")),
            )
        )
    return tuple(pauses)


@dataclass(frozen=True)
class HoursText:
    """A row of quiet hours or a send window as written."""

    name: str
    from_: int
    to: int
    days: tuple[str, ...]
    zone: str
    scope: ScopeText
    then: str
    for_at_most: int | None


def hours_rows(rows: Any, key: str) -> tuple[HoursText, ...]:
    """All rows of ``quiet_hours`` or ``send_window`` (``key``), of which there may be one, several or none."""
    several = rows if isinstance(rows, list) else [rows] if rows else []
    return tuple(
        HoursText(
            name=raw.get("name") or (key if len(several) == 1 else f"{key}[{index}]"),
            from_=clock(raw["from"]),
            to=clock(raw["to"]),
            days=listed(raw.get("days", WEEKDAYS)),
            zone=raw.get("zone", "customer"),
            scope=scope(raw),
            then=raw.get("then", "wait"),
            for_at_most=optional_seconds(raw.get("for_at_most")),
        )
        for index, raw in enumerate(several)
    )
