"""Attributes of events as rows of the log tell them: texts in words, one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.audit.conditions import Lookup
    from tests.audit.facts import Facts

TEXTS = {
    "subscribed": ("channel", "place"),
    "subscription_confirmed": ("channel", "place"),
    "preferences_changed": ("frequency", "topic_off"),
    "registered": ("source",),
    "registration_abandoned": ("source",),
    "support_opened": ("topic",),
    "support_closed": ("topic", "result"),
    "tier_changed": ("tier",),
    "coupon_redeemed": ("offer",),
}
"""Texts that some events carry, in the order in which the log has them."""

NUMBERS = {
    "nps_answered": "score",
    "reviewed": "score",
    "support_closed": "waited",
    "delivered_order": "late",
    **dict.fromkeys(("points_earned", "points_spent", "points_expiring", "points_expired"), "amount"),
}
"""What some events call their number."""


_ALL = ("category", *(name for names in TEXTS.values() for name in names))


def texts_of(event: str, category: str) -> dict[str, str | None]:
    """Attribute → text of an event whose row says ``category``; None where the event has none."""
    words = [word for word in category.split(", ") if word]
    return dict.fromkeys(_ALL) | dict(zip(TEXTS.get(event, ("category",)), words, strict=False))


def attributes_of(event: str, value: float | None, category: str) -> dict[str, Any]:
    """Every attribute that a row of the log tells of its event, None where it is missing."""
    texts = dict.fromkeys(TEXTS.get(event, ("category",)))
    return {NUMBERS.get(event, "value"): value, **texts, **texts_of(event, category)}


def at_event(facts: Facts, time: int, event: str, attributes: dict[str, Any]) -> Lookup:
    """Fields at an event, whose attributes stand with and without ``trigger.``."""

    def lookup(path: str) -> object:
        head, _, rest = path.partition(".")
        if head == "trigger" or attributes.get(path) is not None or (path in attributes and path != "tier"):
            return attributes.get(rest or path)
        return facts.lookup(path, time, event == "order")

    return lookup
