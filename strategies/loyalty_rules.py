"""The loyalty programme of a scenario: points that are earned, become active and expire; tiers by spending."""

from __future__ import annotations

from dataclasses import dataclass

from strategies.vocabulary import DAY, MONEY_UNIT


@dataclass(frozen=True)
class PointsRules:
    """How points come and go.

    earn: share of what is paid that comes back as points, at their worth.  active_after, expire_after (from then on;
    None: never), expiring: seconds; ``expiring`` before they expire points count as expiring soon.
    worth: money of one point.  pay_up_to: largest share of an order that points may pay.
    """

    earn: float
    active_after: int = 0
    expire_after: int | None = None
    expiring: int = 30 * DAY
    worth: int = MONEY_UNIT
    pay_up_to: float = 0.3


@dataclass(frozen=True)
class Tier:
    """A tier: reached by spending ``at`` (money); ``earn``: its own share that comes back as points, if it has one."""

    name: str
    at: int
    earn: float | None = None


@dataclass(frozen=True)
class Loyalty:
    """Points, tiers, or both.

    tiers: from the lowest to the highest.  spent_in: seconds of the past whose orders count for a tier.
    refresh: seconds between the days on which tiers may be lost (they are reached at once, with an order).
    """

    points: PointsRules | None = None
    tiers: tuple[Tier, ...] = ()
    spent_in: int = 365 * DAY
    refresh: int = 30 * DAY
