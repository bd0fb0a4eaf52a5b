"""What a part of the base has of a team's time and a provider's places: exact over time, nothing saved up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.shares import Share
from tests.strategies.crowd import live
from tests.strategies.story import Person, Story, scenario_of, tell

ALWAYS, NEVER = np.array([True]), np.array([False])


def taken(share: Share, amounts: list[int], size: int = 1) -> list[int]:
    """Things of ``size`` units done in each hour while somebody always waits."""
    found = []
    for amount in amounts:
        number = share.room(amount) // size
        share.spend(amount, number * size, ALWAYS)
        found.append(int(number[0]))
    return found


@pytest.mark.slow
@settings(max_examples=80)
@given(
    part=st.integers(1, 400),
    base=st.integers(1, 400),
    amounts=st.lists(st.integers(0, 900), min_size=1, max_size=60),
    size=st.integers(1, 700),
)
def test_a_part_does_its_part_of_what_the_base_does(part: int, base: int, amounts: list[int], size: int) -> None:
    """Whatever the hours bring and however little: n tasks of the base are n * k, rounded to the nearest or below."""
    found = sum(taken(Share((part, base), 1, size), amounts, size))
    exact = sum(amounts) * part / (base * size)
    kept = max(base - part, 0) / base / 2
    assert exact + kept - 1 < found + 1e-9
    assert found <= exact + kept + 1e-9


@settings(max_examples=60)
@given(part=st.integers(1, 99), quiet=st.integers(0, 9_000), amount=st.integers(0, 500), size=st.integers(1, 300))
def test_idle_hours_leave_no_more_than_the_others_part_of_one_task(
    part: int, quiet: int, amount: int, size: int
) -> None:
    """A lone task of an idle team is over in as many hours as if all 100 were simulated, however long it was idle."""
    share, nothing = Share((part, 100), 1, size), np.zeros(1, np.int64)
    share.spend(amount * quiet, nothing, NEVER)
    assert int(share.room(0)[0]) <= size * (100 - part) // 100
    if amount * quiet >= size * 100:
        needed = -(-size // amount)
        for _ in range(needed - 1):
            assert int(share.room(amount)[0]) < size
            share.spend(amount, nothing, ALWAYS)
        assert int(share.room(amount)[0]) >= size


def test_where_everybody_is_simulated_nothing_is_kept_through_idle_hours() -> None:
    share = Share((1, 1), 1, 25)
    share.spend(60, np.zeros(1, np.int64), NEVER)
    assert taken(share, [60, 60, 60, 60, 60], 25) == [2, 2, 3, 2, 3]
    share.spend(60, np.zeros(1, np.int64), NEVER)
    assert taken(share, [60], 25) == [2]


TEAM = "{people: 1, hours: {from: '09:00', to: '18:00'}, minutes_per_task: 54}"  # ten calls a day


def calls(customers: int, base: int, days: int, within: str = "9d", each: int = 1, **options: object) -> Story:
    """All of ``customers`` ask for a call on every ``each``-th day."""
    text = f"""
base: {base}
messages: {{offer: {{purpose: promo}}}}
teams: {{sales: {TEAM}}}
chains:
  a:
    trigger: cart_abandoned
    reenter: always
    steps: [{{task: {{to: sales, do: call, about: offer, within: {within}}}}}]
"""
    people = {f"p{number}": Person(number=number) for number in range(customers)}
    timeline = [f"day {day} 08:{name[1:]:0>2} {name} cart_abandoned" for day in range(0, days, each) for name in people]
    return tell(text, timeline, people, days=days, **options)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("customers", [1, 2, 5])
def test_so_many_times_the_customers_get_so_many_times_the_calls(customers: int) -> None:
    """Of a base of 60, each of whom would be called every day, ten a day are: one in six days per customer."""
    made = len(calls(customers, 60, 19).lines("call_answered"))
    assert abs(made - customers * 19 / 6) <= 1


def test_a_lone_task_is_done_in_the_next_hour_at_any_share() -> None:
    found = [line[:9] for line in calls(1, 60, 20, within="1d", each=19).lines("call_answered")]
    assert found == ["day 19 09"]  # on the first day there is half of what an idle team has


@pytest.mark.slow
def test_shares_are_the_same_for_every_bucket_and_order() -> None:
    first = calls(5, 60, 9, within="1d").lines()
    assert calls(5, 60, 9, within="1d", bucket=300).lines() == first
    assert calls(5, 60, 9, within="1d", bucket=86_400, shuffle=3).lines() == first


def places(customers: int, base: int, limit: str, days: int) -> Counter[int]:
    """Messages of each day, of customers who all ask every hour."""
    text = f"""
base: {base}
channels: {{email: {{throughput: {limit}}}}}
messages: {{m: {{purpose: promo, deliver_by: 8h}}}}
chains: {{a: {{trigger: site_visited, reenter: always, steps: [{{send: {{email: m}}}}]}}}}
"""
    people = {f"p{number}": Person(number=number) for number in range(customers)}
    timeline = [f"day {d} {h:02}:10 {name} site_visited" for d in range(days) for h in range(24) for name in people]
    told = tell(text, timeline, people, days=days)
    return Counter(row.time // 86_400 for row in told.rows if row.event == "sent")


@pytest.mark.slow
@pytest.mark.parametrize(("customers", "limit"), [(1, "2/h"), (2, "1/h"), (3, "7/h")])
def test_so_many_times_the_customers_get_so_many_times_the_places(customers: int, limit: str) -> None:
    """Of a base of 48: a part of a place an hour is neither none nor one."""
    told = places(customers, 48, limit, 4)
    assert abs(told.total() - customers * int(limit[0]) * 4 * 24 / 48) <= 1


SALES = """
base: 90
messages: {m: {purpose: promo}}
teams: {sales: {people: 1, hours: {from: "10:00", to: "12:00"}, minutes_per_task: 35}}
chains:
  a:
    trigger: site_visited
    reenter: always
    exit_on: order
    steps: [{task: {to: sales, do: work, name: t, within: 20h}}, {wait: 20h}]
"""
PLACES = """
base: 90
channels: {email: {throughput: 5/h}}
messages: {m: {purpose: promo, deliver_by: 12h}}
chains: {a: {trigger: site_visited, reenter: always, exit_on: order, steps: [{send: {email: m}}]}}
"""
WHOLE_TEAM = SALES.replace("base: 90\n", "").replace('to: "12:00"', 'to: "11:00"')


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [SALES, WHOLE_TEAM, PLACES, PLACES + "sender: {domain: new, warmup: 6d}"])
def test_queues_of_worlds_in_a_block_do_not_notice_each_other(scenario: str) -> None:
    """Where one world's queue is empty overnight and another's is not; the recorded paths too."""
    found, worlds = scenario_of(scenario), [list(range(first, first + 6)) for first in (0, 6, 12)]
    together = live([found], worlds, days=9, bucket=3_600)
    alone = [live([found], [ids], days=9, bucket=3_600) for ids in worlds]
    assert [one.worlds[0] for one in alone] == together.worlds
    for place, one in enumerate(alone):
        for name, path in one.path.items():
            assert np.array_equal(path[:, 0], together.path[name][:, place])
