"""Strategies driven by what was observed, without the world: recorded events in, decisions out.

A :class:`RecordingHub` keeps what the world tells it.  :func:`decide_again` feeds such a record to fresh
engines: the same strategies take the same decisions, since they see nothing else of the world.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import DAY, Calendar
from sim.kernel.columns import Columns, Snapshot
from sim.kernel.shared import SharedState
from strategies.asked import waits_for_best_hour
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.neutral import neutral_policy
from strategies.observed import LAST, OPENS, Observed
from strategies.ports import ContactPort, EventSink, site_of
from strategies.remembered import remembered_events
from strategies.scenario import Offer, Scenario
from strategies.throughput import PERIOD, binding_channels
from strategies.vocabulary import CHANNELS, IN_APP

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

RECORDED = 1
"""Agenda kind of recorded rows: before everything that strategies do at the same second, as the world's rows are."""

_CONTACT = luck.purpose("strategies.recorded.contact")
_NOT_SENT = int(np.iinfo(np.int64).min)
"""No payload: what stands for a contact that the strategy has not handed over."""

_COLUMNS: Mapping[str, type] = {
    "event": np.uint8,
    "customer": np.int64,
    "time": np.int64,
    "key": np.uint64,
    "category": np.int64,
    "value": np.int64,
    "payload": np.int64,
    "reason": np.uint8,
    "shape": np.uint8,
}
_HAS_CATEGORY, _HAS_VALUE, _OF_CONTACT, _AT_DELIVERY, OF_PROFILE = 1, 2, 4, 8, 16
"""Bits of a row's shape: what the world told with it."""


@dataclass(frozen=True)
class Record:
    """What the world told the strategies of W stacked worlds of ``customers`` each, and how they stood at time 0.

    rows: columns (m,) in the order in which each customer's rows were told.  observed: the observed columns at
    time 0.  categories: vocabularies of texts.  orders: (customer, time, value) of all orders before.
    keys: roots of luck and splits, (N,) each.  end: seconds.
    """

    worlds: int
    customers: int
    start: dt.date
    history: int
    end: int
    rows: Mapping[str, NDArray[Any]]
    observed: Snapshot
    categories: Mapping[str, tuple[str, ...]]
    orders: tuple[Int64s, Int64s, Int64s]
    keys: CustomerKeys


class RecordingHub(Hub):
    """A hub that keeps what it is told."""

    _delivering = False
    _at_start: tuple[Snapshot, tuple[Int64s, Int64s, Int64s]] | None = None
    """The observed columns and the orders when the record began; None: nothing is kept yet."""

    def begin_record(self) -> None:
        """Keep the state of this moment, time 0, as the record's beginning."""
        observed = {n: a.copy() for n, a in self.columns.snapshot().items() if n.startswith("observed.")}
        customer, time, value = self.observed.book.arrays()
        self._at_start = observed, (customer.copy(), time.copy(), value.copy())
        self._parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}

    def record(self, start: dt.date, history: int, end: int) -> Record:
        """Everything told since :meth:`begin_record`."""
        if self._at_start is None:
            raise ValueError("the record has not begun")
        observed, orders = self._at_start
        rows = {
            name: np.concatenate(parts) if parts else np.empty(0, _COLUMNS[name]) for name, parts in self._parts.items()
        }
        columns = self.columns
        categories = dict(self.observed.categories)
        return Record(
            columns.worlds, columns.customers, start, history, end, rows, observed, categories, orders, self.keys
        )

    def connect(self, port: ContactPort) -> None:
        """Tell all engines who delivers, and know when somebody does."""
        super().connect(_Watched(port, self))

    def observe(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        category: Int64s | None = None,
        value: Int64s | None = None,
    ) -> None:
        """A customer's own action."""
        shape = _HAS_CATEGORY * (category is not None) | _HAS_VALUE * (value is not None)
        self._keep(event, customer, time, key, category, value, None, 0, shape)
        super().observe(event, customer, time, key, category, value)

    def introduce(self, customer: Int64s, time: Int64s, key: luck.Keys, facts: Int64s) -> None:
        """What a form tells of customers."""
        self._keep(0, customer, time, key, None, facts, None, 0, OF_PROFILE)
        super().introduce(customer, time, key, facts)

    def contact_event(
        self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, reason: int = 0
    ) -> None:
        """A channel's report."""
        shape = _OF_CONTACT | _AT_DELIVERY * self._delivering
        self._keep(event, customer, time, key, None, None, payload, reason, shape)
        super().contact_event(event, customer, time, key, payload, reason)

    def _keep(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        category: Int64s | None,
        value: Int64s | None,
        payload: Int64s | None,
        reason: int,
        shape: int,
    ) -> None:
        if self._at_start is None:
            return
        told: dict[str, Any] = {
            "event": event,
            "customer": customer,
            "time": time,
            "key": key,
            "category": 0 if category is None else category,
            "value": 0 if value is None else value,
            "payload": 0 if payload is None else payload,
            "reason": reason,
            "shape": shape,
        }
        for name, values in told.items():
            self._parts[name].append(np.array(np.broadcast_to(values, customer.size), _COLUMNS[name]))


class _Watched:
    """A delivery port that notes when it is at work."""

    def __init__(self, port: ContactPort, hub: RecordingHub) -> None:
        self._port, self._hub = port, hub

    def deliver(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """Deliver."""
        self._hub._delivering = True
        self._port.deliver(customer, time, key, payload)
        self._hub._delivering = False

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """Pass it on."""
        self._port.give_coupon(customer, time, offer)

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """Pass it on."""
        self._port.withdraw_consent(customer, channels)


def decide_again(record: Record, scenarios: Sequence[Scenario], sink: EventSink, bucket: int = DAY) -> RecordedWorld:
    """Feed a record to engines of ``scenarios``, each of which has the same number of the record's worlds.

    sink: hears the decisions.  Of the time before 0 the record knows last times of events and hours of opening only
    where the recorded strategies asked for them; others begin as never.  Returns the world that stood in, which knows
    how many contacts the record does not answer: 0 where the strategies are those that were recorded.
    """
    columns = Columns(record.worlds, record.customers)
    neutral = neutral_policy(record.start, scenarios[0].population)
    kept = frozenset(name.removeprefix(LAST) for name in record.observed if name.startswith(LAST))
    learns_hours = any(name.startswith(OPENS) for name in record.observed) or any(map(waits_for_best_hour, scenarios))
    observed = Observed(columns, kept | remembered_events((neutral, *scenarios)), learns_hours)
    observed.categories = dict(record.categories)
    observed.make_room(record.observed)
    columns.restore(record.observed, np.arange(record.worlds))
    observed.book.load(*record.orders)
    calendar = Calendar(record.start, -record.history // DAY, record.end // DAY)
    hourly = any(one.teams or binding_channels(one, record.customers) for one in scenarios)
    agenda = Agenda(columns.size, min(bucket, PERIOD) if hourly else bucket, 0, record.end)
    hub = Hub(columns, observed, agenda, calendar, record.keys, sink)
    hub.add(neutral, 0, record.worlds)  # mail under way at the start belongs to it
    each = record.worlds // len(scenarios)
    engines = [hub.add(scenario, arm * each, each) for arm, scenario in enumerate(scenarios)]
    world = RecordedWorld(record, hub)
    hub.connect(world)
    state = SharedState()
    hub.declare_shared(state, 0)
    state.start(agenda)
    for engine in engines:
        agenda.every(DAY, engine.day, 0)
    for engine in engines:
        engine.begin(0)
    agenda.run()
    for engine in engines:
        engine.stop(record.end)
    return world


class RecordedWorld:
    """Tells a hub what was recorded, and answers deliveries with what the channels reported then.

    unanswered: contacts handed over that the record knows nothing of.
    """

    def __init__(self, record: Record, hub: Hub) -> None:
        self.rows, self.hub = record.rows, hub
        self.unanswered = 0
        shape = self.rows["shape"]
        of_contact = (shape & _OF_CONTACT) != 0
        names = self._identity(self.rows["customer"], self.rows["key"])
        self._known = np.unique(names[of_contact])
        self._contact = np.searchsorted(self._known, names)
        """Row → its contact; meaningless for own actions."""
        self._payload = np.full(self._known.size, _NOT_SENT, np.int64)
        first_site = len(hub.engines[0].program.sites)
        early = (of_contact & (site_of(self.rows["payload"]) < first_site)).nonzero()[0]
        self._payload[self._contact[early]] = self.rows["payload"][early]
        at_delivery = (shape & _AT_DELIVERY) != 0
        prompt = at_delivery.nonzero()[0]
        self._prompt = prompt[np.argsort(self._contact[prompt], kind="stable")]
        """Rows told during a delivery, by contact."""
        self._first = np.searchsorted(self._contact[self._prompt], np.arange(self._known.size + 1))
        later = (~at_delivery).nonzero()[0]
        hub.agenda.register(RECORDED, self._on_row, lambda customer, payload: payload)
        hub.agenda.push(
            RECORDED, self.rows["customer"][later], self.rows["time"][later], self.rows["key"][later], later
        )

    @staticmethod
    def _identity(customer: Int64s, key: luck.Keys) -> luck.Keys:
        """Arms share luck, so a contact is told by its key and its customer."""
        return luck.same_child(key, _CONTACT, customer)

    def deliver(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """Answer with what was told during the recorded delivery; what comes later comes at its own time."""
        name = self._identity(customer, key)
        place = np.minimum(np.searchsorted(self._known, name), max(self._known.size - 1, 0))
        known = self._known.take(place) == name if self._known.size else np.zeros(name.size, bool)
        waits = np.array([CHANNELS[site.channel] == IN_APP for site in self.hub.sites], bool).take(site_of(payload))
        self.unanswered += int((~known & ~waits).sum())  # nobody need have come to see what waits for a visit
        contact = place[known]
        self._payload[contact] = payload[known]
        first, last = self._first[contact], self._first[contact + 1]
        while (here := (first < last).nonzero()[0]).size:
            self._tell(self._prompt[first[here]])
            first = first + 1

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """What became of coupons stands in the record."""

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """What was recorded knows of it already."""

    def _on_row(self, cohort: Cohort) -> None:
        self._tell(cohort.payload)

    def _tell(self, row: Int64s) -> None:
        """Tell the hub of rows of different customers."""
        told = {name: self.rows[name].take(row) for name in ("event", "reason", "shape")}
        kind = told["event"].astype(np.int64) << 16 | told["reason"].astype(np.int64) << 8 | told["shape"]
        for one in np.unique(kind).tolist():
            part = row[kind == one]
            event, reason, shape = one >> 16, one >> 8 & 255, one & 255
            who = {name: self.rows[name].take(part) for name in ("customer", "time", "key", "category", "value")}
            if shape & _OF_CONTACT:
                payload = self._payload.take(self._contact.take(part))
                answered = payload != _NOT_SENT  # the strategy may not have sent it this time
                if answered.any():
                    customer, time, key = (who[name][answered] for name in ("customer", "time", "key"))
                    self.hub.contact_event(event, customer, time, key, payload[answered], reason)
                continue
            if shape & OF_PROFILE:
                self.hub.introduce(who["customer"], who["time"], who["key"], who["value"])
                continue
            category = who["category"] if shape & _HAS_CATEGORY else None
            value = who["value"] if shape & _HAS_VALUE else None
            self.hub.observe(event, who["customer"], who["time"], who["key"], category, value)
