"""The scenarios of the table of relevance, delay and frequency."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.response import DAYS, HEAD, NO_CHANGE, SHOP, cart, letter, once, weekly
from strategies.language import load_scenario

TEXTS = {
    "plain": letter("") + weekly(1),
    "shown": letter(", personal: [favourite_category], fallback: bestsellers") + weekly(1),
    "about": once("give_gift"),
    "cart": cart("20m"),
    "often": letter("") + weekly(len(DAYS)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_scenarios_of_the_table_are_right(name: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / f"{name}.yaml"
    file.write_text(HEAD.format(days=14) + TEXTS[name], encoding="utf-8")
    scenario = load_scenario(file)
    assert len(scenario.campaigns) == {"often": 6, "cart": 0}.get(name, 1)
    assert [message.name for message in scenario.messages] == ["m"]


def test_the_shop_has_a_place_for_changed_parameters() -> None:
    assert SHOP.read_text(encoding="utf-8").count(NO_CHANGE) == 1
