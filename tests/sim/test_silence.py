"""The silent arm sends the exempt transactional messages of the baseline, also of mixed chains, and nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

from sim.arms import silence
from sim.result import BlockResult
from strategies.chain_steps import Send
from strategies.chain_triggers import EventTrigger
from strategies.contact_policy import Exemption
from strategies.messages import Message
from strategies.scenario import Chain, Scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import log, scenario, simulate


def with_confirmation(old: Scenario) -> Scenario:
    """A chain that confirms orders and adds a promo mail."""
    confirmation = Message("confirmation", "transactional", topic="order")
    extra = Message("extra", "promo", topic="more")
    steps = tuple(Send(("email",), name, f"steps[{i}].send") for i, name in enumerate(("confirmation", "extra")))
    chain = Chain("after_order", EventTrigger(("order",)), steps, reenter=0)
    policy = dataclasses.replace(old.policy, exempt=(Exemption("transactional", ("address",)),))
    return dataclasses.replace(
        old, messages=(*old.messages, confirmation, extra), chains=(*old.chains, chain), policy=policy
    )


@pytest.fixture(scope="module")
def result() -> BlockResult:
    return simulate(scenarios=(with_confirmation(scenario("cart_rescue")),), customers=600, bases=(0,))


def test_only_transactional_messages_go_out_before_the_tail(result: BlockResult) -> None:
    rows = log(result).filter(
        (pl.col("arm") == 1) & (pl.col("event") == EVENT_CODE["sent"]) & (pl.col("time") < 20 * DAY)
    )
    sent = np.array(result.sites.message)[rows["site"].to_numpy()]
    assert rows.height > 0
    assert set(sent) == {"confirmation"}


def test_every_order_of_a_reachable_customer_is_confirmed_in_both_arms(result: BlockResult) -> None:
    rows = log(result).filter((pl.col("event") == EVENT_CODE["sent"]) & (pl.col("time") < 20 * DAY))
    confirmed = [
        sum(np.array(result.sites.message)[rows.filter(pl.col("arm") == arm)["site"].to_numpy()] == "confirmation")
        for arm in (0, 1)
    ]
    assert min(confirmed) > 0
    assert abs(confirmed[0] - confirmed[1]) <= 0.2 * max(confirmed)


def test_without_exempt_messages_nothing_is_left() -> None:
    quiet = silence(scenario("cart_rescue"))
    assert (quiet.chains, quiet.campaigns) == ((), ())


def test_goals_and_entries_are_counted_by_chain(result: BlockResult) -> None:
    """So that a report can give the conversion of a whole chain."""
    counts = pl.DataFrame(result.counts).filter(pl.col("event") == EVENT_CODE["chain_entered"])
    number = result.chain_names.index("after_order")
    entered = log(result).filter((pl.col("event") == EVENT_CODE["chain_entered"]) & (pl.col("chain") == number))
    assert entered.height > 0
    assert counts.filter(pl.col("chain") == number)["count"].sum() == entered.height
