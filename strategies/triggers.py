"""What starts chain runs: events, inactivity, schedules, segments entered or left; who may enter again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import FIRST_DAY, NEVER
from sim.kernel.short import distinct, some
from strategies.chain_triggers import EventTrigger, ExternalTrigger, FieldTrigger, SegmentTrigger
from strategies.conditions import Column, Expression, Field
from strategies.context import Rows
from strategies.counts import Counts
from strategies.dates import Dates
from strategies.entry_limits import EntryTimes
from strategies.external import External
from strategies.inactivity import Inactivity
from strategies.kinds import AWAY, DATED, EXTERNAL, MOMENT, SCHEDULED, UNANSWERED, families_of
from strategies.mainchain import chain_ranks
from strategies.moments import Schedules
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.program import trigger_events
from strategies.run_signals import RunSignals
from strategies.vocabulary import DAY, EVENT_CODE, EVENTS

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_SEGMENT_DAY = luck.purpose("strategies.segment_day")
_FIELD_DAY = luck.purpose("strategies.field_day")
_FIELD_CHANGED = luck.purpose("strategies.field_changed")
_CART_ENDS = (EVENT_CODE["order"], EVENT_CODE["cart_emptied"])
"""A cart left behind after one of these is another cart."""

OWN_FIELDS = "field."
"""What the paths of the scenario's own fields begin with: these change by steps, others are observed."""

_NO_WINDOW = -(1 << 60)

_MISSING = -(2.0**60)
"""Stands for a missing value where values are compared."""


class Triggers:
    """Triggers of one arm's chains.

    by_priority: chain indices by priority, then name.  chains_of: event code → such chains.  goal_bits,
    goal_window, exit_bits: by chain index.  Without a goal the window is over before any run began.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        chains = engine.program.chains
        self.by_priority: list[int] = np.argsort(chain_ranks(engine.program)[: len(chains)], kind="stable").tolist()
        self.chains_of: dict[int, list[int]] = {}
        self._segment_chains: list[int] = []
        self._field_chains: dict[str, list[int]] = {}
        """Path of a field → chains by priority that start when it changes."""
        self._field_watchers: list[int] = []
        """Chains by priority that start when an observed field changes."""
        self._field_values: dict[str, NDArray[np.float64]] = {}
        """Path of an observed field → values of all customers at the last midnight."""
        for index in self.by_priority:
            trigger = chains[index].trigger
            if isinstance(trigger, SegmentTrigger):
                self._segment_chains.append(index)
            elif isinstance(trigger, FieldTrigger):
                self._field_chains.setdefault(trigger.field, []).append(index)
                if not trigger.field.startswith(OWN_FIELDS):
                    self._field_watchers.append(index)
            else:
                for event in trigger_events(chains[index]):
                    self.chains_of.setdefault(EVENT_CODE[event], []).append(index)
        plain = [{s.event for s in c.goal.signals if s.is_plain} if c.goal is not None else set() for c in chains]
        self.goal_bits = np.array([sum(1 << EVENT_CODE[event] for event in events) for events in plain], np.uint64)
        self.goal_window = np.array([c.goal.window if c.goal else _NO_WINDOW for c in chains], np.int64)
        self.exit_bits = np.array([sum(1 << EVENT_CODE[e] for e in set(c.exit_on)) for c in chains], np.uint64)
        self._last_entry: dict[int, NDArray[np.int32]] = {
            index: np.full(engine.customers, NEVER, np.int32) for index, c in enumerate(chains) if c.reenter != 0
        }
        triggering = {c.trigger.segment for c in chains if isinstance(c.trigger, SegmentTrigger)}
        self._limits = {
            index: EntryTimes(c.entries, engine.observed, engine.calendar, engine.first_customer, engine.customers)
            for index, c in enumerate(chains)
            if c.entries is not None
        }
        self._segment_names = sorted(triggering | RunSignals.segments_of(engine.program) | engine.signal_times.segments)
        self._members: dict[str, Bools] = {}
        self.inactivity = Inactivity(self)
        self.schedules = Schedules(self)
        self.dates = Dates(self)
        self.counts = Counts(self)
        self.external = External(self)
        self._families = {
            AWAY: self.inactivity.on_moment,
            SCHEDULED: self.schedules.on_moment,
            DATED: self.dates.on_moment,
            UNANSWERED: self.counts.on_moment,
            EXTERNAL: self.external.on_moment,
        }
        self.starting = self.chains_of.keys() | self.inactivity.events | self.dates.events | self.counts.counted
        """Events by which chains start, now or later."""
        self._heard = self.starting | self.counts.events

    # ------------------------------------------------------------------ entering

    def may_enter(self, chain: int, occurrence: Occurrence) -> tuple[Bools, Bools]:
        """(n,) who may enter, and who has a run on.

        While a run is on, ``on_retrigger`` decides; afterwards ``reenter``, counted from entry.  Where ``reenter`` says
        how often, it binds every entry, also one that restarts a run or stands beside it.
        """
        running = self.engine.run_life.is_running(chain, occurrence.customer)
        may = self._may_enter(chain, occurrence, running)
        limit = self._limits.get(chain)
        return may if limit is None else may & limit.allow(occurrence.customer, occurrence.time), running

    def entered_enough(self, chain: int, customer: Int64s, time: Int64s) -> Bools | None:
        """(n,) whether the customers have entered as often as they may; None where nobody ever has."""
        limit = self._limits.get(chain)
        return None if limit is None else ~limit.allow(customer, time)

    def _may_enter(self, chain: int, occurrence: Occurrence, running: Bools) -> Bools:
        source, engine = self.engine.program.chains[chain], self.engine
        customer, time = occurrence.customer, occurrence.time
        may = np.ones(customer.size, bool)
        last = self._last_entry.get(chain)
        if last is not None:
            entered = last.take(customer - engine.first_customer)
            may = entered == NEVER
            if source.reenter is not None:
                may |= time >= entered.astype(np.int64) + source.reenter
        if source.on_retrigger == "ignore" or not some(running):
            return may & ~running
        if source.on_retrigger == "parallel":
            new = np.ones(customer.size, bool)
            if source.parallel_by == "cart":
                ended = [engine.observed.last_of(event).take(customer) for event in _CART_ENDS]
                new = ~engine.run_life.is_running(chain, customer, since=np.maximum(*ended))
            elif (own := self._apart(chain, occurrence)) is not None:
                new = ~engine.run_life.is_running(chain, customer, told_apart=own)
            return np.where(running, new, may)
        return may | running

    def _apart(self, chain: int, seen: Occurrence) -> Int64s | None:
        """(n,) what tells parallel runs of a chain apart, of those that may begin; None where it is missing."""
        return self._told_apart_by(chain, np.array(seen.event), seen.value, seen.category)

    def _told_apart_by(
        self, chain: int, event: NDArray[Any], value: Int64s | None, category: Int64s | None
    ) -> Int64s | None:
        source = self.engine.program.chains[chain]
        name = source.parallel_by
        if isinstance(source.trigger, ExternalTrigger):
            return None if value is None else self.engine.reader.external.values(chain, name, value)
        return self.engine.reader.attributes.told_apart(name, event, value, category)

    def told_apart(self, chain: int, run: Int64s) -> Int64s:
        """(n,) the same of runs of a chain; -1 where it is missing."""
        runs = self.engine.runs
        event, category = runs.event.take(run), runs.category.take(run).astype(np.int64)
        own = self._told_apart_by(chain, event, runs.value.take(run), category)
        return np.full(run.size, -1) if own is None else own

    def note_entry(self, chain: int, customer: Int64s, time: Int64s) -> None:
        """Remember the entry, where re-entry is limited."""
        last = self._last_entry.get(chain)
        if last is not None:
            last[customer - self.engine.first_customer] = time
        if chain in self._limits:
            self._limits[chain].note(customer, time)

    def fire(self, chains: list[int], occurrence: Occurrence, before: Int64s | None = None) -> Int64s:
        """Offer one occurrence to its chains by priority; each run's luck is told by its rank among those started.

        before: (n,) how many runs the occurrence started already.  Returns (n,), how many it started now.
        """
        started = np.zeros(occurrence.size, np.int64)
        for chain in chains:
            trigger = self.engine.program.chains[chain].trigger
            index = None
            if isinstance(trigger, EventTrigger) and trigger.condition is not None:
                index = self.meeting(trigger.condition, Rows.at_trigger(occurrence, chain))
            rank = started if before is None else before + started
            started = started + self.enter_some(chain, index, occurrence, rank)
        return started

    def meeting(self, condition: Expression, rows: Rows) -> Int64s:
        """Positions of the occurrences for which the trigger's condition holds."""
        holds = self.engine.reader.holds(condition, rows)
        self.engine.refusals.unmet("trigger", condition, rows, ~holds)
        return holds.nonzero()[0]

    def enter_some(self, chain: int, index: Int64s | None, occurrence: Occurrence, rank: Int64s) -> Bools:
        """Start runs of a chain for the customers at ``index`` (None: all); returns (n,) bool, who entered."""
        if index is None:
            return self.engine.run_life.enter(chain, occurrence, rank)
        entered = np.zeros(occurrence.size, bool)
        if index.size:
            entered[index] = self.engine.run_life.enter(chain, occurrence.take(index), rank.take(index))
        return entered

    # ------------------------------------------------------------------ events and moments

    def watch(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, channel: Int64s | None = None) -> None:
        """An observed event that chains may miss later, or that sets a date.  channel: (n,) that reported it."""
        if event in self.inactivity.events:
            self.inactivity.watch(event, customer, time, key, channel)
        if event in self.dates.events:
            self.dates.watch(event, customer, time, key)

    def hears(self, event: int) -> bool:
        """Whether the event may start a chain, now or later, alone, with others or by staying away."""
        return event in self._heard

    def at(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s | int) -> None:
        """Come back at these times to see whether chains start."""
        self.engine.agenda.push(self.engine.kind + MOMENT, customer, time, key, payload)

    def on_moment(self, cohort: Cohort) -> None:
        """Moments that have come, one family after the other."""
        if not self.engine.active:
            return
        families = families_of(cohort.payload)
        for family in distinct(families):
            self._families[family](cohort.where(families == family))

    def everybody(self) -> Int64s:
        """(customers of the arm,) stacked indices."""
        return np.arange(self.engine.first_customer, self.engine.first_customer + self.engine.customers)

    def plan(self, time: int) -> None:
        """Put the moments of the company day that begins at ``time`` on the agenda."""
        self.schedules.plan(time)
        self.dates.plan(time)
        self.external.plan(time)

    # ------------------------------------------------------------------ fields that change

    def field_changed(self, field: str, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        """A field of the scenario (``field.NAME``) got another value just now.

        key: of this change alone; no two changes of a customer may share one.
        """
        chains = self._field_chains.get(field)
        if chains:
            self.fire(chains, Occurrence(NO_EVENT, customer, time, luck.child(key, _FIELD_CHANGED)))

    def compare_fields(self, time: int) -> None:
        """Compare today's values of observed fields with yesterday's.

        Chains start by priority, whichever fields they watch; several fields may change in one night, and the rank
        tells their runs apart.
        """
        # All of the night's changes are found before any chain starts, so that the order of fields decides nothing.
        engine = self.engine
        everybody = self.everybody()
        rows = Rows(everybody, np.full(everybody.size, time))
        changes: dict[str, Int64s] = {}
        for path in self._field_chains:
            if path.startswith(OWN_FIELDS):
                continue
            now = _comparable(engine.reader.column(Field(path, "number"), rows), everybody.size)
            before = self._field_values.get(path, now)
            self._field_values[path] = now
            changes[path] = (now != before).nonzero()[0]
        rank = np.zeros(everybody.size, np.int64)
        for chain in self._field_watchers:
            trigger = engine.program.chains[chain].trigger
            assert isinstance(trigger, FieldTrigger)
            index = changes[trigger.field]
            if index.size == 0:
                continue
            customer, times = everybody.take(index), np.full(index.size, time)
            key = luck.same_child(engine.keys.luck.take(customer), _FIELD_DAY, FIRST_DAY + time // DAY)
            rank[index] += engine.run_life.enter(chain, Occurrence(NO_EVENT, customer, times, key), rank.take(index))

    # ------------------------------------------------------------------ segments and the start

    def begin(self, time: int) -> None:
        """Look for what already waits at the start; members of segments are noted at the first refresh, when
        scores of the first day stand.
        """
        if self.engine.program.scenario.at_start.backlog == "enter":
            self._members = {name: np.zeros(self.engine.customers, bool) for name in self._segment_names}
        self.inactivity.begin(time)
        self.dates.begin(time)

    def member_changed(self, segment: str, left: bool, customer: Int64s, time: Int64s, occurrence: luck.Keys) -> None:
        """Customers entered or left a static segment by a step of a chain: log it, start its chains at once."""
        engine = self.engine
        if segment in self._members:
            self._members[segment][customer - engine.first_customer] = not left
        event = EVENT_CODE["segment_left" if left else "segment_entered"]
        engine.sink.log_observed(event, customer, time, None, None)
        if segment in engine.reactions.segments:
            change = {(EVENTS[event], segment): np.ones(customer.size, bool)}
            engine.reactions.on_segments(customer, time, change)
        chains = [
            chain
            for chain in self._segment_chains
            if engine.program.chains[chain].trigger == SegmentTrigger(segment, left)
        ]
        self.fire(chains, Occurrence(NO_EVENT, customer, time, occurrence))

    def refresh_segments(self, time: int) -> None:
        """Compare today's members with yesterday's; entering and leaving are events."""
        if not self._segment_names:
            return
        # All of the night's changes are found before any chain starts, so that names of segments decide nothing.
        engine = self.engine
        everybody = self.everybody()
        changes: dict[SegmentTrigger, Int64s] = {}
        for name in self._segment_names:
            now = engine.reader.in_segment(name, Rows(everybody, np.full(everybody.size, time)))
            if name not in self._members:
                self._refuse_members(name, everybody[now], time)
            before = self._members.get(name, now)
            self._members[name] = now
            for left, changed in ((False, now & ~before), (True, before & ~now)):
                index = changed.nonzero()[0]
                if index.size == 0:
                    continue
                changes[SegmentTrigger(name, left)] = index
                event = EVENT_CODE["segment_left" if left else "segment_entered"]
                engine.sink.log_observed(event, everybody.take(index), np.full(index.size, time), None, None)
        self._tell_runs(changes, time)
        self._start_by_segments(changes, time)

    def _tell_runs(self, changes: dict[SegmentTrigger, Int64s], time: int) -> None:
        """Runs that react to changes of segments hear of all of the night at once, before any chain starts."""
        reactions = self.engine.reactions
        heard = {change: index for change, index in changes.items() if change.segment in reactions.segments}
        if not heard:
            return
        local = np.unique(np.concatenate(list(heard.values())))
        changed = {
            ("segment_left" if change.left else "segment_entered", change.segment): np.isin(local, index)
            for change, index in heard.items()
        }
        reactions.on_segments(local + self.engine.first_customer, np.full(local.size, time), changed)

    def _refuse_members(self, segment: str, customer: Int64s, time: int) -> None:
        """Members of the start did not enter the segment."""
        for chain in self._segment_chains:
            if self.engine.program.chains[chain].trigger == SegmentTrigger(segment):
                self.engine.refusals.at_start(chain, customer, time)

    def _start_by_segments(self, changes: dict[SegmentTrigger, Int64s], time: int) -> None:
        """Start chains by priority.  changes: who entered or left, indices of the arm's customers.

        Several segments may change in one night: the rank among the runs of those entered, and of those left,
        tells their runs apart.
        """
        engine = self.engine
        everybody = self.everybody()
        rank = np.zeros((2, everybody.size), np.int64)
        for chain in self._segment_chains:
            trigger = engine.program.chains[chain].trigger
            assert isinstance(trigger, SegmentTrigger)
            index = changes.get(trigger)
            if index is None:
                continue
            customer, times = everybody.take(index), np.full(index.size, time)
            ordinal = (FIRST_DAY + time // DAY) * 2 + trigger.left
            key = luck.same_child(engine.keys.luck.take(customer), _SEGMENT_DAY, ordinal)
            own = rank[int(trigger.left)]
            own[index] += engine.run_life.enter(chain, Occurrence(NO_EVENT, customer, times, key), own.take(index))


def _comparable(column: Column, size: int) -> NDArray[np.float64]:
    """(size,) values of a field as numbers, a missing one as a number that none has."""
    values = np.broadcast_to(column.values.astype(np.float64), size)
    known = np.broadcast_to(True if column.known is None else column.known, size)
    return np.where(known & ~np.isnan(values), values, _MISSING)
