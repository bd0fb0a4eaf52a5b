"""What becomes known to one arm: an event fulfils goals, ends and moves runs, and starts chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.luck import Keys
from sim.kernel.short import some
from strategies.attributes import TELLS_SITE
from strategies.changes import phases
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.program import LISTEN
from strategies.run_signals import Came, EventCame, RunSignals, Segments, SegmentsChanged
from strategies.runs import ENDED, LISTENING, SENDING, turns
from strategies.signals import SEGMENT_ENTERED, SEGMENT_LEFT
from strategies.signs import event_of
from strategies.vocabulary import EVENT_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_OCCURRENCE = luck.purpose("strategies.occurrence")
_GOAL, _DELIVERED, _REDEEMED = (EVENT_CODE[name] for name in ("goal_reached", "delivered", "coupon_redeemed"))


class Reactions:
    """Takes observed events to the runs and triggers of one arm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.runs = engine.runs
        self.signals = RunSignals(engine)
        self.segments = self.signals.segments | engine.signal_times.segments
        """Names of the segments whose changes runs and pauses react to."""
        self._concerned = self._concerned_chains()
        self._listened = sum(1 << event for event in range(64) if self._concerned[event].any())
        """Bit set of events that end, move or fulfil runs of a customer's list."""
        self._watched = self._watched_events()

    def _concerned_chains(self) -> NDArray[np.bool_]:
        """(64, chains) whether an event ends, moves or fulfils runs of a chain."""
        program = self.engine.program
        bits = np.zeros(max(len(program.chains), 1), np.uint64)
        for number, chain in enumerate(program.chains):
            others = (signal.event for signal in chain.exit_signals)
            events = (*chain.exit_on, *others, *(chain.goal.events if chain.goal is not None else ()))
            bits[number] = sum(1 << EVENT_CODE[event] for event in set(events))
        chain_of = np.searchsorted(program.start, np.arange(len(program.operations)), side="right") - 1
        for number, operation in enumerate(program.operations):
            if operation.code == LISTEN:
                bits[chain_of[number]] |= np.uint64(operation.a)
                signals = program.listened[operation.otherwise] if operation.otherwise >= 0 else ()
                for signal in signals:
                    bits[chain_of[number]] |= np.uint64(1 << EVENT_CODE[signal.event])
        table: NDArray[np.bool_] = (bits >> np.arange(64, dtype=np.uint64)[:, None] & np.uint64(1)) != 0
        return table

    def _watched_events(self) -> int:
        """Bit set of events that no run waits for, but whose times segments or the policy ask for."""
        asked = self.engine.reader.segments.events | (
            self.engine.personal.events if self.engine.personal is not None else 0
        )
        names: list[str] = ["coupon_redeemed"] if self.engine.coupons is not None else []
        for phase in phases(self.engine.program.scenario):
            policy = phase.scenario.policy
            names += [event_of(sign) for row in policy.sunset for sign in row.none_of]
            names += [event for row in policy.pause_after for event, _ in row.events]
            names += [event for row in policy.pause_after for event in row.until]
        for event in self.engine.signal_times.events:
            asked |= 1 << event
        for name in names:
            asked |= 1 << EVENT_CODE[name]
        return asked

    def reacts_to(self, event: int) -> bool:
        """Does any chain start, end, wait or count on the event, any segment or policy row ask for it?"""
        return bool((self._listened | self._watched) >> event & 1) or self.engine.triggers.hears(event)

    def on_event(self, seen: Occurrence) -> None:
        """An observed event of these customers: goals, exits and waits of their runs first, then triggers."""
        self.learn(seen)
        if self._listened >> seen.event & 1:
            positions, runs = self.runs.of(seen.customer)
            index = self._concerned[seen.event].take(self.runs.chain.take(runs)).nonzero()[0]
            for position, run in turns(positions.take(index), runs.take(index)):
                part = seen.take(position)
                self._event_of_runs(seen.event, run, part.time, part.category, part.value)
        self._trigger(seen)

    def announce(self, seen: Occurrence) -> None:
        """An event of these customers that this arm's company itself brings about; as any other for its chains."""
        self.engine.sink.log_observed(seen.event, seen.customer, seen.time, seen.category, seen.value)
        self.engine.observed.remember(seen.event, seen.customer, seen.time)
        if self.engine.active:
            self.on_event(seen)

    def learn(self, seen: Occurrence) -> None:
        """What coupons, segments and personal blocks remember of an event, before anything follows from it."""
        coupons = self.engine.coupons
        if seen.event == _REDEEMED and coupons is not None and seen.category is not None:
            coupons.note_used(seen.customer, seen.time, seen.category, self.engine.observed.categories["offer"])
        if seen.event in self.engine.signal_times.events:
            self.engine.signal_times.note(seen)
        self.engine.reader.segments.note(seen)
        pauses = self.engine.gates.pauses
        if pauses is not None and seen.event in pauses.ended_by:
            self.engine.run_life.wake_held_by(pauses.ended_by[seen.event], seen.customer, seen.time)
        if self.engine.personal is not None:
            self.engine.personal.note(seen.event, seen.customer, seen.time, seen.category)

    def _trigger(self, seen: Occurrence, channel: Int64s | None = None) -> None:
        triggers = self.engine.triggers
        triggers.watch(seen.event, seen.customer, seen.time, seen.key, channel)
        chains = triggers.chains_of.get(seen.event)
        if chains:
            triggers.fire(chains, seen.with_key(luck.child(seen.key, _OCCURRENCE, seen.event)))
        triggers.counts.on_event(seen)

    def on_contact_trigger(self, report: Occurrence, key: Keys, channel: Int64s) -> None:
        """A contact event may start chains and end inactivity, whichever message it answers.

        key: of the message; the report has its own, for one message may be shown, opened and clicked several times.
        """
        if self.engine.triggers.hears(report.event):
            self._trigger(report, channel)
            self.engine.triggers.counts.on_report(report.event, report.customer, report.time, key, channel)

    def on_message_event(self, report: Occurrence, run: Int64s) -> None:
        """A contact event that answers one message: it concerns that message's run only."""
        if not self._listened >> report.event & 1:
            return
        self._event_of_runs(report.event, run, report.time, report.category, report.value)

    def on_withheld_delivery(self, run: Int64s, time: Int64s, site: Int64s) -> None:
        """Messages kept back to compare count as delivered for their own runs; as no goal, and for nobody else."""
        if run.size and self._listened >> _DELIVERED & 1:
            came = self._came(_DELIVERED, run, time, None, site)
            self._move_runs(_DELIVERED, run, time, None, site, np.zeros(run.size, bool), came)

    def on_segments(self, customer: Int64s, time: Int64s, changed: Segments) -> None:
        """Segments that runs react to, or pauses, were entered or left by different customers, all that changed at one
        moment.
        """
        self.engine.signal_times.note_segments(customer, time, changed)
        positions, runs = self.runs.of(customer)
        codes = [EVENT_CODE[event] for event in (SEGMENT_ENTERED, SEGMENT_LEFT)]
        index = self._concerned[codes].any(axis=0).take(self.runs.chain.take(runs)).nonzero()[0]
        for position, run in turns(positions.take(index), runs.take(index)):
            came = SegmentsChanged({change: who.take(position) for change, who in changed.items()})
            when = time.take(position)
            goal = self._reach_goals(run, when, self.signals.fulfils(run, came))
            self._move_runs(NO_EVENT, run, when, None, None, goal, came)

    def _came(
        self, event: int, run: Int64s, time: Int64s, category: Int64s | None, value: Int64s | None
    ) -> EventCame | None:
        """The event as signals ask for it; None where none does."""
        if event not in self.signals.events:
            return None
        customer, key = self.runs.customer.take(run), self.runs.key.take(run)
        return EventCame(self.engine.reader, Occurrence(event, customer, time, key, category, value))

    def _event_of_runs(
        self, event: int, run: Int64s, time: Int64s, category: Int64s | None, value: Int64s | None
    ) -> None:
        came = self._came(event, run, time, category, value)
        hits: Bools = self.engine.triggers.goal_bits.take(self.runs.chain.take(run)) & np.uint64(1 << event) != 0
        if came is not None:
            hits |= self.signals.fulfils(run, came)
        goal = self._reach_goals(run, time, hits)
        self._move_runs(event, run, time, category, value, goal, came)

    def _reach_goals(self, run: Int64s, time: Int64s, hits: Bools) -> Bools:
        """What was hit is the goal of the runs: note it where it still counts.  Returns (n,) where it does."""
        runs = self.runs
        goal: Bools = hits & self.engine.run_life.goal_open(run, time) & (time > runs.entry.take(run))
        if some(goal):
            reached = run[goal]
            runs.goal_done[reached] = True
            self.engine.run_life.log(_GOAL, reached, time[goal], np.zeros(reached.size, np.int64))
        live = runs.state.take(run) != ENDED
        done = (~live & ~self.engine.run_life.goal_open(run, time) & (runs.place.take(run) >= 0)).nonzero()[0]
        if done.size:
            runs.unlist(run.take(done))
        return goal

    def _move_runs(
        self,
        event: int,
        run: Int64s,
        time: Int64s,
        category: Int64s | None,
        value: Int64s | None,
        goal: Bools,
        came: Came | None,
    ) -> None:
        """The event ends runs that exit on it, and is heard by those that wait for it.  goal: it fulfilled theirs."""
        runs, triggers = self.runs, self.engine.triggers
        chain, state = runs.chain.take(run), runs.state.take(run)
        live = state != ENDED
        bit = np.uint64(0 if event == NO_EVENT else 1 << event)
        exits = live & ((triggers.exit_bits.take(chain) & bit) != 0)
        hears = (state == LISTENING) & ((runs.listens.take(run) & bit) != 0)
        if came is not None:
            exits |= live & self.signals.ends(run, came)
            hears |= self.signals.hears(run, came)
        if some(exits):
            self.engine.run_life.end_runs(run[exits], time[exits], "exit_event")
        if self.engine.gates.ground.policy.at_goal == "end":
            ends = goal & live & ~exits
            if some(ends):
                self.engine.run_life.end_runs(run[ends], time[ends], "goal")
            exits = exits | ends
        asks = (~exits & (state == SENDING)).nonzero()[0]
        if asks.size:
            runs.reported[run.take(asks)] |= bit
            if runs.reported_site.size and value is not None and TELLS_SITE[event]:
                runs.reported_site[0, run.take(asks)] = value.take(asks)
        hears &= ~exits
        if some(hears):
            self.engine.interpreter.hear(
                event,
                run[hears],
                time[hears],
                None if category is None else category[hears],
                None if value is None else value[hears],
            )
