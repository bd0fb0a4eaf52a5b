"""The words that scenarios, the engine and the log share: channels, purposes, events.

One name per thing everywhere.  The position of a name in its tuple is its code in arrays and logs,
so names are appended, never reordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

CHANNELS: Final = ("email", "web_push", "mobile_push", "sms", "telegram", "whatsapp", "vk")
"""Channels in code order."""

PURPOSES: Final = ("transactional", "service", "promo", "content")
"""What a message is for, in code order."""

BARRIERS: Final = ("price", "trust", "choice", "time", "fit")
"""What keeps a customer with an open job from buying (MODEL, Jobs), in code order."""

STAGES: Final = ("unaware", "aware", "exploring", "choosing", "ready")
"""Readiness of an open job (Hunt's ladder), in code order."""

CHANNELS_THAT_REPORT_OPENS: Final = frozenset({"email", "web_push", "mobile_push", "telegram", "whatsapp", "vk"})
"""SMS reports no opens: asking for them is a load error."""

FREQUENCIES: Final = ("all", "weekly", "monthly")
"""How often a customer wants to be written to, as chosen in a preference centre, in code order."""

RFM_CELLS: Final = ("champions", "loyal", "big_spenders", "at_risk", "hibernating", "new", "other")
"""Named RFM cells of the source (003 §7.6); ``other`` is what none of them claims."""

AttributeType = Literal["number", "text"]


@dataclass(frozen=True)
class EventType:
    """One event of the event map: its name, the typed attributes it carries, whether the world makes it yet."""

    name: str
    attributes: dict[str, AttributeType]
    simulated: bool = True
    about: str = ""


def _event(name: str, simulated: bool = True, about: str = "", **attributes: AttributeType) -> EventType:
    return EventType(name, attributes, simulated, about)


EVENT_MAP: Final[tuple[EventType, ...]] = (
    _event("site_visited", about="a visit begins"),
    _event("searched", category="text", about="a search on the site"),
    _event("product_viewed", category="text", about="a product page was seen"),
    _event("view_abandoned", category="text", about="left after a view, 30 idle minutes"),
    _event("search_abandoned", category="text", about="left after a search, 30 idle minutes"),
    _event("favourite_added", category="text", about="a product was marked as favourite"),
    _event("cart_added", category="text", value="number", about="the cart was filled"),
    _event("cart_emptied", category="text", about="the customer emptied the cart"),
    _event("cart_abandoned", category="text", value="number", about="left with a full cart, 30 idle minutes"),
    _event("checkout_started", category="text", value="number", about="the checkout was opened"),
    _event("checkout_abandoned", category="text", value="number", about="left the checkout, 30 idle minutes"),
    _event("order", category="text", value="number", about="an order was placed"),
    _event("delivered_order", simulated=False),
    _event("returned", simulated=False),
    _event("reviewed", simulated=False),
    _event("registered", simulated=False),
    _event("registration_abandoned", simulated=False),
    _event("form_abandoned", simulated=False),
    _event("subscribed", simulated=False),
    _event("subscription_confirmed", simulated=False),
    _event("onboarding_step", simulated=False),
    _event("app_opened", simulated=False),
    _event("store_visited", simulated=False),
    _event("support_opened", simulated=False),
    _event("support_closed", simulated=False),
    _event("nps_answered", simulated=False, score="number"),
    _event("referred", simulated=False),
    _event("survey_answered", simulated=False),
    _event("subscription_ending", simulated=False),
    _event("stock_back", simulated=False),
    _event("price_dropped", simulated=False),
    _event("birthday", simulated=False),
    _event("anniversary", simulated=False),
    _event("segment_entered", about="a segment used by a trigger was entered"),
    _event("segment_left", about="a segment used by a trigger was left"),
    _event("points_earned", simulated=False),
    _event("points_spent", simulated=False),
    _event("points_expiring", simulated=False),
    _event("points_expired", simulated=False),
    _event("tier_changed", simulated=False),
    _event("coupon_redeemed", simulated=False),
    _event("replenishment_due", simulated=False),
    _event("held", about="a contact waits; the reason says why"),
    _event("dropped", about="a contact was not sent; the reason says why"),
    _event("sent", about="a message was handed to the provider"),
    _event("bounced", about="the provider reported a failure"),
    _event("delivered", about="the provider reported delivery"),
    _event("opened", about="a tracked open, privacy proxies included"),
    _event("click", about="a tracked click"),
    _event("unsubscribed", about="marketing consent on the channel withdrawn"),
    _event("complained", about="reported as spam; consent withdrawn"),
    _event("blocked", about="the messenger bot was blocked"),
    _event("push_disabled", about="push permission withdrawn"),
    _event("task_created", simulated=False),
    _event("call_answered", simulated=False),
    _event("chain_entered", about="a chain run began (also for ghosts of a holdout)"),
    _event("chain_exited", about="a chain run ended; the reason says why"),
    _event("goal_reached", about="the goal event came inside the goal window of a run"),
)
"""The event map.  The last three events are the engine's own bookkeeping of chain runs."""

EVENTS: Final = tuple(event.name for event in EVENT_MAP)
EVENT_CODE: Final = {name: code for code, name in enumerate(EVENTS)}
CHANNEL_CODE: Final = {name: code for code, name in enumerate(CHANNELS)}
PURPOSE_CODE: Final = {name: code for code, name in enumerate(PURPOSES)}

REASONS: Final = (
    "",
    "no_address",
    "no_consent",
    "control",
    "holdout",
    "sunset",
    "condition",
    "offer_expired",
    "main_chain",
    "cap",
    "gap",
    "pause",
    "quiet_hours",
    "budget",
    "throughput",
    "held_too_long",
    "run_ended",
    "exit_event",
    "timeout",
    "finished",
    "exit_step",
    "restarted",
    "horizon",
    "hard_bounce",
    "soft_bounce",
    "proxy",
    "reopened",
)
"""Why a contact was held or dropped, why a run ended, how a bounce came about.  A sent contact has ''.
``opened`` with reason ``proxy`` was opened by a privacy proxy, not by a person; ``reopened``: by a person
after the proxy, so the message's open is counted already."""

REASON_CODE: Final = {name: code for code, name in enumerate(REASONS)}

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
WEEK: Final = 604_800
MONEY_UNIT: Final = 10_000
"""Money inside is int64 in 1/10,000 of the currency unit (DESIGN law 5)."""
