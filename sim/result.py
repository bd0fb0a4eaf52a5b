"""What the simulation of one block of worlds gives back: plain arrays, no statistics.

A block holds some replications (bases) of all arms.  World order: arm-major, then replication; the
silent arm is the last arm.  Customers of world w stand at [w*n, (w+1)*n).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from strategies.actions import WebhookCalls

OUTCOME_MONEY = ("revenue", "contribution", "contact_cost", "offer_cost", "points_owed")
"""Outcome columns in int64 money units (1/10,000)."""

OUTCOME_COUNTS = ("orders", "repeat_orders", "sent", "delivered", "opened", "clicked", "impressions")
"""Outcome columns counted per customer (int32).

``revenue`` is what was paid less what was paid back for returns; ``contribution`` is order value × margin −
offer cost − contact cost − what returns had contributed and cost (fixed cost of the scenario is
per arm and stands in the manifest).  ``repeat_orders`` are orders of customers with an earlier order.
``points_owed`` is what unspent loyalty points are worth at the end, active or not yet: no part of ``contribution``,
which is charged with points when they pay."""

DAILY_COUNTS = ("reachable_email", "reachable_any", "truly_reachable_email", "customers")
"""Daily course, counts of customers at the day's end: may be written to by e-mail, by any channel, as the company sees
it; by e-mail with a mailbox that works, which no company sees; all."""


@dataclass(frozen=True)
class SiteTable:
    """Contact sites of all arms: site → arm index, channel, chain (campaign), step path, message."""

    arm: NDArray[np.int16]
    channel: tuple[str, ...]
    chain: tuple[str, ...]
    step: tuple[str, ...]
    message: tuple[str, ...]
    purpose: tuple[str, ...]


@dataclass(frozen=True)
class PlaceTable:
    """How often live runs came to each place of the visible arms' chains; all (rows,).

    arm, chain (index into ``BlockResult.chain_names``), path, count (rows, bases) int64.
    """

    arm: NDArray[np.int16]
    chain: NDArray[np.int16]
    path: tuple[str, ...]
    count: NDArray[np.int64]


@dataclass(frozen=True)
class EventRows:
    """One part of the event log; all arrays (m,).  Codes index :mod:`strategies.vocabulary` and the name tables."""

    world: NDArray[np.int32]
    customer: NDArray[np.int32]
    time: NDArray[np.int64]
    event: NDArray[np.uint8]
    contact: NDArray[np.int64]
    """0 where the row belongs to no contact."""
    run: NDArray[np.int64]
    """0 where the row belongs to no chain run."""
    site: NDArray[np.int16]
    """-1 for none."""
    chain: NDArray[np.int16]
    """Index into ``BlockResult.chain_names``; -1 for none (also set for chain_entered/exited rows without a site)."""
    reason: NDArray[np.uint8]
    rule: NDArray[np.int16]
    """Index into ``BlockResult.rule_names``; -1 for none."""
    displaced_by: NDArray[np.int16]
    """Index into ``BlockResult.chain_names``; -1 for none."""
    category: NDArray[np.int16]
    """Code of the event's text attributes (:class:`strategies.vocabulary.Attribute`); -1 for none."""
    value: NDArray[np.int64]
    """The event's number, fixed-point ×10,000 as money is; minimum int64 for none."""


NO_VALUE = np.iinfo(np.int64).min


@dataclass(frozen=True)
class BlockResult:
    """Everything that one block brings.

    outcomes: name → (W*n,) arrays: OUTCOME_MONEY int64, OUTCOME_COUNTS int32, ``control`` bool,
        ``unsubscribed``, ``unsubscribed_<channel>`` and ``complained`` bool.
    counts: name → (m,) arrays, a sparse table: ``world`` int32, ``control`` int8 (0/1), ``day`` int32,
        ``site`` int16 (-1: not a contact), ``chain`` int16 (events of chain runs only, else -1),
        ``event`` uint8, ``reason`` uint8 (of ``sent``: ``broken`` or ``fallback``), ``count`` int64, ``value`` int64
        money.
        Rows of event ``order`` carry what was paid in ``value``, of ``returned`` what was paid back; other
        money by day stands in ``daily``.
    daily: name → (W, 2, D) int64 by (world, control, day from start): DAILY_COUNTS, money columns
        ``contribution``, ``revenue``, ``contact_cost``, ``offer_cost``, and ``fatigue_micro`` (sum over
        customers of fatigue in 1e-6 at the day's end).
    inbox: (W, D) float64, the share of e-mail that reached the inbox on that day.
    customers: name → (bases*n,) arrays of what a company sees at the start.
    customers_latent: the same for the truth.
    events: parts of the log (empty with log='none').
    """

    arms: int
    bases: tuple[int, ...]
    customers_per_world: int
    horizon_days: int
    tail_days: int
    sites: SiteTable
    places: PlaceTable
    chain_names: tuple[str, ...]
    rule_names: tuple[str, ...]
    texts: dict[str, tuple[str, ...]]
    """Vocabularies of text attributes: name → texts in code order."""
    outcomes: dict[str, NDArray[np.generic]]
    counts: dict[str, NDArray[np.generic]]
    daily: dict[str, NDArray[np.int64]]
    inbox: NDArray[np.float64]
    customers: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    customers_latent: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    events: tuple[EventRows, ...] = ()
    shared_path: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    """Recorded shared state: name → array whose first axis is the settlement number."""
    refusals: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    """Columns of :meth:`sim.refusals.RefusalTally.table`; empty with log='none'."""
    webhooks: tuple[WebhookCalls, ...] = ()
    """Calls of webhooks, each customer's in order."""
    rows_handled: int = 0
    rounds: int = 0
