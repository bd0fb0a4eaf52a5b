"""In-app messages in a crowd: what must not matter does not, row by row and contact by contact."""

from __future__ import annotations

from collections import Counter

import pytest

from sim.kernel import luck
from strategies.vocabulary import DAY, HOUR
from tests.strategies.crowd import Entry, Outcome, live
from tests.strategies.story import scenario_of

pytestmark = pytest.mark.slow

TEXT = """
channels: {email: {cost: 0.1}, in_app: {cost: 0.02}, telegram: {}}
in_app_slot: {show_for: 4d, at_most: 2 per 3d, in_all: 3 per 2d, winner: %s}
contact_policy:
  caps: [{max: 1, per: day, then: drop}, {max: 3, per: 7d, channel: email}]
  pause_after: {order: 12h}
  in_app: {obeys: [control, pauses, budget], counts: true}
  budget: {max: 3, per: week}
messages:
  banner: {purpose: promo, topic: cart, deliver_by: 3d}
  letter: {purpose: promo, topic: cart}
  news: {purpose: content, variants: {a: {share: 50%%}, b: {share: 50%%}}}
  back: {purpose: content}
chains:
  cart:
    trigger: cart_abandoned
    reenter: always
    on_retrigger: {parallel_by: cart}
    exit_on: order
    holdout: {share: 10%%, name: cart}
    steps:
      - cascade:
          - {email: letter, wait: 6h, next_unless: click}
          - {in_app: banner, wait: 2d, next_unless: [in_app_shown]}
          - {first_of: [telegram, in_app], message: banner}
      - wait: {until: click, at_most: 1d}
      - choose: [{if: "shown(banner) and not clicked()", steps: [{send: {in_app: back}}]}]
  seen: {trigger: in_app_shown, reenter: {after: 1d}, steps: [{wait: 1h}, {send: {email: letter}}]}
campaigns:
  daily: {every: "day 10:00", send: {in_app: news}, priority: 60}
control: {share: 10%%}
"""
RICH = TEXT % "priority"
CHANGING = f"""{RICH}
changes: [{{on: 2026-02-07, in_app_slot: {{show_for: 3d, at_most: 3 per 4d, winner: oldest}}, counters: reset}}]
"""
IDS = list(range(40))


@pytest.fixture(scope="module")
def reference() -> Outcome:
    return live([scenario_of(RICH)], [IDS])


def test_the_crowd_meets_everything_that_can_become_of_a_message(reference: Outcome) -> None:
    """Otherwise the tests below would compare little."""
    counts = Counter((row.event, row.reason) for row in reference.worlds[0] if "in_app" in row.what)
    removed = {reason: counts["in_app_removed", reason] for reason in ("expired", "replaced", "run_ended")}
    for event in ("sent", "delivered", "in_app_shown", "opened", "click"):
        assert counts[event, ""] > 10, event
    assert min(removed.values()) > 3, removed
    assert counts["in_app_shown", ""] > counts["delivered", ""]
    assert counts["held", "pause"]
    assert counts["dropped", "control"]


def test_every_message_is_clicked_or_removed_or_waits_at_the_end(reference: Outcome) -> None:
    rows = [row for row in reference.worlds[0] if "in_app" in row.what]
    ends = Counter((row.contact, row.event) for row in rows if row.event in ("click", "in_app_removed"))
    assert set(ends.values()) == {1}
    gone = {contact for contact, event in ends if event == "in_app_removed"}
    for row in rows:
        if row.contact in gone and row.event == "click":  # a run may end between the impression and the click
            shown = max(r.time for r in rows if (r.contact, r.event) == (row.contact, "in_app_shown"))
            removed = next(r.time for r in rows if (r.contact, r.event) == (row.contact, "in_app_removed"))
            assert shown <= removed <= row.time <= shown + 60
    sent = {row.contact for row in rows if row.event == "sent"}
    ended = {contact for contact, _ in ends}
    assert ended <= sent
    late = {row.contact for row in rows if row.event == "sent" and row.time > 7 * DAY}
    assert sent - ended <= late


def test_a_message_waits_once_for_each_customer(reference: Outcome) -> None:
    """After each moment nobody has two of the same waiting; what expires is told once the day is over."""
    waiting: dict[tuple[int, str], set[int]] = {}
    rows = sorted((row for row in reference.worlds[0] if "in_app" in row.what), key=lambda row: row.time)
    most = 0
    for time in sorted({row.time for row in rows if row.event == "sent"}):
        for row in (row for row in rows if row.time == time and row.event == "sent"):
            waiting.setdefault((row.customer, row.what), set()).add(row.contact)
        gone = {row.contact for row in rows if row.time <= time and row.event in ("click", "in_app_removed")}
        for key, contacts in waiting.items():
            contacts -= gone
            most = max(most, len(contacts))
            assert len(contacts) <= 1, key
    assert most == 1


@pytest.mark.parametrize(
    "text", [RICH, TEXT % "newest", TEXT % "oldest", CHANGING], ids=["priority", "newest", "oldest", "changing"]
)
def test_neither_buckets_nor_the_order_in_cohorts_matter(text: str) -> None:
    scenario = scenario_of(text)
    one = live([scenario], [IDS])
    assert live([scenario], [IDS], bucket=HOUR, shuffle=3).worlds == one.worlds
    assert live([scenario], [IDS], bucket=300).worlds == one.worlds


def test_stacked_worlds_and_arms_are_the_separate_ones(reference: Outcome) -> None:
    other = [number + 1_000 for number in IDS]
    together = live([scenario_of(RICH)], [IDS, other])
    assert together.worlds[0] == reference.worlds[0]
    assert together.worlds[1] == live([scenario_of(RICH)], [other]).worlds[0]
    newest = scenario_of(TEXT % "newest")
    arms = live([newest, scenario_of(RICH)], [IDS, IDS])
    assert arms.worlds[1] == reference.worlds[0]
    assert arms.worlds[0] == live([newest], [IDS]).worlds[0] != reference.worlds[0]
    changing = live([scenario_of(CHANGING), scenario_of(RICH)], [IDS, IDS])
    assert changing.worlds[1] == reference.worlds[0]
    assert changing.worlds[0] == live([scenario_of(CHANGING)], [IDS]).worlds[0] != reference.worlds[0]


def test_names_and_the_order_in_the_file_do_not_matter(reference: Outcome) -> None:
    """Of one priority and one minute the name decides, so names here keep their order."""
    head, _, rest = RICH.partition("chains:\n")
    chains, _, tail = rest.partition("campaigns:\n")
    seen = chains.index("  seen:")
    turned = f"{head}chains:\n{chains[seen:]}{chains[:seen]}campaigns:\n{tail}"
    assert live([scenario_of(turned)], [IDS]).worlds == reference.worlds

    def bare(rows: list[Entry]) -> list[tuple[object, ...]]:
        return sorted((row.customer, row.time, row.event, row.reason, row.contact, row.run) for row in rows)

    renamed = RICH.replace("banner", "bbb").replace("daily:", "dddd:").replace("cart:\n", "ccc:\n")
    assert bare(live([scenario_of(renamed)], [IDS]).worlds[0]) == bare(reference.worlds[0])


def test_no_draw_shares_its_luck_with_another() -> None:
    with luck.audit():
        live([scenario_of(RICH)], [IDS])
