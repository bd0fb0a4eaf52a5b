"""What the log and the customers table tell about one customer so far, and about the base."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.audit.attributes import at_event, attributes_of
from tests.audit.base import NEVER, Base, Edges, Row, measures
from tests.audit.books import Books
from tests.audit.cards import defaults, static_members
from tests.audit.conditions import holds
from tests.audit.contents import best_of
from tests.audit.coupons import Coupons
from tests.audit.engagement import engagement
from tests.audit.memberships import Memberships
from tests.audit.permits import Introduction, Permits, by_time, is_permit
from tests.audit.reading import IN_APP, Days, Paper
from tests.audit.signals import Fits, SignalText
from tests.audit.waits import LearnedHours, WorkDays
from tests.audit.words import Message

CHANNELS = ("email", "web_push", "mobile_push", "sms", "telegram", "whatsapp", "vk")
LOSES_CONSENT = ("unsubscribed", "complained", "blocked", "push_disabled")
LOSES_ADDRESS = ("blocked", "push_disabled")


@dataclass(frozen=True)
class Customer:
    """A row of the customers table: who may be reached how when the log begins."""

    customer: int
    replication: int
    zone_hours: int
    control: bool
    address: frozenset[str]
    consent: frozenset[str]
    service_consent: frozenset[str]
    birthday: tuple[int, int] | None = None
    """Month and day."""
    registered: int | None = None
    subscription_ends: dt.date | None = None
    introductions: tuple[Introduction, ...] = ()
    """What forms tell later."""
    chosen_frequency: str = "all"
    topics_off: frozenset[str] = frozenset()


class Contact(NamedTuple):
    """A contact that happened at ``time`` (was sent, or delivered)."""

    time: int
    channel: str
    message: Message
    chain: str
    run: int
    number: int


@dataclass
class Facts:
    """One customer's observed state, moved on row by row."""

    customer: Customer
    paper: Paper
    base: Base
    address: set[str] = field(default_factory=set)
    consent: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)
    """Event, and ``event.channel`` of what a channel reports → last time."""
    first_sent: dict[str, int] = field(default_factory=dict)
    opens: Counter[str] = field(default_factory=Counter)
    orders: list[tuple[int, float]] = field(default_factory=list)
    sends: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    """What a channel could have been answered on: messages sent, of in-app messages those that were shown."""
    clicks: Counter[str] = field(default_factory=Counter)
    attempted: list[Contact] = field(default_factory=list)
    answered: dict[tuple[str, str], int] = field(default_factory=dict)
    """(opened or click, channel) → last time, privacy proxies left out."""
    answered_by: dict[tuple[str, str], str] = field(default_factory=dict)
    """The same → the chain or campaign whose message that was."""
    accepted: list[Contact] = field(default_factory=list)
    """What the provider did not bounce on the spot."""
    ever_accepted: list[Contact] = field(default_factory=list)
    """The same; a change of rules does not forget them."""
    delivered: list[Contact] = field(default_factory=list)
    cell: str = "other"
    scores: tuple[int, int, int] | None = None
    mean: float | None = None

    hours: LearnedHours = field(default_factory=LearnedHours)

    def __post_init__(self) -> None:
        who = self.customer
        self.address, self.consent = set(who.address), set(who.consent)
        self.service_consent = set(who.service_consent)
        self.permits = Permits(
            self.address,
            self.consent,
            self.service_consent,
            by_time(who.introductions),
            frozenset(self.paper.double_opt_in),
            who.registered,
            frequency=who.chosen_frequency,
            topics_off=set(who.topics_off),
        )
        self.books = Books(self.paper.loyalty) if self.paper.loyalty else None
        self.coupons = Coupons(self.paper.valid)
        self.days = Days(self.paper.start, self.customer.zone_hours * 3_600)
        self.memberships = Memberships(self.paper, self.base.fits, who.registered, who.zone_hours * 3_600)
        self.came: dict[SignalText, int] = {}
        """When what pauses ask for, beside names of events, last came."""
        self.work_days = WorkDays.of(self.paper.calendar)
        self.company = Days(self.paper.start, 0)
        self.card = defaults(self.paper.fields)
        self.static = static_members(self.paper.segments, who.customer)

    def calendar(self, zone: str) -> Days:
        """The customer's or the company's calendar."""
        return self.days if zone == "customer" else self.company

    def learn(self, row: Row) -> None:
        """What an observed row changes, whatever strategies make of it."""
        self.last[row.event] = self.last[f"{row.event}.{row.channel}"] = row.time
        self.permits.until(row.time)
        if self.books is not None:
            self.books.follow(row.event, row.time, row.value, row.category)
        self.permits.learn(row.event, row.time, row.category)
        if row.event in ("opened", "click") and row.reason != "proxy":
            self.answered[row.event, row.channel] = row.time
            self.answered_by[row.event, row.channel] = row.chain
        self.memberships.learn(row.event, row.time, row.category, attributes_of(row, self.paper.topics))
        self.clicks[row.channel] += row.event == "click"
        self.opens[row.channel] += row.event == "opened" and row.reason != "reopened"
        if row.event == "coupon_redeemed":
            self.coupons.use(row.category, row.time)
        elif row.event == "order":
            self.orders.append((row.time, row.value or 0.0))
        elif row.event in LOSES_CONSENT:
            self.consent.discard(row.channel)
            if row.event in LOSES_ADDRESS:
                self.address.discard(row.channel)
        elif row.event == "bounced":
            if row.reason == "hard_bounce":
                self.address.discard(row.channel)
            self.accepted = [c for c in self.accepted if (c.number, c.time) != (row.contact, row.time)]
            self.ever_accepted = [c for c in self.ever_accepted if (c.number, c.time) != (row.contact, row.time)]
        elif row.event == "opened" and row.reason != "proxy":
            self.hours.note(row.channel, self.days.clock(row.time))
        elif row.event == "delivered":
            self.delivered.append(self._contact(row))
            self.tried[row.channel] += row.channel == IN_APP

    def note_sent(self, row: Row) -> None:
        """A message went out."""
        self.last["sent"] = row.time
        self.memberships.learn("sent", row.time, "", attributes_of(row, self.paper.topics))
        self.sends[row.channel] += 1
        self.first_sent.setdefault(row.channel, row.time)
        self.tried[row.channel] += row.channel != IN_APP
        self.attempted.append(self._contact(row))
        self.accepted.append(self._contact(row))
        self.ever_accepted.append(self._contact(row))

    def last_of(self, signs: Iterable[str]) -> int:
        """When the last of these signs came."""
        return max(self.last.get(sign, NEVER) for sign in signs)

    def forget_contacts(self) -> None:
        """Caps and gaps begin anew."""
        self.attempted, self.accepted, self.delivered = [], [], []

    def _contact(self, row: Row) -> Contact:
        return Contact(row.time, row.channel, self.paper.messages[row.message], row.chain, row.run, row.contact)

    def score(self, edges: Edges) -> None:
        """RFM scores and the named cell at a refresh."""
        rfm = self.paper.rfm
        assert rfm is not None
        levels = rfm.get("levels", 5)
        recency, frequency, money = measures(self.orders, edges.time, rfm)
        if frequency == 0:
            self.scores, self.mean, self.cell = None, None, "other"
            return
        above = [
            sum(measure > cut for cut in cuts)
            for measure, cuts in zip((recency, frequency, money), edges.cuts, strict=True)
        ]
        goodness = (levels - above[0], above[1] + 1, above[2] + 1)
        best = rfm.get("best", 5 if "levels" not in rfm else levels)
        self.scores = goodness if best == levels else (tuple(levels + 1 - s for s in goodness))
        weights = [rfm.get("weights", {}).get(name, 1) for name in "rfm"]
        self.mean = sum(w * s for w, s in zip(weights, self.scores, strict=True)) / sum(weights)
        self.cell = _cell(goodness, frequency, levels)
        if "cells" in rfm:
            told = dict(zip("rfm", self.scores, strict=True)) | {"score": self.mean, "orders": frequency}
            fitting = [name for name, condition in rfm["cells"].items() if holds(condition, told.__getitem__)]
            self.cell = fitting[0] if fitting else "other"

    # ------------------------------------------------------------------ what conditions ask

    def lookup(self, path: str, time: int, before_order: bool = False) -> Any:
        """The value of a customer's field; None when missing."""
        head, _, rest = path.partition(".")
        if is_permit(path):
            return self.permits.lookup(path, time)
        if head == "segment":
            return self.in_segment(rest, time)
        if head == "coupon":
            return self.coupons.held(rest, time, self.customer.control)
        if head == "points" or path == "tier":
            assert self.books is not None
            return self.books.lookup(path, time)
        if head == "field" and rest.endswith(".age"):
            since = self.card[rest.removesuffix(".age")]
            return None if since is None else time - since
        if head == "field":
            return self.card[rest]
        if head == "consent":
            held = self.service_consent if rest.startswith("service.") else self.consent
            return rest.removeprefix("service.") in held
        if head == "address":
            return rest in self.address
        if head == "sends":
            return self.sends[rest]
        if path == "rfm.segment":
            return self.cell
        if path in ("last_view.category", "last_order.category"):
            wanted = "product_viewed" if head == "last_view" else "order"
            of_it = [category for _, event, category in self.memberships.deeds if event == wanted]
            return of_it[-1] if of_it else None
        if head in ("clicks", "opens"):
            return (self.clicks if head == "clicks" else self.opens)[rest]
        if path == "best_channel":
            known = [name for name in CHANNELS if name in self.address]
            enough = sum(self.tried[name] for name in known) >= 5 and any(self.clicks[name] for name in known)
            return best_of(known, self) if enough else None
        if path == "rfm.score":
            return self.mean
        if path == "engagement":
            return engagement(self.paper.engagement, self.last, self.sends, time)
        if head == "rfm":
            return None if self.scores is None else self.scores["rfm".index(rest)]
        if head in _AGES and rest.endswith("age"):
            channel = rest.removesuffix("age").rstrip(".")
            last = self.last.get(f"{_AGES[head]}.{channel}" if channel else _AGES[head])
            return None if last is None else time - last
        return self._history(path, time, before_order)

    def _history(self, path: str, time: int, before_order: bool) -> Any:
        if path == "orders":
            return len(self.orders)
        if path == "last_order.value":
            return self.orders[-1][1] if self.orders else None
        if path == "base.average_order":
            return self.base.average_order(time)
        if path == "customer.average_order":
            before = self.orders[:-1] if before_order else self.orders
            return sum(round(v * 10_000) for _, v in before) / (len(before) * 10_000.0) if before else None
        if path == "profile.zone_hours":
            return self.customer.zone_hours
        raise KeyError(path)

    def in_segment(self, name: str, time: int) -> bool:
        """Whether the customer is in a segment now."""
        if name in self.static:
            return self.static[name]
        return self.memberships.contains(name, time, lambda path: self.lookup(path, time))

    def fitting(self, event: str, time: int, attributes: dict[str, Any]) -> Fits:
        """Whether an event is what a signal tells."""
        lookup = at_event(self, time, event, attributes)
        return lambda told: told.event == event and holds(told.condition, lookup)

    def note_pauses(self, fits: Fits, time: int) -> None:
        """What has come begins pauses, under the rules of now or of later."""
        self.came.update({told: time for told in self.paper.pause_signals() if fits(told)})

    def refresh_segments(self, time: int) -> None:
        """Segments with a rhythm find their members anew."""
        self.memberships.refresh(time, lambda path: self.lookup(path, time))


_AGES = {"last_order": "order", "last_visit": "site_visited", "last_open": "opened", "last_click": "click"}


def _cell(goodness: tuple[int, int, int], orders: int, levels: int) -> str:
    """The named cell: of five levels two are high and two low, of three or four one."""
    ends = 2 if levels == 5 else 1
    r, f, m = ("high" if score > levels - ends else "low" if score <= ends else "medium" for score in goodness)
    if r == "high" and orders == 1:
        return "new"
    return {
        ("high", "high", "high"): "champions",
        ("high", "high", "medium"): "loyal",
        ("high", "high", "low"): "small_orders",
        ("low", "high", "high"): "at_risk",
        ("medium", "low", "high"): "big_spenders",
    }.get((r, f, m), "hibernating" if r == f == "low" else "other")
