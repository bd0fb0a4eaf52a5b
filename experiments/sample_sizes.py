"""How many customers a test of two groups needs to see an effect, and how surely a test of some size sees it.

A test compares different customers, so the groups are independent: the variance of the difference is σ²₁/n₁ + σ²₂/n₂.
Means (money, counts) are tested by Student's t with Welch's degrees, whose power is that of the non-central t (Cohen
1988, 2.5); shares by the test of two proportions, whose variance is pooled where there is no effect (Fleiss, Levin and
Paik 2003, 4.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from experiments.statistics import LEVEL, student_quantile, welch_degrees

POWER = 0.8
"""Probability of seeing the effect that a test is planned for, where nothing else is asked."""

HALVES = 0.5

MANY = 1e6
"""Degrees of freedom from which on Student's t is the normal distribution."""


@dataclass(frozen=True)
class Groups:
    """Two groups of a test.

    first, second: variance of one customer.  share: part of all customers in the second group.  unmoved: variance of
    one customer where there is no effect, of a share the pooled one; None: the groups' own, as a test of means has
    them.
    """

    first: float
    second: float
    share: float = HALVES
    unmoved: float | None = None

    @classmethod
    def of_shares(cls, first: float, second: float, share: float = HALVES) -> Groups:
        """Groups in which these shares of customers do something."""
        pooled = (1.0 - share) * first + share * second
        return cls(first * (1.0 - first), second * (1.0 - second), share, pooled * (1.0 - pooled))

    @property
    def variance(self) -> float:
        """Of the difference, times the customers of both groups."""
        return self.first / (1.0 - self.share) + self.second / self.share

    @property
    def variance_unmoved(self) -> float:
        """The same where there is no effect."""
        if self.unmoved is None:
            return self.variance
        return self.unmoved / (self.share * (1.0 - self.share))

    def degrees(self, customers: float) -> float:
        """Welch's degrees of freedom with so many customers in both groups."""
        sizes = ((1.0 - self.share) * customers, self.share * customers)
        parts = ((variance / size, size - 1.0) for variance, size in zip((self.first, self.second), sizes, strict=True))
        return welch_degrees(*parts)


def power(customers: float, effect: float, groups: Groups, level: float = LEVEL) -> float:
    """Probability that a two-sided test of so many customers in both groups finds a true effect of this size.

    >>> round(power(40, 1.0, Groups(1.0, 1.0)), 4)
    0.869
    """
    error = math.sqrt(groups.variance / customers)
    away = abs(effect) / error
    if groups.unmoved is not None:
        limit = student_quantile(level, math.inf) * math.sqrt(groups.variance_unmoved / customers) / error
        return float(special.ndtr(away - limit) + special.ndtr(-away - limit))
    degrees = groups.degrees(customers)
    limit = student_quantile(level, degrees)
    if degrees > MANY:
        return float(special.ndtr(away - limit) + special.ndtr(-away - limit))
    return float(1.0 - special.nctdtr(degrees, away, limit) + special.nctdtr(degrees, away, -limit))


def customers_needed(effect: float, groups: Groups, level: float = LEVEL, wanted: float = POWER) -> float:
    """Customers in both groups together with whom a two-sided test finds a true effect with the wanted probability.

    N = λ²·V/effect², V = σ²₁/(1 − q) + σ²₂/q with the share q of the second group; λ is the non-centrality at which the
    t of N's degrees passes its quantile with that probability.  Of shares N = (z·√V₀ + z′·√V)²/effect², V₀ that
    without an effect.  Findings on the wrong side, of an effect with the other sign, do not count.  Infinite without an
    effect.

    >>> round(customers_needed(0.5, Groups(1.0, 1.0)) / 2.0, 2)
    63.77
    >>> round(customers_needed(0.25, Groups.of_shares(0.75, 0.5), wanted=0.9) / 2.0, 3)
    76.707
    """
    if effect**2 == 0.0:
        return math.inf
    limit, beyond = student_quantile(level, math.inf), float(special.ndtri(wanted))
    if groups.unmoved is not None:
        away = limit * math.sqrt(groups.variance_unmoved) + beyond * math.sqrt(groups.variance)
        return away**2 / effect**2
    least = 2.5 / min(groups.share, 1.0 - groups.share)
    customers = max((limit + beyond) ** 2 * groups.variance / effect**2, least)
    for _ in range(ROUNDS):
        degrees = groups.degrees(customers)
        if degrees > MANY:
            break
        away = float(special.nctdtrinc(degrees, 1.0 - wanted, student_quantile(level, degrees)))
        before, customers = customers, max(away**2 * groups.variance / effect**2, least)
        if abs(customers - before) <= 1e-6 * customers:
            break
    return customers


ROUNDS = 50
"""More than degrees of freedom and customers need to agree."""
