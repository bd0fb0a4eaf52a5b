"""Refusals change nothing, and nothing that must not matter changes them."""

from __future__ import annotations

from collections import Counter

import pytest

from strategies.vocabulary import DAY, HOUR, REFUSALS
from tests.strategies.crowd import Outcome, live
from tests.strategies.story import scenario_of

TEXT = """
channels: {email: {}, telegram: {}}
at_start: {backlog: skip}
messages: {m: {purpose: promo}}
segments: {known: {if: "consent.email"}, often: {did: order, times: 2, within: 5d}}
control: {share: 10%}
chains:
  cart:
    trigger: {event: cart_abandoned, if: "value > 1500 and category == 'shoes'"}
    enter: "orders >= 1 and last_order.value > 1000 and not segment.often"
    holdout: 20%
    reenter: {after: 2d}
    steps: [{wait: 1d}, {send: {email: m}}]
  looked: {trigger: site_visited, reenter: {at_most: 1, per: 3d}, on_retrigger: restart, steps: [{wait: 1h}]}
  bought: {trigger: order, enter: last_click.age < 9d, reenter: never, steps: [{start: offered}, {wait: 2d}]}
  again: {trigger: order, on_retrigger: {parallel_by: category}, steps: [{wait: 4d}, {send: {telegram: m}}]}
  offered: {trigger: started, enter: segment.often, steps: [{send: {email: m}}]}
  member: {trigger: {segment_entered: known}, steps: [{send: {email: m}}]}
  loyal: {trigger: {segment_entered: often}, enter: segment.known, steps: [{send: {email: m}}]}
  away: {trigger: {inactive: 2d, of: site_visited}, reenter: {after: 3d}, steps: [{wait: 3d}, {send: {telegram: m}}]}
"""
IDS = list(range(40))


@pytest.fixture(scope="module")
def reference() -> Outcome:
    return live([scenario_of(TEXT)], [IDS], refusals=True)


def test_every_reason_comes_up(reference: Outcome) -> None:
    """Otherwise the tests below would compare little."""
    reasons = Counter(reason for _, _, _, reason, _ in reference.refusals)
    assert set(reasons) == set(REFUSALS) - {"trigger_unknown"}
    parts = {part for _, _, chain, reason, part in reference.refusals if (chain, reason) == ("cart", "enter")}
    assert parts == {0, 1, 2}


def test_finding_out_changes_nothing(reference: Outcome) -> None:
    unasked = live([scenario_of(TEXT)], [IDS])
    assert unasked.refusals == []
    assert unasked.worlds == reference.worlds


@pytest.mark.slow
@pytest.mark.parametrize(("bucket", "shuffle"), [(HOUR, None), (6 * HOUR, 1), (DAY, 2)])
def test_buckets_and_the_order_of_rows_do_not_matter(reference: Outcome, bucket: int, shuffle: int | None) -> None:
    other = live([scenario_of(TEXT)], [IDS], bucket=bucket, shuffle=shuffle, refusals=True)
    assert other.refusals == reference.refusals


def test_an_order_is_an_entry_or_a_refusal(reference: Outcome) -> None:
    """Of each customer and moment; a ghost and the control group enter too."""
    rows = reference.worlds[0]
    for chain in ("bought", "again"):
        ends = Counter((row.customer, row.time) for row in rows if (row.event, row.what) == ("chain_entered", chain))
        ends.update((customer, time) for customer, time, name, _, _ in reference.refusals if name == chain)
        assert ends == Counter((row.customer, row.time) for row in rows if row.event == "order")
