"""Staying away: chains that start when an event has not come for a while."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import NEVER
from sim.kernel.short import distinct
from strategies.chain_triggers import InactivityTrigger
from strategies.kinds import AWAY, moment, numbers_of
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.signs import channel_of, event_of
from strategies.vocabulary import CHANNELS, EVENT_CODE

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_INACTIVE_AT_START = luck.purpose("strategies.inactive_at_start")
_INACTIVITY = luck.purpose("strategies.inactivity")
_INACTIVE_OF_AT_START = luck.purpose("strategies.inactive_of_at_start")
_INACTIVITY_OF = luck.purpose("strategies.inactivity_of")


class _Missing(NamedTuple):
    """A group of chains that misses an event.  channels: (channels,) whether each may report it; None for any."""

    number: int
    missed: InactivityTrigger
    channels: Bools | None

    def positions(self, customer: Int64s, channel: Int64s | None) -> Int64s:
        """Positions of the customers to whom the event, reported by these channels, is one that is missed."""
        if self.channels is None:
            return np.arange(customer.size)
        return np.arange(0) if channel is None else self.channels.take(channel).nonzero()[0]


def _channels(missed: InactivityTrigger, event: int) -> Bools | None:
    """(channels,) which must report an event for it to be missed; None for any."""
    names = {channel_of(sign) for sign in missed.of if EVENT_CODE[event_of(sign)] == event}
    return None if "" in names else np.array([name in names for name in CHANNELS])


class Inactivity:
    """Customers of one arm who may be missed.

    Each missed event leaves a row on the agenda at the end of the period; whoever came back meanwhile is not
    missed then.
    """

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        self._groups: dict[InactivityTrigger, list[int]] = {}
        """What is missed → chains by priority."""
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if isinstance(trigger, InactivityTrigger):
                self._groups.setdefault(trigger, []).append(index)
        self._looked = np.full((len(self._groups), self.engine.customers), NEVER, np.int32)
        """When it was last found out that a customer stayed away; missed events may come twice in a second."""
        self._missing: dict[int, list[_Missing]] = {}
        """Event → the groups that miss it, by their numbers."""
        for number, missed in enumerate(self._groups):
            for event in dict.fromkeys(EVENT_CODE[event_of(sign)] for sign in missed.of):
                self._missing.setdefault(event, []).append(_Missing(number, missed, _channels(missed, event)))
        self.events = self._missing.keys()

    def watch(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, channel: Int64s | None = None) -> None:
        """After an event that some chain misses when it stays away: look again when the period is over.

        channel: (n,) the one that reported it.
        """
        for group in self._missing[event]:
            index = group.positions(customer, channel)
            if index.size:
                # Several events may share the key of their cause: a message opened and clicked, points that expire.
                own = _own_luck(key.take(index), _INACTIVITY, _INACTIVITY_OF, group.missed, event)
                self._look_again(group.number, customer.take(index), time.take(index) + group.missed.period, own)

    def _look_again(self, number: int, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        self.triggers.at(customer, time, key, moment(AWAY, number))

    def begin(self, time: int) -> None:
        """Look for the inactive of the past; unless told to enter, whoever waits already does not flood the chains."""
        engine = self.engine
        customer = self.triggers.everybody()
        enters = engine.program.scenario.at_start.backlog == "enter"
        for number, (missed, chains) in enumerate(self._groups.items()):
            last = engine.observed.last_sign(missed.of, customer)
            due = last + missed.period
            if enters:
                due = np.maximum(due, time)
            index = ((last != NEVER) & (due >= time)).nonzero()[0]
            already = customer[(last != NEVER) & (due < time)]
            for chain in chains:
                engine.refusals.at_start(chain, already, time)
            part = customer.take(index)
            keys = engine.keys.luck.take(part)
            key = _own_luck(keys, _INACTIVE_AT_START, _INACTIVE_OF_AT_START, missed, EVENT_CODE[event_of(missed.of[0])])
            self._look_again(number, part, due.take(index), key)

    def on_moment(self, cohort: Cohort) -> None:
        """Start the chains of those who really stayed away for the whole period."""
        numbers = numbers_of(cohort.payload)
        groups = list(self._groups.items())
        for number in distinct(numbers):
            missed, chains = groups[number]
            part = cohort.where(numbers == number)
            last = self.engine.observed.last_sign(missed.of, part.customer)
            looked = self._looked[number].take(part.customer - self.engine.first_customer)
            part = part.where((last + missed.period <= part.time) & (looked != part.time))
            if part.size:
                self._looked[number, part.customer - self.engine.first_customer] = part.time
                self.triggers.fire(chains, Occurrence(NO_EVENT, part.customer, part.time, part.key))


def _own_luck(
    key: luck.Keys, of_one: luck.Purpose, of_several: luck.Purpose, missed: InactivityTrigger, event: int
) -> luck.Keys:
    """Keys of looking again after an event, apart from those of all others that miss it or something else too."""
    if len(missed.of) == 1 and not channel_of(missed.of[0]):
        return luck.child(key, of_one, event << 40 | missed.period)
    told = hashlib.blake2b(" ".join(missed.of).encode(), digest_size=7).digest()
    return luck.child(luck.child(key, of_several, int.from_bytes(told, "little")), of_one, event << 40 | missed.period)
