"""Headlines of two arms, of several and of many chains: who is above, by how much, and how certain that is."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.comparison import MOST_PAIRED, Comparison, compare
from experiments.figures import figure_text
from experiments.needed import replications_needed
from experiments.overview import overview
from experiments.standings import Standings
from experiments.statistics import Estimate, estimate, none_seen, over_replications
from experiments.verdict import verdict
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.weighed import CHAINS, LARGE, SURE, compared, plain, weight_alone, with_differences


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


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
            "There is no difference in contribution that matters between loud and calm: {} per customer, within "
            "± 1.0 ₽.",
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
    assert ("no difference in contribution that matters" in said.sections[0].sentences[0]) == (
        "no difference" in headline
    )


def test_of_several_arms_only_those_that_matter_win(comparison: Comparison) -> None:
    small, unsized = estimate(0.5, 0.05), estimate(1.2, 0.2)
    said = verdict(with_differences(comparison, {"a": small, "b": small}))
    assert plain(said.headline) == "No arm differs in contribution from calm by as much as matters, 1.0 ₽ per customer."
    said = verdict(with_differences(comparison, {"a": small, "b": unsized}))
    assert plain(said.headline) == (
        "It is certain that these arms earn more than calm, but not whether by as much as matters, 1.0 ₽ per "
        "customer: b +1.20 ₽ (+0.81 … +1.59). As good as calm in contribution, within ± 1.0 ₽: a."
    )
    said = verdict(with_differences(comparison, {"a": small, "b": estimate(3.0, 0.2)}))
    assert plain(said.headline) == (
        "Only of one arm is it certain that it earns more than calm by as much as matters, 1.0 ₽: "
        "b +3.00 ₽ (+2.61 … +3.39) per customer. As good as calm in contribution, within ± 1.0 ₽: a."
    )
    rest = "As good as calm in contribution, within ± 1.0 ₽: a. Not decided: b."
    said = verdict(with_differences(comparison, {"a": small, "b": estimate(0.0, 3.0)}))
    assert plain(said.headline) == f"No arm earns more than calm for certain by as much as matters, 1.0 ₽. {rest}"
    said = verdict(with_differences(comparison, {"a": estimate(0.0, 0.1), "b": estimate(0.0, 3.0)}))
    assert plain(said.headline) == f"No arm earns more than calm for certain. {rest}"


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
            "Larger, but not decided: b +20 ₽ (−9 … +49). Certain to earn less: c −7.00 ₽ (−7.98 … −6.02).",
        ),
        (
            {"a": SURE, "b": estimate(1.0, 0.1)},
            "Only of one arm is it certain that it earns more than calm by as much as matters, 5.0 ₽: a +7.00 ₽ "
            "(+6.02 … +7.98) per customer. As good as calm in contribution, within ± 5.0 ₽: b.",
        ),
        (
            {"b": estimate(-0.1, 0.2), "c": estimate(-7.0, 0.5)},
            "No arm earns more than calm by as much as matters, 5.0 ₽. As good as calm in contribution, within "
            "± 5.0 ₽: b. Certain to "
            "earn less: c −7.00 ₽ (−7.98 … −6.02).",
        ),
        (
            {"b": estimate(-6.0, 0.9), "c": estimate(-7.0, 0.5)},
            "calm earns more than every other arm. Certain to earn less: c −7.00 ₽ (−7.98 … −6.02). "
            "Certain to earn less, but not whether by as much as matters, 5.0 ₽: b −6.0 ₽ (−7.8 … −4.2).",
        ),
        (
            {"b": estimate(-6.0, 9.0), "c": none_seen(5_000)},
            "No arm earns more than calm for certain. Doing the same as calm: c. Not decided: b.",
        ),
        (
            {f"x{n}": estimate(0.0, 9.0 + n) for n in range(5)} | {"b": estimate(-7.0, 0.3)},
            "No arm earns more than calm for certain. Certain to earn less: b −7.00 ₽ (−7.59 … −6.41). Not decided: "
            "x0, x1, x2 and 2 more.",
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


@pytest.mark.slow
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
    above = [arm for arm in figures if standings.decided(arm) and figures[arm].value > 0.0]  # type: ignore[operator]
    assert not (above and said.startswith("No arm earns more than calm for certain. "))
    if not said.startswith(("arm_", "No arm differs", "Of no arm")):
        untold = sum(map(int, re.findall(r" and (\d+) more", said)))
        assert sum(arm in said for arm in figures) + untold == len(figures)


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_the_headline_of_many_chains_counts_them(comparison: Comparison) -> None:
    said = verdict(with_differences(comparison, CHAINS))
    assert plain(said.headline) == (
        "Of 7 chains and campaigns 2 add contribution that matters, cart the most of them: +3.00 ₽ (+2.41 … +3.59) per "
        "customer; 1 cost more than they bring, by as much as matters (spam); 1 make no difference in contribution "
        "that matters (± 1.0 ₽ per customer); of 1 no difference was seen for any customer, which is no proof that "
        "there is none (idle); of 1 it is not decided whether they add contribution or cost more than "
        "they bring (rare); of 1 there is no interval to go by (odd). The clearest of them, rare, would have an even "
        "chance to be decided with about 590 replications of this size; this run has 5."
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
        "matters, 5.0 ₽, is not known (spam); of 1 it is not decided whether they add contribution or cost more than "
        "they bring (rare)."
    )


def test_of_chains_none_of_which_is_decided_it_is_said_what_would_decide_them(comparison: Comparison) -> None:
    open_ones = {"without cart": estimate(-1.0, 1.0), "without welcome": estimate(0.5, 1.0)}
    said = verdict(with_differences(comparison, open_ones))
    needs = [replications_needed(figure, comparison.replications, 2) for figure in open_ones.values()]
    assert needs[0] is not None
    assert needs[1] is not None
    assert needs[0] < needs[1]
    assert plain(said.headline) == (
        "Of none of 2 chains and campaigns is it decided whether it adds contribution or costs more than it brings "
        f"(welcome, cart). The clearest of them, cart, would have an even chance to be decided with about {needs[0]} "
        f"replications of this size; this run has {comparison.replications}."
    )


def test_of_a_chain_that_only_the_correction_leaves_open_it_is_said(comparison: Comparison) -> None:
    figures = {"without y": estimate(-5.0, 1.8), **{f"without x{n}": estimate(0.0, 5.0) for n in range(20)}}
    sections = verdict(with_differences(comparison, figures)).sections
    told = {
        plain(line).partition(":")[0]: plain(line) for one in sections if one.name == "chains" for line in one.sentences
    }
    assert (
        "not decided. The interval alone leaves zero out, but of 21 comparisons at once one may do so by" in told["y"]
    )
    assert "leaves zero out" not in told["x1"]
    within = {f"without {name}": estimate(0.1, 0.43) for name in "abcdefgh"}
    chains = next(one for one in verdict(with_differences(comparison, within)).sections if one.name == "chains")
    assert all("The interval alone lies within ± 1.0 ₽, but of 8" in plain(line) for line in chains.sentences)


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
