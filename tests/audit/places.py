"""Limited places as the auditor reads them: a channel's throughput, and the plan of a sender domain's warm-up.

A contact that every gate lets through still waits for a place, given on whole hours: not more places than the
limit, by priority, and none left idle while somebody waits for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.audit.asks import HOLD, SEND, Ask, Ruling
from tests.audit.shares import Account
from tests.audit.warmup import plan_of_day
from tests.audit.words import DAY, FOREVER, Message, whole_minute

if TYPE_CHECKING:
    from tests.audit.facts import Row
    from tests.audit.reading import Paper

HOUR = 3_600
BOUND = ("promo", "content")
"""Purposes that a warm-up's plan holds back."""
QUEUED, REFUSED = "queued", ("throughput", "warmup")
"""A contact stands in a queue until the full hour; a place that it did not get then holds it."""


def hourly(paper: Paper, channel: str) -> int | None:
    """Contacts of an hour, for the whole base; None where the limit is none for so few customers."""
    rate = (paper.channels.get(channel) or {}).get("throughput")
    if rate is None:
        return None
    number, per = rate.split("/")
    limit = int(number) * 60 if per == "m" else int(number) // 24 if per == "d" else int(number)
    return limit if limit < (paper.stated_base or paper.base_size) else None


def placed(whole: Paper, paper: Paper, ask: Ask, ruling: Ruling, time: int) -> Ruling:
    """What limited places make of a contact that may go out.  whole: the scenario, paper: the rules of now."""
    if ruling.verdict != SEND:
        return ruling
    if not _planned(whole, ruling.channel, ask.route.message, time) and hourly(paper, ruling.channel) is None:
        return ruling
    if ask.queued == ruling.channel and time % HOUR == 0 and not _changes(whole, time):
        return ruling  # it got a place
    return Ruling(HOLD, QUEUED, "", min(whole_minute(ask.good_until), FOREVER), channel=ruling.channel)


def badly_refused(whole: Paper, paper: Paper, ask: Ask, row: Row) -> str:
    """What is wrong with a row that says that a queued contact got no place."""
    if ask.queued != row.channel or row.time % HOUR or _changes(whole, row.time):
        return "it stands in no queue whose places are given now"
    planned = _planned(whole, row.channel, ask.route.message, row.time)
    if row.reason == "warmup":
        return "" if planned and row.rule == "sender.warmup" else "no plan binds it"
    if row.rule != f"throughput.{row.channel}" or hourly(paper, row.channel) is None:
        return "no limit binds it"
    return "said before" if ask.refused == row.reason else ""


def unrefused(ask: Ask, time: int) -> bool:
    """Whether a contact that goes on at ``time`` let places be given without a word."""
    return bool(ask.queued) and not ask.refused and (ask.queued_at // HOUR + 1) * HOUR < time


def _planned(whole: Paper, channel: str, message: Message, time: int) -> bool:
    """Whether the plan of a warm-up holds a message."""
    return channel == "email" and message.purpose in BOUND and plan_of_day(whole, time) is not None


def _changes(whole: Paper, time: int) -> bool:
    """Whether other rules begin: then whoever waits is examined anew."""
    return any(phase.begin == time for phase, _ in whole.later)


# ---------------------------------------------------------------------- of one world


@dataclass
class _Wait:
    """A contact that waited on a channel from ``since``.  until: its next row (None: the log ends before it)."""

    channel: str
    since: int
    priority: int
    planned: bool
    until: int = FOREVER
    row: Row | None = None

    def goes(self) -> bool:
        """Whether it left with a place of its channel."""
        return self.row is not None and self.row.event == SEND and self.row.channel == self.channel

    def comes_back(self) -> bool:
        """Whether it had a place, used or not."""
        return self.row is not None and self.until % HOUR == 0 and self.row.reason not in ("offer_expired", "run_ended")


def _waits(paper: Paper, rows: Iterable[Row]) -> list[_Wait]:
    """All waits, in the order of the log.  One run asks for one contact at a time."""
    found, open_ = [], {}
    for row in sorted(rows, key=lambda row: row.time):
        if row.event not in ("sent", "held", "dropped") or _is_refusal(row):
            continue
        asker = (row.customer, row.run, row.chain if row.run else row.contact)
        if (wait := open_.pop(asker, None)) is not None:
            wait.until, wait.row = row.time, row
        if row.event == HOLD and row.reason == QUEUED:
            by = paper.chains.get(row.chain) or paper.campaigns[row.chain]
            planned = _planned(paper, row.channel, paper.messages[row.message], row.time)
            wait = _Wait(row.channel, row.time, by.priority, planned)
            found.append(wait)
            if _has_one_channel(paper, row):
                open_[asker] = wait
            else:
                wait.until = row.time
    return found


def _is_refusal(row: Row) -> bool:
    """Whether a row says that a contact goes on waiting in its queue: nothing was decided."""
    return row.event == HOLD and row.reason in REFUSED


def _has_one_channel(paper: Paper, row: Row) -> bool:
    """Whether a contact keeps its number until it is decided; those of campaigns on several channels do not."""
    return bool(row.run) or len(paper.campaigns[row.chain].route.channels) == 1


def misplaced(paper: Paper, rows: list[Row]) -> Iterator[tuple[int, str]]:
    """(time, words) of every hour of one world with too many sent, the wrong ones, or places left idle."""
    waits = _waits(paper, rows)
    sent: Counter[tuple[str, int]] = Counter((row.channel, row.time) for row in rows if row.event == SEND)
    contacts = [row for row in rows if row.event in ("sent", "held", "dropped") and not _is_refusal(row)]
    loose = Counter(row.time for row in contacts if not _has_one_channel(paper, row))
    today = _before_today(rows)
    for channel in sorted({wait.channel for wait in waits}):
        mine = [wait for wait in waits if wait.channel == channel]
        back: dict[int, list[_Wait]] = defaultdict(list)
        for wait in mine:
            back[wait.until].append(wait)
        account = Account(paper, 1)
        for hour in range(HOUR, paper.horizon, HOUR):
            rules = next((other for phase, other in reversed(paper.later) if phase.begin <= hour), paper)
            limit = hourly(rules, channel)
            left = [wait for wait in mine if wait.since < hour < wait.until]
            given = [wait for wait in back[hour] if wait.comes_back()]
            changes = _changes(paper, hour)
            plan = plan_of_day(paper, hour) if channel == "email" else None
            allowed = FOREVER if plan is None else max(plan - today(hour), 0)
            most = len(back[hour]) + loose[hour]
            if limit is not None:
                again = sum(not wait.goes() for wait in back[hour - HOUR]) + loose[hour - HOUR]
                taken = max(sent[channel, hour] - again, 0), most
                sure = not changes and any(most < allowed or not wait.planned for wait in left)
                if text := account.wrong(limit, taken, bool(left) or changes, sure):
                    yield hour, f"{channel}: {text}"
            if changes:
                continue
            for wait in left:
                rivals = [other.priority for other in given if other.planned or not wait.planned]
                if min(rivals, default=1_001) < wait.priority:
                    yield hour, f"a place on {channel} went to priority {min(rivals)}, not {wait.priority}"
                    break
            if limit is None and most < allowed and any(wait.planned for wait in left):
                yield hour, f"{most} places on {channel} were given of {allowed}, and somebody waits"


def _before_today(rows: list[Row]) -> Callable[[int], int]:
    """How many e-mails went out between a time's midnight and it."""
    times = sorted(row.time for row in rows if row.event == SEND and row.channel == "email")
    return lambda time: bisect_left(times, time) - bisect_left(times, time // DAY * DAY)
