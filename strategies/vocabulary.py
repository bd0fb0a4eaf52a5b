"""The words that scenarios, the engine and the log share: channels, purposes, events.

One name per thing everywhere.  The position of a name in its tuple is its code in arrays and logs,
so names are appended, never reordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

CHANNELS: Final = ("email", "web_push", "mobile_push", "sms", "telegram", "whatsapp", "vk", "in_app")
"""Channels in code order."""

IN_APP: Final = "in_app"
"""Blocks on the site and in the app: a message waits for the customer's next visit and is seen only there."""

ADDRESSED_CHANNELS: Final = tuple(name for name in CHANNELS if name != IN_APP)
"""Channels that need an address and consent, and can be left."""

PURPOSES: Final = ("transactional", "service", "promo", "content")
"""What a message is for, in code order."""

BARRIERS: Final = ("price", "trust", "choice", "time", "fit")
"""What keeps a customer with an open job from buying (MODEL, Jobs), in code order."""

STAGES: Final = ("unaware", "aware", "exploring", "choosing", "ready")
"""Readiness of an open job (Hunt's ladder), in code order."""

CHANNELS_THAT_REPORT_OPENS: Final = frozenset(
    {"email", "web_push", "mobile_push", "telegram", "whatsapp", "vk", "in_app"}
)
"""SMS reports no opens: asking for them is a load error."""

ENGAGEMENT: Final = ("active", "cooling", "silent", "unknown")
"""How a customer answered lately (see ``engagement`` of a scenario), in code order."""

TEMPLATE_CHANNELS: Final = frozenset({"whatsapp"})
"""Channels that let a company write freely only for a while after the customer's own action there."""

FREQUENCIES: Final = ("all", "weekly", "monthly")
"""How often a customer wants to be written to, as chosen in a preference centre, in code order."""

ASKS: Final = ("confirmation", "survey", "nps", "review", "referral", "preferences")
"""What a message may ask its reader to do, in code order."""

ANNUAL_DATES: Final = ("birthday", "anniversary")
"""Dates of a customer that come every year: of birth, of registration."""

KNOWN_DATES: Final = (*ANNUAL_DATES, "subscription_end")
"""Dates that are known before they come."""

DATES: Final = (*ANNUAL_DATES, "registered", "first_order", "last_order", "subscription_end")
"""Dates of a customer that a trigger may count from, in code order."""

RFM_CELLS: Final = ("champions", "loyal", "big_spenders", "at_risk", "hibernating", "new", "small_orders", "other")
"""Named RFM cells of the source (003 §7.6), regulars with small orders among them; ``other`` is what none claims."""

CONSENT_PLACES: Final = ("registration", "form")
"""Where a consent was given, in code order."""

AttributeType = Literal["number", "text"]

SUPPORT_TOPICS: Final = ("delivery", "product", "return", "payment")
"""What a customer turns to support for, in code order."""

SUPPORT_RESULTS: Final = ("solved", "unsolved")
"""How support left the matter, in code order."""

ACTIONS: Final = (
    *("set", "add_to", "remove_from", "unsubscribe", "webhook", "start", "pause", "stop", "give"),
    "unsubscribe_topic",
)
"""What steps of chains do without sending a message, in code order.  ``unsubscribe_topic``: ``unsubscribe`` with a
``topic``, which leaves consent alone."""

TASK_OUTCOMES: Final = ("answered", "no_answer", "done", "expired", "run_ended", "no_address", "no_consent")
"""How a task ended, in code order: reasons of ``task_closed``."""

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "support_topic": SUPPORT_TOPICS,
    "support_result": SUPPORT_RESULTS,
    "action": ACTIONS,
    "channel": CHANNELS,
    "consent_place": CONSENT_PLACES,
    "frequency": FREQUENCIES,
    "task_outcome": TASK_OUTCOMES,
}
"""Text vocabularies that are the same in every run: name → texts in code order.  Those that a population or a
scenario defines (``category``, ``tier``, ``offer``) are kept by :class:`strategies.observed.Observed`."""


@dataclass(frozen=True)
class Attribute:
    """One typed attribute of an event, and how it stands in the two slots that an event carries.

    slot: ``value`` (number, fixed-point ×10,000, whatever its unit), ``category`` (text, a code of ``texts``), or
    ``site``: a text that follows from the contact site of the message, which stands in the slot of the value.
    unit: of a number ``money``, ``count``, ``score``, ``share``, ``points`` or ``duration`` (seconds).
    texts: of a text the name of its vocabulary.  Several texts of one event share its code in mixed radix:
    this one is ``code // divisor``, modulo the size of the vocabulary where another one stands above it.
    """

    type: AttributeType
    slot: Literal["category", "value", "site"]
    unit: str = ""
    texts: str = ""
    divisor: int = 1
    modulus: int = 0

    @property
    def is_duration(self) -> bool:
        """Is it a time, to be compared with durations?"""
        return self.unit == "duration"


def _number(unit: str) -> Attribute:
    return Attribute("number", "value", unit)


CATEGORY: Final = Attribute("text", "category", texts="category")
MONEY: Final = _number("money")
SCORE: Final = _number("score")
COUNT: Final = _number("count")
POINTS: Final = _number("points")
DURATION: Final = _number("duration")
TOPIC: Final = Attribute("text", "category", texts="support_topic", modulus=len(SUPPORT_TOPICS))
RESULT: Final = Attribute("text", "category", texts="support_result", divisor=len(SUPPORT_TOPICS))
SOURCE: Final = Attribute("text", "category", texts="source")
CHANNEL: Final = Attribute("text", "category", texts="channel", modulus=len(CHANNELS))
PLACE: Final = Attribute("text", "category", texts="consent_place", divisor=len(CHANNELS))
FREQUENCY: Final = Attribute("text", "category", texts="frequency", modulus=len(FREQUENCIES))
TOPIC_OFF: Final = Attribute("text", "category", texts="topic_off", divisor=len(FREQUENCIES))

OF_MESSAGE: Final = {name: Attribute("text", "site", texts=name) for name in ("message", "chain", "message_topic")}
"""What is known of the message that something happened to: its name, the chain or campaign that sent it, its topic."""
OF_TASK: Final = {**OF_MESSAGE, "task": Attribute("text", "site", texts="task")}
"""The same of a call, or the name of a task that is none: either the message is missing or the name is."""
OUTCOME: Final = Attribute("text", "category", texts="task_outcome")
OF_CONTACT: Final = {"channel": Attribute("text", "site", texts="channel"), **OF_MESSAGE}
"""The same and the channel that it came by."""


@dataclass(frozen=True)
class EventType:
    """One event of the event map: its name and the typed attributes it carries."""

    name: str
    attributes: dict[str, Attribute]
    about: str


def _event(name: str, about: str, **attributes: Attribute) -> EventType:
    return EventType(name, attributes, about)


EVENT_MAP: Final[tuple[EventType, ...]] = (
    _event("site_visited", "a visit begins"),
    _event("searched", "a search on the site", category=CATEGORY),
    _event("product_viewed", "a product page was seen", category=CATEGORY),
    _event("view_abandoned", "left after a view, 30 idle minutes", category=CATEGORY),
    _event("search_abandoned", "left after a search, 30 idle minutes", category=CATEGORY),
    _event("favourite_added", "a product was marked as favourite", category=CATEGORY),
    _event("cart_added", "the cart was filled", category=CATEGORY, value=MONEY),
    _event("cart_emptied", "the customer emptied the cart", category=CATEGORY),
    _event("cart_abandoned", "left with a full cart, 30 idle minutes", category=CATEGORY, value=MONEY),
    _event("checkout_started", "the checkout was opened", category=CATEGORY, value=MONEY),
    _event("checkout_abandoned", "left the checkout, 30 idle minutes", category=CATEGORY, value=MONEY),
    _event("order", "an order was placed", category=CATEGORY, value=MONEY),
    _event("delivered_order", "an order was handed over", category=CATEGORY, late=DURATION),
    _event("returned", "an order came back", category=CATEGORY, value=MONEY),
    _event("reviewed", "a review was written", category=CATEGORY, score=SCORE),
    _event("registered", "a newcomer has an account", source=SOURCE),
    _event("registration_abandoned", "left the registration form, 30 idle minutes", source=SOURCE),
    _event("form_abandoned", "left a form half filled, 30 idle minutes", category=CATEGORY),
    _event("subscribed", "consented to marketing on a channel", channel=CHANNEL, place=PLACE),
    _event("subscription_confirmed", "followed the link of a double opt-in", channel=CHANNEL, place=PLACE),
    _event("onboarding_step", "the next step of the onboarding is done", step=COUNT),
    _event("app_opened", "a visit in the app begins"),
    _event("store_visited", "a receipt of a shop, with a card; an order too", category=CATEGORY, value=MONEY),
    _event("support_opened", "a ticket was opened", topic=TOPIC),
    _event("support_closed", "a ticket was closed", topic=TOPIC, result=RESULT, waited=DURATION),
    _event("nps_answered", "the NPS question was answered", score=SCORE),
    _event("referred", "recommended the shop to a friend"),
    _event("survey_answered", "a survey was answered", score=SCORE),
    _event("subscription_ending", "a subscription ends soon", category=CATEGORY, value=MONEY),
    _event("stock_back", "a wanted category is in stock again", category=CATEGORY),
    _event("price_dropped", "a wanted category became cheaper", category=CATEGORY, drop=_number("share")),
    _event("birthday", "the customer's birthday begins, by his clock"),
    _event("anniversary", "the day of the registration comes round again", years=COUNT),
    _event("segment_entered", "a segment used by a trigger was entered"),
    _event("segment_left", "a segment used by a trigger was left"),
    _event("points_earned", "points were credited", amount=POINTS),
    _event("points_spent", "points paid a part of an order", amount=POINTS),
    _event("points_expiring", "points expire soon", amount=POINTS),
    _event("points_expired", "points were lost", amount=POINTS),
    _event("tier_changed", "the loyalty tier changed", tier=Attribute("text", "category", texts="tier")),
    _event("coupon_redeemed", "an offer was used", offer=Attribute("text", "category", texts="offer"), value=MONEY),
    _event("replenishment_due", "what was bought runs out", category=CATEGORY),
    _event("held", "a contact waits; the reason says why"),
    _event("dropped", "a contact was not sent; the reason says why"),
    _event("sent", "a message was handed to the provider", **OF_CONTACT),
    _event("bounced", "the provider reported a failure", **OF_CONTACT),
    _event("delivered", "the provider reported delivery", **OF_CONTACT),
    _event("opened", "a tracked open, privacy proxies included", **OF_CONTACT),
    _event("click", "a tracked click", **OF_CONTACT, category=CATEGORY),
    _event("unsubscribed", "marketing consent on the channel withdrawn", **OF_CONTACT),
    _event("complained", "reported as spam; consent withdrawn", **OF_CONTACT),
    _event("blocked", "the messenger bot was blocked", **OF_CONTACT),
    _event("push_disabled", "push permission withdrawn", **OF_CONTACT),
    _event("task_created", "a task was given to a team; the reason says why nobody will do it", **OF_TASK),
    _event("call_answered", "the customer answered a call of a team", **OF_MESSAGE),
    _event("chain_entered", "a chain run began (also for ghosts of a holdout)"),
    _event("chain_exited", "a chain run ended; the reason says why"),
    _event("goal_reached", "the goal event came inside the goal window of a run"),
    _event(
        "action_taken",
        about="a step that sends nothing was carried out; the reason says why nothing was done",
        action=Attribute("text", "category", texts="action"),
    ),
    _event("task_closed", "a task is over; the reason says how", **OF_TASK, outcome=OUTCOME),
    _event(
        "preferences_changed", about="chose how often and what to receive", frequency=FREQUENCY, topic_off=TOPIC_OFF
    ),
    _event(
        "in_app_shown", about="an in-app message was shown at a visit; the first time it is delivered too", **OF_CONTACT
    ),
    _event("in_app_removed", about="an in-app message left the slot without a click; the reason says why"),
)
"""The event map.  ``chain_entered`` to ``task_closed`` are the engine's own bookkeeping of chain runs."""

EVENTS: Final = tuple(event.name for event in EVENT_MAP)
assert len(EVENTS) <= 64, "sets of events are bits of one 64-bit number"
ATTRIBUTES: Final = {name: attribute for event in EVENT_MAP for name, attribute in event.attributes.items()}
"""Every attribute by its name, which means the same in every event that carries it, in whatever slot."""
assert all(
    (ATTRIBUTES[name].type, ATTRIBUTES[name].unit, ATTRIBUTES[name].texts) == (one.type, one.unit, one.texts)
    for event in EVENT_MAP
    for name, one in event.attributes.items()
)
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
    "goal",
    "stopped",
    "paused",
    "no_effect",
    "by_company",
    "answered",
    "no_answer",
    "expired",
    "changed",
    "warmup",
    "other_id",
    "lost",
    "late",
    "arrived",
    "doubled",
    "preference",
    "no_template",
    "send_window",
    "broken",
    "fallback",
    "replaced",
    "done",
    "queued",
)
"""Why a contact was held or dropped, why a run ended, how a task did, how a bounce came about.  A sent contact has '',
``broken`` (a personal block stayed empty) or ``fallback`` (its fallback stood there).
``opened`` with reason ``proxy`` was opened by a privacy proxy, not by a person; ``reopened``: by a person
after the proxy, so the message's open is counted already.  ``no_effect``: an action found nothing to change;
``by_company``: consent that the company itself gave up.  Faults of the data: an action under another id of the
person, a lost one, one that is late; ``arrived`` and ``doubled`` tell of an earlier action once more.
``replaced``: a newer sending of the same in-app message took its place in the slot.  ``queued``: no obstacle, it
stands in the queue of a limited channel until places are given at the full hour."""

REASON_CODE: Final = {name: code for code, name in enumerate(REASONS)}

REFUSALS: Final = ("running", "reenter", "trigger", "trigger_unknown", "enter", "enter_unknown", "at_start", "at_most")
"""Why an occurrence of a chain's trigger began no run, in code order.  ``running``: a run of it was under way;
``reenter``: too early after the last entry; ``trigger``, ``enter``: a part of the trigger's ``if``, of ``enter``, was
false; with ``_unknown``: it asked for a value that is missing; ``at_start``: so it was already when the run began, and
``at_start.backlog`` is ``skip``; ``at_most``: entered as often as ``reenter`` allows."""

REFUSAL_CODE: Final = {name: code for code, name in enumerate(REFUSALS)}

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
WEEK: Final = 604_800
MONEY_UNIT: Final = 10_000
"""Money inside is int64 in 1/10,000 of the currency unit (DESIGN law 5)."""
