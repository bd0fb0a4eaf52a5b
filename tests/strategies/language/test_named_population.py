"""Which population was meant where the named file is not there: a population, never a scenario that lies beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from strategies.language.shipped import shipped_folder
from tests.strategies.language.small import SMALL, problems_of

EXPECTED = "expected a population file, named relative to this file (shipped: configs/populations/online_shop.yaml)"


def told(folder: Path, name: str) -> str:
    """What is said of a scenario in ``folder`` that names a population which is not there."""
    [problem] = problems_of(folder, SMALL.replace("shop.yaml", name))
    start = f"2:13: population: found no file '{name}', {EXPECTED}"
    assert problem.startswith(start)
    return problem.removeprefix(start)


@pytest.mark.parametrize("other", ["scenario: Online\npopulation: shop.yaml\n", "messages: {}\n"])
def test_scenarios_and_parts_of_them_are_never_meant(tmp_path: Path, other: str) -> None:
    (tmp_path / "bookshop.yaml").write_text(other, encoding="utf-8")
    assert told(tmp_path, "bookshopp.yaml") != "; did you mean 'bookshop.yaml'?"
    (tmp_path / "bookshop.yaml").write_text("population: Books\n", encoding="utf-8")
    assert told(tmp_path, "bookshopp.yaml") == "; did you mean 'bookshop.yaml'?"


def test_a_shipped_population_is_named_by_a_path_that_leads_there(tmp_path: Path) -> None:
    hint = told(tmp_path, "online_shop.yaml")
    meant = tmp_path / hint.removeprefix("; did you mean '").removesuffix("'?")
    assert meant.resolve() == (shipped_folder() / "populations" / "online_shop.yaml").resolve()


def test_one_beside_the_scenario_goes_before_a_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "online_shop.yaml").write_text("population: Own\n", encoding="utf-8")
    assert told(tmp_path, "online_shp.yaml") == "; did you mean 'online_shop.yaml'?"
    assert told(tmp_path, "qqqqqqq") == ""
