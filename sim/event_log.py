"""The rows of the event log, gathered by the million."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.result import NO_VALUE, EventRows

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

ROWS_PER_PART = 1_000_000
_SAMPLE = luck.purpose("recorder.log_sample")


class EventLog:
    """Gathers log rows of all worlds into parts.

    customers: of one world.  kept: ``all``, ``contacts`` (contact and chain events only), ``none``, or a share of
    customers as text.
    """

    def __init__(self, customers: int, kept: str) -> None:
        self.customers = customers
        self.keeps_own_actions = kept not in ("contacts", "none")
        self.keeps_contacts = kept != "none"
        self._share = None if kept in ("all", "contacts", "none") else float(kept)
        self._sample: Bools | None = None
        self._buffer: list[tuple[Any, ...]] = []
        self._buffered = 0
        self.parts: list[EventRows] = []

    def open(self, keys: luck.Keys) -> None:
        """Choose the customers of a sample by their keys, (N,)."""
        if self._share is not None:
            self._sample = luck.uniform(keys, _SAMPLE) < self._share

    def append(
        self,
        event: int,
        customer: Int64s,
        time: Int64s,
        contact: luck.Keys | None = None,
        run: luck.Keys | None = None,
        site: Int64s | int = -1,
        chain: Int64s | int = -1,
        reason: NDArray[Any] | int = 0,
        rule: Int64s | int = -1,
        displaced_by: Int64s | int = -1,
        category: Int64s | None = None,
        value: Int64s | None = None,
    ) -> None:
        """Rows of one event; arrays (n,), single numbers for what all have in common.  Nobody may change them later."""
        row: tuple[Any, ...] = (customer, time, contact, run, site, chain, reason, rule, displaced_by, category, value)
        if self._sample is not None:
            keep = self._sample.take(customer).nonzero()[0]
            row = tuple(item.take(keep) if isinstance(item, np.ndarray) else item for item in row)
        n = row[0].size
        if n:
            self._buffer.append((n, event, *row))
            self._buffered += n
            if self._buffered >= ROWS_PER_PART:
                self.flush()

    def flush(self) -> None:
        """Turn the buffered rows into a part of the log."""
        n = self._buffered
        if n == 0:
            return
        part = EventRows(
            world=np.empty(n, np.int32),
            customer=np.empty(n, np.int32),
            time=np.empty(n, np.int64),
            event=np.empty(n, np.uint8),
            contact=np.zeros(n, np.int64),
            run=np.zeros(n, np.int64),
            site=np.empty(n, np.int16),
            chain=np.empty(n, np.int16),
            reason=np.empty(n, np.uint8),
            rule=np.empty(n, np.int16),
            displaced_by=np.empty(n, np.int16),
            category=np.full(n, -1, np.int16),
            value=np.full(n, NO_VALUE, np.int64),
        )
        stacked = np.empty(n, np.int64)
        start = 0
        for (
            rows,
            event,
            customer,
            time,
            contact,
            run,
            site,
            chain,
            reason,
            rule,
            displaced,
            category,
            value,
        ) in self._buffer:
            here = slice(start, start + rows)
            stacked[here], part.time[here], part.event[here] = customer, time, event
            part.site[here], part.chain[here], part.reason[here] = site, chain, reason
            part.rule[here], part.displaced_by[here] = rule, displaced
            if contact is not None:
                part.contact[here] = contact >> np.uint64(1)
            if run is not None:
                part.run[here] = run >> np.uint64(1)
            if category is not None:
                part.category[here] = category
            if value is not None:
                part.value[here] = value
            start += rows
        part.world[:], part.customer[:] = np.divmod(stacked, self.customers)
        self.parts.append(part)
        self._buffer = []
        self._buffered = 0
