"""A small valid scenario that the tests of this folder change and break."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strategies.language import ScenarioError, load_scenario
from strategies.scenario import Scenario

SMALL = """\
scenario: Test
population: shop.yaml
horizon: 90d
start: 2026-02-02
channels:
  email: {cost: 0.10, throughput: 50000/h}
  sms: {cost: 4.5}
rfm: {}
contact_policy:
  caps:
    - {max: 2, per: day}
segments:
  vip: {if: "orders >= 3"}
offers:
  gift: {gift: 300, cost: 120}
messages:
  digest: {purpose: promo, topic: news}
  nudge: {purpose: promo, topic: cart, offer: gift}
chains:
  cart:
    trigger: cart_abandoned
    enter: "consent.email"
    goal: {event: order, window: 7d}
    steps:
      - wait: 1h
      - send: {email: nudge}
      - wait: {until: click, at_most: 24h}
      - choose:
          - if: "clicked(nudge)"
            steps: [exit]
          - else: [{send: {sms: digest}}]
campaigns:
  tuesday: {every: "Tue 10:00", to: "consent.email", send: {email: digest}}
control: {share: 10%}
"""

POLICY = "    - {max: 2, per: day}\n"
SEGMENT = '  vip: {if: "orders >= 3"}\n'
CHAIN = "    goal: {event: order, window: 7d}\n"
STEP = "      - wait: 1h\n"
CONDITION = "clicked(nudge)"
END = "control: {share: 10%}\n"


def changed(old: str, new: str) -> str:
    """The small scenario with its first ``old`` replaced."""
    assert old in SMALL, old
    return SMALL.replace(old, new, 1)


def load(folder: Path, text: str, overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a text, in a folder that has the population file."""
    (folder / "shop.yaml").write_text("population: Shop\n")
    (folder / "blacklist.csv").write_text("customer,since\n12,2026-01-05\n3,2025-11-30\n")
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path, overrides)


def problems_of(folder: Path, text: str, overrides: Sequence[str] = ()) -> list[str]:
    """The problems of a text as ``line:column: text`` (an override's as a whole); empty when it loads."""
    try:
        load(folder, text, overrides)
    except ScenarioError as error:
        return [str(problem).removeprefix(f"{folder / 's.yaml'}:") for problem in error.problems]
    return []
