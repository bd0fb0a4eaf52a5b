"""One customer's story out of the event log: what happened, what was decided, and why not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from experiments.cascades import with_cascade_ends
from experiments.found_carts import with_found_carts
from experiments.missed import with_missed
from experiments.not_entered import Facts, Gap, date, gaps
from experiments.not_entered import lines as gap_lines
from experiments.runfolder import Manifest, RunFolderError, open_complete
from experiments.sentences import REACTIONS, sentence
from strategies.language import InputError, load_scenario
from strategies.scenario import Scenario
from strategies.vocabulary import CHANNELS, HOUR


@dataclass(frozen=True)
class Moment:
    """One line of the story.  ``local``: the customer's own clock; ``row``: the row of the log."""

    local: dt.datetime
    text: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class About:
    """Who the customer is: what the run's tables say of the start, and the chains entered.

    channels: channel → address, marketing consent, service consent, where there is an address.
    other_arms: the arms of the run that this story does not tell.
    """

    control: bool
    channels: Mapping[str, tuple[str, ...]]
    segments: tuple[str, ...]
    entered: Mapping[str, int]
    other_arms: tuple[str, ...]

    def lines(self) -> list[str]:
        """The lines of the header."""
        group = "in the global control group: gets exempt messages only" if self.control else "not in the control group"
        reach = [f"{name} ({', '.join(words)})" for name, words in self.channels.items()]
        chains = [f"{name} ({count} times)" if count > 1 else name for name, count in self.entered.items()]
        return [
            f"  group: {group}",
            f"  channels at the start: {'; '.join(reach) or 'no address'}",
            f"  segments at the start: {', '.join(self.segments) or 'none'}",
            f"  chains entered: {', '.join(chains) or 'none'}",
            f"  other arms of the run (--arm): {', '.join(self.other_arms) or 'none'}",
        ]


@dataclass(frozen=True)
class Story:
    """What the log tells of one customer in one arm and replication."""

    arm: str
    replication: int
    customer: int
    zone_hours: int
    about: About
    moments: tuple[Moment, ...]
    gaps: tuple[Gap, ...] = ()
    """Chains that did not reach the customer; none are told of the silent arm."""

    def to_json(self) -> dict[str, Any]:
        """The object that ``crmsim explain --json`` prints."""
        return {
            "arm": self.arm,
            "replication": self.replication,
            "customer": self.customer,
            "zone_hours": self.zone_hours,
            "about": dataclasses.asdict(self.about),
            "timeline": [
                {"local": moment.local.isoformat(), "text": moment.text, **moment.row} for moment in self.moments
            ],
            "chains": [gap.to_json() for gap in self.gaps],
        }

    def to_text(self) -> str:
        """The story as lines under the days they belong to."""
        clock = f"{self.zone_hours:+d} h from company time" if self.zone_hours else "company time"
        who = f"Customer {self.customer} in arm {self.arm}, replication {self.replication}"
        lines = [f"{who}; times on the customer's clock ({clock})", *self.about.lines()]
        day = None
        for moment in self.moments:
            if moment.local.date() != day:
                day = moment.local.date()
                lines += ["", f"{day:%a} {day.day} {day:%b %Y}"]
            lines.append(f"  {moment.local:%H:%M}  {moment.text}")
        if not self.moments:
            lines += ["", "Nothing happened: no visit, no message, no decision."]
        return "\n".join([*lines, *gap_lines(self.gaps)])


def explain(folder: Path, customer: int, replication: int = 0, arm: str | None = None) -> Story:
    """The story of a customer, by default in the first arm.

    Raises RunFolderError where the run cannot tell it.
    """
    manifest = open_complete(folder)
    named = named_arm(manifest, arm)
    _check_range("customer", customer, manifest.customers)
    _check_range("replication", replication, manifest.replications)
    if manifest.log == "none":
        raise RunFolderError(f"{folder} has no event log: it ran with --log none")
    rows = _rows(folder, named, replication, customer)
    if not rows and manifest.log not in ("all", "contacts"):
        raise RunFolderError(
            f"the log of {folder} is a sample of customers (--log {manifest.log}) without customer {customer}; "
            f"it has {_logged(folder, named, replication)}"
        )
    zone = _zone_hours(folder, replication, customer)
    start = dt.datetime.combine(dt.date.fromisoformat(manifest.start), dt.time())
    about = _about(folder, manifest, named, _customer(folder, replication, customer), rows)
    sent = {row["contact"]: row["time"] for row in rows if row["event"] == "sent"}

    def local(time: int) -> dt.datetime:
        return start + dt.timedelta(seconds=time + zone * HOUR)

    def moment(row: Mapping[str, Any]) -> Moment:
        return Moment(local(row["time"]), sentence(row, _day(local, sent, row)), row)

    told, scenario = with_found_carts(rows, local), _chains_told(folder, manifest, named)
    if scenario is None:
        return Story(named, replication, customer, zone, about, tuple(map(moment, told)))
    refused = _refusals(folder, named, replication, customer)
    facts = Facts(scenario, rows, refused, manifest.days, manifest.log != "contacts", local)
    told = with_missed(facts, with_cascade_ends(scenario.chains, told))
    return Story(named, replication, customer, zone, about, tuple(map(moment, told)), gaps(facts))


def arm_scenario(folder: Path, manifest: Manifest, arm: str) -> Scenario:
    """The resolved scenario of a visible arm.  Raises InputError where this version does not read it."""
    return load_scenario(folder / next(entry.resolved for entry in manifest.arms if entry.arm == arm))


def _chains_told(folder: Path, manifest: Manifest, arm: str) -> Scenario | None:
    """The scenario whose chains the story tells of; None of the silent arm, and where this version does not read it."""
    try:
        return None if arm == manifest.silent_arm else arm_scenario(folder, manifest, arm)
    except InputError:
        return None


def _day(local: Callable[[int], dt.datetime], sent: Mapping[int, int], row: Mapping[str, Any]) -> str:
    """The day on which the message was sent that a reaction belongs to."""
    if row["event"] not in REACTIONS or row.get("contact") not in sent:
        return ""
    return date(local(sent[row["contact"]]))


def _customer(folder: Path, replication: int, customer: int) -> dict[str, Any]:
    mine = (pl.col("replication") == replication) & (pl.col("customer") == customer)
    return pl.scan_parquet(folder / "customers.parquet").filter(mine).collect().to_dicts()[0]


def _about(
    folder: Path, manifest: Manifest, arm: str, traits: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> About:
    entered = Counter(row["chain"] for row in rows if row["event"] == "chain_entered")
    kinds = {"consent": "consent to marketing", "service_consent": "consent to service"}
    channels = {}
    for channel in CHANNELS:
        if traits.get(f"address_{channel}"):
            words = tuple(word for kind, word in kinds.items() if traits.get(f"{kind}_{channel}"))
            channels[channel] = words or ("no consent",)
    segments = [
        name.removeprefix("segment_") for name, value in traits.items() if name.startswith("segment_") and value
    ]
    names = [*(entry.arm for entry in manifest.arms), manifest.silent_arm]
    others = tuple(name for name in names if name != arm)
    return About(bool(traits.get("control")), channels, tuple(segments), dict(entered), others)


def named_arm(manifest: Manifest, arm: str | None) -> str:
    """The arm of that name, by default the first.  Raises RunFolderError with the nearest name."""
    names = [*(entry.arm for entry in manifest.arms), manifest.silent_arm]
    if arm is None:
        return names[0]
    if arm not in names:
        near = get_close_matches(arm, names, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise RunFolderError(f"--arm {arm}: this run has no such arm{hint} (arms: {', '.join(names)})")
    return arm


def _check_range(name: str, number: int, count: int) -> None:
    if not 0 <= number < count:
        raise RunFolderError(f"--{name} {number}: this run has {name}s 0 to {count - 1}")


def _scan(folder: Path, arm: str, replication: int) -> pl.LazyFrame:
    parts = sorted((folder / "events").glob("part-*.parquet"))
    if not parts:
        raise RunFolderError(f"{folder} has no event log: events/part-*.parquet are missing")
    of_world = (pl.col("arm").cast(pl.String) == arm) & (pl.col("replication") == replication)
    return pl.scan_parquet(parts).filter(of_world)


def _rows(folder: Path, arm: str, replication: int, customer: int) -> list[dict[str, Any]]:
    mine = _scan(folder, arm, replication).filter(pl.col("customer") == customer).collect()
    rows = mine.with_row_index("written").sort("time", "written").drop("written", "arm", "replication", "customer")
    return rows.to_dicts()


def _refusals(folder: Path, arm: str, replication: int, customer: int) -> list[dict[str, Any]] | None:
    """The customer's rows of ``refusals.parquet``; None in folders of versions that did not write it."""
    file = folder / "refusals.parquet"
    if not file.exists():
        return None
    mine = (pl.col("replication") == replication) & (pl.col("customer") == customer)
    rows = pl.scan_parquet(file).filter(mine & (pl.col("arm").cast(pl.String) == arm)).collect()
    return rows.with_columns(pl.col("chain", "reason").cast(pl.String)).to_dicts()


def _logged(folder: Path, arm: str, replication: int) -> str:
    some = _scan(folder, arm, replication).select(pl.col("customer").unique().sort().head(5)).collect()
    return "customers " + ", ".join(map(str, some["customer"])) + " …" if some.height else "none of this arm"


def _zone_hours(folder: Path, replication: int, customer: int) -> int:
    mine = (pl.col("replication") == replication) & (pl.col("customer") == customer)
    table = pl.scan_parquet(folder / "customers.parquet").filter(mine).select("zone_hours").collect()
    return int(table.item())
