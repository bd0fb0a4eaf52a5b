"""The past of a base: simulated once under the neutral policy, kept by hash, copied to all arms.

A past depends on who the customers are (population, seed, base) and on the calendar, not on any
scenario under comparison.  It is kept as one file per base, so that blocks of any size share it.
"""

from __future__ import annotations

import gc
import hashlib
import os
import time as clock
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sim.code import code_digest
from sim.contents import message_table
from sim.kernel import luck
from sim.kernel.agenda import Agenda, choose_bucket
from sim.kernel.calendar import DAY, Calendar
from sim.kernel.columns import Columns, Snapshot
from sim.kernel.shared import SharedState
from sim.kinds import STREAM_KINDS
from sim.population_file import Population
from sim.recorder import Silence
from sim.world import World
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.kinds import FIRST_KIND
from strategies.neutral import CHANNELS_OF_THE_PAST, neutral_policy
from strategies.observed import LAST, OPTIONAL, Observed
from strategies.scenario import Scenario
from strategies.signs import CHANNEL_SIGNS, channel_of, event_of
from strategies.vocabulary import CHANNEL_CODE

ROWS_PER_CUSTOMER_DAY = 0.3
"""Rough number of agenda rows, to choose the bucket; results do not depend on it."""

_MUCH_MEMORY = 10_000
"""Customers of a past from which on its memory is worth the time of looking for it."""

KEPT_DAYS = 30
"""Days that a past is kept without being used."""

_TABLES = 400 * DAY
"""So far beyond the start the past knows the calendar and the rhythm of visits.  Within a year, whatever the weights of
the months, comes the week of mean intensity by which a visit may follow a message; visits out of habit or for a job may
lie later, but are drawn anew."""


@dataclass(frozen=True)
class Past:
    """State of ``bases`` worlds at the start: columns, pending rows of what was caused before it, orders.

    pending: ``customer`` (stacked over the bases), ``time``, ``key``, ``payload``, ``kind``; however late they come
    (mail and visits under way, deliveries, supplies that run out, subscriptions that end).
    orders: ``customer``, ``time``, ``value`` of all orders so far.
    shared_path: recorded shared state of the past, name → (settlements, bases, …).
    """

    bases: int
    columns: Snapshot
    pending: dict[str, NDArray[Any]]
    orders: dict[str, NDArray[Any]]
    shared_path: dict[str, NDArray[Any]]


def columns_for(past: Past, mine: Collection[str]) -> Snapshot:
    """What of the past a run takes over; mine: names of its columns.

    The past had messages on one channel only, so whatever a channel reported then was reported by that one.
    """
    kept = {name: old for name, old in past.columns.items() if name in mine or not name.startswith(OPTIONAL)}
    for sign in CHANNEL_SIGNS:
        if LAST + sign in mine and channel_of(sign) in CHANNELS_OF_THE_PAST:
            kept[LAST + sign] = past.columns[LAST + event_of(sign)]
    return kept


def base_roots(seed: int, bases: Sequence[int], what: int) -> luck.Keys:
    """(bases,) root keys of the bases: ``what`` 1 who the customers are, 2 what happens to them."""
    return np.array([luck.root(seed, what, base) for base in bases], np.uint64)


def past_of(
    population: Population,
    scenario: Scenario,
    customers: int,
    seed: int,
    bases: Sequence[int],
    cache: Path | None = None,
    bucket: int | None = None,
    replay: dict[str, NDArray[Any]] | None = None,
) -> Past:
    """The past of the bases, from the cache where it holds them.

    replay: recorded shared path of these bases' past; such a past is not cached.
    """
    if replay is not None:
        return _simulate(population, scenario, customers, seed, bases, bucket, replay)
    parts: dict[int, Past] = {}
    paths = {base: _path(cache, population, scenario, customers, seed, base) for base in bases}
    for base, path in paths.items():
        found = None if path is None else _load(path)
        if found is not None:
            parts[base] = found
    missing = tuple(base for base in bases if base not in parts)
    if missing:
        simulated = _simulate(population, scenario, customers, seed, missing, bucket, None)
        if customers * len(missing) >= _MUCH_MEMORY:
            gc.collect()  # the finished world holds itself in cycles, and the arms need its memory
        for number, base in enumerate(missing):
            path = paths[base]
            if path is not None:
                _save(path, _one(simulated, number, customers))
        if cache is not None:
            _forget_old(cache)
        if len(missing) == len(paths):
            return simulated
        parts.update({base: _one(simulated, number, customers) for number, base in enumerate(missing)})
    return _join([parts[base] for base in bases], customers)


def _simulate(
    population: Population,
    scenario: Scenario,
    customers: int,
    seed: int,
    bases: Sequence[int],
    bucket: int | None,
    replay: dict[str, NDArray[Any]] | None,
) -> Past:
    """Simulate the history of all bases, stacked, up to time 0."""
    columns = Columns(len(bases), customers)
    history = scenario.at_start.history
    begin = -(-history // DAY) * -DAY
    shared = SharedState(replay)
    observed = Observed(columns)
    calendar = Calendar(scenario.start, begin // DAY, _TABLES // DAY)
    length = bucket or choose_bucket(columns.size * ROWS_PER_CUSTOMER_DAY, DAY)
    agenda = Agenda(columns.size, length, begin, end=None)
    nobody = np.zeros(columns.size, np.uint64)
    observed.remember_first_sent(CHANNEL_CODE[name] for name in CHANNELS_OF_THE_PAST)
    hub = Hub(columns, observed, agenda, calendar, CustomerKeys(nobody, nobody), Silence())
    engine = hub.add(neutral_policy(scenario.start, scenario.population), 0, len(bases))
    world = World(
        columns=columns,
        observed=observed,
        agenda=agenda,
        shared=shared,
        population=population,
        calendar=calendar,
        hub=hub,
        recorder=Silence(),
        messages=message_table([engine.program], population),
        begin=begin,
        end=_TABLES,
    )
    hub.connect(world)
    world.populate(base_roots(seed, bases, 1), base_roots(seed, bases, 2))
    hub.keys.luck[:] = world.luck_keys
    world.open_streams(begin)
    hub.declare_shared(shared, begin)
    shared.start(agenda)
    agenda.every(DAY, engine.day, begin)
    engine.begin(begin)
    if begin < 0:
        agenda.run(0)
    pending = _survivors(agenda.pending())
    customer, time, value = observed.book.arrays()
    orders = {"customer": customer, "time": time, "value": value}
    return Past(len(bases), columns.snapshot(), pending, orders, shared.path())


def _survivors(pending: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Rows that outlive the start: neither streams, which are drawn anew, nor the neutral policy's plans."""
    keep = (pending["kind"] < FIRST_KIND) & ~np.isin(pending["kind"], STREAM_KINDS)
    rows = {name: column[keep] for name, column in pending.items()}
    # A fixed order makes the saved past, and everything copied from it, independent of the bucket.
    sequence = np.lexsort((rows["payload"], rows["key"], rows["kind"], rows["time"], rows["customer"]))
    return {name: column[sequence] for name, column in rows.items()}


def _one(past: Past, number: int, customers: int) -> Past:
    """One base of a stacked past."""
    columns: Snapshot = {}
    for name, array in past.columns.items():
        if name.startswith("world:"):
            columns[name] = array[number : number + 1].copy()
        else:
            columns[name] = array[..., number * customers : (number + 1) * customers].copy()
    path = {name: values[:, number : number + 1].copy() for name, values in past.shared_path.items()}
    pending, orders = (_customers_of(rows, number, customers) for rows in (past.pending, past.orders))
    return Past(1, columns, pending, orders, path)


def _customers_of(rows: Mapping[str, NDArray[Any]], number: int, customers: int) -> dict[str, NDArray[Any]]:
    mine = rows["customer"] // customers == number
    part = {name: column[mine] for name, column in rows.items()}
    part["customer"] = part["customer"] - number * customers
    return part


def _join(parts: Sequence[Past], customers: int) -> Past:
    columns: Snapshot = {}
    for name in parts[0].columns:
        axis = 0 if name.startswith("world:") else -1
        columns[name] = np.concatenate([part.columns[name] for part in parts], axis=axis)
    return Past(
        len(parts),
        columns,
        _stack([part.pending for part in parts], customers),
        _stack([part.orders for part in parts], customers),
        {n: np.concatenate([part.shared_path[n] for part in parts], axis=1) for n in parts[0].shared_path},
    )


def _stack(parts: Sequence[Mapping[str, NDArray[Any]]], customers: int) -> dict[str, NDArray[Any]]:
    moved = [{**part, "customer": part["customer"] + number * customers} for number, part in enumerate(parts)]
    return {name: np.concatenate([part[name] for part in moved]) for name in moved[0]}


# ---------------------------------------------------------------------- the cache


def _path(
    cache: Path | None, population: Population, scenario: Scenario, customers: int, seed: int, base: int
) -> Path | None:
    if cache is None:
        return None
    identity = past_identity(population)
    code = code_digest("sim", "strategies")
    text = f"{code}|{np.__version__}|{identity}|{scenario.start}|{scenario.at_start}|{customers}|{seed}|{base}"
    return cache / f"past-{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.npz"


def past_identity(population: Population) -> str:
    """Everything of a population that decides about the past, as text (its file's name does not)."""
    decisive = [item.name for item in fields(population) if item.name not in ("file", "about")]
    return repr({name: getattr(population, name) for name in decisive})


def _save(path: Path, past: Past) -> None:
    """Keep a past.  Where there is no room for it, it is not kept, which costs the time of simulating it again."""
    arrays: dict[str, Any] = {f"column:{name}": array for name, array in past.columns.items()}
    arrays.update({f"pending:{name}": array for name, array in past.pending.items()})
    arrays.update({f"orders:{name}": array for name, array in past.orders.items()})
    arrays.update({f"path:{name}": array for name, array in past.shared_path.items()})
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _forget_old(cache: Path) -> None:
    """Delete the pasts that no run has used for KEPT_DAYS: those of other code are never used again."""
    oldest = clock.time() - KEPT_DAYS * DAY
    for file in cache.glob("past-*"):
        with suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()


def _load(path: Path) -> Past | None:
    """The past in the file; None where there is none, or one that is damaged, which is deleted."""
    tables: dict[str, dict[str, NDArray[Any]]] = {"column": {}, "pending": {}, "orders": {}, "path": {}}
    try:
        os.utime(path)  # used today
        with np.load(path, allow_pickle=False) as saved:
            for name in saved.files:
                table, _, key = name.partition(":")
                tables[table][key] = saved[name]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, EOFError, TypeError, RuntimeError, BadZipFile, zlib.error):
        path.unlink(missing_ok=True)
        return None
    return Past(1, tables["column"], tables["pending"], tables["orders"], tables["path"])
