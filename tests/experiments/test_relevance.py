"""Which differences matter: the least relevant one, headlines that know it, several arms at a glance."""

import json
import math
import re
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from experiments import commands
from experiments.comparison import MOST_PAIRED, Comparison, compare
from experiments.figures import figure_text
from experiments.overview import MORE_COLUMNS, overview, with_half_width
from experiments.plan import PlanError
from experiments.relevance import DEFAULT_LEAST, least_amount, parse_least, settled, size_p, weigh
from experiments.report import page
from experiments.standings import Standings
from experiments.statistics import Estimate, estimate, exactly, none_seen, over_replications, undefined
from experiments.terminal import render
from experiments.verdict import verdict
from strategies.brief import Target
from tests.experiments.made_runs import MadeArm, made_tables, write_run


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@cache
def compared() -> Comparison:
    return compare(made_tables(replications=5, customers=200))


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


def with_differences(comparison: Comparison, figures: dict[str, Estimate], least: str = "1") -> Comparison:
    """The comparison with these arms instead, which differ in contribution alone."""
    row = comparison.find("loud", "calm", "contribution")
    assert row is not None
    arms = (comparison.arms[0], *(replace(comparison.arms[1], arm=name) for name in figures))
    rows = tuple(replace(row, arm=name, estimate=figure) for name, figure in figures.items())
    return replace(comparison, arms=arms, differences=rows, among=(), courses=(), least=parse_least(least))


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


def weight_alone(figure: Estimate, least: float) -> str:
    """What a difference weighs that is the only one."""
    return weigh(figure, least, figure.decided, size_p(figure, least) <= 0.05)


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


@pytest.mark.parametrize(
    ("figure", "headline"),
    [
        (estimate(3.0, 0.5), "loud earns more than calm: {} per customer (certainty above 99.9 %)."),
        (
            estimate(1.5, 0.5),
            "loud earns more than calm: {} per customer (certainty 99.9 %). Whether by as much as matters, 1.0 ₽, is "
            "not known.",
        ),
        (
            estimate(0.5, 0.1),
            "There is no difference that matters between loud and calm: {} per customer, within ± 1.0 ₽.",
        ),
        (
            estimate(0.5, 0.5),
            "It is not decided whether loud or calm earns more: the difference is {} per customer.",
        ),
    ],
)
def test_headlines_of_two_arms(comparison: Comparison, figure: Estimate, headline: str) -> None:
    said = verdict(with_differences(comparison, {"loud": figure}))
    assert plain(said.headline) == headline.format(plain(figure_text(figure, "money", True)))
    assert ("no difference that matters" in said.sections[0].sentences[0]) == ("no difference" in headline)


def test_of_several_arms_only_those_that_matter_win(comparison: Comparison) -> None:
    small, unsized = estimate(0.5, 0.05), estimate(1.2, 0.2)
    said = verdict(with_differences(comparison, {"a": small, "b": small}))
    assert plain(said.headline) == "No arm differs from calm by as much as matters, 1.0 ₽ per customer."
    said = verdict(with_differences(comparison, {"a": small, "b": unsized}))
    assert plain(said.headline) == (
        "It is certain that these arms earn more than calm, but not whether by as much as matters, 1.0 ₽ per "
        "customer: b +1.20 ₽ (+0.81 … +1.59)."
    )
    said = verdict(with_differences(comparison, {"a": small, "b": estimate(3.0, 0.2)}))
    assert plain(said.headline) == (
        "Only of one arm is it certain that it earns more than calm by as much as matters, 1.0 ₽: "
        "b +3.00 ₽ (+2.61 … +3.39) per customer."
    )
    said = verdict(with_differences(comparison, {"a": small, "b": estimate(0.0, 3.0)}))
    assert plain(said.headline) == "No arm earns more than calm for certain by as much as matters, 1.0 ₽."
    said = verdict(with_differences(comparison, {"a": estimate(0.0, 0.1), "b": estimate(0.0, 3.0)}))
    assert said.headline == "No arm earns more than calm for certain."


SURE, LARGE = estimate(7.0, 0.5), estimate(20.0, 8.0)


@pytest.mark.parametrize(
    ("figures", "headline"),
    [
        (
            {"a": SURE, "b": LARGE},
            "Only of one arm is it certain that it earns more than calm by as much as matters, 5.0 ₽: a +7.00 ₽ "
            "(+6.02 … +7.98) per customer. Certain to earn more than calm too, but not whether by as much: b +20 ₽ "
            "(+4 … +36). Which arm is best is not decided.",
        ),
        (
            {"a": SURE, "b": LARGE, "c": estimate(7.5, 0.5)},
            "2 arms earn more than calm by as much as matters, 5.0 ₽: c +7.50 ₽ (+6.52 … +8.48), a +7.00 ₽ (+6.02 … "
            "+7.98). Certain to earn more than calm too, but not whether by as much: b +20 ₽ (+4 … +36). Which arm is "
            "best is not decided.",
        ),
        (
            {"a": SURE, "b": estimate(20.0, 15.0), "c": estimate(-7.0, 0.5)},
            "Only of one arm is it certain that it earns more than calm: a +7.00 ₽ (+6.02 … +7.98) per customer. "
            "Larger, but not decided: b +20 ₽ (−9 … +49).",
        ),
        (
            {"a": SURE, "b": estimate(1.0, 0.1)},
            "Only of one arm is it certain that it earns more than calm by as much as matters, 5.0 ₽: a +7.00 ₽ "
            "(+6.02 … +7.98) per customer.",
        ),
    ],
)
def test_headlines_of_several_arms_tell_certain_from_large(
    comparison: Comparison, figures: dict[str, Estimate], headline: str
) -> None:
    assert plain(verdict(with_differences(comparison, figures, "5")).headline) == headline


@pytest.mark.parametrize(
    ("error", "ends"), [(0.5, " more than a, the next.{}"), (9.0, " Which arm is best is not decided.")]
)
def test_an_arm_is_best_where_it_is_ahead_of_those_of_uncertain_size_too(
    comparison: Comparison, error: float, ends: str
) -> None:
    row = comparison.find("loud", "calm", "contribution")
    assert row is not None
    among = (replace(row, arm="b", baseline="a", estimate=estimate(13.0, error)),)
    found = replace(with_differences(comparison, {"a": SURE, "b": LARGE}, "5"), among=among)
    unsized = " Whether it is as much as matters, 5.0 ₽, is not known."
    assert plain(verdict(found).headline).endswith(ends.format(unsized))
    assert verdict(found).headline.startswith("b earns most: ") == (error < 1.0)


@settings(deadline=None)  # the first example makes the run that all of them change
@given(st.lists(st.tuples(st.floats(-9.0, 9.0), st.floats(0.05, 5.0)), min_size=2, max_size=6))
def test_a_headline_names_every_arm_that_is_above_for_certain_by_what_matters(arms: list[tuple[float, float]]) -> None:
    figures = {f"arm_{n}_": estimate(value, error) for n, (value, error) in enumerate(arms)}
    found = with_differences(compared(), figures, "2")
    standings, said = Standings(found), verdict(found).headline
    weights = {arm: standings.weight(arm) for arm in figures}
    for arm, weight in weights.items():
        if weight in ("more", "more_unsized"):
            assert arm in said
        elif weight in ("less", "less_unsized", "nil"):
            assert arm not in said
    above = [arm for arm in figures if standings.decided(arm) and figures[arm].value > 0.0]  # type: ignore[operator]
    assert not (above and said == "No arm earns more than calm for certain.")


def test_sizes_hold_for_all_arms_together(comparison: Comparison) -> None:
    """Twenty arms whose differences are just what matters or just not, against one baseline: 300 draws.

    The arms' own intervals say something false in more than one draw of seven.  What is said of all together may be
    false in one of twenty; of 300 such draws more than 29 are once in 3,500 times.
    """
    luck, least, truth = np.random.default_rng(8), 8.0, np.repeat((8.0, 8.0 - 1e-9), 10)
    together = alone = 0
    for _ in range(300):
        shared = luck.normal(size=(10, 1))
        worlds = truth + math.sqrt(5.0) * (shared + luck.normal(size=(10, 20)))
        figures = {f"arm{n}": over_replications(worlds[:, n]) for n in range(20)}
        standings = Standings(with_differences(comparison, figures, str(least)))
        together += any(said_falsely(standings.weight(f"arm{n}"), truth[n] >= least) for n in range(20))
        alone += any(said_falsely(weight_alone(figures[f"arm{n}"], least), truth[n] >= least) for n in range(20))
    assert together <= 29
    assert alone > 300 / 7


def said_falsely(weight: str, matters: bool) -> bool:
    """Whether a weight calls what matters nil, or what does not more; no arm here takes anything."""
    return weight == ("nil" if matters else "more") or weight.startswith("less")


def test_what_only_the_correction_leaves_open_is_told(comparison: Comparison) -> None:
    """One of five arms lies within what matters, one beyond it, by their own intervals and not for all together."""
    wide = {f"x{n}": estimate(0.0, 9.0) for n in range(3)}
    within, beyond = estimate(0.4, 0.3), estimate(1.6, 0.28)
    found = with_differences(comparison, {**wide, "nil": within, "more": beyond})
    standings = Standings(found)
    assert [standings.weight(arm) for arm in ("nil", "more")] == ["open", "more_unsized"]
    assert [weight_alone(figure, 1.0) for figure in (within, beyond)] == ["nil", "more"]
    said = plain(verdict(found).text)
    assert "The interval alone lies within ± 1.0 ₽, but of 5 comparisons at once one may do so by chance." in said
    assert "Its interval alone lies beyond what matters, 1.0 ₽, but of 5 comparisons at once one may do so by" in said
    assert "not to matter, only where that holds for all arms together (Holm's correction)" in said
    chance = (
        "the interval lies within ± 1.0 ₽, but of 5 comparisons at once one may do so by chance (Holm's correction)"
    )
    assert chance in plain(overview(found).note)
    alone = with_differences(comparison, {"nil": within})
    assert Standings(alone).weight("nil") == "nil"
    assert "Holm" not in verdict(alone).text


def test_no_difference_of_contribution_seen_is_no_headline_of_a_winner(comparison: Comparison) -> None:
    """The messages differ, so the arms did not do the same."""
    level = with_differences(comparison, {"loud": none_seen(5_000)})
    sent = comparison.find("loud", "calm", "sent")
    assert sent is not None
    assert plain(verdict(replace(level, differences=(*level.differences, sent))).headline) == (
        "No difference of contribution was seen between loud and calm: at most 1 customer in 1 355 would show one."
    )


@pytest.mark.parametrize("count", [MOST_PAIRED, MOST_PAIRED + 1])
def test_more_arms_are_compared_with_the_baseline_alone(count: int) -> None:
    others = [MadeArm(f"arm{n:02}", effect=40.0 + 0.01 * n) for n in range(count - 1)]
    found = compare(made_tables((MadeArm("calm"), *others), replications=3, customers=60, log=False))
    assert (
        len([row for row in found.differences if row.metric == "contribution" and row.baseline == "calm"]) == count - 1
    )
    paired = count <= MOST_PAIRED
    assert len(found.among) == (count * (count - 1) / 2 if paired else 0)
    unasked = " Which arm is best is not told: of more than 12 arms only the differences from calm are."
    assert verdict(found).headline.endswith(" Which arm is best is not decided." if paired else unasked)


CHAINS = {
    "without cart": estimate(-3.0, 0.3),
    "without welcome": estimate(-2.0, 0.2),
    "without spam": estimate(2.5, 0.2),
    "without digest": estimate(0.1, 0.1),
    "without idle": none_seen(5_000),
    "without rare": estimate(0.5, 2.0),
    "without odd": undefined("no reason"),
}


def test_the_headline_of_many_chains_counts_them(comparison: Comparison) -> None:
    said = verdict(with_differences(comparison, CHAINS))
    assert plain(said.headline) == (
        "Of 7 chains and campaigns 2 add contribution that matters, cart the most of them: +3.00 ₽ (+2.41 … +3.59) per "
        "customer; 1 cost more than they bring, by as much as matters (spam); 2 make no difference that matters "
        "(± 1.0 ₽ per customer); of 2 it is not known."
    )
    names = {section.name: section.sentences for section in said.sections}
    assert len(names["chains"]) == len(CHAINS)
    told = " ".join(sentence for name, part in names.items() if name != "chains" for sentence in part)
    assert "without" not in told


def test_chains_of_uncertain_size_are_not_called_unknown(comparison: Comparison) -> None:
    figures = {
        "without cart": estimate(-4.0, 1.0),
        "without welcome": estimate(-4.5, 1.0),
        "without spam": estimate(4.0, 1.0),
        "without rare": estimate(0.0, 4.0),
    }
    assert plain(verdict(with_differences(comparison, figures, "5")).headline) == (
        "Of 4 chains and campaigns 2 add contribution, welcome the most of them: +4.5 ₽ (+2.5 … +6.5) per customer, "
        "but whether as much as matters, 5.0 ₽, is not known; 1 cost more than they bring, but whether by as much as "
        "matters, 5.0 ₽, is not known (spam); of 1 it is not known."
    )


def test_the_note_tells_what_holms_correction_leaves_open(comparison: Comparison) -> None:
    wide = "the interval holds differences that matter and such as do not"
    chance = "the interval leaves zero out, but of 21 comparisons at once one may do so by chance (Holm's correction)"
    beyond = {"y": estimate(5.0, 1.8)}
    quiet = {f"x{n}": estimate(0.0, 0.1) for n in range(20)}
    loud = {f"x{n}": estimate(0.0, 5.0) for n in range(20)}
    assert overview(with_differences(comparison, quiet | beyond)).note.endswith(f"not known: {chance}.")
    assert overview(with_differences(comparison, loud)).note == f"not known: {wide}."
    assert overview(with_differences(comparison, loud | beyond)).note == f"not known: {wide}, or {chance}."


def test_the_note_tells_that_chains_stand_in_for_one_another(comparison: Comparison) -> None:
    alone = "Each chain's figure is what is lost when it alone is missing"
    assert alone in overview(with_differences(comparison, CHAINS)).note
    assert alone in overview(with_differences(comparison, {"bold": SURE, **CHAINS})).note
    assert alone not in overview(with_differences(comparison, {"bold": SURE, "without cart": LARGE})).note


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
    assert len(lines) < 59 + 60


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
    html = page(compare(made_tables(arms, replications=4, customers=80)))
    assert "Differences from calm, per customer" in html
    assert "Differences from calm, per customer" not in page(compare(made_tables(replications=2, customers=30)))
    assert html.count('<td class="figure "><span class="value">more</span></td>') == 2
    assert len(overview(compare(made_tables(arms, replications=4, customers=80)), MORE_COLUMNS).heads) == 7


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
    assert "Plots and rates show" not in page(compare(made_tables(replications=2, customers=30)))
