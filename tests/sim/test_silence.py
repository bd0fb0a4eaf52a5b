"""The silent arm has what all arms have alike, and sends nothing but their exempt transactional messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.result import BlockResult
from sim.silence import Kept, kept_in_silence, silence
from strategies.action_steps import GivePoints
from strategies.chain_steps import Send
from strategies.chain_triggers import EventTrigger
from strategies.conditions import Compare, Field, Literal_
from strategies.contact_policy import Cap, ContactPolicy, Exemption, QuietHours, Scope
from strategies.loyalty_rules import Loyalty, PointsRules
from strategies.messages import Message
from strategies.scenario import Chain, Scenario
from strategies.segments import Segment
from strategies.vocabulary import DAY, EVENT_CODE, HOUR
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


@pytest.mark.slow
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
    quiet = silence([scenario("cart_rescue")])
    assert (quiet.chains, quiet.campaigns) == ((), ())


def test_goals_and_entries_are_counted_by_chain(result: BlockResult) -> None:
    """So that a report can give the conversion of a whole chain."""
    counts = pl.DataFrame(result.counts).filter(pl.col("event") == EVENT_CODE["chain_entered"])
    number = result.chain_names.index("after_order")
    entered = log(result).filter((pl.col("event") == EVENT_CODE["chain_entered"]) & (pl.col("chain") == number))
    assert entered.height > 0
    assert counts.filter(pl.col("chain") == number)["count"].sum() == entered.height


POINTS = Loyalty(PointsRules(0.05))
QUIET, NIGHT = QuietHours(20 * HOUR, 8 * HOUR), QuietHours(23 * HOUR, 7 * HOUR, name="night")
FREQUENT = Cap("frequent", 2, rolling=DAY, scope=Scope(segments=("frequent",)))


def confirming(**changes: object) -> Scenario:
    """A programme with points that confirms orders by mail, and by SMS to frequent buyers only."""
    old = with_confirmation(scenario("cart_rescue"))
    frequent = Segment("frequent", Compare(">=", Field("orders", "number"), Literal_(3.0)))
    enter = Field("segment.frequent", "bool")
    steps = (Send(("sms",), "confirmation", "steps[0].send"),)
    by_sms = Chain("by_sms", EventTrigger(("order",)), steps, enter, reenter=0)
    exempt = (Exemption("transactional", ("address", "quiet_hours")),)
    made = replace(
        old,
        segments=(*old.segments, frequent),
        chains=(*old.chains, by_sms),
        policy=ContactPolicy((QUIET, NIGHT), caps=(FREQUENT,), exempt=exempt),
        loyalty=POINTS,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def without(name: str) -> Callable[[Scenario], Scenario]:
    """The scenario without a chain."""
    return lambda old: replace(old, chains=tuple(chain for chain in old.chains if chain.name != name))


def priced(channel: str) -> Callable[[Scenario], Scenario]:
    """A channel costs more."""
    return lambda old: replace(
        old, channels={**old.channels, channel: replace(old.channels[channel], cost=old.channels[channel].cost + 77)}
    )


def governed(**rows: object) -> Callable[[Scenario], Scenario]:
    """Other rows of the contact policy."""
    return lambda old: replace(old, policy=replace(old.policy, **rows))  # type: ignore[arg-type]


def other_segment(old: Scenario) -> Scenario:
    """Frequent buyers are others."""
    frequent = Segment("frequent", Compare(">=", Field("orders", "number"), Literal_(4.0)))
    return replace(old, segments=tuple(frequent if one.name == "frequent" else one for one in old.segments))


def other_message(old: Scenario) -> Scenario:
    """The confirmation speaks of something else."""
    changed = [replace(one, topic="receipt") if one.name == "confirmation" else one for one in old.messages]
    return replace(old, messages=tuple(changed))


def other_words(old: Scenario) -> Scenario:
    """Chains are described otherwise."""
    return replace(old, chains=tuple(replace(chain, about="Another text") for chain in old.chains))


VARIATIONS: dict[str, Callable[[Scenario], Scenario]] = {
    "no sms": without("by_sms"),
    "no mail": without("after_order"),
    "no carts": without("abandoned_cart"),
    "dear sms": priced("sms"),
    "dear mail": priced("email"),
    "rows turned": governed(quiet_hours=(NIGHT, QUIET)),
    "a row less": governed(quiet_hours=(NIGHT,)),
    "not exempt": governed(exempt=()),
    "obeys less": governed(exempt=(Exemption("transactional", ("address",), counts=True),)),
    "no points": lambda old: replace(old, loyalty=None),
    "more points": lambda old: replace(old, loyalty=Loyalty(PointsRules(0.1))),
    "opt-in": lambda old: replace(old, double_opt_in=("email",)),
    "segment": other_segment,
    "message": other_message,
    "words": other_words,
    "base": lambda old: replace(old, base=9_000),
    "reversed": lambda old: replace(old, chains=old.chains[::-1], messages=old.messages[::-1]),
}


ARMS = st.lists(st.lists(st.sampled_from(sorted(VARIATIONS)), max_size=4, unique=True), min_size=1, max_size=4)
"""Variations of each arm of a run, all of one programme."""


def varied(variations: list[str]) -> Scenario:
    """The programme with these variations."""
    arm = confirming()
    for name in variations:
        arm = VARIATIONS[name](arm)
    return arm


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(ARMS, st.randoms(use_true_random=False))
def test_the_order_of_the_arms_says_nothing(drawn: list[list[str]], order: Random) -> None:
    arms = [varied(variations) for variations in drawn]
    turned = order.sample(arms, len(arms))
    quiet = silence(arms)
    assert silence(turned) == quiet
    assert silence([*turned, arms[0]]) == quiet, "one more of the same"
    assert kept_in_silence(turned) == kept_in_silence(arms)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(ARMS)
def test_what_silence_has_every_arm_has(drawn: list[list[str]]) -> None:
    arms = [varied(variations) for variations in drawn]
    quiet = silence(arms)
    for arm in arms:
        assert {chain.name for chain in quiet.chains} <= {chain.name for chain in arm.chains}
        assert set(quiet.messages) <= set(arm.messages)
        assert set(quiet.policy.quiet_hours) <= set(arm.policy.quiet_hours)
        assert all(price == arm.channels[name] for name, price in quiet.channels.items())
        assert quiet.loyalty in (None, arm.loyalty)


def names(*variations: str) -> set[str]:
    """Chains of the silent arm beside the plain programme's arm and others."""
    arms = [confirming(), *(varied([name]) for name in variations)]
    return {chain.name for chain in silence(arms).chains}


@pytest.mark.parametrize(
    ("variation", "kept"),
    [
        ("words", {"after_order", "by_sms"}),
        ("no carts", {"after_order", "by_sms"}),
        ("no sms", {"after_order"}),
        ("dear sms", {"after_order"}),
        ("segment", {"after_order"}),
        ("message", set()),
        ("not exempt", set()),
    ],
)
def test_a_chain_stays_where_it_and_all_that_it_names_are_alike(variation: str, kept: set[str]) -> None:
    assert names() == {"after_order", "by_sms"}
    assert names(variation) == kept


def test_silence_has_only_what_its_chains_stand_on() -> None:
    quiet = silence([confirming()])
    assert {segment.name for segment in quiet.segments} == {"frequent"}
    assert {message.name for message in quiet.messages} >= {"confirmation", "extra"}
    assert set(quiet.channels) == {"email", "sms"}
    assert quiet.rfm is None
    assert silence([scenario("cart_rescue")]).policy == ContactPolicy()


def test_rows_of_the_policy_that_differ_are_left_out() -> None:
    arms = [confirming(), varied(["a row less", "obeys less"])]
    policy = silence(arms).policy
    assert policy.quiet_hours == (NIGHT,)
    assert policy.exempt == (Exemption("transactional", ("address",), counts=False),)
    assert policy.caps == (FREQUENT,)
    assert silence([confirming(), varied(["segment"])]).policy.caps == (), "a row about a segment that differs"


@pytest.mark.parametrize(
    ("variation", "told"), [("words", "alike"), ("no points", "differs"), ("more points", "differs")]
)
def test_a_loyalty_programme_stays_where_all_arms_have_the_same(variation: str, told: str) -> None:
    arms = [confirming(), varied([variation])]
    assert silence(arms).loyalty == (POINTS if told == "alike" else None)
    assert kept_in_silence(arms).programme == told
    assert kept_in_silence([replace(arm, loyalty=None) for arm in arms]).programme == "none"


def test_a_chain_that_gives_points_stands_on_the_programme() -> None:
    first = confirming()
    chains = tuple(
        replace(chain, steps=(*chain.steps, GivePoints(10))) if chain.name == "by_sms" else chain
        for chain in first.chains
    )
    giving = replace(first, chains=chains)
    assert {chain.name for chain in silence([giving]).chains} == {"after_order", "by_sms"}
    assert {chain.name for chain in silence([giving, VARIATIONS["more points"](giving)]).chains} == {"after_order"}


def test_what_silence_keeps_and_lacks_is_told() -> None:
    arms = [confirming(), varied(["dear sms"])]
    assert kept_in_silence(arms) == Kept("alike", ("after_order",), ("by_sms",))
    assert kept_in_silence([scenario("cart_rescue")]) == Kept("none", (), ())
