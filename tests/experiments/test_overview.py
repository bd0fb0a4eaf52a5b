"""Several arms at a glance: in the terminal and on the page."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from experiments.comparison import Comparison, compare
from experiments.overview import MORE_COLUMNS, overview, with_half_width
from experiments.report import page
from experiments.statistics import Estimate, estimate, exactly, none_seen, undefined
from experiments.terminal import render
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.undrawn import page_in_words
from tests.experiments.weighed import CHAINS, compared, plain, with_differences


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


def test_several_arms_take_one_line_each_on_eighty_columns(comparison: Comparison) -> None:
    many = {f"without chain_of_some_length{n:02}": estimate(n / 10.0 - 2.0, 0.2) for n in range(59)}
    out = StringIO()
    render(with_differences(comparison, many), Console(file=out, width=80))
    lines = plain(out.getvalue()).splitlines()
    assert max(map(len, lines)) <= 80
    row = re.compile(r"chain_of_some_length\d\d +[+−]?\d\S* ± \S+ .* (adds|takes|nil|not known)")
    rows = [line for line in lines if row.match(line)]
    assert len(rows) == 59
    values = [float(row.replace("−", "-").split()[1]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(lines) < 59 + 72


def test_the_overview_turns_the_difference_of_a_chain(comparison: Comparison) -> None:
    chains = overview(with_differences(comparison, CHAINS))
    assert [(line.name, line.word) for line in chains.lines] == [
        ("cart", "adds"),
        ("welcome", "adds"),
        ("idle", "nothing"),
        ("digest", "nil"),
        ("rare", "not known"),
        ("spam", "takes"),
        ("odd", "–"),
    ]
    mixed = overview(with_differences(comparison, {"bold": estimate(3.0, 0.3), **CHAINS}))
    assert (mixed.first, mixed.lines[0].name, mixed.lines[0].word) == ("Arm", "bold", "more")
    assert ("without cart", "less") in [(line.name, line.word) for line in mixed.lines]


def test_an_interval_that_is_not_symmetric_is_written_out() -> None:
    assert plain(with_half_width(Estimate(1.0, 0.5, 1.5), "money")) == "+1.00 ± 0.50"
    assert plain(with_half_width(Estimate(1.0, 0.5, 3.0), "money")) == "+1.0 (+0.5 … +3.0)"
    assert with_half_width(undefined("no"), "money") == "–"
    assert with_half_width(none_seen(5_000), "money") == "none seen"
    assert plain(with_half_width(none_seen(5_000, share=True), "share")) == "0.000 ± 0.074"
    assert with_half_width(exactly(0.0), "money") == "0"


@pytest.mark.slow
def test_the_page_shows_several_arms_at_a_glance() -> None:
    arms = (MadeArm("calm"), MadeArm("mid", effect=4.0), MadeArm("loud", effect=12.0))
    html = page_in_words(compare(made_tables(arms, replications=4, customers=80)))
    assert "Differences from calm, per customer" in html
    assert "Differences from calm, per customer" not in page_in_words(
        compare(made_tables(replications=2, customers=30))
    )
    assert html.count('<td class="figure "><span class="value">more</span></td>') == 2
    assert len(overview(compare(made_tables(arms, replications=4, customers=80)), MORE_COLUMNS).heads) == 7


@pytest.mark.slow
def test_plots_show_the_baseline_and_the_arms_that_differ_most() -> None:
    effects = {f"arm{n:02}": float(n) for n in range(12)}
    arms = [MadeArm("calm"), *(MadeArm(name, effect=effect) for name, effect in effects.items())]
    made = made_tables(tuple(arms), replications=3, customers=60, log=False)
    one_file = [dict(arm, file="same.yaml", scenario="Same") for arm in made.manifest["arms"]]
    html = page(compare(replace(made, manifest={**made.manifest, "arms": one_file})))
    assert html.count("and 5 more <small") == 1
    assert "Plots and rates show 8 of 13 arms: the baseline and those that differ most from it" in html
    money = html.partition("<h2>Money over time</h2>")[2].partition("</section>")[0]
    assert ("arm11" in money, "arm10" in money, "arm00" in money) == (True, True, False)
    assert "Plots and rates show" not in page_in_words(compare(made_tables(replications=2, customers=30)))
