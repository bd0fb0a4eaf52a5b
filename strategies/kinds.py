"""Agenda kinds of the strategies: five per arm, behind the kinds of the world."""

from sim.kernel.rounds import KINDS

LATE = 31
"""Observed events that reach the company late or again."""

FIRST_KIND, KINDS_PER_ARM = 32, 5

MAX_ENGINES = (KINDS - FIRST_KIND) // KINDS_PER_ARM
"""So many engines (44) fit the agenda's kinds."""

MOMENT, POINTS, RUN, TIMEOUT, SEND = range(KINDS_PER_ARM)
"""At one instant: moments that start chains first, then loyalty points, runs that go on, time-outs, contacts last."""

AWAY, SCHEDULED = range(2)
"""Families of moments: an event stayed away; a schedule."""

_FAMILY_SHIFT = 32


def moment(family: int, number: int) -> int:
    """Payload of a moment; number: which of the family's groups of chains."""
    return family << _FAMILY_SHIFT | number


def family_and_number(payload: int) -> tuple[int, int]:
    """What :func:`moment` packed.

    >>> family_and_number(moment(SCHEDULED, 3))
    (1, 3)
    """
    return payload >> _FAMILY_SHIFT, payload & (1 << _FAMILY_SHIFT) - 1
