"""Predictions as the auditor works them out: chances by closed forms, and whether a recorded fit is one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tests.audit.reading import Paper
from tests.audit.words import DAY, seconds

if TYPE_CHECKING:
    from tests.audit.facts import Base

ENOUGH = 10
"""Customers with orders on two days that a fit needs."""
RECENT, PRIOR = 14, 100
"""Days whose buyers set the pace, and how many buyers the model itself is worth beside them."""

Days = Sequence[int]


def clock(days: Days, registered: int | None, records: int) -> tuple[int, Days]:
    """The day from which a customer counts, and the days with an order after it.

    registered: seconds, or None.  records: days before the start from which the company knows orders.
    """
    begins = [] if registered is None else [max(registered // DAY, -records)]
    begin = min([*begins, *days[:1]])
    return begin, [day for day in days if day > begin]


def chance(fit: Sequence[float], begin: int, days: Days, today: int, horizon: float | None, model: str) -> float:
    """Chance of an order within ``horizon`` days, or (None) of being lost; days: sorted days with an order."""
    r, alpha, a, b, pace, _ = fit
    x, last, age = len(days), days[-1] - begin if days else 0, today - begin
    left = x + (model == "mbg_nbd")
    odds = 0.0 if left == 0 else a / (b + left - 1) * ((alpha + age) / (alpha + last)) ** (r + x)
    here = 1 / (1 + odds)
    if horizon is None:
        return 1 - here
    return here * (1 - ((alpha + age) / (alpha + age + pace * horizon)) ** (r + x))


def bad_fits(paper: Paper, base: Base) -> Iterator[tuple[int, str]]:
    """(time, text) of recorded fits that are none, or that a neighbour beats clearly."""
    model = paper.predictions.get("model", "mbg_nbd")
    for number, fit in enumerate(base.fits):
        time = number * seconds(paper.predictions.get("refit", "30d"))
        today = time // DAY
        by_customer: dict[int, set[int]] = {}
        for when, customer, _ in base.orders:
            if when < time:
                by_customer.setdefault(customer, set()).add(when // DAY)
        enough = sum(len(days) > 1 for days in by_customer.values()) >= ENOUGH
        if enough != bool(fit[0]):
            yield time, f"a fit {'is missing' if enough else 'of too few customers'}"
            continue
        if not enough:
            continue
        people = {}
        for customer in by_customer.keys() | base.registered.keys():
            account = base.registered.get(customer)
            days = sorted(by_customer.get(customer, ()))
            if days or (account is not None and account < time):
                people[customer] = (clock(days, account, paper.records), days)
        counted = [found for found, _ in people.values() if found[0] < today]
        top = _likelihood(fit[:4], counted, today, model)
        for index in range(4):
            for factor in (0.9, 1.1):
                beside = [value * factor if at == index else value for at, value in enumerate(fit[:4])]
                if _likelihood(beside, counted, today, model) > top + 0.05:
                    yield time, f"the fit {fit} is beaten by {beside}"
        due = _pace(fit, people.values(), today, model)
        if not math.isclose(fit[4], due, rel_tol=1e-9):
            yield time, f"the pace is {fit[4]}, expected {due}"


def _pace(fit: Sequence[float], people: Iterable[tuple[tuple[int, Days], Days]], today: int, model: str) -> float:
    """Buyers of the last days against the model's own count of them, both among those with an order before."""
    seen, due, then = 0, 0.0, today - RECENT
    for (begin, counted), days in people:
        if days and days[0] < then:
            seen += days[-1] >= then
            due += chance([*fit[:4], 1.0, 0.0], begin, [day for day in counted if day < then], then, RECENT, model)
    return (seen + PRIOR) / (due + PRIOR)


def _likelihood(fit: Sequence[float], people: Sequence[tuple[int, Days]], today: int, model: str) -> float:
    r, alpha, a, b = fit
    total = 0.0
    for begin, days in people:
        x, last, age = len(days), days[-1] - begin if days else 0, today - begin
        left = x + (model == "mbg_nbd")
        stays = -(r + x) * math.log(alpha + age)
        gone = math.log(a / (b + left - 1)) - (r + x) * math.log(alpha + last) if left else -math.inf
        high = max(stays, gone)
        total += high + math.log(math.exp(stays - high) + math.exp(gone - high))
        total += math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
        total += math.lgamma(b + left) + math.lgamma(a + b) - math.lgamma(b) - math.lgamma(a + b + left)
    return total
