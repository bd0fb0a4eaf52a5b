"""What the log tells about all customers of one world together: orders, RFM edges, what was spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.audit.reading import IN_APP, Days, Paper
from tests.audit.rows import BudgetText
from tests.audit.words import DAY, MADE, Message, seconds

NEVER = -(1 << 60)


class Spent(NamedTuple):
    """What a contact cost, or a task of a team."""

    time: int
    cost: float
    channel: str
    message: Message
    chain: str
    team: str = ""


class Row(NamedTuple):
    """A row of the event log, columns as in the run folder."""

    arm: str
    replication: int
    customer: int
    time: int
    event: str
    contact: int = 0
    run: int = 0
    channel: str = ""
    chain: str = ""
    step: str = ""
    message: str = ""
    reason: str = ""
    rule: str = ""
    displaced_by: str = ""
    value: float | None = None
    category: str = ""
    variant: str = ""
    """Variant of the message, once the auditor has taken its name apart."""


@dataclass
class Edges:
    """RFM edges of one refresh, one list per dimension."""

    time: int
    cuts: list[list[float]]


class Base:
    """Facts of all customers of one world together, read from the log beforehand.

    registered: customer → when the account was made, None without one.
    """

    def __init__(
        self, paper: Paper, rows: Iterable[Row], registered: Mapping[int, int | None], replication: int = 0
    ) -> None:
        self.paper = paper
        self.registered = {who: time for who, time in registered.items() if time is not None}
        self.fits = paper.fitted[replication] if paper.fitted else []
        self.orders: list[tuple[int, int, float]] = []
        sends: list[Spent] = []
        for row in rows:
            if row.event == "registered":
                self.registered[row.customer] = row.time
            elif row.event == "order":
                self.orders.append((row.time, row.customer, row.value or 0.0))
            elif row.event == ("in_app_shown" if row.channel == IN_APP else "sent"):
                message = paper.messages[row.message]
                price = self.paper_at(row.time).price(row.channel, message)
                sends.append(Spent(row.time, price, row.channel, message, row.chain))
            elif row.event == "task_closed" and row.reason in MADE:
                task = paper.task_of(row.chain, row.step)
                subject = paper.subject_of_task(task)
                sends.append(Spent(row.time, paper.cost_of_task(task), "", subject, row.chain, task["to"]))
        self.customers = len(registered)
        self._averages = self._average_orders()
        self.edges = self._all_edges()
        self._over = self._overspent(sends)

    def paper_at(self, time: int) -> Paper:
        """The rules that hold at a time."""
        return next((paper for phase, paper in reversed(self.paper.later) if phase.begin <= time), self.paper)

    def average_order(self, time: int) -> float | None:
        """Mean order value of the base as settled at the last company midnight."""
        return self._averages[time // DAY]

    def over_budget(self, time: int, channel: str, message: Message, chain: str, team: str = "") -> str:
        """The first row of the budget that pays for such contacts and was spent when the company day began, or ''."""
        over = self._over[time // DAY]
        return next((row.name for row in over if row.speaks_of(channel, message, chain, team)), "")

    def _average_orders(self) -> list[float | None]:
        days = self.paper.horizon // DAY + 1
        money, count = [0] * (days + 1), [0] * (days + 1)
        for time, _, value in self.orders:
            money[min(time // DAY + 1, days)] += round(value * 10_000)
            count[min(time // DAY + 1, days)] += 1
        averages: list[float | None] = []
        total = number = 0
        for day in range(days + 1):
            total, number = total + money[day], number + count[day]
            averages.append(total / (number * 10_000.0) if number else None)
        return averages

    def _overspent(self, sends: Sequence[Spent]) -> list[list[BudgetText]]:
        """By day of the run: the budgets that were spent when it began."""
        papers = [(0, self.paper), *((phase.begin, paper) for phase, paper in self.paper.later)]
        over = []
        for day in range(self.paper.horizon // DAY + 1):
            so_far = [(begin, paper.budgets) for begin, paper in papers if begin <= day * DAY]
            over.append([row for row in so_far[-1][1] if self._is_spent(row, day, so_far, sends)])
        return over

    def _is_spent(
        self, row: BudgetText, day: int, so_far: Sequence[tuple[int, Sequence[BudgetText]]], sends: Sequence[Spent]
    ) -> bool:
        days = Days(self.paper.start, 0)
        begin, _ = days.period(day * DAY, row.per)
        # Nothing counts that was spent before a row of this kind stood there.
        since = next(begin for begin, rows in so_far if any(row.counts_as(other) for other in rows))
        begin, total = max(begin, since or -1), 0
        for spent in sends:
            if row.speaks_of(spent.channel, spent.message, spent.chain, spent.team):
                inside = begin <= days.midnight(days.date(spent.time)) < day * DAY
                total += round(spent.cost * 10_000) * inside
        return total >= self.paper.part(row.maximum)

    def _all_edges(self) -> list[Edges]:
        rfm = self.paper.rfm
        if rfm is None:
            return []
        refreshes = range(0, self.paper.horizon + 1, seconds(rfm.get("refresh", "30d")))
        return [Edges(time, self._edges(time, rfm)) for time in refreshes]

    def _edges(self, time: int, rfm: dict[str, Any]) -> list[list[float]]:
        given = rfm.get("edges", "quantile")
        if given != "quantile":
            return [list(map(float, given[name])) for name in ("recency", "frequency", "monetary")]
        levels = rfm.get("levels", 5)
        by_customer: dict[int, list[tuple[int, float]]] = {}
        for when, customer, value in self.orders:
            if when < time:
                by_customer.setdefault(customer, []).append((when, value))
        measured = [measures(orders, time, rfm) for orders in by_customer.values()]
        counted = [measure for measure in measured if measure[1] > 0]
        if not counted:
            return [[0.0] * (levels - 1)] * 3
        columns = [sorted(column) for column in zip(*counted, strict=True)]
        # The smallest value that at least the share i / levels does not exceed.
        return [[column[-(-i * len(column) // levels) - 1] for i in range(1, levels)] for column in columns]


def measures(orders: Sequence[tuple[int, float]], time: int, rfm: dict[str, Any]) -> tuple[float, int, float]:
    """Days since the last order, orders and money of the period before ``time``."""
    length = seconds(rfm.get("period", "365d"))
    inside = [(when, value) for when, value in orders if time - length < when < time]
    last = max((when for when, _ in orders if when < time), default=NEVER)
    return (time - last) / DAY, len(inside), sum(value for _, value in inside)
