"""What else an arm changes for certain where it makes no difference of money that matters.

Reach, unsubscribing, complaints and orders of all arms are one family of comparisons (Holm's correction), so that of
many arms that change nothing at most one run in twenty tells anything of any.  What is told is besides at least a
thousandth of the baseline's own figure, as the default of ``--least`` asks of contribution.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from experiments.comparison import Comparison
from experiments.figures import figure_text
from experiments.phrases import Language, listed, say
from experiments.reached import reach_of
from experiments.relevance import DEFAULT_LEAST, least_amount
from experiments.standings import Standings, turned
from experiments.statistics import Estimate, holm
from experiments.tables import WITHOUT

OUTCOMES: Final = ("unsubscribed", "complained", "orders")
"""Told beside the reach by e-mail."""

FEW = 3
"""So many arms are named in a headline."""


class BesideMoney:
    """Outcomes that certainly differ from the baseline's, by arm."""

    def __init__(self, standings: Standings, language: Language = "en") -> None:
        self.standings, self.language = standings, language
        self.comparison: Comparison = standings.comparison

    @cached_property
    def _found(self) -> dict[str, list[tuple[str, Estimate]]]:
        comparison, base = self.comparison, self.standings.base
        rows = [
            row
            for arm in comparison.arms
            for name in (reach_of(arm), *OUTCOMES)
            if (row := comparison.find(arm.arm, base, name)) and row.estimate.p is not None
        ]
        adjusted = holm([row.estimate.p or 0.0 for row in rows])
        found: dict[str, list[tuple[str, Estimate]]] = {}
        for row, p in zip(rows, adjusted, strict=True):
            certain = row.estimate.decided and p < 1.0 - comparison.level
            if certain and abs(row.estimate.value or 0.0) >= self._least(row.metric):
                found.setdefault(row.arm, []).append((row.metric, row.estimate))
        return found

    def _least(self, metric: str) -> float:
        """The least difference of a figure that is told."""
        baseline = next(arm for arm in self.comparison.arms if arm.arm == self.standings.base)
        return least_amount(DEFAULT_LEAST, baseline.metrics.get(metric))

    def of_arm(self, arm: str) -> str:
        """``, but 4.4 pp (4.1 … 4.8) fewer …``; of an arm without a chain what the chain does.  '' where nothing is."""
        told = self._told(arm)
        return self._say("beside_money", what=told) if told else ""

    def of_arms(self, arms: list[str]) -> str:
        """The same of several arms, by their names."""
        told = [
            self._say("beside_of", arm=arm.removeprefix(WITHOUT), what=what)
            for arm in arms
            if (what := self._told(arm))
        ]
        return self._say("beside_money", what=listed(told, FEW, "; ")) if told else ""

    def _told(self, arm: str) -> str:
        parts = []
        for name, difference in self._found.get(arm, ()):
            figure = turned(difference) if arm.startswith(WITHOUT) else difference
            more = (figure.value or 0.0) > 0.0
            told = figure_text(figure if more else turned(figure), self.comparison.metrics[name].unit, True)
            sign = self._say("beside_more" if more else "beside_fewer")
            parts.append(self._say(f"beside_{name}", figure=told.replace("+", ""), sign=sign))
        return self._say("beside_and").join(parts)

    def _say(self, key: str, **figures: str) -> str:
        return say(self.language, key, **figures)
