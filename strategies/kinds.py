"""Agenda kinds of the strategies: five per arm, behind the kinds of the world."""

import numpy as np
from numpy.typing import NDArray

from sim.kernel.rounds import KINDS

LATE = 31
"""Observed events that reach the company late or again."""

FIRST_KIND, KINDS_PER_ARM = 32, 5

MAX_ENGINES = (KINDS - FIRST_KIND) // KINDS_PER_ARM
"""So many engines (44) fit the agenda's kinds."""

MOMENT, POINTS, RUN, TIMEOUT, SEND = range(KINDS_PER_ARM)
"""At one instant: moments that start chains first, then loyalty points, runs that go on, time-outs, contacts last."""

AWAY, SCHEDULED, DATED, UNANSWERED, EXTERNAL = range(5)
"""Families of moments: an event stayed away; a schedule; a date of the customer; a message's time to be answered
is over; a row of a file."""

_FAMILY_SHIFT = 32


def moment(family: int, number: int) -> int:
    """Payload of a moment; number: which of the family's groups of chains."""
    return family << _FAMILY_SHIFT | number


def families_of(payload: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the family of each moment."""
    return payload >> _FAMILY_SHIFT


def numbers_of(payload: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the number of each moment within its family.

    >>> numbers_of(np.array([moment(SCHEDULED, 3)])).tolist()
    [3]
    """
    return payload & (1 << _FAMILY_SHIFT) - 1
