"""A made comparison, and others like it whose arms differ by stated amounts."""

from dataclasses import replace
from functools import cache

from experiments.comparison import Comparison, compare
from experiments.relevance import parse_least, size_p, weigh
from experiments.statistics import Estimate, estimate, none_seen, undefined
from tests.experiments.made_runs import made_tables

SURE, LARGE = estimate(7.0, 0.5), estimate(20.0, 8.0)
CHAINS = {
    "without cart": estimate(-3.0, 0.3),
    "without welcome": estimate(-2.0, 0.2),
    "without spam": estimate(2.5, 0.2),
    "without digest": estimate(0.1, 0.1),
    "without idle": none_seen(5_000),
    "without rare": estimate(0.5, 2.0),
    "without odd": undefined("no reason"),
}
"""Arms without one chain each: most chains add something, one costs, of some it is not known."""


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@cache
def compared() -> Comparison:
    return compare(made_tables(replications=5, customers=200))


def with_differences(comparison: Comparison, figures: dict[str, Estimate], least: str = "1") -> Comparison:
    """The comparison with these arms instead, which differ in contribution alone."""
    row = comparison.find("loud", "calm", "contribution")
    assert row is not None
    arms = (comparison.arms[0], *(replace(comparison.arms[1], arm=name) for name in figures))
    rows = tuple(replace(row, arm=name, estimate=figure) for name, figure in figures.items())
    return replace(comparison, arms=arms, differences=rows, among=(), courses=(), least=parse_least(least))


def weight_alone(figure: Estimate, least: float) -> str:
    """What a difference weighs that is the only one."""
    return weigh(figure, least, figure.decided, size_p(figure, least) <= 0.05)
