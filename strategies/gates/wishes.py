"""What customers chose in a preference centre: topics switched off, and how often they want to be written to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import some
from strategies.action_steps import SwitchOffTopics
from strategies.contact_policy import Stage
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import FREQUENCIES

GIVEN_UP = "unsubscribe.topic"
"""Rule of the log for topics that a chain gave up, and not the customer."""

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class TopicsOff:
    """No message about a topic that the customer switched off, or that a chain gave up."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rule = ground.rule("preferences.topics")
        steps = [action.step for action in ground.program.actions]
        self._given_up = ground.rule(GIVEN_UP) if any(isinstance(step, SwitchOffTopics) for step in steps) else None
        self._bound = ground.sites.has_purpose(ground.policy.preferences.purposes) & (ground.sites.topic >= 0)

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what speaks of an unwanted topic."""
        sites, observed = self.ground.sites, self.ground.observed
        if not (observed.keeps_preferences or observed.keeps_given_up):
            return
        bound = (self._bound.take(requests.site) & sites.obeys("preferences", requests.site)).nonzero()[0]
        if not bound.size:
            return
        customer, topic = requests.customer.take(bound), sites.topic.take(requests.site.take(bound))
        for off, rule in ((observed.topics_off, self.rule), (observed.topics_given_up, self._given_up)):
            if rule is None:
                continue
            topics = off.take(customer)
            if some(topics):
                unwanted = ((topics >> topic.astype(np.uint64)) & np.uint64(1)) == 1
                index = bound[unwanted]
                decisions.drop_at(index[decisions.open.take(index)], "preference", rule)


class ChosenFrequency:
    """No message sooner after the last one than the customer wants; in-app messages come to nobody."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.row = row = ground.policy.preferences
        self.rule = ground.rule("preferences.frequency")
        self.least = np.array([{"weekly": row.weekly, "monthly": row.monthly}.get(name, 0) for name in FREQUENCIES])
        """(frequencies,) int64, least seconds between two messages."""
        self._bound = ground.sites.has_purpose(row.purposes) & ~ground.sites.in_app
        self._last: NDArray[np.int32] | None = None
        """(customers,) int32, made once somebody may choose."""

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what comes too soon."""
        sites, observed = self.ground.sites, self.ground.observed
        if not observed.keeps_preferences or self._last is None:
            return
        chosen = observed.chosen_frequency.take(requests.customer)
        if not some(chosen):
            return
        last = self._last.take(self.ground.local(requests.customer))
        until = last.astype(np.int64) + self.least.take(chosen)
        mask = decisions.open & (until > requests.time) & (chosen > 0)
        mask &= self._bound.take(requests.site) & sites.obeys("preferences", requests.site)
        if some(mask):
            row = self.row
            decisions.block(mask, "preference", self.rule, row.then, until, row.for_at_most)

    def note(self, customer: Int64s, time: Int64s, site: Int64s, run: Int64s, stage: Stage) -> None:
        """Remember what was sent, also to those who may choose a frequency later."""
        if stage != "sent" or not self.ground.observed.keeps_preferences:
            return
        if self._last is None:
            self._last = np.full(self.ground.customers, NEVER, np.int32)
        index = self._bound.take(site).nonzero()[0]
        self._last[self.ground.local(customer.take(index))] = time.take(index)
