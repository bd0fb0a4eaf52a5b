"""Where money does not differ, what else does stands in the same sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.beside_money import BesideMoney
from experiments.comparison import Comparison
from experiments.standings import Standings
from experiments.statistics import Estimate, estimate
from experiments.verdict import verdict
from tests.experiments.weighed import compared, plain, with_differences

REACH, LEFT = estimate(-0.044, 0.002), estimate(0.012, 0.002)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


def also(comparison: Comparison, **others: dict[str, Estimate]) -> Comparison:
    """Every arm's contribution differs by nothing that matters; ``others``: arm → other figures' differences."""
    found = with_differences(comparison, {arm.replace("_", " "): estimate(0.1, 0.1) for arm in others})
    rows = [
        replace(row, metric=name, estimate=figure)
        for row in found.differences
        for name, figure in others[row.arm.replace(" ", "_")].items()
    ]
    return replace(found, differences=(*found.differences, *rows))


@pytest.mark.slow
def test_of_two_arms(comparison: Comparison) -> None:
    said = verdict(also(comparison, loud={"truly_reachable_email": REACH, "unsubscribed": LEFT}))
    but = (
        "within ± 1.0 ₽, but 4.40 pp (4.01 … 4.79) fewer truly reachable by e-mail and 1.20 pp (0.81 … 1.59) more "
        "unsubscribed."
    )
    assert plain(said.headline).startswith("There is no difference in contribution that matters between loud and calm")
    assert plain(said.headline).endswith(but)
    assert plain(said.sections[0].sentences[0]).endswith(but)


def test_of_chains_it_tells_what_they_do_and_not_what_is_missing_without_them(comparison: Comparison) -> None:
    gone = {"truly_reachable_email": turned(REACH), "orders": estimate(0.02, 0.002)}
    said = verdict(also(comparison, without_sunset=gone, without_vip={}))
    told = (
        "4.40 pp (4.01 … 4.79) fewer truly reachable by e-mail and 0.0200 (0.0161 … 0.0239) fewer orders per customer"
    )
    assert plain(said.headline) == (
        "Of 2 chains and campaigns 2 make no difference in contribution that matters (± 1.0 ₽ per customer), but "
        f"sunset: {told}."
    )
    chains = next(section for section in said.sections if section.name == "chains")
    assert [f", but {told}." in plain(sentence) for sentence in chains.sentences] == [True, False]


def test_of_several_arms(comparison: Comparison) -> None:
    found = also(comparison, a={"complained": LEFT}, b={}, c={"unsubscribed": LEFT})
    assert plain(verdict(found).headline) == (
        "No arm differs in contribution from calm by as much as matters, 1.0 ₽ per customer, but a: 1.20 pp "
        "(0.81 … 1.59) more complaining; c: 1.20 pp (0.81 … 1.59) more unsubscribed."
    )


def test_what_may_be_chance_in_so_many_comparisons_is_not_told(comparison: Comparison) -> None:
    """An interval that leaves zero out by itself (p = .03), one of four figures: Holm asks for .05 / 4."""
    one = estimate(0.0217, 0.01)
    others = dict.fromkeys(("complained", "orders", "unsubscribed"), estimate(0.0, 0.01))
    assert one.decided
    assert BesideMoney(Standings(also(comparison, loud={"truly_reachable_email": one}))).of_arm("loud")
    assert not BesideMoney(Standings(also(comparison, loud={"truly_reachable_email": one, **others}))).of_arm("loud")


def test_certain_but_tiny_differences_are_not_told(comparison: Comparison) -> None:
    """A thousandth of the baseline's own reach is the least, whatever the least difference of money."""
    least = 0.001 * (comparison.arms[0].metrics["truly_reachable_email"].value or 0.0)
    for times, told in ((0.9, False), (1.1, True)):
        found = also(comparison, loud={"truly_reachable_email": estimate(-times * least, 0.01 * least)})
        assert bool(BesideMoney(Standings(found)).of_arm("loud")) == told


def turned(figure: Estimate) -> Estimate:
    assert figure.value is not None
    assert figure.standard_error is not None
    return estimate(-figure.value, figure.standard_error)
