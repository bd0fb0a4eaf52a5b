"""Amounts that are meant for a real base: the simulated customers have their part of them, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.result import BlockResult
from strategies.contact_policy import Budget
from strategies.scenario import Scenario
from strategies.vocabulary import REASON_CODE
from tests.sim.blocks import CUSTOMERS, assert_same, scenario, simulate

TIMES = 40
"""The real base is so many times as large."""


def limited(times: int, base: int) -> Scenario:
    """Five mails an hour and three roubles a week for the simulated customers, ``times`` as much for their base."""
    one = scenario("loud_discounts")
    email = replace(one.channels["email"], throughput=5 * times)
    policy = replace(one.policy, budget=(Budget(30_000 * times, "week"),))
    return replace(one, channels={**one.channels, "email": email}, policy=policy, base=base)


def reasons(result: BlockResult) -> set[int]:
    return {int(reason) for part in result.events for reason in part.reason}


@pytest.mark.slow
def test_a_stated_base_is_the_same_as_its_part_written_by_hand() -> None:
    by_hand = simulate(scenarios=(limited(1, 0),), bases=(0,))
    stated = simulate(scenarios=(limited(TIMES, TIMES * CUSTOMERS),), bases=(0,))
    assert_same(by_hand, stated)


@pytest.mark.slow
def test_a_larger_base_leaves_less_for_the_customers_simulated() -> None:
    whole = simulate(scenarios=(limited(TIMES, 0),), bases=(0,))
    part = simulate(scenarios=(limited(TIMES, TIMES * CUSTOMERS),), bases=(0,))
    sent = [int(result.outcomes["sent"].sum()) for result in (whole, part)]
    assert sent[1] < sent[0]
    limits = {REASON_CODE[name] for name in ("throughput", "budget")}
    assert reasons(part) & limits == limits
    assert not reasons(whole) & limits
