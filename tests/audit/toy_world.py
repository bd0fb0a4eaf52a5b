"""A toy world that drives the real engine through crowded moments, and writes its log as the auditor reads it.

Customers act at random, but far too often and at the worst moments: at midnight, at the edges of the
quiet hours, in the same second, in the same minute, at the due time of a contact.  Channels report
deliveries, failures, opens, clicks and withdrawals after delays that collide with all of these.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from sim.recorder import Recorder
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.observed import Observed
from strategies.ports import site_of
from strategies.scenario import Offer
from strategies.vocabulary import (
    ADDRESSED_CHANNELS,
    CHANNELS,
    DAY,
    EVENT_CODE,
    EVENTS,
    FREQUENCIES,
    MONEY_UNIT,
    REASON_CODE,
    SUPPORT_RESULTS,
    SUPPORT_TOPICS,
)
from tests.audit.base import Row
from tests.audit.facts import Customer
from tests.audit.log_rows import rows_of
from tests.audit.starts import date_of_leap_day
from tests.audit.toy_setting import USUAL, Setting, Told, read_scenario

ACTIONS = {
    "site_visited": 6,
    "product_viewed": 3,
    "favourite_added": 1,
    "cart_added": 2,
    "cart_abandoned": 4,
    "cart_emptied": 1,
    "checkout_abandoned": 1,
    "order": 2,
}
"""What customers do, by weight."""
PERMITTING = {"subscribed": 3, "subscription_confirmed": 2, "registered": 1, "preferences_changed": 1}
"""What they do beside, where a scenario speaks of double opt-in."""
SAYING = {"support_closed": 2, "nps_answered": 3}
"""What they say beside, where a scenario listens to it."""
CATEGORIES = ("shoes", "books", "toys")
ZONES = (-1, 0, 2, 5, 9)
_DELAYS = np.array([1, 59, 60, 61, 600, 3_600, 3_601, 20_000, 86_400], np.int64)

_CUSTOMER, _SPLIT, _WHEN = (luck.purpose(f"toy.{name}") for name in ("customer", "split", "when"))
_FATE, _OPEN, _CLICK, _LEAVE = (luck.purpose(f"toy.{name}") for name in ("fate", "open", "click", "leave"))
_DELIVERED_LATE, _OPEN_LATE, _CLICK_LATE, _LEAVE_LATE, _REOPEN_LATE = (
    luck.purpose(f"toy.{name}.late") for name in ("delivered", "open", "click", "leave", "reopen")
)
_USE, _USE_LATE = (luck.purpose(f"toy.{name}") for name in ("use", "use.late"))
_ACTION, _DELIVERED, _OPENED, _CLICKED, _LEFT, _REOPENED, _USED = range(1, 8)
_ORDERED, _SPENT = EVENT_CODE["order"], EVENT_CODE["points_spent"]
_VISITED, _REDEEMED = EVENT_CODE["site_visited"], EVENT_CODE["coupon_redeemed"]
_SMS, _IN_APP = CHANNELS.index("sms"), CHANNELS.index("in_app")
_MESSENGERS = [CHANNELS.index(name) for name in ("telegram", "whatsapp", "vk")]
_PUSHES = [CHANNELS.index(name) for name in ("web_push", "mobile_push")]

Int64s = NDArray[np.int64]


class ToyWorld:
    """One arm's engine over ``worlds`` worlds of ``customers`` customers."""

    def __init__(self, raw: dict[str, Any], setting: Setting) -> None:
        self.raw = raw
        self.setting = setting
        self.scenario = read_scenario(json.dumps({**raw, "population": "population.yaml"}, default=str))
        self.days = self.scenario.horizon // DAY
        columns = Columns(setting.worlds, setting.customers)
        self.observed = Observed(columns)
        self.observed.categories["category"] = CATEGORIES
        self.size = columns.size
        identity = np.arange(self.size, dtype=np.uint64) + np.uint64(setting.seed << 20)
        self.keys = CustomerKeys(luck.child(identity, _CUSTOMER), luck.child(identity, _SPLIT))
        self.random = random.Random(setting.seed)
        self._people()
        hourly = any(word in str(raw) for word in ("throughput", "warmup"))
        bucket = min(3_600, setting.bucket) if hourly else setting.bucket
        self.agenda = Agenda(self.size, bucket, 0, self.scenario.horizon, setting.shuffle)
        calendar = Calendar(self.scenario.start, -40, self.days + 40)
        self.recorder = Recorder(self.observed, self.days, "all")
        self.hub = Hub(columns, self.observed, self.agenda, calendar, self.keys, self.recorder)
        self.engine = self.hub.add(self.scenario, 0, setting.worlds)
        self.hub.connect(self)
        self.channel_of_site = np.array([site.channel for site in self.hub.sites], np.int64)
        self.recorder.open(self.engine.control, self.channel_of_site, len(self.hub.sources), self.keys.luck)
        self.customers = self._customers_table()

    def _people(self) -> None:
        pick = np.random.default_rng(self.setting.seed)
        addressed = [CHANNELS.index(name) for name in ADDRESSED_CHANNELS]
        shape = (len(addressed), self.size)
        self.observed.address[addressed] = pick.random(shape) < 0.8
        self.observed.consent[addressed] = pick.random(shape) < 0.85
        self.observed.service_consent[addressed] = pick.random(shape) < 0.9
        self.observed.zone_hours[:] = pick.choice(ZONES, self.size)
        self.observed.date_consents(range(len(CHANNELS)))
        begin = self.scenario.start.replace(year=2000).timetuple().tm_yday
        near = (begin - 1 + pick.integers(-12, self.days + 12, self.size)) % 366 + 1
        self.observed.birthday[:] = np.where(pick.random(self.size) < 0.8, near, -1)
        self.observed.keep_subscription_ends()
        first = (self.scenario.start - dt.date(1970, 1, 1)).days
        ends = first + pick.integers(-2, self.days + 3, self.size)
        self.observed.subscription_ends[:] = np.where(pick.random(self.size) < 0.5, ends, -1)
        self.observed.registered[:] = pick.integers(-400, 1, self.size) * DAY + pick.integers(0, DAY, self.size)
        if "preferences" in self.raw.get("contact_policy", {}):
            self._choose(pick)

    def _choose(self, pick: np.random.Generator) -> None:
        """What customers chose in a preference centre, before the story begins."""
        self.observed.keep_preferences()
        self.observed.chosen_frequency[:] = pick.choice(len(FREQUENCIES), self.size, p=(0.6, 0.2, 0.2))
        bits = pick.random((len(self._topics()), self.size)) < 0.15
        for code, off in enumerate(bits):
            self.observed.topics_off[off] |= np.uint64(1 << code)

    def _topics(self) -> list[str]:
        """Topics in the order of their codes."""
        return sorted({message.topic for message in self.scenario.messages if message.topic})

    def _customers_table(self) -> list[Customer]:
        observed = self.observed

        def names(table: NDArray[np.bool_], customer: int) -> frozenset[str]:
            return frozenset(CHANNELS[code] for code in table[:, customer].nonzero()[0].tolist())

        return [
            Customer(
                customer=customer % self.setting.customers,
                replication=customer // self.setting.customers,
                zone_hours=int(observed.zone_hours[customer]),
                control=bool(self.engine.control[customer]),
                address=names(observed.address, customer),
                consent=names(observed.consent, customer),
                service_consent=names(observed.service_consent, customer),
                chosen_frequency=FREQUENCIES[observed.chosen_frequency[customer]],
                topics_off=frozenset(
                    topic for code, topic in enumerate(self._topics()) if int(observed.topics_off[customer]) >> code & 1
                ),
                birthday=date_of_leap_day(day) if (day := int(observed.birthday[customer])) > 0 else None,
                registered=int(observed.registered[customer]),
                subscription_ends=_day_since_1970(int(observed.subscription_ends[customer])),
            )
            for customer in range(self.size)
        ]

    # ------------------------------------------------------------------ what customers do

    def _plan_actions(self) -> None:
        """All actions of the horizon, drawn beforehand: (event, value) by payload."""
        draw, horizon = self.random, self.scenario.horizon
        actions = ACTIONS | (PERMITTING if "double_opt_in" in self.raw else {})
        actions |= SAYING if "nps_answered" in str(self.raw.get("chains")) else {}
        names, weights = list(actions), list(actions.values())
        customers, times, codes, values = [], [], [], []
        for customer in range(self.size):
            zone = int(self.observed.zone_hours[customer]) * 3_600
            busy = draw.choice((0.3, 1.0, 2.0))
            mine: list[int] = []
            for _ in range(int(self.days * self.setting.per_day * busy)):
                mine.append(self._moment(mine, zone, horizon))
            for time in sorted(mine):
                name = draw.choices(names, weights)[0]
                customers.append(customer)
                times.append(time)
                codes.append(EVENT_CODE[name])
                values.append(draw.randrange(100, 5_000) * MONEY_UNIT)
        self._codes, self._values = np.array(codes, np.int64), np.array(values, np.int64)
        payload = np.arange(len(times))
        who, when = np.array(customers, np.int64), np.array(times, np.int64)
        key = luck.child(self.keys.luck.take(who), _WHEN, payload)
        self.agenda.push(_ACTION, who, when, key, payload)

    def _moment(self, before: list[int], zone: int, horizon: int) -> int:
        """A moment to act: anywhere, near an earlier one, or at an edge of the customer's clock."""
        draw, day = self.random, self.random.randrange(self.days) * DAY
        kind = draw.random()
        if before and kind < 0.35:
            time = draw.choice(before) + draw.choice((0, 1, 30, 60, 600, 3_600, DAY, 2 * DAY, 7 * DAY))
        elif kind < 0.5:
            edge = draw.choice((0, 8 * 3_600, 22 * 3_600, 10 * 3_600))
            time = day + edge - zone + draw.choice((-3_600, -60, -1, 0, 1))
        elif kind < 0.6:
            time = day + draw.randrange(1_440) * 60
        else:
            time = day + draw.randrange(DAY)
        return time if 0 <= time < horizon else day + draw.randrange(DAY)

    def _act(self, cohort: Cohort) -> None:
        codes = self._codes.take(cohort.payload)
        for code in np.unique(codes).tolist():
            part = cohort.where(codes == code)
            value = self._values.take(part.payload)
            category = self._category(EVENTS[code], part.payload)
            if EVENTS[code] == "nps_answered":
                value = part.payload % 11 * MONEY_UNIT
            elif code == _ORDERED:
                self._pay_with_points(part, value)
            self.hub.observe(code, part.customer, part.time, part.key, category, value)
            if code == _VISITED:
                self._show(part)

    def _show(self, cohort: Cohort) -> None:
        """The visits show what the slots hold; half of the messages are opened, from their first impression on."""
        shown = self.hub.in_app(cohort.customer, cohort.time)
        if shown is None:
            return
        part = Cohort(cohort.customer[shown.index], cohort.time[shown.index], shown.key, shown.payload)
        first = part.where(shown.ordinal == 0)
        self._report("delivered", first)
        self._report("in_app_shown", part)
        self._push_later(_OPENED, first.where(luck.uniform(first.key, _OPEN) < 0.5), _OPEN_LATE)

    def _pay_with_points(self, cohort: Cohort, value: Int64s) -> None:
        """Half of those who could pay with points do, with all or a part of them."""
        points, _ = self.hub.payable_points(cohort.customer, value)
        points = np.where(cohort.payload % 3 == 0, points // 2, points)
        index = ((points > 0) & (cohort.payload % 2 == 0)).nonzero()[0]
        part = cohort.take(index)
        self.hub.observe(_SPENT, part.customer, part.time, part.key, None, points.take(index) * MONEY_UNIT)

    def _category(self, event: str, payload: Int64s) -> Int64s | None:
        """Code of the text attributes: a channel and a place, a frequency and a topic, or a category."""
        if event in ("subscribed", "subscription_confirmed"):
            return np.array([0, 0, 3, 4]).take(payload % 4) + len(CHANNELS) * (payload // 4 % 2)
        if event == "support_closed":
            return payload % (len(SUPPORT_TOPICS) * len(SUPPORT_RESULTS))
        if event == "preferences_changed":
            topics = len(self.observed.categories.get("topic_off", ("",)))
            return payload % len(FREQUENCIES) + len(FREQUENCIES) * (payload // 7 % topics)
        return None if event in ("site_visited", "registered", "nps_answered") else payload % len(CATEGORIES)

    # ------------------------------------------------------------------ what channels report

    def deliver(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """Some messages arrive in the same second, some later, some never; two of three calls are answered."""
        call = np.array([bool(self.hub.sites[site].team) for site in site_of(payload).tolist()], bool)
        if call.any():
            rings = Cohort(customer, time, key, payload).where(call)
            self._report("call_answered", rings.where(luck.uniform(rings.key, _FATE) < 2 / 3))
            rest = Cohort(customer, time, key, payload).where(~call)
            customer, time, key, payload = rest.customer, rest.time, rest.key, rest.payload
        waits = self.channel_of_site.take(site_of(payload)) == _IN_APP
        rest = Cohort(customer, time, key, payload).where(~waits)
        customer, time, key, payload = rest.customer, rest.time, rest.key, rest.payload
        fate = luck.uniform(key, _FATE)
        for low, high, reason in ((0.0, 0.04, "hard_bounce"), (0.04, 0.08, "soft_bounce")):
            index = ((fate >= low) & (fate < high)).nonzero()[0]
            failed = Cohort(customer, time, key, payload).take(index)
            self._report("bounced", failed, reason)
        late = ((fate >= 0.08) & (fate < 0.3)).nonzero()[0]
        self._push_later(_DELIVERED, Cohort(customer, time, key, payload).take(late), _DELIVERED_LATE)
        now = (fate >= 0.3).nonzero()[0]
        self._delivered(Cohort(customer, time, key, payload).take(now))

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """Half of the coupons are used, valid or not."""
        code = self.observed.categories["offer"].index(offer.name)
        rows = Cohort(
            customer, time, luck.same_child(self.keys.luck.take(customer), _USE, time), np.full(time.size, code)
        )
        self._push_later(_USED, rows.where(luck.uniform(rows.key, _USE) < 0.5), _USE_LATE)

    def _use(self, cohort: Cohort) -> None:
        value = np.full(cohort.size, MONEY_UNIT)
        self.hub.observe(_REDEEMED, cohort.customer, cohort.time, cohort.key, cohort.payload, value)

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """Channels of the toy world report what they like, consent or not."""

    def _delivered(self, cohort: Cohort) -> None:
        self._report("delivered", cohort)
        silent = self._channel(cohort) == _SMS
        opens = cohort.where((luck.uniform(cohort.key, _OPEN) < 0.5) & ~silent)
        self._push_later(_OPENED, opens, _OPEN_LATE)
        self._push_later(_LEFT, cohort.where(luck.uniform(cohort.key, _LEAVE) < 0.04), _LEAVE_LATE)

    def _opened(self, cohort: Cohort) -> None:
        proxy = ((cohort.key & np.uint64(7)) == 0) & (self._channel(cohort) != _IN_APP)
        for mask, reason in ((proxy, "proxy"), (~proxy, "")):
            self._report("opened", cohort.where(mask), reason)
        person_too = proxy & ((cohort.key & np.uint64(8)) == 0)
        self._push_later(_REOPENED, cohort.where(person_too), _REOPEN_LATE)
        self._push_later(_CLICKED, cohort.where((luck.uniform(cohort.key, _CLICK) < 0.5) & ~proxy), _CLICK_LATE)

    def _reopened(self, cohort: Cohort) -> None:
        """A proxy opened the message first, now a person does."""
        self._report("opened", cohort, "reopened")
        self._push_later(_CLICKED, cohort.where((cohort.key & np.uint64(16)) == 0), _CLICK_LATE)

    def _clicked(self, cohort: Cohort) -> None:
        self._report("click", cohort)

    def _left(self, cohort: Cohort) -> None:
        channel = self._channel(cohort)
        messenger, push = np.isin(channel, _MESSENGERS), np.isin(channel, _PUSHES)
        angry = ~messenger & ~push & ((cohort.key & np.uint64(1)) == 0)
        rest = ~messenger & ~push & ~angry
        for name, mask in (
            ("blocked", messenger),
            ("push_disabled", push),
            ("complained", angry),
            ("unsubscribed", rest),
        ):
            self._report(name, cohort.where(mask))

    def _report(self, event: str, cohort: Cohort, reason: str = "") -> None:
        code = EVENT_CODE[event]
        self.hub.contact_event(code, cohort.customer, cohort.time, cohort.key, cohort.payload, REASON_CODE[reason])

    def _push_later(self, kind: int, cohort: Cohort, purpose: Any) -> None:
        later = cohort.time + self._delay(cohort.key, purpose)
        self.agenda.push(kind, cohort.customer, later, cohort.key, cohort.payload)

    def _delay(self, key: luck.Keys, purpose: Any) -> Int64s:
        return _DELAYS.take((luck.uniform(key, purpose) * _DELAYS.size).astype(np.int64))

    def _channel(self, cohort: Cohort) -> Int64s:
        return self.channel_of_site.take(site_of(cohort.payload))

    # ------------------------------------------------------------------ the run

    def run(self) -> Told:
        """Run the horizon and read the log."""
        handlers = (
            (_ACTION, self._act),
            (_DELIVERED, self._delivered),
            (_OPENED, self._opened),
            (_CLICKED, self._clicked),
            (_LEFT, self._left),
            (_REOPENED, self._reopened),
            (_USED, self._use),
        )
        for kind, handler in handlers:
            self.agenda.register(kind, handler)
        shared = SharedState()
        self.hub.declare_shared(shared, 0)
        shared.start(self.agenda)
        self.agenda.every(DAY, self.engine.day, 0)
        self.engine.begin(0)
        self._plan_actions()
        self.agenda.run()
        self.engine.stop(self.scenario.horizon)
        self.recorder.log.flush()
        fits = shared.path().get(f"prediction:{self.engine.arm}")
        recorded = {} if fits is None else {"fitted": fits.swapaxes(0, 1).tolist()}
        return Told({**self.raw, **recorded}, self._rows(), self.customers)

    def _rows(self) -> list[Row]:
        sources = self.hub.sources
        sites = [(at.way, sources[at.chain], at.step, at.message.name) for at in self.hub.sites]
        rules, texts = self.hub.rule_names(), self.observed.categories
        return rows_of(self.recorder.log.parts, texts, sites, sources, rules, self.scenario.name)


def _day_since_1970(day: int) -> dt.date | None:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day) if day >= 0 else None


def tell(raw: dict[str, Any], setting: Setting = USUAL) -> Told:
    """Run the toy world under a scenario."""
    return ToyWorld(raw, setting).run()
