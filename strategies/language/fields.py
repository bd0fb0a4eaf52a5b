"""The fields that conditions may ask for: one table of names, types and meanings.

The table is what a company can observe.  Ages and durations are in seconds, so that
``last_order.age > 90d`` compares like with like; money is in currency units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from strategies.conditions import Call, ValueType
from strategies.signs import TOLD_BY_CHANNEL, on_channel
from strategies.vocabulary import (
    ADDRESSED_CHANNELS,
    CHANNELS,
    CHANNELS_THAT_REPORT_OPENS,
    CONSENT_PLACES,
    ENGAGEMENT,
    FREQUENCIES,
    RFM_CELLS,
    Attribute,
)


@dataclass(frozen=True)
class FieldInfo:
    """A field: full name, type, meaning; the values of a text with fixed ones; is it a time in seconds?

    missing: of whom there is no value, in words; '' where there is one of everybody, or nobody would think otherwise.
    texts: vocabulary of a text whose values the scenario or its population defines.
    """

    name: str
    type: ValueType
    about: str
    values: tuple[str, ...] = ()
    is_duration: bool = False
    missing: str = ""
    texts: str = ""


FIELDS: tuple[FieldInfo, ...] = (
    FieldInfo("profile.city", "text", "city of the profile", texts="city"),
    FieldInfo("profile.age", "number", "age in years"),
    FieldInfo("profile.sex", "text", "sex given in the profile", texts="sex"),
    FieldInfo("profile.source", "text", "acquisition source", texts="source"),
    FieldInfo("profile.device", "text", "device of most visits", texts="device"),
    FieldInfo("profile.zone_hours", "number", "hours that the customer's clock is ahead of the company's"),
    FieldInfo(
        "profile.registered.age", "number", "time since the registration", is_duration=True, missing="has no account"
    ),
    *(FieldInfo(f"consent.{name}", "bool", f"marketing consent for {name}") for name in ADDRESSED_CHANNELS),
    *(
        FieldInfo(
            f"consent.{name}.age", "number", f"time since the consent for {name}", (), True, "has no such consent"
        )
        for name in ADDRESSED_CHANNELS
    ),
    *(
        FieldInfo(f"consent.{name}.place", "text", f"where consent for {name} was given", CONSENT_PLACES)
        for name in ADDRESSED_CHANNELS
    ),
    *(FieldInfo(f"consent.service.{name}", "bool", f"service consent for {name}") for name in ADDRESSED_CHANNELS),
    *(
        FieldInfo(f"address.{name}", "bool", f"an address (token, number) for {name} is known")
        for name in ADDRESSED_CHANNELS
    ),
    FieldInfo("preferences.frequency", "text", "how often the customer chose to be written to", FREQUENCIES),
    FieldInfo("rfm.segment", "text", "named RFM cell", RFM_CELLS),
    FieldInfo("rfm.r", "number", "recency score, 1 to `levels`"),
    FieldInfo("rfm.f", "number", "frequency score, 1 to `levels`"),
    FieldInfo("rfm.m", "number", "monetary score, 1 to `levels`"),
    FieldInfo("points.balance", "number", "loyalty points that can be spent"),
    FieldInfo("points.expiring", "number", "of them those that expire soon"),
    FieldInfo("tier", "text", "loyalty tier; missing below the first", missing="has no tier", texts="tier"),
    FieldInfo("rfm.score", "number", "weighted mean of the three scores"),
    FieldInfo("engagement", "text", "how the customer answered lately", ENGAGEMENT),
    FieldInfo("orders", "number", "orders so far"),
    FieldInfo("last_order.age", "number", "time since the last order", is_duration=True, missing="never ordered"),
    FieldInfo("last_order.value", "number", "value of the last order", missing="never ordered"),
    FieldInfo("last_visit.age", "number", "time since the last visit", is_duration=True, missing="never visited"),
    FieldInfo("last_open.age", "number", "time since the last tracked open", is_duration=True, missing="never opened"),
    FieldInfo("last_click.age", "number", "time since the last click", is_duration=True, missing="never clicked"),
    *(
        FieldInfo(
            f"{field}.{name}.age",
            "number",
            f"time since the last {what} on {name}",
            is_duration=True,
            missing=f"never {done} on {name}",
        )
        for field, event, what, done in (
            ("last_open", "opened", "tracked open", "opened"),
            ("last_click", "click", "click", "clicked"),
        )
        for name in TOLD_BY_CHANNEL[event]
    ),
    FieldInfo("customer.average_order", "number", "mean value of this customer's orders before this one"),
    FieldInfo("base.average_order", "number", "mean order value of the whole base"),
    *(
        FieldInfo(f"opens.{name}", "number", f"tracked opens on {name} since the start, each message once")
        for name in TOLD_BY_CHANNEL["opened"]
    ),
    *(FieldInfo(f"clicks.{name}", "number", f"clicks on {name} since the start") for name in CHANNELS),
    FieldInfo(
        "last_view.category",
        "text",
        "category viewed last since the start",
        missing="viewed nothing since the start",
        texts="category",
    ),
    FieldInfo(
        "last_order.category",
        "text",
        "category ordered last since the start",
        missing="ordered nothing since the start",
        texts="category",
    ),
    FieldInfo(
        "favourite_category",
        "text",
        "category of most views, favourites, carts and orders since the start",
        texts="category",
    ),
    FieldInfo(
        "best_channel",
        "text",
        "the channel that the customer answers best",
        ADDRESSED_CHANNELS,
        missing="has no best channel yet",
    ),
    *(FieldInfo(f"sends.{name}", "number", f"messages sent by {name} so far") for name in CHANNELS),
)

ORDERED = ("last_order.age", "last_order.value")
"""Fields that nobody lacks who ordered before."""

KNOWN_AFTER: dict[str, tuple[str, ...]] = {
    "order": ORDERED,
    "opened": ("last_open.age",),
    "click": ("last_click.age",),
    **{on_channel("opened", name): ("last_open.age", f"last_open.{name}.age") for name in TOLD_BY_CHANNEL["opened"]},
    **{on_channel("click", name): ("last_click.age", f"last_click.{name}.age") for name in TOLD_BY_CHANNEL["click"]},
    "registered": ("profile.registered.age",),
    **dict.fromkeys(
        ("site_visited", "view_abandoned", "search_abandoned", "cart_abandoned", "checkout_abandoned"),
        ("last_visit.age",),
    ),
}
"""Event → fields that nobody lacks to whom it happened."""


def known_after(events: Collection[str]) -> frozenset[str]:
    """Fields that nobody lacks to whom one of these events happened.

    >>> sorted(known_after(["order"])), known_after(["order", "click"])
    (['last_order.age', 'last_order.value'], frozenset())
    """
    known = [frozenset(KNOWN_AFTER.get(event, ())) for event in events]
    return frozenset[str]().union(*known[:1]).intersection(*known[1:])


SILENT_CHANNELS = frozenset(CHANNELS) - CHANNELS_THAT_REPORT_OPENS
"""Channels that report no opens."""

OWN_TEXTS = ("tier", "offer", "message", "message_topic", "task", "category", "city", "source", "device", "sex")
"""Vocabularies that scenarios and populations define."""

FIELD_TABLE = {info.name: info for info in FIELDS}

FIELD_ROOTS = frozenset(name.split(".")[0] for name in FIELD_TABLE) | {
    "segment",
    "trigger",
    "field",
    "member",
    "coupon",
}
"""First words of field names, which a named wait may not take."""

CALLS: tuple[Call, ...] = ("sent", "delivered", "shown", "opened", "opened_by_person", "clicked")
"""Calls about the messages of this run; ``known(x)`` is the one other call."""


@dataclass(frozen=True)
class ConditionScope:
    """What a condition may ask about.

    segments: names of segments.
    trigger: attributes of the chain's trigger events; None where there is no trigger.
    bare_trigger: attributes may stand without ``trigger.`` before them.
    heard: the attributes are of an event that is heard later than the one that began a run, so that ``trigger.`` before
    them would mean another event.
    waits: name of a named wait → attributes of its events.
    sends: message → channels through which the chain sends it; None where calls are not available.
    fields: the scenario's own fields by their paths (``field.NAME``).
    known: fields that are missing of nobody here, because of what went before.
    coupons: offers of which some chain gives coupons.
    rfm: does the scenario define RFM scores?  points: does it have loyalty points?
    attributes_only: may nothing but attributes of the trigger events be asked?
    texts: vocabularies that the scenario itself defines (``tier``, ``offer``), and of its population, where that was
    asked (``category``, ``city``, …); None where they are not known.
    where: the kind of condition, for messages.
    """

    where: str
    segments: tuple[str, ...] = ()
    trigger: Mapping[str, Attribute] | None = None
    bare_trigger: bool = False
    heard: bool = False
    waits: Mapping[str, Mapping[str, Attribute]] = field(default_factory=dict)
    sends: Mapping[str, frozenset[str]] | None = None
    rfm: bool = True
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    points: bool = True
    coupons: tuple[str, ...] = ()
    attributes_only: bool = False
    texts: Mapping[str, tuple[str, ...]] | None = None

    def field_names(self) -> list[str]:
        """Every field that may stand here."""
        if self.attributes_only:
            return list(self.trigger or ())
        names = list(FIELD_TABLE)
        names += self.fields
        names += [f"segment.{name}" for name in self.segments]
        names += [f"coupon.{name}" for name in self.coupons]
        names += [] if self.heard else [f"trigger.{name}" for name in self.trigger or ()]
        names += list(self.trigger or ()) if self.bare_trigger else []
        for wait, attributes in self.waits.items():
            names += [f"{wait}.happened", *(f"{wait}.{name}" for name in attributes)]
        return names
