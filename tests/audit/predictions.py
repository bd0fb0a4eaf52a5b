"""Predictions as the auditor works them out: chances by closed forms, and whether a recorded fit is one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tests.audit.reading import Paper
from tests.audit.words import DAY, seconds

if TYPE_CHECKING:
    from tests.audit.facts import Base

ENOUGH = 10
"""Customers with orders on two days that a fit needs."""

Days = Sequence[int]


def chance(fit: Sequence[float], days: Days, today: int, horizon: float | None, model: str) -> float:
    """Chance of an order within ``horizon`` days, or (None) of being lost; days: sorted days with an order."""
    r, alpha, a, b = fit
    x, last, age = len(days) - 1, days[-1] - days[0], today - days[0]
    left = x + (model == "mbg_nbd")
    odds = 0.0 if left == 0 else a / (b + left - 1) * ((alpha + age) / (alpha + last)) ** (r + x)
    here = 1 / (1 + odds)
    return 1 - here if horizon is None else here * (1 - ((alpha + age) / (alpha + age + horizon)) ** (r + x))


def bad_fits(paper: Paper, base: Base) -> Iterator[tuple[int, str]]:
    """(time, text) of recorded fits that are none, or that a neighbour beats clearly."""
    model = paper.predictions.get("model", "mbg_nbd")
    for number, fit in enumerate(base.fits):
        time = number * seconds(paper.predictions.get("refit", "30d"))
        by_customer: dict[int, set[int]] = {}
        for when, customer, _ in base.orders:
            if when < time:
                by_customer.setdefault(customer, set()).add(when // DAY)
        people = [sorted(days) for days in by_customer.values()]
        enough = sum(len(days) > 1 for days in people) >= ENOUGH
        if enough != bool(fit[0]):
            yield time, f"a fit {'is missing' if enough else 'of too few customers'}"
        elif enough:
            top = _likelihood(fit, people, time // DAY, model)
            for index in range(4):
                for factor in (0.9, 1.1):
                    beside = [value * factor if at == index else value for at, value in enumerate(fit)]
                    if _likelihood(beside, people, time // DAY, model) > top + 0.05:
                        yield time, f"the fit {fit} is beaten by {beside}"


def _likelihood(fit: Sequence[float], people: Sequence[Days], today: int, model: str) -> float:
    r, alpha, a, b = fit
    total = 0.0
    for days in people:
        x, last, age = len(days) - 1, days[-1] - days[0], today - days[0]
        left = x + (model == "mbg_nbd")
        stays = -(r + x) * math.log(alpha + age)
        gone = math.log(a / (b + left - 1)) - (r + x) * math.log(alpha + last) if left else -math.inf
        high = max(stays, gone)
        total += high + math.log(math.exp(stays - high) + math.exp(gone - high))
        total += math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
        total += math.lgamma(b + left) + math.lgamma(a + b) - math.lgamma(b) - math.lgamma(a + b + left)
    return total
