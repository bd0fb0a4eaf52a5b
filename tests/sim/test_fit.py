"""Fit of messages, case by case: one customer per case."""

from __future__ import annotations

import numpy as np
import pytest

from sim.fit import Fitting
from sim.kernel.calendar import DAY
from sim.messages import ANY_JOB, BOUGHT_ITEM, LIKED_CATEGORY, WANTED_ITEM, MessageRow
from strategies.ports import Content, pack_content
from tests.sim.harness import Scene

NOW = 40 * DAY
OPEN, OTHER = 1, 2
"""The job that is open (stage 3, barrier 0 present), and one that is not."""

NOTHING = 0
BROKEN = int(pack_content(np.array([True]), np.array([-1]), np.array([-1]), np.array([0]))[0])


def shows(category: int) -> int:
    """Bits of a message whose block shows a category."""
    return int(pack_content(np.array([False]), np.array([category]), np.array([-1]), np.array([1]))[0])


def words(stage: int) -> int:
    """Bits of a message with words for a stage."""
    return int(pack_content(np.array([False]), np.array([-1]), np.array([stage]), np.array([1]))[0])


CASES = {
    "names no job": (MessageRow(0, 2), NOTHING, 0.25, OPEN),
    "speaks to any job, right stage": (MessageRow(0, 2, speaks_to_job=ANY_JOB, stage=4), NOTHING, 0.45, OPEN),
    "right job": (MessageRow(0, 2, speaks_to_job=OPEN), NOTHING, 0.5, OPEN),
    "right job, stage, barrier": (MessageRow(0, 2, speaks_to_job=OPEN, stage=2, removes=0), NOTHING, 0.9, OPEN),
    "right job, wrong stage, barrier not there": (
        MessageRow(0, 2, speaks_to_job=OPEN, stage=0, removes=1),
        NOTHING,
        0.5,
        OPEN,
    ),
    "another job": (MessageRow(0, 2, speaks_to_job=OTHER), NOTHING, 0.0, -1),
    "barrier without speaking to a job": (MessageRow(0, 2, removes=0), NOTHING, 0.25, OPEN),
    "tone that moves people to the job": (
        MessageRow(0, 2, speaks_to_job=OPEN, tone=1),
        NOTHING,
        0.5 + 0.3 * (0.5 - 1 / 3),
        OPEN,
    ),
    "six blocks": (MessageRow(0, 2, speaks_to_job=OPEN, blocks=6), NOTHING, 0.3, OPEN),
    "own item without data, empty": (MessageRow(0, 2, own_item=WANTED_ITEM, blocks=1), BROKEN, 0.25 - 0.3, OPEN),
    "own item without data, with fallback": (MessageRow(0, 2, own_item=WANTED_ITEM, blocks=1), NOTHING, 0.25, OPEN),
    "last order without one": (MessageRow(0, 2, own_item=BOUGHT_ITEM, blocks=1), BROKEN, 0.25 - 0.3, -1),
    "own item of the open job": (MessageRow(0, 2, own_item=WANTED_ITEM, blocks=1), shows(OPEN), 0.5, OPEN),
    "own item of another job": (MessageRow(0, 2, own_item=WANTED_ITEM, blocks=1), shows(OTHER), 0.0, -1),
    "category of the open job": (MessageRow(0, 2, own_item=LIKED_CATEGORY, blocks=1), shows(OPEN), 0.5, OPEN),
    "a name alone": (MessageRow(0, 2, blocks=1), NOTHING, 0.25, OPEN),
    "a name that is missing": (MessageRow(0, 2, blocks=1), BROKEN, 0.25 - 0.3, OPEN),
    "words for the stage": (MessageRow(0, 2, speaks_to_job=ANY_JOB, stage=0), words(4), 0.45, OPEN),
    "words for another stage": (MessageRow(0, 2, speaks_to_job=ANY_JOB, stage=4), words(1), 0.25, OPEN),
}


def prepared(rows: list[MessageRow]) -> Scene:
    scene = Scene(customers=len(rows), end=60, period=None, messages=rows)
    everybody = np.arange(len(rows))
    jobs, who = scene.world.jobs, scene.world.customers
    who.liked[:] = who.disliked[:] = 0
    jobs.open[:] = 1 << OPEN
    at = jobs.at(everybody, np.full(len(rows), OPEN))
    jobs.opened[at], jobs.stage[at], jobs.barriers[at], jobs.intensity[at] = 0, 3, 1, 1.0
    jobs.key[at] = np.arange(1, len(rows) + 1)
    return scene


@pytest.mark.parametrize("case", list(CASES))
def test_fit_of_a_message_to_an_open_job(case: str) -> None:
    row, bits, rho, target = CASES[case]
    scene = prepared([row])
    fitting = scene.world.response.fit.of(np.array([0]), np.array([NOW]), np.array([0]), Content.of(np.array([bits])))
    assert fitting.rho[0] == pytest.approx(rho)
    assert fitting.target[0] == target


@pytest.mark.parametrize(("here", "rho"), [(True, -1.0), (False, -0.5)])
def test_an_own_cart_that_was_bought_is_absurd_and_worse_than_one_solved_elsewhere(here: bool, rho: float) -> None:
    scene = prepared([MessageRow(0, 2, speaks_to_job=ANY_JOB, own_item=WANTED_ITEM, blocks=1)])
    world, who, now = scene.world, np.array([0]), np.array([NOW])
    cart = Content.of(np.array([shows(OPEN)]))

    def judge(*asked: np.ndarray) -> Fitting:
        return world.response.fit.of(*asked, cart)

    assert judge(who, now, np.array([0])).rho[0] == 0.5
    world.jobs.close(who, np.array([OPEN]), now, here=here)
    assert judge(who, now + DAY, np.array([0])).rho[0] == rho
    assert judge(who, now + 15 * DAY, np.array([0])).rho[0] == 0.0


def test_a_named_job_that_was_solved_misfits_and_interest_counts() -> None:
    scene = prepared([MessageRow(0, 2, speaks_to_job=OPEN)])
    world, who, now, site = scene.world, np.array([0]), np.array([NOW]), np.array([0])
    world.customers.liked[0] = 1 << OPEN
    assert world.response.fit.of(who, now, site).rho[0] == pytest.approx(0.65)
    world.jobs.close(who, np.array([OPEN]), now, here=True)
    world.customers.liked[0], world.customers.disliked[0] = 0, 1 << OPEN
    assert world.response.fit.of(who, now, site).rho[0] == pytest.approx(-0.75)


def test_the_last_order_fits_while_it_is_fresh() -> None:
    scene = prepared([MessageRow(0, 2, own_item=BOUGHT_ITEM, blocks=1)])
    who, now, site = np.array([0]), np.array([NOW]), np.array([0])
    scene.world.jobs.close(who, np.array([OPEN]), now, here=True)
    assert scene.world.response.fit.of(who, now + DAY, site).rho[0] == 0.5


def test_of_several_open_jobs_the_strongest_drives() -> None:
    scene = prepared([MessageRow(0, 2)])
    jobs, who = scene.world.jobs, np.array([0])
    jobs.open[0] |= 1 << OTHER
    at = jobs.at(who, np.array([OTHER]))
    jobs.opened[at], jobs.stage[at], jobs.intensity[at] = 0, 0, 3.9
    assert jobs.driver(who)[0] == OPEN
    jobs.intensity[at] = 4.1
    assert jobs.driver(who)[0] == OTHER
