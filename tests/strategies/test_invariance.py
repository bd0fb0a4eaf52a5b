"""Invariance of the engine: what must not matter does not, row by row and contact by contact."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, replace

import numpy as np
import pytest

from strategies.vocabulary import DAY, HOUR
from tests.strategies.crowd import Entry, Outcome, live
from tests.strategies.story import scenario_of

pytestmark = pytest.mark.slow

POLICY = """
channels: {email: {cost: 0.1}, web_push: {}, telegram: {cost: 0.2}, sms: {cost: 4}}
rfm: {period: 100d, levels: 3, best: 3, refresh: 7d}
contact_policy:
  quiet_hours: {from: "22:00", to: "08:00"}
  caps:
    - {max: 2, per: day, for_at_most: 2d}
    - {max: 3, per: 7d, channel: email, then: drop}
    - {by: rfm.segment, max: {champions: 5, hibernating: 1, else: 3}, per: 7d, then: drop}
  min_gap: {any: 4h, same_topic: 1d, own_run: ignore}
  pause_after: {order: 1d}
  one_main_chain: {others: wait, for_at_most: 3d}
  sunset: {channel: email, none_of: [click, order], for: 5d, min_sends: 3}
"""
CONTENTS = """
predictions: {refit: 5d}
segments:
  sleeping: {if: "last_order.age > 5d"}
  buyers: {if: "orders >= 1 and not segment.sleeping"}
  lookers: {did: product_viewed, times: 2, within: 3d, same: category, but_not: order}
  any: {if: "segment.likely or segment.lookers"}
  likely: {predict: {order_in: 3d, at_least: 35%}, refresh: 3d}
messages:
  digest: {purpose: promo, topic: news}
  reminder: {purpose: promo, topic: cart}
  gift: {purpose: promo, topic: cart, deliver_by: 2d}
  thanks: {purpose: transactional}
  back: {purpose: content, topic: back}
chains:
  cart:
    trigger: cart_abandoned
    enter: "trigger.value > 500 and consent.email"
    reenter: {after: 2d}
    priority: 80
    goal: {event: order, window: 3d}
    exit_on: order
    timeout: 5d
    holdout: 10%
    steps:
      - wait: 1h
      - send: {email: reminder}
      - wait: {until: click or order as answer, at_most: 12h}
      - choose:
          - {if: "answer.happened", steps: [{wait: 6h}]}
          - if: "not opened(reminder)"
            steps:
              - cascade:
                  - {web_push: gift, wait: 12h, next_unless: click}
                  - {telegram: gift, wait: 12h, next_unless: click}
                  - {sms: gift}
          - else: [{split: {name: patience, arms: {eager: {share: 50%, steps: [{send: {email: gift}}]}}}}]
  orders:
    trigger: order
    reenter: always
    on_retrigger: {parallel_by: category}
    steps: [{send: {email: thanks}}, {wait: 2d}, {send: {first_of: [telegram, email], message: back}}]
  winback:
    trigger: {segment_entered: sleeping}
    priority: 60
    reenter: always
    while: "orders < 9"
    steps: [{within: {from: "18:00", to: "20:00"}}, {send: {email: back}}, {wait: 1d}, {send: {telegram: back}}]
  missing:
    trigger: {inactive: 4d, of: site_visited}
    reenter: {after: 3d}
    steps: [{at: {clock: "12:00", days: working}}, {send: {web_push: back}}]
campaigns:
  tuesday: {every: "Tue 10:00", to: "not segment.sleeping", send: {email: digest}}
  daily: {every: "day 19:00", to: "segment.buyers or segment.any", priority: 5, send: {web_push: digest}}
control: {share: 10%}
"""
RICH = POLICY + CONTENTS
IDS = list(range(40))


@pytest.fixture(scope="module")
def reference() -> Outcome:
    return live([scenario_of(RICH)], [IDS])


def test_the_crowd_meets_every_kind_of_decision(reference: Outcome) -> None:
    """Otherwise the tests below would compare little."""
    reasons = Counter((row.event, row.reason) for row in reference.worlds[0])
    for event, reason in (
        *(("held", why) for why in ("cap", "gap", "pause", "quiet_hours", "main_chain")),
        *(("dropped", why) for why in ("no_address", "no_consent", "control", "holdout", "sunset", "cap", "run_ended")),
        *(("chain_exited", why) for why in ("finished", "exit_event")),
        ("goal_reached", ""),
        ("sent", ""),
        ("bounced", "hard_bounce"),
    ):
        assert reasons[event, reason], f"{event} {reason} does not occur"


@pytest.mark.parametrize("bucket", [300, HOUR, 6 * HOUR])
def test_the_length_of_a_bucket_does_not_matter(reference: Outcome, bucket: int) -> None:
    assert live([scenario_of(RICH)], [IDS], bucket=bucket).worlds == reference.worlds


@pytest.mark.parametrize("shuffle", [1, 2])
def test_the_order_of_rows_in_a_cohort_does_not_matter(reference: Outcome, shuffle: int) -> None:
    assert live([scenario_of(RICH)], [IDS], bucket=DAY, shuffle=shuffle).worlds == reference.worlds


def test_stacked_worlds_are_the_separate_worlds(reference: Outcome) -> None:
    other = [number + 1_000 for number in IDS]
    together = live([scenario_of(RICH)], [IDS, other])
    assert together.worlds[0] == reference.worlds[0]
    assert together.worlds[1] == live([scenario_of(RICH)], [other]).worlds[0]


def test_stacked_arms_are_the_separate_arms(reference: Outcome) -> None:
    bare = scenario_of(CONTENTS)
    together = live([scenario_of(RICH), bare], [IDS, IDS])
    assert together.worlds[0] == reference.worlds[0]
    assert together.worlds[1] == live([bare], [IDS]).worlds[0]


def without_names(rows: list[Entry]) -> list[tuple[object, ...]]:
    return sorted(astuple(replace(row, what="", source="")) for row in rows)


def test_names_of_chains_campaigns_and_messages_do_not_matter(reference: Outcome) -> None:
    text = RICH
    for old, new in {
        "cart:\n": "zz_cart:\n",
        "holdout: 10%": "holdout: {share: 10%, name: cart}",  # the old name keeps the draw
        "  orders:\n": "  nn_orders:\n",
        "winback:": "mm_winback:",
        "missing:": "aa_missing:",
        "tuesday:": "ww_tuesday:",
        "daily:": "xx_daily:",
        "digest": "letter",
        "reminder": "zebra",
        "thanks": "aardvark",
    }.items():
        assert old in text
        text = text.replace(old, new)
    # 'orders' and 'missing' have one priority, and different triggers; their names only break exact ties.
    assert without_names(live([scenario_of(text)], [IDS]).worlds[0]) == without_names(reference.worlds[0])


def test_the_order_in_the_file_does_not_matter(reference: Outcome) -> None:
    head, _, rest = RICH.partition("chains:\n")
    chains, _, tail = rest.partition("campaigns:\n")
    campaigns, _, control = tail.partition("control:")
    winback = chains.index("  winback")
    turned = chains[winback:] + chains[:winback]
    lines = campaigns.splitlines(keepends=True)[::-1]
    text = f"{head}chains:\n{turned}campaigns:\n{''.join(lines)}control:{control}"
    assert live([scenario_of(text)], [IDS]).worlds == reference.worlds


UNRELATED = """  other:
    trigger: site_visited
    priority: 99
    reenter: always
    holdout: 20%
    steps: [{send: {vk: extra}}, {wait: {until: click, at_most: 1d}}, {send: {vk: extra}}]
"""


def test_an_unrelated_chain_changes_nothing_else() -> None:
    """Without policy rows that couple chains, all other runs and contacts keep their times and identities.

    Customers who click on a new message may buy or unsubscribe, and live on differently: they are left out.
    """
    text = CONTENTS.replace("messages:\n", "messages:\n  extra: {purpose: promo, topic: extra}\n")
    before = live([scenario_of(text)], [IDS]).worlds[0]
    after = live([scenario_of(text.replace("campaigns:\n", UNRELATED + "campaigns:\n"))], [IDS]).worlds[0]
    added = [row for row in after if row.source == "other"]
    assert len(added) > 50
    changed = Counter(row for row in after if row.source != "other")
    changed.subtract(Counter(before))
    touched = {row.customer for row in added if row.event == "click"}
    assert not {row.customer for row, count in changed.items() if count} - touched
    assert len(set(IDS) - touched) > 10, "customers without any answer to the new chain"


def test_one_customer_more_changes_nothing_for_the_others_when_the_shared_path_is_replayed() -> None:
    text = RICH.replace("email: {cost: 0.1}", "email: {cost: 0.1, throughput: 3/h}").replace(
        "  sunset:", "  budget: {max: 1, per: week}\n  sunset:"
    )
    first = live([scenario_of(text)], [IDS], bucket=HOUR)
    assert {"budget", "throughput"} <= {row.reason for row in first.worlds[0]}
    assert {name.partition(":")[0] for name in first.path} == {
        "average_order",
        "rfm",
        "prediction",
        "budget",
        "throughput",
    }
    assert first.path["prediction:0"].any(), "the crowd orders often enough for a fit"
    more = live([scenario_of(text)], [[*IDS, 777]], bucket=HOUR, replay=first.path)
    assert [row for row in more.worlds[0] if row.customer < len(IDS)] == first.worlds[0]
    assert any(row.customer == len(IDS) for row in more.worlds[0])
    free = live([scenario_of(text)], [[*IDS, 777]], bucket=HOUR)
    assert any(not np.array_equal(free.path[name], path) for name, path in first.path.items()), "the path would move"


def test_every_contact_has_its_own_identity(reference: Outcome) -> None:
    sent = [row for row in reference.worlds[0] if row.event == "sent"]
    assert len({row.contact for row in sent}) == len(sent)
    runs = [row.run for row in reference.worlds[0] if row.event == "chain_entered"]
    assert len(set(runs)) == len(runs)
