"""How much time, money and how many names the columns of a run hold: each limit beside the type that it comes from.

Times of state are int32 seconds from the start, money is int64 in 1/10,000 of the currency unit, and columns are as
narrow as a million customers ask for.  Whoever reads a number from a file, or from a command line, refuses what lies
beyond the limit of its kind, so that no column ever wraps.  Limits are round numbers below what would fit; the
assertions show the room.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.kernel.calendar import NEVER
from strategies.vocabulary import DAY, MONEY_UNIT

YEAR: Final = 365 * DAY


class BeyondLimit(ValueError):
    """What was asked for does not fit the columns of a run; the text is for the user."""


# ---------------------------------------------------------------------- time

MAX_PAST: Final = 8 * YEAR
"""Seconds of the simulated past."""

MAX_PERIOD: Final = 4 * YEAR
"""Seconds of the horizon, and of the neutral tail.

Stocks decay forward, x += w·2^(t/H): with a half-life H of three days the exponent is below 1,000 in past and run.
"""

MAX_DURATION: Final = 40 * YEAR
"""Seconds of any other duration in a file, and between the oldest registration and the past.

A time of the run and a duration make a time that int32 holds, and ``NEVER`` and a duration one before everything that
happens: ``last + duration <= now`` needs no question whether there was a last time.
"""

assert int(np.iinfo(np.int32).max) >= 2 * MAX_PERIOD + MAX_DURATION
assert NEVER + MAX_DURATION < -MAX_PAST
assert NEVER < -MAX_PAST - MAX_DURATION

# ---------------------------------------------------------------------- money

MAX_CARD_NUMBER: Final = 10**14
"""Numbers in fields of the customer's card, up and down, with four decimals."""

assert int(np.iinfo(np.int64).max) > MAX_CARD_NUMBER * MONEY_UNIT

ORDER_BITS: Final = 47
"""The value of a cart or an order shares a payload with 16 bits of other things."""

MAX_ORDER: Final = 10_000_000_000 * MONEY_UNIT
"""Value of one order; what is drawn above it is cut, which takes a hundred times the largest mean."""

MAX_MEAN_ORDER: Final = 100_000_000
"""Currency units of the mean order of a category."""

MAX_AMOUNT: Final = 100_000_000 * MONEY_UNIT
"""What one contact, gift, discount or call costs: nine million of them in a day sum up exactly."""

MAX_POINT: Final = 10_000 * MONEY_UNIT
"""What one loyalty point is worth; a million may be given at once."""

MAX_TOTAL: Final = 1_000_000_000_000 * MONEY_UNIT
"""A budget, or a fixed cost of thirty days."""

assert MAX_ORDER < 1 << ORDER_BITS
assert np.iinfo(np.int64).max >= 9_000_000 * MAX_AMOUNT

# ---------------------------------------------------------------------- names

CODE: Final = np.int16
"""Type of columns of codes: places of names in a vocabulary, -1 for none."""

MAX_NAMES: Final = 32_000
"""Names of a vocabulary, such as cities, sources, devices."""

assert int(np.iinfo(CODE).max) - 1 >= MAX_NAMES

CELL: Final = np.int8
"""Type of the column of RFM cells."""

MAX_CELLS: Final = 125
"""Named cells of one scenario, as many as five levels of three scores make; ``other`` is one more."""

assert int(np.iinfo(CELL).max) > MAX_CELLS

SOURCE_BITS: Final = 12
"""The rank of a chain's or campaign's name shares a number with its priority and its entry."""

MAX_SOURCES: Final = 1 << SOURCE_BITS
"""Chains and campaigns of one scenario; those of all arms of a run are codes of ``MAX_NAMES``."""

# ---------------------------------------------------------------------- a run

MAX_CUSTOMERS: Final = 100_000_000
"""Customers of one replication; the log numbers them in int32."""

MAX_REPLICATIONS: Final = 100_000
"""Replications of one run; tables number them in int32."""

assert int(np.iinfo(np.int32).max) >= max(MAX_CUSTOMERS, MAX_REPLICATIONS)
