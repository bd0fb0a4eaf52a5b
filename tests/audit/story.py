"""One customer's story, replayed row by row: what must follow from each row, and whether it did.

The story knows at every moment which rows the engine owes (expectations), which contacts are due and
what each live run does.  A row that is not owed, an owed row that does not come, and a contact that
was judged otherwise than the policy says are violations.  After a violation the log is believed: the
story goes on from what was logged, and a run whose walk has parted from the log is no longer predicted.

At one instant the customer's own events come first, then time-outs of inactivity, then waits that end,
then time-outs of runs, then contacts by arbitration.  What a provider reports in the very second of
a sending (a delivery, a bounce) counts before the run goes on.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import NamedTuple

from tests.audit.conditions import holds
from tests.audit.facts import LOSES_CONSENT, NEVER, Base, Customer, Facts, Row
from tests.audit.gates import HOLD, SEND, Ask, Gates, Ruling
from tests.audit.reading import DAY, FOREVER, CampaignText, ChainText, Paper, SplitText, whole_minute
from tests.audit.walk import Asks, Left, Listens, Run, Waits

ENGINE_EVENTS = frozenset(
    {"chain_entered", "chain_exited", "goal_reached", "held", "dropped", "sent", "segment_entered", "segment_left"}
)
REPORTS = frozenset({"bounced", "delivered", "opened", "click"})
"""Contact events that concern only the run whose message they answer."""
UNREACHABLE = ("no_address", "no_consent")
UNSEEN = ("control", "holdout")

_MIDNIGHT, _EVERY, _MISSED, _WAKES, _TIMEOUT = range(5)


class Violation(NamedTuple):
    """What the log should not show (or lacks): which rule, whose story, when, in words."""

    rule: str
    customer: int
    time: int
    text: str


@dataclass
class _Owed:
    """A row that must come at ``time``."""

    time: int
    event: str
    chain: str
    rule: str
    run: int = 0
    reason: str | None = None
    value: float | None = None


class Story:
    """The replay of one customer's rows under one assignment of split arms."""

    def __init__(self, paper: Paper, base: Base, customer: Customer, arms: dict[SplitText, str]) -> None:
        self.paper = paper
        self.facts = Facts(customer, paper, base)
        self.gates = Gates(paper, self.facts)
        self.customer = customer
        self.arms = arms
        self.runs: list[Run] = []
        """Live runs and those whose goal may still be reached."""
        self.by_number: dict[int, Run] = {}
        self.asks: list[Ask] = []
        self.owed: list[_Owed] = []
        self.violations: list[Violation] = []
        self.entries: dict[str, int] = {}
        self.ghosts: dict[str, bool] = {}
        self.used_splits: dict[SplitText, int] = {}
        """Split → when a run first came to it."""
        self._ready: tuple[Run, int] | None = None
        """The run whose message was just sent, and its contact: it goes on with the next foreign row."""
        self._timers: list[tuple[int, int, int, object]] = []
        self._serial = 0
        self._numbers: dict[int, tuple[int, int]] = {}
        self._members: dict[str, bool] = {}
        self._missed: dict[tuple[str, int], int] = {}
        self._begin()

    def read(self, rows: list[Row]) -> list[Violation]:
        """Replay all rows, in the order in which they happened."""
        for row in rows:
            if self._ready is not None and not self._belongs_to_sending(row):
                self._go_on_after_sending()
            self._pass_to(row.time)
            if row.event in ENGINE_EVENTS:
                self._engine_row(row)
            else:
                self._observed(row)
        if self._ready is not None:
            self._go_on_after_sending()
        self._pass_to(self.paper.horizon)
        return self.violations

    def _blame(self, rule: str, time: int, text: str) -> None:
        self.violations.append(Violation(rule, self.customer.customer, time, text))

    # ------------------------------------------------------------------ time

    def _begin(self) -> None:
        for name in sorted({chain.segment[0] for chain in self.paper.chains.values() if chain.segment}):
            self._members[name] = False if self.paper.backlog_enters else self.facts.in_segment(name, 0)
        self._set(0, _MIDNIGHT, None)

    def _set(self, time: int, kind: int, about: object) -> None:
        if time < self.paper.horizon:
            self._serial += 1
            heapq.heappush(self._timers, (time, kind, self._serial, about))

    def _pass_to(self, time: int) -> None:
        """Everything before ``time``, and the company midnight at ``time``, has happened; nothing owed is missing."""
        while True:
            timer = self._timers[0] if self._timers else (FOREVER, 0, 0, None)
            due = min((ask.due for ask in self.asks), default=FOREVER)
            # Timers go before the contacts of their instant.
            if timer[0] <= due and (timer[0] < time or (timer[0] == time and timer[1] == _MIDNIGHT)):
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
        time, kind, _, about = heapq.heappop(self._timers)
        if kind == _MIDNIGHT:
            self._midnight(time)
        elif kind == _EVERY and isinstance(about, ChainText):
            self._try_to_enter([about], time, None)
        elif kind == _MISSED and isinstance(about, tuple):
            event, period = about
            if self.facts.last.get(event, NEVER) + period == time and self._missed.get(about) != time:
                self._missed[about] = time
                self._try_to_enter([c for c in self._by_priority() if c.missed == about], time, None)
        elif kind == _WAKES and isinstance(about, Run) and not about.over and not about.lost:
            if isinstance(about.doing, (Waits, Listens)) and about.doing.until == time:
                self._resume(about, time, False)
        elif kind == _TIMEOUT and isinstance(about, Run) and not about.over:
            self._end(about, time, "timeout", "timeout")

    def _midnight(self, time: int) -> None:
        self._set(time + DAY, _MIDNIGHT, None)
        for edges in self.facts.base.edges:
            if edges.time == time:
                self.facts.score(edges)
        self._refresh_segments(time)
        for campaign in self.paper.campaigns.values():
            due = self._due_today(campaign.times.clock, time)
            if campaign.times.falls_on(self.facts.days.date(due)) and due < self.paper.horizon:
                self._plan(campaign, due)
        for chain in self._by_priority():
            if chain.every:
                due = self._due_today(chain.every.clock, time)
                if chain.every.falls_on(self.facts.days.date(due)):
                    self._set(due, _EVERY, chain)

    def _due_today(self, clock: int, midnight: int) -> int:
        """The moment of the company day at which the customer's clock shows ``clock``."""
        return midnight + (clock - self.facts.days.clock(midnight)) % DAY

    def _plan(self, campaign: CampaignText, due: int) -> None:
        ask = Ask(campaign.name, campaign.priority, due, campaign.route, due, to=campaign.to)
        ask.reachable = self.gates.reached(campaign.route)
        self.asks.append(ask)

    def _refresh_segments(self, time: int) -> None:
        for name, before in list(self._members.items()):
            now = self.facts.in_segment(name, time)
            self._members[name] = now
            if now != before:
                self._owe(time, "segment_entered" if now else "segment_left", "", "segment")
                self._try_to_enter([c for c in self._by_priority() if c.segment == (name, before)], time, None)

    # ------------------------------------------------------------------ entering

    def _by_priority(self) -> list[ChainText]:
        return sorted(self.paper.chains.values(), key=lambda chain: (-chain.priority, chain.name))

    def _why_not(self, chain: ChainText, time: int, row: Row | None) -> str:
        """The rule that keeps the customer from entering now; '' when nothing does.

        While a run is on, ``on_retrigger`` decides; afterwards ``reenter``, counted from entry.
        """
        running = [run for run in self.runs if run.chain is chain and not run.over]
        last = self.entries.get(chain.name)
        if running and chain.retrigger == "ignore":
            return "on_retrigger"
        if running and chain.retrigger == "parallel" and any(run.entry > self._cart_since() for run in running):
            return "on_retrigger"
        if not running and last is not None and (chain.reenter is None or time < last + chain.reenter):
            return "reentry"
        value = row.value if row is not None else None
        before_order = row is not None and row.event == "order"

        def lookup(path: str) -> object:
            head, _, rest = path.partition(".")
            if head == "trigger" or path == "value":
                return value if (rest or path) == "value" else None
            return self.facts.lookup(path, time, before_order)

        if row is not None and chain.condition is not None and not holds(chain.condition, lookup):
            return "trigger"
        return "" if holds(chain.enter, lookup) else "enter"

    def _cart_since(self) -> int:
        """When the customer's cart was last emptied or bought: a cart left later is another cart."""
        return max(self.facts.last.get(event, NEVER) for event in ("order", "cart_emptied"))

    def _try_to_enter(self, chains: list[ChainText], time: int, row: Row | None) -> None:
        for chain in chains:
            if self._why_not(chain, time, row) != "":
                continue
            if chain.retrigger == "restart":
                for run in [run for run in self.runs if run.chain is chain and not run.over]:
                    self._end(run, time, "restarted", "on_retrigger")
            self._owe(time, "chain_entered", chain.name, "entry", value=row.value if row else None)
            self.entries[chain.name] = time

    def _owe(self, time: int, event: str, chain: str, rule: str, **more: object) -> None:
        self.owed.append(_Owed(time, event, chain, rule, **more))  # type: ignore[arg-type]

    def _entered(self, row: Row) -> None:
        owed = self._settle(row)
        if owed is None:
            chain = self.paper.chains[row.chain]
            why = self._why_not(chain, row.time, None)
            self._blame(why or "trigger", row.time, f"{row.chain} was entered, but {why or 'nothing triggered it'}")
            self.entries[row.chain] = row.time
        ghost = row.reason == "holdout"
        expected = "holdout" if ghost else "control" if self.customer.control else ""
        if row.reason != expected:
            self._blame("control", row.time, f"{row.chain} was entered with reason '{row.reason}', not '{expected}'")
        if self.ghosts.setdefault(row.chain, ghost) != ghost:
            self._blame("holdout", row.time, f"{row.chain}: held out once and not another time")
        chain = self.paper.chains[row.chain]
        value = owed.value if owed is not None else None
        run = Run(row.run, chain, self.paper, self.facts, row.time, row.time, ghost, value, self.arms)
        if row.run in self.by_number:
            self._blame("numbers", row.time, f"run {row.run} was entered twice")
        self.runs.append(run)
        self.by_number[row.run] = run
        if chain.timeout is not None:
            self._set(row.time + chain.timeout, _TIMEOUT, run)
        run.walk = run.begin()
        self._resume(run, row.time, None)

    # ------------------------------------------------------------------ runs

    def _resume(self, run: Run, time: int, outcome: object) -> None:
        """The run goes on until it waits, listens, asks for a contact, or ends."""
        assert run.walk is not None
        run.time = time
        run.doing = None
        try:
            run.doing = run.walk.send(outcome)
        except Left:
            self._end(run, time, "exit_step", "steps")
        except StopIteration:
            self._end(run, time, "finished", "steps")
        for split in run.used_splits:
            self.used_splits.setdefault(split, time)
        if isinstance(run.doing, Asks):
            chain = run.chain
            self.asks.append(Ask(chain.name, chain.priority, run.entry, run.doing.route, whole_minute(time), run))
        elif isinstance(run.doing, Listens) and run.reported & set(run.doing.events):
            self._resume(run, time, True)
        elif run.doing is not None:
            self._set(run.doing.until, _WAKES, run)

    def _end(self, run: Run, time: int, reason: str, rule: str) -> None:
        """The run is over: what it held is withdrawn, what it displaced is examined anew."""
        run.over = True
        for ask in [ask for ask in self.asks if ask.run is run]:
            self.asks.remove(ask)
            if ask.since is not None:
                self._owe(time, "dropped", run.chain.name, "withdrawal", run=run.number, reason="run_ended")
        self._owe(time, "chain_exited", run.chain.name, rule, run=run.number, reason=reason)
        if run.chain.goal is None:
            self.runs.remove(run)
        if self.paper.main is not None:
            for ask in self.asks:
                if ask.displaced and ask.run is not None:
                    ask.displaced, ask.due = False, whole_minute(time)

    def _happened_to(self, run: Run, event: str, time: int) -> None:
        """An event that concerns a run: its goal, its exits, what it listens to."""
        goal = run.chain.goal
        if goal and goal[0] == event and not run.goal_done and run.entry < time <= run.entry + goal[1]:
            run.goal_done = True
            self._owe(time, "goal_reached", run.chain.name, "goal", run=run.number)
        if run.over:
            return
        if self._ready is not None and self._ready[0] is run:
            run.reported.add(event)
        if event in run.chain.exit_on:
            self._end(run, time, "exit_event", "exit_on")
        elif isinstance(run.doing, Listens) and event in run.doing.events and not run.lost:
            self._resume(run, time, True)

    # ------------------------------------------------------------------ rows of the customer and the channels

    def _observed(self, row: Row) -> None:
        self.facts.learn(row)
        for chain in self.paper.chains.values():
            if chain.missed and chain.missed[0] == row.event:
                self._set(row.time + chain.missed[1], _MISSED, chain.missed)
        if row.event in REPORTS or row.event in LOSES_CONSENT:
            if row.contact not in self._numbers or self._numbers[row.contact][1] == 0:
                self._blame("reports", row.time, f"{row.event} of a contact that was never sent")
            self._tell(row)
        concerned = self.runs
        if row.event in REPORTS:
            concerned = [run for run in self.runs if run.number == row.run and row.run != 0]
        for run in list(concerned):
            self._happened_to(run, row.event, row.time)
        chains = [chain for chain in self._by_priority() if row.event in chain.events]
        if chains:
            self._try_to_enter(chains, row.time, row)

    def _tell(self, row: Row) -> None:
        run = self.by_number.get(row.run)
        if run is None:
            return
        if row.event == "delivered":
            run.tell("delivered", row.message)
        elif row.event == "opened":
            run.tell("opened", row.message)
            if row.reason != "proxy":
                run.tell("opened_by_person", row.message)
        elif row.event == "click":
            run.tell("clicked", row.message)
        elif row.event == "bounced" and row.reason == "hard_bounce":
            run.failed = True

    # ------------------------------------------------------------------ rows of the engine

    def _engine_row(self, row: Row) -> None:
        if row.event == "sent" or (row.event in ("held", "dropped") and row.reason != "run_ended"):
            self._fire_at(row.time)
            self._contact_row(row)
        elif row.event == "chain_entered":
            if self._settle(row, peek=True) is None:
                self._fire_at(row.time)
            self._entered(row)
        elif self._settle(row) is None:
            self._fire_at(row.time)
            if self._settle(row) is None:
                self._not_owed(row)

    def _settle(self, row: Row, peek: bool = False) -> _Owed | None:
        """The expectation that a row meets, which is then no longer owed."""
        for owed in self.owed:
            if (
                owed.event == row.event
                and owed.time == row.time
                and owed.chain == row.chain
                and (owed.run == 0 or owed.run == row.run)
                and (owed.reason is None or owed.reason == row.reason)
            ):
                if not peek:
                    self.owed.remove(owed)
                return owed
        return None

    def _not_owed(self, row: Row) -> None:
        run = self.by_number.get(row.run)
        if row.event == "chain_exited" and run is not None and run.lost and not run.over:
            run.over = True
            self.asks = [ask for ask in self.asks if ask.run is not run]
            return
        if run is not None and run.lost:
            return
        rules = {"goal_reached": "goal", "dropped": "withdrawal", "chain_exited": "steps"}
        by_reason = {"exit_event": "exit_on", "timeout": "timeout", "restarted": "on_retrigger"}
        rule = by_reason.get(row.reason, rules.get(row.event, "segment"))
        self._blame(rule, row.time, f"{row.event} of {row.chain} ({row.reason}) came unexpectedly")
        if row.event == "chain_exited" and run is not None and not run.over:
            run.over = True
            self.asks = [ask for ask in self.asks if ask.run is not run]

    def _contact_row(self, row: Row) -> None:
        ask = self._ask_of(row)
        run = self.by_number.get(row.run)
        if ask is None:
            ask = self._unasked(row, run)
        elif ask.due != row.time:
            rule = "waits" if ask.since is None else "held"
            self._blame(rule, row.time, f"{row.event} of {row.chain} {row.step}, which is due at {ask.due}")
        else:
            self._arbitrated(ask, row)
        if ask.route.path != row.step or ask.route.message.name != row.message:
            self._blame("steps", row.time, f"{row.chain} asks at {row.step} for {row.message}, not {ask.route.path}")
        live = [run for run in self.runs if not run.over]
        ruling = self.gates.judge(ask, row.time, live)
        self._compare(row, ruling)
        self._same_contact(ask, row)
        if row.event == HOLD:
            self._held(ask, row, ruling)
            return
        if ask in self.asks:
            self.asks.remove(ask)
        if row.event == SEND:
            self._sent(ask, row, run)
        elif run is not None and not run.over and not run.lost:
            self._dropped(run, row)

    def _ask_of(self, row: Row) -> Ask | None:
        mine = [
            ask
            for ask in self.asks
            if (ask.run is not None and ask.run.number == row.run)
            or (row.run == 0 and ask.run is None and ask.chain == row.chain)
        ]
        return min(mine, key=lambda ask: (ask.due != row.time, row.contact not in ask.contacts.values()), default=None)

    def _unasked(self, row: Row, run: Run | None) -> Ask:
        """A contact that nobody asked for; it is judged all the same."""
        if run is None and row.run != 0:
            self._blame("numbers", row.time, f"{row.event} of the unknown run {row.run}")
        elif run is None:
            self._blame("campaigns", row.time, f"{row.event} of {row.chain}, which is not due")
        elif run.over:
            self._blame("exit", row.time, f"{row.event} of {row.chain}, whose run is over")
        elif not run.lost:
            self._blame("waits", row.time, f"{row.event} of {row.chain} {row.step}, whose run does not ask for it")
            run.lost = True
        chain = self.paper.chains.get(row.chain)
        campaign = self.paper.campaigns.get(row.chain)
        route = campaign.route if campaign else self.paper.route({row.channel: row.message}, row.step)
        if route.path != row.step or row.channel not in route.channels:
            route = self.paper.route({row.channel: row.message}, row.step)
        priority = chain.priority if chain else campaign.priority if campaign else 0
        return Ask(row.chain, priority, run.entry if run else row.time, route, row.time, run)

    def _arbitrated(self, ask: Ask, row: Row) -> None:
        """Contacts of the same minute that go before this one must have been decided."""
        for other in [other for other in self.asks if other.due == row.time and other.rank < ask.rank]:
            if other.run is not None:
                if not other.run.lost:
                    text = f"{row.event} of {row.chain} went before {other.chain}, due in the same minute"
                    self._blame("arbitration", row.time, text)
            else:
                self._campaign_passed(other)

    def _compare(self, row: Row, ruling: Ruling) -> None:
        if (row.event, row.reason) == (ruling.verdict, ruling.reason):
            if row.rule != ruling.rule:
                self._blame(ruling.reason, row.time, f"{row.event} by {row.rule or 'no rule'}, not {ruling.rule}")
            if row.channel != ruling.channel:
                self._blame("channel", row.time, f"{row.event} by {row.channel}, not by {ruling.channel}")
            if row.displaced_by != ruling.displaced_by:
                self._blame("main_chain", row.time, f"displaced by {row.displaced_by}, not {ruling.displaced_by}")
            return
        where = f"{row.message} by {row.channel} of {row.chain} {row.step}"
        wanted = f"{ruling.verdict} {ruling.reason} {ruling.rule}".strip()
        rule = row.reason if ruling.verdict == SEND else ruling.reason
        self._blame(rule, row.time, f"{where} was {row.event} {row.reason} {row.rule}, must be {wanted}")

    def _same_contact(self, ask: Ask, row: Row) -> None:
        """One number per contact, on every channel that it uses; no two contacts share one."""
        if ask.contacts.setdefault(row.channel, row.contact) != row.contact:
            self._blame("numbers", row.time, f"a held contact of {row.chain} changed its number")
        owner, sendings = self._numbers.get(row.contact, (id(ask), 0))
        if owner != id(ask) or sendings:
            self._blame("numbers", row.time, f"contact {row.contact} stands for two contacts")
        self._numbers[row.contact] = (id(ask), sendings + (row.event == SEND))

    def _held(self, ask: Ask, row: Row, ruling: Ruling) -> None:
        if ask.since is None:
            ask.since = row.time
        ask.displaced = row.reason == "main_chain"
        ask.due = ruling.until
        if ruling.verdict != HOLD:
            if ask.run is not None:
                ask.run.lost = True
            if ask in self.asks:
                self.asks.remove(ask)

    def _sent(self, ask: Ask, row: Row, run: Run | None) -> None:
        self.facts.note_sent(row)
        if row.time % 60:
            self._blame("minutes", row.time, f"sent {row.time % 60} s after a whole minute")
        if run is not None:
            run.tell("sent", row.message)
            run.failed = False
            if not run.over and not run.lost:
                self._ready = (run, row.contact)

    def _belongs_to_sending(self, row: Row) -> bool:
        assert self._ready is not None
        run, contact = self._ready
        of_same = row.contact == contact and row.event in REPORTS
        return row.time == run.facts.last["sent"] and (of_same or self._settle(row, peek=True) is not None)

    def _go_on_after_sending(self) -> None:
        assert self._ready is not None
        run, _ = self._ready
        self._ready = None
        if not run.over and not run.lost:
            self._resume(run, self.facts.last["sent"], "unreachable" if run.failed else "sent")
        run.reported.clear()

    def _dropped(self, run: Run, row: Row) -> None:
        unreachable, unseen = row.reason in UNREACHABLE, row.reason in UNSEEN
        if row.reason == "condition" or (unseen and not run.true(run.chain.while_, row.time)):
            self._end(run, row.time, "condition", "while")
            return
        self._resume(run, row.time, "unreachable" if unreachable else "sent" if unseen else "dropped")

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
        meant = ask.since is not None or (ask.reachable and self.gates.selects(ask, ask.due))
        if meant:
            self._blame("due", ask.due, f"{ask.route.message.name} of {ask.chain} was never examined")
