"""Rungs of cascades that runs never came to, and why (a listing of ``crmsim ledger``)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from experiments.cascades import Place, places_of
from experiments.contact_log import WORLD, ContactLog
from experiments.figures import figure_text
from experiments.listing import Cell, Column, Listing
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL
from strategies.after_drop import way_on
from strategies.vocabulary import DAY, REASONS

_COLUMNS = (
    Column("", "Rung"),
    *(Column(name, "") for name in ("chain", "step", "channel", "message")),
    Column("runs", "Runs that came to the cascade", "number"),
    Column("asked", "Asked for", "share"),
    Column("stopped", "Earlier rung stopped", "share"),
    Column("answered", "Answered before", "share"),
    Column("ended", "Run ended before", "share"),
    Column("waiting", "Still under way", "share"),
    Column("why", "Mostly not asked for"),
)
_WAYS = ("asked", "stopped", "answered", "ended", "waiting")
_WORDS = {
    "stopped": "an earlier rung was stopped",
    "answered": "an answer came before",
    "ended": "the run ended before",
    "waiting": "the run was under way",
}
_NOTE = (
    "Earlier rung stopped: by the policy, which ends the cascade unless the rung says on_capped: next. Answered "
    "before: what next_unless names came or held. A rung that was asked for may still not be sent: see By step."
)
MOST_REASONS = 2
"""So many reasons are told why a rung was not asked for."""


def rungs(log: ContactLog, level: float = LEVEL) -> Listing:
    """Listing ``rungs``: every rung but the first of every cascade, runs that lived, within the horizon."""
    title = "Why runs did not ask for later rungs of a cascade, per 1,000 customers"
    return Listing("rungs", title, _COLUMNS, list(_rows(log, level)), _NOTE, optional=True)


def why_not_asked(log: ContactLog) -> dict[tuple[str, str], str]:
    """(chain, path) of each later rung → why runs did not ask for it, in words with counts of all replications."""
    places = places_of(log.scenario.chains)
    if not places:
        return {}
    stops = _stops(log, places)
    return {
        (chain, path): words
        for (chain, path), place in places.items()
        if place.number and (words := _in_words(_of_rung(stops, chain, place).filter(pl.col("way") != "asked")))
    }


def _in_words(missed: pl.DataFrame) -> str:
    """``12 × an earlier rung was stopped (cap weekly)``, the commonest first."""
    counts = missed.group_by("way", pl.col("why").fill_null("")).agg(pl.len().alias("n"))
    rows = counts.sort("n", "way", "why", descending=[True, False, False]).iter_rows()
    return "; ".join(f"{n} × {_WORDS[way]}{f' ({why})' if why else ''}" for way, why, n in rows)


def _of_rung(stops: pl.DataFrame, chain: str, place: Place) -> pl.DataFrame:
    """The runs that came to the cascade of a rung; ``way``: ``asked`` where they asked for the rung."""
    mine = stops.filter((pl.col("chain") == chain) & (pl.col("cascade") == place.rungs[0].send.path))
    asked = pl.col("number") >= place.number
    return mine.with_columns(pl.when(asked).then(pl.lit("asked")).otherwise(pl.col("way")).alias("way"))


def _rows(log: ContactLog, level: float) -> Iterator[list[Cell]]:
    places = places_of(log.scenario.chains)
    if not places:
        return
    people = log.by_replication(log.customers) / 1_000.0
    stops = _stops(log, places)
    for (chain, path), place in places.items():
        if not place.number:
            continue
        mine = _of_rung(stops, chain, place)
        total = log.by_replication(mine)
        reasons = mine.filter(pl.col("way").is_in(("stopped", "ended")))["why"].drop_nulls().value_counts()
        foremost = reasons.sort("count", "why", descending=[True, False])["why"].head(MOST_REASONS).to_list()
        counts = {
            why: log.by_replication(mine, (pl.col("way") != "asked") & (pl.col("why") == why)) for why in foremost
        }
        send = place.rung.send
        yield [
            f"{chain} {path}: {'/'.join(send.channels)} {send.message}",
            chain,
            path,
            ", ".join(send.channels),
            send.message,
            rate(total, people, level),
            *(plain_share(log.by_replication(mine, pl.col("way") == way), total, level) for way in _WAYS),
            ", ".join(f"{why} {figure_text(rate(count, people, level), 'number')}" for why, count in counts.items()),
        ]


def _stops(log: ContactLog, places: dict[tuple[str, str], Place]) -> pl.DataFrame:
    """One row per run and cascade: the ``number`` of the last rung asked for, and for the later ones ``way``, ``why``.

    What next_unless names may be the customer's own action, which a log of contacts does not have.  So a run that went
    on behind a message that was sent is taken to be answered, unless it ended by something else within the wait.  A
    condition of next_unless is also asked where a rung did not go out, so it held for a run that went no further there.
    """
    table = pl.DataFrame(
        [
            (chain, path, place.rungs[0].send.path, place.number, place.rung.wait, place.rung.send.on_capped == "stay",
             bool(place.rung.unless))
            for (chain, path), place in places.items()
        ],
        schema={"chain": pl.String, "step": pl.String, "cascade": pl.String, "number": pl.Int64, "wait": pl.Int64,
                "stays": pl.Boolean, "asks": pl.Boolean},
        orient="row",
    )  # fmt: skip
    run = [*WORLD, "run"]
    contact = pl.col("event").is_in(("held", "dropped", "sent")) & pl.col("run").is_not_null()
    held_out = log.events.filter(contact & (pl.col("reason") == "holdout"))
    asked = log.events.filter(contact).join(held_out, on=run, how="anti", maintain_order="left")
    last = (
        asked.join(table, on=["chain", "step"], maintain_order="left")
        .group_by(*run, "chain", "cascade", maintain_order=True)
        .agg(pl.col("number", "event", "reason", "rule", "time", "wait", "stays", "asks").last())
    )
    ends = log.events.filter(pl.col("event") == "chain_exited").select(
        *run, pl.col("time").alias("ended_at"), pl.col("reason").fill_null("finished").alias("end")
    )
    later = asked.group_by(run).agg(pl.col("time").max().alias("latest"))
    rows = last.join(ends, on=run, how="left", maintain_order="left").join(later, on=run, maintain_order="left")
    dropped, over = pl.col("event") == "dropped", pl.col("time") + pl.col("wait").fill_null(0)
    stopping = [reason for reason in REASONS if way_on(reason) == "dropped" and reason != "run_ended"]
    unreachable = [reason for reason in REASONS if way_on(reason) == "unreachable"]
    beyond = (pl.col("end") == "finished") | (pl.coalesce("ended_at", pl.lit(log.manifest.days * DAY)) > over)
    answered = (pl.col("event") == "sent") & (beyond | (pl.col("latest") > pl.col("time"))).fill_null(False)
    left_at_once = dropped & pl.col("asks") & pl.col("reason").is_in([*stopping, *unreachable])
    way = (
        pl.when(dropped & pl.col("stays") & pl.col("reason").is_in(stopping))
        .then(pl.lit("stopped"))
        .when(answered | left_at_once)
        .then(pl.lit("answered"))
        .when(pl.col("end").is_not_null())
        .then(pl.lit("ended"))
        .otherwise(pl.lit("waiting"))
    )
    stopped_by = pl.concat_str(pl.col("reason"), pl.lit(" ") + pl.col("rule"), ignore_nulls=True)
    return rows.with_columns(way.alias("way")).with_columns(
        pl.when(pl.col("way") == "stopped").then(stopped_by).when(pl.col("way") == "ended").then("end").alias("why")
    )
