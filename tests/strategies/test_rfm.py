"""RFM: named cells, scores by fixed and quantile edges, refresh, period."""

from __future__ import annotations

import numpy as np
import pytest

from strategies.conditions import Field
from strategies.context import Rows
from strategies.language import ScenarioError
from strategies.rfm import rfm_cells
from strategies.vocabulary import RFM_CELLS
from tests.strategies.story import Person, Story, tell


@pytest.mark.parametrize(
    ("scores", "orders", "cell"),
    [
        ((5, 5, 5), 9, "champions"),
        ((4, 4, 4), 9, "champions"),
        ((5, 4, 3), 9, "loyal"),
        ((5, 4, 2), 9, "small_orders"),
        ((3, 2, 5), 3, "big_spenders"),
        ((3, 1, 5), 1, "big_spenders"),
        ((3, 3, 5), 9, "other"),
        ((5, 1, 5), 1, "new"),
        ((5, 1, 5), 2, "other"),
        ((2, 4, 4), 9, "at_risk"),
        ((5, 1, 2), 1, "new"),
        ((5, 1, 2), 2, "other"),
        ((1, 2, 3), 2, "hibernating"),
        ((3, 3, 3), 2, "other"),
        ((0, 0, 0), 0, "other"),
    ],
)
def test_named_cells(scores: tuple[int, int, int], orders: int, cell: str) -> None:
    assert RFM_CELLS[rfm_cells(np.array([scores]).T, np.array([float(orders)]), 5)[0]] == cell


def test_every_combination_has_exactly_the_first_cell_that_fits() -> None:
    grid = np.array(np.meshgrid(*[np.arange(1, 6)] * 3)).reshape(3, -1)
    cells = rfm_cells(grid, np.full(grid.shape[1], 2.0), 5)
    for (r, f, m), code in zip(grid.T.tolist(), cells.tolist(), strict=True):
        if r >= 4 and f >= 4:
            assert RFM_CELLS[code] == ("champions" if m >= 4 else "loyal" if m == 3 else "small_orders")
        elif r <= 2 and f >= 4 and m >= 4:
            assert RFM_CELLS[code] == "at_risk"
        elif m >= 4 and r == 3 and f <= 2:
            assert RFM_CELLS[code] == "big_spenders"
        elif r <= 2 and f <= 2:
            assert RFM_CELLS[code] == "hibernating"
        else:
            assert RFM_CELLS[code] == "other"


@pytest.mark.parametrize("levels", [3, 4])
def test_short_scales_have_a_medium_too(levels: int) -> None:
    """The best and the worst score alone are high and low."""
    grid = np.array([(levels, levels, levels), (levels, levels, 2), (levels, levels, 1), (2, 1, levels), (1, 1, 2)]).T
    cells = rfm_cells(grid, np.full(5, 4.0), levels)
    expected = ["champions", "loyal", "small_orders", "big_spenders", "hibernating"]
    assert [RFM_CELLS[code] for code in cells] == expected


def scores(rfm: str, timeline: list[str], names: str, days: int = 1) -> list[list[int]]:
    told: Story = tell(f"rfm: {{{rfm}}}", timeline, {name: Person() for name in names}, days=days)
    return told.hub.observed.rfm.T.tolist()


FIXED = "levels: 3, best: {}, period: 100d, edges: {{recency: [10, 30], frequency: [1, 3], monetary: [100, 500]}}"
ORDERS = [
    "day -5 00:00 a order 600",
    "day -10 00:00 b order 50",
    *[f"day -{31 + i} 00:00 c order 100" for i in range(4)],
    "day -101 00:00 d order 900",
]


def test_fixed_edges() -> None:
    """Recency 5, 10, 31 days; orders 1, 1, 4; money 600, 50, 400.  On an edge is the lower side."""
    assert scores(FIXED.format(3), ORDERS, "abcde") == [[3, 1, 3], [3, 1, 1], [1, 3, 2], [0, 0, 0], [0, 0, 0]]


def test_the_best_score_may_be_one() -> None:
    assert scores(FIXED.format(1), ORDERS, "abcde") == [[1, 3, 1], [1, 3, 3], [3, 1, 2], [0, 0, 0], [0, 0, 0]]


def test_quantile_edges_divide_those_who_ordered() -> None:
    names = "abcdefghij"
    orders = [f"day -{i + 1} 00:00 {name} order {10 * (i + 1)}" for i, name in enumerate(names)]
    found = scores("levels: 5, best: 5, edges: quantile", orders, names + "z")
    assert [row[0] for row in found[:-1]] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [row[2] for row in found[:-1]] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found[-1] == [0, 0, 0]


def test_scores_hold_until_the_next_refresh() -> None:
    rule = FIXED.format(3) + ", refresh: 7d"
    orders = ["day -5 00:00 a order 50", "day 1 10:00 a order 500"]
    assert scores(rule, orders, "a", days=7) == [[3, 1, 1]]
    assert scores(rule, orders, "a", days=8) == [[3, 2, 3]]


OWN = (
    "levels: 3, best: {best}, period: 100d, edges: {{recency: [10, 30], frequency: [1, 3], monetary: [100, 500]}}, "
    'weights: {{r: 2, f: 1, m: 1}}, cells: {{dear: "m == {high}", old: "r == {low} and f == {high}", '
    'once: "orders == 1 and score >= 1.5"}}'
)


@pytest.mark.parametrize(("best", "high", "low"), [(3, 3, 1), (1, 1, 3)])
def test_a_scenario_names_cells_of_its_own_and_weighs_the_scores(best: int, high: int, low: int) -> None:
    """Scores with 3 best: a 3 1 3, b 3 1 1, c 1 3 2; the first cell that holds counts, best: 1 turns them round."""
    rule = OWN.format(best=best, high=high, low=low)
    told = tell(f"rfm: {{{rule}}}", ORDERS, {name: Person() for name in "abcde"}, days=1)
    reader = told.hub.engines[0].reader
    rows = Rows(np.arange(5), np.full(5, 1))
    cells, score = reader.column_by_path("rfm.segment", rows), reader.column(Field("rfm.score", "number"), rows)
    assert cells.categories == ("dear", "old", "once", "other")
    assert [cells.categories[int(code)] for code in cells.values] == ["dear", "once", "old", "other", "other"]
    assert score.known is not None
    assert score.known.tolist() == [True, True, True, False, False]
    with_three_best = [(2 * 3 + 1 + 3) / 4, (2 * 3 + 1 + 1) / 4, (2 * 1 + 3 + 2) / 4]
    expected = [value if best == 3 else 4 - value for value in with_three_best]
    assert score.values[:3].tolist() == expected


def test_the_policy_and_conditions_know_the_scenarios_own_cells() -> None:
    rule = OWN.format(best=3, high=3, low=1)
    text = f"""
    rfm: {{{rule}}}
    contact_policy: {{caps: [{{by: rfm.segment, max: {{dear: 2, else: 1}}, per: 30d, then: drop}}]}}
    messages: {{hint: {{purpose: promo}}}}
    campaigns:
      daily: {{every: "day 10:00", to: "rfm.segment in ['dear', 'once']", send: {{email: hint}}}}
    """
    told = tell(text, ORDERS, {name: Person() for name in "abcde"}, days=3)
    assert [line.split()[3] for line in told.sent] == ["a", "b", "a"]


@pytest.mark.slow
@pytest.mark.parametrize("count", [124, 125, 126])
def test_so_many_cells_of_the_scenario_have_a_code(count: int) -> None:
    """Anna has no score, so she is in none; Bert's cell is the last one; one cell too many is refused."""
    cells = "".join(f"    c{number}: 'orders > {1_000 - number}'\n" for number in range(count - 1))
    text = f"""
rfm:
  cells:
{cells}    last: 'orders == 2'
messages: {{m: {{purpose: promo}}}}
chains:
  c: {{trigger: searched, enter: "rfm.segment == 'last'", steps: [{{send: {{email: m}}}}]}}
"""
    if count > 125:
        with pytest.raises(ScenarioError, match=r"rfm\.cells: found 126 cells, expected at most 125"):
            tell(text, "")
        return
    past = "day -20 10:00 bert order 500\nday -10 10:00 bert order 500\n"
    told = tell(text, past + "day 1 10:00 anna searched\nday 1 10:00 bert searched")
    assert told.sent == ["day 1 10:00 bert email:m"]
