"""What the personal blocks of each chain's messages showed (a listing of ``crmsim reach``)."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl

from experiments.contact_log import ContactLog
from experiments.contents import Shown, contents, sent_messages
from experiments.listing import Cell, Column, Listing
from experiments.statistics import LEVEL
from strategies.messages import MOST_BLOCKS

_COLUMNS = (
    Column("", "Message"),
    Column("chain", ""),
    Column("message", ""),
    Column("blocks", "Personal blocks"),
    Column("sent_per_1000", "Sent", "number"),
    Column("broken", "Broken", "share"),
    Column("fallback", "Fallback", "share"),
)
_NOTE = "Broken: a block had no data, and no fallback stands in its place. Fallback: it stood there."


def content_listing(log: ContactLog, level: float = LEVEL, faulty: bool = False) -> list[Listing]:
    """Listing ``contents``, outside the control group; none without such messages, and where they were not counted.

    faulty: only messages of which something is to be pointed out (:attr:`experiments.contents.Shown.faults`).
    """
    entry = next(asdict(entry) for entry in log.manifest.arms if entry.arm == log.arm)
    people = dict(enumerate(log.by_replication(log.customers).tolist()))
    sent = sent_messages(pl.scan_parquet(log.folder / "aggregates.parquet"))
    shown = contents(sent, entry, people, level, by_chain=True)
    rows = [_row(one) for one in shown if one.faults or not faulty]
    what = (
        "Personal messages that often lacked data, or have too many blocks" if faulty else "What personal blocks showed"
    )
    return [Listing("contents", f"{what}, a mean per 1,000 customers", _COLUMNS, rows, _NOTE)] if rows else []


def _row(shown: Shown) -> list[Cell]:
    heavy = f" (overloaded: more than {MOST_BLOCKS})" if shown.overloaded else ""
    return [
        f"{shown.chain}: {shown.message}",
        shown.chain,
        shown.message,
        ", ".join(shown.blocks) + heavy,
        shown.sent,
        shown.broken,
        shown.fallback,
    ]
