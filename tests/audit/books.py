"""Loyalty accounts as an accountant would keep them from the log: what was earned, became active, was spent and lost.

Every row about points or tiers must be due, with its amount, and every one that is due must stand in the log.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.audit.reading import share
from tests.audit.words import seconds

if TYPE_CHECKING:
    from tests.audit.facts import Row

POINTS_ROWS = ("points_earned", "points_spent", "points_expiring", "points_expired")
BOOKED = ("order", "action_taken", "tier_changed", *POINTS_ROWS)
_UNIT = 10_000
_GIFT = 1 << 40


@dataclass
class Lot:
    """Points that become active together.  left: of them neither spent nor lost.

    rank: of lots that become active in one second the smaller is first, then gifts of that second; those of orders
    that are active at once stand in their order.
    """

    active: int
    left: int
    ends: int | None
    soon: int | None
    rank: int
    announced: bool = False


@dataclass
class Books:
    """The account of one customer.  raw: the scenario's ``loyalty`` block."""

    raw: dict[str, Any]
    lots: list[Lot] = field(default_factory=list)
    orders: list[tuple[int, int]] = field(default_factory=list)
    tier: str | None = None
    spent: int = 0

    # ------------------------------------------------------------------ what conditions ask

    def balance(self, time: int) -> int:
        """Points that can be spent."""
        return sum(lot.left for lot in self.lots if lot.active <= time)

    def expiring(self, time: int) -> int:
        """Of them those that expire soon."""
        return sum(lot.left for lot in self.lots if lot.soon is not None and lot.active <= time and lot.soon <= time)

    def lookup(self, path: str, time: int) -> Any:
        """The value of a field about points or the tier."""
        if path == "tier":
            return self.tier
        return self.balance(time) if path == "points.balance" else self.expiring(time)

    # ------------------------------------------------------------------ entries

    def learn(self, event: str, time: int, value: float | None, category: str) -> None:
        """What a row changes."""
        amount = round(value or 0)
        if event == "order":
            self.orders.append((time, round((value or 0) * _UNIT)))
            self.spent += self.orders[-1][1]
        elif event == "points_spent":
            self._use(amount, time)
        elif event == "points_expired":
            over = next((lot for lot in self.lots if lot.ends == time and lot.left), None)
            if over is not None:
                self.lots.remove(over)
        elif event == "tier_changed":
            self.tier = category or None

    def follow(self, event: str, time: int, value: float | None, category: str) -> None:
        """What a row changes where nobody checks whether it was due."""
        if event == "points_earned":
            amount = round(value or 0)
            by_order = bool(self.orders) and self.orders[-1][0] == time
            by_order = by_order and amount == self.earned_by(self.orders[-1][1] / _UNIT, self.tier)
            after = seconds(self.raw["points"].get("active_after", "0s")) if by_order else 0
            self.credit(amount, time, after, not by_order)
        self.learn(event, time, value, category)

    def credit(self, amount: int, time: int, after: int, gift: bool) -> None:
        """A lot that becomes active after ``after`` seconds; gift: given by a step, not earned."""
        points = self.raw["points"]
        active, ends, soon = time + after, None, None
        if "expire_after" in points:
            ends = active + seconds(points["expire_after"])
            soon = max(ends - seconds(points.get("expiring", "30d")), active)
        self.lots.append(Lot(active, amount, ends, soon, _GIFT if gift else amount if after else 0))
        self.lots.sort(key=lambda lot: (lot.active, lot.rank))

    def _use(self, amount: int, time: int) -> None:
        for lot in self.lots:
            if lot.active <= time:
                used = min(lot.left, amount)
                lot.left, amount = lot.left - used, amount - used

    # ------------------------------------------------------------------ what is due

    def earned_by(self, value: float, tier: str | None) -> int:
        """Points for an order of this value."""
        rate = share(self.raw["points"]["earn"])
        own = self.raw.get("tiers", {}).get(tier, {}).get("earn")
        worth = round(self.raw["points"].get("worth", 1) * _UNIT)
        return math.floor(round(value * _UNIT) * (rate if own is None else share(own)) / worth)

    def reached(self) -> str | None:
        """The tier that what was spent reaches."""
        tiers = [name for name, tier in self.raw.get("tiers", {}).items() if round(tier["from"] * _UNIT) <= self.spent]
        return tiers[-1] if tiers else None

    def refresh(self, time: int) -> str | None:
        """The tier after counting anew."""
        since = time - seconds(self.raw.get("spent_in", "365d"))
        self.spent = sum(value for when, value in self.orders if since < when < time)
        return self.reached()


def bad_books(
    raw: dict[str, Any], chains: dict[str, Any], rows: Sequence[Row], horizon: int
) -> Iterable[tuple[int, str]]:
    """(time, text) of everything that is wrong with the points and tiers in one customer's rows."""
    books, told = Books(raw), [row for row in rows if row.event in BOOKED]
    due: list[tuple[int, str, Any]] = []
    after = seconds(raw["points"].get("active_after", "0s")) if "points" in raw else 0
    refreshes = range(seconds(raw.get("refresh", "30d")), horizon, seconds(raw.get("refresh", "30d")))
    todays = list(refreshes) if "tiers" in raw else []
    for row in told:
        while todays and todays[0] <= row.time:
            yield from _refreshed(books, todays.pop(0), due)
        yield from _lapsed(books, due, row.time)
        given = _given(chains, row) if row.event == "action_taken" and not row.reason else ()
        if given:
            due.append((row.time, "points_earned", (given, 0, True)))
        elif row.event in (*POINTS_ROWS, "tier_changed"):
            problem = _explain(books, due, row)
            if problem:
                yield row.time, problem
        books.learn(row.event, row.time, row.value, row.category)
        if row.event == "order":
            if "points" in raw and (amount := books.earned_by(row.value or 0, books.tier)):
                due.append((row.time, "points_earned", ((amount,), after, False)))
            if books.reached() != books.tier and _rises(raw, books.tier, books.reached()):
                due.append((row.time, "tier_changed", books.reached()))
    for time in todays:
        yield from _refreshed(books, time, due)
    yield from _lapsed(books, due, horizon)


def _given(chains: dict[str, Any], row: Row) -> tuple[int, ...]:
    """Amounts that steps of the row's chain give."""
    if row.category != "give":
        return ()
    return tuple(_amounts(chains[row.chain]["steps"]))


def _amounts(part: Any) -> Iterable[int]:
    if isinstance(part, dict):
        if isinstance(part.get("give"), dict) and "points" in part["give"]:
            yield part["give"]["points"]
        for value in part.values():
            yield from _amounts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _amounts(value)


def _rises(raw: dict[str, Any], before: str | None, now: str | None) -> bool:
    names = [None, *raw.get("tiers", {})]
    return names.index(now) > names.index(before)


def _refreshed(books: Books, time: int, due: list[tuple[int, str, Any]]) -> Iterable[tuple[int, str]]:
    yield from _lapsed(books, due, time)
    tier = books.refresh(time)
    if tier != books.tier:
        due.append((time, "tier_changed", tier))


def _explain(books: Books, due: list[tuple[int, str, Any]], row: Row) -> str:
    """What is wrong with a row; what is right is struck off."""
    amount = round(row.value or 0)
    if row.event == "points_spent":
        held = books.balance(row.time)
        return "" if 0 < amount <= held else f"spent {amount} points of {held}"
    if row.event in ("points_expiring", "points_expired"):
        return _explain_end(books, row, amount)
    for entry in due:
        time, event, what = entry
        if (time, event) != (row.time, row.event):
            continue
        if event == "tier_changed" and what == (row.category or None):
            due.remove(entry)
            return ""
        if event == "points_earned" and amount in what[0]:
            due.remove(entry)
            books.credit(amount, row.time, what[1], what[2])
            return ""
    return f"{row.event} of {row.category or amount} was not due"


def _explain_end(books: Books, row: Row, amount: int) -> str:
    """Lots that end in the same second are announced, and lost, one after the other."""
    meant = 0
    if row.event == "points_expired":
        meant = next((lot.left for lot in books.lots if lot.ends == row.time and lot.left), 0)
    else:
        for lot in [lot for lot in books.lots if lot.soon == row.time and not lot.announced]:
            lot.announced = True
            meant = _announced(books, row.time)
            if meant:
                break
    return "" if meant and amount == meant else f"{row.event} of {amount} points, {meant or 'none'} were due"


def _announced(books: Books, time: int) -> int:
    """Points whose end was announced, or should have been before ``time``."""
    told = [lot for lot in books.lots if lot.announced or (lot.soon is not None and lot.soon < time)]
    return sum(lot.left for lot in told)


def _lapsed(books: Books, due: list[tuple[int, str, Any]], time: int) -> Iterable[tuple[int, str]]:
    """What should have stood in the log before ``time``."""
    for entry in [entry for entry in due if entry[0] < time]:
        due.remove(entry)
        yield entry[0], f"{entry[1]} is missing"
    for lot in [lot for lot in books.lots if lot.soon is not None and lot.soon < time and not lot.announced]:
        lot.announced = True
        if lot.left:
            yield lot.soon or 0, f"the end of {lot.left} points was not announced"
    for lot in [lot for lot in books.lots if lot.ends is not None and lot.ends < time]:
        if lot.left:
            yield lot.ends or 0, f"{lot.left} points did not expire"
        books.lots.remove(lot)
