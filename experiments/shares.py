"""Shares, rates and counts over replications, never surer than the number of their events allows.

Student's interval and the jackknife ask the replications how far a figure spreads.  Of few events they do not know:
counts of one or two agree by chance, or one replication has them all.  Below :data:`FEW` events, and with two
replications always, an interval also holds what the counts alone allow: exact limits for so few events, as if events
were independent (Wilson's limits from :data:`FEW` on).

``benchmarks/coverage.py`` (4,000 draws; 2, 4, 8 or 20 replications; 0.5, 1, 3, 8 or 20 events in all): the jackknife
of a rate covers in 82 to 97 of 100 with two replications and 91 to 99 with more, what is told in 97 to 100.  Where
nothing differs, two replications alone decide a difference in 5 to 11 of 100, and what is told in fewer than 1; more
than two in up to 5, alone and as told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from experiments.bounded import within_bounds
from experiments.ratios import jackknife_ratio, jackknife_ratio_difference, jackknife_relative
from experiments.statistics import (
    FEW,
    LEVEL,
    NO_SPREAD,
    NOTHING_SEEN,
    TOO_FEW_EVENTS,
    Estimate,
    count_interval,
    estimate,
    over_replications,
    relative_difference,
    share_interval,
    undefined,
    without_p,
)

Floats = NDArray[np.float64]

Ends = Callable[[float], tuple[float, float]]
"""From a level: both ends of an interval."""

SUREST = 1e-12
"""Least p value that a difference of counts is told with."""


def told_by_few(events: float, replications: int) -> bool:
    """Whether replications know too little of the spread of so many events.

    >>> told_by_few(19, 20), told_by_few(20, 20), told_by_few(500, 2)
    (True, False, True)
    """
    return events < FEW or replications == 2


def not_narrower(figure: Estimate, floor: Estimate) -> Estimate:
    """The figure with an interval that holds ``floor``'s too, and no smaller a p value; itself where it does anyway."""
    if not (figure.known and floor.known):
        return figure
    ends = [end for one in (figure, floor) for end in (one.low, one.high) if end is not None]
    if (min(ends), max(ends)) == (figure.low, figure.high):
        return figure
    return replace(
        figure,
        low=min(ends),
        high=max(ends),
        standard_error=max(figure.standard_error or 0.0, floor.standard_error or 0.0) or None,
        p=None if figure.p is None or floor.p is None else max(figure.p, floor.p),
        method=f"{figure.method}, not narrower than {floor.method}",
    )


def pooled_share(top: Floats, bottom: Floats, design_effect: float, level: float) -> Estimate:
    """A rate Σ top / Σ bottom: jackknife over replications; with one replication or without any event, the binomial.

    top, bottom: (R,) counts.  Of few events (:func:`told_by_few`) not narrower than the binomial.
    """
    if bottom.sum() <= 0.0:
        return undefined("nothing to take a share of", level)
    events, trials = float(top.sum()), float(bottom.sum())
    binomial = share_interval(events, trials, level, design_effect)
    if events == 0.0 or len(top) < 2:
        return binomial
    figure = without_p(jackknife_ratio(top, bottom, level))
    if figure.reason == NO_SPREAD:
        return binomial
    return share_floor(figure, events, trials, len(top), _left(design_effect, len(top)))


def _left(design_effect: float, replications: int) -> float:
    """What is left of a design effect for the counts to tell: of three replications on their spread shows it."""
    return design_effect if replications <= 2 else 1.0


def share_floor(
    figure: Estimate, events: float, trials: float, replications: int, design_effect: float = 1.0
) -> Estimate:
    """A share within [0, 1], of few events or of few others not narrower than the binomial."""
    if events > trials:
        return figure
    figure = within_bounds(figure, high=1.0)
    if not told_by_few(min(events, trials - events), replications):
        return figure
    return not_narrower(figure, share_interval(events, trials, figure.level, design_effect))


def plain_share(top: Floats, bottom: Floats, level: float = LEVEL) -> Estimate:
    """Σ top / Σ bottom as a share of independent customers, within [0, 1].  top, bottom: (R,) counts."""
    figure = pooled_share(top, bottom, 1.0, level)
    if not figure.known:
        figure = share_interval(float(top.sum()), float(bottom.sum()), level)
    return within_bounds(figure, high=max(1.0, figure.value or 0.0))


def rate(counts: Floats, exposure: Floats, level: float = LEVEL) -> Estimate:
    """Events per unit of exposure: t over replications, or from the count alone where they tell no spread.

    counts, exposure: (R,).  Of few events (:func:`told_by_few`) not narrower than from the count alone.
    """
    within = count_interval(float(counts.sum()), float(exposure.sum()), level)
    if len(counts) < 2 or not exposure.all():
        return within
    figure = within_bounds(without_p(over_replications(counts / exposure, level, within)))
    return not_narrower(figure, within) if told_by_few(float(counts.sum()), len(counts)) else figure


def count_floor(figure: Estimate, total: float, squares: float, customers: float, replications: int) -> Estimate:
    """A number per customer, of few events not narrower than the exact Poisson limits of as many customers.

    total, squares: Σx and Σx² over customers; whoever has several events counts once (Σx²/Σx: of how many at a time).
    """
    if total <= 0.0 or not told_by_few(total**2 / squares, replications):
        return figure
    return not_narrower(figure, count_interval(total**2 / squares, customers * total / squares, figure.level))


@dataclass(frozen=True)
class Tally:
    """So many events of so many trials (messages, customers), both worth less by their design effect."""

    events: float
    trials: float
    design_effect: float = 1.0


def shares_apart(ours: Tally, theirs: Tally, level: float = LEVEL) -> Estimate:
    """Difference of two shares from their counts alone, each with the limits of :func:`share_interval`.

    From the limits l, u of each share p the difference has (Newcombe 1998, method 10; Zou and Donner 2008)
    p₁ − p₂ − √((p₁ − l₁)² + (u₂ − p₂)²) and p₁ − p₂ + √((u₁ − p₁)² + (p₂ − l₂)²).  That takes the two for independent;
    of arms with the same luck, whose shares rise and fall together, it is too wide rather than too narrow.

    >>> e = shares_apart(Tally(3, 5_000), Tally(1, 5_000))
    >>> round(1e3 * e.value, 2), round(1e3 * e.low, 2), round(1e3 * e.high, 2), e.decided
    (0.4, -0.63, 1.57, False)
    """
    pair = [share_interval(one.events, one.trials, level, one.design_effect) for one in (ours, theirs)]
    for one in pair:
        if not one.known:
            return undefined(one.reason, level)

    def ends(asked: float) -> tuple[float, float]:
        return ends_apart(*(share_interval(one.events, one.trials, asked, one.design_effect) for one in (ours, theirs)))

    return _from_counts(pair, ends, level, "exact counts, the pairing is not used")


def paired_rates(
    ours: tuple[Floats, Floats], theirs: tuple[Floats, Floats], design_effects: tuple[float, float], level: float
) -> tuple[Estimate, Estimate]:
    """Difference and relative difference of two arms' rates Σ events / Σ messages, each not zero messages.

    ours, theirs: (events, messages), each (R,).  Jackknife over replications; with one, or where they tell no spread,
    binomial.  Of few events (:func:`told_by_few`) not narrower than :func:`shares_apart`.
    """
    first, second = (
        Tally(float(top.sum()), float(bottom.sum()), effect)
        for (top, bottom), effect in zip((ours, theirs), design_effects, strict=True)
    )
    happened, replications = first.events + second.events > 0.0, len(ours[0])
    plain, relative = _unpaired_rates(first, second, level)
    if replications > 1 and happened:
        paired = jackknife_ratio_difference(ours, theirs, level)
        if paired.reason != NO_SPREAD:
            plain, relative = paired, jackknife_relative(ours, theirs, level)
    figure = plain
    counted, against = (replace(one, design_effect=_left(one.design_effect, replications)) for one in (first, second))
    if told_by_few(min(min(one.events, one.trials - one.events) for one in (first, second)), replications):
        figure = not_narrower(plain, shares_apart(counted, against, level))
    if not happened:
        return without_p(figure), undefined(NOTHING_SEEN, level)
    return figure, relative if figure is plain else undefined(TOO_FEW_EVENTS, level)


def _unpaired_rates(first: Tally, second: Tally, level: float) -> tuple[Estimate, Estimate]:
    """The same from the binomial spread of each."""
    levels = [share_interval(one.events, one.trials, level, one.design_effect) for one in (first, second)]
    values = [float(one.value or 0.0) for one in levels]
    errors = [float(one.standard_error or 0.0) for one in levels]
    method = "binomial, widened by the design effect; the pairing is not used"
    difference = estimate(values[0] - values[1], math.hypot(*errors), math.inf, level, method)
    return difference, relative_difference(values[0], values[1], errors[0] ** 2, errors[1] ** 2, level=level)


def changes_apart(more: float, less: float, customers: float, level: float = LEVEL, share: bool = True) -> Estimate:
    """Difference per customer of paired arms, from those who differ: who has the event in one arm only, or the other.

    Both shares of such discordant pairs are set apart as in :func:`shares_apart`.  Where McNemar's exact test, of the
    part π that ``more`` is of all of them, does not reject equality, the interval holds zero: it goes at least from
    (2l − 1)·m/customers to (2u − 1)·m/customers, l and u the limits of π, m how many differ.
    share: nobody has the event twice.  Else (:func:`count_interval` for both) a customer with a difference of d counts
    like d² who differ by one, which has the same variance.

    >>> [changes_apart(more, 0, 9_000).decided for more in (5, 6)]  # McNemar: p = 0.0625 and 0.03125
    [False, True]
    """
    interval = share_interval if share else count_interval

    def ends(asked: float) -> tuple[float, float]:
        low, high = ends_apart(interval(more, customers, asked), interval(less, customers, asked))
        part, differing = share_interval(more, more + less, asked), (more + less) / customers
        low = min(low, (2.0 * (part.low or 0.0) - 1.0) * differing)
        high = max(high, (2.0 * (part.high or 0.0) - 1.0) * differing)
        return (max(low, -1.0), min(high, 1.0)) if share else (low, high)

    pair = [interval(count, customers, level) for count in (more, less)]
    return _from_counts(pair, ends, level, "exact counts of those who differ")


def _from_counts(pair: list[Estimate], ends: Ends, level: float, method: str) -> Estimate:
    """Difference of a pair of figures with its ends at any level."""
    first, second = pair
    error = math.hypot(first.standard_error or 0.0, second.standard_error or 0.0)
    low, high = ends(level)
    return Estimate(_value(first) - _value(second), low, high, error, p=p_of_ends(ends), level=level, method=method)


def _value(figure: Estimate) -> float:
    return figure.value or 0.0


def ends_apart(first: Estimate, second: Estimate) -> tuple[float, float]:
    """Ends of first − second, both known and independent (Zou and Donner 2008)."""
    value, other = _value(first), _value(second)
    below, above = value - (first.low or 0.0), (first.high or 0.0) - value
    other_below, other_above = other - (second.low or 0.0), (second.high or 0.0) - other
    return value - other - math.hypot(below, other_above), value - other + math.hypot(above, other_below)


def p_of_ends(ends: Ends) -> float:
    """1 − the level at which the interval just reaches zero, by bisection on its logarithm."""

    def holds_zero(p: float) -> bool:
        low, high = ends(1.0 - p)
        return low <= 0.0 <= high

    if not holds_zero(SUREST):
        return SUREST
    inside, outside = math.log(SUREST), 0.0
    for _ in range(30):
        middle = (inside + outside) / 2.0
        inside, outside = (middle, outside) if holds_zero(math.exp(middle)) else (inside, middle)
    return math.exp(inside)
