"""Where a file that a scenario builds on is missing: what is wrong whatever that file says is told with it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.commands import NOT_CHECKED, check
from strategies.language import ScenarioError, load_scenario
from strategies.language.shipped import shipped_folder
from tests.generators import scenarios
from tests.strategies.language.test_extends import write
from tests.strategies.language.test_extends_properties import cut, cuts, written

OWN = """\
extends: {file}
horizn: 30d
contact_policy:
  like: clavio
  caps: {{"[0]": {{max: 0}}, append: {{max: 3, per: weekly}}}}
  pause_after: off
brief: {{kpis: [{{metric: profit, at_least: 1}}, {{metric: goal_rate, at_least: 5%}}]}}
messages: {{digest: {{topic: 7}}, late: {{purpos: promo}}}}
chains:
  cart: {{enter: segment.of_the_base, steps: [{{send: {{sms: of_the_base}}}}, {{wate: 1h}}]}}
campaigns:
  weekly: {{to: segment.of_the_base, offset: 3}}
  monthly: {{every: "Tue 25:00", send: {{email: of_the_base}}}}
"""
FOUND = [
    "extends: found no file 'bass.yaml', expected a file, named relative to this one, or a shipped strategy",
    "unknown key 'horizn' in the scenario; did you mean 'horizon'?",
    "unknown dialect 'clavio' in contact_policy.like",
    "unknown figure 'profit' in the brief; did you mean 'contribution'?",
    "goal_rate: is a figure of one chain, expected 'chain: name' beside it",
    "messages.digest.topic: found 7, expected a name of letters, digits and underscores; quote it",
    "unknown key 'purpos' in messages.late; did you mean 'purpose'?",
    "unknown key 'wate' in chains.cart.steps[1]; did you mean 'wait'?",
    "unknown key 'offset' in campaigns.weekly",
    "campaigns.monthly.every: found 'Tue 25:00', expected",
]


def test_what_is_wrong_by_itself_is_told_beside_a_missing_file(tmp_path: Path) -> None:
    path = write(tmp_path, own=OWN.format(file="bass.yaml"))
    found = check(str(path))
    told = [problem.text for problem in found.problems]
    for text in FOUND:
        assert any(one.startswith(text) for one in told), text
    assert len(told) == len(FOUND)
    assert [notice.text for notice in found.notices] == [NOT_CHECKED]


@pytest.mark.parametrize("name", ["simple_cart", "price_drop", "cascade_support"])
def test_a_right_file_lacks_nothing_but_what_it_names(tmp_path: Path, name: str) -> None:
    text = (shipped_folder() / "strategies" / f"{name}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    assert all("found no file" in text for text in problems(path))


@pytest.mark.slow
@cuts
@given(data=st.data(), whole=scenarios())
def test_nothing_is_told_that_the_missing_file_might_put_right(data: Any, whole: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "population.yaml").write_text("people: 1\n")
        _, own = cut(data.draw, whole, 2)
        assert len(problems(written(folder, "own.yaml", {"extends": "first.yaml", **own}))) == 1


def problems(path: Path) -> list[str]:
    """Texts of the problems of a file; none where it loads."""
    try:
        load_scenario(path)
    except ScenarioError as error:
        return [problem.text for problem in error.problems]
    return []
