"""Agenda kinds of the world; lower kinds go first at one instant.  Strategies use kinds from 32 up."""

from typing import Final

JOB_OPEN: Final = 1
JOB_DRIFT: Final = 2
JOB_END: Final = 3
JOB_DEADLINE_NEAR: Final = 4
VISIT: Final = 5
"""A visit out of habit, or a candidate visit for a job."""
VISIT_MESSAGE: Final = 6
"""A visit that a noticed message brings later."""
ACTION: Final = 8
"""A step of a running visit, or leaving after it, that some chain reacts to."""
CART: Final = 9
ORDER: Final = 10
ABANDON: Final = 11
OPEN_PROXY: Final = 12
"""Before a notice at the same second: a proxy fetches the pictures no later than its owner looks."""
NOTICE: Final = 13
CLICK: Final = 14
ARRIVE: Final = 16
"""A newcomer comes for the first time."""
COME_BACK: Final = 17
"""A newcomer who left the registration form comes back by himself."""
REGISTER: Final = 18
FORM_LEFT: Final = 19
SUBSCRIBE: Final = 20
CONFIRM: Final = 21
DATE: Final = 22
"""A birthday or the anniversary of a registration begins."""
ANSWER: Final = 23
"""A survey's answer, or a recommendation."""
DELIVERY: Final = 24
RETURN: Final = 25
TICKET: Final = 26
"""A ticket is opened, or closed."""
RUNS_OUT: Final = 27
"""What was bought runs out, or a subscription ends."""
WISH: Final = 28
"""An item that the customer wants is back in stock, or cheaper."""
RETURN_LOSS: Final = 29
"""What a returned order had contributed is taken back: the row of the return does not hold two amounts of money."""

STREAM_KINDS: Final = (JOB_OPEN, JOB_DRIFT, JOB_END, JOB_DEADLINE_NEAR, VISIT, ARRIVE)
"""Kinds that :meth:`sim.world.World.open_streams` draws anew: a fork drops their pending rows first."""
