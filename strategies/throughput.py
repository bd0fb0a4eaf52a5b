"""Channels with a limited throughput: places are given at the end of each settlement period.

Requests of a period are settled together by (priority, time, key); who gets no place stays in the
queue.  What is recorded and replayed is the cut: the first request of each world that got none.

A limit that the arm's contacts can hardly reach (at least ``SLACK`` times its customers an hour) does not
bind: contacts go out at their own minute, and use above the limit, should it happen, is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.shared import SharedState
from strategies.decisions import HOLD, Decisions, Requests
from strategies.decisions import SEND as SEND_NOW
from strategies.ports import world_bits_of
from strategies.scenario import Scenario
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, HOUR, REASON_CODE

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]

PERIOD = HOUR
SLACK = 4
_WAITING = np.iinfo(np.int64).max // 2


def binding_channels(scenario: Scenario, customers: int) -> dict[int, int]:
    """Channel codes whose limit can bind for a base of ``customers``, with the limit in contacts per hour."""
    limits = {name: settings.throughput for name, settings in scenario.channels.items()}
    return {
        CHANNEL_CODE[name]: limit for name, limit in limits.items() if limit is not None and limit < SLACK * customers
    }


class _Queue:
    """Requests for one channel that wait for a place: customer, priority rank, time, key, payload."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[tuple[Any, ...]] = []

    def rows(self) -> tuple[Any, ...]:
        """All waiting requests as joined columns."""
        return tuple(np.concatenate(column) for column in zip(*self.parts, strict=True))


class Throughput:
    """The limited channels of one arm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.queues: dict[int, _Queue] = {}
        for code, limit in binding_channels(engine.program.scenario, engine.per_world).items():
            self.queues[code] = _Queue(limit)

    def declare(self, shared: SharedState, first: int) -> None:
        """Declare the cut of every limited channel as shared state: (worlds, 3) int64 of the last request granted."""
        for code, queue in self.queues.items():
            name = f"throughput:{self.engine.arm}:{CHANNELS[code]}"
            value = np.zeros((self.engine.worlds, 3), np.int64)

            def settle(time: int, queue: _Queue = queue) -> NDArray[np.int64]:
                return self._cut(queue)

            def after(time: int, queue: _Queue = queue, value: NDArray[np.int64] = value) -> None:
                self._grant(queue, value, time)

            shared.declare(name, PERIOD, value, settle, first, after)

    def request(self, requests: Requests, decisions: Decisions, key: luck.Keys, payload: Int64s) -> None:
        """Contacts that passed every gate on a limited channel queue up, unless they already got a place."""
        for code, queue in self.queues.items():
            mask = (decisions.verdict == SEND_NOW) & (self.engine.sites.channel.take(requests.site) == code)
            mask &= world_bits_of(payload) == 0
            index = mask.nonzero()[0]
            if index.size == 0:
                continue
            decisions.verdict[index] = HOLD
            decisions.reason[index] = REASON_CODE["throughput"]
            decisions.rule[index] = self.engine.gates.rule(f"throughput.{CHANNELS[code]}")
            decisions.until[index] = _WAITING
            part = payload.take(index)
            rank = self.engine.desk.order(part, self.engine.chain_ranks)
            customer = requests.customer.take(index)
            queue.parts.append((customer, rank, requests.time.take(index), key.take(index), part))

    def _cut(self, queue: _Queue) -> NDArray[np.int64]:
        """Rank, time and key of the last request of each world that gets a place."""
        cut = np.full((self.engine.worlds, 3), np.iinfo(np.int64).max, np.int64)
        if not queue.parts:
            return cut
        customer, rank, time, key, _ = queue.rows()
        world = (customer - self.engine.first_customer) // self.engine.per_world
        signed = key.view(np.int64)
        sequence = np.lexsort((signed, time, rank, world))
        place = np.arange(sequence.size) - np.searchsorted(world[sequence], world[sequence], side="left")
        last = sequence[place == queue.limit - 1]
        cut[world[last]] = np.stack([rank[last], time[last], signed[last]], axis=1)
        return cut

    def _grant(self, queue: _Queue, cut: NDArray[np.int64], time: int) -> None:
        if not queue.parts:
            return
        columns = queue.rows()
        customer, rank, asked, key, payload = columns
        world = (customer - self.engine.first_customer) // self.engine.per_world
        signed = key.view(np.int64)
        last_rank, last_time, last_key = cut[world].T
        granted = (rank < last_rank) | (
            (rank == last_rank) & ((asked < last_time) | ((asked == last_time) & (signed <= last_key)))
        )
        queue.parts = [] if granted.all() else [tuple(column[~granted] for column in columns)]
        live = granted & self.engine.desk.still_waits(payload, _WAITING)
        # A customer may have several granted contacts: the agenda's rounds keep them apart.
        self.engine.desk.grant(customer[live], np.full(int(live.sum()), time), key[live], payload[live])
