"""Contact sites of one arm as gatherable columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, next_minute
from strategies.contact_policy import RULE_FAMILIES, Scope
from strategies.observed import Observed
from strategies.program import Program, purpose_codes
from strategies.scenario import ChannelSettings
from strategies.vocabulary import CHANNELS, CHANNELS_THAT_REPORT_OPENS, PURPOSE_CODE, TEMPLATE_CHANNELS

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FOREVER = np.iinfo(np.int64).max // 4
SERVICE_PURPOSES = frozenset({"transactional", "service"})
"""Purposes that need service consent, not marketing consent."""


def _prices(settings: ChannelSettings | None) -> tuple[int, int]:
    """What a contact costs: written freely, and as a template."""
    if settings is None:
        return 0, 0
    return settings.cost, settings.cost if settings.template_cost is None else settings.template_cost


class SiteColumns:
    """Columns by local site: channel, chain, purpose, message, topic and offer (-1 for none), cost.

    position: place of the channel among those of its send; best: the best of them is taken, not the first.
    tries_next, leads_on, next_rung: what ``on_capped: next`` makes of a cap (see :class:`~strategies.program.Site`).
    reports_opens: its channel does; in_app: it waits for a visit; impression_cost: what one impression of it costs;
    paid: either costs something; work: it is work of a team, not a contact with the customer.
    needs_window: only where the customer opened a window for free writing.
    service: the site needs service consent; counts: it counts towards caps and gaps;
    control_exempt: it is sent to the control group too.
    """

    def __init__(self, program: Program) -> None:
        scenario, sites = program.scenario, program.sites
        self.program = program
        versions = [version for message in scenario.messages for version in message.versions]
        self.topics = tuple(sorted({version.topic for version in versions if version.topic}))
        self.offers = tuple(sorted({version.offer for version in versions if version.offer}))
        costs = [_prices(scenario.channels.get(name)) for name in CHANNELS]
        self.channel = self._column([s.channel for s in sites])
        self.chain = self._column([s.chain for s in sites])
        self.bit = self._column([s.message_bit for s in sites])
        self.purpose = self._column([PURPOSE_CODE[s.message.purpose] for s in sites])
        names = sorted({s.message.name for s in sites})
        self.message = self._column([names.index(s.message.name) for s in sites])
        self.topic = self._column([self.topics.index(s.message.topic) if s.message.topic else -1 for s in sites])
        self.offer = self._column([self.offers.index(s.message.offer) if s.message.offer else -1 for s in sites])
        of_team = {team.name: team.cost for team in scenario.teams}
        self.work = np.array([s.work for s in sites], bool)
        made = {row.level: row.each for row in scenario.production}
        self.reports_opens = np.array([CHANNELS[s.channel] in CHANNELS_THAT_REPORT_OPENS for s in sites], bool)
        self.in_app = np.array([program.is_in_app(s) for s in sites], bool)
        self.any_in_app = bool(self.in_app.any())
        price = self._column(
            [
                (of_team[s.team] if s.cost is None else s.cost) if s.team else costs[s.channel][s.message.template]
                for s in sites
            ]
        )
        self.impression_cost = price * self.in_app
        self.cost = price * ~self.in_app
        self.cost += self._column([0 if s.team else made.get(s.message.level, 0) for s in sites])
        self.paid = (self.cost + self.impression_cost) > 0
        self.needs_window = np.array(
            [CHANNELS[s.channel] in TEMPLATE_CHANNELS and not s.message.template for s in sites], bool
        )
        lasts = [s.message.deliver_by for s in sites]
        self._deliver_by = self._column([_FOREVER if by is None or by == "end_of_day" else by for by in lasts])
        self._today_only = np.array([by == "end_of_day" for by in lasts], bool)
        self.group = self._column(program.group)
        self.position = self._column([s.position for s in sites])
        self.best = np.array([s.best for s in sites], bool)
        self.tries_next = np.array([s.tries_next for s in sites], bool)
        self.leads_on = np.array([s.leads_on for s in sites], bool)
        self.next_rung = self._column([s.next_rung for s in sites])
        self.service = np.array([s.message.purpose in SERVICE_PURPOSES for s in sites], bool)
        self.any_service = bool(self.service.any())
        exempt = {row.purpose: row for row in scenario.policy.exempt}
        self.counts = np.array(
            [s.message.purpose not in exempt or exempt[s.message.purpose].counts for s in sites], bool
        )
        rules = scenario.policy.in_app
        self.counts &= ~self.in_app | rules.counts
        self.control_exempt = np.array([s.message.purpose in scenario.control.exempt for s in sites], bool)
        self._obeys: dict[str, Bools | None] = {}
        for family in RULE_FAMILIES:
            obeys = np.array(
                [s.message.purpose not in exempt or family in exempt[s.message.purpose].obeys for s in sites], bool
            )
            obeys &= ~self.in_app | (family in rules.obeys)
            self._obeys[family] = None if obeys.all() else obeys
        self._purpose_masks: dict[tuple[str, ...], Bools] = {}

    @staticmethod
    def _column(values: list[int]) -> Int64s:
        return np.array(values, np.int64)

    def expiry(self, site: Int64s, customer: Int64s, due: Int64s, observed: Observed) -> Int64s:
        """The whole minute from which contacts that first fell due at ``due`` are no longer worth sending."""
        expiry = next_minute(due + self._deliver_by.take(site))
        today = self._today_only.take(site).nonzero()[0]
        if today.size:
            zone = observed.zone_seconds(customer.take(today))
            expiry[today] = ((due.take(today) + zone) // DAY + 1) * DAY - zone
        return expiry

    def bits(self, site: Int64s) -> NDArray[np.uint64]:
        """(n,) each message as a bit set over those of its chain."""
        return np.uint64(1) << self.bit.take(site).astype(np.uint64)

    def obeys(self, family: str, site: Int64s) -> Bools | np.bool_:
        """Whether the contacts obey a family of rules."""
        table = self._obeys[family]
        return np.True_ if table is None else table.take(site)

    def has_purpose(self, purposes: tuple[str, ...]) -> Bools:
        """(sites,) whether the site's message has one of the purposes."""
        if purposes not in self._purpose_masks:
            codes = purpose_codes(purposes)
            self._purpose_masks[purposes] = np.array([int(p) in codes for p in self.purpose], bool)
        return self._purpose_masks[purposes]

    def in_scope(self, scope: Scope) -> Bools:
        """(sites,) whether the site falls under a scope, whoever the customer is; what is empty does not restrict.

        Who names a message speaks of its variants too.
        """
        names = self.program.sources
        return np.array(
            [
                (not scope.channels or CHANNELS[s.channel] in scope.channels)
                and (not scope.purposes or s.message.purpose in scope.purposes)
                and (not scope.topics or s.message.topic in scope.topics)
                and (not scope.chains or names[s.chain].name in scope.chains)
                and (not scope.messages or s.message.name.partition(".")[0] in scope.messages)
                for s in self.program.sites
            ],
            bool,
        )

    def scope_mask(self, scope: Scope) -> Bools | None:
        """(sites,) sites that a policy row speaks of; None when it speaks of all."""
        mask = self.in_scope(scope)
        return None if mask.all() else mask
