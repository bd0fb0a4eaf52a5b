"""Within which numbers the customer model is defined: outside of these a parameter has no meaning, or breaks the run.

Wider than the plausible range that stands beside each parameter, which says what may be true.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from strategies.limits import MAX_AMOUNT, MAX_MEAN_ORDER, MAX_PAST, MAX_PERIOD
from strategies.vocabulary import DAY, MONEY_UNIT


@dataclass(frozen=True)
class Bounds:
    """Each number lies from ``low`` to ``high``; a list's ``total`` may have to be positive, or one."""

    low: float
    high: float
    total: Literal["any", "positive", "one"] = "any"

    def fault(self, numbers: Sequence[float]) -> str | None:
        """What was found and what was expected, None where the numbers are within the bounds.

        >>> SHARE.fault([1.5])
        'found 1.5, expected a number from 0 to 1'
        >>> SHARE.fault([0.5, -1.0])
        'found -1, expected numbers from 0 to 1'
        >>> WEIGHTS.fault([0.0, 0.0])
        'found a sum of 0, expected numbers from 0 to 1000 with a positive sum'
        """
        outside = [number for number in numbers if not self.low <= number <= self.high]
        total = math.fsum(numbers)
        if outside:
            found = _short(outside[0])
        elif (self.total == "positive" and total <= 0) or (self.total == "one" and abs(total - 1) > 1e-6):
            found = f"a sum of {_short(total)}"
        else:
            return None
        what = "a number" if len(numbers) == 1 else "numbers"
        with_sum = {"any": "", "positive": " with a positive sum", "one": " with a sum of 1"}[self.total]
        return f"found {found}, expected {what} from {_short(self.low)} to {_short(self.high)}{with_sum}"


def _short(number: float) -> str:
    return f"{number:.12g}"


SHARE = Bounds(0, 1)
"""A share or a probability."""
SHARES = Bounds(0, 1, "one")
"""Shares of a whole."""
WEIGHTS = Bounds(0, 1_000, "positive")
"""Relative weights; some may be nothing."""
DURATION = Bounds(0.001, 10_000)
"""Days, hours, minutes or seconds: what something is divided by, or the middle of what is drawn."""
HALF_LIFE = Bounds(3, 10_000)
"""Days of a stock that decays forward: 2^(time / half-life) stays a number for the longest past and run."""
assert max(MAX_PAST, 2 * MAX_PERIOD) / (HALF_LIFE.low * DAY) < 1_000
WHILE = Bounds(0, 10_000)
"""A time that may be none."""
CLOCK = Bounds(0, 24)
"""Hours of the day."""
PACE = Bounds(1e-12, 50)
"""A rate without which nothing would move."""
RATE = Bounds(0, 50)
"""A rate that may be nothing."""
YEARLY = Bounds(1e-12, 3_650)
"""Times a year without which nothing would move."""
YEARLY_RATE = Bounds(0, 365)
"""Times a year, once a day at most."""
SHAPE = Bounds(0.01, 1e6)
"""Of a Gamma or Dirichlet distribution."""
SPREAD = Bounds(0, 3)
"""Standard deviation of a logarithm or a logit."""
LOG_SPREAD = Bounds(0.01, 5)
"""Standard deviation of the logarithm of a delay that is cut off."""
LOG = Bounds(-20, 20)
"""Mean of a logarithm."""
LOGIT = Bounds(-30, 30)
EFFECT = Bounds(0, 100)
"""How strongly something moves a logit, a logarithm or fatigue."""
LOG_EFFECT = Bounds(0, 10)
"""How strongly something moves the logarithm of a rate."""
LOSS = Bounds(0, 10_000)
"""Loss per rate, which is small."""
FIT = Bounds(-1, 1)
"""On the scale of the fit ρ."""
FACTOR = Bounds(0, 1_000)
MULTIPLE = Bounds(1, 1_000)
AMOUNT = Bounds(1e-6, 1_000)
"""A number of mails, or of fatigue, that something is divided by."""
MONEY = Bounds(0.01, MAX_MEAN_ORDER)
COST = Bounds(0, MAX_AMOUNT / MONEY_UNIT)
SCORE = Bounds(0, 10)
STARS = Bounds(1, 5)
STAGE = Bounds(0, 4)
DISCOUNT = Bounds(0, 0.6)
"""Of which half as much more is still no whole price."""
