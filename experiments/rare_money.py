"""Money that hangs on few customers: differences that are never surer than so few orders allow.

The difference of two arms' contribution has two parts.  What messages cost differs for many customers and is known
well; what orders bring differs for few, by much.  Where a small run shows few such customers or none, neither the
replications nor the spread between customers know how much the orders bring that could have differed and did not.  So
below :data:`~experiments.statistics.FEW` customers whose orders differ, an interval of money also holds what their
number alone allows.

Customers who gain and customers who lose are independent counts; each of them moves the sum by what those seen move it
on average (root mean square), each that was not seen by what an order of the baseline brings (root mean square, too, as
the variance of a sum of few orders goes by it).  The limits of either sum are the gamma limits of a weighted sum of
Poisson counts (Fay and Feuer 1997), those of their difference Zou and Donner's (2008).

``benchmarks/coverage.py`` draws worlds of known truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy import special

from experiments.metrics import Metric
from experiments.moments import Moments, difference_name
from experiments.shares import ends_apart, not_narrower, p_of_ends
from experiments.statistics import FEW, LEVEL, Estimate, share_interval, student_quantile, undefined
from experiments.tables import MOVED

OF_ORDERS = ("contribution", "contribution_before_marketing", "revenue")
"""Money that orders bring."""

BESIDE = ("contribution", "marketing_cost", "contact_cost")
"""What differs where the same is done at another price, which moves nobody."""

NO_ORDER = "no order in either arm tells what one would bring that was not seen"


@dataclass(frozen=True)
class FewMoved:
    """Customers of a pair of arms whose orders differ, fewer than :data:`~experiments.statistics.FEW`.

    more, less: who gain and who lose, as if all differed by ``size``, currency units; fractions where sizes differ.
    unseen: size of an order that might differ and was not seen, 0 where none is known.  customers: of all
    replications.  moved: how many of them differ.
    """

    more: float
    less: float
    size: float
    unseen: float
    customers: float
    moved: int = 0

    def __add__(self, other: FewMoved) -> FewMoved:
        """Of both pairs together: no fewer customers than differ between the arms that they do not share."""
        more, less = self.more + other.more, self.less + other.less
        weights = self.more + self.less, other.more + other.less
        square = sum(weight * one.size**2 for weight, one in zip(weights, (self, other), strict=True))
        size = math.sqrt(square / sum(weights)) if sum(weights) > 0.0 else 0.0
        unseen, customers = max(self.unseen, other.unseen), min(self.customers, other.customers)
        return FewMoved(more, less, size, unseen, customers, self.moved + other.moved)

    def turned(self) -> FewMoved:
        """The same the other way round."""
        return replace(self, more=self.less, less=self.more)

    @property
    def centre(self) -> float:
        """What their orders make of the difference per customer."""
        return (self.more - self.less) * self.size / self.customers

    def ends(self, level: float = LEVEL) -> tuple[float, float]:
        """Limits of :attr:`centre`.

        >>> FewMoved(0.0, 0.0, 0.0, 1_000.0, 2_000.0).ends()  # of nobody: 3.69 orders, − ln 0.025
        (-1.84..., 1.84...)
        """
        first, second = (self._side(count, level) for count in (self.more, self.less))
        low, high = ends_apart(first, second)
        differing = self.more + self.less
        if differing > 0.0:  # McNemar's exact test, as for shares (experiments.shares.changes_apart)
            part = share_interval(self.more, differing, level)
            whole = differing * self.size / self.customers
            low = min(low, (2.0 * (part.low or 0.0) - 1.0) * whole)
            high = max(high, (2.0 * (part.high or 0.0) - 1.0) * whole)
        return low, high

    def _side(self, count: float, level: float) -> Estimate:
        """Gain or loss per customer of so many who differ by ``size``, and its limits (Fay and Feuer)."""
        tail = (1.0 - level) / 2.0
        total, square = count * self.size, count * self.size**2
        low = float(special.gammaincinv(count, tail)) * self.size if count > 0.0 else 0.0
        most, variance = total + self.unseen, square + self.unseen**2
        high = float(special.gammaincinv(most**2 / variance, 1.0 - tail)) * variance / most if most > 0.0 else 0.0
        low, total, high = (amount / self.customers for amount in (low, total, high))
        return Estimate(total, min(low, total), max(high, total), level=level)

    def around(self, figure: Estimate, part: float = 1.0) -> Estimate:
        """The figure with an interval that also holds what these few allow, and no smaller a p value.

        part: of their money that the figure is made of (1 of money per customer, 1/cost of a return on cost).
        """
        if figure.value is None:
            return figure
        if self.unseen == 0.0:
            return undefined(NO_ORDER, figure.level)
        value, centre = figure.value, self.centre

        def ends(level: float) -> tuple[float, float]:
            low, high = self.ends(level)
            return value + part * (low - centre), value + part * (high - centre)

        low, high = ends(figure.level)
        to_zero = value - low if value > 0.0 else high - value
        error = to_zero / student_quantile(figure.level, figure.degrees)
        method = "the number of customers whose orders differ"
        floor = Estimate(value, low, high, error, figure.degrees, p_of_ends(ends), figure.level, method)
        told = not_narrower(figure, floor) if figure.known else floor
        return told if told is figure else replace(told, moved=self.moved)


def few_moved(moments: Sequence[Moments], metric: Metric) -> FewMoved | None:
    """The few customers whose orders differ in money that they bring; None of other figures and of many customers.

    moments: of each replication, with the paired differences, :data:`MOVED` and the baseline's own columns.  None, too,
    where nothing but prices differs for anybody.
    """
    if metric.numerator not in OF_ORDERS or not moments or MOVED not in moments[0].columns:
        return None
    moved, customers = round(sum(m.total(MOVED) for m in moments)), float(sum(m.count for m in moments))
    beside = {difference_name(name) for name in BESIDE}
    if moved >= FEW or all(m.is_zero(*(name for name in m.differences if name not in beside)) for m in moments):
        return None
    columns = ("contribution_before_marketing", "offer_cost") if metric.numerator == "contribution" else ()
    names = [difference_name(name) for name in columns or (metric.numerator,)]
    weights = [1.0, -1.0][: len(names)]
    total = sum(weight * m.total(name) for m in moments for weight, name in zip(weights, names, strict=True))
    square = max(sum(m.squares_of(names, weights) for m in moments), 0.0)
    orders = sum(m.squares("orders") for m in moments)
    brings = columns[0] if columns else metric.numerator
    unseen = math.sqrt(sum(m.squares(brings) for m in moments) / orders) if orders > 0.0 else 0.0
    if square == 0.0:
        return FewMoved(0.0, 0.0, 0.0, unseen, customers, moved)
    count = max(float(moved), total**2 / square, 1.0)  # more where discounts alone differ, which may cancel out
    size = math.sqrt(square / count)
    more = min(max((count + total / size) / 2.0, 0.0), count)
    return FewMoved(more, count - more, size, max(unseen, size), customers, moved)
