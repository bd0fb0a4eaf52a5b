"""One customer's story out of the event log: what happened, what was decided, and why not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import polars as pl

from experiments.runfolder import Manifest, RunFolderError, open_complete
from strategies.chain_triggers import EventTrigger
from strategies.language import InputError, load_scenario
from strategies.language.units import format_duration
from strategies.scenario import Chain
from strategies.vocabulary import CHANNELS, DAY, EVENT_MAP, HOUR

EVENT_TYPE: Final = {event.name: event for event in EVENT_MAP}
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
    "other_id": "under another id of the same person, so the company does not see it here",
    "lost": "the company's systems lost it",
    "late": "it has not reached the company's systems yet",
    "arrived": "it reached the company's systems late",
    "doubled": "the company's systems heard of it twice",
    "proxy": "by a privacy proxy, not by a person",
    "goal": "its goal was reached",
    "changed": "the rules changed, which ended what was under way",
    "preference": "the customer chose to hear less often, or not of this topic",
    "no_template": "it is no approved template, and the customer opened no window for free writing",
    "send_window": "outside the send window",
    "stopped": "another chain stopped it",
    "paused": "another chain paused it",
    "no_effect": "there was nothing to change",
    "answered": "the customer answered",
    "no_answer": "the customer did not answer",
    "expired": "its time was over",
    "replaced": "the same message was sent anew and took its place",
    "warmup": "the day's plan for the new sender domain is used up",
}
"""Reasons of the log in plain words."""

CONTACT_WORDS: Final = {
    "held": "waits",
    "dropped": "was not sent",
    "sent": "was sent",
    "bounced": "bounced",
    "delivered": "was delivered",
    "in_app_shown": "was shown at a visit",
    "in_app_removed": "is not shown any more",
    "opened": "was opened",
    "click": "was clicked",
    "unsubscribed": "made the customer unsubscribe",
    "complained": "was reported as spam",
    "blocked": "made the customer block the bot",
    "push_disabled": "made the customer switch pushes off",
    "task_created": "was given as a task",
    "call_answered": "was answered",
    "task_closed": "is over as a task",
}
REACTIONS: Final = ("in_app_shown", "opened", "click", "unsubscribed", "complained", "blocked", "push_disabled")
NOT_ENTERED: Final = "not_entered"
"""Stands in the story, not in the log: a chain's trigger came and no run began."""

ACTION_WORDS: Final = {
    "set": "wrote into the customer's card",
    "add_to": "put the customer on a list",
    "remove_from": "took the customer off a list",
    "unsubscribe": "gave up consent",
    "webhook": "told another system",
    "start": "offered the customer to another chain",
    "pause": "paused another chain",
    "stop": "stopped another chain",
    "give": "gave points or a coupon",
}
CHAIN_WORDS: Final = {"chain_entered": "began", "chain_exited": "ended", "goal_reached": "reached its goal"}


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
        return "\n".join(lines)


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
        return Moment(local(row["time"]), _sentence(row, _day(local, sent, row)), row)

    told = rows if named == manifest.silent_arm else _with_missed(folder, manifest, named, rows, local)
    return Story(named, replication, customer, zone, about, tuple(moment(row) for row in told))


def _day(local: Callable[[int], dt.datetime], sent: Mapping[int, int], row: Mapping[str, Any]) -> str:
    """The day on which the message was sent that a reaction belongs to."""
    if row["event"] not in REACTIONS or row.get("contact") not in sent:
        return ""
    return _date(local(sent[row["contact"]]))


def _date(day: dt.datetime) -> str:
    return f"{day.day} {day:%b}"


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


def _with_missed(
    folder: Path,
    manifest: Manifest,
    arm: str,
    rows: Sequence[dict[str, Any]],
    local: Callable[[int], dt.datetime],
) -> list[dict[str, Any]]:
    """The rows, and behind each trigger event of a chain that did not enter a row that says so."""
    file = next(entry.resolved for entry in manifest.arms if entry.arm == arm)
    try:
        chains = load_scenario(folder / file).chains
    except InputError:
        return list(rows)
    entries = {(row["chain"], row["time"]) for row in rows if row["event"] == "chain_entered"}
    live: dict[str, set[int]] = defaultdict(set)
    last: dict[str, int] = {}
    told: list[dict[str, Any]] = []
    for row in rows:
        told.append(row)
        if row["event"] == "chain_entered":
            live[row["chain"]].add(row["run"])
            last[row["chain"]] = row["time"]
        elif row["event"] == "chain_exited":
            live[row["chain"]].discard(row["run"])
        for chain in chains if row["time"] < manifest.days * DAY else ():
            trigger = chain.trigger
            if not isinstance(trigger, EventTrigger) or row["event"] not in trigger.events:
                continue
            if (chain.name, row["time"]) not in entries:
                why = _why_not(chain, bool(live[chain.name]), last.get(chain.name), row["time"], local)
                told.append({"time": row["time"], "event": NOT_ENTERED, "chain": chain.name, "reason": why})
    return told


def _why_not(
    chain: Chain, is_live: bool, last: int | None, time: int, local: Callable[[int], dt.datetime]
) -> str | None:
    """The reason as far as the log shows it; None where a condition or chance must have decided."""
    if is_live and chain.on_retrigger == "ignore":
        return "a run of it was under way"
    if last is None or (chain.reenter is not None and time - last >= chain.reenter):
        return None
    again = f"only {format_duration(chain.reenter)} after entry" if chain.reenter else "never"
    return f"too early, it entered on {_date(local(last))} and re-enters {again}"


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


def _logged(folder: Path, arm: str, replication: int) -> str:
    some = _scan(folder, arm, replication).select(pl.col("customer").unique().sort().head(5)).collect()
    return "customers " + ", ".join(map(str, some["customer"])) + " …" if some.height else "none of this arm"


def _zone_hours(folder: Path, replication: int, customer: int) -> int:
    mine = (pl.col("replication") == replication) & (pl.col("customer") == customer)
    table = pl.scan_parquet(folder / "customers.parquet").filter(mine).select("zone_hours").collect()
    return int(table.item())


def _sentence(row: Mapping[str, Any], sent_on: str) -> str:
    """The row in words.  sent_on: day of the message reacted to."""
    event = row["event"]
    if event == NOT_ENTERED:
        return f"chain {row['chain']} did not enter" + (f": {row['reason']}" if row["reason"] else "")
    if event in CHAIN_WORDS:
        return f"chain {row['chain']} {CHAIN_WORDS[event]}{_because(row)}"
    if event == "action_taken":
        return f"chain {row['chain']} {ACTION_WORDS[row['category']]}{_because(row)}"
    if row["reason"] == "by_company":
        return f"consent withdrawn by the company (chain {row['chain']})"
    if event in CONTACT_WORDS:
        of_day = f" of {sent_on}" if sent_on else ""
        return f"{_contact(row)}{of_day} {CONTACT_WORDS[event]}{_because(row)}"
    about = ABOUT_EVENT.get(event) or event
    told = [str(row["category"])] if row["category"] else []
    if row["value"] is not None:
        told.append(_number(event, row["value"]))
    return about + (f" ({', '.join(told)})" if told else "") + _because(row)


def _number(event: str, value: float) -> str:
    """A number attribute in words: a duration in hours or days, a share in per cent, anything else as it is.

    >>> _number("support_closed", 5_400.0), _number("price_dropped", 0.2), _number("order", 1_990.0)
    ('1.5 h', '20%', '1,990')
    """
    units = [one.unit for one in EVENT_TYPE[event].attributes.values() if one.slot == "value"]
    unit = units[0] if units else ""
    if unit == "duration":
        return f"{value / DAY:.1f} days" if value >= 2 * DAY else f"{value / HOUR:.1f} h"
    if unit == "share":
        return f"{value:.0%}"
    return f"{value:,.2f}".removesuffix(".00")


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
