"""Briefs: targets against figures, what is said of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.brief import BriefResult, brief_entry, check_brief
from experiments.comparison import compare
from experiments.tables import RunTables
from experiments.verdict import verdict
from strategies.language import scenario_to_yaml, without_chain
from tests.experiments.made_runs import made_tables
from tests.strategies.language.small import SMALL, load

BRIEF = """\
brief:
  goal: Sell more
  owner: Ann
  budget: 1000000
  kpis:
    - {metric: contribution, against: silence, at_least: 5}
    - {metric: contribution, against: silence, at_least: 50}
    - {metric: unsubscribed, at_most: 50%}
    - {metric: unsubscribed, at_most: 6%}
    - {metric: open_rate, channel: email, at_least: 0%}
    - {metric: goal_rate, chain: cart, at_least: 5%}
"""


def tables(brief: dict[str, Any]) -> RunTables:
    """A made run whose arm ``loud``, +8 against silence and 6 % unsubscribed, has the brief."""
    made = made_tables()
    calm, loud = made.manifest["arms"]
    return replace(made, manifest={**made.manifest, "arms": [calm, {**loud, "brief": brief}]})


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return brief_entry(load(tmp_path_factory.mktemp("brief"), BRIEF + SMALL))


@pytest.fixture(scope="module")
def result(entry: dict[str, Any]) -> BriefResult:
    found = compare(tables(entry)).arms[1].brief
    assert found is not None
    return found


def test_targets_are_met_missed_or_open(result: BriefResult) -> None:
    states = {f"{told.label} {told.target}".replace("\u00a0", " "): told.state for told in result.outcomes}
    assert states == {
        "Contribution against silence at least 5 ₽": "met",
        "Contribution against silence at least 50 ₽": "missed",
        "Unsubscribed at most 50 %": "met",
        "Unsubscribed at most 6 %": "open",
        "Open rate, email at least 0 %": "met",
        "Goal reached, cart at least 5 %": "unknown",
        "Budget at most 1 000 000 ₽": "met",
    }


def test_the_json_has_each_target_with_its_interval(result: BriefResult) -> None:
    told = result.to_json()
    assert (told["goal"], told["owner"]) == ("Sell more", "Ann")
    first, second, *_ = told["kpis"]
    assert {key: first[key] for key in ("metric", "against", "at_least", "met")} == {
        "metric": "contribution",
        "against": "silence",
        "at_least": 5.0,
        "met": True,
    }
    assert second["met"] is False
    assert first["low"] < first["value"] < first["high"]
    assert told["kpis"][3]["met"] is None


def test_the_budget_is_what_all_customers_cost_together(result: BriefResult, entry: dict[str, Any]) -> None:
    comparison = compare(tables(entry))
    cost = comparison.arms[1].metrics["marketing_cost_horizon"].value
    assert cost is not None
    assert result.outcomes[-1].figure.value == pytest.approx(cost * comparison.customers)


def test_the_verdict_begins_with_the_brief(entry: dict[str, Any]) -> None:
    section = verdict(compare(tables(entry))).sections[0]
    assert section.title == "The brief"
    assert section.sentences[0] == "Goal of loud: Sell more (answers for it: Ann)."
    lines = [line.replace("\u00a0", " ").partition(": +")[0] for line in section.sentences]
    assert "loud, Contribution against silence: the target, at least 5 ₽, is met" in lines
    assert "loud, Contribution against silence: the target, at least 50 ₽, is missed" in lines


def test_without_a_brief_nothing_is_said_of_it() -> None:
    comparison = compare(made_tables())
    assert [arm.brief for arm in comparison.arms] == [None, None]
    assert "brief" not in comparison.to_json()["arms"][0]
    assert verdict(comparison).sections[0].name == "money"


def test_a_chain_that_is_switched_off_takes_its_key_figure_along(tmp_path: Path) -> None:
    scenario = without_chain(load(tmp_path, BRIEF + SMALL), "cart")
    assert [kpi.metric for kpi in scenario.brief.kpis].count("goal_rate") == 0
    assert load(tmp_path, scenario_to_yaml(scenario)).brief == scenario.brief


REFUSED = {
    "{metric: rmi, at_least: 1}": (
        "25: unknown figure 'rmi' in the brief; did you mean 'romi'? (expected one of: romi, …)"
    ),
    "{metric: unsubscribed, at_most: 3}": "25: unsubscribed: found at_most: 3, expected a share; did you mean '3%'?",
    "{metric: revenue, at_least: 3%}": "25: revenue: found at_least: 3%, expected currency units per customer",
    "{metric: orders, at_least: 3%}": "25: orders: found at_least: 3%, expected a number",
    "{metric: goal_rate, at_least: 3%}": "25: goal_rate: is a figure of one chain, expected 'chain: name' beside it",
    "{metric: revenue, chain: cart, at_least: 3}": (
        "25: revenue: is not told of a single chain, expected one of: delivery_rate, bounce_rate, open_rate, "
        "click_rate, click_to_open_rate, unsubscribe_rate, complaint_rate, blocked_rate, push_disabled_rate, goal_rate"
    ),
    "{metric: open_rate, against: silence, at_least: 3%}": (
        "25: open_rate: is not told against silence, expected a figure per customer, such as contribution or orders"
    ),
    "{metric: incremental_romi, at_least: 1}": (
        "25: incremental_romi: tells two strategies apart, expected a figure of one, such as romi"
    ),
    "{metric: revenue_tail, at_least: 1}": (
        "25: revenue_tail: needs a tail, expected 'tail: 90d' in the scenario, or revenue"
    ),
}


@pytest.mark.parametrize("kpi", REFUSED)
def test_figures_that_no_report_has_and_wrong_units_are_refused(tmp_path: Path, kpi: str) -> None:
    scenario = load(tmp_path, f"brief: {{kpis: [{kpi}]}}\n" + SMALL)
    assert [str(problem).removeprefix(f"{tmp_path / 's.yaml'}:1:") for problem in check_brief(scenario)] == [
        REFUSED[kpi]
    ]


@pytest.mark.parametrize(
    "kpi",
    [
        "{metric: romi, at_least: 150%}",
        "{metric: unsubscribed, against: silence, at_most: 1%}",
        "{metric: open_rate, message: digest, at_least: 0.2}",
        "{metric: fatigue, at_most: 2}",
    ],
)
def test_figures_of_the_report_are_accepted(tmp_path: Path, kpi: str) -> None:
    assert check_brief(load(tmp_path, f"brief: {{kpis: [{kpi}]}}\n" + SMALL)) == []
