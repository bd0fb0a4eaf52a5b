"""The course that a customer's story must take: what each run does, what is due and what is owed, and when.

At one instant the customer's own events come first, then scheduled moments and time-outs of inactivity,
then waits that end, then time-outs of runs, then contacts by arbitration.
"""

from __future__ import annotations

import heapq
from typing import Any

from tests.audit.actions import carry_out
from tests.audit.asks import Ask
from tests.audit.attributes import OF_CONTACTS, OF_NO_MESSAGE, at_event, attributes_of
from tests.audit.base import NEVER, Base, Row
from tests.audit.conditions import holds
from tests.audit.facts import Customer, Facts
from tests.audit.gates import Gates
from tests.audit.limits import entered_enough
from tests.audit.occasions import Occasion, Occasions
from tests.audit.owed import Owed, Violation
from tests.audit.reading import CampaignText, ChainText, Paper, SplitText
from tests.audit.schedules import Times
from tests.audit.signals import Reported
from tests.audit.tasks import Tasks
from tests.audit.walk import Acts, Asks, Left, Listens, Looks, Run, Waits
from tests.audit.words import DAY, FOREVER, whole_minute

MIDNIGHT, EVERY, MISSED, OCCASION, WAKES, TIMEOUT = range(6)


class Course:
    """One customer's runs and contacts under one assignment of split arms, and the violations found so far."""

    def __init__(self, paper: Paper, base: Base, customer: Customer, arms: dict[SplitText, str]) -> None:
        self.whole = self.paper = paper
        self.facts = Facts(customer, paper, base)
        self.gates = Gates(paper, self.facts)
        self.customer = customer
        self.arms = arms
        self.runs: list[Run] = []
        """Live runs and those whose goal may still be reached."""
        self.by_number: dict[int, Run] = {}
        self.asks: list[Ask] = []
        self.owed: list[Owed] = []
        self.violations: list[Violation] = []
        self.entries: dict[str, list[int]] = {}
        self.ghosts: dict[str, bool] = {}
        self.used_splits: dict[SplitText, int] = {}
        """Split → when a run first came to it."""
        self._ready: tuple[Run, int] | None = None
        """The run whose message was just sent, and its contact: it goes on with the next foreign row."""
        self._timers: list[tuple[int, int, int, int, object]] = []
        self._serial = 0
        self._numbers: dict[int, tuple[int, int]] = {}
        self._missed: dict[tuple[tuple[str, ...], int], int] = {}
        self.occasions = Occasions(paper, self.facts, lambda time, about: self._set(time, OCCASION, about))
        self.tasks = Tasks(self)
        self._begin()

    def _blame(self, rule: str, time: int, text: str) -> None:
        self.violations.append(Violation(rule, self.customer.customer, time, text))

    # ------------------------------------------------------------------ time

    def _begin(self) -> None:
        heard, empty = sorted(self.paper.heard_segments()), self.paper.backlog_enters
        self._members = {name: not empty and self.facts.in_segment(name, 0) for name in heard}
        self._set(0, MIDNIGHT, None)
        self.occasions.begin()

    def _set(self, time: int, kind: int, about: object) -> None:
        if time < self.paper.horizon:
            self._serial += 1
            # Runs that wake in one second go in the order of their numbers, which are their keys.
            order = about.number if isinstance(about, Run) else 0
            heapq.heappush(self._timers, (time, kind, order, self._serial, about))

    def _pass_to(self, time: int) -> None:
        """Everything before ``time``, and the company midnight at ``time``, has happened; nothing owed is missing."""
        while True:
            timer = self._timers[0] if self._timers else (FOREVER, 0, 0, 0, None)
            due = min((ask.due for ask in self.asks), default=FOREVER)
            # Timers go before the contacts of their instant.
            if timer[0] <= due and (timer[0] < time or (timer[0] == time and timer[1] == MIDNIGHT)):
                self._demand(timer[0])
                self._fire()
            elif due < time and due < timer[0]:
                self._demand(due)
                self._never_examined(due)
            else:
                break
        self._demand(time)

    def _demand(self, time: int) -> None:
        """What was owed before ``time`` is missing."""
        if not self.owed:
            return
        for owed in self.owed:
            if owed.time < time:
                text = f"{owed.event} of {owed.chain or 'the customer'} is missing"
                self._blame(owed.rule, owed.time, text + (f" (reason {owed.reason})" if owed.reason else ""))
        self.owed = [owed for owed in self.owed if owed.time >= time]

    def _fire_at(self, time: int) -> None:
        """All timers of the instant go off (before its contacts)."""
        while self._timers and self._timers[0][0] <= time:
            self._fire()

    def _fire(self) -> None:
        time, kind, _, _, about = heapq.heappop(self._timers)
        if kind == MIDNIGHT:
            self._midnight(time)
        elif kind == EVERY and isinstance(about, ChainText):
            self._try_to_enter([about], time, None)
        elif kind == MISSED and isinstance(about, tuple):
            signs, period = about
            if self.facts.last_of(signs) + period == time and self._missed.get(about) != time:
                self._missed[about] = time
                self._try_to_enter([c for c in self._by_priority() if c.missed == about], time, None)
        elif kind == OCCASION and isinstance(about, Occasion):
            if self.occasions.comes(about, time):
                self._try_to_enter([about.chain], time, None, about.attributes)
        elif kind == WAKES and isinstance(about, Run) and not about.over and not about.lost:
            if isinstance(about.doing, (Waits, Listens, Looks)) and about.doing.until == time:
                outcome = isinstance(about.doing, Waits) and about.doing.outcome
                if isinstance(about.doing, Looks) or about.paused_until <= time:
                    self._resume(about, time, outcome)
                else:
                    self._stand_still(about, outcome)
        elif kind == TIMEOUT and isinstance(about, Run) and not about.over:
            self._end(about, time, "timeout", "timeout")

    def _midnight(self, time: int) -> None:
        self._set(time + DAY, MIDNIGHT, None)
        for edges in self.facts.base.edges:
            if edges.time == time:
                self.facts.score(edges)
        self._change_rules(time)
        self.facts.refresh_segments(time)
        self._refresh_segments(time)
        # All changes of the night are found before the first of them starts a chain.
        changed = [chain for chain in self._by_priority() if self.occasions.changed(chain, time)]
        self._try_to_enter(changed, time, None)
        for campaign in self.paper.campaigns.values():
            due = self._due_today(campaign.times, time)
            if due is not None and due < self.paper.horizon:
                self._plan(campaign, due)
        for chain in self._by_priority():
            due = self._due_today(chain.every, time) if chain.every else None
            if due is not None:
                self._set(due, EVERY, chain)
        self.occasions.midnight(time)

    def _change_rules(self, time: int) -> None:
        """Other rules begin with the day: counters forget, runs end, as the change says."""
        for phase, paper in self.paper.later:
            if phase.begin != time:
                continue
            self.paper = self.facts.paper = paper
            self.gates.follow(paper)
            if phase.resets:
                self.facts.forget_contacts()
            if phase.ends_runs:
                for run in [run for run in self.runs if not run.over]:
                    self._end(run, time, "changed", "changes")

    def next_change(self, time: int) -> int:
        """When other rules begin after a time."""
        return min((phase.begin for phase, _ in self.paper.later if phase.begin > time), default=FOREVER)

    def _due_today(self, times: Times, midnight: int) -> int | None:
        """The moment of a schedule on the company day, if it has one."""
        days = self.facts.company if times.company else self.facts.days
        due = midnight + (times.clock - days.clock(midnight)) % DAY
        return due if times.falls_on(days.date(due), self.paper.start, self.facts.work_days.works) else None

    def _plan(self, campaign: CampaignText, due: int) -> None:
        ask = Ask(campaign.name, campaign.priority, due, campaign.route, due, to=campaign.to)
        ask.reachable = self.gates.reached(campaign.route)
        self.asks.append(ask)

    def _refresh_segments(self, time: int) -> None:
        # All changes of the night are found before the first of them moves a run or starts a chain.
        before = dict(self._members)  # what an action changed a moment ago has been told already
        now = {name: self.facts.in_segment(name, time) for name in before}
        self._members.update(now)
        changed = [name for name in before if now[name] != before[name]]
        for name in changed:
            self._owe(time, "segment_entered" if now[name] else "segment_left", "", "segment")
        self.segments_changed({("segment_entered" if now[name] else "segment_left", name) for name in changed}, time)
        for name in changed:
            self._try_to_enter([c for c in self._by_priority() if c.segment == (name, before[name])], time, None)

    def segments_changed(self, changes: set[tuple[str, str]], time: int) -> None:
        """Runs hear of all the segments that the customer entered and left at one moment."""
        self.facts.note_pauses(lambda told: (told.event, told.segment) in changes, time)
        for run in list(reversed(self.runs)) if changes else ():
            self._came_to(run, Reported("", lambda told: (told.event, told.segment) in changes, {}), time)

    # ------------------------------------------------------------------ entering

    def _by_priority(self) -> list[ChainText]:
        return sorted(self.paper.chains.values(), key=lambda chain: (-chain.priority, chain.name))

    def _why_not(self, chain: ChainText, time: int, row: Row | None, attributes: dict[str, Any]) -> str:
        """The rule that keeps the customer from entering now; '' when nothing does.

        While a run is on, ``on_retrigger`` decides; afterwards ``reenter``, counted from entry.
        """
        running = [run for run in self.runs if run.chain is chain and not run.over]
        entered = self.entries.setdefault(chain.name, [])
        if running and chain.retrigger == "ignore":
            return "on_retrigger"
        if running and chain.retrigger == "parallel" and any(self._same(chain, run, attributes) for run in running):
            return "on_retrigger"
        if not running and entered and (chain.reenter is None or time < entered[-1] + chain.reenter):
            return "reentry"
        if entered_enough(chain, entered, time, self.facts.days):
            return "reentry"
        lookup = at_event(self.facts, time, row.event if row else "", attributes)
        if attributes and chain.condition is not None and not holds(chain.condition, lookup):
            return "trigger"
        return "" if holds(chain.enter, lookup) else "enter"

    def _same(self, chain: ChainText, run: Run, attributes: dict[str, Any]) -> bool:
        """Whether a running run is about the same as this trigger."""
        if chain.parallel_by == "cart":
            return run.entry > self._cart_since()
        return bool(run.attributes.get(chain.parallel_by) == attributes.get(chain.parallel_by))

    def _condition_holds(self, chain: ChainText, time: int, row: Row) -> bool:
        attributes = attributes_of(row, self.paper.topics)
        return holds(chain.condition, at_event(self.facts, time, row.event, attributes))

    def _cart_since(self) -> int:
        """When the customer's cart was last emptied or bought: a cart left later is another cart."""
        return max(self.facts.last.get(event, NEVER) for event in ("order", "cart_emptied"))

    def _try_to_enter(
        self, chains: list[ChainText], time: int, row: Row | None, given: dict[str, Any] | None = None
    ) -> None:
        attributes = given or (attributes_of(row, self.paper.topics) if row else {})
        for chain in chains:
            if self._why_not(chain, time, row, attributes) != "":
                continue
            if chain.retrigger == "restart":
                for run in [run for run in self.runs if run.chain is chain and not run.over]:
                    self._end(run, time, "restarted", "on_retrigger")
            self._owe(time, "chain_entered", chain.name, "entry", attributes=attributes)
            self.entries[chain.name].append(time)
            self._enter_ahead(chain, time)

    def _enter_ahead(self, chain: ChainText, time: int) -> None:
        """The run begins at once, where the log already tells its number."""

    # ------------------------------------------------------------------ for actions and tasks

    def by_priority(self) -> list[ChainText]:
        """All chains in the order in which one occurrence is offered to them."""
        return self._by_priority()

    def enter(self, chains: list[ChainText], time: int) -> None:
        """An occurrence that carries nothing is offered to chains."""
        self._try_to_enter(chains, time, None)

    def end(self, run: Run, time: int, reason: str, rule: str) -> None:
        """Another chain ends a run."""
        self._end(run, time, reason, rule)

    def owe(self, time: int, event: str, chain: str, rule: str, **more: object) -> None:
        """A row must come."""
        self._owe(time, event, chain, rule, **more)

    def owe_action(self, run: Run, time: int, kind: str, reason: str) -> None:
        """The row of an action must come."""
        self._owe(time, "action_taken", run.chain.name, "action", run=run.number, reason=reason, category=kind)

    def blame(self, rule: str, time: int, text: str) -> None:
        """Something is wrong."""
        self._blame(rule, time, text)

    def note_member(self, segment: str, inside: bool) -> None:
        """A static segment that chains react to was entered or left."""
        if segment in self._members:
            self._members[segment] = inside

    def company_unsubscribed(self, time: int) -> None:
        """The company gave up consent: runs and chains react as to any unsubscribing."""
        self.facts.last["unsubscribed"] = time
        self.facts.memberships.learn("unsubscribed", time, "", OF_NO_MESSAGE)
        for chain in self.paper.chains.values():
            if chain.missed and "unsubscribed" in chain.missed[0]:
                self._set(time + chain.missed[1], MISSED, chain.missed)
        for run in list(reversed(self.runs)):
            self._happened_to(run, "unsubscribed", time, OF_NO_MESSAGE)
        chains = [chain for chain in self._by_priority() if "unsubscribed" in chain.events]
        self._try_to_enter(chains, time, None, OF_NO_MESSAGE)
        self.occasions.company_unsubscribed()

    def _owe(self, time: int, event: str, chain: str, rule: str, **more: object) -> None:
        self.owed.append(Owed(time, event, chain, rule, **more))  # type: ignore[arg-type]

    # ------------------------------------------------------------------ runs

    def _resume(self, run: Run, time: int, outcome: object) -> None:
        """The run goes on until it waits, listens, asks for a contact, or ends."""
        assert run.walk is not None
        run.time = time
        run.doing = None
        try:
            run.doing = run.walk.send(outcome)
            while isinstance(run.doing, Acts):
                acts, run.doing = run.doing, None
                carry_out(self, run, acts, time)
                if run.over:
                    return
                run.doing = run.walk.send(None)
        except Left:
            self._end(run, time, "exit_step", "steps")
        except StopIteration:
            self._end(run, time, "finished", "steps")
        for split in run.used_splits:
            self.used_splits.setdefault(split, time)
        if isinstance(run.doing, Asks):
            chain = run.chain
            self.asks.append(Ask(chain.name, chain.priority, run.entry, run.doing.route, whole_minute(time), run))
        elif isinstance(run.doing, Listens) and (heard := run.doing.heard_of(run.reported)):
            told = {come.event: come.attributes for come in heard}
            run.heard_attributes = next((told[event] for event in OF_CONTACTS if event in told), {})
            self._resume(run, time, True)
        elif run.doing is not None:
            self._set(run.doing.until, WAKES, run)

    def _end(self, run: Run, time: int, reason: str, rule: str) -> None:
        """The run is over: what it held is withdrawn, what now has no other run before it is examined anew."""
        run.over, run.ended_at, run.ended_by = True, time, reason
        for ask in [ask for ask in self.asks if ask.run is run]:
            self.asks.remove(ask)
            if ask.since is not None:
                self._owe(time, "dropped", run.chain.name, "withdrawal", run=run.number, reason="run_ended")
        self._owe(time, "chain_exited", run.chain.name, rule, run=run.number, reason=reason)
        if run.chain.goal is None:
            self.runs.remove(run)
        leader = self.gates.in_the_way(time, [other for other in self.runs if not other.over])
        for ask in self.asks:
            if ask.displaced and ask.run is not None and leader in (None, ask.run):
                ask.displaced, ask.due = False, whole_minute(time)

    def _happened_to(self, run: Run, event: str, time: int, attributes: dict[str, Any]) -> None:
        """An event that concerns a run."""
        self._came_to(run, Reported(event, self.facts.fitting(event, time, attributes), attributes), time)

    def _came_to(self, run: Run, came: Reported, time: int) -> None:
        """What came is a run's goal, its exit, what it listens to."""
        fits = came.fits
        goal, reached = run.chain.goal, False
        if goal and not run.goal_done and run.entry < time <= run.entry + goal[1] and any(map(fits, goal[0])):
            run.goal_done = reached = True
            self._owe(time, "goal_reached", run.chain.name, "goal", run=run.number)
        if run.over:
            return
        if self._ready is not None and self._ready[0] is run:
            run.reported.append(came)
        if any(map(fits, run.chain.exit_on)):
            self._end(run, time, "exit_event", "exit_on")
        elif reached and self.paper.at_goal == "end":
            self._end(run, time, "goal", "at_goal")
        elif isinstance(run.doing, Listens) and any(map(fits, run.doing.events)) and not run.lost:
            run.heard_attributes = came.attributes
            if run.paused_until > time:
                self._stand_still(run, True)
            else:
                self._resume(run, time, True)

    def _stand_still(self, run: Run, outcome: bool) -> None:
        """The run goes on when its pause ends, with what its wait came to."""
        run.doing = Waits(run.paused_until, outcome)
        self._set(run.paused_until, WAKES, run)

    def _never_examined(self, due: int) -> None:
        """Contacts due at a moment that has passed without a row about them."""
        for ask in [ask for ask in self.asks if ask.due == due]:
            if ask.run is None:
                self._campaign_passed(ask)
                continue
            self.asks.remove(ask)
            if not ask.run.lost:
                ask.run.lost = True
                self._blame("due", due, f"{ask.route.message.name} of {ask.chain} {ask.route.path} was never examined")

    def _campaign_passed(self, ask: Ask) -> None:
        """A campaign's contact without a row: in order only if it was not meant for the customer."""
        self.asks.remove(ask)
        reachable = ask.reachable or self.gates.reached(ask.route)
        meant = ask.since is not None or (reachable and self.gates.selects(ask, ask.due))
        if meant:
            self._blame("due", ask.due, f"{ask.route.message.name} of {ask.chain} was never examined")
