"""How the arms of a comparison stand against its baseline: which differences are certain, and which of them matter."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from experiments.comparison import Comparison, Difference
from experiments.figures import number
from experiments.idle_chains import Idle
from experiments.phrases import Language, say
from experiments.relevance import Weight, settled, size_p, weigh
from experiments.statistics import Estimate, adjusted_p, holm, together
from experiments.tables import WITHOUT
from strategies.language.brief import format_target

SEEN = ("contribution", "revenue", "orders", "sent", "delivered", "opened", "clicked", "unsubscribed", "complained")
"""Figures that all have to agree before two arms are said to have done the same."""


class Standings:
    """The arms beside the baseline.

    others: their names in the run's order.  rows: arm → difference of contribution.  adjusted: arm → Holm's p of the
    sign, sizes: arm → Holm's p of the size, each correction over all arms.
    least: least relevant difference, currency units per customer.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.base = comparison.baseline
        self.least = comparison.least_amount
        self.others = [arm.arm for arm in comparison.arms if arm.arm != self.base]
        rows = {arm: comparison.find(arm, self.base, "contribution") for arm in self.others}
        self.rows: dict[str, Difference] = {arm: row for arm, row in rows.items() if row is not None}
        figures = {arm: row.estimate for arm, row in self.rows.items()}
        self.adjusted, self._together = adjusted_p(figures), together(figures, comparison.level)
        sizes = [size_p(row.estimate, self.least) for row in self.rows.values()]
        self.sizes = dict(zip(self.rows, holm(sizes), strict=True))
        self.by_chain = len(self.others) > 1 and all(arm.startswith(WITHOUT) for arm in self.others)
        """Whether the arms only switch off one chain each of the baseline, several of them."""

    def decided(self, arm: str) -> bool:
        """Whether a winner may be named between this arm and the baseline."""
        return arm in self._together

    def sized(self, arm: str) -> bool:
        """Whether it may be said that an arm differs from the baseline by what matters, or does not."""
        return self.sizes[arm] <= 1.0 - self.comparison.level

    def taken_back(self, arm: str) -> bool:
        """Whether the arm's own interval would settle its size, and only the correction leaves it open."""
        return settled(self.rows[arm].estimate, self.least) and not self.sized(arm)

    def same(self, arm: str) -> bool:
        """Whether an arm did to every customer what the baseline did: no figure differs for anybody."""
        contribution = self.rows[arm].estimate
        pairs = (row for row in self.comparison.differences if (row.arm, row.baseline) == (arm, self.base))
        told = (row.estimate for row in pairs if row.kind == "truth" and row.metric in SEEN)
        return contribution.alike and all(not figure.value for figure in told)

    def unseen(self, arm: str, language: Language) -> str:
        """How rare a difference may be that no customer of this arm showed; '' where there is none by construction."""
        share = self.rows[arm].estimate.unseen
        return say(language, "unseen", most=number(math.floor(1.0 / share), 0)) if share else ""

    @cached_property
    def idle(self) -> dict[str, Idle]:
        """Arms that switch off a chain of the baseline that no run of began → that chain."""
        base = next(arm for arm in self.comparison.arms if arm.arm == self.base)
        found = {WITHOUT + one.chain: one for one in base.idle}
        return {arm: found[arm] for arm in self.rows if arm in found and self.same(arm)}

    def weight(self, arm: str) -> Weight:
        """What the arm's difference of contribution weighs."""
        if self.same(arm):
            return "same"
        return weigh(self.rows[arm].estimate, self.least, self.decided(arm), self.sized(arm))

    def sorted(self) -> list[str]:
        """Arms by their difference of contribution, the best first; those without one last."""

        def place(arm: str) -> tuple[bool, float]:
            figure = self.rows[arm].estimate
            value = figure.value if figure.known or figure.alike else None
            return (value is None, -(value or 0.0))

        return sorted(self.rows, key=place)

    def to_json(self) -> dict[str, Any]:
        """``least`` and, sorted, what each arm's difference from the baseline weighs."""
        rows = [{"arm": arm, "baseline": self.base, "difference": self.weight(arm)} for arm in self.sorted()]
        return {
            "least": {"stated": format_target(self.comparison.least), "amount": self.least},
            "standings": rows,
        }


def turned(figure: Estimate) -> Estimate:
    """The same difference the other way round."""
    if figure.value is None or figure.low is None or figure.high is None:
        return figure
    return Estimate(-figure.value, -figure.high, -figure.low)
