"""Attributes of events as rows of the log tell them: texts in words, one number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.audit.conditions import Lookup
    from tests.audit.facts import Facts

from tests.audit.base import Row

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


OF_TASKS = ("call_answered", "task_created", "task_closed")
OF_CONTACTS = (
    *("sent", "bounced", "delivered", "in_app_shown", "opened", "click"),
    *("unsubscribed", "complained", "blocked", "push_disabled"),
    *OF_TASKS,
)
"""Events about a message, and those of them that are about a task."""

OF_NO_MESSAGE: dict[str, Any] = dict.fromkeys(("channel", "message", "chain", "message_topic"))
"""Attributes of what the company itself did, where others have a message."""

_ALL = ("category", *(name for names in TEXTS.values() for name in names))


def texts_of(event: str, category: str) -> dict[str, str | None]:
    """Attribute → text of an event whose row says ``category``; None where the event has none."""
    words = [word for word in category.split(", ") if word]
    return dict.fromkeys(_ALL) | dict(zip(TEXTS.get(event, ("category",)), words, strict=False))


def attributes_of(row: Row, topics: Mapping[str, str]) -> dict[str, Any]:
    """Every attribute that a row of the log tells of its event, None where it is missing.

    topics: message → its topic.  The category that a clicked message showed stands nowhere in the log.
    """
    if row.event in OF_CONTACTS:
        told = {"message": row.message or None, "chain": row.chain or None, "message_topic": topics.get(row.message)}
        if row.event not in OF_TASKS:
            return told | {"channel": row.channel or None}
        told |= {"task": None, "outcome": row.reason or None}
        if not row.channel:  # no call: what stands in the place of the message is the work's own name
            told |= {"message": None, "message_topic": None, "task": row.message}
        return told
    texts = dict.fromkeys(TEXTS.get(row.event, ("category",)))
    return {NUMBERS.get(row.event, "value"): row.value, **texts, **texts_of(row.event, row.category)}


def at_event(facts: Facts, time: int, event: str, attributes: dict[str, Any]) -> Lookup:
    """Fields at an event, whose attributes stand with and without ``trigger.``."""

    def lookup(path: str) -> object:
        head, _, rest = path.partition(".")
        if head == "trigger" or attributes.get(path) is not None or (path in attributes and path != "tier"):
            return attributes.get(rest or path)
        return facts.lookup(path, time, event == "order")

    return lookup
