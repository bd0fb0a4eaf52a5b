"""From the arrays of a simulated block to tables with names (DESIGN, Interfaces: run folder).

Names are looked up with one gather per column; money becomes float64 currency units here and
nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.tables import SILENT
from sim.kernel.calendar import NEVER
from sim.result import DAILY_COUNTS, NO_VALUE, OUTCOME_COUNTS, OUTCOME_MONEY, BlockResult, EventRows, SiteTable
from strategies.conditions import Column
from strategies.vocabulary import EVENT_MAP, EVENTS, MONEY_UNIT, REASONS, REFUSALS

Codes = NDArray[Any]

EVENT_COLUMNS = (
    *("arm", "replication", "customer", "time", "event", "contact", "run", "channel", "chain", "step", "message"),
    *("reason", "rule", "displaced_by", "category", "value"),
)
"""Columns of ``events/part-*.parquet`` in order."""


@dataclass(frozen=True)
class Names:
    """Names of what a block's arrays hold as codes.

    arms: all arms in world order, the silent one, where there is one, last.
    replications: (bases,) int32, replication of each base of the block.
    """

    arms: tuple[str, ...]
    replications: NDArray[np.int32]
    customers_per_world: int

    @classmethod
    def of(cls, arms: Sequence[str], result: BlockResult) -> Names:
        """Names for ``result``; ``arms`` are the visible arms."""
        return cls((*arms, SILENT)[: result.arms], np.array(result.bases, dtype=np.int32), result.customers_per_world)

    @property
    def worlds(self) -> int:
        """Number of worlds in the block."""
        return len(self.arms) * len(self.replications)

    def of_worlds(self, world: Codes) -> list[pl.Series]:
        """Columns ``arm`` and ``replication`` of world indices ``world``: (m,) int."""
        arm_of_world = np.repeat(np.arange(len(self.arms), dtype=np.uint32), len(self.replications))
        replication_of_world = np.tile(self.replications, len(self.arms))
        return [_named("arm", self.arms, arm_of_world[world]), pl.Series("replication", replication_of_world[world])]


def _named(column: str, names: Sequence[str], codes: Codes) -> pl.Series:
    """The name of each code; null for -1 and for the empty name."""
    table = pl.Series(column, [name or None for name in names] + [None], dtype=pl.Categorical)
    # -1 becomes the largest unsigned number, which the minimum turns into the null at the table's end
    return table.gather(np.minimum(codes.astype(np.uint32), np.uint32(len(names))))


def _money(column: str, values: NDArray[np.int64]) -> pl.Series:
    """Currency units of money; null where there is none."""
    series = pl.Series(column, values / MONEY_UNIT)
    missing = values == NO_VALUE
    return series.set(pl.Series(missing), None) if missing.any() else series


def _origin(result: BlockResult, chain: Codes, site: Codes) -> pl.Series:
    """The chain of each row; of a contact without a chain run its campaign."""
    # Arms may share names, so a chain's code is not the place of its name.
    names = list(dict.fromkeys([*result.chain_names, *result.sites.chain]))
    of_chain = np.array([*map(names.index, result.chain_names), -1], dtype=np.int16)
    of_site = np.array([*map(names.index, result.sites.chain), -1], dtype=np.int16)
    return _named("chain", names, np.where(chain < 0, of_site[site], of_chain[chain]))


def text_attributes(texts: Mapping[str, tuple[str, ...]], event: Codes, category: Codes) -> pl.Series:
    """Text attributes in words; of an event with several of them all, as in ``delivery, solved``."""
    names: list[str] = []
    first = np.zeros(len(EVENT_MAP), np.int64)
    begins: dict[tuple[str, ...], int] = {}
    for code, type_ in enumerate(EVENT_MAP):
        kinds = tuple(one.texts for one in type_.attributes.values() if one.slot == "category")
        if kinds not in begins:
            begins[kinds] = len(names)
            vocabularies = [texts.get(kind, ()) for kind in kinds]
            # The first attribute has the lowest digits of the code, so it varies fastest.
            if kinds:
                names += [", ".join(filter(None, reversed(words))) for words in product(*reversed(vocabularies))]
        first[code] = begins[kinds]
    return _named("category", names, np.where(category < 0, -1, first.take(event) + category))


def _nonzero(column: str, values: NDArray[np.int64]) -> pl.Series:
    return pl.Series(column, values).set(pl.Series(values == 0), None)


def _site_columns(sites: SiteTable, site: Codes, names: Sequence[str]) -> list[pl.Series]:
    return [_named(name, getattr(sites, name), site) for name in names]


def outcomes(names: Names, result: BlockResult) -> pl.DataFrame:
    """One row per arm, replication and customer."""
    n = names.customers_per_world
    columns = [
        *names.of_worlds(np.repeat(np.arange(names.worlds), n)),
        pl.Series("customer", np.tile(np.arange(n, dtype=np.int64), names.worlds)),
        pl.Series("control", result.outcomes["control"]),
        *(pl.Series(name, result.outcomes[name].astype(np.int32)) for name in OUTCOME_COUNTS),
        *(_money(name, result.outcomes[name].astype(np.int64)) for name in OUTCOME_MONEY),
    ]
    written = {column.name for column in columns}
    return pl.DataFrame(columns + [pl.Series(name, v) for name, v in result.outcomes.items() if name not in written])


def aggregates(names: Names, result: BlockResult) -> pl.DataFrame:
    """Counts and money by arm, replication, control, day, event and contact site, sorted so."""
    counts: dict[str, Any] = dict(result.counts)
    frame = pl.DataFrame(
        [
            *names.of_worlds(counts["world"]),
            pl.Series("control", counts["control"].astype(np.bool_)),
            pl.Series("day", counts["day"].astype(np.int32)),
            *_site_columns(result.sites, counts["site"], ("channel",)),
            _origin(result, counts["chain"], counts["site"]),
            *_site_columns(result.sites, counts["site"], ("step", "message")),
            _named("event", EVENTS, counts["event"]),
            _named("reason", REASONS, counts["reason"]),
            pl.Series("count", counts["count"].astype(np.int64)),
            _money("value", counts["value"].astype(np.int64)),
        ]
    )
    return frame[np.lexsort([counts[key] for key in ("reason", "chain", "site", "event", "day", "control", "world")])]


def daily(names: Names, result: BlockResult) -> pl.DataFrame:
    """One row per arm, replication, control and day; groups without customers are left out.

    ``fatigue`` is the mean over customers at the day's end, ``inbox`` the share of e-mail that
    reached the inbox (null where undefined), money in currency units.
    """
    worlds, groups, days = result.daily["customers"].shape
    flat = {name: values.reshape(-1) for name, values in result.daily.items()}
    columns = [
        *names.of_worlds(np.repeat(np.arange(worlds), groups * days)),
        pl.Series("control", np.tile(np.repeat(np.arange(groups) == 1, days), worlds)),
        pl.Series("day", np.tile(np.arange(days, dtype=np.int32), worlds * groups)),
        *(pl.Series(name, flat[name]) for name in DAILY_COUNTS),
        *(_money(name, flat[name]) for name in ("contribution", "revenue", "contact_cost", "offer_cost")),
        pl.Series("fatigue", flat["fatigue_micro"] / 1e6 / np.maximum(flat["customers"], 1)),
        pl.Series("inbox", np.repeat(result.inbox[:, None, :], groups, axis=1).reshape(-1)).fill_nan(None),
    ]
    return pl.DataFrame(columns).filter(pl.col("customers") > 0)


def steps(names: Names, result: BlockResult) -> pl.DataFrame:
    """How many live runs came to each place of a chain: arm, replication, chain, step, runs."""
    places, bases = result.places, names.replications.size
    return pl.DataFrame(
        [
            _named("arm", names.arms, np.repeat(places.arm, bases)),
            pl.Series("replication", np.tile(names.replications, len(places.path))),
            _named("chain", result.chain_names, np.repeat(places.chain, bases)),
            pl.Series("step", np.repeat(np.array(places.path, object), bases), dtype=pl.String),
            pl.Series("runs", places.count.reshape(-1)),
        ]
    )


def customers(names: Names, columns: dict[str, NDArray[np.generic]]) -> pl.DataFrame:
    """One row per replication and customer; ``columns``: name → (bases*n,), dates NEVER where there is none."""
    dates = [name for name in columns if name == "registered" or name.startswith("consented_")]
    n = names.customers_per_world
    return pl.DataFrame(
        [
            pl.Series("replication", np.repeat(names.replications, n)),
            pl.Series("customer", np.tile(np.arange(n, dtype=np.int64), len(names.replications))),
            *(pl.Series(name, values) for name, values in columns.items()),
        ]
    ).with_columns(pl.when(pl.col(name) != NEVER).then(pl.col(name)).alias(name) for name in dates)


def events(names: Names, result: BlockResult) -> Iterator[pl.DataFrame]:
    """The parts of the event log, decoded one at a time."""
    for rows in result.events:
        yield _event_part(names, result, rows)


def _event_part(names: Names, result: BlockResult, rows: EventRows) -> pl.DataFrame:
    return pl.DataFrame(
        [
            *names.of_worlds(rows.world),
            pl.Series("customer", rows.customer.astype(np.int64)),
            pl.Series("time", rows.time),
            _named("event", EVENTS, rows.event),
            _nonzero("contact", rows.contact),
            _nonzero("run", rows.run),
            *_site_columns(result.sites, rows.site, ("channel", "step", "message")),
            _origin(result, rows.chain, rows.site),
            _named("reason", REASONS, rows.reason),
            _named("rule", result.rule_names, rows.rule),
            _named("displaced_by", result.chain_names, rows.displaced_by),
            text_attributes(result.texts, rows.event, rows.category),
            _money("value", rows.value),
        ]
    ).select(EVENT_COLUMNS)


def refusals(names: Names, result: BlockResult) -> pl.DataFrame:
    """Why chains were not entered: a row per visible arm, replication, customer, chain, reason and part.

    ``count`` occurrences of the trigger, the ``first`` and the ``last`` of them in seconds since the start.
    """
    found: dict[str, Any] = dict(result.refusals)
    frame = pl.DataFrame(
        [
            *names.of_worlds(found["world"]),
            pl.Series("customer", found["customer"]),
            _named("chain", result.chain_names, found["chain"]),
            _named("reason", REFUSALS, found["reason"]),
            *(pl.Series(name, found[name]) for name in ("part", "count", "first", "last")),
        ]
    )
    return frame.filter(pl.col("arm").cast(pl.String) != SILENT)


def webhook_lines(names: Names, result: BlockResult) -> list[str]:
    """One JSON object per call of a webhook, by arm, replication and customer, each customer's in order."""
    origin = names.of_worlds(np.arange(names.worlds))
    arms, replications = (column.to_list() for column in origin)
    lines: list[tuple[int, str]] = []
    for call in result.webhooks:
        columns = [_plain_values(column) for column in call.values]
        paths = [path for path, _ in call.step.fields]
        for row, customer in enumerate(call.customer.tolist()):
            world, number = divmod(customer, names.customers_per_world)
            told = {
                "arm": arms[world],
                "replication": replications[world],
                "customer": number,
                "time": int(call.time[row]),
                "webhook": call.step.name,
                "chain": result.chain_names[call.chain],
                "run": int(call.run[row] >> np.uint64(1)),
                "fields": {path: column[row] for path, column in zip(paths, columns, strict=True)},
            }
            lines.append((customer, json.dumps(told, ensure_ascii=False)))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _plain_values(column: Column) -> list[Any]:
    """Numbers, texts and truth values of a column of the condition language, None for what is not known."""
    known = np.ones(column.values.size, bool) if column.known is None else column.known
    values = column.values.tolist()
    if column.categories is not None:
        texts = column.categories
        return [texts[code] if there else None for code, there in zip(values, known.tolist(), strict=True)]
    whole = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    return [value if there else None for value, there in zip(whole, known.tolist(), strict=True)]
