"""The rows of the event log, gathered by the million."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.result import NO_VALUE, EventRows

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

ROWS_PER_PART = 1_000_000
_SAMPLE = luck.purpose("recorder.log_sample")
_MORE: tuple[tuple[str, int, type], ...] = (
    ("contact", 0, np.uint64),
    ("run", 0, np.uint64),
    ("site", -1, np.int16),
    ("chain", -1, np.int16),
    ("reason", 0, np.uint8),
    ("rule", -1, np.int16),
    ("displaced_by", -1, np.int16),
    ("category", -1, np.int16),
    ("value", NO_VALUE, np.int64),
)
"""Columns that most rows leave empty, in the order of :meth:`EventLog.append`: (name, value for nothing, type)."""


class EventLog:
    """Gathers log rows of all worlds into parts.

    customers: of one world.  kept: ``all``, ``contacts`` (contact and chain events only), ``none``, or a share of
    customers as text.  spool: folder on whose disk finished parts wait to be read; None: in memory.
    """

    def __init__(self, customers: int, kept: str, spool: Path | None = None) -> None:
        self.customers = customers
        self._spool = spool
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

    def kept(self, customer: Int64s) -> Int64s:
        """Positions of the customers whose decisions the log keeps."""
        if not self.keeps_contacts:
            return np.empty(0, np.int64)
        if self._sample is None:
            return np.arange(customer.size)
        return self._sample.take(customer).nonzero()[0]

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
        buffer, self._buffer, self._buffered = self._buffer, [], 0
        sizes = np.array([row[0] for row in buffer])
        stops = sizes.cumsum()
        world, customer = np.divmod(np.concatenate([row[2] for row in buffer]), self.customers)
        columns: dict[str, NDArray[Any]] = {
            "world": world.astype(np.int32),
            "customer": customer.astype(np.int32),
            "time": np.concatenate([row[3] for row in buffer]),
            "event": np.repeat(np.array([row[1] for row in buffer], np.uint8), sizes),
        }
        for place, (name, nothing, type_) in enumerate(_MORE, start=4):
            column = columns[name] = np.full(n, nothing, type_)
            for row, size, stop in zip(buffer, sizes.tolist(), stops.tolist(), strict=True):
                value = row[place]
                if value is not None and not (isinstance(value, int) and value == nothing):
                    column[stop - size : stop] = value
        for name in ("contact", "run"):
            columns[name] = (columns[name] >> np.uint64(1)).astype(np.int64)
        if self._spool is not None:
            try:
                columns = _on_disk(columns, self._spool)
            except OSError:  # no room there, or no right to write: this part and those to come stay in memory
                self._spool = None
        self.parts.append(EventRows(**columns))


def _on_disk(columns: dict[str, NDArray[Any]], folder: Path) -> dict[str, NDArray[Any]]:
    """The same columns, read from a nameless file in the folder, which is gone when nobody refers to them any more.

    The widest columns come first, so that each is aligned in memory; all are views of one map, which holds one file
    descriptor.  Raises OSError where the folder cannot hold them.
    """
    widest_first = sorted(columns, key=lambda name: -columns[name].itemsize)
    mapped: dict[str, NDArray[Any]] = {}
    with TemporaryFile(dir=folder) as file:
        for name in widest_first:
            columns[name].tofile(file)
        file.flush()
        rows = np.memmap(file, np.uint8, "r").view(np.ndarray)
    begin = 0
    for name in widest_first:
        end = begin + columns[name].nbytes
        mapped[name] = rows[begin:end].view(columns[name].dtype)
        begin = end
    return mapped
