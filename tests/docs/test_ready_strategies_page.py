"""The page about ready strategies names all of them, and its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strategies.language import load_scenario
from strategies.language.shipped import shipped_folder

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "ready-strategies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_names_every_ready_strategy() -> None:
    shipped = {path.stem for path in (shipped_folder() / "strategies").glob("*.yaml")} - {"base"}
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("| "))
    assert set(re.findall(r"`(\w+)`", table)) == shipped


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_its_examples_load(tmp_path: Path, block: str) -> None:
    (tmp_path / "shop.yaml").write_text("people: 1\n")
    path = tmp_path / "my.yaml"
    path.write_text(block)
    assert load_scenario(path).chains
