"""One customer's story out of the event log: what happened, what was decided, and why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import polars as pl

from experiments.runfolder import Manifest, RunFolderError, open_complete
from strategies.vocabulary import EVENT_MAP, HOUR

ABOUT_EVENT: Final = {event.name: event.about for event in EVENT_MAP}

WHY: Final = {
    "no_address": "there is no address for this channel",
    "no_consent": "there is no consent for this purpose on this channel",
    "control": "the customer is in the global control group",
    "holdout": "the customer is in the chain's holdout",
    "sunset": "the sunset rule: no reaction for too long",
    "condition": "the chain's condition no longer holds",
    "offer_expired": "the offer or the message has expired",
    "main_chain": "another chain is speaking to the customer",
    "cap": "the cap is full",
    "gap": "too soon after another contact",
    "pause": "a pause after the customer's own action",
    "quiet_hours": "quiet hours",
    "budget": "the budget of the period is spent",
    "throughput": "the provider's throughput is used up",
    "held_too_long": "it waited longer than allowed",
    "run_ended": "its chain run ended",
    "exit_event": "the customer did what ends the chain",
    "timeout": "the chain's time ran out",
    "finished": "all steps are done",
    "exit_step": "an exit step",
    "restarted": "the trigger came again and restarted it",
    "horizon": "the horizon ended",
    "hard_bounce": "the address is dead",
    "soft_bounce": "a passing failure",
    "proxy": "by a privacy proxy, not by a person",
}
"""Reasons of the log in plain words."""

CONTACT_WORDS: Final = {
    "held": "waits",
    "dropped": "was not sent",
    "sent": "was sent",
    "bounced": "bounced",
    "delivered": "was delivered",
    "opened": "was opened",
    "click": "was clicked",
    "unsubscribed": "made the customer unsubscribe",
    "complained": "was reported as spam",
    "blocked": "made the customer block the bot",
    "push_disabled": "made the customer switch pushes off",
}
CHAIN_WORDS: Final = {"chain_entered": "began", "chain_exited": "ended", "goal_reached": "reached its goal"}


@dataclass(frozen=True)
class Moment:
    """One line of the story.  ``local``: the customer's own clock; ``row``: the row of the log."""

    local: dt.datetime
    text: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """What the log tells of one customer in one arm and replication."""

    arm: str
    replication: int
    customer: int
    zone_hours: int
    moments: tuple[Moment, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that ``crmsim explain --json`` prints."""
        return {
            "arm": self.arm,
            "replication": self.replication,
            "customer": self.customer,
            "zone_hours": self.zone_hours,
            "timeline": [
                {"local": moment.local.isoformat(), "text": moment.text, **moment.row} for moment in self.moments
            ],
        }

    def to_text(self) -> str:
        """The story as lines under the days they belong to."""
        clock = f"{self.zone_hours:+d} h from company time" if self.zone_hours else "company time"
        who = f"Customer {self.customer} in arm {self.arm}, replication {self.replication}"
        lines = [f"{who}; times on the customer's clock ({clock})"]
        day = None
        for moment in self.moments:
            if moment.local.date() != day:
                day = moment.local.date()
                lines += ["", f"{day:%a} {day.day} {day:%b %Y}"]
            lines.append(f"  {moment.local:%H:%M}  {moment.text}")
        if not self.moments:
            lines += ["", "Nothing happened: no visit, no message, no decision."]
        return "\n".join(lines)


def explain(folder: Path, customer: int, replication: int = 0, arm: str | None = None) -> Story:
    """The story of a customer, by default in the first arm.

    Raises RunFolderError where the run cannot tell it.
    """
    manifest = open_complete(folder)
    named = _arm(manifest, arm)
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
    moments = tuple(
        Moment(start + dt.timedelta(seconds=row["time"] + zone * HOUR), _sentence(row), row) for row in rows
    )
    return Story(named, replication, customer, zone, moments)


def _arm(manifest: Manifest, arm: str | None) -> str:
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


def _logged(folder: Path, arm: str, replication: int) -> str:
    some = _scan(folder, arm, replication).select(pl.col("customer").unique().sort().head(5)).collect()
    return "customers " + ", ".join(map(str, some["customer"])) + " …" if some.height else "none of this arm"


def _zone_hours(folder: Path, replication: int, customer: int) -> int:
    mine = (pl.col("replication") == replication) & (pl.col("customer") == customer)
    table = pl.scan_parquet(folder / "customers.parquet").filter(mine).select("zone_hours").collect()
    return int(table.item())


def _sentence(row: Mapping[str, Any]) -> str:
    event = row["event"]
    if event in CHAIN_WORDS:
        return f"chain {row['chain']} {CHAIN_WORDS[event]}{_because(row)}"
    if event in CONTACT_WORDS:
        return f"{_contact(row)} {CONTACT_WORDS[event]}{_because(row)}"
    about = ABOUT_EVENT.get(event) or event
    told = [str(row["category"])] if row["category"] else []
    if row["value"] is not None:
        told.append(f"{row['value']:,.2f}".removesuffix(".00"))
    return about + (f" ({', '.join(told)})" if told else "")


def _contact(row: Mapping[str, Any]) -> str:
    words = [row["channel"], row["message"]]
    origin = ", ".join(word for word in (row["chain"], row["step"]) if word)
    what = " ".join(word for word in words if word) or "a contact"
    return f"{what} ({origin})" if origin else what


def _because(row: Mapping[str, Any]) -> str:
    reason = row["reason"]
    if not reason:
        return ""
    rule = f" (rule {row['rule']})" if row["rule"] else ""
    displaced = f"; {row['displaced_by']} came first" if row["displaced_by"] else ""
    return f": {WHY.get(reason, reason)}{rule}{displaced}"
