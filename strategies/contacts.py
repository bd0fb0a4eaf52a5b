"""The contact desk: takes due contacts to the policy, sends, holds or drops them, and logs why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import next_minute
from sim.kernel.short import every, greatest, some
from strategies.after_drop import way_on
from strategies.alternatives import Alternatives
from strategies.decisions import DROP, HOLD, Decisions, Requests
from strategies.decisions import SEND as SEND_NOW
from strategies.interpreter import RESOLVED
from strategies.kinds import SEND
from strategies.limits import MAX_SOURCES, SOURCE_BITS
from strategies.moving_on import MovingOn
from strategies.occurrence import Occurrence
from strategies.ordinals import contact_keys, count_resolved
from strategies.ports import ContactPort, site_of, with_world_bits, without_world_bits, world_bits_of
from strategies.runs import NO_TIME, SENDING
from strategies.vocabulary import EVENT_CODE, REASON_CODE, REASONS

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Resolved = tuple[Int64s, Int64s, NDArray[np.int8]]
"""(run, time, outcome) of contacts decided for good; outcome: index into RESOLVED."""

_ALTERNATIVE = luck.purpose("strategies.contact.alternative")

OUT_OF_REACH = 1 << 15
"""World bits of a campaign's contact whose customer could not be reached when the day began."""

_OUTCOMES = (*RESOLVED, "ended")
_GOES_ON_BEHIND, _GOES_ON_AS_SENT, _ENDED = (_OUTCOMES.index(name) for name in ("dropped", "sent", "ended"))
_OUTCOME_OF_REASON = np.array([_OUTCOMES.index(way_on(name)) for name in REASONS], np.int8)

_SENT, _HELD, _DROPPED = EVENT_CODE["sent"], EVENT_CODE["held"], EVENT_CODE["dropped"]


def _among_all(code: Int64s, first: int) -> Int64s:
    """Codes of an arm among those of all arms, of which its own begin at ``first``; -1 stays."""
    return np.where(code >= 0, code + first, -1) if first else code


class ContactDesk:
    """Contacts of one arm."""

    port: ContactPort

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.first_site = engine.program.first_site
        self._refused: list[Int64s] = []
        self._is_refused = np.zeros(engine.customers, bool)
        """(customers,) scratch, false between calls."""
        self.alternatives = Alternatives(engine)
        self.moving_on = MovingOn(engine, self.alternatives)
        self.payloads = engine.payloads

    # ------------------------------------------------------------------ rows that come due

    def on_send(self, cohort: Cohort) -> None:
        """Decide about the contacts of a cohort."""
        if not self.engine.active:
            return
        if self.engine.program.tasks:
            task = self.engine.teams.is_task.take(self.payloads.site(cohort.payload))
            if some(task):
                self.engine.teams.on_task(cohort.where(task))
                cohort = cohort.where(~task)
        cohort = self._within_reach(cohort.where(self._fresh(cohort)))
        if cohort.size == 0:
            return
        requests = self._requests(cohort)
        if self.payloads.any_campaign:
            first = (requests.run == 0) & (requests.held_since == NO_TIME)
            untargeted = self.engine.gates.validity.leaves_out(requests, first)
            if some(untargeted):
                # Never asked for, so nothing to log: the campaign did not select this customer.
                keep = (~untargeted).nonzero()[0]
                requests, cohort = requests.take(keep), cohort.take(keep)
                if requests.size == 0:
                    return
        decisions = self.engine.gates.decide(requests)
        self._pause(requests, decisions)
        self.moving_on.move(requests, decisions)
        key = self._keys(requests, cohort)
        self.engine.throughput.request(requests, decisions, key, cohort)
        self._carry_out(requests, decisions, key, cohort)

    def _fresh(self, cohort: Cohort) -> Bools:
        """Campaign rows always; rows of runs only if the run still asks for this contact at this very time."""
        runs = self.engine.runs
        run = self.payloads.run(cohort.payload)
        campaign: Bools = run == 0
        if every(campaign):
            return campaign
        asks = (runs.state.take(run) == SENDING) & (runs.due.take(run) == cohort.time)
        fresh: Bools = campaign | (asks & (self.site_of_run(run) == site_of(cohort.payload)))
        return fresh

    def _within_reach(self, cohort: Cohort) -> Cohort:
        """Without the campaign rows of those who could not be reached this morning and cannot now: never asked for."""
        waited = (world_bits_of(cohort.payload) == OUT_OF_REACH).nonzero()[0]
        if waited.size == 0:
            return cohort
        part = cohort.take(waited)
        keep = np.ones(cohort.size, bool)
        keep[waited] = self.alternatives.any_reaches(part.customer, self.payloads.site(part.payload))
        payload = cohort.payload.copy()
        payload[waited] = without_world_bits(part.payload)
        return Cohort(cohort.customer, cohort.time, cohort.key, payload).where(keep)

    def _requests(self, cohort: Cohort) -> Requests:
        """The requests, each at the variant and on the channel that it uses now."""
        runs = self.engine.runs
        run = self.payloads.run(cohort.payload)
        campaign = run == 0
        due_minute = self.payloads.due(cohort.payload)
        due_first = np.where(campaign, due_minute, runs.due_first.take(run))
        held = np.where(campaign, np.where(cohort.time > due_minute, due_minute, NO_TIME), runs.held_since.take(run))
        site = self.alternatives.chosen(cohort.customer, cohort.time, self.payloads.site(cohort.payload))
        return Requests(cohort.customer, cohort.time, site, run, due_first, held, runs.ghost.take(run) & ~campaign)

    def _keys(self, requests: Requests, cohort: Cohort) -> luck.Keys:
        """Keys of the contacts, which the channel finally chosen tells apart."""
        key = cohort.key
        chained = (requests.run > 0).nonzero()[0]
        if chained.size:
            key = key.copy()
            channel = self.engine.sites.channel.take(requests.site.take(chained))
            key[chained] = contact_keys(self.engine.runs, requests.run.take(chained), channel)
        alternative = self.engine.sites.position.take(requests.site)
        other = ((requests.run == 0) & (alternative > 0)).nonzero()[0]
        if other.size:
            key = key.copy()
            key[other] = luck.same_child(key.take(other), _ALTERNATIVE, alternative.take(other))
        return key

    def _pause(self, requests: Requests, decisions: Decisions) -> None:
        """Contacts of paused runs wait for the pause's end before anything else is asked."""
        paused = self.engine.run_life.paused_until(requests.run)
        if paused is None:
            return
        until = np.minimum(next_minute(paused), decisions.expires)
        decisions.pause((paused > requests.time) & (requests.run > 0) & (until > requests.time), until)

    # ------------------------------------------------------------------ carrying out

    def _carry_out(self, requests: Requests, decisions: Decisions, key: luck.Keys, cohort: Cohort) -> None:
        """Hold, drop and send; then all runs whose contact is decided for good go on together."""
        verdict = decisions.verdict
        index = (verdict == HOLD).nonzero()[0]
        if index.size:
            self._log(_HELD, requests, decisions, key, index)
            self._hold(requests, decisions, index, cohort)
        resolved: list[Resolved] = []
        index = (verdict == DROP).nonzero()[0]
        if index.size:
            self._log(_DROPPED, requests, decisions, key, index)
            resolved.append(self._drop(requests, decisions, index))
        index = (verdict == SEND_NOW).nonzero()[0]
        if index.size:
            resolved.append(self._send(requests.take(index), key.take(index)))
        # One advance for all, since its cost is mostly fixed; they are runs of different customers.
        if resolved:
            run, time, outcome = (np.concatenate(column) for column in zip(*resolved, strict=True))
            self.engine.interpreter.resolve_sends(run, time, outcome)
            self.engine.runs.forget_reports(run[outcome != _GOES_ON_BEHIND])

    def _log(self, event: int, requests: Requests, decisions: Decisions, key: luck.Keys, index: Int64s) -> None:
        rule = decisions.rule.take(index).astype(np.int64)
        displaced = decisions.displaced_by.take(index).astype(np.int64)
        self.engine.sink.log_contact(
            event,
            requests.customer.take(index),
            requests.time.take(index),
            key.take(index),
            self.payloads.run_key(requests.run.take(index)),
            requests.site.take(index) + self.first_site,
            decisions.reason.take(index).astype(np.int64),
            _among_all(rule, self.engine.first_rule),
            _among_all(displaced, self.engine.first_source),
        )

    def _hold(self, requests: Requests, decisions: Decisions, index: Int64s, cohort: Cohort) -> None:
        """Come back at ``until``; the whole decision is taken anew then.

        What waits for the end of a pause is not held by the policy: that time uses up no ``for_at_most``.
        """
        engine, runs = self.engine, self.engine.runs
        run, until, now = requests.run.take(index), decisions.until.take(index), requests.time.take(index)
        chained = (run > 0).nonzero()[0]
        part = run.take(chained)
        first = runs.held_since.take(part) == NO_TIME
        runs.held_since[part[first]] = now.take(chained)[first]
        if engine.program.pauses:
            paused = decisions.reason.take(index).take(chained) == REASON_CODE["paused"]
            runs.held_since[part] += np.where(paused, until.take(chained) - now.take(chained), 0)
        displaced = decisions.reason.take(index).take(chained) == REASON_CODE["main_chain"]
        runs.displaced[part] = displaced
        runs.any_displaced[runs.customer.take(part[displaced]) - engine.first_customer] = True
        if runs.held_by.size:
            runs.held_by[0, part] = decisions.rule.take(index).take(chained) + 1
        runs.due[part] = until.take(chained)
        payload = without_world_bits(cohort.payload.take(index))
        engine.agenda.push(engine.kind + SEND, requests.customer.take(index), until, cohort.key.take(index), payload)

    def _drop(self, requests: Requests, decisions: Decisions, index: Int64s) -> Resolved:
        """Runs go on: to the next rung, as ghosts, or behind the step; a false ``while`` ends them, ghosts too."""
        index = index[requests.run.take(index) > 0]
        run, time, site = (column.take(index) for column in (requests.run, requests.time, requests.site))
        reason = decisions.reason.take(index)
        self._resolved(run, self.engine.sites.channel.take(site))
        outcome = _OUTCOME_OF_REASON.take(reason)
        ghosts = (outcome == _GOES_ON_AS_SENT).nonzero()[0]
        if ghosts.size:
            part = requests.take(index.take(ghosts))
            outcome[ghosts[part.time >= decisions.expires.take(index.take(ghosts))]] = _GOES_ON_BEHIND
            outcome[ghosts[self.engine.gates.validity.condition_fails(part)]] = _ENDED
        ends = outcome == _ENDED
        if some(ends):
            self.engine.run_life.end_runs(run[ends], time[ends], "condition")
            run, time, site, outcome = run[~ends], time[~ends], site[~ends], outcome[~ends]
        unseen = (outcome == _GOES_ON_AS_SENT).nonzero()[0]
        if unseen.size:
            self._withhold(run.take(unseen), time.take(unseen), site.take(unseen))
            live = (self.engine.runs.state.take(run) == SENDING).nonzero()[0]
            run, time, outcome = run.take(live), time.take(live), outcome.take(live)
        return run, time, outcome

    def _withhold(self, run: Int64s, time: Int64s, site: Int64s) -> None:
        """Messages kept back to compare: for their own runs they went out, arrived and are never answered.

        What waits for a visit counts as sent only: nothing was shown.
        """
        runs, sites = self.engine.runs, self.engine.sites
        bits, arrives = sites.bits(site), (~sites.in_app.take(site)).nonzero()[0]
        runs.withheld[0, run] |= bits
        runs.bounced[run] = False
        run, bits = run.take(arrives), bits.take(arrives)
        runs.withheld[1, run] |= bits
        self.note_tracked(run, site.take(arrives), bits)
        self.engine.reactions.on_withheld_delivery(run, time.take(arrives), site.take(arrives))

    def note_tracked(self, run: Int64s, site: Int64s, bits: luck.Keys) -> None:
        """Messages arrived: of which of them an open would be reported."""
        tracked = self.engine.runs.tracked
        if tracked.size:
            tracked[0, run] |= np.where(self.engine.sites.reports_opens.take(site), bits, np.uint64(0))

    def _resolved(self, run: Int64s, channel: Int64s) -> None:
        """The contact was decided for good: the run's next one on the channel has the next ordinal."""
        count_resolved(self.engine.runs, run, channel)
        self._use_up_held(run, channel)
        self.engine.runs.held_since[run] = NO_TIME
        self.engine.runs.displaced[run] = False
        if self.engine.runs.held_by.size:
            self.engine.runs.held_by[0, run] = 0
        self.engine.runs.forget_reports(run)

    def _use_up_held(self, run: Int64s, channel: Int64s) -> None:
        """A contact that was held may have been told on another of its channels: that number is not given again."""
        runs, sites = self.engine.runs, self.engine.sites
        first = self.site_of_run(run) - self.first_site
        group = sites.group.take(first)
        several = ((group > 1) & (runs.held_since.take(run) != NO_TIME)).nonzero()[0]
        for offset in range(greatest(group.take(several)) if several.size else 0):
            part = several[group.take(several) > offset]
            other = sites.channel.take(first.take(part) + offset)
            index = (other != channel.take(part)).nonzero()[0]
            count_resolved(runs, run.take(part.take(index)), other.take(index))

    def _send(self, requests: Requests, key: luck.Keys) -> Resolved:
        engine, runs, sites = self.engine, self.engine.runs, self.engine.sites
        customer, time, site, run = requests.customer, requests.time, requests.site, requests.run
        channel = sites.channel.take(site)
        engine.gates.note(customer, time, site, run, "attempted")
        engine.throughput.use(customer, channel)
        engine.observed.note_sent(channel, customer, time)
        if engine.observed.learns_channels:
            # What waits in the slot says nothing yet: it counts once it was shown (:mod:`strategies.contact_reports`).
            observed = engine.observed
            observed.count_on_channel(observed.channel_sends, channel, customer, ~sites.in_app.take(site))
        engine.observed.remember(_SENT, customer, time)
        if engine.reader.segments.events >> _SENT & 1:
            engine.reader.segments.note(Occurrence(_SENT, customer, time, key, None, site))
        cost = sites.cost.take(site)
        reason: Int64s | int = 0
        content: Int64s | int = 0
        if engine.personal is not None:
            content, reason = engine.personal.contents(customer, time, site, run)
        engine.sink.log_contact(_SENT, customer, time, key, self.payloads.run_key(run), site + self.first_site, reason)
        if some(cost):
            engine.sink.contact_cost(customer, time, cost)
            engine.budget.spend(customer, cost, site)
        chained = (run > 0).nonzero()[0]
        part = run.take(chained)
        if chained.size:
            runs.sent[part] |= sites.bits(site.take(chained))
            runs.bounced[part] = False
            self._resolved(part, channel.take(chained))
        self._refused = []
        payload = with_world_bits(self.payloads.pack(run, requests.due_first, site), np.asarray(content))
        if engine.slot is not None:
            engine.slot.put(customer, time, key, payload, requests.due_first)
        self.port.deliver(customer, time, key, payload)
        self._note_accepted(customer, time, site, run)
        # A run may have been ended by what the delivery brought (an exit on bounced, say).
        live = (runs.state.take(part) == SENDING).nonzero()[0]
        part = part.take(live)
        outcome = np.where(runs.bounced.take(part), _OUTCOMES.index("unreachable"), _GOES_ON_AS_SENT).astype(np.int8)
        return part, time.take(chained).take(live), outcome

    def _note_accepted(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s) -> None:
        """What the provider did not bounce on the spot counts as sent."""
        if self._refused:
            refused = np.concatenate(self._refused) - self.engine.first_customer
            self._is_refused[refused] = True
            index = (~self._is_refused.take(customer - self.engine.first_customer)).nonzero()[0]
            self._is_refused[refused] = False
            customer, time, site, run = (column.take(index) for column in (customer, time, site, run))
        self.engine.gates.note(customer, time, site, run, "sent")

    # ------------------------------------------------------------------ from outside

    def refused(self, customer: Int64s) -> None:
        """The provider bounces contacts of these customers."""
        self._refused.append(customer)

    def withdraw(self, run: Int64s, time: Int64s) -> None:
        """The runs end while their contacts wait: log what is withdrawn (contacts not yet due are not)."""
        runs = self.engine.runs
        asked = (runs.held_since.take(run) != NO_TIME).nonzero()[0]
        if asked.size == 0:
            return
        run, time = run.take(asked), time.take(asked)
        customer, site = runs.customer.take(run), self.site_of_run(run) - self.first_site
        site = self.alternatives.chosen(customer, time, site)
        key = contact_keys(runs, run, self.engine.sites.channel.take(site))
        reason = REASON_CODE["run_ended"]
        self.engine.sink.log_contact(_DROPPED, customer, time, key, runs.key.take(run), site + self.first_site, reason)

    def site_of_run(self, run: Int64s) -> Int64s:
        """Site (over all arms) of the contact that runs in state SENDING ask for."""
        pc = self.engine.runs.pc.take(run).astype(np.int64)
        return self.engine.interpreter.operations.a.take(pc)

    def order(self, payload: Int64s, chain_ranks: Int64s) -> Int64s:
        """Arbitration: priority, then earlier entry, then name."""
        payloads = self.payloads
        rank = chain_ranks.take(self.engine.sites.chain.take(payloads.site(payload)))
        run = payloads.run(payload)
        entry = np.where(run > 0, self.engine.runs.entry.take(run), payloads.due(payload))
        return (rank >> 16) << 46 | (entry + (1 << 31)) << SOURCE_BITS | (rank & MAX_SOURCES - 1)

    def still_waits(self, payload: Int64s, due: int) -> Bools:
        """Whether queued contacts are still asked for: campaigns always, runs while they wait at ``due``."""
        run, runs = self.payloads.run(payload), self.engine.runs
        waits: Bools = (run == 0) | ((runs.state.take(run) == SENDING) & (runs.due.take(run) == due))
        return waits

    def log_held(
        self,
        customer: Int64s,
        time: Int64s,
        key: luck.Keys,
        payload: Int64s,
        site: Int64s,
        reason: Int64s,
        rule: Int64s,
    ) -> None:
        """Contacts that wait are held by something else from now on; nothing is decided anew.

        key: of the contacts.  rule: local codes.
        """
        engine = self.engine
        run_key, nobody = self.payloads.run_key(self.payloads.run(payload)), np.full(customer.size, -1)
        engine.sink.log_contact(
            _HELD, customer, time, key, run_key, site + self.first_site, reason, rule + engine.first_rule, nobody
        )

    def come_back(self, customer: Int64s, time: Int64s, key: luck.Keys, payload: Int64s) -> None:
        """These contacts leave the queue of a limited channel and are examined anew at their times."""
        engine = self.engine
        run = self.payloads.run(payload)
        chained = run > 0
        engine.runs.due[run[chained]] = time[chained]
        engine.agenda.push(engine.kind + SEND, customer, time, key, payload)
