"""One customer's story, replayed row by row: what must follow from each row, and whether it did.

A row that is not owed, an owed row that does not come, and a contact that was judged otherwise than the
policy says are violations.  After a violation the log is believed: the story goes on from what was
logged, and a run whose walk has parted from the log is no longer predicted.

What a provider reports in the very second of a sending (a delivery, a bounce) counts before the run
goes on.
"""

from __future__ import annotations

from tests.audit.asks import HOLD, SEND, Ask, Ruling
from tests.audit.attributes import attributes_of
from tests.audit.base import Row
from tests.audit.contents import WHOLE, expected_reasons
from tests.audit.course import MISSED, TIMEOUT, Course
from tests.audit.facts import LOSES_CONSENT
from tests.audit.owed import Owed, Violation
from tests.audit.pauses import note_pauses
from tests.audit.places import HOUR, QUEUED, REFUSED, badly_refused, placed, unrefused
from tests.audit.reading import IN_APP, SILENT, ChainText
from tests.audit.signals import Reported
from tests.audit.walk import Run
from tests.audit.words import whole_minute

ENGINE_EVENTS = frozenset(
    {
        "chain_entered",
        "chain_exited",
        "goal_reached",
        "held",
        "dropped",
        "sent",
        "segment_entered",
        "segment_left",
        "action_taken",
    }
)
REPORTS = frozenset({"bounced", "delivered", "in_app_shown", "opened", "click", "call_answered", "task_closed"})
"""Contact events that concern only the run whose message they answer."""
OF_MESSAGES = frozenset({"bounced", "delivered", "in_app_shown", "opened", "click"})
UNREACHABLE = ("no_address", "no_consent", "no_template")
UNSEEN = ("control", "holdout")


class Story(Course):
    """The replay of one customer's rows under one assignment of split arms."""

    def read(self, rows: list[Row]) -> list[Violation]:
        """Replay all rows, in the order in which they happened."""
        self._rows, self._ahead = rows, set()
        for self._at, row in enumerate(rows):
            if self._at in self._ahead:
                continue
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
        self.tasks.missing(self.paper.horizon)
        return self.violations

    def _enter_ahead(self, chain: ChainText, time: int) -> None:
        for number in range(self._at, len(self._rows)):
            row = self._rows[number]
            if row.time > time:
                return
            if (row.event, row.chain, row.time) == ("chain_entered", chain.name, time) and number not in self._ahead:
                self._ahead.add(number)
                self._entered(row)
                return

    def _entered(self, row: Row) -> None:
        owed = self._settle(row)
        if owed is None:
            chain = self.paper.chains[row.chain]
            why = self._why_not(chain, row.time, None, {})
            self._blame(why or "trigger", row.time, f"{row.chain} was entered, but {why or 'nothing triggered it'}")
            self.entries[row.chain].append(row.time)
        ghost = row.reason == "holdout"
        expected = "holdout" if ghost else "control" if self.customer.control else ""
        if row.reason != expected:
            self._blame("control", row.time, f"{row.chain} was entered with reason '{row.reason}', not '{expected}'")
        if self.ghosts.setdefault(row.chain, ghost) != ghost:
            self._blame("holdout", row.time, f"{row.chain}: held out once and not another time")
        chain = self.paper.chains[row.chain]
        attributes = owed.attributes if owed is not None else {}
        run = Run(row.run, chain, self.paper, self.facts, row.time, row.time, ghost, attributes, self.arms)
        if row.run in self.by_number:
            self._blame("numbers", row.time, f"run {row.run} was entered twice")
        self.runs.append(run)
        self.by_number[row.run] = run
        if chain.timeout is not None:
            self._set(row.time + chain.timeout, TIMEOUT, run)
        run.walk = run.begin()
        self._resume(run, row.time, None)

    # ------------------------------------------------------------------ rows of the customer and the channels

    def _observed(self, row: Row) -> None:
        if row.event == "unsubscribed" and row.reason == "by_company":
            if self._settle(row) is None:
                self._blame("unsubscribe", row.time, f"nobody in {row.chain} gave up consent")
            return
        if row.event in ("task_created", "call_answered", "task_closed"):
            self._task_row(row)
            if row.event == "task_created" and row.reason:  # nobody will call: nothing follows
                return
        self.facts.learn(row)
        for chain in self.paper.chains.values():
            if chain.missed and {row.event, f"{row.event}.{row.channel}"} & {*chain.missed[0]}:
                self._set(row.time + chain.missed[1], MISSED, chain.missed)
        if row.event in OF_MESSAGES or row.event in LOSES_CONSENT:
            if row.contact not in self._numbers or self._numbers[row.contact][1] == 0:
                self._blame("reports", row.time, f"{row.event} of a contact that was never sent")
            self._tell(row)
        attributes = attributes_of(row, self.paper.topics)
        note_pauses(self, row.event, row.time, attributes)
        concerned = self.runs
        if row.event in REPORTS:
            concerned = [run for run in self.runs if run.number == row.run and row.run != 0]
        for run in list(reversed(concerned)):
            self._happened_to(run, row.event, row.time, attributes)
        self._try_to_enter([chain for chain in self._by_priority() if row.event in chain.events], row.time, row)
        for chain in self.occasions.learn(row, self._condition_holds):
            self._try_to_enter([chain], row.time, row)

    def _task_row(self, row: Row) -> None:
        if row.event == "call_answered":
            self.tasks.answered(row)
        elif row.event == "task_closed":
            self.tasks.closed(row)
        elif self._settle(row) is None:
            self._fire_at(row.time)
            if self._settle(row) is None:
                self._blame("task", row.time, f"task_created of {row.chain} ({row.reason}) came unexpectedly")
                return
            self.tasks.created(row)
        else:
            self.tasks.created(row)

    def _tell(self, row: Row) -> None:
        run = self.by_number.get(row.run)
        if run is None:
            return
        if row.event == "delivered":
            run.tell("delivered", row.message)
            if row.channel not in SILENT:
                run.tell("answerable", row.message)
        elif row.event == "in_app_shown":
            run.tell("shown", row.message)
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
            if self._at not in self._ahead:
                self._entered(row)
        elif self._settle(row) is None:
            self._fire_at(row.time)
            if self._settle(row) is None:
                self._not_owed(row)

    def _settle(self, row: Row, peek: bool = False) -> Owed | None:
        """The expectation that a row meets, which is then no longer owed."""
        for owed in self.owed:
            if (
                owed.event == row.event
                and owed.time == row.time
                and owed.chain == row.chain
                and (owed.run == 0 or owed.run == row.run)
                and (owed.reason is None or owed.reason == row.reason)
                and (owed.category is None or owed.category == row.category)
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
        rules = {"goal_reached": "goal", "dropped": "withdrawal", "chain_exited": "steps", "action_taken": "action"}
        by_reason = {"stopped": "stop", "exit_event": "exit_on", "timeout": "timeout", "restarted": "on_retrigger"}
        by_reason |= {"goal": "at_goal", "changed": "changes"}
        rule = by_reason.get(row.reason, rules.get(row.event, "segment"))
        self._blame(rule, row.time, f"{row.event} of {row.chain} ({row.reason}) came unexpectedly")
        if row.event == "chain_exited" and run is not None and not run.over:
            run.over = True
            self.asks = [ask for ask in self.asks if ask.run is not run]

    def _contact_row(self, row: Row) -> None:
        ask = self._ask_of(row)
        run = self.by_number.get(row.run)
        if ask is not None and row.event == HOLD and row.reason in REFUSED:
            if why := badly_refused(self.whole, self.paper, ask, row):
                self._blame(row.reason, row.time, f"{row.chain} {row.step} got no place: {why}")
            ask.refused = row.reason
            self._same_contact(ask, row, expected=True)
            return
        if ask is None:
            ask = self._unasked(row, run)
        elif ask.due != row.time and not (ask.queued and row.time % HOUR == 0):
            rule = "waits" if ask.since is None else "held"
            self._blame(rule, row.time, f"{row.event} of {row.chain} {row.step}, which is due at {ask.due}")
        else:
            self._arbitrated(ask, row)
        if ask.since is None and not ask.reachable and not self.gates.reached(ask.route):
            self._blame("campaigns", row.time, f"{row.event} of {row.chain}, which never could reach the customer")
        if ask.route.path != row.step or ask.route.message.name != row.message:
            self._blame("steps", row.time, f"{row.chain} asks at {row.step} for {row.message}, not {ask.route.path}")
        live = [run for run in self.runs if not run.over]
        ruling = self._paused(ask, row) or self.gates.judge(ask, row.time, live)
        ruling = placed(self.whole, self.paper, ask, ruling, row.time)
        if unrefused(ask, row.time):
            self._blame("places", row.time, f"{row.chain} {row.step} got no place, and nothing said so")
        ask.queued, ask.queued_at, ask.refused = ruling.channel if ruling.reason == QUEUED else "", row.time, ""
        self._compare(self._content(row, run) if row.event == SEND else row, ruling)
        self._same_contact(ask, row, expected=ask in self.asks)
        if row.event == HOLD:
            self._held(ask, row, ruling)
            return
        if ask in self.asks:
            self.asks.remove(ask)
        if row.event == SEND:
            self._sent(ask, row, run)
        elif run is not None and not run.over and not run.lost:
            self._dropped(ask, run, row)

    def _content(self, row: Row, run: Run | None) -> Row:
        """A sent message says what became of its personal blocks; the row without that."""
        reacted = run is not None and bool(run.told.get("delivered"))
        given = self.paper.raw_messages.get(row.message, {})
        expected = expected_reasons(given, row.variant, self.facts, reacted, row.time)
        if row.reason not in WHOLE:
            return row
        if row.reason not in expected:
            text = f"{row.message} went out with the reason '{row.reason}', not {sorted(expected)}"
            self._blame("blocks", row.time, text)
        return row._replace(reason="")

    def _paused(self, ask: Ask, row: Row) -> Ruling | None:
        """A paused run asks for nothing before the pause ends, or its contact is no longer worth sending."""
        if ask.run is None or ask.run.paused_until <= row.time:
            return None
        until = whole_minute(min(ask.run.paused_until, ask.first_due + ask.route.message.deliver_by))
        return Ruling(HOLD, "paused", "", until, channel=row.channel) if until > row.time else None

    def _ask_of(self, row: Row) -> Ask | None:
        mine = [
            ask
            for ask in self.asks
            if (ask.run is not None and ask.run.number == row.run)
            or (row.run == 0 and ask.run is None and ask.chain == row.chain)
        ]
        return min(mine, key=lambda ask: (row.contact not in ask.contacts.values(), ask.due != row.time), default=None)

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
                whose = "main_chain" if ruling.rule == "one_main_chain" else ruling.reason
                self._blame(whose, row.time, f"displaced by {row.displaced_by}, not {ruling.displaced_by}")
            return
        where = f"{row.message} by {row.channel} of {row.chain} {row.step}"
        wanted = f"{ruling.verdict} {ruling.reason} {ruling.rule}".strip()
        rule = row.reason if ruling.verdict == SEND else ruling.reason
        self._blame(rule, row.time, f"{where} was {row.event} {row.reason} {row.rule}, must be {wanted}")

    def _same_contact(self, ask: Ask, row: Row, expected: bool) -> None:
        """One number per contact, on every channel that it uses; no two contacts share one."""
        known = ask.contacts.setdefault(row.channel, row.contact)
        owner, sendings = self._numbers.get(row.contact, (id(ask), 0))
        if row.event == SEND and sendings:
            self._blame("twice", row.time, f"contact {row.contact} of {row.chain} was sent a second time")
        if expected and known != row.contact:
            self._blame("numbers", row.time, f"a held contact of {row.chain} changed its number")
        if expected and (owner != id(ask) or sendings):
            self._blame("numbers", row.time, f"contact {row.contact} stands for two contacts")
        self._numbers[row.contact] = (id(ask), sendings + (row.event == SEND))

    def _held(self, ask: Ask, row: Row, ruling: Ruling) -> None:
        if ask.since is None:
            ask.since = row.time
        ask.displaced, ask.held_by = row.reason == "main_chain", row.rule
        # New rules examine anew what waits, but not before a pause is over.
        fixed = row.reason == "paused" or self._keeps_trying(row)
        ask.due = ruling.until if fixed else min(ruling.until, self.next_change(row.time))
        if row.reason == "paused":  # nor does a pause use up how long a rule may hold
            ask.since += ruling.until - row.time
        if ruling.verdict != HOLD:
            if ask.run is not None:
                ask.run.lost = True
            if ask in self.asks:
                self.asks.remove(ask)

    def _keeps_trying(self, row: Row) -> bool:
        """Whether a cap looks again by the clock, which the next rules leave as it is: a change adds no attempt."""
        begin = self.next_change(row.time)
        after = next((paper for phase, paper in self.paper.later if phase.begin == begin), self.paper)
        same = [cap for cap in self.paper.caps if cap.name == row.rule and cap in after.caps]
        return row.reason == "cap" and any(cap.every is not None for cap in same)

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

    def _dropped(self, ask: Ask, run: Run, row: Row) -> None:
        unreachable, unseen = row.reason in UNREACHABLE, row.reason in UNSEEN
        if row.reason == "condition" or (unseen and not run.true(run.chain.while_, row.time)):
            self._end(run, row.time, "condition", "while")
        elif unseen and row.time < ask.good_until:
            self._withheld(run, row)
        else:
            self._resume(run, row.time, "unreachable" if unreachable else "dropped")

    def _withheld(self, run: Run, row: Row) -> None:
        """To the run itself a message that was kept back went out and, unless it waits for a visit, arrived."""
        run.withhold("sent", row.message)
        if row.channel != IN_APP:
            run.withhold("delivered", row.message)
            if row.channel not in SILENT:
                run.tell("answerable", row.message)
            attributes = attributes_of(row._replace(event="delivered"), self.paper.topics)
            fits = self.facts.fitting("delivered", row.time, attributes)
            run.reported.append(Reported("delivered", fits, attributes))
            if any(map(fits, run.chain.exit_on)):
                self._end(run, row.time, "exit_event", "exit_on")
        if not run.over:
            self._resume(run, row.time, "sent")
        run.reported.clear()
