"""Invariance of the policy's rows that remember: gaps of every kind, wishes, answers elsewhere, templates, windows."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from strategies.observed import Observed
from strategies.vocabulary import DAY, HOUR
from tests.strategies.crowd import Outcome, live
from tests.strategies.story import scenario_of

RICH = """
channels: {email: {throughput: 5/h}, web_push: {}, telegram: {}, sms: {cost: 4}, whatsapp: {cost: 1, template_cost: 6}}
engagement: {signs: click, active: 2d, cooling: 4d}
contact_policy:
  preferences: {weekly: 3d, monthly: 8d, then: wait, for_at_most: 2d}
  quiet_hours: [{from: "23:00", to: "07:00"}, {from: "20:00", to: "09:00", channel: sms, zone: company}]
  send_window: [{from: "09:00", to: "20:00", days: [Mon, Tue, Wed, Fri], channel: [sms, telegram], for_at_most: 3d}]
  caps:
    - {by: engagement, max: {active: 4, cooling: 3, else: 2}, per: 3d, then: drop}
    - {max: 1, per: day, message: reminder, counts: attempted, then: drop}
  min_gap:
    - {other_channel: 3h, same_topic: 1d, own_run: ignore}
    - {channel: email, same_purpose: 6h, counts: delivered, then: drop}
  quiet_elsewhere_after: {click: 12h, opened: 2h}
messages:
  digest: {purpose: promo, topic: news}
  reminder: {purpose: promo, topic: cart}
  hello: {purpose: promo, topic: cart, template: true}
  chat: {purpose: content, topic: talk}
chains:
  cart:
    trigger: cart_abandoned
    reenter: {after: 1d}
    steps: [{send: {email: reminder}}, {wait: 4h}, {send: {whatsapp: hello}}, {wait: 6h},
      {send: {whatsapp: reminder}}, {send: {sms: reminder}}]
  visit:
    trigger: site_visited
    reenter: always
    priority: 40
    steps: [{send: {first_of: [whatsapp, telegram, web_push], message: chat}}, {wait: 2h}, {send: {email: digest}}]
campaigns:
  daily: {every: "day 10:00", send: {email: digest}}
"""
IDS = list(range(40))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def wishes() -> object:
    """Every fifth customer wants fewer messages, every seventh none about the cart."""
    with pytest.MonkeyPatch.context() as patch:
        make = Observed.__init__

        def choosing(self: Observed, *given: object) -> None:
            make(self, *given)  # type: ignore[arg-type]
            self.keep_preferences()
            place = np.arange(self.customers) % len(IDS)
            self.chosen_frequency[:] = np.where(place % 5 == 0, 1 + place % 2, 0)
            self.topics_off[:] = place % 7 == 0

        patch.setattr(Observed, "__init__", choosing)
        yield


@pytest.fixture(scope="module")
def reference(wishes: object) -> Outcome:
    return live([scenario_of(RICH)], [IDS], bucket=HOUR)


def test_the_crowd_meets_every_row(reference: Outcome) -> None:
    rules = Counter(row.rule or row.reason for row in reference.worlds[0] if row.event in ("held", "dropped"))
    for rule in (
        "preferences.frequency",
        "preferences.topics",
        "no_template",
        "caps[0]",
        "caps[1]",
        "min_gap[0].other_channel",
        "min_gap[0].same_topic",
        "min_gap[1].same_purpose",
        "quiet_elsewhere_after.click",
        "quiet_elsewhere_after.opened",
        "quiet_hours[0]",
        "quiet_hours[1]",
        "send_window",
        "queued",
        "throughput.email",
    ):
        assert rules[rule], f"{rule} does not occur"


@pytest.mark.parametrize(("bucket", "shuffle"), [(300, None), (HOUR, 1)])
def test_neither_buckets_nor_the_order_of_rows_matter(reference: Outcome, bucket: int, shuffle: int | None) -> None:
    assert live([scenario_of(RICH)], [IDS], bucket=bucket, shuffle=shuffle).worlds == reference.worlds


def test_stacked_arms_are_the_separate_arms(reference: Outcome) -> None:
    other = scenario_of(RICH.replace("other_channel: 3h", "other_channel: 9h").replace("click: 12h", "click: 3h"))
    together = live([scenario_of(RICH), other], [IDS, IDS], bucket=HOUR)
    assert together.worlds[0] == reference.worlds[0]
    assert together.worlds[1] == live([other], [IDS], bucket=HOUR).worlds[0]
    assert together.worlds[0] != together.worlds[1]


def test_a_day_is_no_bucket_where_a_channel_is_limited() -> None:
    with pytest.raises(ValueError, match="must divide the period"):
        live([scenario_of(RICH)], [IDS], bucket=DAY)
