"""What remains unsure: what one should know of this run, and what holds of every run like it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.comparison import ArmResult, Comparison
from experiments.figures import figure_text, number
from experiments.fits import bounds_in_words
from experiments.headline import money
from experiments.idle_chains import about_idle
from experiments.message_gaps import about_gaps
from experiments.phrases import Language, listed, say
from experiments.ratios import ANY_RATIO
from experiments.silence import about_silence
from experiments.standings import Standings
from experiments.tables import WITHOUT, manifest_entry
from strategies.language.brief import format_target

FEW = 10
"""Fewer replications than this are told as few."""

MOST_SAVED = 1_000_000
"""An interval whose ends differ by more than this factor says nothing."""


class Doubts:
    """Sentences about one comparison.  told: arms that more than one sentence is about."""

    def __init__(self, standings: Standings, told: Sequence[ArmResult], language: Language = "en") -> None:
        self.comparison: Comparison = standings.comparison
        self.standings, self.told, self.language = standings, told, language

    def say(self, key: str, **figures: str) -> str:
        return say(self.language, key, **figures)

    def of_this_run(self) -> Iterator[str]:
        """What another size, another length or another file would change."""
        comparison, others = self.comparison, self.standings.others
        told = {"target": comparison.target, "replications": str(comparison.replications)}
        if comparison.replications == 1:
            yield self.say("one_world", **told)
        else:
            yield self.say("target", **told, customers=number(comparison.customers, 0))
            if comparison.replications < FEW:
                yield self.say("few", **told)
        returns = {arm.arm: arm.metrics["romi"] for arm in self.told if "romi" in arm.metrics}
        if endless := [arm for arm, romi in returns.items() if romi.one_sided or romi.reason == ANY_RATIO]:
            yield self.say("endless", arms=", ".join(endless))
        if others and self.standings.least:
            stated = str(format_target(comparison.least)).removesuffix("%")
            share = self.say("least_share", share=stated, baseline=comparison.baseline)
            least = money(self.standings.least)
            yield self.say("least", least=least, share=share if comparison.least.percent else "")
        if len(others) > 1:
            yield self.say("holm", count=str(len(others)))
        for result in self.told:
            idle = [one for one in result.idle if WITHOUT + one.chain not in self.standings.idle]
            yield from about_idle(result.arm, idle, self.language)
        for arm, counts in comparison.manifest.get("fits_at_bounds", {}).items():
            yield self.say("fit_bounds", arm=arm, which=bounds_in_words(counts))
        yield from self._amounts()
        if comparison.silent is None:
            yield from about_silence(comparison, self.language)
        if comparison.tail_days == 0:
            yield self.say("no_tail")

    def _amounts(self) -> Iterator[str]:
        """What the file does not state of money, what of it a shorter run bears, and teams too small for the run."""
        entries = self.comparison.manifest.get("arms", ())
        days = self.comparison.horizon_days
        shorter = [entry for entry in entries if days < (entry.get("stated_days") or [0])[0]]
        if partly := [entry["arm"] for entry in shorter if entry.get("production_cost")]:
            yield self.say("production_part", arms=listed(partly, 3), days=str(days))
        if paying := [entry["arm"] for entry in entries if not entry.get("base") and _has_amounts(entry)]:
            yield self.say("base_missing", arms=listed(paying, 3))
        names = {arm.arm for arm in self.told}
        for entry in entries:
            if entry["arm"] in names and entry.get("unpriced"):
                yield self.say("unpriced", arm=entry["arm"], which=" and ".join(entry["unpriced"]))
            if entry["arm"] in names and entry.get("slow_teams"):
                slow = [f"{number(rate, 2)} tasks by {team}" for team, rate in entry["slow_teams"].items()]
                yield self.say("slow_teams", arm=entry["arm"], which=" and ".join(slow))

    def usual(self) -> Iterator[tuple[str, str]]:
        """Topic and sentence of what holds of every run of such files over such a population."""
        comparison = self.comparison
        if not comparison.manifest.get("calibrated", False):
            yield "uncalibrated", self.say("uncalibrated")
        yield "chance", self.say("chance_only")
        for line in about_gaps([manifest_entry(comparison.manifest, arm.arm) for arm in self.told], self.language):
            yield "messages", line
        entries = comparison.manifest.get("arms", ())
        if base := max((int(entry.get("base", 0)) for entry in entries), default=0):
            yield "base", self.say("base", base=number(base, 0))
        if comparison.silent is not None:
            for line in about_silence(comparison, self.language):
                yield "silence", line
        if comparison.replications > 1:
            yield "plots", self.say("pointwise")
        names = {arm.arm for arm in self.told}
        for arm, figure in comparison.pairing.items():
            if arm not in names or figure.low is None or figure.high is None:
                continue
            if figure.high <= MOST_SAVED * figure.low:
                yield "pairing", self.say("pairing", arm=arm, figure=figure_text(figure, "number"))

    def instead(self, topics: Sequence[str]) -> str:
        """One sentence that names the topics of :meth:`usual` and where their sentences stand."""
        told = [self.say(f"usual_{topic}") for topic in dict.fromkeys(topics)]
        return self.say("usual", what="; ".join(told))


def _has_amounts(entry: Mapping[str, Any]) -> bool:
    """Whether an arm has amounts that are meant for a base of some size."""
    amounts = (entry.get("platform_cost"), entry.get("production_cost"), entry.get("brief", {}).get("budget"))
    return any(amount for amount in amounts)
