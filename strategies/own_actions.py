"""What customers do themselves comes in here: to the log, the observed columns and the engines of all arms.

Where the data of an arm are faulty, it comes in as far and as late as :mod:`strategies.faults` lets it.
A receipt of a shop is an order that the company knows from the receipt: what becomes of the one becomes of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda
from strategies.data_quality import OWN_ACTIONS
from strategies.engine import CustomerKeys, Engine
from strategies.faults import FaultyData
from strategies.loyalty_programmes import LoyaltyProgrammes
from strategies.observed import Observed
from strategies.occurrence import Occurrence
from strategies.permissions import PERMITTING, Permissions
from strategies.ports import EventSink
from strategies.remembered import remembered_events
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]

_ORDER, _SPENT, _RECEIPT = EVENT_CODE["order"], EVENT_CODE["points_spent"], EVENT_CODE["store_visited"]
_OF_RECEIPT = luck.purpose("world.store.order")
_OWN_ACTIONS = tuple(EVENT_CODE[name] for name in OWN_ACTIONS)


class OwnActions:
    """Customers' own actions, as the strategies of all arms hear of them.

    permissions, programmes: what of all arms follows from them beside the reactions of chains.
    """

    def __init__(
        self,
        observed: Observed,
        agenda: Agenda,
        keys: CustomerKeys,
        sink: EventSink,
        permissions: Permissions,
        programmes: LoyaltyProgrammes,
    ) -> None:
        self.observed, self.sink = observed, sink
        self.permissions, self.programmes = permissions, programmes
        self.faults = FaultyData(agenda, keys.luck, keys.split, self.arrives)
        self._engines: list[Engine] = []
        self._asked: list[set[int]] = []
        """By engine: events whose last time its scenario asks for."""

    def add(self, engine: Engine) -> None:
        """Another engine that reacts."""
        scenario = engine.program.scenario
        self._engines.append(engine)
        self._asked.append({EVENT_CODE[name] for name in remembered_events([scenario])})
        if scenario.data_faults is not None:
            self.faults.add(scenario.data_faults, engine.mine, _OWN_ACTIONS)

    def subscribed(self, event: int) -> bool:
        """Does any active engine react to the event, or ask later when it last happened; may its data be faulty?"""
        return event in self.faults.events or any(
            engine.active and (engine.reactions.reacts_to(event) or event in asked)
            for engine, asked in zip(self._engines, self._asked, strict=True)
        )

    def observe(self, done: Occurrence) -> None:
        """Customers act: log it, remember it, let the engines react."""
        if done.event in self.faults.events:
            fate = self.faults.fates(done)
            self.faults.plan(done, fate)
            self._tell(done, fate, (fate == 0).nonzero()[0])
        else:
            self._tell(done)

    def arrives(self, done: Occurrence, reason: int) -> None:
        """What happened before becomes known now."""
        self._tell(done, reason)

    def _tell(self, done: Occurrence, reason: NDArray[np.uint8] | int = 0, heard: Int64s | None = None) -> None:
        """Log actions, and the orders that receipts are; the company hears of those at ``heard`` (None: of all)."""
        for each in (done, _orders_of(done)) if done.event == _RECEIPT else (done,):
            self._log(each, reason)
            known = each if heard is None else each.take(heard)
            if known.size:
                self.become_known(known)

    def _log(self, done: Occurrence, reason: NDArray[np.uint8] | int = 0) -> None:
        self.sink.log_observed(done.event, done.customer, done.time, done.category, done.value, reason)

    def become_known(self, done: Occurrence) -> None:
        """The company knows of it from now on."""
        event = done.event
        self.observed.remember(event, done.customer, done.time)
        if event == _ORDER:
            assert done.value is not None
            self.observed.note_order(done.customer, done.time, done.value)
        elif event in PERMITTING:
            self.permissions.note(event, done.customer, done.time, done.category)
        elif event == _SPENT:
            assert done.value is not None
            self.programmes.note_spent(done.customer, done.value)
        for engine, part in self._shares(done):
            engine.reactions.on_event(part)
        if event == _ORDER:
            self.programmes.on_order(done)

    def _shares(self, done: Occurrence) -> Iterator[tuple[Engine, Occurrence]]:
        """Engines that react, each with what its customers did."""
        for engine in self._engines:
            if not engine.active or not engine.reactions.reacts_to(done.event):
                continue
            if engine.customers == self.observed.columns.size:
                yield engine, done
                continue
            index = engine.mine.positions(done.customer)
            if index.size:
                yield engine, done.take(index)


def _orders_of(receipts: Occurrence) -> Occurrence:
    """What receipts tell of: orders of the same people and sums in the same second, with luck of their own."""
    return replace(receipts, event=_ORDER, key=luck.child(receipts.key, _OF_RECEIPT))
