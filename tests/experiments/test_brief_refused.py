"""Key figures of a brief that no report has, and those that are accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.brief import _MEANT, catalogue, check_brief
from experiments.commands import check
from strategies.language import ScenarioError
from tests.strategies.language.small import SMALL, load

REFUSED = {
    "{metric: rmi, at_least: 1}": (
        "25: unknown figure 'rmi' in the brief; did you mean 'romi'? (expected one of: romi, …; "
        "all in docs/reference/metrics.md)"
    ),
    "{metric: profit, at_least: 1}": (
        "25: unknown figure 'profit' in the brief; did you mean 'contribution'? (expected one of: "
        "contribution, contribution_tail, contribution_horizon, contribution_before_marketing, sent_horizon, …; all in "
        "docs/reference/metrics.md)"
    ),
    "{metric: unsubscribed, at_most: 3}": "25: unsubscribed: found at_most: 3, expected a share; did you mean '3%'?",
    "{metric: revenue, at_least: 3%}": "25: revenue: found at_least: 3%, expected currency units per customer",
    "{metric: orders, at_least: 3%}": "25: orders: found at_least: 3%, expected a number",
    "{metric: goal_rate, at_least: 3%}": "25: goal_rate: is a figure of one chain, expected 'chain: name' beside it",
    "{metric: revenue, chain: cart, at_least: 3}": (
        "25: revenue: is not told of a single chain, expected one of: sent_horizon, delivery_rate, bounce_rate, "
        "open_rate, click_rate, click_to_open_rate, unsubscribe_rate, complaint_rate, blocked_rate, "
        "push_disabled_rate, goal_rate"
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


def test_words_of_the_trade_mean_figures_that_there_are() -> None:
    assert set(_MEANT.values()) <= set(catalogue(1))
    assert set(_MEANT) & set(catalogue(1)) == set()


def test_all_faults_of_a_brief_are_told_at_once(tmp_path: Path) -> None:
    kpis = "{metric: rmi, at_least: 1}, {metric: unsubscribed, at_most: 3}, {metric: open_rate, chanel: email}"
    text = f"brief: {{budget: 60k, kpis: [{kpis}]}}\n" + SMALL
    with pytest.raises(ScenarioError):
        load(tmp_path, text)
    told = check(str(tmp_path / "s.yaml")).problems
    found = [problem.text.partition(" (")[0] for problem in told if problem.file.endswith("s.yaml")]
    assert found == [
        "brief.budget: found '60k', expected an amount of at least 0 in currency units; write the number alone: 60000",
        "unknown figure 'rmi' in the brief; did you mean 'romi'?",
        "unsubscribed: found at_most: 3, expected a share; did you mean '3%'?",
        "brief.kpis[2]: found no target, expected at_least or at_most",
        "unknown key 'chanel' in brief.kpis[2]; did you mean 'channel'?",
    ]


@pytest.mark.parametrize("part", ["chain: cart", "message: one"])
def test_a_figure_of_a_part_is_right_beside_an_error_elsewhere(tmp_path: Path, part: str) -> None:
    metric = "goal_rate" if "chain" in part else "click_rate"
    path = tmp_path / "own.yaml"
    path.write_text(
        SMALL.replace("start: 2026-02-02", "start: 02.02.2026")
        + f"brief: {{kpis: [{{metric: {metric}, {part}, at_least: 1%}}]}}\n"
    )
    told = [problem.text for problem in check(str(path)).problems]
    assert any(text.startswith("start: ") for text in told)
    assert not [text for text in told if metric in text]
