"""Agenda kinds of the strategies: four per arm, behind the kinds of the world."""

from sim.kernel.rounds import KINDS

FIRST_KIND, KINDS_PER_ARM = 32, 4

MAX_ENGINES = (KINDS - FIRST_KIND) // KINDS_PER_ARM
"""So many engines (56) fit the agenda's kinds."""

INACTIVE, RUN, TIMEOUT, SEND = range(KINDS_PER_ARM)
"""At one instant: inactivity and schedules first, then runs that go on, then time-outs, contacts last."""
