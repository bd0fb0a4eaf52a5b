"""How many contacts customers get, who gets too many, and which chain eats the limits (``crmsim load``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.benchmarks import CHANNEL_GROUPS, table
from experiments.contact_log import WORLD, ContactLog
from experiments.listing import Cell, Column, Listing
from experiments.runfolder import RunFolderError
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate
from sim.kernel.calendar import Calendar
from strategies.changes import phases
from strategies.contact_policy import Cap, ContactPolicy
from strategies.gates.windows import begins
from strategies.vocabulary import DAY, HOUR, IN_APP, WEEK

Floats = NDArray[np.float64]

MOST_TOLD = 6
"""Weeks with so many contacts or more stand in one row."""

SEGMENTS_AT_START = "A customer who came into a segment later is not in its row."

NOBODY = "contacts of before the run, or none that this log tells"

_WEEK = (Column("contacts", "Contacts in a week"), Column("share", "Share of customer-weeks", "share"))
_SEGMENTS = (
    Column("segment", "Segment at the start"),
    Column("customers", "Share of customers", "share"),
    Column("contacts", "Per customer and week", "number"),
    Column("any_per_day", "Ever above 2 a day", "share"),
)
_LIMITS = (
    Column("limit", "Too often"),
    Column("source", "Source"),
    Column("customers", "Customers ever above", "share"),
    Column("cases", "Cases per 1,000 and week", "number"),
)
_CHAINS = (
    Column("chain", "Chain or campaign"),
    Column("contacts", "Per 1,000 and week", "number"),
    Column("share", "Share of all contacts", "share"),
    Column("blocked", "Held or dropped by a cap", "share"),
)
_CAPS = (
    Column("rule", "Cap"),
    Column("blocked", "Held or dropped"),
    Column("contacts", "Per 1,000 and week", "number"),
    Column("by", "Cap filled by"),
    Column("share", "Of its places", "share"),
)


@dataclass(frozen=True)
class Limit:
    """A limit of the sources: at most ``most`` contacts of ``group`` within ``period`` seconds."""

    key: str
    words: str
    group: str
    period: int
    most: int
    source: str


def source_limits() -> list[Limit]:
    """The limits of frequency that ``benchmarks.yaml`` quotes."""
    stated = (
        ("any_per_day", "contacts a day", "", DAY),
        ("email_per_week", "e-mails a week", "email", WEEK),
        ("push_per_day", "pushes a day", "push", DAY),
        ("messenger_per_day", "messenger messages a day", "messenger", DAY),
    )
    rows = table()["frequency_limits"]
    return [
        Limit(key, f"more than {rows[key]['max']} {words}", group, period, int(rows[key]["max"]), str(rows[key]["at"]))
        for key, words, group, period in stated
    ]


def load(log: ContactLog, level: float = LEVEL) -> list[Listing]:
    """Listings ``weeks``, ``segments``, ``limits``, ``chains``, ``caps`` of one arm, outside the control group.

    Only contacts that count are counted (not those of purposes that ``exempt`` frees from counting, nor in-app
    messages unless ``in_app`` says so, nor, as by default in a cap, those that bounced), in the full weeks of the
    horizon.  Bounced ones fill a cap that counts what was ``attempted``.
    Raises RunFolderError when there is no full week.
    """
    counted = _Counted(log, level)
    weeks = f"{counted.weeks} weeks" if counted.weeks > 1 else "1 week"
    return [
        Listing("weeks", f"Contacts per customer and week, {weeks}", _WEEK, list(counted.by_week())),
        Listing(
            "segments", "By segment at the start of the run", _SEGMENTS, list(counted.by_segment()), SEGMENTS_AT_START
        ),
        Listing("limits", "Above the limits of the sources", _LIMITS, list(counted.above_limits())),
        Listing(
            "chains", "Where the contacts come from, per 1,000 customers and week", _CHAINS, list(counted.by_chain())
        ),
        _caps(list(counted.eaten())),
    ]


MOST_CAPS = 15
"""Rows of the terminal's table of caps: one for each cap and chain, with what fills it most."""


def _caps(rows: list[list[Cell]]) -> Listing:
    """What holds back most first; the terminal shows of each cap and chain that is held the one that fills it most."""

    def amount(cell: Cell) -> float:
        return -(cell.value or 0.0) if isinstance(cell, Estimate) else 0.0

    rows = sorted(rows, key=lambda row: (amount(row[2]), str(row[0]), str(row[1]), amount(row[4]), str(row[3])))
    foremost = list({(row[0], row[1]): row for row in reversed(rows)}.values())[::-1]
    note = (
        "Places: the contacts that count for the cap and lay in its window when the other contact was held or dropped; "
        "here what fills most of them."
    )
    return Listing(
        "caps", "Which chain eats the limits, what holds back most first", _CAPS, rows, note, foremost[:MOST_CAPS]
    )


class _Counted:
    """The contacts of one arm that count."""

    def __init__(self, log: ContactLog, level: float) -> None:
        self.log, self.level = log, level
        self.weeks = log.manifest.days // 7
        if not self.weeks:
            raise RunFolderError(f"{log.folder} has no full week: it ran {log.manifest.days} days")
        self.people = log.by_replication(log.customers)

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """The attempted contacts that did not bounce."""
        return self.attempted.filter(~pl.col("bounced"))

    @cached_property
    def attempted(self) -> pl.DataFrame:
        """Sent contacts that count, in the full weeks, with the local day and the week of the sending."""
        policy, messages = self.log.scenario.policy, self.log.scenario.messages
        free = {row.purpose for row in policy.exempt if not row.counts}
        exempt = [message.name for message in messages if message.purpose in free]
        come = pl.lit(True) if policy.in_app.counts else pl.col("channel") != IN_APP
        zones = self.log.customers.select(*WORLD, pl.col("zone_hours").cast(pl.Int64))
        local = pl.col("sent_at") + pl.col("zone_hours") * HOUR
        return (
            self.log.contacts.filter(
                pl.col("sent") & come & ~pl.col("message").is_in(exempt) & (pl.col("sent_at") < self.weeks * WEEK)
            )
            .join(zones, on=list(WORLD), maintain_order="left")
            .with_columns(
                local.alias("local"),
                (local // DAY).alias("day"),
                (pl.col("sent_at") // WEEK).alias("week"),
                pl.col("channel").replace_strict(CHANNEL_GROUPS, default=pl.col("channel")).alias("group"),
            )
        )

    def _share(self, top: Floats, bottom: Floats) -> Estimate:
        return plain_share(top, bottom, self.level)

    def _rate(self, counts: Floats, per: float, people: Floats | None = None) -> Estimate:
        """A mean per ``per`` customers and week."""
        return rate(counts, (self.people if people is None else people) * self.weeks / per, self.level)

    # ------------------------------------------------------------------ how many

    def by_week(self) -> Iterator[list[Cell]]:
        weekly = self.contacts.group_by(*WORLD, "week").agg(pl.len().alias("n"))
        total = self.people * self.weeks
        some = self.log.by_replication(weekly)
        yield ["0", self._share(total - some, total)]
        for n in range(1, MOST_TOLD + 1):
            last = n == MOST_TOLD
            mine = weekly.filter(pl.col("n") >= n if last else pl.col("n") == n)
            yield [f"{n} and more" if last else str(n), self._share(self.log.by_replication(mine), total)]

    def by_segment(self) -> Iterator[list[Cell]]:
        customers = self.log.customers
        names = [name for name in customers.columns if name.startswith("segment_")]
        groups = [("everybody", pl.lit(True)), *((name.removeprefix("segment_"), pl.col(name)) for name in names)]
        above = self._above(source_limits()[0]).select(*WORLD).unique()
        for name, inside in groups:
            mine = customers.filter(inside).select(*WORLD)
            people = self.log.by_replication(mine)
            counts = self.log.by_replication(self.contacts.join(mine, on=list(WORLD), how="semi"))
            over = self.log.by_replication(above.join(mine, on=list(WORLD), how="semi"))
            yield [
                name,
                self._share(people, self.people),
                self._rate(counts, 1.0, people),
                self._share(over, people),
            ]

    def _above(self, limit: Limit) -> pl.DataFrame:
        """Customer-days or customer-weeks above a limit."""
        period = "day" if limit.period == DAY else "week"
        inside = pl.col("group") == limit.group if limit.group else pl.lit(True)
        counts = self.contacts.filter(inside).group_by(*WORLD, period).agg(pl.len().alias("n"))
        return counts.filter(pl.col("n") > limit.most)

    def above_limits(self) -> Iterator[list[Cell]]:
        for limit in source_limits():
            yield self._above_limit(limit.words, limit.source, self._above(limit))
        if IN_APP in self.log.scenario.channels:
            row = table()["frequency_limits"]["onsite_same_banner_days"]
            words = f"the same in-app message again within {row['min_gap']} days"
            yield self._above_limit(words, str(row["at"]), self._shown_again(int(row["min_gap"]) * DAY))

    def _above_limit(self, words: str, source: str, cases: pl.DataFrame) -> list[Cell]:
        customers = self.log.by_replication(cases.unique(WORLD))
        often = self._rate(self.log.by_replication(cases), 1_000.0)
        return [words, source, self._share(customers, self.people), often]

    def _shown_again(self, within: int) -> pl.DataFrame:
        """Impressions of in-app messages that the customer was shown less than ``within`` seconds before."""
        shown = self.log.events.filter((pl.col("event") == "in_app_shown") & (pl.col("time") < self.weeks * WEEK))
        return shown.filter((pl.col("time") - pl.col("time").shift(1)).over(*WORLD, "message") < within)

    # ------------------------------------------------------------------ where from

    def _sources(self) -> list[str]:
        scenario = self.log.scenario
        return [chain.name for chain in scenario.chains] + [campaign.name for campaign in scenario.campaigns]

    def by_chain(self) -> Iterator[list[Cell]]:
        total = self.log.by_replication(self.contacts)
        asked = self.log.contacts.filter(pl.col("asked") < self.weeks * WEEK)
        blocked = self._blocked().unique(["replication", "contact"])
        for name in self._sources():
            mine = self.log.by_replication(self.contacts.filter(pl.col("chain") == name))
            yield [
                name,
                self._rate(mine, 1_000.0),
                self._share(mine, total),
                self._share(
                    self.log.by_replication(blocked.filter(pl.col("chain") == name)),
                    self.log.by_replication(asked.filter(pl.col("chain") == name)),
                ),
            ]

    def _blocked(self) -> pl.DataFrame:
        """First time that each contact was held or dropped by each cap."""
        caps = {cap.name for _, _, policy in self._policies() for cap in policy.caps}
        return (
            self.log.events.filter(pl.col("rule").is_in(caps) & (pl.col("time") < self.weeks * WEEK))
            .unique(["replication", "contact", "rule"], keep="first", maintain_order=True)
            .select(*WORLD, "contact", "time", "rule", "chain")
        )

    def _policies(self) -> list[tuple[int, int, ContactPolicy]]:
        """(begin, end, policy) of every phase of the scenario, in seconds."""
        parts = phases(self.log.scenario)
        ends = [*(part.begin for part in parts[1:]), self.weeks * WEEK]
        return [(part.begin, end, part.scenario.policy) for part, end in zip(parts, ends, strict=True)]

    def eaten(self) -> Iterator[list[Cell]]:
        """Which chains' contacts lay in the window of a cap when a contact was held or dropped by it."""
        blocked = self._blocked()
        for begin, end, policy in self._policies():
            here = blocked.filter((pl.col("time") >= begin) & (pl.col("time") < end))
            for cap in policy.caps:
                yield from self._eaten_of(cap, here.filter(pl.col("rule") == cap.name))

    def _eaten_of(self, cap: Cap, blocked: pl.DataFrame) -> Iterator[list[Cell]]:
        filling = self._filling(cap, blocked)
        for name in self._sources():
            mine = blocked.filter(pl.col("chain") == name)
            if mine.is_empty():
                continue
            places = filling.filter(pl.col("chain") == name)
            total = self.log.by_replication(places)
            often = self._rate(self.log.by_replication(mine), 1_000.0)
            if places.is_empty():
                yield [cap.name, name, often, NOBODY, None]
            for other in self._sources():
                by = self.log.by_replication(places.filter(pl.col("by") == other))
                if by.any():
                    yield [cap.name, name, often, other, self._share(by, total)]

    def _filling(self, cap: Cap, blocked: pl.DataFrame) -> pl.DataFrame:
        """Pairs of a blocked contact and a contact that counted for the cap then: replication, chain, by."""
        zones = self.log.customers.select(*WORLD, pl.col("zone_hours").cast(pl.Int64))
        counted = self.attempted.filter(self._in_scope(cap)).select(
            *WORLD, pl.col("contact").alias("counted"), pl.col("chain").alias("by"), "sent_at"
        )
        pairs = blocked.join(zones, on=list(WORLD)).join(counted, on=list(WORLD))
        zone = pairs["zone_hours"].to_numpy() * HOUR if cap.zone == "customer" else np.zeros(pairs.height, np.int64)
        now, sent_at = pairs["time"].to_numpy(), pairs["sent_at"].to_numpy()
        # Of contacts due in one minute the first one counts when the second is decided.
        inside = (sent_at >= begins(cap, now, zone, self._calendar)) & (sent_at <= now)
        inside &= (pairs["contact"] != pairs["counted"]).to_numpy()
        return pairs.filter(pl.Series(inside)).select("replication", "chain", "by")

    @cached_property
    def _calendar(self) -> Calendar:
        return Calendar(self.log.scenario.start, -1, self.log.manifest.days + 1)

    def _in_scope(self, cap: Cap) -> pl.Expr:
        """Contacts that count for the cap."""
        scope, messages = cap.scope, self.log.scenario.messages
        inside = {"attempted": pl.lit(True), "sent": ~pl.col("bounced"), "delivered": pl.col("delivered")}[cap.counts]
        if scope.messages:
            inside &= pl.col("message").is_in(scope.messages)
        if scope.channels:
            inside &= pl.col("channel").is_in(scope.channels)
        if scope.chains:
            inside &= pl.col("chain").is_in(scope.chains)
        for wanted, of in ((scope.purposes, "purpose"), (scope.topics, "topic")):
            if wanted:
                inside &= pl.col("message").is_in([m.name for m in messages if getattr(m, of) in wanted])
        return inside
