"""Invariance of what is kept back, of coupons that end, and of channels that report no opens."""

from __future__ import annotations

from collections import Counter

import pytest

from sim.kernel import luck
from strategies.vocabulary import HOUR
from tests.strategies.crowd import Outcome, live
from tests.strategies.story import scenario_of

RICH = """
contact_policy: {min_gap: {any: 3h, then: wait}}
offers: {gift: {gift: 300, cost: 9, valid: 2d}, other: {amount: 100, valid: 3d}}
messages:
  hello: {purpose: promo}
  hint: {purpose: promo, offer: gift}
  note: {purpose: content, offer: other}
  receipt: {purpose: transactional}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    holdout: 30%
    steps: [{send: {first_of: [sms, email], message: hello}}, {wait: {until: delivered, at_most: 4h}}, {wait: 5h},
      {choose: [{if: "not opened(hello)", steps: [{send: {telegram: hint}}]},
        {if: "delivered(hello)", steps: [{send: {in_app: hint}}]}]}, {give: {coupon: other}}]
  bought:
    trigger: order
    reenter: always
    holdout: 20%
    steps: [{give: {coupon: gift}}, {wait: 1d}, {send: {email: hint}}, {send: {email: receipt}}, {wait: 26h},
      {cascade: [{telegram: hint, wait: 5h}, {sms: note}]}]
campaigns:
  remind: {every: "day 10:00", to: "orders >= 1", send: {web_push: hint}}
control: {share: 20%, exempt: [transactional]}
"""
IDS = list(range(40))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reference() -> Outcome:
    return live([scenario_of(RICH)], [IDS])


def test_the_crowd_meets_what_this_is_about(reference: Outcome) -> None:
    met = Counter((row.event, row.what, row.reason) for row in reference.worlds[0])
    kept_back = [("dropped", f"telegram:{name}", why) for name in ("hint",) for why in ("holdout", "control")]
    over = [("dropped", f"{what}:hint", "offer_expired") for what in ("email", "telegram", "web_push")]
    banner = [("in_app_removed", "in_app:hint", "expired"), ("sent", "in_app:hint", "")]
    for one in (*kept_back, *over, *banner):
        assert met[one], f"{one} does not occur"


@pytest.mark.parametrize(("bucket", "shuffle"), [(300, None), (HOUR, 1)])
def test_neither_buckets_nor_the_order_of_rows_matter(reference: Outcome, bucket: int, shuffle: int | None) -> None:
    assert live([scenario_of(RICH)], [IDS], bucket=bucket, shuffle=shuffle).worlds == reference.worlds


def test_stacked_arms_are_the_separate_arms(reference: Outcome) -> None:
    other = scenario_of(RICH.replace("valid: 2d", "valid: 1d").replace("30%", "60%"))
    together = live([other, scenario_of(RICH)], [IDS, IDS])
    assert together.worlds[1] == reference.worlds[0]
    assert together.worlds[0] == live([other], [IDS]).worlds[0] != reference.worlds[0]


def test_no_draw_shares_its_luck_with_another() -> None:
    with luck.audit():
        live([scenario_of(RICH)], [IDS])
