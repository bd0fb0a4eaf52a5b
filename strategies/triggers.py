"""What starts chain runs: events, inactivity, schedules, segments entered or left; who may enter again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from strategies.campaigns import due_on, falls_on
from strategies.context import Rows
from strategies.kinds import INACTIVE
from strategies.mainchain import chain_ranks
from strategies.observed import NEVER
from strategies.program import trigger_events
from strategies.scenario import EventTrigger, InactivityTrigger, Schedule, SegmentTrigger
from strategies.vocabulary import DAY, EVENT_CODE, MINUTE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_SEGMENT_DAY = luck.purpose("strategies.segment_day")
_INACTIVE_AT_START = luck.purpose("strategies.inactive_at_start")
_INACTIVITY = luck.purpose("strategies.inactivity")
_SCHEDULED = luck.purpose("strategies.scheduled")
_CART_ENDS = (EVENT_CODE["order"], EVENT_CODE["cart_emptied"])
"""A cart left behind after one of these is another cart."""

_FIRST_DAY = 1 << 20
"""Offset that keeps day numbers of the past positive in ordinals."""


class Triggers:
    """Triggers of one arm's chains.

    chains_of: event code → chain indices by priority, then name.  goal_event, goal_window, exit_bits:
    by chain index.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        chains = engine.program.chains
        order = np.argsort(chain_ranks(engine.program)[: len(chains)], kind="stable").tolist()
        self.chains_of: dict[int, list[int]] = {}
        self._segment_chains: list[int] = []
        self._inactivity: dict[tuple[int, int], list[int]] = {}
        """(missed event, period) → chains by priority."""
        self._scheduled: dict[int, list[int]] = {}
        """Clock time → chains by priority that start at it on some days."""
        for index in order:
            chain = chains[index]
            if isinstance(chain.trigger, SegmentTrigger):
                self._segment_chains.append(index)
            elif isinstance(chain.trigger, InactivityTrigger):
                missed = (EVENT_CODE[chain.trigger.of], chain.trigger.period)
                self._inactivity.setdefault(missed, []).append(index)
            elif isinstance(chain.trigger, Schedule):
                self._scheduled.setdefault(chain.trigger.clock, []).append(index)
            else:
                for event in trigger_events(chain):
                    self.chains_of.setdefault(EVENT_CODE[event], []).append(index)
        self.goal_event = np.array([EVENT_CODE[c.goal.event] if c.goal else -1 for c in chains], np.int64)
        self.goal_window = np.array([c.goal.window if c.goal else 0 for c in chains], np.int64)
        self.exit_bits = np.array([sum(1 << EVENT_CODE[e] for e in set(c.exit_on)) for c in chains], np.uint64)
        self._last_entry: dict[int, NDArray[np.int32]] = {
            index: np.full(engine.customers, NEVER, np.int32) for index, c in enumerate(chains) if c.reenter != 0
        }
        self._looked = np.full((len(self._inactivity), engine.customers), NEVER, np.int32)
        """When it was last found out that a customer stayed away; the missed event may come twice in a second."""
        self._segment_names = sorted({c.trigger.segment for c in chains if isinstance(c.trigger, SegmentTrigger)})
        self._members: dict[str, Bools] = {}

    # ------------------------------------------------------------------ entering

    def may_enter(self, chain: int, customer: Int64s, time: Int64s, category: Int64s | None) -> Bools:
        """Who may enter: while a run is on, ``on_retrigger`` decides; afterwards ``reenter``, counted from entry."""
        source, engine = self.engine.program.chains[chain], self.engine
        may = np.ones(customer.size, bool)
        last = self._last_entry.get(chain)
        if last is not None:
            entered = last.take(customer - engine.first_customer)
            may = entered == NEVER
            if source.reenter is not None:
                may |= time >= entered.astype(np.int64) + source.reenter
        running = engine.is_running(chain, customer)
        if source.on_retrigger == "ignore" or not running.any():
            return may & ~running
        if source.on_retrigger == "parallel":
            new = np.ones(customer.size, bool)
            if source.parallel_by == "cart":
                ended = [engine.observed.last_of(event).take(customer) for event in _CART_ENDS]
                new = ~engine.is_running(chain, customer, since=np.maximum(*ended))
            elif category is not None:
                new = ~engine.is_running(chain, customer, category=category)
            return np.where(running, new, may)
        return may | running

    def note_entry(self, chain: int, customer: Int64s, time: Int64s) -> None:
        """Remember the entry, where re-entry is limited."""
        last = self._last_entry.get(chain)
        if last is not None:
            last[customer - self.engine.first_customer] = time

    def fire(
        self,
        chains: list[int],
        customer: Int64s,
        time: Int64s,
        occurrence: luck.Keys,
        value: Int64s | None,
        category: Int64s | None,
        before_order: bool,
        event: int = -1,
    ) -> None:
        """Offer one occurrence to its chains by priority; each run's luck is told by its rank among those started."""
        rank = np.zeros(customer.size, np.int64)
        for chain in chains:
            trigger = self.engine.program.chains[chain].trigger
            index = None
            if isinstance(trigger, EventTrigger) and trigger.condition is not None:
                rows = Rows(customer, time, chain, None, value, category, before_order, event)
                index = self.engine.reader.holds(trigger.condition, rows).nonzero()[0]
            rank += self._enter_some(
                chain, index, customer, time, occurrence, rank, value, category, before_order, event
            )

    def _enter_some(
        self,
        chain: int,
        index: Int64s | None,
        customer: Int64s,
        time: Int64s,
        occurrence: luck.Keys,
        rank: Int64s,
        value: Int64s | None,
        category: Int64s | None,
        before_order: bool,
        event: int = -1,
    ) -> Bools:
        entered = np.zeros(customer.size, bool)
        if index is None:
            index = np.arange(customer.size)
        if index.size:
            entered[index] = self.engine.enter(
                chain,
                customer.take(index),
                time.take(index),
                occurrence.take(index),
                rank.take(index),
                None if value is None else value.take(index),
                None if category is None else category.take(index),
                before_order,
                event,
            )
        return entered

    # ------------------------------------------------------------------ inactivity

    def watch_inactivity(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        """After an event that some chain misses when it stays away: look again when the period is over."""
        for number, (missed, period) in enumerate(self._inactivity):
            if missed == event:
                self._look_again(number, customer, time + period, luck.child(key, _INACTIVITY, period))

    @property
    def missed_events(self) -> frozenset[int]:
        """Events whose absence starts chains."""
        return frozenset(event for event, _ in self._inactivity)

    def _look_again(self, number: int, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        self.engine.agenda.push(self.engine.kind + INACTIVE, customer, time, key, number)

    def on_inactive(self, cohort: Cohort) -> None:
        """Start those who really stayed away for the whole period, and those whose scheduled moment has come."""
        if not self.engine.active:
            return
        self._start_scheduled(cohort.where(cohort.payload >= len(self._inactivity)))
        for number, ((event, period), chains) in enumerate(self._inactivity.items()):
            part = cohort.where(cohort.payload == number)
            last = self.engine.observed.last_of(event).take(part.customer).astype(np.int64)
            looked = self._looked[number].take(part.customer - self.engine.first_customer)
            part = part.where((last + period <= part.time) & (looked != part.time))
            if part.size:
                self._looked[number, part.customer - self.engine.first_customer] = part.time
                self.fire(chains, part.customer, part.time, part.key, None, None, False)

    # ------------------------------------------------------------------ schedules

    def plan(self, time: int) -> None:
        """Put the scheduled moments of the company day that begins at ``time`` on the agenda."""
        engine = self.engine
        for number, (clock, chains) in enumerate(self._scheduled.items(), start=len(self._inactivity)):
            for zone, customers in engine.campaigns.by_zone():
                day, due = due_on(time, zone, clock)
                if any(self._falls_on(chain, np.array([day]))[0] for chain in chains):
                    ordinal = (_FIRST_DAY + day) * (DAY // MINUTE) + clock // MINUTE
                    key = luck.child(engine.keys.luck.take(customers), _SCHEDULED, ordinal)
                    self._look_again(number, customers, np.full(customers.size, due), key)

    def _falls_on(self, chain: int, day: Int64s) -> Bools:
        trigger = self.engine.program.chains[chain].trigger
        assert isinstance(trigger, Schedule)
        return falls_on(self.engine.calendar, trigger, day)

    def _start_scheduled(self, cohort: Cohort) -> None:
        for number, chains in enumerate(self._scheduled.values(), start=len(self._inactivity)):
            part = cohort.where(cohort.payload == number)
            if part.size == 0:
                continue
            day = (part.time + self.engine.observed.zone_seconds(part.customer)) // DAY
            rank = np.zeros(part.size, np.int64)
            for chain in chains:
                index = self._falls_on(chain, day).nonzero()[0]
                rank += self._enter_some(chain, index, part.customer, part.time, part.key, rank, None, None, False)

    # ------------------------------------------------------------------ segments and the start

    def begin(self, time: int) -> None:
        """Look for the inactive of the past; unless told to enter, whoever waits already does not flood the chains.

        Members of segments are noted at the first refresh, when scores of the first day stand.
        """
        engine = self.engine
        customer = np.arange(engine.first_customer, engine.first_customer + engine.customers)
        enters = engine.program.scenario.at_start.backlog == "enter"
        if enters:
            self._members = {name: np.zeros(customer.size, bool) for name in self._segment_names}
        for number, (event, period) in enumerate(self._inactivity):
            last = engine.observed.last_of(event).take(customer).astype(np.int64)
            due = last + period
            if enters:
                due = np.maximum(due, time)
            index = ((last != NEVER) & (due >= time)).nonzero()[0]
            part = customer.take(index)
            key = luck.child(engine.keys.luck.take(part), _INACTIVE_AT_START, event << 40 | period)
            self._look_again(number, part, due.take(index), key)

    def refresh_segments(self, time: int) -> None:
        """Compare today's members with yesterday's; entering and leaving are events."""
        if not self._segment_names:
            return
        engine = self.engine
        everybody = np.arange(engine.first_customer, engine.first_customer + engine.customers)
        rank = np.zeros(everybody.size, np.int64)
        day = _FIRST_DAY + time // DAY
        for name in self._segment_names:
            now = engine.reader.in_segment(name, Rows(everybody, np.full(everybody.size, time)))
            before = self._members.get(name, now)
            self._members[name] = now
            for left, changed in ((False, now & ~before), (True, before & ~now)):
                index = changed.nonzero()[0]
                if index.size == 0:
                    continue
                customer = everybody.take(index)
                times = np.full(index.size, time)
                event = EVENT_CODE["segment_left" if left else "segment_entered"]
                engine.sink.log_observed(event, customer, times, None, None)
                occurrence = luck.child(engine.keys.luck.take(customer), _SEGMENT_DAY, day * 2 + left)
                for chain in self._segment_chains:
                    trigger = engine.program.chains[chain].trigger
                    if trigger == SegmentTrigger(name, left):
                        rank[index] += engine.enter(
                            chain, customer, times, occurrence, rank.take(index), None, None, False
                        )
