"""The headline of a comparison: one sentence that never calls a difference that is practically nil a winner."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from experiments.beside_money import BesideMoney
from experiments.comparison import MOST_PAIRED, Comparison
from experiments.figures import CURRENCY, certainty_text, decimals_for, figure_text, interval_text, number
from experiments.needed import replications_needed
from experiments.paying import about_paying
from experiments.phrases import Language, listed, say
from experiments.relevance import Weight
from experiments.standings import Standings, turned
from experiments.statistics import Estimate, holm
from experiments.tables import SILENT, WITHOUT

REST: Final[Mapping[str, tuple[Weight, ...]]] = {
    "headline_alike": ("nil",),
    "headline_doing_the_same": ("same",),
    "headline_less": ("less",),
    "headline_less_some": ("less_unsized",),
    "headline_undecided": ("open", "unknown"),
}
"""Sentence about arms that are not above the baseline → what their differences weigh."""

SIZED = ("headline_less", "headline_less_some")
"""Those that tell the differences."""

FEW = 3
"""So many arms are named that are not above."""


def headline(standings: Standings, language: Language = "en") -> str:
    """The first sentence of the verdict, and whether what it speaks of pays at all where that is in doubt."""
    return _Headline(standings, language).text() + about_paying(standings, language)


def money(amount: float) -> str:
    """A stated amount, such as the least relevant difference, to two digits."""
    return f"{number(amount, decimals_for(amount))}\u00a0{CURRENCY}"


class _Headline:
    def __init__(self, standings: Standings, language: Language) -> None:
        self.standings, self.language = standings, language
        self.comparison: Comparison = standings.comparison
        self.base, self.rows = standings.base, standings.rows
        self.least = money(standings.least)
        self.beside = BesideMoney(standings, language)

    def say(self, key: str, **figures: str) -> str:
        return say(self.language, key, **figures)

    def text(self) -> str:
        if not self.standings.others:
            return self._alone()
        if len(self.standings.others) == 1:
            return self._of_two(self.standings.others[0])
        if self.standings.by_chain:
            return self._of_chains()
        return self._of_several()

    def _of_several(self) -> str:
        """Several arms: those certain to be above by as much as matters, then those of which only the sign is."""
        weights = {arm: self.standings.weight(arm) for arm in self.standings.sorted()}
        better = [arm for arm, weight in weights.items() if weight == "more"]
        some = [arm for arm, weight in weights.items() if weight == "more_unsized"]
        slight = any(weight == "nil" and self._above(arm) for arm, weight in weights.items())
        margin = self.say("headline_margin", least=self.least) if some or slight else ""
        if len(better) + len(some) > 1 and better and (first := self._first(better + some)):
            return first
        if better:
            return self._ahead(better, some, margin)
        if some:
            said = self.say("headline_some", arms=self._named(some), baseline=self.base, least=self.least)
            return said + self._larger(some) + self._rest(some)
        return self._none_above(set(weights.values()), margin)

    def _none_above(self, weights: set[Weight], margin: str) -> str:
        """Where no arm is certain to be above: what holds of all of them together, and of each if they are not alike.

        margin: said where some are above by less than matters.
        """
        if weights <= {"nil", "same"} and not any(row.estimate.unseen for row in self.rows.values()):
            but = self.beside.of_arms(self.standings.sorted())
            return self.say("headline_nil_all", baseline=self.base, least=self.least, but=but)
        if weights <= {"open", "unknown"}:
            return self.say("headline_open_all", baseline=self.base)
        if weights <= {"less", "less_unsized"}:
            said = self.say("headline_base_first", baseline=self.base)
        elif weights.isdisjoint(("open", "unknown", "same")):
            said = self.say("headline_none_matters", baseline=self.base, least=self.least)
        else:
            said = self.say("headline_none", baseline=self.base, margin=margin)
        return said + self._rest([])

    def _rest(self, above: list[str]) -> str:
        """What is known of the arms that are not above; larger ones that are not decided have been told."""
        weights = {arm: self.standings.weight(arm) for arm in self.standings.sorted() if arm not in above}
        most = max(map(self._value, above), default=math.inf)
        groups = {key: [arm for arm, weight in weights.items() if weight in told] for key, told in REST.items()}
        groups["headline_undecided"] = [arm for arm in groups["headline_undecided"] if self._value(arm) <= most]
        return "".join(
            self.say(
                key,
                arms=self._few(arms, key in SIZED),
                baseline=self.base,
                least=self.least,
                but=self.beside.of_arms(arms) if key == "headline_alike" else "",
            )
            for key, arms in groups.items()
            if arms
        )

    def _few(self, arms: list[str], sized: bool) -> str:
        """The first arms, with their differences if ``sized``, and how many more there are."""
        named = self._named(arms[:FEW]) if sized else ", ".join(arms[:FEW])
        return named + (self.say("headline_more", count=str(len(arms) - FEW)) if len(arms) > FEW else "")

    def _above(self, arm: str) -> bool:
        return self.standings.decided(arm) and self._value(arm) > 0.0

    def _value(self, arm: str) -> float:
        return self.rows[arm].estimate.value or 0.0

    def _named(self, arms: list[str]) -> str:
        return ", ".join(f"{arm} {self._figure(arm)}" for arm in arms)

    def _figure(self, arm: str) -> str:
        return figure_text(self.rows[arm].estimate, "money", True)

    def _ahead(self, better: list[str], some: list[str], margin: str) -> str:
        """Arms above the baseline, none of them ahead of all others.  margin: what sets ``better`` apart."""
        told = {"baseline": self.base, "margin": margin, "arms": self._named(better), "count": str(len(better))}
        said = self.say("headline_only" if len(better) == 1 else "headline_several", **told)
        if some:
            said += self.say("headline_some_too", baseline=self.base, arms=self._named(some))
        said += self._larger(better + some)
        if len(better) + len(some) > 1 and len(self.comparison.arms) > MOST_PAIRED:
            said += self.say("headline_best_unasked", most=str(MOST_PAIRED), baseline=self.base)
        elif len(better) + len(some) > 1:
            said += self.say("headline_best_open")
        return said + self._rest(better + some)

    def _larger(self, above: list[str]) -> str:
        """Undecided arms whose difference is larger than that of any arm that is certain to be above."""
        most = max(map(self._value, above))
        undecided = [arm for arm in self.standings.sorted() if self.standings.weight(arm) == "open"]
        arms = [arm for arm in undecided if self._value(arm) > most]
        return self.say("headline_larger", arms=self._named(arms)) if arms else ""

    def _first(self, above: list[str]) -> str | None:
        """The best of several arms, where it is ahead of all others by Holm over all pairs of arms."""
        best = max(above, key=self._value)
        adjusted = holm([1.0 if row.estimate.p is None else row.estimate.p for row in self.comparison.among])
        leads = {}
        for row, p in zip(self.comparison.among, adjusted, strict=True):
            if best in (row.arm, row.baseline):
                other = row.baseline if row.arm == best else row.arm
                leads[other] = (row.estimate if row.arm == best else turned(row.estimate), p)
        alpha = 1.0 - self.comparison.level
        if not leads or any((lead.value or 0.0) <= 0.0 or p > alpha for lead, p in leads.values()):
            return None
        second = min(leads, key=lambda arm: leads[arm][0].value or 0.0)
        sized = self.standings.weight(best) == "more"
        return self.say(
            "headline_first",
            winner=best,
            baseline=self.base,
            second=second,
            figure=self._figure(best),
            lead=figure_text(leads[second][0], "money", True),
        ) + ("" if sized else self.say("unsized", least=self.least))

    def _of_chains(self) -> str:
        """Several chains switched off, each in an arm of its own: how many of them do what."""
        weights = {arm: self.standings.weight(arm) for arm in self.standings.sorted()}
        adding = [arm for arm, weight in weights.items() if weight == "less"]
        taking = [arm for arm, weight in weights.items() if weight == "more"]
        adding_some = [arm for arm, weight in weights.items() if weight == "less_unsized"]
        taking_some = [arm for arm, weight in weights.items() if weight == "more_unsized"]
        idle = [arm for arm in weights if arm in self.standings.idle]
        not_due = [arm for arm in idle if self.standings.idle[arm].due]
        begun = [arm for arm in weights if arm not in idle]
        nil, still = ([arm for arm in begun if weights[arm] == weight] for weight in ("nil", "same"))
        parts = []
        for key, arms in (("headline_adding", adding), ("headline_adding_some", adding_some)):
            if arms:
                told = figure_text(turned(self.rows[arms[-1]].estimate), "money", True)
                best = arms[-1].removeprefix(WITHOUT)
                parts.append(self.say(key, count=str(len(arms)), best=best, figure=told, least=self.least))
        for key, arms in (("headline_taking", taking), ("headline_taking_some", taking_some)):
            if arms:
                parts.append(self.say(key, count=str(len(arms)), worst=self._chains(arms), least=self.least))
        if nil:
            parts.append(self.say("headline_nil", count=str(len(nil)), least=self.least, but=self.beside.of_arms(nil)))
        found = [arm for arm in idle if arm not in not_due]
        for key, arms in (("headline_still", still), ("headline_idle", found), ("headline_not_due", not_due)):
            if arms:
                parts.append(self.say(key, count=str(len(arms)), which=self._chains(arms)))
        unsure = [arm for arm, weight in weights.items() if weight == "open"]
        unknown = [arm for arm, weight in weights.items() if weight == "unknown"]
        for key, arms in (("headline_unsure", unsure), ("headline_unknown_chains", unknown)):
            if arms:
                parts.append(self.say(key, count=str(len(arms)), which=self._chains(arms)))
        if len(unsure) == len(weights):
            said = self.say("headline_unsure_all", count=str(len(weights)), which=self._chains(unsure))
        else:
            said = self.say("headline_chains", count=str(len(weights)), parts="; ".join(parts))
        return said + self._deciding(unsure)

    def _chains(self, arms: list[str]) -> str:
        return listed([arm.removeprefix(WITHOUT) for arm in arms], 3)

    def _deciding(self, unsure: list[str]) -> str:
        """With how many replications the clearest of the undecided chains would be decided."""
        replications = self.comparison.replications
        needs = {arm: replications_needed(self.rows[arm].estimate, replications, len(self.rows)) for arm in unsure}
        told = {arm: count for arm, count in needs.items() if count is not None}
        if not told:
            return ""
        first = min(told, key=lambda arm: told[arm])
        return self.say(
            "headline_deciding",
            chain=first.removeprefix(WITHOUT),
            count=number(told[first], 0),
            replications=str(replications),
        )

    def _alone(self) -> str:
        """One arm: against silence, or its own level where the run has no silent arm."""
        row = self.comparison.find(self.base, SILENT, "contribution")
        if row is None:
            level = self.comparison.arms[0].metrics["contribution"]
            return self.say("headline_level", arm=self.base, figure=figure_text(level, "money"))
        if not row.estimate.known:
            return self.say("headline_alone_unknown", arm=self.base, reason=row.estimate.reason)
        key = "headline_alone" if row.estimate.decided else "headline_alone_open"
        return self.say(key, arm=self.base, figure=figure_text(row.estimate, "money", True))

    def _of_two(self, arm: str) -> str:
        row, weight = self.rows[arm].estimate, self.standings.weight(arm)
        if weight == "unknown" and row.alike:
            return self.say("headline_unseen", arm=arm, baseline=self.base, figure=interval_text(row, "money", True))
        if weight == "unknown":
            return self.say("headline_unknown", arm=arm, baseline=self.base, reason=row.reason)
        if weight == "same":
            doubt = self.standings.unseen(arm, self.language)
            return self.say("headline_same" if doubt else "headline_same_strategy", arm=arm, baseline=self.base)
        told = {"arm": arm, "baseline": self.base, "figure": figure_text(row, "money", True), "least": self.least}
        if weight == "nil":
            return self.say("headline_nil_two", **told, but=self.beside.of_arm(arm))
        if weight == "open":
            return self.say("headline_open", **told)
        winner, loser = ordered(row, arm, self.base)
        sure = certainty_text(max(row.certainty or 0.0, 1.0 - (row.certainty or 0.0)))
        figure = figure_text(row if winner == arm else turned(row), "money", True)
        key = "headline_winner" if weight in ("more", "less") else "headline_unsized"
        return self.say(key, winner=winner, loser=loser, figure=figure, certainty=sure, least=self.least)


def ordered(figure: Estimate, arm: str, baseline: str) -> tuple[str, str]:
    """The arm that is ahead, and the other."""
    return (arm, baseline) if (figure.value or 0.0) > 0.0 else (baseline, arm)
