"""What is owed to customers in loyalty points at the end, in words, where it is large beside the difference."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.comparison import Comparison
from experiments.figures import figure_text
from experiments.phrases import Language, say
from experiments.standings import turned
from experiments.tables import SILENT

LARGE = 0.2
"""Part of the difference of contribution from which on unspent points are told beside it."""


def about_points(comparison: Comparison, arm: str, baseline: str, language: Language = "en") -> Iterator[str]:
    """One sentence where two arms certainly differ in what they owe, by at least :data:`LARGE` of their difference.

    And by at least the least difference of contribution that matters.
    """
    owed = comparison.find(arm, baseline, "points_owed")
    gain = comparison.find(arm, baseline, "contribution")
    if owed is None or gain is None or not owed.estimate.decided:
        return
    figure = owed.estimate
    amount, difference = figure.value or 0.0, gain.estimate.value or 0.0
    if abs(amount) < max(comparison.least_amount, LARGE * abs(difference)):
        return
    other = "silence" if baseline == SILENT else baseline
    key, told = ("owed_more", figure) if amount > 0.0 else ("owed_less", turned(figure))
    yield say(language, key, arm=arm, baseline=other, figure=figure_text(told, "money"))
