"""Agenda kinds of the strategies: four per arm, behind the kinds of the world."""

FIRST_KIND, KINDS_PER_ARM = 32, 4
"""At most (256 - 32) / 4 = 56 arms fit the agenda's kinds."""

INACTIVE, RUN, TIMEOUT, SEND = range(KINDS_PER_ARM)
"""At one instant: inactivity and schedules first, then runs that go on, then time-outs, contacts last."""
