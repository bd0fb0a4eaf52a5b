"""The hub: sets up the engines of all arms, and is the one door between them and the world.

What customers do goes on to :mod:`strategies.own_actions`, what channels report to :mod:`strategies.contact_reports`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.kernel.shared import SharedState
from strategies.compiler import compile_scenario
from strategies.contact_reports import ContactReports
from strategies.engine import CustomerKeys, Engine, Surroundings
from strategies.kinds import MAX_ENGINES
from strategies.limits import MAX_NAMES, BeyondLimit
from strategies.loyalty_programmes import LoyaltyProgrammes
from strategies.observed import Observed
from strategies.occurrence import Occurrence
from strategies.own_actions import OwnActions
from strategies.permissions import Permissions
from strategies.ports import MAX_SITES, Choices, ContactPort, EventSink, InAppMessages
from strategies.program import Program, Site
from strategies.scenario import Scenario
from strategies.slots import Slots
from strategies.vocabulary import DAY, MONEY_UNIT

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

RULES_PER_ARM = 256
"""Rule codes in the log: arm * RULES_PER_ARM + the arm's own code."""


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
        self.sites: list[Site] = []
        self.sources: list[str] = []
        self.average_order = np.zeros(columns.worlds)
        """(W,) mean order value of the base so far, currency units, as of the last settlement."""
        self._surroundings = Surroundings(observed, agenda, calendar, keys, sink, self.average_order)
        self.permissions = Permissions(observed)
        self.programmes = LoyaltyProgrammes()
        self.slots = Slots()
        self._actions = OwnActions(observed, agenda, keys, sink, self.permissions, self.programmes)
        self._reports = ContactReports(observed, sink, self.slots, self._actions.faults)

    # ------------------------------------------------------------------ set-up

    def add(self, scenario: Scenario, first_world: int, worlds: int) -> Engine:
        """A new engine with the scenario for ``worlds`` worlds from ``first_world`` on (not yet begun).

        Raises BeyondLimit when it does not fit beside the others.
        """
        arm = len(self.engines)
        self.observed.learn("offer", tuple(offer.name for offer in scenario.offers))
        if arm == MAX_ENGINES:
            raise BeyondLimit(f"at most {MAX_ENGINES} engines fit the agenda's kinds")
        program: Program = compile_scenario(scenario, arm, len(self.sites))
        if len(self.sites) + len(program.sites) > MAX_SITES:
            raise BeyondLimit(f"at most {MAX_SITES} contact sites fit the payload of a contact")
        if len(self.sources) + len(program.sources) > MAX_NAMES:
            raise BeyondLimit(f"at most {MAX_NAMES} chains and campaigns fit the log's codes")
        engine = Engine(
            program,
            first_world * self.columns.customers,
            worlds,
            self._surroundings,
            len(self.sources),
            arm * RULES_PER_ARM,
        )
        if len(engine.gates.rules) > RULES_PER_ARM:
            raise BeyondLimit(
                f"found {len(engine.gates.rules)} rows of the contact policy and its changes, expected at most "
                f"{RULES_PER_ARM}"
            )
        self.engines.append(engine)
        self.permissions.add(program, engine.mine)
        for part in (self.programmes, self.slots, self._actions, self._reports):
            part.add(engine)
        self.sites.extend(program.sites)
        self.sources.extend(source.name for source in program.sources)
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

    # ------------------------------------------------------------------ what the world asks

    def choices(self) -> Choices:
        """What customers may choose instead of leaving, by contact site."""
        return self.permissions.choices()

    def needs_confirmation(self, customer: Int64s, channel: Int64s) -> Bools:
        """Whether these subscriptions need a double opt-in."""
        return self.permissions.needs_confirmation(customer, channel)

    def in_app(self, customer: Int64s, time: Int64s) -> InAppMessages | None:
        """What the slots of customers show whose visits begin now (see :class:`strategies.ports.StrategyHub`)."""
        return self.slots.choose(customer, time)

    @property
    def keeps_points(self) -> bool:
        """Does any arm have a programme with points?"""
        return self.programmes.keep_points

    def payable_points(self, customer: Int64s, price: Int64s) -> tuple[Int64s, Int64s]:
        """(points, their worth in money), (n,) each, that may pay of orders of this price; 0 without a programme."""
        return self.programmes.payable(customer, price)

    def points_owed(self) -> Int64s:
        """Money (N,) that the company owes each customer in points, active or not yet, at their full worth."""
        return self.programmes.owed(self.columns.size)

    @property
    def gives_coupons(self) -> bool:
        """Does any chain give coupons?"""
        return any(engine.program.coupons for engine in self.engines)

    def subscribed(self, event: int) -> bool:
        """Does any active engine react to the event, or ask later when it last happened; may its data be faulty?

        Where nobody reacts to it, :meth:`log_only` is enough.
        """
        return self._actions.subscribed(event)

    # ------------------------------------------------------------------ what the world reports

    def introduce(self, customer: Int64s, time: Int64s, key: luck.Keys, facts: Int64s) -> None:
        """A form tells who these customers are (see :mod:`strategies.introduced`)."""
        self.permissions.introduce(customer, time, facts)

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
        if customer.size:
            self._actions.observe(Occurrence(event, customer, time, key, category, value))

    def contact_event(
        self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, reason: int = 0
    ) -> None:
        """A channel's report about one message: log it, mark the run, let the engines react.

        It may be shown, opened (reason ``proxy``: by a proxy; ``reopened``: by a person behind one) and clicked several
        times: each report is a cause of its own.  The other reports come once.
        """
        self._reports.hear(event, customer, time, key, payload, reason)
