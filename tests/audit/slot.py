"""The slot of in-app messages as the auditor reads it: what waits, what each visit must show, and how it leaves.

A pass of its own over one customer's rows, those included that the strategies never saw: the site shows its banner
whatever becomes of the report of the visit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from tests.audit.base import Base, Row
from tests.audit.coupons import Coupons, coupon_of
from tests.audit.facts import Customer
from tests.audit.reading import IN_APP
from tests.audit.words import DAY, FOREVER, seconds, whole_minute

OWN_END = ("finished", "exit_step")
"""Ends of a run that leave its message in the slot."""
NEVER_SEEN = ("other_id", "lost", "late")
"""Rows of actions that the company's systems did not hear of then: no strategy may react to them."""
TOLD_AGAIN = ("arrived", "doubled")
"""Reasons of rows that are no visit but a report of one."""
FOLLOWS_A_VISIT = frozenset(
    {
        *("chain_entered", "chain_exited", "goal_reached", "action_taken", "task_created", "task_closed", "dropped"),
        *("segment_entered", "segment_left", "points_earned", "in_app_removed"),
    }
)
"""What the report of a visit sets off in the same moment, before anything is shown."""

Blame = Callable[[str, int, str], None]


@dataclass
class Waiting:
    """A message in the slot."""

    contact: int
    run: int
    message: str
    name: str
    rank: tuple[int, int, str, str]
    """Priority (turned), when it was sent, names of chain and message: what is smaller goes first."""
    until: int
    shown: int = 0


@dataclass(frozen=True)
class Limit:
    """So many impressions within so many seconds."""

    most: int
    within: int

    @classmethod
    @cache
    def of(cls, text: str) -> Limit:
        """``1 per 3d``."""
        match = re.fullmatch(r"(\d+) per (\w+)", text)
        assert match is not None, text
        return cls(int(match[1]), seconds(match[2]))

    def allows(self, times: Sequence[int], now: int) -> bool:
        """Whether one more is allowed now."""
        return sum(time > now - self.within for time in times) < self.most


class Slot:
    """One customer's slot, moved on by the log."""

    def __init__(self, base: Base, customer: Customer, blame: Blame) -> None:
        self.base, paper = base, base.paper
        self.paper, self.zone, self.blame = paper, customer.zone_hours * 3_600, blame
        self.has_account = customer.registered is not None
        self.coupons, self.control = Coupons(paper.valid), customer.control
        self.waiting: dict[int, Waiting] = {}
        self.impressions: list[tuple[int, str]] = []
        """(time, message) so far."""
        self.delivered: set[int] = set()
        self.clicked: set[int] = set()
        self.first_due: dict[tuple[int, str, str], int] = {}
        """(run, or contact of a campaign, chain, step) → when the contact asked for there was first held."""
        self.visit: int | None = None
        """A visit that may still show something."""
        self.replaced: dict[int, tuple[int, str]] = {}
        """(time, name) by contact of messages whose place newer ones took; their rows are told next."""
        self.left: list[Row] = []
        """Rows of messages that left with their run, whose end is told next."""

    def read(self, rows: Sequence[Row]) -> None:
        """All rows of the customer, in order, to the horizon."""
        for row in rows:
            if self.visit is not None and not self._belongs_to_visit(row):
                self._showed_nothing()
            if self.left and row.time > self.left[0].time:
                self._left_alone()
            self._still_there(row.time)
            self._row(row)
        self._left_alone()
        self._still_there(self.paper.horizon)
        if self.visit is not None:
            self._showed_nothing()
        for one in self.waiting.values():
            if one.until < self.paper.horizon:
                self.blame("in_app_removal", one.until, f"{one.name} should have left the slot")

    def _left_alone(self) -> None:
        """Messages that left as if their runs had been ended."""
        for row in self.left:
            self.blame("in_app_removal", row.time, f"{row.message} left the slot, but its run was not ended")
        self.left = []

    def _still_there(self, now: int) -> None:
        """Messages that should have made room before."""
        for contact, (time, name) in list(self.replaced.items()):
            if time < now:
                self.blame("in_app_removal", time, f"{name} was sent anew, but the one that waited did not leave")
                del self.replaced[contact]

    def _belongs_to_visit(self, row: Row) -> bool:
        same = row.time == self.visit
        shows = row.channel == IN_APP and row.event in ("delivered", "in_app_shown")
        given_up = row.event == "unsubscribed" and row.reason == "by_company"
        return same and (shows or given_up or (row.event in FOLLOWS_A_VISIT and row.reason != "expired"))

    def _row(self, row: Row) -> None:
        if row.event == "registered":
            self.has_account = True
        elif row.event == "site_visited" and row.reason not in TOLD_AGAIN and self.has_account:
            self.visit = row.time
        elif row.event == "chain_exited" and row.reason not in OWN_END:
            self.left = [other for other in self.left if other.run != row.run]
            for one in [one for one in self.waiting.values() if one.run == row.run != 0 and one.until > row.time]:
                self.blame("in_app_removal", row.time, f"{one.name} should have left the slot with its run")
                del self.waiting[one.contact]
        elif row.event == "action_taken" and row.category == "give":
            if offer := coupon_of(self.paper.chains[row.chain].raw):
                self.coupons.give(offer, row.time, kept_back=bool(row.reason))
        elif row.event == "coupon_redeemed" and row.reason not in NEVER_SEEN:
            self.coupons.use(row.category, row.time)
        elif row.event == "held":
            self.first_due.setdefault((row.run or row.contact, row.chain, row.step), row.time)
        elif row.event in ("sent", "dropped"):
            due = self.first_due.pop((row.run or row.contact, row.chain, row.step), row.time)
            if row.event == "sent" and row.channel == IN_APP:
                self._put(row, due)
        if row.channel != IN_APP:
            return
        if row.event == "delivered":
            if row.contact in self.delivered or self.visit != row.time:
                self.blame("in_app_delivery", row.time, f"{row.message} was delivered, but not by its first impression")
            self.delivered.add(row.contact)
        elif row.event == "in_app_shown":
            self._shown(row)
        elif row.event == "in_app_removed":
            self._removed(row)
        elif row.event == "click":
            self.waiting.pop(row.contact, None)
            self.clicked.add(row.contact)

    def _put(self, row: Row, due: int) -> None:
        message = self.paper.messages[row.message]
        lasts = whole_minute(due + message.deliver_by) if message.deliver_by < FOREVER else FOREVER
        if message.today_only:
            lasts = ((due + self.zone) // DAY + 1) * DAY - self.zone
        lasts = min(lasts, self.coupons.good_until(message.offer, self.control))
        source = self.paper.chains.get(row.chain) or self.paper.campaigns[row.chain]
        name = f"{row.message}.{row.variant}" if row.variant else row.message
        rank = (-source.priority, row.time, row.chain, name)
        show_for = self.base.paper_at(row.time).slot.get("show_for", "3d")
        until = min(row.time + seconds(show_for), lasts)
        for one in [one for one in self.waiting.values() if one.name == name and one.until > row.time]:
            self.replaced[one.contact] = row.time, name
            del self.waiting[one.contact]
        self.waiting[row.contact] = Waiting(row.contact, row.run, row.message, name, rank, until)

    # ------------------------------------------------------------------ what a visit shows

    def _may_be_shown(self, now: int) -> list[Waiting]:
        """The messages among which the visit chooses, the winner first; equals stand side by side."""
        found = [one for one in self.waiting.values() if one.until > now]
        rules = self.base.paper_at(now).slot
        counted = self._counted(now)
        if "in_all" in rules and not Limit.of(rules["in_all"]).allows([time for time, _ in counted], now):
            return []
        at_most = Limit.of(rules.get("at_most", "1 per 3d"))
        allowed = [
            one
            for one in found
            if at_most.allows([time for time, name in counted if name == one.name], now) and not self._unpaid(one, now)
        ]
        return sorted(allowed, key=lambda one: self._order(one, now))

    def _counted(self, now: int) -> list[tuple[int, str]]:
        """Impressions that limits count: those since counters were last reset."""
        since = max((phase.begin for phase, _ in self.paper.later if phase.resets and phase.begin <= now), default=0)
        return [(time, name) for time, name in self.impressions if time >= since]

    def _unpaid(self, one: Waiting, now: int) -> bool:
        """Whether the message has a price, obeys the budget, and the budget was spent when the day began."""
        paper = self.base.paper_at(now)
        message = paper.messages[one.message]
        paid = paper.price(IN_APP, message) > 0 and paper.obeys(message, "budget", IN_APP)
        return paid and self.base.over_budget(now, IN_APP, message, one.rank[2]) != ""

    def _order(self, one: Waiting, now: int) -> tuple[int, tuple[int, int, str, str]]:
        winner = self.base.paper_at(now).slot.get("winner", "priority")
        return {"priority": 0, "newest": -one.rank[1], "oldest": one.rank[1]}[winner], one.rank

    def _shown(self, row: Row) -> None:
        mine = self.waiting.get(row.contact)
        if self.visit != row.time:
            self.blame("in_app_visits", row.time, f"{row.message} was shown without a visit, or as a second one")
        elif mine is None:
            why = "it was clicked" if row.contact in self.clicked else "it does not wait"
            self.blame("in_app_waiting", row.time, f"{row.message} was shown, but {why}")
        else:
            self._compare(mine, row.time)
        self.visit = None
        if mine is not None:
            mine.shown += 1
            self.impressions.append((row.time, mine.name))
            if row.contact not in self.delivered:
                self.blame("in_app_delivery", row.time, f"{row.message} was shown and not delivered")

    def _compare(self, mine: Waiting, now: int) -> None:
        choice = self._may_be_shown(now)
        if mine not in choice:
            if mine.until <= now:
                self.blame("in_app_waiting", now, f"{mine.name} was shown after its time")
            else:
                why = "though the budget was spent" if self._unpaid(mine, now) else "once too often"
                self.blame("in_app_limits", now, f"{mine.name} was shown {why}")
        elif self._order(choice[0], now) != self._order(mine, now):
            self.blame("in_app_winner", now, f"{mine.name} was shown, not {choice[0].name}")

    def _showed_nothing(self) -> None:
        assert self.visit is not None
        choice = self._may_be_shown(self.visit)
        if choice:
            self.blame("in_app_visits", self.visit, f"the visit showed nothing, not even {choice[0].name}")
        self.visit = None

    # ------------------------------------------------------------------ how it leaves

    def _removed(self, row: Row) -> None:
        if row.reason == "replaced" and row.contact in self.replaced:
            del self.replaced[row.contact]  # of this moment, for older ones were blamed
            return
        mine = self.waiting.pop(row.contact, None)
        if mine is not None and row.reason == "run_ended":
            self.left.append(row)
        elif mine is None or (row.reason, row.time) != ("expired", mine.until):
            self.blame("in_app_removal", row.time, f"{row.message} left the slot ({row.reason}), which was not due")


def read_slot(base: Base, customer: Customer, rows: Sequence[Row], blame: Blame) -> None:
    """Read one customer's rows, if the scenario has in-app messages."""
    if IN_APP in base.paper.channels:
        Slot(base, customer, blame).read(rows)
