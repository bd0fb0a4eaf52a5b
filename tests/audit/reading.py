"""A scenario file as the auditor understands it: the raw YAML mapping, with its own reading of times and names.

Written from the page of the language alone.  Durations are seconds, clock times seconds after
midnight, money whole or fractional currency units.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.audit.phases import Phase, phases, sender_starts
from tests.audit.rows import budget_rows, cap_rows, gap_rows, hours_rows, pause_rows
from tests.audit.schedules import Times, times
from tests.audit.signals import SignalText, goals, segments_within, signals
from tests.audit.starts import CountText, DateText, ExternalText, count_text, date_text, external_text
from tests.audit.words import DAY, FOREVER, Message, Raw, listed, optional_seconds, seconds, signs

IN_APP = "in_app"
SILENT = ("sms",)
"""Channels that report no opens."""
IN_APP_OBEYS = ("preferences", "control", "suppression", "main_chain", "pauses", "budget")
"""What in-app messages obey when nothing is said of them."""


def share(given: str | float) -> float:
    """A fraction of ``10%`` or ``0.1``."""
    return float(given[:-1]) / 100 if isinstance(given, str) else float(given)


@dataclass(frozen=True)
class Route:
    """One send as written: its channels in order, its message, where it stands."""

    channels: tuple[str, ...]
    message: Message
    path: str
    to_next: bool = False
    """``on_capped: next``."""
    leads_on: bool = False
    """A rung with ``on_capped: next`` behind which there is another."""
    behind: tuple[Route, ...] = ()
    """The rungs behind it."""
    best: bool = False
    """``best_channel``."""


@dataclass(frozen=True)
class ChainText:
    """A chain as written, with the language's defaults."""

    name: str
    raw: Raw
    events: tuple[str, ...]
    """Events that trigger it; empty for the other kinds of trigger."""
    condition: str | None
    missed: tuple[tuple[str, ...], int] | None
    """(signs, period) of ``{inactive: 30d, of: order}``."""
    segment: tuple[str, bool] | None
    """(segment, left)."""
    every: Times | None
    enter: str | None
    retrigger: str
    reenter: int | None
    """None never, 0 always, else seconds from entry to entry."""
    entries: tuple[int, str]
    """At most so many entries per period, '' in all; (0, '') without a limit."""
    priority: int
    goal: tuple[tuple[SignalText, ...], int] | None
    exit_on: tuple[SignalText, ...]
    timeout: int | None
    holdout: float
    while_: str | None
    parallel_by: str = ""
    date: DateText | None = None
    count: CountText | None = None
    external: tuple[ExternalText, ...] = ()
    changed: str | None = None
    """The field of ``{field_changed: rfm.segment}``."""


def _chain(name: str, raw: Raw) -> ChainText:
    trigger = raw["trigger"] if isinstance(raw["trigger"], dict) else {"event": raw["trigger"]}
    by_schedule = "every" in trigger or "on" in trigger
    reenter = raw.get("reenter", "always" if by_schedule or "date" in trigger else "never")
    retrigger = raw.get("on_retrigger", "ignore")
    holdout = raw.get("holdout", 0.0)
    segment = None
    for kind in ("segment_entered", "segment_left"):
        if kind in trigger:
            segment = (trigger[kind], kind == "segment_left")
    return ChainText(
        name=name,
        raw=raw,
        events=listed(trigger.get("event") or trigger.get("any")),
        condition=trigger.get("if"),
        missed=_missed(trigger) if "inactive" in trigger else None,
        segment=segment,
        every=times(trigger) if by_schedule else None,
        enter=raw.get("enter"),
        retrigger="parallel" if not isinstance(retrigger, str) or ":" in retrigger else retrigger,
        reenter=None if reenter == "never" else 0 if reenter == "always" else seconds(reenter.get("after", "0s")),
        entries=(reenter.get("at_most", 0), reenter.get("per", "")) if isinstance(reenter, dict) else (0, ""),
        priority=raw.get("priority", 50),
        goal=(goals(raw["goal"]), seconds(raw["goal"]["window"])) if "goal" in raw else None,
        exit_on=signals(raw.get("exit_on")),
        timeout=optional_seconds(raw.get("timeout")),
        holdout=share(holdout["share"] if isinstance(holdout, dict) else holdout),
        while_=raw.get("while"),
        parallel_by=_parallel_by(retrigger),
        date=date_text(trigger),
        count=count_text(trigger),
        external=external_text(trigger),
        changed=trigger.get("field_changed"),
    )


def _missed(trigger: Raw) -> tuple[tuple[str, ...], int]:
    of = trigger["of"]["any"] if isinstance(trigger["of"], dict) else trigger["of"]
    return tuple(sorted(signs(of, trigger.get("channel")))), seconds(trigger["inactive"])


def _named_waits(node: Any) -> Iterator[str]:
    """The names of waits anywhere in the chains."""
    if isinstance(node, list):
        for item in node:
            yield from _named_waits(item)
    elif isinstance(node, dict):
        until = node.get("until")
        if isinstance(until, str) and " as " in until and "at_most" in node:
            yield until.partition(" as ")[2]
        if ("until_true" in node or isinstance(until, (dict, list))) and "name" in node:
            yield node["name"]
        for child in node.values():
            yield from _named_waits(child)


def _parallel_by(retrigger: Any) -> str:
    if isinstance(retrigger, str):
        return retrigger.partition(": ")[2]
    return str(retrigger["parallel_by"])


@dataclass(frozen=True)
class CampaignText:
    """A campaign as written."""

    name: str
    times: Times
    to: str | None
    route: Route
    priority: int


class Paper:
    """Everything the auditor needs of a scenario, from its raw mapping."""

    def __init__(self, raw: Raw) -> None:
        start = raw["start"]
        self.start: dt.date = start if isinstance(start, dt.date) else dt.date.fromisoformat(start)
        self.horizon = seconds(raw["horizon"])
        self.backlog_enters = (raw.get("at_start") or {}).get("backlog", "skip") == "enter"
        offers: Raw = raw.get("offers") or {}
        self.valid = {name: seconds(offer.get("valid", "3d")) for name, offer in offers.items()}
        self.engagement: Raw = raw.get("engagement") or {}
        first, *later = phases(raw, self.start)
        self.read_rules(first)
        self.rfm: Raw | None = raw.get("rfm")
        self.segments: dict[str, Raw] = raw.get("segments", {})
        self.fields: Raw = raw.get("fields") or {}
        self.loyalty: Raw = raw.get("loyalty") or {}
        self.teams: dict[str, Raw] = raw.get("teams") or {}
        self.predictions: Raw = raw.get("predictions") or {}
        self.fitted: list[list[list[float]]] = raw.get("fitted", [])
        """Recorded parameters of the predictions: by replication and refit, [r, α in days, a, b, pace, bounds]."""
        self.records = -(-seconds((raw.get("at_start") or {}).get("history", "365d")) // DAY)
        """Days before the start from which orders are known."""
        self.raw_messages: dict[str, Raw] = raw.get("messages", {})
        self.messages = {name: _message(name, given) for name, given in raw.get("messages", {}).items()}
        self.topics = {name: message.topic for name, message in self.messages.items() if message.topic}
        self.chains = {name: _chain(name, given) for name, given in raw.get("chains", {}).items()}
        self.waits = frozenset(_named_waits(raw.get("chains", {})))
        """Names of the waits of all chains."""
        self.campaigns = {name: self._campaign(name, given) for name, given in raw.get("campaigns", {}).items()}
        self.calendar: Raw = raw.get("calendar") or {}
        self.double_opt_in = listed(raw.get("double_opt_in") or ())
        control = raw.get("control") or {"share": 0}
        self.control_share = share(control["share"])
        self.control_exempt = listed(control.get("exempt", ("transactional",)))
        self.base_size = 0
        """Customers of the world that is read."""
        self.stated_base: int = raw.get("base") or 0
        self.senders = sender_starts(raw, self.start)
        self.later = [(phase, self.under(phase)) for phase in later]
        """The changes to come, each with the paper that holds from then on."""
        for _, paper in self.later:
            paper.later = self.later

    def pause_signals(self) -> set[SignalText]:
        """What pauses come after, beside names of events, under the rules of now or of later."""
        papers = (self, *(later for _, later in self.later))
        return {told for paper in papers for row in paper.pauses for told, _ in row.also}

    def heard_segments(self) -> set[str]:
        """Segments to whose changes chains or pauses react."""
        chains = set(segments_within([chain.raw for chain in self.chains.values()]))
        return chains | {told.segment for told in self.pause_signals() if told.segment}

    def under(self, phase: Phase) -> Paper:
        """The same scenario under other rules."""
        other = copy.copy(self)
        other.read_rules(phase)
        return other

    def read_rules(self, phase: Phase) -> None:
        """The contact policy, the prices and the slot of a stretch of the run."""
        self.channels: dict[str, Raw] = {name: given or {} for name, given in phase.channels.items()}
        self.slot = phase.slot
        policy = phase.policy
        self.at_goal = policy.get("at_goal", "go_on")
        self.quiet = hours_rows(policy.get("quiet_hours"), "quiet_hours")
        self.windows = hours_rows(policy.get("send_window"), "send_window")
        self.preferences: Raw = policy.get("preferences") or {}
        self.elsewhere: Raw = policy.get("quiet_elsewhere_after") or {}
        self.caps = cap_rows(policy.get("caps", ()))
        self.gaps = gap_rows(policy.get("min_gap"))
        self.pauses = pause_rows(policy.get("pause_after"))
        main: Raw | list[Raw] | None = policy.get("one_main_chain")
        self.main: Raw | None = None if isinstance(main, list) else main
        self.exempt: dict[str, Raw] = policy.get("exempt") or {}
        self.in_app: Raw = policy.get("in_app") or {}
        sunset = policy.get("sunset") or []
        self.sunset: list[Raw] = sunset if isinstance(sunset, list) else [sunset]
        self.budgets = budget_rows(policy.get("budget"))

    def part(self, amount: int) -> int:
        """What the customers of this world have of an amount for the whole base."""
        return max(amount * self.base_size // self.stated_base, 1) if self.stated_base else amount

    def price(self, channel: str, message: Message) -> float:
        """Price of one contact in currency units."""
        given = self.channels.get(channel, {})
        cost = given.get("cost", 0)
        return float(given.get("template_cost", cost) if message.template and channel == "whatsapp" else cost)

    def company_date(self, time: int) -> dt.date:
        """The company's date at a time."""
        return self.start + dt.timedelta(days=time // DAY)

    def task_of(self, chain: str, path: str) -> Raw:
        """The task that stands at a path of a chain."""
        node: Any = self.chains[chain].raw
        for word in re.findall(r"[^.\[\]]+", path):
            node = node[int(word)] if isinstance(node, list) else node[word]
        task: Raw = node["task"]
        return task

    def cost_of_task(self, raw: Raw) -> float:
        """Money of a task that is done."""
        return float(raw.get("cost", self.teams[raw["to"]].get("cost", 0)))

    def subject_of_task(self, raw: Raw) -> Message:
        """The message of a call; of other work a message of its name and purpose."""
        if raw["do"] == "work":
            return Message(raw["name"], raw.get("purpose", "service"), "", "", FOREVER)
        return self.messages[raw["about"]]

    def obeys(self, message: Message, family: str, channel: str) -> bool:
        """Whether a message on a channel is bound by a family of rules."""
        if channel == IN_APP and family not in self.in_app.get("obeys", IN_APP_OBEYS):
            return False
        return message.purpose not in self.exempt or family in self.exempt[message.purpose]["obeys"]

    def counts(self, message: Message, channel: str) -> bool:
        """Whether a message on a channel counts towards caps and gaps."""
        if channel == IN_APP and not self.in_app.get("counts", False):
            return False
        return message.purpose not in self.exempt or bool(self.exempt[message.purpose].get("counts", False))

    def route(self, raw: Raw, path: str) -> Route:
        """The send of a mapping such as ``{email: digest}`` or ``{first_of: [email, sms], message: digest}``."""
        to_next = raw.get("on_capped", "stay") == "next"
        if "first_of" in raw:
            return Route(tuple(raw["first_of"]), self.messages[raw["message"]], path, to_next)
        if "best_channel" in raw:
            return Route(tuple(raw["best_channel"]), self.messages[raw["message"]], path, best=True)
        channel = next(key for key in raw if key not in ("wait", "next_unless", "on_capped"))
        return Route((channel,), self.messages[raw[channel]], path, to_next)

    def routes_of(self, chain: ChainText) -> list[Message]:
        """All messages that a chain may send."""
        found: list[Message] = []

        def visit(node: Any) -> None:
            if isinstance(node, dict):
                for key, value in node.items():
                    if isinstance(value, str) and (key in self.channels or key == "message") and value in self.messages:
                        found.append(self.messages[value])
                    else:
                        visit(value)
            elif isinstance(node, list):
                for item in node:
                    visit(item)

        visit(chain.raw["steps"])
        return found

    def splits(self) -> dict[SplitText, dict[str, float]]:
        """Every split → its arms with their shares; a remainder is the arm ''."""
        found: dict[SplitText, dict[str, float]] = {}

        def visit(node: Any) -> None:
            if isinstance(node, dict):
                if isinstance(node.get("split"), dict):
                    split = split_text(node["split"])
                    arms = dict(split[1])
                    rest = 1 - sum(arms.values())
                    found[split] = arms | ({"": rest} if rest > 1e-9 else {})
                for value in node.values():
                    visit(value)
            elif isinstance(node, list):
                for item in node:
                    visit(item)

        for chain in self.chains.values():
            visit(chain.raw["steps"])
        return found

    def _campaign(self, name: str, raw: Raw) -> CampaignText:
        route = self.route(raw["send"], "send")
        return CampaignText(name, times(raw), raw.get("to"), route, raw.get("priority", 10))


SplitText = tuple[str, tuple[tuple[str, float], ...]]
"""Constant name and shares of a split: what decides who goes where, wherever it stands."""


def split_text(raw: Raw) -> SplitText:
    """Name, arms and shares of a split."""
    return raw["name"], tuple((arm, share(given["share"])) for arm, given in raw["arms"].items())


def _message(name: str, raw: Raw) -> Message:
    deliver_by = raw.get("deliver_by")
    today_only = deliver_by == "end_of_day"
    lasts = FOREVER if deliver_by is None or today_only else seconds(deliver_by)
    topic, offer, template = raw.get("topic", ""), raw.get("offer", ""), raw.get("template", False)
    return Message(name, raw["purpose"], topic, offer, lasts, template, today_only)


class Days:
    """Local calendar of a zone: company seconds ↔ local dates."""

    def __init__(self, start: dt.date, zone_seconds: int) -> None:
        self.start = start
        self.zone = zone_seconds

    def date(self, time: int) -> dt.date:
        """The local date at a time."""
        return self.start + dt.timedelta(days=(time + self.zone) // DAY)

    def midnight(self, date: dt.date) -> int:
        """Company seconds at which a local date begins."""
        return (date - self.start).days * DAY - self.zone

    def clock(self, time: int) -> int:
        """Local seconds after midnight."""
        return (time + self.zone) % DAY

    def period(self, time: int, name: str, from_sunday: bool = False) -> tuple[int, int]:
        """[begin, end) of the calendar day, week (from Monday or Sunday) or month that holds a time."""
        date = self.date(time)
        if name == "week":
            first = date - dt.timedelta(days=date.isoweekday() % 7 if from_sunday else date.weekday())
            after = first + dt.timedelta(days=7)
        elif name == "month":
            first = date.replace(day=1)
            after = (first + dt.timedelta(days=31)).replace(day=1)
        else:
            first, after = date, date + dt.timedelta(days=1)
        return self.midnight(first), self.midnight(after)
