"""The contact policy: one decision point for every contact, with a reason.

The order of the gates is the language's ('The order of decisions'): address and consent → control
and holdout → suppression and sunset → chain condition and validity → main chain → caps → gaps and
pauses → quiet hours → budget.  Throughput follows in :mod:`strategies.throughput`.  The first gate
that blocks a contact decides: it waits until the gate may open (then everything is examined anew)
or is dropped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, Calendar, next_minute
from strategies.context import FieldReader, Rows
from strategies.counting import CAMPAIGN, LastContact, Ring
from strategies.decisions import Decisions, Requests
from strategies.mainchain import MainChain
from strategies.observed import NEVER, Observed
from strategies.program import Program
from strategies.runs import NO_TIME, RunTable
from strategies.scenario import Cap, Scenario
from strategies.sites import SiteColumns
from strategies.vocabulary import CHANNEL_CODE, EVENT_CODE

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def _rule_names(scenario: Scenario) -> tuple[str, ...]:
    """Names of the rows that may hold or drop a contact, in the order of the gates."""
    policy = scenario.policy
    names = [f"sunset[{number}]" for number in range(len(policy.sunset))]
    names += ["one_main_chain"] if policy.one_main_chain else []
    names += [cap.name for cap in policy.caps]
    names += [f"min_gap.{kind}" for kind in ("any", "same_topic", "same_offer")] if policy.min_gap else []
    names += [f"pause_after.{event}" for event, _ in policy.pause_after.events] if policy.pause_after else []
    names += ["quiet_hours"] if policy.quiet_hours else []
    names += ["budget"] if policy.budget else []
    names += [f"throughput.{name}" for name, settings in scenario.channels.items() if settings.throughput is not None]
    return tuple(names)


class _Counted(NamedTuple):
    """Which contacts a cap counts, at which stage; caps that count the same share a ring."""

    channels: tuple[str, ...]
    purposes: tuple[str, ...]
    topics: tuple[str, ...]
    chains: tuple[str, ...]
    stage: str


class ContactPolicyGates:
    """The gates of one arm's contact policy and what they remember.

    ``rules``: names of the policy's rows, in the order of their local codes.
    """

    def __init__(
        self,
        program: Program,
        sites: SiteColumns,
        observed: Observed,
        runs: RunTable,
        reader: FieldReader,
        calendar: Calendar,
        control: Bools,
        first_customer: int,
        customers: int,
    ) -> None:
        self.program = program
        self.policy = program.scenario.policy
        self.sites = sites
        self.observed = observed
        self.runs = runs
        self.reader = reader
        self.calendar = calendar
        self.control = control
        self.first_customer = first_customer
        self.main_chain = (
            MainChain(program, sites, runs, control, first_customer) if self.policy.one_main_chain else None
        )
        self.rules = _rule_names(program.scenario)
        self.over_budget = np.zeros(0, bool)
        """(worlds of this arm,) bool, set at the daily settlement."""
        self._make_memory(customers)

    def rule(self, name: str) -> int:
        """Local code of a policy row."""
        return self.rules.index(name)

    def _make_memory(self, customers: int) -> None:
        """Rings for the caps (shared by caps that count the same contacts) and last contacts for the gaps."""
        depths: dict[_Counted, int] = {}
        self._ring_of: list[_Counted] = []
        for cap in self.policy.caps:
            counted = _Counted(cap.scope.channels, cap.scope.purposes, cap.scope.topics, cap.scope.chains, cap.counts)
            depth = max([cap.maximum, *(maximum for _, maximum in cap.maxima)])
            depths[counted] = max(depths.get(counted, 0), depth)
            self._ring_of.append(counted)
        self.rings = {counted: Ring(depth, customers) for counted, depth in depths.items()}
        self._counted_sites = {
            counted: self.sites.in_scope(counted.channels, counted.purposes, counted.topics, counted.chains)
            & self.sites.counts
            for counted in depths
        }
        gap = self.policy.min_gap
        self.last_any = LastContact(1, customers) if gap and gap.any is not None else None
        topics, offers = len(self.sites.topics), len(self.sites.offers)
        self.last_topic = LastContact(topics, customers) if gap and gap.same_topic and topics else None
        self.last_offer = LastContact(offers, customers) if gap and gap.same_offer and offers else None

    # ------------------------------------------------------------------ deciding

    def decide(self, requests: Requests) -> Decisions:
        """Examine every request; pure, nothing is remembered until :meth:`note`."""
        decisions = Decisions(requests, next_minute(requests.due_first + self.sites.deliver_by.take(requests.site)))
        self._address(requests, decisions)
        self._control(requests, decisions)
        self._sunset(requests, decisions)
        self._conditions(requests, decisions)
        self._main_chain(requests, decisions)
        for number, cap in enumerate(self.policy.caps):
            self._cap(number, cap, requests, decisions)
        self._gaps(requests, decisions)
        self._pauses(requests, decisions)
        self._quiet_hours(requests, decisions)
        self._budget(requests, decisions)
        return decisions

    def reaches(self, customer: Int64s, site: Int64s) -> tuple[Bools, Bools]:
        """(has an address, has the consent its purpose needs) on the site's channel."""
        sites, observed = self.sites, self.observed
        cell = sites.channel.take(site) * observed.customers + customer
        consent = observed.consent.reshape(-1).take(cell)
        if sites.any_service:
            service = observed.service_consent.reshape(-1).take(cell)
            consent = np.where(sites.service.take(site), service, consent)
        return observed.address.reshape(-1).take(cell), consent

    def _obeys(self, family: str, site: Int64s) -> Bools | np.bool_:
        return self.sites.obeys(family, site)

    def _address(self, requests: Requests, decisions: Decisions) -> None:
        address, consent = self.reaches(requests.customer, requests.site)
        if not address.all():
            decisions.drop(~address, "no_address")
        if not consent.all():
            decisions.drop(~consent, "no_consent")

    def _control(self, requests: Requests, decisions: Decisions) -> None:
        obeys = self._obeys("control", requests.site)
        control = self.control.take(requests.customer - self.first_customer) & obeys
        if control.any():
            decisions.drop(control & ~self.sites.control_exempt.take(requests.site), "control")
        if requests.ghost.any():
            decisions.drop(requests.ghost, "holdout")

    def _sunset(self, requests: Requests, decisions: Decisions) -> None:
        for number, sunset in enumerate(self.policy.sunset):
            channel = CHANNEL_CODE[sunset.channel]
            mask = decisions.open & (self.sites.channel.take(requests.site) == channel)
            mask &= self._obeys("suppression", requests.site)
            mask &= self.observed.sends[channel].take(requests.customer) >= sunset.min_sends
            for event in sunset.none_of:
                last = self.observed.last_of(EVENT_CODE[event]).take(requests.customer)
                mask &= last < requests.time - sunset.period
            decisions.drop(mask, "sunset", self.rule(f"sunset[{number}]"))

    def _conditions(self, requests: Requests, decisions: Decisions) -> None:
        """The chain's ``while``, the selection of a campaign that was held, the message's ``deliver_by``."""
        again = (requests.run == 0) & (requests.held_since != NO_TIME)
        decisions.drop(self.condition_fails(requests) | self.leaves_out(requests, again), "condition")
        decisions.drop(requests.time >= decisions.expires, "offer_expired")

    def condition_fails(self, requests: Requests) -> Bools:
        """Where the ``while`` of the contact's chain no longer holds."""
        fails = np.zeros(requests.size, bool)
        for chain, source in enumerate(self.program.chains):
            if source.while_ is None:
                continue
            index = (self.sites.chain.take(requests.site) == chain).nonzero()[0]
            if index.size:
                part = requests.take(index)
                fails[index] = ~self.reader.holds(source.while_, Rows(part.customer, part.time, chain, part.run))
        return fails

    def leaves_out(self, requests: Requests, asked: Bools) -> Bools:
        """Where the contact's campaign does not select the customer, among the rows ``asked`` about."""
        left_out = np.zeros(requests.size, bool)
        if not asked.any():
            return left_out
        for number, campaign in enumerate(self.program.scenario.campaigns, start=len(self.program.chains)):
            if campaign.to is None:
                continue
            index = (asked & (self.sites.chain.take(requests.site) == number)).nonzero()[0]
            if index.size:
                rows = Rows(requests.customer.take(index), requests.time.take(index))
                left_out[index] = ~self.reader.holds(campaign.to, rows)
        return left_out

    def _main_chain(self, requests: Requests, decisions: Decisions) -> None:
        rule = self.policy.one_main_chain
        if rule is None or self.main_chain is None:
            return
        index = (
            decisions.open & self._obeys("main_chain", requests.site) & self.main_chain.binds(requests.site)
        ).nonzero()[0]
        if index.size == 0:
            return
        main = self.main_chain.of(requests.customer.take(index))
        other = (main != 0) & (main != requests.run.take(index))
        index, main = index[other], main[other]
        blocked = np.zeros(requests.size, bool)
        blocked[index] = True
        displaced = self.runs.chain.take(main)
        decisions.displaced_by[index] = displaced
        code = self.rule("one_main_chain")
        campaign = blocked & (requests.run == 0)
        # Runs are woken when the main run ends; a campaign's contact looks again after a day.
        again = np.where(campaign, requests.time + DAY, np.iinfo(np.int64).max // 2)
        if rule.campaigns == "skip":
            decisions.drop(campaign, "main_chain", code)
        elif rule.campaigns == "wait":
            decisions.block(campaign, "main_chain", code, "wait", again, rule.for_at_most)
        decisions.block(blocked & (requests.run != 0), "main_chain", code, rule.others, again, rule.for_at_most)
        decisions.displaced_by[decisions.open] = -1

    def _cap(self, number: int, cap: Cap, requests: Requests, decisions: Decisions) -> None:
        scoped = self.sites.scope_mask(cap.scope)
        obeys = self._obeys("caps", requests.site)
        mask = decisions.open & obeys
        if scoped is not None:
            mask &= scoped.take(requests.site)
        if not mask.any():
            return
        rows = Rows(requests.customer, requests.time)
        if cap.scope.segments:
            inside = np.zeros(requests.size, bool)
            for name in cap.scope.segments:
                inside |= self.reader.in_segment(name, rows)
            mask &= inside
        local = requests.customer - self.first_customer
        ring = self.rings[self._ring_of[number]]
        kth = ring.kth_last(local, self._maximum(cap, rows))
        if cap.rolling is not None:
            full = kth > requests.time - cap.rolling
            until = kth + cap.rolling
        else:
            assert cap.calendar is not None
            zone = self.observed.zone_seconds(requests.customer) if cap.zone == "customer" else np.zeros_like(local)
            now = requests.time + zone
            full = (kth != NEVER) & (kth + zone >= self.calendar.period_start(now, cap.calendar))
            if not full.any():
                return
            until = self.calendar.next_period_start(now, cap.calendar) - zone
        mask &= full
        if mask.any():
            decisions.block(mask, "cap", self.rule(cap.name), cap.then, next_minute(until), cap.for_at_most)

    def _maximum(self, cap: Cap, rows: Rows) -> Int64s | int:
        """The maximum that holds for each customer."""
        if cap.by is None:
            return cap.maximum
        column = self.reader.column_by_path(cap.by, rows)
        names = column.categories or ()
        chosen = dict(cap.maxima)
        # The last place serves the unknown value, whose code is -1.
        table = np.array([*(chosen.get(name, cap.maximum) for name in names), cap.maximum], np.int64)
        return table[column.values.astype(np.int64)]

    def _gaps(self, requests: Requests, decisions: Decisions) -> None:
        gap = self.policy.min_gap
        if gap is None:
            return
        obeys = self._obeys("gaps", requests.site)
        run = np.where(requests.run == 0, CAMPAIGN, requests.run)
        local = requests.customer - self.first_customer
        ignore = gap.own_run == "ignore"
        for memory, label, least, name in (
            (self.last_any, None, gap.any, "min_gap.any"),
            (self.last_topic, self.sites.topic, gap.same_topic, "min_gap.same_topic"),
            (self.last_offer, self.sites.offer, gap.same_offer, "min_gap.same_offer"),
        ):
            if memory is None or least is None:
                continue
            labels = np.zeros_like(local) if label is None else label.take(requests.site)
            until = memory.last(labels, local, run, ignore) + least
            mask = decisions.open & obeys & (labels >= 0) & (until > requests.time)
            if mask.any():
                decisions.block(mask, "gap", self.rule(name), gap.then, next_minute(until), gap.for_at_most)

    def _pauses(self, requests: Requests, decisions: Decisions) -> None:
        pause = self.policy.pause_after
        if pause is None:
            return
        bound = (
            decisions.open
            & self._obeys("pauses", requests.site)
            & self.sites.has_purpose(pause.purposes).take(requests.site)
        )
        for event, period in pause.events:
            until = self.observed.last_of(EVENT_CODE[event]).take(requests.customer).astype(np.int64) + period
            mask = bound & (until > requests.time)
            if mask.any():
                decisions.block(mask, "pause", self.rule(f"pause_after.{event}"), pause.then, next_minute(until))

    def _quiet_hours(self, requests: Requests, decisions: Decisions) -> None:
        quiet = self.policy.quiet_hours
        if quiet is None:
            return
        zone = self.observed.zone_seconds(requests.customer) if quiet.zone == "customer" else 0
        clock = (requests.time + zone) % DAY
        if quiet.begin > quiet.end:
            inside = (clock >= quiet.begin) | (clock < quiet.end)
        else:
            inside = (clock >= quiet.begin) & (clock < quiet.end)
        inside &= decisions.open & self._obeys("quiet_hours", requests.site)
        if inside.any():
            until = requests.time + (quiet.end - clock) % DAY
            decisions.block(inside, "quiet_hours", self.rule("quiet_hours"), quiet.then, next_minute(until))

    def _budget(self, requests: Requests, decisions: Decisions) -> None:
        if self.policy.budget is None or not self.over_budget.any():
            return
        world = (requests.customer - self.first_customer) // (self.control.size // self.over_budget.size)
        paid = self.sites.cost.take(requests.site) > 0
        mask = self.over_budget.take(world) & paid & self._obeys("budget", requests.site)
        decisions.drop(mask, "budget", self.rule("budget"))

    # ------------------------------------------------------------------ remembering

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: str) -> None:
        """Count contacts that reached ``stage`` (``attempted``, ``sent``, ``delivered``) for caps and gaps."""
        local = customer - self.first_customer
        for counted, ring in self.rings.items():
            if counted.stage != stage:
                continue
            inside = self._counted_sites[counted].take(site)
            if inside.all():
                ring.note(local, time)
            else:
                index = inside.nonzero()[0]
                ring.note(local.take(index), time.take(index))
        if stage == "sent":
            self._note_gaps(local, time, site, np.where(run == 0, CAMPAIGN, run))

    def _note_gaps(self, local: Int64s, time: Int64s, site: Int64s, run: Int64s) -> None:
        if not self.sites.counts.all():
            index = self.sites.counts.take(site).nonzero()[0]
            local, time, site, run = (array.take(index) for array in (local, time, site, run))
        if self.last_any is not None:
            self.last_any.note(np.zeros_like(local), local, run, time)
        for memory, labels in ((self.last_topic, self.sites.topic), (self.last_offer, self.sites.offer)):
            if memory is not None:
                label = labels.take(site)
                index = (label >= 0).nonzero()[0]
                memory.note(label.take(index), local.take(index), run.take(index), time.take(index))
