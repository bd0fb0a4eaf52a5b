"""What customers permit: consents with double opt-in, and the choices of a preference centre.

Everything follows from what forms tell (:mod:`strategies.introduced`) and from observed events: ``registered``,
``subscribed``, ``subscription_confirmed``, ``preferences_changed``.  Which of them need a confirmation, and what may
be chosen, each arm's scenario says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import distinct, some
from strategies.action_steps import SwitchOffTopics
from strategies.arm_customers import ArmCustomers
from strategies.introduced import introduce, told_consents
from strategies.observed import Observed
from strategies.ports import Choices
from strategies.program import Program
from strategies.sites import SiteColumns
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, EVENT_CODE, FREQUENCIES

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_REGISTERED, _SUBSCRIBED, _CONFIRMED, _CHOSEN = (
    EVENT_CODE[name] for name in ("registered", "subscribed", "subscription_confirmed", "preferences_changed")
)
PERMITTING = frozenset((_REGISTERED, _SUBSCRIBED, _CONFIRMED, _CHOSEN))
"""Codes of the events that :meth:`Permissions.note` is for."""

TOPIC_OFF = "topic_off"
"""Vocabulary of the topics that were switched off; its first word, '', stands for none."""
MAX_TOPICS = 64
"""Topics that a preference centre may offer: bits of ``observed.topics_off``."""


@dataclass(frozen=True)
class _Arm:
    """An arm's customers, (channels,) whether a channel has double opt-in, and the bit of each topic code."""

    customers: ArmCustomers
    confirming: Bools
    topic_bit: NDArray[np.uint64]


class Permissions:
    """Keeps consents, registrations and choices of all arms' customers up to date."""

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self._arms: list[_Arm] = []
        self._frequencies: list[int] = []
        self._topics: list[int] = []

    def add(self, program: Program, customers: ArmCustomers) -> None:
        """Another arm with its customers."""
        scenario = program.scenario
        confirming = frozenset(CHANNEL_CODE[name] for name in scenario.double_opt_in)
        self.observed.date_consents(confirming)
        centre = scenario.preference_centre
        offered = 0
        bits = np.zeros(0, np.uint64)
        topics: dict[str, int] = {}
        if any(isinstance(action.step, SwitchOffTopics) for action in program.actions):
            self.observed.keep_given_up()
        if centre is not None:
            self.observed.keep_preferences()
            offered = sum(1 << FREQUENCIES.index(name) for name in centre.frequencies)
            codes = self.observed.learn(TOPIC_OFF, ("", *centre.topics))
            topics = dict(zip(("", *centre.topics), codes.tolist(), strict=True))
            bits = np.zeros(int(codes.max()) + 1, np.uint64)
            arm_topics = SiteColumns(program).topics
            for name in set(centre.topics).intersection(arm_topics):  # the silent arm has the centre, not all messages
                bits[topics[name]] = 1 << arm_topics.index(name)
        if confirming or centre is not None:
            confirmed = np.array([code in confirming for code in range(len(CHANNELS))])
            self._arms.append(_Arm(customers, confirmed, bits))
        self._frequencies += [offered] * len(program.sites)
        self._topics += [topics.get(site.message.topic, 0) for site in program.sites]

    def choices(self) -> Choices:
        """What may be chosen instead of leaving, by contact site of all arms."""
        return Choices(np.array(self._frequencies, np.int64), np.array(self._topics, np.int64))

    def needs_confirmation(self, customer: Int64s, channel: Int64s) -> Bools:
        """Whether these subscriptions count only once they are confirmed."""
        needs = np.zeros(customer.size, bool)
        for arm in self._arms:
            mine = arm.customers.positions(customer)
            needs[mine] = arm.confirming.take(channel.take(mine))
        return needs

    def introduce(self, customer: Int64s, time: Int64s, facts: Int64s) -> None:
        """Let the profile of a form be known, with those of its consents that need no confirmation."""
        introduce(self.observed, customer, facts)
        consents = told_consents(facts)
        for code in range(len(CHANNELS)) if some(consents) else ():
            index = ((consents >> code) & 1).nonzero()[0]
            if self._arms:
                index = index[~self.needs_confirmation(customer.take(index), np.full(index.size, code))]
            if index.size:
                place = np.zeros(index.size, np.int64)
                self.observed.grant(code, place, customer.take(index), time.take(index))

    def note(self, event: int, customer: Int64s, time: Int64s, category: Int64s | None) -> None:
        """Let an observed event change what is permitted."""
        if event == _REGISTERED:
            self.observed.registered[customer] = time
        elif event in (_SUBSCRIBED, _CONFIRMED):
            assert category is not None
            place, channel = np.divmod(category, len(CHANNELS))
            given = np.ones(customer.size, bool)
            if event == _SUBSCRIBED and self._arms:
                given = ~self.needs_confirmation(customer, channel)
            if event == _SUBSCRIBED:
                self.observed.address[channel, customer] = True
                self.observed.service_consent[channel, customer] = True
            for code in distinct(channel[given]):
                index = (given & (channel == code)).nonzero()[0]
                self.observed.grant(code, place.take(index), customer.take(index), time.take(index))
        elif event == _CHOSEN:
            assert category is not None
            self._choose(customer, category)

    def _choose(self, customer: Int64s, category: Int64s) -> None:
        topic, frequency = np.divmod(category, len(FREQUENCIES))
        self.observed.chosen_frequency[customer] = frequency
        for arm in self._arms:
            mine = arm.customers.positions(customer)
            off = mine[topic.take(mine) < arm.topic_bit.size]  # only an arm's own topics have a bit
            if off.size:
                self.observed.topics_off[customer.take(off)] |= arm.topic_bit.take(topic.take(off))
