"""Which scenarios may be the arms of one run."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from sim.arms import ArmsError, check_arms, check_built, shortest_period
from sim.kernel.agenda import Agenda
from sim.kernel.calendar import Calendar
from sim.kernel.columns import Columns
from sim.recorder import Silence
from strategies.chain_steps import Send
from strategies.chain_triggers import EventTrigger
from strategies.contact_policy import MinGap
from strategies.engine import CustomerKeys
from strategies.hub import Hub
from strategies.messages import Message
from strategies.observed import Observed
from strategies.scenario import AtStart, Chain, Control, Scenario
from strategies.throughput import hourly_limit
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, DAY, HOUR
from tests.sim.blocks import scenario, simulate


def long(sites: int) -> Scenario:
    """A scenario with that many contact sites."""
    message = Message("mail", "promo", topic="news")
    trigger = EventTrigger(("cart_abandoned",))
    rest = Chain("rest", trigger, tuple(Send(("email",), "mail", f"steps[{i}].send") for i in range(sites % 4)))
    steps = tuple(Send(tuple(CHANNELS[:4]), "mail", f"steps[{i}].send") for i in range(sites // 4))
    # A run numbers at most 255 contacts of a channel.
    chains = tuple(Chain(f"long_{i}", trigger, steps[i : i + 200]) for i in range(0, len(steps), 200))
    return replace(scenario("cart_rescue"), messages=(message,), chains=(*chains, rest), campaigns=())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": 21 * DAY}, r"their horizon differs \(20d and 21d\)"),
        ({"at_start": AtStart(40 * DAY, backlog="enter")}, "backlog skip and 40d under neutral, backlog enter"),
        ({"control": Control(0.1000001)}, "their control differs .* and 0.1000001 except transactional"),
    ],
)
def test_arms_that_differ(changes: dict[str, object], message: str) -> None:
    first = scenario("cart_rescue")
    check_arms((first, replace(first, chains=())))
    with pytest.raises(ArmsError, match=message):
        check_arms((first, replace(first, **changes)))  # type: ignore[arg-type]


def test_paths_of_one_population_file_may_differ_in_spelling() -> None:
    first = scenario("cart_rescue")
    folder, _, name = first.population.rpartition("/")
    check_arms((first, replace(first, population=f"{folder}/../populations/{name}")))


def test_at_most_42_arms() -> None:
    """With the silent arm and the neutral policy that makes 44 engines."""
    small = long(1)
    check_arms([small] * 42)
    with pytest.raises(ArmsError, match="43 arms are too many for one run: at most 42 fit"):
        check_arms([small] * 43)


def test_at_most_4096_sites() -> None:
    """The neutral policy has one."""
    check_arms((long(4_095),))
    with pytest.raises(ArmsError, match=r"4097 sends .* at most 4096 fit one run: expected fewer"):
        check_arms((long(4_096),))
    with pytest.raises(ArmsError, match=r"the 2 arms, .* at most 4096 fit one run: compare fewer arms"):
        check_arms((long(2_048), long(2_048)))


def hub() -> Hub:
    columns, nobody = Columns(1, 1), np.zeros(1, np.uint64)
    calendar = Calendar(scenario("cart_rescue").start, 0, 1)
    return Hub(columns, Observed(columns), Agenda(1, DAY, 0, DAY), calendar, CustomerKeys(nobody, nobody), Silence())


@pytest.mark.slow
def test_the_hub_refuses_what_does_not_fit() -> None:
    full = hub()
    full.add(long(4_096), 0, 1)
    with pytest.raises(ValueError, match="at most 4096 contact sites"):
        full.add(long(1), 0, 1)
    many = hub()
    for _ in range(44):
        many.add(long(1), 0, 1)
    with pytest.raises(ValueError, match="at most 44 engines"):
        many.add(long(1), 0, 1)


def with_gaps(number: int) -> Scenario:
    gaps = tuple(MinGap(f"g{hours}", (("any", hours * HOUR),)) for hours in range(1, number + 1))
    return replace(long(1), name="Gaps", policy=replace(scenario("cart_rescue").policy, caps=(), min_gap=gaps))


def test_an_arm_that_cannot_be_built_is_told_before_the_run() -> None:
    check_built((with_gaps(200),))
    with pytest.raises(ArmsError, match=r"^'Gaps': found \d+ rows of the contact policy .* expected at most 256$"):
        check_built((with_gaps(1), with_gaps(300)))


def test_limited_channels_shorten_the_period() -> None:
    free = scenario("cart_rescue")
    limited = replace(free, channels={**free.channels, "email": replace(free.channels["email"], throughput=100)})
    assert shortest_period((free, limited), 101) == 3_600
    assert shortest_period((free, limited), 100) == DAY
    assert shortest_period((replace(free, channels={}),), 10**6) == DAY


@pytest.mark.slow
def test_segments_at_the_start_know_the_scores_of_the_start() -> None:
    """Scores of recency, frequency and money are settled before the customers are told."""
    told = simulate(scenarios=(scenario("cart_rescue", days=2, tail=0, history=200),), customers=300, bases=(0,))
    assert 0 < told.customers["segment_vip"].sum() < 300


def test_arms_that_state_different_bases_do_not_compare() -> None:
    one = replace(scenario("cart_rescue"), base=40_000)
    check_arms((one, replace(one, base=0), replace(one, name="again")))
    other = replace(one, name="Other", base=120_000)
    told = "'Cart rescue with soft caps' and 'Other' do not compare: their base differs (40000 and 120000 customers)"
    with pytest.raises(ArmsError, match=re.escape(told)):
        check_arms((one, replace(one, base=0), other))


def test_limits_are_meant_for_the_stated_base() -> None:
    one = scenario("cart_rescue")
    email = replace(one.channels["email"], throughput=1_000)
    limited = replace(one, channels={**one.channels, "email": email}, base=10_000)
    assert hourly_limit(limited, CHANNEL_CODE["email"], 500) == 1_000
    assert limited.share_of_base(500) == (500, 10_000)
    assert hourly_limit(replace(limited, base=0), CHANNEL_CODE["email"], 500) is None
    assert limited.part_of_base(3, 500) == 1, "at least one"
    assert limited.part_of_base(0, 500) == 0
