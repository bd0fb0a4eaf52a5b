"""Which differences matter: the least relevant difference of contribution (``--least``).

A difference of which it is certain that it is not zero may still be too small for anybody to act on, and of many
chains the most certain ones are often the smallest.  So a difference is weighed against a stated least one: it
matters where its whole interval lies beyond, it does not matter where the whole interval lies within (two one-sided
tests at half the level's error each), and otherwise it is not known whether it does.

Of several arms what is said of sizes holds for all of them together, as what is said of signs does: by Holm's
correction, of the levels at which the intervals of the arms would no longer settle it (:func:`size_p`).  With one arm
that is the arm's own interval.  Of twenty arms whose differences are just what matters, the arms' own
intervals say something false of a size in one run of four, with the correction in one of forty.
"""

from __future__ import annotations

import math
from typing import Literal

from experiments.plan import PlanError
from experiments.statistics import Estimate, student_cdf, student_quantile
from strategies.brief import Target
from strategies.language.brief import parse_target
from strategies.language.number_words import meant_number
from strategies.language.reader import Refused

Weight = Literal["more", "less", "more_unsized", "less_unsized", "nil", "open", "same", "unknown"]
"""``more``, ``less``: by at least what matters.  ``…_unsized``: the sign is certain, whether it matters is not.
``nil``: no difference that matters.  ``open``: neither sign nor size.  ``same``: nothing differs for anybody.
``unknown``: there is no interval."""


def least_amount(least: Target, contribution: Estimate | None) -> float:
    """The least relevant difference in currency units per customer; 0 where the baseline's contribution is not known.

    least: a share of the baseline's own ``contribution`` per customer, or an amount.

    >>> least_amount(Target(0.01, True), Estimate(-50.0, -60.0, -40.0)), least_amount(Target(2.0), None)
    (0.5, 2.0)
    """
    if not least.percent:
        return least.value
    return least.value * abs(contribution.value or 0.0) if contribution else 0.0


DEFAULT_LEAST = Target(0.001, percent=True)
"""A thousandth of the baseline's contribution, a convention (grade D).  It bounds each difference, not their sum: sixty
chains that are nil one by one may add six per cent, and chains that stand in for one another may each be nil and
together large, for a difference is what is lost when one chain alone is missing."""


def parse_least(text: str) -> Target:
    """``0.1%`` or an amount such as ``2``; ``0`` lets every difference matter.

    Raises PlanError for anything else.

    >>> parse_least("0.5%"), parse_least("2")
    (Target(value=0.005, percent=True), Target(value=2.0, percent=False))
    """
    try:
        found = parse_target(text if text.endswith("%") else float(text))
        if found.value >= 0.0:
            return found
    except (Refused, ValueError):
        pass
    meant = meant_number(text)
    hint = f"; {meant}" if meant else ""
    raise PlanError(
        f"--least {text}: expected a share of the baseline's contribution such as 0.1%, or an amount of at least 0 in "
        f"currency units per customer{hint}"
    )


def size_p(figure: Estimate, least: float) -> float:
    """The error at which the interval of a difference just reaches ± ``least``, from inside or from outside.

    Twice the tail of Student's t beyond ||value| − least| / standard error, the latter from the half of the interval
    that points there: below it the interval settles whether the difference matters.  1 where there is no interval, 0 of
    a difference that is known exactly.

    >>> e = Estimate(3.0, 1.0, 5.0, 2.0 / 1.96)
    >>> round(size_p(e, 1.0), 3), round(size_p(e, 5.0), 3), size_p(e, 3.0)
    (0.05, 0.05, 1.0)
    """
    if figure.value is None or figure.low is None or figure.high is None or figure.standard_error is None:
        return 1.0
    if figure.standard_error == 0.0:
        return 0.0
    below, above = figure.value - figure.low, figure.high - figure.value
    if abs(figure.value) > least:
        parts = [(abs(figure.value) - least, below if figure.value > 0.0 else above)]
    else:
        parts = [(least - figure.value, above), (least + figure.value, below)]
    reached = min(gap / half if half > 0.0 else math.inf for gap, half in parts)
    return 2.0 * student_cdf(-reached * student_quantile(figure.level, figure.degrees), figure.degrees)


def settled(figure: Estimate, least: float) -> bool:
    """Whether the interval by itself lies within ± ``least`` or beyond it."""
    if figure.low is None or figure.high is None:
        return False
    return max(abs(figure.low), abs(figure.high)) <= least or figure.low >= least or figure.high <= -least


def weigh(figure: Estimate, least: float, decided: bool, sized: bool) -> Weight:
    """What a difference weighs.

    decided, sized: whether its sign, and whether its size against ``least``, is certain after any correction for many
    comparisons.

    >>> weigh(Estimate(5.0, 2.0, 8.0), 1.0, True, True), weigh(Estimate(0.2, 0.1, 0.3), 1.0, True, True)
    ('more', 'nil')
    >>> weigh(Estimate(-1.0, -1.8, -0.2), 1.0, True, False), weigh(Estimate(0.0, -2.0, 2.0), 1.0, False, False)
    ('less_unsized', 'open')
    """
    if not figure.known or figure.value is None:
        return "unknown"
    if sized and abs(figure.value) <= least:
        return "nil"
    if not decided:
        return "open"
    if figure.value > 0.0:
        return "more" if sized else "more_unsized"
    return "less" if sized else "less_unsized"
