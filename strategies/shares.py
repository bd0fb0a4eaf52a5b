"""The simulated customers' share of what the company has so much of an hour: people's time, a provider's places.

What is stated for the real base comes to them in the proportion k = simulated / base, and that is seldom a whole
task or a whole contact.  The rest of an hour is carried over, exactly: while somebody waits, all that was not
enough for him is there in the hours after, as a person goes on in the morning with what he began in the evening.
Nobody saves idle time up; but a task that comes to an idle team takes the time of all its people, of whom the
share is only a part.  The other customers leave it the part 1 - k of one task, so a lone one is over as soon as in
the whole base: that much is kept through idle hours, and nothing where everybody is simulated.

In the long run of waiting tasks k times as many are done as in the base: of n, n * k, rounded to the nearest, for
a share begins with half of what it may keep.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from strategies.action_steps import GiveTask, GiveWork, Team
from strategies.scenario import Scenario
from strategies.step_tree import steps_within

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

USUAL_CUSTOMERS = 5_000
"""Customers of a replication where a run is told nothing else."""


class Share:
    """What the worlds of an arm have left of past hours, in exact fractions of a unit (a second, a contact).

    of: how many are simulated, of how many (:meth:`Scenario.share_of_base`).  longest: units that the largest single
    thing takes.

    >>> share = Share(of=(100, 400), worlds=1, longest=1)
    >>> places = []
    >>> for hour in range(8):  # three contacts an hour for the base, and somebody always waits
    ...     places.append(int(share.room(3)[0]))
    ...     share.spend(3, share.room(3), np.array([True]))
    >>> places
    [1, 0, 1, 1, 1, 0, 1, 1]
    """

    def __init__(self, of: tuple[int, int], worlds: int, longest: int) -> None:
        ours, everybody = of
        divisor = gcd(ours, everybody)
        self._ours, self._everybody = ours // divisor, everybody // divisor
        self._most_idle = longest * max(self._everybody - self._ours, 0)
        self._left: Int64s = np.full(worlds, self._most_idle // 2, np.int64)
        """(worlds,) parts of a unit, ``_everybody`` of which are one."""

    def room(self, amount: int) -> Int64s:
        """(worlds,) whole units there in an hour that brings ``amount`` to the base."""
        room: Int64s = (self._left + amount * self._ours) // self._everybody
        return room

    def spend(self, amount: int, used: Int64s, waits: Bools) -> None:
        """An hour that brought ``amount`` to the base is over.

        used: (worlds,) units of :meth:`room` taken.  waits: (worlds,) where somebody waits for what is left.
        """
        left = self._left + amount * self._ours - used * self._everybody
        self._left = np.where(waits, left, np.minimum(left, self._most_idle))


FEW_TASKS = 2
"""A share that can do fewer tasks on a day of work: those that come together wait much longer than in the base."""


def slow_teams(scenario: Scenario, customers: int) -> dict[str, float]:
    """Teams that chains use, of which ``customers`` of a stated base have fewer than ``FEW_TASKS`` a day of work.

    Team → tasks of its usual length that they have.  A lone task is done in time at any share, and of too many as
    many as in the base; but of two at once the second waits until the share has brought one more, where in the base
    the idle time of the same day would do.
    """
    ours, everybody = scenario.share_of_base(customers)
    used = asked_teams(scenario)
    rates = {team.name: tasks_a_day(team) * ours / everybody for team in scenario.teams if team.name in used}
    return {name: rate for name, rate in rates.items() if ours < everybody and rate < FEW_TASKS}


def asked_teams(scenario: Scenario) -> frozenset[str]:
    """Teams that some chain asks for calls or other work."""
    steps = (step for chain in scenario.chains for step in steps_within(chain.steps))
    return frozenset(step.team for step in steps if isinstance(step, GiveTask | GiveWork))


def tasks_a_day(team: Team) -> float:
    """Tasks of its usual length that all people of a team can do on a day of work."""
    return team.people * (team.end - team.begin) / team.task
