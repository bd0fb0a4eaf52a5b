"""How many replications would decide a difference that is not decided yet."""

from __future__ import annotations

import numpy as np
from scipy import special

from experiments.figures import number, rounded_up
from experiments.phrases import Language, say
from experiments.statistics import LEVEL, Estimate

MOST_NEEDED, FEWEST_NEEDED = 100, 1_000
"""Nobody runs so many times the replications there were: a larger number is not told."""


def most_told(replications: int) -> int:
    """The largest number of replications that is told as a need."""
    return max(MOST_NEEDED * replications, FEWEST_NEEDED)


def replications_needed(figure: Estimate, replications: int, comparisons: int = 1) -> int | None:
    """How many replications decide every second time, to two digits: the least n with t(n − 1)·s/√n ≤ |difference|.

    s: the spread between the ``replications`` there were.  comparisons: differences of which this is one, each with its
    part of the error (Bonferroni; never too few for Holm's correction).  None: more than are told, or nothing to go by.

    >>> figure = Estimate(1.0, -1.0, 3.0, 1.0)
    >>> replications_needed(figure, 10), replications_needed(figure, 10, comparisons=20)
    (41, 97)
    """
    if not figure.value or not figure.standard_error:
        return None
    numbers = np.arange(2, most_told(replications) + 1)
    errors = figure.standard_error * np.sqrt(replications / numbers)
    half = special.stdtrit(numbers - 1, 1.0 - (1.0 - (figure.level or LEVEL)) / (2.0 * comparisons)) * errors
    narrow = half <= abs(figure.value)
    if not narrow.any():
        return None
    return max(rounded_up(float(numbers[narrow.argmax()])), replications + 1)


def needed_words(figure: Estimate, replications: int, language: Language, comparisons: int = 1) -> str:
    """A sentence about it; '' where there is nothing to go by."""
    if not figure.value or not figure.standard_error:
        return ""
    count = replications_needed(figure, replications, comparisons)
    if count is None:
        return say(language, "needed_too_many", count=number(most_told(replications), 0))
    return say(language, "needed", count=number(count, 0), replications=str(replications))


def few_orders(figure: Estimate, language: Language) -> str:
    """A sentence about a difference of money that hangs on few customers; '' of others."""
    if figure.moved is None:
        return ""
    if not figure.moved:
        return say(language, "few_orders_none")
    count = say(language, "few_orders_one" if figure.moved == 1 else "few_orders_count", count=str(figure.moved))
    return say(language, "few_orders", count=count)
