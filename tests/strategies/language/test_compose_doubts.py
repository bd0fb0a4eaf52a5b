"""What joining files makes of them without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies.language import load_scenario
from tests.strategies.language.small import SMALL
from tests.strategies.language.test_extends import load

LEAVING = """\
extends: base.yaml
scenario: Sunset
rfm: {levels: 3}
contact_policy:
  sunset: {channel: email, none_of: [opened], for: 90d}
messages: {stay: {purpose: content}}
"""
HEAD = """\
scenario: Mine
population: shop.yaml
horizon: 90d
start: 2026-02-02
channels: {email: {}, sms: {cost: 4.5}}
"""
BOTH = (
    "include[0]: leaves behind contact_policy.sunset, rfm of other.yaml, for what frames a run is not included and "
    "this scenario says nothing of it; expected it here, or {file: …, take: [segments, offers, messages, chains, "
    "campaigns, contact_policy.sunset, rfm]}"
)


def notices(folder: Path, own: str, other: str = LEAVING) -> list[tuple[str, int, str]]:
    found = load(folder, own=own, other=other).notices
    return [(Path(notice.file).name, notice.line, notice.text) for notice in found if "include" in notice.text]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("include: [other.yaml]\n", [("own.yaml", 6, BOTH)]),
        ("include: other.yaml\n", [("own.yaml", 6, BOTH.replace("include[0]", "include"))]),
        ("rfm: {}\ncontact_policy: {sunset: []}\ninclude: [other.yaml]\n", []),
        ("include: [{file: other.yaml, take: [messages, chains, offers, segments]}]\n", []),
        (
            "contact_policy: {caps: []}\nrfm: {}\ninclude: [other.yaml]\n",
            [("own.yaml", 8, BOTH.replace(", rfm", ""))],
        ),
    ],
)
def test_rows_that_an_include_leaves_behind(tmp_path: Path, more: str, told: list[tuple[str, int, str]]) -> None:
    """Those that the included file says itself; its base's caps and channels are everybody's own."""
    assert notices(tmp_path, HEAD + more) == told


def test_a_file_of_parts_leaves_nothing_behind(tmp_path: Path) -> None:
    parts = "messages: {stay: {purpose: content}}\ncontact_policy: {sunset: []}\n"
    assert notices(tmp_path, HEAD + "include: [other.yaml]\n", parts) == []


CART = "chains: {cart: {trigger: cart_abandoned, reenter: always, steps: [{wait: 3h}, {send: {email: nudge}}]}}\n"
MIXED = (
    "include[0]: its chain 'cart' is written key by key over the one of base.yaml, so neither runs as its file says; "
    "expected 'without: [chains.cart]' in extends, or one of the two files"
)


@pytest.mark.parametrize(
    ("own", "other", "told"),
    [
        ("extends: base.yaml\ninclude: [other.yaml]\n", CART, [("own.yaml", 2, MIXED)]),
        ("extends: {file: base.yaml, without: [chains.cart]}\ninclude: [other.yaml]\n", CART, []),
        ("extends: base.yaml\ninclude: [other.yaml]\nchains: {cart: {priority: 9}}\n", CART, []),
        ("extends: base.yaml\ninclude: [other.yaml]\n", "chains: {cart: {priority: 9}}\n", []),
        ("extends: base.yaml\ninclude: [base.yaml]\n", CART, []),
    ],
)
def test_chains_of_two_files_in_one(tmp_path: Path, own: str, other: str, told: list[tuple[str, int, str]]) -> None:
    assert notices(tmp_path, own, other) == told


SIZED = (
    "base: 120000\nplatform_cost: 90000\nbrief: {budget: 250000}\nteams: {service: {people: 2, minutes_per_task: 15}}\n"
)
STAY = (
    "base: platform_cost, brief.budget, teams.service, channels.email.throughput stay as for 120,000 customers; state "
    "them anew where they are meant to grow with the base"
)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("base: 400000\n", STAY),
        ("base: 120000\n", ""),
        ("platform_cost: 1\n", ""),
        (
            "base: 400000\nplatform_cost: 300000\nbrief: {budget: 800000}\n",
            STAY.replace("platform_cost, brief.budget, ", ""),
        ),
    ],
)
def test_amounts_that_stay_those_of_another_base(tmp_path: Path, more: str, told: str) -> None:
    found = load(tmp_path, base=SMALL + SIZED, own="extends: base.yaml\n" + more)
    assert [notice.text for notice in found.notices if notice.text.startswith("base:")] == [told] * bool(told)
    changes = more.strip().replace(": ", "=", 1).replace("\nplatform_cost: ", "\nplatform_cost=")
    changed = load_scenario(tmp_path / "base.yaml", changes.replace("\nbrief: ", "\nbrief=").split("\n"))
    notices = [(notice.file, notice.text) for notice in changed.notices if notice.text.startswith("base:")]
    assert notices == [("--set base=400000", told)] * bool(told)
