"""The page of figures, and what is said of figures that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.brief import BY_PART, check_brief
from experiments.metrics import catalogue
from experiments.metrics_page import OF_PARTS, metrics_page
from tests.strategies.language.small import SMALL, load

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def test_the_page_of_figures_is_up_to_date() -> None:
    how = "run: python -m experiments.metrics_page > docs/reference/metrics.md"
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), how


def test_the_page_names_every_figure_that_a_brief_may_name() -> None:
    page = metrics_page()
    assert {name for name in catalogue(1) if f"\n| `{name}` |" not in page} == {"incremental_romi"}


def test_the_parts_on_the_page_are_those_that_the_brief_takes() -> None:
    for part, names in BY_PART.items():
        assert set(names) == {name for name, parts in OF_PARTS.items() if part in parts}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("conversion", "goal_rate"),
        ("conversion_rate", "goal_rate"),
        ("conversion_clam", "conversion_claim"),
        ("contributon", "contribution"),
    ],
)
def test_unknown_figures_point_to_the_page_and_to_no_claim(tmp_path: Path, name: str, meant: str) -> None:
    scenario = load(tmp_path, f"brief: {{kpis: [{{metric: {name}, at_least: 1}}]}}\n" + SMALL)
    [problem] = check_brief(scenario)
    assert problem.text.startswith(f"unknown figure '{name}' in the brief; did you mean '{meant}'? (expected one of: ")
    assert problem.text.endswith("…; all in docs/reference/metrics.md)")
    assert ("conversion_claim" in problem.text) == (meant == "conversion_claim")
