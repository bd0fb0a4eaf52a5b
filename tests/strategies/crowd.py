"""A crowd that reacts: many customers who visit, leave carts, order, open and click by keyed luck.

Every customer's life is a function of the customer's key and of the messages that arrive, so two runs
of the engine may be compared row by row.
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
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.observed import Observed
from strategies.ports import site_of
from strategies.scenario import Offer, Scenario
from strategies.vocabulary import (
    ACTIONS,
    CHANNELS,
    DAY,
    EVENT_CODE,
    EVENTS,
    HOUR,
    IN_APP,
    MONEY_UNIT,
    REASON_CODE,
    REASONS,
    REFUSALS,
)

Int64s = NDArray[np.int64]

_VISIT, _OPEN, _CLICK = 1, 2, 3
_IN_APP = CHANNELS.index(IN_APP)
_NAMES = (
    "luck",
    "split",
    "next",
    "gap",
    "cart",
    "order",
    "value",
    "bounce",
    "open",
    "click",
    "consent",
    "address",
    "impression",
    "coupon",
)
_P = {name: luck.purpose(f"tests.crowd.{name}") for name in _NAMES}


@dataclass(frozen=True)
class Entry:
    """One row of the log.  what: channel and message, or chain; source: chain or campaign it belongs to."""

    customer: int
    time: int
    event: str
    what: str
    source: str
    reason: str
    rule: str
    contact: int
    run: int


@dataclass(frozen=True)
class Outcome:
    """What happened in each world, sorted, and the path of the shared state.

    refusals: (stacked customer, time, chain, reason, part), sorted.
    """

    worlds: list[list[Entry]]
    path: dict[str, NDArray[Any]]
    refusals: list[tuple[int, int, str, str, int]]


def live(
    scenarios: Sequence[Scenario],
    ids: Sequence[Sequence[int]],
    days: int = 12,
    bucket: int = DAY,
    shuffle: int | None = None,
    replay: Mapping[str, NDArray[Any]] | None = None,
    refusals: bool = False,
) -> Outcome:
    """Let the crowd live.

    scenarios: one per arm; ids: customers' identities by world, as many worlds for each arm.  refusals: whether they
    are kept.
    """
    return _Crowd(scenarios, np.array(ids, np.uint64), days, bucket, shuffle, replay, refusals).run()


class _Crowd:
    def __init__(
        self,
        scenarios: Sequence[Scenario],
        ids: NDArray[np.uint64],
        days: int,
        bucket: int,
        shuffle: int | None,
        replay: Mapping[str, NDArray[Any]] | None,
        refusals: bool,
    ) -> None:
        worlds, customers = ids.shape
        self.keeps = refusals
        self.refusals: list[tuple[int, int, str, str, int]] = []
        columns = Columns(worlds, customers)
        self.customers = customers
        self.observed = Observed(columns)
        self.coupon = np.full(columns.size, -1, np.int64)
        """What was given and not used, by code of the offer; -1 for nothing."""
        self.keys = CustomerKeys(luck.child(ids.ravel(), _P["luck"]), luck.child(ids.ravel(), _P["split"]))
        self.observed.address[:] = luck.uniform(luck.child(self.keys.luck, _P["address"]), _P["address"]) < 0.9
        self.observed.consent[:] = True
        self.observed.consent[0] = luck.uniform(self.keys.luck, _P["consent"]) < 0.9
        self.observed.service_consent[:] = True
        self.observed.zone_hours[:] = (ids.ravel() % np.uint64(13)).astype(np.int64) - 3
        self.observed.categories["category"] = ("shoes", "books")
        self.agenda = Agenda(columns.size, bucket, 0, days * DAY, shuffle)
        self.rows: list[Entry] = []
        calendar = Calendar(dt.date(2026, 2, 2), -400, days + 400)
        self.hub = Hub(columns, self.observed, self.agenda, calendar, self.keys, self)
        each = worlds // len(scenarios)
        for arm, scenario in enumerate(scenarios):
            self.hub.add(scenario, arm * each, each)
        self.hub.connect(self)
        self.shared = SharedState(replay)
        self.hub.declare_shared(self.shared, 0)
        self.shared.start(self.agenda)
        for engine in self.hub.engines:
            self.agenda.every(DAY, engine.day, 0)
            engine.begin(0)
        for kind, handler in ((_VISIT, self._visit), (_OPEN, self._open), (_CLICK, self._click)):
            self.agenda.register(kind, handler)
        everybody = np.arange(columns.size)
        self._next_visit(everybody, np.zeros(columns.size, np.int64), self.keys.luck)

    def run(self) -> Outcome:
        self.agenda.run()
        n = self.customers
        worlds: list[list[Entry]] = [[] for _ in range(self.observed.customers // n)]
        for row in self.rows:
            worlds[row.customer // n].append(
                Entry(row.customer % n, *(getattr(row, name) for name in list(Entry.__annotations__)[1:]))
            )
        for rows in worlds:
            rows.sort(key=lambda row: tuple(row.__dict__.values()))
        return Outcome(worlds, self.shared.path(), sorted(self.refusals))

    # ------------------------------------------------------------------ lives

    def _next_visit(self, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        key = luck.child(key, _P["next"])
        gap = (luck.exponential(key, _P["gap"]) * 2 * DAY).astype(np.int64) + 1
        self.agenda.push(_VISIT, customer, time + gap, key)

    def _visit(self, cohort: Cohort) -> None:
        self.hub.observe(EVENT_CODE["site_visited"], cohort.customer, cohort.time, cohort.key)
        self._show(cohort)
        value = (luck.uniform(cohort.key, _P["value"]) * 5_000 * MONEY_UNIT).astype(np.int64)
        category = (value % 2).astype(np.int64)
        fate = luck.uniform(cohort.key, _P["cart"])
        for event, chosen in (("cart_abandoned", fate < 0.4), ("order", fate > 0.8)):
            i = chosen.nonzero()[0]
            part = cohort.take(i)
            self.hub.observe(EVENT_CODE[event], part.customer, part.time, part.key, category[i], value[i])
        self._use_coupons(cohort.where(fate > 0.8))
        self._next_visit(cohort.customer, cohort.time, cohort.key)

    def _show(self, cohort: Cohort) -> None:
        """Visits show what the slots hold; half of it is noticed."""
        shown = self.hub.in_app(cohort.customer, cohort.time)
        if shown is None:
            return
        part = Cohort(cohort.customer[shown.index], cohort.time[shown.index], shown.key, shown.payload)
        fresh = part.where(shown.ordinal == 0)
        self.hub.contact_event(EVENT_CODE["delivered"], fresh.customer, fresh.time, fresh.key, fresh.payload)
        self.hub.contact_event(EVENT_CODE["in_app_shown"], part.customer, part.time, part.key, part.payload)
        impression = luck.child(part.key, _P["impression"], shown.ordinal)
        index = (~shown.seen & (luck.uniform(impression, _P["impression"]) < 0.5)).nonzero()[0]
        seen = part.take(index)
        self.agenda.push(_OPEN, seen.customer, seen.time + 1, seen.key, seen.payload)

    def deliver(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """Some bounce, most arrive and may be opened."""
        index = (self._channel(payload) != _IN_APP).nonzero()[0]
        customer, time, key, payload = (column.take(index) for column in (customer, time, key, payload))
        fate = luck.uniform(key, _P["bounce"])
        for event, chosen, reason in (
            ("bounced", fate < 0.03, "hard_bounce"),
            ("bounced", (fate >= 0.03) & (fate < 0.06), "soft_bounce"),
            ("delivered", fate >= 0.06, ""),
        ):
            i = chosen.nonzero()[0]
            report = (EVENT_CODE[event], customer[i], time[i], key[i], payload[i], REASON_CODE[reason])
            self.hub.contact_event(*report)
        i = ((fate >= 0.06) & (luck.uniform(key, _P["open"]) < 0.5)).nonzero()[0]
        after = (luck.exponential(key[i], _P["gap"]) * 4 * HOUR).astype(np.int64) + 1
        self.agenda.push(_OPEN, customer[i], time[i] + after, key[i], payload[i])

    def _channel(self, payload: Int64s) -> Int64s:
        return np.array([site.channel for site in self.hub.sites], np.int64).take(site_of(payload))

    def _open(self, cohort: Cohort) -> None:
        self.hub.contact_event(EVENT_CODE["opened"], cohort.customer, cohort.time, cohort.key, cohort.payload)
        part = cohort.where(luck.uniform(cohort.key, _P["click"]) < 0.5)
        self.agenda.push(_CLICK, part.customer, part.time + 20, part.key, part.payload)

    def _click(self, cohort: Cohort) -> None:
        self.hub.contact_event(EVENT_CODE["click"], cohort.customer, cohort.time, cohort.key, cohort.payload)
        leaves = cohort.where(
            (luck.uniform(cohort.key, _P["consent"]) < 0.1) & (self._channel(cohort.payload) != _IN_APP)
        )
        event = EVENT_CODE["unsubscribed"]
        self.hub.contact_event(event, leaves.customer, leaves.time, leaves.key, leaves.payload)
        buys = cohort.where(luck.uniform(cohort.key, _P["order"]) < 0.2)
        value = np.full(buys.size, 700 * MONEY_UNIT)
        self.hub.observe(EVENT_CODE["order"], buys.customer, buys.time, buys.key, np.zeros(buys.size, np.int64), value)

    def give_coupon(self, customer: Int64s, time: Int64s, offer: Offer) -> None:
        """Coupons are used at the next order in a visit, valid or not."""
        self.coupon[customer] = self.observed.categories["offer"].index(offer.name)

    def _use_coupons(self, cohort: Cohort) -> None:
        part = cohort.where(self.coupon.take(cohort.customer) >= 0)
        offer, key = self.coupon.take(part.customer), luck.child(part.key, _P["coupon"])
        self.coupon[part.customer] = -1
        value = np.full(part.size, MONEY_UNIT)
        self.hub.observe(EVENT_CODE["coupon_redeemed"], part.customer, part.time, key, offer, value)

    def withdraw_consent(self, customer: Int64s, channels: list[int]) -> None:
        """Channels of this crowd forget nothing else."""

    # ------------------------------------------------------------------ the sink

    def log_observed(self, event: int, customer: Int64s, time: Int64s, *_: object) -> None:
        """Own actions and segments."""
        for c, t in zip(customer.tolist(), time.tolist(), strict=True):
            self.rows.append(Entry(c, t, EVENTS[event], "", "", "", "", 0, 0))

    def log_run(
        self, event: int, customer: Int64s, time: Int64s, run_key: luck.Keys, chain: Int64s, reason: Int64s
    ) -> None:
        """A chain run."""
        for c, t, run, source, why in zip(*(x.tolist() for x in (customer, time, run_key, chain, reason)), strict=True):
            name = self.hub.sources[source]
            self.rows.append(Entry(c, t, EVENTS[event], name, name, REASONS[why], "", 0, run))

    def keeps_refusals(self, customer: Int64s) -> Int64s:
        """Everybody's or nobody's."""
        return np.arange(customer.size if self.keeps else 0)

    def log_refusal(self, customer: Int64s, time: Int64s, chain: int, reason: Int64s | int, part: int) -> None:
        """A refusal, beside the log."""
        reasons = np.broadcast_to(reason, customer.size)
        for c, t, why in zip(customer.tolist(), time.tolist(), reasons.tolist(), strict=True):
            self.refusals.append((c, t, self.hub.sources[chain], REFUSALS[why], part))

    def log_action(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        run_key: luck.Keys,
        chain: Int64s,
        reason: Int64s,
        action: int,
    ) -> None:
        """A step that sends nothing: its kind stands in place of the message."""
        word = ACTIONS[action] if action >= 0 else ""
        for c, t, run, source, why in zip(*(x.tolist() for x in (customer, time, run_key, chain, reason)), strict=True):
            name = self.hub.sources[source]
            self.rows.append(Entry(c, t, EVENTS[event], name, word, REASONS[why], "", 0, run))

    def log_contact(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        contact_key: luck.Keys,
        run_key: luck.Keys | None,
        site: Int64s,
        reason: Int64s | int,
        rule: Int64s | int = -1,
        displaced_by: Int64s | int = -1,
    ) -> None:
        """A contact."""
        names = self.hub.rule_names()
        run = np.zeros(customer.size, np.uint64) if run_key is None else run_key
        columns = np.broadcast_arrays(customer, time, contact_key, run, site, reason, rule)
        for c, t, contact, r, s, why, row in zip(*(x.tolist() for x in columns), strict=True):
            place = self.hub.sites[s]
            source = self.hub.engines[place.arm].program.sources[place.chain].name
            what = f"{CHANNELS[place.channel]}:{place.message.name}"
            rule_name = names[row] if row >= 0 else ""
            self.rows.append(Entry(c, t, EVENTS[event], what, source, REASONS[why], rule_name, contact, r))

    def contact_cost(self, customer: Int64s, time: Int64s, cost: Int64s) -> None:
        """Not compared."""
