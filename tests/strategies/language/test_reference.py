"""Every example of the reference page loads, and the page names every field and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strategies.language.fields import CALLS, FIELDS
from strategies.language.reference import keys_page
from strategies.language.schema import scenario_schema
from strategies.vocabulary import CHANNELS, EVENT_MAP
from tests.strategies.language.small import load

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "scenario.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

AROUND = {
    "scenario": "scenario: Example\n",
    "population": "population: shop.yaml\n",
    "horizon": "horizon: 90d\n",
    "start": "start: 2026-02-02\n",
    "channels": "channels: {email: {}, web_push: {}, telegram: {}, sms: {}}\n",
    "rfm": "rfm: {}\n",
    "segments": 'segments: {vip: {if: "orders > 5"}, sleeping: {if: "last_order.age > 90d"}}\n',
    "loyalty": "loyalty: {points: {earn: 5%}, tiers: {silver: {from: 1000}, gold: {from: 50000}}}\n",
    "offers": "offers: {small_gift: {gift: 300, cost: 120}}\n",
    "messages": (
        "messages: {digest: {purpose: promo, topic: news}, cart_reminder: {purpose: promo, topic: cart},"
        " cart_gift: {purpose: promo, topic: cart, offer: small_gift}}\n"
    ),
    "chains": "chains: {abandoned_cart: {trigger: cart_abandoned, steps: [exit]}}\n",
}


def completed(block: str) -> str:
    """The block within a small scenario: steps in a chain, keys beside those that they need."""
    if block.startswith("- "):
        indented = "".join(f"      {line}\n" for line in block.splitlines())
        block = f"chains:\n  example:\n    trigger: order\n    steps:\n{indented}"
    keys = re.findall(r"^([a-z_]+):", block, re.MULTILINE)
    if "scenario" in keys or "extends" in keys:
        return block
    return "".join(text for key, text in AROUND.items() if key not in keys) + block


BASE = (
    "".join(AROUND.values())
    + """\
campaigns: {tuesday: {every: "Tue 10:00", send: {email: digest}}}
contact_policy: {caps: [{max: 2, per: day}, {name: weekly, max: 9, per: week}]}
"""
)
OTHER_FILES = {
    "base.yaml": BASE.replace(
        "steps: [exit]}", "exit_on: order, steps: [exit]}, old_chain: {trigger: order, steps: [exit]}"
    ),
    "parts.yaml": "messages: {thank_you: {purpose: service}}\n"
    "chains: {thanks: {trigger: order, steps: [{send: {email: thank_you}}]}}\n",
}


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_of_the_reference_load(tmp_path: Path, block: str) -> None:
    for name, text in OTHER_FILES.items():
        (tmp_path / name).write_text(text)
    assert load(tmp_path, completed(block)).population


def test_the_reference_names_every_field_and_call() -> None:
    names = {re.sub(rf"\.({'|'.join(CHANNELS)})(?=\.|$)", ".<channel>", info.name) for info in FIELDS}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
    assert {call for call in CALLS if f"`{call}(m)`" not in PAGE} == set()


@pytest.mark.slow
def test_the_reference_shows_every_key_that_the_reader_knows() -> None:
    examples = "\n".join(BLOCKS)
    definitions = scenario_schema()["$defs"]
    keys = {key for shape in definitions.values() for key in shape.get("properties", {})}
    missing = {key for key in keys if not re.search(rf"\b{key}:", examples)}
    assert missing <= {"mobile_push", "whatsapp", "vk"}


KEYS_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "keys.md"


def test_the_page_of_keys_is_up_to_date() -> None:
    how = "run: python -m strategies.language keys > docs/reference/keys.md"
    assert KEYS_PAGE.read_text(encoding="utf-8") == keys_page(), how


def test_the_page_of_keys_says_what_each_one_means() -> None:
    page = keys_page()
    assert [line for line in page.splitlines() if line.endswith("| – |")] == []
    assert {event.name for event in EVENT_MAP if not event.about} == set()
    keys = {key for shape in scenario_schema()["$defs"].values() for key in shape.get("properties", {})}
    assert {key for key in keys if f"\n| `{key}` |" not in page} == set()


def test_the_page_of_keys_shows_defaults_as_a_file_would_have_them() -> None:
    page = keys_page()
    assert "| `history` | whole days such as 0d, 30d, 2w | `365d` |" in page
    assert "| `share` | a percentage such as 10% or a fraction from 0 to 1 | needed |" in page
    assert "| `valid` | a duration above 0 such as 45s, 30m, 1h, 3d, 2w | `3d` |" in page
