"""Why contacts were not sent, or late: the ledger of one arm (``crmsim ledger``).

A contact is what one step of one chain run, or one campaign on one day, asks for.  It is sent at once, held
by rows of the contact policy and sent later, lost (dropped by a row, or withdrawn while it waited), or still
waiting when the horizon ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.bounded import within_bounds
from experiments.contact_log import IN_QUEUE, WORLD, ContactLog
from experiments.listing import Cell, Column, Listing
from experiments.rungs import rungs
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate, estimate, over_replications, student_quantile, without_p
from strategies.vocabulary import HOUR

Floats = NDArray[np.float64]

UNIT = (*WORLD, "unit")
"""Columns that name one contact."""

_WHERE = ("chain", "step", "channel", "message")
_FATES = (
    Column("sent_later", "Sent later", "share"),
    Column("lost", "Lost", "share"),
    Column("waiting", "Still waiting", "share"),
)
_WAITS = (
    Column("wait_mean", "Hours held, mean", "number"),
    Column("wait_median", "", "number"),
    Column("wait_p90", "9 of 10 below", "number"),
)
_COUNTS = (Column("contacts", ""), Column("per_1000", "Contacts", "number"))
_REASONS = (Column("reason", "Reason"), Column("rule", "Rule"), *_COUNTS, *_FATES, *_WAITS)
_ASKED = (Column("contacts", ""), Column("per_1000", "Asked for", "number"))
_OUTCOME = (
    Column("at_once", "Sent at once", "share"),
    Column("sent_later", "Sent later", "share"),
    Column("lost", "Lost", "share"),
    Column("waiting", "", "share"),
    Column("delay_mean", "Hours late, mean", "number"),
    Column("delay_median", "", "number"),
    Column("delay_p90", "", "number"),
    Column("commonest", "Commonest reason"),
)
_CHAINS = (Column("chain", "Chain or campaign"), *_ASKED, *_OUTCOME)
_STEPS = (
    Column("chain", "Chain or campaign"),
    Column("step", "Step"),
    Column("channel", "Channel"),
    Column("message", ""),
    *_ASKED,
    *_OUTCOME,
)
_CHANNELS = (Column("channel", "Channel"), *_ASKED, *_OUTCOME)
_SEGMENTS = (Column("segment", "Segment at the start"), *_ASKED, *_OUTCOME)
_DISPLACING = (
    Column("displaced_by", "Chain or campaign"),
    Column("contacts", ""),
    Column("per_1000", "Contacts displaced", "number"),
    *_FATES,
    Column("mostly", "Mostly of"),
)
_DISPLACED = (
    Column("chain", "Chain or campaign"),
    Column("displaced_by", "Displaced by"),
    Column("rule", "Rule"),
    *_COUNTS,
    *_FATES,
)
_SEGMENT_RULES = (Column("segment", "Segment at the start"), *_REASONS)
_NUMBERS = ("contacts", "held", "dropped", "sent_later", "lost", "waiting", "held_seconds")
_ENTRIES = tuple(Column(name, name) for name in ("reason", "rule", *_WHERE, "displaced_by", *_NUMBERS))

MOST_NAMED = 3
"""Chains and campaigns that are named of those whose contacts one displaces."""
MOST_PAIRS = 15
"""Rows of the terminal's table of what displaced what."""


def ledger(log: ContactLog, detailed: bool = False, by_segment: bool = False, level: float = LEVEL) -> list[Listing]:
    """Listings ``reasons``, ``chains``, ``steps``, ``rungs``, ``channels``, ``segments``, ``displacing``, ``displaced``
    of one arm.

    Of customers outside the control group, within the horizon.  by_segment: also ``segment_rules``, the reasons in
    each segment.  detailed: that, and ``entries``, the counts of every reason, rule, step and displacing chain or
    campaign (integers over all replications).
    """
    book = _Book(log, level)
    pairs = list(book.by_displaced())
    listings = [
        Listing("reasons", f"What held or dropped contacts{_UNIT}", _REASONS, list(book.by_reason()), _NOTE),
        Listing("chains", f"By chain and campaign{_UNIT}", _CHAINS, list(book.by(("chain",)))),
        Listing("steps", f"By step{_UNIT}", _STEPS, list(book.by(_WHERE))),
        rungs(log, level),
        Listing("channels", f"By channel{_UNIT}", _CHANNELS, list(book.by(("channel",)))),
        Listing(
            "segments",
            "By segment at the start of the run, per 1,000 customers of the segment",
            _SEGMENTS,
            list(book.by_segment()),
        ),
        Listing("displacing", f"What each displaces of others{_UNIT}", _DISPLACING, list(book.by_displacing())),
        Listing(
            "displaced",
            f"Displaced by whose contact{_UNIT}",
            _DISPLACED,
            pairs,
            _WHOSE,
            pairs[:MOST_PAIRS],
        ),
    ]
    if by_segment or detailed:
        title = "What held or dropped contacts by segment, per 1,000 customers of the segment"
        listings.append(Listing("segment_rules", title, _SEGMENT_RULES, list(book.by_segment_and_reason())))
    return [*listings, Listing("entries", "Entries", _ENTRIES, list(book.entries()))] if detailed else listings


_UNIT = ", per 1,000 customers"
_WHOSE = (
    "By a cap: whose contact was counted last; by a gap: whose came before; by one_main_chain: who speaks; by "
    "quiet_elsewhere_after: whose message was answered. A chain may stand in its own way."
)
_NOTE = (
    "A contact that several rows held counts for each of them. What is held out counts in this table only: a holdout "
    "is no obstacle. Nor is the queue of a limited channel: what goes out at the next full hour is sent at once."
)
_BLOCKED = (pl.col("event") != "sent") & ~IN_QUEUE
"""Decisions that something stood in the way of the contact."""


class _Book:
    """The decisions of one arm's log, put together by contact."""

    def __init__(self, log: ContactLog, level: float) -> None:
        self.log, self.level = log, level
        self.people = log.by_replication(log.customers)

    # ------------------------------------------------------------------ contacts and what stood in their way

    @cached_property
    def decisions(self) -> pl.DataFrame:
        """Rows ``held``, ``dropped``, ``sent`` with the contact (``unit``) and the seconds until its next decision.

        A step asks once in a run, whichever channel takes it; a campaign's contact is told by its number.
        """
        run, numbered = pl.col("run"), pl.col("contact").cast(pl.String)
        unit = pl.when(run.is_null()).then(numbered).otherwise(pl.concat_str(run, pl.col("step"), separator=":"))
        return (
            self.log.events.filter(pl.col("event").is_in(("held", "dropped", "sent")))
            .with_columns(unit.alias("unit"), pl.col("rule", "displaced_by").fill_null(""))
            .with_columns((pl.col("time").shift(-1) - pl.col("time")).over(UNIT).alias("lasts"))
        )

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """One row per contact: where it belongs (as last decided), ``fate``, and ``delay`` in seconds if sent."""
        event, sent = pl.col("event"), pl.col("event") == "sent"
        fate = (
            pl.when(sent.any() & ~_BLOCKED.any())
            .then(pl.lit("at_once"))
            .when(sent.any())
            .then(pl.lit("sent_later"))
            .when(event.last() == "dropped")
            .then(pl.lit("lost"))
            .otherwise(pl.lit("waiting"))
        )
        return self.decisions.group_by(UNIT, maintain_order=True).agg(
            pl.col(*_WHERE).last(),
            fate.alias("fate"),
            (pl.col("reason") == "holdout").any().alias("held_out"),
            pl.when(sent.any()).then(pl.col("time").filter(sent).first() - pl.col("time").first()).alias("delay"),
        )

    @cached_property
    def obstacles(self) -> pl.DataFrame:
        """One row per contact and row of the policy (or other reason) that stood in its way.

        ``held``, ``dropped``: did it; ``held_for``: seconds for which it held the contact in all; ``displaced_by``:
        who took its place when the row first stood in its way.
        """
        blocked = self.decisions.filter(_BLOCKED)
        whose = self.contacts.select(*UNIT, "fate", "held_out")
        return (
            blocked.group_by(*UNIT, "reason", "rule", maintain_order=True)
            .agg(
                pl.col(*_WHERE).last(),
                pl.col("displaced_by").first(),
                (pl.col("event") == "held").any().alias("held"),
                (pl.col("event") == "dropped").any().alias("dropped"),
                pl.col("lasts").filter(pl.col("event") == "held").sum().alias("held_for"),
            )
            .join(whose, on=list(UNIT), maintain_order="left")
        )

    @cached_property
    def asked(self) -> pl.DataFrame:
        """Contacts that were meant to be sent: those of holdouts are not."""
        return self.contacts.filter(~pl.col("held_out"))

    # ------------------------------------------------------------------ tables

    def by_reason(self) -> Iterator[list[Cell]]:
        """What stood in the way, the commonest first."""
        yield from self._reasons(self.obstacles, self.people)

    def by_segment_and_reason(self) -> Iterator[list[Cell]]:
        """The same of each segment of the start."""
        for name, members in self._segments():
            mine = self.obstacles.join(members, on=list(WORLD), how="semi", maintain_order="left")
            yield from ([name, *row] for row in self._reasons(mine, self.log.by_replication(members)))

    def _reasons(self, obstacles: pl.DataFrame, people: Floats) -> Iterator[list[Cell]]:
        for (reason, rule), mine in _commonest_first(obstacles, _WHY):
            waits = mine.filter(pl.col("held") & (pl.col("fate") == "sent_later"))
            yield [reason, rule, *self._counted(mine, people), *self._fates(mine), *self._hours(waits, "held_for")]

    def by(self, where: Sequence[str]) -> Iterator[list[Cell]]:
        """What became of the contacts of each place."""
        for place, mine in _commonest_first(self.asked, where):
            yield [*place, *self._outcome(mine)]

    def by_segment(self) -> Iterator[list[Cell]]:
        """What became of the contacts of each segment of the start that was asked for any."""
        for name, members in self._segments():
            mine = self.asked.join(members, on=list(WORLD), how="semi", maintain_order="left")
            if mine.height:
                yield [name, *self._outcome(mine, self.log.by_replication(members))]

    def _segments(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Everybody, and the members of each segment of the start."""
        yield "everybody", self.log.customers.select(*WORLD)
        for name in (name for name in self.log.customers.columns if name.startswith("segment_")):
            yield name.removeprefix("segment_"), self.log.customers.filter(pl.col(name)).select(*WORLD)

    def by_displacing(self) -> Iterator[list[Cell]]:
        """What each chain and campaign takes from others: a contact counts once for each that stood in its way."""
        others = self.obstacles.filter((pl.col("displaced_by") != "") & (pl.col("displaced_by") != pl.col("chain")))
        others = others.unique([*UNIT, "displaced_by"], keep="first", maintain_order=True)
        for (other,), mine in _commonest_first(others, ("displaced_by",)):
            chains = [chain for (chain,), _ in _commonest_first(mine, ("chain",))]
            yield [other, *self._counted(mine), *self._fates(mine), ", ".join(chains[:MOST_NAMED])]

    def by_displaced(self) -> Iterator[list[Cell]]:
        """Which chain or campaign took the place of which, and by which row: a contact counts once for each row.

        That a row held a contact and then dropped it for waiting too long is one obstacle.
        """
        displaced = self.obstacles.filter(pl.col("displaced_by") != "")
        displaced = displaced.unique([*UNIT, "displaced_by", "rule"], keep="first", maintain_order=True)
        for place, mine in _commonest_first(displaced, ("chain", "displaced_by", "rule")):
            yield [*place, *self._counted(mine), *self._fates(mine)]

    def entries(self) -> Iterator[list[Cell]]:
        """Every combination of reason, rule and place, counted over all replications."""
        of_fate = [(pl.col("fate") == fate).sum().alias(fate) for fate in ("sent_later", "lost", "waiting")]
        keys = ["reason", "rule", *_WHERE, "displaced_by"]
        found = self.obstacles.group_by(keys).agg(
            pl.len().alias("contacts"), pl.col("held", "dropped").sum(), *of_fate, pl.col("held_for").sum()
        )
        for row in found.sort(keys).iter_rows():
            yield list(row)

    # ------------------------------------------------------------------ figures

    def _counted(self, mine: pl.DataFrame, people: Floats | None = None) -> list[Cell]:
        """How many in all, and per 1,000 customers."""
        customers = self.people if people is None else people
        return [mine.height, rate(self.log.by_replication(mine), customers / 1_000.0, self.level)]

    def _fates(self, mine: pl.DataFrame, fates: Sequence[str] = ("sent_later", "lost", "waiting")) -> list[Cell]:
        total = self.log.by_replication(mine)
        return [
            plain_share(self.log.by_replication(mine.filter(pl.col("fate") == fate)), total, self.level)
            for fate in fates
        ]

    def _outcome(self, mine: pl.DataFrame, people: Floats | None = None) -> list[Cell]:
        late = mine.filter(pl.col("fate") == "sent_later")
        why = self.obstacles.join(mine.select(*UNIT), on=list(UNIT), how="semi")
        commonest = next((f"{reason} {rule}".strip() for (reason, rule), _ in _commonest_first(why, _WHY)), None)
        return [
            *self._counted(mine, people),
            *self._fates(mine, ("at_once", "sent_later", "lost", "waiting")),
            *self._hours(late, "delay"),
            commonest,
        ]

    def _hours(self, waits: pl.DataFrame, seconds: str) -> list[Cell]:
        """Mean, median and ninth decile of a duration, in hours; nothing where nobody waited."""
        if waits.is_empty():
            return [None, None, None]
        hours = pl.col(seconds).cast(pl.Float64) / HOUR
        measures = (hours.mean(), hours.quantile(0.5, "higher"), hours.quantile(0.9, "higher"))
        named = [measure.alias(str(number)) for number, measure in enumerate(measures)]
        found = waits.group_by("replication", maintain_order=True).agg(*named)
        everything = np.sort(waits[seconds].to_numpy() / HOUR)
        within = (
            estimate_of_mean(everything, self.level),
            *(quantile_interval(everything, share, self.level) for share in (0.5, 0.9)),
        )
        return [self._over(found[str(number)].to_numpy(), spread) for number, spread in enumerate(within)]

    def _over(self, values: Floats, within: Estimate) -> Estimate:
        """A duration over the replications that tell it, or from the spread between contacts."""
        figure = without_p(over_replications(values, self.level, within)) if values.size > 1 else within
        return within_bounds(figure)


def estimate_of_mean(sorted_values: Floats, level: float = LEVEL) -> Estimate:
    """The mean of independent durations; where all last as long, that is the figure."""
    mean, spread = float(sorted_values.mean()), float(sorted_values.std())
    if spread == 0.0:
        return Estimate(mean, mean, mean, level=level)
    return without_p(estimate(mean, spread / math.sqrt(max(sorted_values.size - 1, 1)), level=level))


def quantile_interval(sorted_values: Floats, share: float, level: float = LEVEL) -> Estimate:
    """A quantile of independent values with the order statistics that enclose it (normal ranks).

    >>> figure = quantile_interval(np.arange(1.0, 101.0), 0.5)
    >>> figure.value, figure.low, figure.high
    (51.0, 41.0, 60.0)
    """
    n = sorted_values.size
    half = student_quantile(level, math.inf) * math.sqrt(n * share * (1.0 - share))
    ranks = [n * share - half, n * share, n * share + half]
    low, value, high = (sorted_values[min(max(math.floor(rank), 0), n - 1)] for rank in ranks)
    return Estimate(float(value), float(low), float(high), level=level, method="order statistics")


_WHY = ("reason", "rule")


def _commonest_first(frame: pl.DataFrame, keys: Sequence[str]) -> Iterator[tuple[tuple[str, ...], pl.DataFrame]]:
    """Groups of rows with their keys, the largest first, then by name."""
    sizes = frame.group_by(list(keys)).agg(pl.len().alias("n"))
    sizes = sizes.sort("n", *keys, descending=[True, *[False] * len(keys)])
    groups = frame.partition_by(list(keys), as_dict=True)
    for key in sizes.select(list(keys)).iter_rows():
        yield tuple(str(part) for part in key), groups[key]
