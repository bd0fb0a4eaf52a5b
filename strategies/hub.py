"""The hub: what the world reports goes to the observed columns, the log and the engines of all arms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from strategies.compiler import compile_scenario
from strategies.data_quality import OWN_ACTIONS
from strategies.engine import ANY_MESSAGE_EVENTS, CustomerKeys, Engine
from strategies.faults import LOST, FaultyData
from strategies.introduced import introduce
from strategies.kinds import MAX_ENGINES
from strategies.loyalty import LoyaltyAccounts
from strategies.observed import Observed
from strategies.permissions import PERMITTING, Permissions
from strategies.ports import MAX_SITES, Choices, ContactPort, EventSink, InAppMessages, reference_of, site_of
from strategies.program import Program, Site
from strategies.remembered import remembered_events
from strategies.scenario import Scenario
from strategies.slots import Slots
from strategies.vocabulary import DAY, EVENT_CODE, MONEY_UNIT, REASON_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

RULES_PER_ARM = 256
"""Rule codes in the log: arm * RULES_PER_ARM + the arm's own code."""

_ORDER, _SPENT = EVENT_CODE["order"], EVENT_CODE["points_spent"]
_DELIVERED, _OPENED, _CLICK, _BOUNCED = (EVENT_CODE[name] for name in ("delivered", "opened", "click", "bounced"))
_LOSES_CONSENT = {EVENT_CODE[name] for name in ANY_MESSAGE_EVENTS}
_LOSES_ADDRESS = {EVENT_CODE["blocked"], EVENT_CODE["push_disabled"]}
_CALL_ANSWERED, _SHOWN = EVENT_CODE["call_answered"], EVENT_CODE["in_app_shown"]
_HARD, _PROXY = REASON_CODE["hard_bounce"], REASON_CODE["proxy"]


def _owned(engine: Engine, customer: Int64s) -> Int64s:
    """Positions of the customers of an engine's worlds."""
    mine = (customer >= engine.first_customer) & (customer < engine.first_customer + engine.customers)
    return mine.nonzero()[0]


class Hub:
    """All engines over the stacked worlds, and the one place where observed events come in."""

    def __init__(
        self,
        columns: Columns,
        observed: Observed,
        agenda: Agenda,
        calendar: Calendar,
        keys: CustomerKeys,
        sink: EventSink,
    ) -> None:
        self.columns = columns
        self.observed = observed
        self.agenda = agenda
        self.calendar = calendar
        self.keys = keys
        self.sink = sink
        self.engines: list[Engine] = []
        self.slots = Slots()
        self._asked: list[set[int]] = []
        """By engine: events whose last time its scenario asks for."""
        self.sites: list[Site] = []
        self.sources: list[str] = []
        self.average_order = np.zeros(columns.worlds)
        """(W,) mean order value of the base so far, currency units, as of the last settlement."""
        self.permissions = Permissions(observed)
        self._channel = np.empty(0, np.int64)
        self._faults = FaultyData(agenda, keys.luck, keys.split, self._arrives)

    # ------------------------------------------------------------------ set-up

    def add(self, scenario: Scenario, first_world: int, worlds: int) -> Engine:
        """A new engine with the scenario for ``worlds`` worlds from ``first_world`` on (not yet begun).

        Raises ValueError when it does not fit beside the others.
        """
        arm = len(self.engines)
        self.observed.learn("offer", tuple(offer.name for offer in scenario.offers))
        if arm == MAX_ENGINES:
            raise ValueError(f"at most {MAX_ENGINES} engines fit the agenda's kinds")
        program: Program = compile_scenario(scenario, arm, len(self.sites))
        if len(self.sites) + len(program.sites) > MAX_SITES:
            raise ValueError(f"at most {MAX_SITES} contact sites fit the payload of a contact")
        engine = Engine(
            program,
            first_world * self.columns.customers,
            worlds,
            self.observed,
            self.agenda,
            self.calendar,
            self.keys,
            self.sink,
            self.average_order,
            len(self.sources),
            arm * RULES_PER_ARM,
        )
        if len(engine.gates.rules) > RULES_PER_ARM:
            raise ValueError(f"at most {RULES_PER_ARM} rows of the policy and its changes fit the log's rule codes")
        self.engines.append(engine)
        self.slots.add(engine)
        self._asked.append({EVENT_CODE[name] for name in remembered_events([scenario])})
        self.permissions.add(program, engine.first_customer, engine.first_customer + engine.customers)
        if scenario.data_faults is not None:
            own_actions = [EVENT_CODE[name] for name in OWN_ACTIONS]
            self._faults.add(scenario.data_faults, engine.first_customer, engine.customers, own_actions)
        self.sites.extend(program.sites)
        self.sources.extend(source.name for source in program.sources)
        self._channel = np.array([site.channel for site in self.sites], np.int64)
        return engine

    def connect(self, port: ContactPort) -> None:
        """Tell all engines who delivers."""
        for engine in self.engines:
            engine.desk.port = port
            engine.actions.port = port

    def declare_shared(self, shared: SharedState, first: int) -> None:
        """Declare the shared state of the base and of every engine, first settled at ``first``."""
        shared.declare("average_order", DAY, self.average_order, self._settle_average_order, first)
        for engine in self.engines:
            engine.declare_shared(shared, first)

    def _settle_average_order(self, time: int) -> NDArray[np.float64]:
        money = self.observed.order_sum.reshape(self.columns.worlds, -1).sum(axis=1)
        orders = self.observed.orders.reshape(self.columns.worlds, -1).sum(axis=1, dtype=np.int64)
        average: NDArray[np.float64] = money / (np.maximum(orders, 1) * float(MONEY_UNIT))
        return average

    def rule_names(self) -> tuple[str, ...]:
        """Names by logged rule code (empty where a code is unused)."""
        names = [""] * (len(self.engines) * RULES_PER_ARM)
        for engine in self.engines:
            names[engine.first_rule : engine.first_rule + len(engine.gates.rules)] = engine.gates.rules
        return tuple(names)

    # ------------------------------------------------------------------ what the world reports

    def choices(self) -> Choices:
        """What customers may choose instead of leaving, by contact site."""
        return self.permissions.choices()

    def introduce(self, customer: Int64s, time: Int64s, key: luck.Keys, facts: Int64s) -> None:
        """A form tells who these customers are (see :mod:`strategies.introduced`)."""
        introduce(self.observed, customer, facts)

    def needs_confirmation(self, customer: Int64s, channel: Int64s) -> Bools:
        """Whether these subscriptions need a double opt-in."""
        return self.permissions.needs_confirmation(customer, channel)

    def subscribed(self, event: int) -> bool:
        """Does any active engine react to the event, or ask later when it last happened; may its data be faulty?

        Where nobody reacts to it, :meth:`log_only` is enough.
        """
        return event in self._faults.events or any(
            engine.active and (engine.reactions.reacts_to(event) or event in asked)
            for engine, asked in zip(self.engines, self._asked, strict=True)
        )

    def log_only(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        category: Int64s | None = None,
        value: Int64s | None = None,
    ) -> None:
        """Rows for the log of what no strategy reacts to and nothing is wrong with (see :meth:`subscribed`)."""
        self.sink.log_observed(event, customer, time, category, value)

    def observe(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        category: Int64s | None = None,
        value: Int64s | None = None,
    ) -> None:
        """A customer's own action: log it, remember it, let the engines react."""
        if customer.size == 0:
            return
        if event in self._faults.events:
            fate = self._faults.fates(event, customer, time, key)
            self.sink.log_observed(event, customer, time, category, value, fate)
            self._faults.plan(event, customer, time, key, category, value, fate)
            seen = (fate == 0).nonzero()[0]
            customer, time, key = customer.take(seen), time.take(seen), key.take(seen)
            category = None if category is None else category.take(seen)
            value = None if value is None else value.take(seen)
        else:
            self.sink.log_observed(event, customer, time, category, value)
        if customer.size:
            self._become_known(event, customer, time, key, category, value)

    def _arrives(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        category: Int64s | None,
        value: Int64s | None,
        reason: int,
    ) -> None:
        """What happened before becomes known now."""
        self.sink.log_observed(event, customer, time, category, value, reason)
        self._become_known(event, customer, time, key, category, value)

    def _become_known(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        category: Int64s | None,
        value: Int64s | None,
    ) -> None:
        self.observed.remember(event, customer, time)
        if event == _ORDER:
            assert value is not None
            self.observed.note_order(customer, time, value)
        elif event in PERMITTING:
            self.permissions.note(event, customer, time, category)
        elif event == _SPENT:
            assert value is not None
            for accounts in self._accounts():
                mine = _owned(accounts.engine, customer)
                accounts.note_spent(customer.take(mine), value.take(mine) // MONEY_UNIT)
        for engine, index in self._shares(event, customer):
            if index is None:
                engine.reactions.on_event(event, customer, time, key, category, value, event == _ORDER)
            else:
                engine.reactions.on_event(
                    event,
                    customer.take(index),
                    time.take(index),
                    key.take(index),
                    None if category is None else category.take(index),
                    None if value is None else value.take(index),
                    event == _ORDER,
                )
        if event == _ORDER:
            assert value is not None
            for accounts in self._accounts():
                mine = _owned(accounts.engine, customer)
                if mine.size:
                    accounts.on_order(customer.take(mine), time.take(mine), key.take(mine), value.take(mine))

    # ------------------------------------------------------------------ loyalty points

    @property
    def keeps_points(self) -> bool:
        """Does any arm have a programme with points?"""
        return any(accounts.rules.points is not None for accounts in self._accounts())

    def _accounts(self) -> Iterator[LoyaltyAccounts]:
        for engine in self.engines:
            if engine.loyalty is not None:
                yield engine.loyalty

    def payable_points(self, customer: Int64s, price: Int64s) -> tuple[Int64s, Int64s]:
        """(points, their worth in money), (n,) each, that may pay of orders of this price; 0 without a programme."""
        points, money = np.zeros(customer.size, np.int64), np.zeros(customer.size, np.int64)
        for accounts in self._accounts():
            index = _owned(accounts.engine, customer)
            points[index] = accounts.payable(customer.take(index), price.take(index))
            money[index] = points[index] * accounts.worth
        return points, money

    @property
    def gives_coupons(self) -> bool:
        """Does any chain give coupons?"""
        return any(engine.program.coupons for engine in self.engines)

    # ------------------------------------------------------------------ contacts

    def contact_event(
        self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, reason: int = 0
    ) -> None:
        """A channel's report about one message: log it, mark the run, let the engines react.

        A message is reported opened at most once by a proxy (reason ``proxy``), once by a person (none, or
        ``reopened`` behind a proxy), clicked once: what starts by a report has the message's luck, told by event and
        reason, so a second report of the same would start the same run twice.  A channel that hears of several
        tells of the first.  ``luck.audit`` raises at the second.  An in-app message may be shown again and again: each
        impression is a cause of its own.
        """
        cause = self.slots.note(event, customer, time, key, payload) if customer.size else key
        if customer.size and event in self._faults.events:
            lost = self._faults.unseen_contacts(event, customer, key)
            self._lose(event, customer[lost], time[lost], key[lost], payload[lost])
            customer, time, key, payload = customer[~lost], time[~lost], key[~lost], payload[~lost]
            cause = cause[~lost]
        if customer.size == 0:
            return
        site = site_of(payload)
        channel = self._channel.take(site)
        self._remember_contact(event, channel, customer, time, reason)
        logged = False
        for engine in self.engines:
            inside = (site >= engine.program.first_site) & (
                site < engine.program.first_site + len(engine.program.sites)
            )
            if inside.all():
                self._engine_contact(engine, event, customer, time, key, payload, reason, cause)
                logged = True
                break
            index = inside.nonzero()[0]
            if index.size:
                self._engine_contact(
                    engine,
                    event,
                    customer.take(index),
                    time.take(index),
                    key.take(index),
                    payload.take(index),
                    reason,
                    cause.take(index),
                )
                logged = True
        assert logged, "a contact event without a site"

    def in_app(self, customer: Int64s, time: Int64s) -> InAppMessages | None:
        """What the slots of customers show whose visits begin now (see :class:`strategies.ports.StrategyHub`)."""
        return self.slots.choose(customer, time)

    def _lose(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """A report that nobody hears; the log keeps it, without its run."""
        if customer.size:
            self.sink.log_contact(event, customer, time, key, None, site_of(payload), LOST)

    def _remember_contact(self, event: int, channel: Int64s, customer: Int64s, time: Int64s, reason: int) -> None:
        observed = self.observed
        observed.remember(event, customer, time)
        if event == _OPENED and reason != _PROXY:
            observed.note_open(channel, customer, time)
        elif event in _LOSES_CONSENT:
            observed.withdraw(channel, customer)
            if event in _LOSES_ADDRESS:
                observed.lose_address(channel, customer)
        elif event == _BOUNCED and reason == _HARD:
            observed.lose_address(channel, customer)

    def _engine_contact(
        self,
        engine: Engine,
        event: int,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        payload: Int64s,
        reason: int,
        cause: luck.Keys,
    ) -> None:
        site = site_of(payload) - engine.program.first_site
        campaign = engine.desk.is_campaign(site)
        run = np.where(campaign, 0, reference_of(payload))
        run_key = np.where(campaign, np.uint64(0), engine.runs.key.take(run))
        self.sink.log_contact(event, customer, time, key, run_key, site_of(payload), reason)
        if event == _DELIVERED:
            engine.gates.note(customer, time, site, run, "delivered")
        elif event == _BOUNCED:
            engine.desk.refused(customer)
        elif event in (_OPENED, _CLICK) and reason != _PROXY:
            engine.gates.hear(event, customer, time, site)
        chained = (~campaign).nonzero()[0]
        if chained.size:
            bits = np.uint64(1) << engine.sites.bit.take(site.take(chained)).astype(np.uint64)
            self._mark(engine, event, run.take(chained), bits, reason)
        if not engine.active:
            return
        if event in _LOSES_CONSENT:
            engine.reactions.on_event(event, customer, time, key, None, None)
            return
        engine.reactions.learn(event, customer, time, None)
        if event == _CLICK and self.observed.learns_channels:
            self.observed.channel_clicks[engine.sites.channel.take(site), customer] += np.uint16(1)
        elif event == _DELIVERED and self.observed.learns_channels:
            self.observed.channel_sends[engine.sites.channel.take(site), customer] += engine.sites.in_app.take(site)
        if chained.size:
            engine.reactions.on_message_event(event, customer.take(chained), time.take(chained), payload.take(chained))
        engine.reactions.on_contact_trigger(event, customer, time, cause, self._channel.take(site_of(payload)), reason)

    def _mark(self, engine: Engine, event: int, run: Int64s, bits: luck.Keys, reason: int) -> None:
        runs = engine.runs
        if event == _DELIVERED:
            runs.delivered[run] |= bits
        elif event == _SHOWN:
            runs.shown[0, run] |= bits
        elif event == _OPENED:
            runs.opened[run] |= bits
            if reason != _PROXY:
                runs.opened_by_person[run] |= bits
        elif event == _CLICK:
            runs.clicked[run] |= bits
        elif event == _BOUNCED and reason == _HARD:
            runs.bounced[run] = True
        elif event == _CALL_ANSWERED:
            engine.teams.note_answer(runs.customer.take(run))

    def _shares(self, event: int, customer: Int64s) -> Iterator[tuple[Engine, Int64s | None]]:
        """Engines that react, each with the index of its customers (None: all)."""
        for engine in self.engines:
            if not engine.active or not engine.reactions.reacts_to(event):
                continue
            last = engine.first_customer + engine.customers
            if engine.customers == self.columns.size:
                yield engine, None
                continue
            index = ((customer >= engine.first_customer) & (customer < last)).nonzero()[0]
            if index.size:
                yield engine, index
