"""How long a run may be with the half-lives of its population."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.burnout import MOST_HALF_LIVES
from sim.length import check_length
from strategies.language import ScenarioError
from strategies.vocabulary import DAY
from tests.sim.blocks import scenario
from tests.sim.harness import Scene, shop_with


def with_half_life(days: float):
    return shop_with({"burnout": {"blindness_half_life": days}})


def test_what_the_column_of_blindness_cannot_tell_is_refused() -> None:
    file = scenario("cart_rescue")
    long = dataclasses.replace(file, horizon=500 * DAY, tail=341 * DAY)
    check_length(long, with_half_life(7.1))
    with pytest.raises(ScenarioError) as error:
        check_length(long, with_half_life(7.0))
    (problem,) = error.value.problems
    assert problem.text == (
        "horizon and tail: found 841 days, expected at most 840, 120 times the population's "
        "burnout.blindness_half_life of 7"
    )
    past = dataclasses.replace(file, at_start=dataclasses.replace(file.at_start, history=361 * DAY))
    with pytest.raises(ScenarioError, match=r"at_start\.history: found 361 days, expected at most 360"):
        check_length(past, with_half_life(3.0))


@pytest.mark.parametrize("day", [-MOST_HALF_LIVES * 3, MOST_HALF_LIVES * 3])
def test_blindness_is_told_at_both_ends(day: int) -> None:
    """A step, and half of it a half-life later."""
    burnout = Scene(customers=5, end=1, period=None, population=with_half_life(3.0)).world.burnout
    who, channel = np.arange(5), np.zeros(5, np.int64)
    burnout.ignore(who, channel, np.full(5, day * DAY))
    for later, share in ((0, 1.0), (3, 0.5)):
        told = burnout.blindness(who, channel, np.full(5, (day + later) * DAY))
        np.testing.assert_allclose(told, burnout.parameters.blindness_step * share, rtol=1e-6)
