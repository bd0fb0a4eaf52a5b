"""The same chains under every vendor's dialect: what goes out, what waits, what is lost (``crmsim dialects``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.contact_log import IN_QUEUE, UNREACHABLE, WORLD, ContactLog
from experiments.listing import Cell, Column, Listing
from experiments.shares import plain_share, rate
from experiments.statistics import LEVEL, Estimate
from strategies.language.dialects import dialects
from strategies.language.load import compose_scenario
from strategies.vocabulary import DAY, HOUR

Floats = NDArray[np.float64]

OWN_TO_VENDORS = ("like", "caps", "min_gap", "exempt", "at_goal")
"""Keys of the contact policy that vendors fill in their own way; a scenario's other keys stay for all of them."""

OWN_POLICY = "your own policy"
"""Name of the arm of the scenario as it stands."""

LIMITS = ("cap", "gap", "held_too_long", "pause")
UNTOUCHED = ("control", "holdout")
"""Reasons of contacts that nobody was meant to get."""
_TABLE = (
    Column("dialect", "Dialect"),
    Column("reached", "Reached", "share"),
    Column("asked", "Asked for", "number"),
    Column("sent", "Sent", "number"),
    Column("held", "Held", "number"),
    Column("delayed", "Sent later", "number"),
    Column("hours", "Hours late", "number"),
    Column("dropped", "Dropped", "number"),
    Column("waiting", "Still waiting", "number"),
    Column("ended", "Runs ended by the goal", "number"),
)
NOTE = (
    "Reached: customers with at least one message. The other figures are means per 1,000 customers; a contact "
    "counts as asked for when it had an address and the consent. Dropped: by a limit, at once or after its wait. "
    "Hours late: mean of what was sent later than asked."
)


def overrides_of(file: Path, dialect: str) -> tuple[str, ...]:
    """Changes of a scenario file that put it under a dialect; rows that vendors do not speak of stay.

    Raises ScenarioError where the file cannot be read.
    """
    root = compose_scenario(file).root
    policy = root.entries["contact_policy"][1] if "contact_policy" in root.entries else None
    if policy is None or policy.kind != "mapping":
        return (f"contact_policy={{like: {dialect}}}",)
    # A dialect that the file names brings rows of its own into the tree; they are not the file's.
    written = [key for key in OWN_TO_VENDORS if key in policy.entries and _is_written(policy, key, file)]
    return (f"contact_policy.like={dialect}", *(f"contact_policy.{key}=null" for key in written if key != "like"))


def _is_written(policy: Any, key: str, file: Path) -> bool:
    return Path(policy.entries[key][0].file).parent != next(iter(dialects().values())).parent


@dataclass(frozen=True)
class Moment:
    """One thing that happened to one contact of the customer shown, on the customer's clock."""

    local: dt.datetime
    words: str


@dataclass(frozen=True)
class Shown:
    """One customer's contacts under every dialect, in the order of the dialects."""

    replication: int
    customer: int
    days: dict[dt.date, tuple[tuple[Moment, ...], ...]]

    def to_json(self, logs: Sequence[ContactLog]) -> dict[str, Any]:
        """Dialect → moments in order."""
        told = {
            log.arm: [
                {"local": moment.local.isoformat(), "text": moment.words.replace("**", "")}
                for cells in self.days.values()
                for moment in cells[number]
            ]
            for number, log in enumerate(logs)
        }
        return {"replication": self.replication, "customer": self.customer, "timeline": told}

    def lines(self, logs: Sequence[ContactLog]) -> Iterator[str]:
        """The timeline of each dialect, one after the other."""
        for number, log in enumerate(logs):
            who = f"Customer {self.customer}, replication {self.replication}"
            yield f"\n{who}, under {log.arm}; on the customer's clock"
            for day, cells in self.days.items():
                for moment in cells[number]:
                    yield f"  {day:%a} {day.day:2} {day:%b} {moment.local:%H:%M}  {moment.words.replace('**', '')}"


def compare_dialects(logs: Sequence[ContactLog], level: float = LEVEL) -> Listing:
    """The table: one row per dialect, the scenario's own policy first; customers outside the control group."""
    days = logs[0].manifest.days
    rows = [list(_row(log, level)) for log in logs]
    return Listing("dialects", f"The same chains under each dialect, {days} days", _TABLE, rows, NOTE)


def _row(log: ContactLog, level: float) -> Iterator[Cell]:
    people = log.by_replication(log.customers)
    contacts = log.contacts
    meant = contacts.filter(pl.col("sent") | ~pl.col("reason").is_in((*UNREACHABLE, *UNTOUCHED)))
    late = meant.filter(pl.col("sent") & pl.col("held"))
    given_up = meant.filter(~pl.col("sent") & pl.col("reason").is_in(LIMITS) & ~_waits(log))
    hours = log.by_replication(late, (pl.col("sent_at") - pl.col("asked")) / HOUR)
    counts = (
        meant,
        meant.filter(pl.col("sent")),
        meant.filter(pl.col("held")),
        late,
    )
    yield log.arm
    yield plain_share(log.by_replication(contacts.filter(pl.col("sent")).unique(WORLD)), people, level)
    for frame in counts:
        yield _per_thousand(log.by_replication(frame), people, level)
    yield rate(hours, log.by_replication(late), level) if late.height else None
    yield _per_thousand(log.by_replication(given_up), people, level)
    yield _per_thousand(log.by_replication(meant.filter(~pl.col("sent") & _waits(log))), people, level)
    yield _per_thousand(log.by_replication(_ended(log)), people, level)


def _waits(log: ContactLog) -> pl.Expr:
    """Whether a contact still waited at the end of the horizon: its last row says that it was held."""
    last = log.events.filter(pl.col("contact").is_not_null()).group_by(*WORLD, "contact", maintain_order=True).last()
    held = last.filter(pl.col("event") == "held")
    return pl.col("contact").is_in(held["contact"].implode())


def _ended(log: ContactLog) -> pl.DataFrame:
    return log.events.filter((pl.col("event") == "chain_exited") & (pl.col("reason") == "goal"))


def _per_thousand(counts: Floats, people: Floats, level: float) -> Estimate:
    return rate(counts, people / 1_000.0, level)


# ---------------------------------------------------------------------- one customer


def telling_customer(logs: Sequence[ContactLog], days: int = 14) -> tuple[int, int]:
    """(replication, customer) whose first ``days`` days differ most between the dialects.

    The one with most different decisions at equal places of the programme; the first of equals.
    """
    frames = []
    for number, log in enumerate(logs):
        events = log.events.filter(pl.col("contact").is_not_null() & (pl.col("time") < days * DAY))
        events = events.filter(pl.col("event").is_in(("held", "dropped", "sent")) & ~IN_QUEUE)
        frames.append(events.select(*WORLD, "chain", "step", "message", "event", "time", arm=pl.lit(number)))
    together = pl.concat(frames)
    decided = together.group_by(*WORLD, "arm").agg(pl.struct("chain", "step", "event", "time").alias("rows"))
    kinds = decided.group_by(*WORLD).agg(pl.col("rows").n_unique().alias("kinds"), pl.len().alias("arms"))
    lively = together.group_by(*WORLD).agg(
        pl.struct("chain", "event").n_unique().alias("variety"), pl.len().alias("rows")
    )
    ranked = kinds.filter(pl.col("arms") == len(logs)).join(lively, on=list(WORLD))
    # A page holds some thirty decisions: of the most different stories, the one that is not too long.
    ranked = ranked.with_columns((pl.col("rows") > 60).alias("long"))
    order = ["long", "kinds", "variety", "rows", *WORLD]
    first = ranked.sort(order, descending=[False, True, True, True, False, False]).row(0, named=True)
    return int(first["replication"]), int(first["customer"])


def timeline(logs: Sequence[ContactLog], replication: int, customer: int, days: int = 14) -> Shown:
    """What was decided about the customer's contacts in the first ``days`` days, side by side."""
    zone = int(
        logs[0]
        .customers.filter((pl.col("replication") == replication) & (pl.col("customer") == customer))["zone_hours"]
        .item()
    )
    start = dt.datetime.combine(dt.date.fromisoformat(logs[0].manifest.start), dt.time()) + dt.timedelta(hours=zone)
    found: dict[dt.date, list[list[Moment]]] = {}
    for number, log in enumerate(logs):
        mine = log.events.filter((pl.col("replication") == replication) & (pl.col("customer") == customer))
        mine = mine.filter(pl.col("event").is_in(("held", "dropped", "sent")) & (pl.col("time") < days * DAY))
        mine = mine.filter(~IN_QUEUE)
        before: dict[int, str] = {}
        for row in mine.rows(named=True):
            words = _words(row)
            if before.get(row["contact"]) == words and row["event"] == "held":
                continue  # tried again and held again: said once
            before[row["contact"]] = words
            local = start + dt.timedelta(seconds=row["time"])
            cells = found.setdefault(local.date(), [[] for _ in logs])
            cells[number].append(Moment(local, words))
    return Shown(replication, customer, {day: tuple(map(tuple, found[day])) for day in sorted(found)})


def _words(row: dict[str, Any]) -> str:
    what = f"{row['channel']} {row['message']}"
    if row["event"] == "sent":
        return f"**{what}**"
    word = {"held": "waits", "dropped": "not sent"}[row["event"]]
    return f"{what} {word} ({row['rule'] or row['reason']})"


# ---------------------------------------------------------------------- as a page


def as_markdown(listing: Listing, shown: Shown, logs: Sequence[ContactLog]) -> str:
    """The table and the timeline as Markdown, for the documentation."""
    from experiments.figures import figure_text

    def cell(value: Cell, column: Column) -> str:
        if isinstance(value, Estimate):
            return figure_text(value, column.unit or "number")
        return "–" if value is None else str(value)

    manifest = logs[0].manifest
    size = f"{manifest.replications} × {manifest.customers:,} customers, 95 % intervals"
    lines = [f"# {listing.title}", "", f"Written by `crmsim dialects --markdown`: {size}.", ""]
    lines += [_line(column.heading for column in listing.columns), _line("---" for _ in listing.columns)]
    lines += [
        _line(cell(value, column) for value, column in zip(row, listing.columns, strict=True)) for row in listing.rows
    ]
    lines += ["", listing.note, "", f"Customer {shown.customer}, on the customer's clock; what went out is bold:", ""]
    lines += [_line(["Day", *(log.arm for log in logs)]), _line("---" for _ in range(len(logs) + 1))]
    for day, cells in shown.days.items():
        told = ["<br>".join(f"{moment.local:%H:%M} {moment.words}" for moment in part) for part in cells]
        lines.append(_line([f"{day:%a} {day.day} {day:%b}", *told]))
    return "\n".join(lines) + "\n"


def _line(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"
