"""Synthetic run tables with known truth: a small generator, no simulator.

Customers have a keyed spend that all arms share; an arm adds its own effect and its own small luck, so
that paired differences are far tighter than independent ones.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from experiments.tables import SILENT, RunTables

DAY = 86_400


@dataclass(frozen=True)
class MadeArm:
    """What an arm does: mean effect on contribution per customer, messages, shares of answers."""

    name: str
    effect: float = 0.0
    messages: float = 10.0
    unsubscribe: float = 0.02
    platform_cost: float = 0.0
    tail_share: float = 0.25
    """Part of the money that falls into the tail."""
    noise: float = 10.0
    """Standard deviation of an arm's own luck, in contribution per customer."""


ARMS = (MadeArm("calm"), MadeArm("loud", effect=8.0, messages=18.0, unsubscribe=0.06))


def made_tables(
    arms: tuple[MadeArm, ...] = ARMS,
    replications: int = 6,
    customers: int = 400,
    control: float = 0.2,
    seed: int = 7,
    horizon: int = 20,
    tail: int = 10,
    silent: bool = True,
    log: bool = True,
) -> RunTables:
    """Tables of a run in memory.  Effects are against the silent arm, whose customers get one message at most."""
    quiet = min(arm.noise for arm in arms)
    everybody = (*arms, MadeArm(SILENT, messages=0.0, unsubscribe=0.0, noise=quiet)) if silent else arms
    parts: dict[str, list[pl.DataFrame]] = {"outcomes": [], "aggregates": [], "daily": [], "events": []}
    for replication in range(replications):
        luck = np.random.default_rng([seed, replication])
        spend = luck.gamma(0.5, 400.0, customers)
        held = luck.random(customers) < control
        for position, arm in enumerate(everybody):
            own = np.random.default_rng([seed, replication, position])
            frame = _outcomes(arm, replication, spend, held, own)
            parts["outcomes"].append(frame)
            parts["aggregates"].append(_aggregates(arm, frame, horizon))
            parts["daily"].append(_daily(arm, frame, horizon, tail))
            parts["events"].append(_events(arm, frame))
    manifest = {
        "format": 1,
        "seed": seed,
        "horizon_days": horizon,
        "tail_days": tail,
        "arms": [{"arm": a.name, "file": f"{a.name}.yaml", "platform_cost": a.platform_cost} for a in arms],
    }
    joined = {name: pl.concat(frames) for name, frames in parts.items()}
    return RunTables(
        manifest,
        joined["outcomes"].lazy(),
        joined["aggregates"].lazy(),
        joined["daily"],
        joined["events"].lazy() if log else None,
    )


def write_run(tables: RunTables, folder: Path) -> Path:
    """The same as a run folder."""
    (folder / "events").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(dict(tables.manifest)))
    tables.outcomes.collect().write_parquet(folder / "outcomes.parquet")
    tables.aggregates.collect().write_parquet(folder / "aggregates.parquet")
    tables.daily.write_parquet(folder / "daily.parquet")
    if tables.events is not None:
        tables.events.collect().write_parquet(folder / "events" / "part-00000.parquet")
    return folder


def _outcomes(
    arm: MadeArm, replication: int, spend: np.ndarray[Any, Any], held: np.ndarray[Any, Any], own: np.random.Generator
) -> pl.DataFrame:
    count = len(spend)
    sent = np.where(held, 0, own.poisson(arm.messages, count))
    delivered = own.binomial(sent, 0.97)
    opened = own.binomial(delivered, 0.25)
    clicked = own.binomial(opened, 0.12)
    left = (own.random(count) < arm.unsubscribe) & ~held
    contact = 0.1 * sent
    revenue = spend + np.where(held, 0.0, (arm.effect + own.normal(0.0, arm.noise, count)) / 0.35)
    orders = np.floor(spend / 300.0).astype(np.int32)
    return pl.DataFrame(
        {
            "arm": arm.name,
            "replication": np.full(count, replication, np.int32),
            "customer": np.arange(count, dtype=np.int64),
            "control": held,
            "orders": orders,
            "repeat_orders": np.maximum(orders - 1, 0),
            "revenue": revenue,
            "contribution": 0.35 * revenue,
            "contact_cost": contact,
            "offer_cost": np.zeros(count),
            "sent": sent.astype(np.int32),
            "delivered": delivered.astype(np.int32),
            "opened": opened.astype(np.int32),
            "clicked": clicked.astype(np.int32),
            "unsubscribed": left,
            "unsubscribed_email": left,
            "complained": left & (own.random(count) < 0.2),
        }
    )


def _aggregates(arm: MadeArm, frame: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """E-mail takes everything; one chain ``welcome`` with one message ``hello``."""
    rows = []
    for control in (False, True):
        group = frame.filter(pl.col("control") == control)
        counts = {
            "sent": group["sent"].sum(),
            "delivered": group["delivered"].sum(),
            "bounced": group["sent"].sum() - group["delivered"].sum(),
            "opened": group["opened"].sum(),
            "click": group["clicked"].sum(),
            "unsubscribed": group["unsubscribed"].sum(),
            "complained": group["complained"].sum(),
        }
        counts |= {"chain_entered": group.height, "goal_reached": int((group["orders"] > 0).sum())}
        for event, count in counts.items():
            for day, part in ((0, count // 2), (horizon - 1, count - count // 2)):
                rows.append((arm.name, frame["replication"][0], int(control), day, "email", "welcome", "steps[0]",
                             "hello", event, part, 0.0))  # fmt: skip
    names = ["arm", "replication", "control", "day", "channel", "chain", "step", "message", "event", "count", "value"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("replication").cast(pl.Int32), pl.col("count").cast(pl.Int64)
    )


def _daily(arm: MadeArm, frame: pl.DataFrame, horizon: int, tail: int) -> pl.DataFrame:
    weights = np.concatenate(
        [np.full(horizon, (1.0 - arm.tail_share) / horizon), np.full(tail, arm.tail_share / max(tail, 1))]
    )
    weights /= weights.sum()
    parts = []
    for control in (False, True):
        group = frame.filter(pl.col("control") == control)
        days = horizon + tail
        lost = np.minimum(np.arange(1, days + 1) / horizon, 1.0) * float(group["unsubscribed"].sum())
        columns: dict[str, Any] = {
            "arm": arm.name,
            "replication": np.full(days, frame["replication"][0], np.int32),
            "control": np.full(days, int(control)),
            "day": np.arange(days, dtype=np.int32),
            "reachable_email": np.round(0.8 * group.height - lost),
            "truly_reachable_email": np.round(0.78 * group.height - lost),
            "reachable_any": np.round(0.9 * group.height - lost),
            "customers": np.full(days, group.height),
        }
        for name in ("contribution", "revenue", "contact_cost", "offer_cost"):
            columns[name] = float(group[name].sum()) * weights
        columns["fatigue"] = np.full(days, 0.05 * float(group["sent"].mean() or 0.0))  # type: ignore[arg-type]
        columns["inbox"] = np.full(days, 0.97 - 0.001 * arm.messages)
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


def _events(arm: MadeArm, frame: pl.DataFrame) -> pl.DataFrame:
    """A click on day 1 of everybody who clicked; an order of the same on day 2 and of everybody on day 9."""
    clickers = frame.filter(pl.col("clicked") > 0)
    buyers = frame.filter(pl.col("orders") > 0)
    parts = [
        _rows(clickers, "click", DAY, "email", "welcome", None),
        _rows(clickers, "order", 2 * DAY, None, None, 100.0),
        _rows(buyers, "order", 9 * DAY, None, None, 100.0),
    ]
    return pl.concat(parts)


def _rows(
    who: pl.DataFrame, event: str, time: int, channel: str | None, chain: str | None, value: float | None
) -> pl.DataFrame:
    return who.select(
        "arm",
        "replication",
        "customer",
        pl.lit(time, dtype=pl.Int64).alias("time"),
        pl.lit(event).alias("event"),
        pl.lit(channel, dtype=pl.String).alias("channel"),
        pl.lit(chain, dtype=pl.String).alias("chain"),
        pl.lit(value, dtype=pl.Float64).alias("value"),
        pl.lit(None, dtype=pl.String).alias("reason"),
    )
