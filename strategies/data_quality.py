"""How good the data are that the strategies of a scenario see (W16)."""

from __future__ import annotations

from dataclasses import dataclass

from strategies.vocabulary import EVENTS

_OF_THE_COMPANY = (
    *("segment_entered", "segment_left", "birthday", "anniversary", "subscription_ending", "replenishment_due"),
    *("stock_back", "price_dropped", "points_earned", "points_spent", "points_expiring", "points_expired"),
    *("tier_changed", "coupon_redeemed"),
)
"""What the company's own system works out or books: nothing lies between it and the strategies."""

OWN_ACTIONS = tuple(name for name in EVENTS[: EVENTS.index("held")] if name not in _OF_THE_COMPANY)
"""What customers do themselves, as the company's systems record it."""

LOSABLE = (*OWN_ACTIONS, "opened", "click")
"""Events that may be lost.  A withdrawal of consent never is: it holds at once (W2)."""


@dataclass(frozen=True)
class DataFaults:
    """Shares of events, by name, that the strategies do not see as they happened.

    lost: (event, share).  late: (event, share, longest delay in seconds), stamped with the time of arrival.
    doubled: (event, share).  two_ids: (share of customers with a second id, share of their days on which they act
    under it): what they do then is not seen under the id that the strategies write to.
    """

    lost: tuple[tuple[str, float], ...] = ()
    late: tuple[tuple[str, float, int], ...] = ()
    doubled: tuple[tuple[str, float], ...] = ()
    two_ids: tuple[float, float] | None = None
