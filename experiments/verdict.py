"""The verdict in words: who earns more, how sure, what it does to the base, what remains unsure.

No winner is named where the interval covers zero or, with several arms, where Holm's correction does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from experiments.claims import RULE
from experiments.comparison import CONTROL, ArmResult, Comparison, Difference
from experiments.figures import certainty_text, figure_text, interval_text, number, p_text, value_text
from experiments.measures import DIGEST
from experiments.phrases import LABELS, PHRASES, Language, say
from experiments.statistics import Estimate, holm
from experiments.tables import SILENT

BURNT = ("unsubscribed", "complained", "fatigue", "inbox", "reachable_email")
LEANS = 0.8
"""With less certainty than this nothing is said about which arm is ahead."""

WITHOUT = "without "
"""How the name of an arm begins whose chain or campaign is switched off."""

SEEN = ("contribution", "revenue", "orders", "sent", "delivered", "opened", "clicked", "unsubscribed", "complained")
"""Figures that all have to agree before two arms are said to have done the same."""

FEW = 10
"""Fewer replications than this are told as few."""


@dataclass(frozen=True)
class Section:
    """A title and its sentences."""

    name: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The headline, and sections ``brief``, ``money``, ``chains``, ``burnout``, ``evidence``, ``doubts``."""

    headline: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """Everything as plain text."""
        blocks = [self.headline]
        blocks += [
            f"{section.title}\n" + "\n".join(f"- {line}" for line in section.sentences) for section in self.sections
        ]
        return "\n\n".join(blocks)


def verdict(comparison: Comparison, language: Language = "en") -> Verdict:
    """Puts a comparison into words."""
    words = _Words(comparison, language)
    parts = {
        "brief": words.brief(),
        "money": words.money(),
        "chains": words.chains(),
        "burnout": words.burnout(),
        "evidence": words.evidence(),
        "doubts": words.doubts(),
    }
    sections = [Section(name, PHRASES[language][name], tuple(lines)) for name, lines in parts.items()]
    return Verdict(words.headline(), tuple(section for section in sections if section.sentences))


class _Words:
    """Sentences about one comparison."""

    def __init__(self, comparison: Comparison, language: Language) -> None:
        self.comparison = comparison
        self.language: Language = language
        self.base = comparison.baseline
        self.alpha = 1.0 - comparison.level
        self.others = [arm.arm for arm in comparison.arms if arm.arm != self.base]
        rows = {arm: comparison.find(arm, self.base, "contribution") for arm in self.others}
        self.rows = {arm: row for arm, row in rows.items() if row is not None}
        tested = [arm for arm, row in self.rows.items() if row.estimate.p is not None]
        adjusted = holm([self.rows[arm].estimate.p or 0.0 for arm in tested])
        self.adjusted = dict(zip(tested, adjusted, strict=True))

    def say(self, key: str, **figures: str) -> str:
        return say(self.language, key, **figures)

    def decided(self, arm: str) -> bool:
        """Whether a winner may be named between this arm and the baseline."""
        return self.rows[arm].estimate.decided and self.adjusted.get(arm, 1.0) < self.alpha

    def same(self, arm: str) -> bool:
        """Whether an arm did to every customer what the baseline did: no figure differs for anybody."""
        contribution = self.rows[arm].estimate
        pairs = (row for row in self.comparison.differences if (row.arm, row.baseline) == (arm, self.base))
        told = (row.estimate for row in pairs if row.kind == "truth" and row.metric in SEEN)
        return contribution.standard_error == 0.0 and all(not figure.value for figure in told)

    def headline(self) -> str:
        if not self.others:
            return self._headline_alone()
        if len(self.others) == 1:
            return self._headline_of_two(self.others[0])
        better = [arm for arm in self.others if self.decided(arm) and (self.rows[arm].estimate.value or 0.0) > 0.0]
        if not better:
            return self.say("headline_none", baseline=self.base)
        if len(better) == 1:
            told = figure_text(self.rows[better[0]].estimate, "money", True)
            return self.say("headline_best", winner=better[0], baseline=self.base, figure=told)
        return self._first(better) or self._several(better)

    def brief(self) -> Iterator[str]:
        """Goals of the arms, and of every target whether it was met."""
        for arm in self.comparison.arms:
            if arm.brief is None:
                continue
            if arm.brief.goal:
                owner = self.say("brief_owner", owner=arm.brief.owner) if arm.brief.owner else ""
                yield self.say("brief_goal", arm=arm.arm, goal=arm.brief.goal, owner=owner)
            for told in arm.brief.outcomes:
                figure = figure_text(told.figure, told.unit, told.kpi.against_silence)
                yield self.say(f"brief_{told.state}", arm=arm.arm, what=told.label, target=told.target, figure=figure)

    def _several(self, better: list[str]) -> str:
        named = ", ".join(f"{arm} {figure_text(self.rows[arm].estimate, 'money', True)}" for arm in better)
        return self.say("headline_several", count=str(len(better)), baseline=self.base, arms=named)

    def _first(self, better: list[str]) -> str | None:
        """The best of several arms, where it is ahead of each of them by Holm over all pairs of arms."""
        best = max(better, key=lambda arm: self.rows[arm].estimate.value or 0.0)
        adjusted = holm([1.0 if row.estimate.p is None else row.estimate.p for row in self.comparison.among])
        leads = {}
        for row, p in zip(self.comparison.among, adjusted, strict=True):
            if best in (row.arm, row.baseline):
                other = row.baseline if row.arm == best else row.arm
                leads[other] = (row.estimate if row.arm == best else _turned(row.estimate), p)
        if not leads or any((lead.value or 0.0) <= 0.0 or p > self.alpha for lead, p in leads.values()):
            return None
        second = min(leads, key=lambda arm: leads[arm][0].value or 0.0)
        return self.say(
            "headline_first",
            winner=best,
            baseline=self.base,
            second=second,
            figure=figure_text(self.rows[best].estimate, "money", True),
            lead=figure_text(leads[second][0], "money", True),
        )

    def _headline_alone(self) -> str:
        """One arm: against silence, or its own level where the run has no silent arm."""
        row = self.comparison.find(self.base, SILENT, "contribution")
        if row is None:
            level = self.comparison.arms[0].metrics["contribution"]
            return self.say("headline_level", arm=self.base, figure=figure_text(level, "money"))
        if not row.estimate.known:
            return self.say("headline_alone_unknown", arm=self.base, reason=row.estimate.reason)
        key = "headline_alone" if row.estimate.decided else "headline_alone_open"
        return self.say(key, arm=self.base, figure=figure_text(row.estimate, "money", True))

    def _headline_of_two(self, arm: str) -> str:
        row = self.rows[arm].estimate
        if not row.known:
            return self.say("headline_unknown", arm=arm, baseline=self.base, reason=row.reason)
        if self.same(arm):
            return self.say("headline_same", arm=arm, baseline=self.base)
        if not self.decided(arm):
            return self.say("headline_open", arm=arm, baseline=self.base, figure=figure_text(row, "money", True))
        winner, loser = _order(row, arm, self.base)
        figure = row if winner == arm else _turned(row)
        sure = certainty_text(max(row.certainty or 0.0, 1.0 - (row.certainty or 0.0)))
        return self.say(
            "headline_winner", winner=winner, loser=loser, figure=figure_text(figure, "money", True), certainty=sure
        )

    def money(self) -> Iterator[str]:
        for arm in self.others:
            if arm in self.rows:
                yield self._earns(arm)
                yield from self._periods(arm)
                yield from self._cost(arm)
        for result in self.comparison.arms:
            romi = result.metrics.get("romi")
            gain = self.comparison.find(result.arm, SILENT, "contribution")
            if romi and gain:
                yield self._romi(result.arm, romi, gain.estimate)

    def _romi(self, arm: str, romi: Estimate, gain: Estimate) -> str:
        """The return, as a figure only where it is decided that marketing brings or costs money."""
        contribution = figure_text(gain, "money", True)
        if gain.decided:
            return self.say("romi", arm=arm, figure=figure_text(romi, "return"), contribution=contribution)
        if not romi.known:
            return self.say("romi_unknown", arm=arm, contribution=contribution)
        low, high = interval_text(romi, "return", True).split("…")
        return self.say("romi_open", arm=arm, contribution=contribution, low=low.strip(), high=f"{high.strip()} %")

    def chains(self) -> Iterator[str]:
        """What a switched-off chain would have added: the difference turned round."""
        for arm, row in self.rows.items():
            if not arm.startswith(WITHOUT):
                continue
            chain, figure = arm.removeprefix(WITHOUT), _turned(row.estimate)
            told = figure_text(figure, "money", True)
            if not figure.known:
                yield self.say("chain_unknown", chain=chain, reason=figure.reason)
            elif self.same(arm):
                yield self.say("chain_nothing", chain=chain)
            elif not self.decided(arm):
                yield self.say("chain_open", chain=chain, figure=told)
            else:
                yield self.say("chain_adds" if (figure.value or 0.0) > 0.0 else "chain_takes", chain=chain, figure=told)

    def _earns(self, arm: str) -> str:
        row = self.rows[arm]
        figure, sure = row.estimate, row.estimate.certainty
        told = figure_text(figure, "money", True)
        if sure is None:
            return self.say("unknown", arm=arm, baseline=self.base, figure=told)
        if self.same(arm):
            return self.say("same", arm=arm, baseline=self.base)
        winner, loser = _order(figure, arm, self.base)
        certainty = certainty_text(max(sure, 1.0 - sure))
        if not figure.decided:
            needed = self._needed(figure)
            if max(sure, 1.0 - sure) < LEANS:
                return self.say("open_blank", arm=arm, baseline=self.base, figure=told, needed=needed)
            threshold = f"{100.0 * self.comparison.level:g} %"
            return self.say(
                "open", arm=arm, baseline=self.base, figure=told, leaning=winner, certainty=certainty,
                threshold=threshold, needed=needed,
            )  # fmt: skip
        if not self.decided(arm):
            p, count = p_text(self.adjusted[arm]), str(len(self.rows))
            return self.say("open_holm", arm=arm, baseline=self.base, figure=told, count=count, p=p)
        relative = ""
        if row.relative.known:
            relative = self.say("relative", figure=figure_text(row.relative, "relative", True))
        return self.say(
            "earns", winner=winner, loser=loser, arm=arm, baseline=self.base, figure=told, relative=relative,
            certainty=certainty,
        )  # fmt: skip

    def _needed(self, figure: Estimate) -> str:
        """How many replications would decide: the interval narrows with the root of their number."""
        if not figure.value or figure.low is None or figure.high is None:
            return ""
        replications = self.comparison.replications
        half = (figure.high - figure.low) / 2.0
        count = math.ceil(replications * (half / abs(figure.value)) ** 2)
        if count > MOST_NEEDED * replications:
            return self.say("needed_too_many", count=number(MOST_NEEDED * replications, 0))
        digits = max(len(str(count)) - 2, 0)
        rounded = -(-count // 10**digits) * 10**digits
        return self.say("needed", count=number(rounded, 0), replications=str(replications))

    def _periods(self, arm: str) -> Iterator[str]:
        rows = [self.comparison.find(arm, self.base, f"contribution_{part}") for part in ("horizon", "tail")]
        known = [row.estimate for row in rows if row is not None and row.estimate.known]
        if len(known) < 2 or self.same(arm):
            return
        horizon, tail = known
        if not (horizon.decided and tail.decided):
            key = "periods_open"
        else:
            key = "periods_agree" if (horizon.value or 0.0) * (tail.value or 0.0) > 0.0 else "periods_disagree"
        yield self.say(key, horizon=figure_text(horizon, "money", True), tail=figure_text(tail, "money", True))

    def _cost(self, arm: str) -> Iterator[str]:
        row = self.comparison.find(arm, self.base, "marketing_cost")
        if row is None or not row.estimate.known or self.same(arm):
            return
        figure = figure_text(row.estimate, "money", True)
        if not row.estimate.decided:
            yield self.say("cost_open", figure=figure)
        elif (row.estimate.value or 0.0) < 0.0:
            yield self.say("cheaper", arm=arm, figure=figure)
        else:
            found = self.comparison.find(arm, self.base, "incremental_romi")
            extra = self.say("extra_unknown", reason="no silent arm")
            if found is not None and found.estimate.known:
                extra = self.say("extra", figure=figure_text(found.estimate, "money", True))
            elif found is not None:
                extra = self.say("extra_unknown", reason=found.estimate.reason)
            yield self.say("dearer", arm=arm, figure=figure, extra=extra)

    def burnout(self) -> Iterator[str]:
        for result in self.comparison.arms:
            items = []
            for name in BURNT:
                if (level := result.metrics.get(name)) is None or not level.known:
                    continue
                row = self.comparison.find(result.arm, self.base, name) if result.arm != self.base else None
                items.append(self._burnt(name, level, row))
            if items and result.arm == self.base:
                yield self.say("burnt_alone", arm=result.arm, what="; ".join(items))
            elif items:
                yield self.say("burnt", arm=result.arm, baseline=self.base, what="; ".join(items))

    def _burnt(self, name: str, level: Estimate, row: Difference | None) -> str:
        unit = self.comparison.metrics[name].unit
        told = {"label": LABELS[self.language][name], "level": figure_text(level, unit)}
        if row is None or not row.estimate.known:
            return self.say("burnt_level", **told)
        key = "burnt_item" if row.estimate.decided else "burnt_open"
        return self.say(key, **told, figure=figure_text(row.estimate, unit, True))

    def evidence(self) -> Iterator[str]:
        for result in self.comparison.arms:
            yield from self._live(result)
            claimed = self.comparison.find(result.arm, SILENT, "orders", "claim")
            true = self.comparison.find(result.arm, SILENT, "orders")
            if claimed and true and claimed.estimate.known and true.estimate.known:
                yield self.say(
                    "claim",
                    arm=result.arm,
                    rule=RULE,
                    claim=figure_text(claimed.estimate, "number"),
                    truth=figure_text(true.estimate, "number", True),
                )

    def _live(self, result: ArmResult) -> Iterator[str]:
        arm = result.arm
        row = self.comparison.find(arm, CONTROL, "contribution", "estimate")
        true = self.comparison.find(arm, SILENT, "contribution")
        if row is None:
            yield self.say("live_few" if result.control_customers else "live_none", arm=arm)
        elif row.single_test is not None and row.estimate.known and true is not None and true.estimate.known:
            blind = row.single_test > abs(true.estimate.value or 0.0)
            truth = figure_text(true.estimate, "money", True)
            yield self.say(
                "live",
                arm=arm,
                control=number(result.control_customers, 0),
                buyers=number(result.control_orders, 0),
                figure=figure_text(row.estimate, "money", True),
                half=value_text(_bare(row.single_test), "money"),
                verdict=self.say("live_blind" if blind else "live_sees", truth=truth),
            )

    def doubts(self) -> Iterator[str]:
        comparison = self.comparison
        told = {"target": comparison.target, "replications": str(comparison.replications)}
        if comparison.replications == 1:
            yield self.say("one_world", **told)
        else:
            yield self.say("target", **told, customers=number(comparison.customers, 0))
            if comparison.replications < FEW:
                yield self.say("few", **told)
            yield self.say("pointwise")
        if len(self.others) > 1:
            yield self.say("holm", count=str(len(self.others)))
        if not comparison.manifest.get("calibrated", False):
            yield self.say("uncalibrated")
        yield self.say("chance_only")
        if comparison.silent is None:
            yield self.say("silent_missing")
        elif comparison.tail_days:
            yield self.say("arms_after", days=str(comparison.tail_days), digest=DIGEST)
        else:
            yield self.say("arms_after_none")
        if comparison.tail_days == 0:
            yield self.say("no_tail")
        for arm, figure in comparison.pairing.items():
            if figure.low is not None and figure.high is not None and figure.high <= MOST_SAVED * figure.low:
                yield self.say("pairing", arm=arm, figure=figure_text(figure, "number"))


MOST_NEEDED = 100
"""Nobody runs so many times the replications there were: a larger number is not told."""
MOST_SAVED = 1_000_000
"""An interval whose ends differ by more than this factor says nothing."""


def _order(figure: Estimate, arm: str, baseline: str) -> tuple[str, str]:
    """The arm that is ahead, and the other."""
    return (arm, baseline) if (figure.value or 0.0) > 0.0 else (baseline, arm)


def _turned(figure: Estimate) -> Estimate:
    """The same difference the other way round."""
    if figure.value is None or figure.low is None or figure.high is None:
        return figure
    return Estimate(-figure.value, -figure.high, -figure.low)


def _bare(half: float) -> Estimate:
    """A half width, to be printed with the digits it gives reason for."""
    return Estimate(half, 0.0, 2.0 * half)
