"""Which differences matter: what one weighs, and the least relevant one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import commands
from experiments.comparison import Comparison, compare
from experiments.plan import PlanError
from experiments.relevance import DEFAULT_LEAST, least_amount, parse_least, settled, size_p, weigh
from experiments.standings import Standings
from experiments.statistics import Estimate, estimate
from strategies.brief import Target
from tests.experiments.made_runs import made_tables, write_run
from tests.experiments.weighed import compared, weight_alone


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


@pytest.mark.parametrize(
    ("low", "high", "decided", "weight"),
    [
        (1.5, 3.0, True, "more"),
        (1.0, 3.0, True, "more"),
        (0.5, 3.0, True, "more_unsized"),
        (0.2, 0.8, True, "nil"),
        (-1.0, 1.0, False, "nil"),
        (-0.5, 3.0, False, "open"),
        (0.5, 3.0, False, "open"),
        (-3.0, -1.5, True, "less"),
        (-3.0, -0.5, True, "less_unsized"),
    ],
)
def test_what_a_difference_weighs(low: float, high: float, decided: bool, weight: str) -> None:
    figure = Estimate((low + high) / 2.0, low, high)
    assert weigh(figure, 1.0, decided, settled(figure, 1.0)) == weight
    if weight == "nil":
        assert weigh(figure, 1.0, decided, False) in ("open", "more_unsized")


@given(st.floats(-5.0, 5.0), st.floats(0.01, 5.0), st.floats(0.0, 3.0))
def test_weights_turn_with_the_difference_and_scale_with_the_currency(value: float, half: float, least: float) -> None:
    figure, other = estimate(value, half / 2.0, 9), estimate(-value, half / 2.0, 9)
    names = {"more": "less", "less": "more", "more_unsized": "less_unsized", "less_unsized": "more_unsized"}
    found = weight_alone(figure, least)
    assert weight_alone(other, least) == names.get(found, found)
    assert weight_alone(estimate(4.0 * value, 2.0 * half, 9), 4.0 * least) == found
    assert (size_p(figure, least) <= 0.05) == settled(figure, least)


def test_the_least_difference_is_a_share_of_the_baselines_contribution(comparison: Comparison) -> None:
    level = comparison.arms[0].metrics["contribution"].value
    assert level is not None
    assert comparison.least == DEFAULT_LEAST
    assert comparison.least_amount == pytest.approx(0.001 * level)
    assert replace(comparison, least=Target(2.5)).least_amount == 2.5
    assert least_amount(DEFAULT_LEAST, None) == 0.0


@pytest.mark.parametrize("text", ["-1", "-1%", "much", "1,5%", "nan", "inf"])
def test_a_limit_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="expected a share of the baseline's contribution such as"):
        parse_least(text)


@pytest.mark.parametrize(("text", "meant"), [("0,5%", "0.5%"), ("1,5", "1.5")])
def test_a_decimal_comma_is_told(text: str, meant: str) -> None:
    with pytest.raises(PlanError, match=rf"currency units per customer; use a point: {meant}$"):
        parse_least(text)


@pytest.mark.slow
def test_the_command_takes_the_limit_and_json_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(made_tables(replications=4, customers=80), tmp_path / "run")
    found = compare(folder, least=Target(1_000.0))
    assert Standings(found).to_json() == {
        "least": {"stated": 1000, "amount": 1000.0},
        "standings": [{"arm": "loud", "baseline": "calm", "difference": "nil"}],
    }
    assert json.dumps(Standings(compare(folder)).to_json()["least"]).startswith('{"stated": "0.1%"')
    assert commands.least_difference(None) == DEFAULT_LEAST
    assert commands.least_difference("2%") == Target(0.02, percent=True)
