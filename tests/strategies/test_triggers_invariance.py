"""Invariance of dates, counts, tables, changed fields and waits: what must not matter does not."""

from __future__ import annotations

from collections import Counter

import pytest

from sim.kernel import luck
from strategies.vocabulary import DAY, HOUR
from tests.strategies.crowd import Outcome, live
from tests.strategies.story import scenario_of

pytestmark = pytest.mark.slow

_ROWS = "\\n".join(
    f"{customer},2026-02-{3 + customer % 5:02d} {clock},{customer}"
    for customer in range(30)
    for clock in ("10:00", "10:00", "23:59:59")
)
TEXT = f"""
channels: {{email: {{}}, telegram: {{}}, sms: {{}}}}
rfm: {{period: 100d, levels: 3, best: 3, refresh: 2d}}
calendar: {{country: RU, holidays: [2026-02-05]}}
contact_policy: {{quiet_hours: {{from: "22:00", to: "08:00"}}, caps: [{{max: 3, per: day, for_at_most: 1d}}]}}
messages: {{m: {{purpose: promo}}, n: {{purpose: content}}, today: {{purpose: promo, deliver_by: end_of_day}}}}
fields: {{seen: 0, value: {{type: number}}, noted: {{type: date}}}}
chains:
  noted:
    trigger: order
    reenter: always
    enter: "segment.often or segment.dear or field.noted.age > 1d"
    steps: [{{set: {{seen: field.seen + 1, value: trigger.value, noted: now}}}}, {{send: {{sms: n}}}}]
  cell: {{trigger: {{field_changed: rfm.segment}}, reenter: always, steps: [{{send: {{telegram: n}}}}]}}
  bought:
    trigger: {{date: last_order, after: 1d, at: "23:30"}}
    reenter: always
    steps: [{{send: {{email: today}}}}]
  first: {{trigger: {{date: first_order, after: 2d}}, holdout: 30%, steps: [{{send: {{telegram: n}}}}]}}
  silent:
    trigger: {{count: 2, of: email_unopened, in_a_row: true, answer_within: 6h}}
    reenter: always
    on_retrigger: restart
    steps: [{{wait: {{until_true: "orders >= 2", check: 5h, at_most: 1d, on_timeout: [{{send: {{sms: m}}}}]}}}}]
  carts:
    trigger: {{count: 2, of: cart_abandoned, within: 4d, without: order}}
    reenter: always
    steps: [{{at: {{clock: "10:00", days: working}}}}, {{send: {{email: m}}}}]
  told:
    trigger: {{external: {{table: "customer,time,debt\\n{_ROWS}"}}, if: "debt > 3"}}
    on_retrigger: {{parallel_by: debt}}
    reenter: always
    steps: [{{wait: {{best_hour: {{channel: any, least: 1, spread: 9h}}}}}}, {{send: {{email: m}}}}]
  hears:
    trigger: cart_abandoned
    reenter: always
    exit_on: [{{event: order, if: "value > 1000"}}, {{segment_left: lively}}]
    goal: {{segment_entered: buyers, window: 3d}}
    steps:
      - wait:
          until: [{{segment_entered: buyers}}, {{event: site_visited, if: "orders >= 2"}}]
          name: came
          at_most: 1d
      - choose: [{{if: "came.happened", steps: [{{send: {{telegram: m}}}}]}}]
      - send: {{email: n}}
  unread:
    trigger: {{inactive: 30h, of: {{any: [site_visited, {{event: opened, channel: email}}]}}}}
    reenter: always
    steps: [{{send: {{sms: n}}}}]
  letters:
    trigger: {{event: opened, if: "channel == 'email' and chain in ['daily', 'carts']"}}
    reenter: always
    enter: "opens.email >= 2 and last_open.email.age < 1h"
    steps: [{{send: {{telegram: m}}}}]
  dated: {{trigger: {{on: [2026-02-04, "02-06"], at: "21:00", zone: company}}, steps: [{{send: {{telegram: m}}}}]}}
  turns: {{trigger: {{every: "2 weeks Tue,Fri 10:00"}}, steps: [{{send: {{telegram: n}}}}]}}
campaigns:
  daily: {{every: "day 10:00", send: {{email: n}}}}
  third: {{every: "3 days 12:00", zone: company, send: {{telegram: n}}}}
segments:
  often: {{did: {{event: sent, if: "channel in ['email', 'sms']"}}, times: 2, within: 3d, but_not: returned}}
  dear: {{did: {{event: order, if: "value > 900"}}, during: {{from: 2026-02-03}}, but_not: sent}}
  buyers: {{if: "orders >= 1"}}
  lively: {{if: "last_visit.age < 1d"}}
"""
IDS = list(range(30))


@pytest.fixture(scope="module")
def reference() -> Outcome:
    return live([scenario_of(TEXT)], [IDS])


def test_every_chain_of_the_crowd_starts_and_sends(reference: Outcome) -> None:
    """Otherwise the tests below would compare little."""
    seen = Counter((row.source, row.event) for row in reference.worlds[0])
    for chain in (
        "noted",
        "cell",
        "bought",
        "first",
        "silent",
        "carts",
        "told",
        "hears",
        "unread",
        "letters",
        "dated",
        "turns",
    ):
        assert seen[chain, "chain_entered"] > 5, chain
        assert seen[chain, "sent"] + seen[chain, "held"] > 0, chain


@pytest.mark.parametrize(
    ("bucket", "shuffle"),
    [pytest.param(HOUR, None, marks=pytest.mark.slow), (6 * HOUR, 1), pytest.param(DAY, 2, marks=pytest.mark.slow)],
)
def test_buckets_and_the_order_of_rows_do_not_matter(reference: Outcome, bucket: int, shuffle: int | None) -> None:
    assert live([scenario_of(TEXT)], [IDS], bucket=bucket, shuffle=shuffle).worlds == reference.worlds


def test_stacked_worlds_are_the_separate_worlds(reference: Outcome) -> None:
    other = [number + 1_000 for number in IDS]
    together = live([scenario_of(TEXT)], [IDS, other])
    assert together.worlds[0] == reference.worlds[0]
    assert together.worlds[1] == live([scenario_of(TEXT)], [other]).worlds[0]


def test_one_customer_more_changes_nothing_for_the_others(reference: Outcome) -> None:
    more = live([scenario_of(TEXT)], [[*IDS, 777]], replay=reference.path)
    assert [row for row in more.worlds[0] if row.customer < len(IDS)] == reference.worlds[0]


def test_no_luck_is_used_twice() -> None:
    with luck.audit():
        live([scenario_of(TEXT)], [IDS])


def test_every_run_and_contact_has_its_own_identity(reference: Outcome) -> None:
    for event, number in (("sent", "contact"), ("chain_entered", "run")):
        found = [getattr(row, number) for row in reference.worlds[0] if row.event == event]
        assert len(found) == len(set(found)) > 50
