"""What channels report of messages comes in here: to the log, the observed columns, and the engine that sent them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.short import every
from strategies.engine import ANY_MESSAGE_EVENTS, Engine
from strategies.faults import LOST, FaultyData
from strategies.observed import Observed
from strategies.occurrence import Occurrence
from strategies.ports import Content, EventSink, site_of, world_bits_of
from strategies.repeats import Repeats
from strategies.slots import Slots
from strategies.vocabulary import EVENT_CODE, REASON_CODE

Int64s = NDArray[np.int64]

_DELIVERED, _OPENED, _CLICK, _BOUNCED = (EVENT_CODE[name] for name in ("delivered", "opened", "click", "bounced"))
_CALL_ANSWERED, _SHOWN = EVENT_CODE["call_answered"], EVENT_CODE["in_app_shown"]
_LOSES_CONSENT = {EVENT_CODE[name] for name in ANY_MESSAGE_EVENTS}
_LOSES_ADDRESS = {EVENT_CODE["blocked"], EVENT_CODE["push_disabled"]}
_REPORTED_TO = luck.purpose("strategies.reported_to")
_MAY_REPEAT = {
    _OPENED: luck.purpose("strategies.opened_by"),
    _CLICK: luck.purpose("strategies.clicked_again"),
}
"""Reports that may come several times of one message, and the purpose of what tells them apart."""
_HARD, _PROXY, _REOPENED = (REASON_CODE[name] for name in ("hard_bounce", "proxy", "reopened"))


class ContactReports:
    """Reports about the messages of all arms."""

    def __init__(self, observed: Observed, sink: EventSink, slots: Slots, faults: FaultyData) -> None:
        self.observed, self.sink, self.slots, self.faults = observed, sink, slots, faults
        self._engines: list[Engine] = []
        self._channel = np.empty(0, np.int64)
        """By contact site of all arms."""
        self._starting: set[int] = set()
        """Events by which some arm starts chains, now or later."""
        self._repeats = Repeats()

    def add(self, engine: Engine) -> None:
        """Another engine that sends; its contact sites follow those of the engines before."""
        self._engines.append(engine)
        self._channel = np.concatenate([self._channel, engine.sites.channel])
        self._starting |= engine.triggers.starting

    def hear(
        self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, reason: int = 0
    ) -> None:
        """A report about one message of each: log it, mark the runs, let the engines react."""
        if customer.size == 0:
            return
        cause = self._cause(event, customer, time, key, payload, reason)
        reports = Cohort(customer, time, key, payload)
        if event in self.faults.events:
            lost = self.faults.unseen_contacts(event, customer, cause)
            self._lose(event, reports.where(lost))
            reports, cause = reports.where(~lost), cause[~lost]
            if reports.size == 0:
                return
        site = site_of(reports.payload)
        self._remember(event, self._channel.take(site), reports, reason)
        logged = False
        for engine in self._engines:
            inside = engine.payloads.are_own(reports.payload)
            if every(inside):
                self._tell(engine, event, reports, reason, cause)
                logged = True
                break
            index = inside.nonzero()[0]
            if index.size:
                self._tell(engine, event, reports.take(index), reason, cause.take(index))
                logged = True
        assert logged, "a contact event without a site"

    def _cause(
        self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s, reason: int
    ) -> luck.Keys:
        """What each report has its luck from: the message; the impression; the open by a proxy or behind one.

        Who opens or clicks again does so anew.
        """
        cause = self.slots.note(event, customer, time, key, payload)
        if event not in _MAY_REPEAT:
            return cause
        ordinal = np.full(customer.size, reason if event == _OPENED else 0, np.int64)
        if event in self.faults.events or event in self._starting:
            # Stacked arms have the same messages, each for customers of its own.
            told_apart = customer << 16 | event << 8 | reason
            ordinal += self._repeats.number(luck.same_child(cause, _REPORTED_TO, told_apart)) << 8
        index = ordinal.nonzero()[0]
        if index.size:
            cause = cause.copy()
            cause[index] = luck.child(cause.take(index), _MAY_REPEAT[event], ordinal.take(index))
        return cause

    def _lose(self, event: int, reports: Cohort) -> None:
        """Reports that nobody hears; the log keeps them, without their runs."""
        if reports.size:
            site = site_of(reports.payload)
            self.sink.log_contact(event, reports.customer, reports.time, reports.key, None, site, LOST)

    def _remember(self, event: int, channel: Int64s, reports: Cohort, reason: int) -> None:
        """What reports say of their customers, whoever sent the messages."""
        observed, customer, time = self.observed, reports.customer, reports.time
        observed.remember_report(event, channel, customer, time)
        if event == _OPENED and reason != _PROXY:
            observed.note_open(channel, customer, time)
        elif event in _LOSES_CONSENT:
            observed.withdraw(channel, customer)
            if event in _LOSES_ADDRESS:
                observed.lose_address(channel, customer)
        elif event == _BOUNCED and reason == _HARD:
            observed.lose_address(channel, customer)

    def _tell(self, engine: Engine, event: int, reports: Cohort, reason: int, cause: luck.Keys) -> None:
        """Tell the engine of reports about its own messages."""
        customer, time, key, payload = reports.customer, reports.time, reports.key, reports.payload
        site, run = engine.payloads.site(payload), engine.payloads.run(payload)
        self.sink.log_contact(event, customer, time, key, engine.payloads.run_key(run), site_of(payload), reason)
        if event == _DELIVERED:
            engine.gates.note(customer, time, site, run, "delivered")
        elif event == _BOUNCED:
            engine.desk.refused(customer)
        elif event in (_OPENED, _CLICK) and reason != _PROXY:
            engine.gates.hear(event, customer, time, site)
        chained = (run > 0).nonzero()[0]
        if chained.size:
            self._mark(engine, event, run.take(chained), site.take(chained), reason)
        if not engine.active:
            return
        report = Occurrence(event, customer, time, key, self._clicked(engine, event, payload), site)
        if event in _LOSES_CONSENT:
            engine.reactions.on_event(report)
            return
        engine.reactions.learn(report)
        channel = engine.sites.channel.take(site)
        if event == _OPENED and reason != _REOPENED:
            self.observed.note_first_open(channel, customer)
        if event == _CLICK and self.observed.learns_channels:
            self.observed.count_on_channel(self.observed.channel_clicks, channel, customer, by=True)
        elif event == _DELIVERED and self.observed.learns_channels:
            in_app = engine.sites.in_app.take(site)
            self.observed.count_on_channel(self.observed.channel_sends, channel, customer, in_app)
        if chained.size:
            engine.reactions.on_message_event(report.take(chained), run.take(chained))
        engine.reactions.on_contact_trigger(report.with_key(cause), key, channel)

    @staticmethod
    def _clicked(engine: Engine, event: int, payload: Int64s) -> Int64s | None:
        """(n,) the category that clicked messages showed, -1 for none; None where no message shows any."""
        if event != _CLICK or engine.personal is None:
            return None
        return Content.of(world_bits_of(payload)).category

    def _mark(self, engine: Engine, event: int, run: Int64s, site: Int64s, reason: int) -> None:
        """Runs know what became of their messages."""
        runs, bits = engine.runs, engine.sites.bits(site)
        if event == _DELIVERED:
            runs.delivered[run] |= bits
            engine.desk.note_tracked(run, site, bits)
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
