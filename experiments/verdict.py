"""The verdict in words: who earns more, how sure, what it does to the base, what remains unsure.

No winner is named where the interval covers zero or, with several arms, where Holm's correction does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from experiments.beside_money import BesideMoney
from experiments.claims import RULE
from experiments.comparison import Comparison, Difference
from experiments.content_words import about_contents
from experiments.cut_tails import about_cut_tails
from experiments.doubts import Doubts
from experiments.figures import certainty_text, figure_text, interval_text, p_text
from experiments.gain_of_base import about_gain_of_base
from experiments.headline import headline, money, ordered
from experiments.live_words import about_live_test
from experiments.needed import few_orders, needed_words
from experiments.owed import about_points
from experiments.phrases import LABELS, PHRASES, Language, say
from experiments.reached import about_dead_mailboxes, reach_of
from experiments.relevance import Weight
from experiments.shown import unused
from experiments.size_words import about_sizes
from experiments.standings import Standings, turned
from experiments.statistics import Estimate, shifted
from experiments.tables import SILENT, WITHOUT
from experiments.targets import Targets, all_targets

BURNT = ("unsubscribed", "taken_off", "complained", "fatigue", "inbox")
LEANS = 0.8
"""With less certainty than this nothing is said about which arm is ahead."""

CHAIN_WORDS: Mapping[Weight, str] = {
    "less": "chain_adds",
    "less_unsized": "chain_adds_some",
    "more": "chain_takes",
    "more_unsized": "chain_takes_some",
    "nil": "chain_nil",
    "open": "chain_open",
}
"""What the arm without a chain weighs → the sentence about the chain."""


@dataclass(frozen=True)
class Section:
    """A title and its sentences; below those of the brief the table of its targets.

    usual: those of its sentences that hold of every run like this one.  instead: one that may stand in their place.
    """

    name: str
    title: str
    sentences: tuple[str, ...]
    targets: Targets | None = None
    usual: tuple[str, ...] = ()
    instead: str = ""

    @property
    def short(self) -> tuple[str, ...]:
        """The sentences with ``instead`` for the usual ones."""
        own = tuple(line for line in self.sentences if line not in self.usual)
        return (*own, self.instead) if self.usual else own


@dataclass(frozen=True)
class Verdict:
    """The headline, and sections ``brief``, ``money``, ``chains``, ``contents``, ``burnout``, ``evidence`` and
    ``doubts``, those that have something to say."""

    headline: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """Everything as plain text."""
        blocks = [self.headline]
        for section in self.sections:
            lines = (*section.sentences, *(section.targets.sentences if section.targets else ()))
            blocks.append(f"{section.title}\n" + "\n".join(f"- {line}" for line in lines))
        return "\n\n".join(blocks)


def verdict(comparison: Comparison, language: Language = "en") -> Verdict:
    """Puts a comparison into words."""
    words = _Words(comparison, language)
    parts = {
        "brief": words.brief(),
        "money": words.money(),
        "chains": words.chains(),
        "contents": words.contents(),
        "burnout": words.burnout(),
        "evidence": words.evidence(),
    }
    tables = {"brief": words.targets}
    sections = [Section(name, PHRASES[language][name], tuple(lines), tables.get(name)) for name, lines in parts.items()]
    doubts = Doubts(words.standings, words.told, language)
    usual = tuple(doubts.usual())
    told = (*doubts.of_this_run(), *(line for _, line in usual))
    title, lines = PHRASES[language]["doubts"], tuple(line for _, line in usual)
    sections.append(Section("doubts", title, told, None, lines, doubts.instead([topic for topic, _ in usual])))
    return Verdict(words.headline(), tuple(section for section in sections if section.sentences))


class _Words:
    """Sentences about one comparison."""

    def __init__(self, comparison: Comparison, language: Language) -> None:
        self.comparison = comparison
        self.language: Language = language
        self.standings = Standings(comparison)
        self.base = comparison.baseline
        self.others, self.rows = self.standings.others, self.standings.rows
        self.decided, self.same = self.standings.decided, self.standings.same
        self.least = money(self.standings.least)
        self.beside = BesideMoney(self.standings, language)
        switched_off = [arm for arm in self.others if arm.startswith(WITHOUT)]
        self.one_line = set(switched_off if len(switched_off) > 1 else ())
        """Arms of which one sentence is enough: each of several that only switch off a chain."""
        self.told = [arm for arm in comparison.arms if arm.arm not in self.one_line]
        self.briefs = [arm.brief for arm in self.told if arm.brief]
        self.targets = all_targets(self.briefs, language)

    def say(self, key: str, **figures: str) -> str:
        return say(self.language, key, **figures)

    def headline(self) -> str:
        return headline(self.standings, self.language)

    def brief(self) -> Iterator[str]:
        """Goals of the arms, those alike together, and what holds of all targets."""
        goals: dict[tuple[str, str], list[str]] = {}
        for brief in self.briefs:
            if brief.goal:
                goals.setdefault((brief.goal, brief.owner), []).append(brief.arm)
        for (goal, owner), arms in goals.items():
            answers = self.say("brief_owner", owner=owner) if owner else ""
            yield self.say("brief_goal", arm=", ".join(arms), goal=goal, owner=answers)
        if self.targets:
            yield from self.targets.notes
            yield from about_cut_tails(self.comparison, self.told, self.language)

    def money(self) -> Iterator[str]:
        for arm in self.others:
            if arm in self.rows and arm not in self.one_line:
                yield self._earns(arm)
                yield from self._periods(arm)
                yield from self._cost(arm)
                yield from about_points(self.comparison, arm, self.base, self.language)
        if not self.others:
            yield from about_points(self.comparison, self.base, SILENT, self.language)
        for result in self.told:
            romi = result.metrics.get("romi")
            gain = self.comparison.find(result.arm, SILENT, "contribution")
            if romi and gain:
                yield self._romi(result.arm, romi, gain.estimate)
            if gain and gain.estimate.known:
                yield from about_gain_of_base(self.comparison, result.arm, gain.estimate, self.language)

    def _romi(self, arm: str, romi: Estimate, gain: Estimate) -> str:
        """The return, as a figure only where it is decided that marketing brings or costs money."""
        contribution = figure_text(gain, "money", True)
        if gain.decided and not (romi.known or romi.one_sided):
            return self.say("romi_no_return", arm=arm, contribution=contribution, reason=romi.reason)
        if gain.decided or (romi.known and romi.low == romi.high):
            return self.say("romi", arm=arm, figure=figure_text(romi, "return"), contribution=contribution)
        if not romi.known:
            return self.say("romi_unknown", arm=arm, contribution=contribution, reason=romi.reason)
        low, high = interval_text(romi, "return", True).split("…")
        return self.say("romi_open", arm=arm, contribution=contribution, low=low.strip(), high=f"{high.strip()} %")

    def chains(self) -> Iterator[str]:
        """What a switched-off chain would have added: the difference turned round."""
        for arm, row in self.rows.items():
            if not arm.startswith(WITHOUT):
                continue
            chain, figure = arm.removeprefix(WITHOUT), turned(row.estimate)
            told = figure_text(figure, "money", True)
            if arm in self.standings.idle:
                idle = self.standings.idle[arm]
                key = "chain_not_due" if idle.due else "chain_idle"
                yield self.say(key, chain=chain, why=idle.why(self.language))
            elif self.same(arm):
                yield self.say("chain_nothing", chain=chain, doubt=self.standings.unseen(arm, self.language))
            elif not figure.known:
                yield self.say("chain_unknown", chain=chain, reason=figure.reason)
            else:
                weight = self.standings.weight(arm)
                needed = ""
                if weight == "open" and not self.standings.taken_back(arm):
                    replications = self.comparison.replications
                    needed = needed_words(row.estimate, replications, self.language, len(self.rows))
                if weight == "open":
                    needed = few_orders(row.estimate, self.language) + needed
                yield self.say(
                    CHAIN_WORDS[weight],
                    chain=chain,
                    figure=told,
                    least=self.least,
                    needed=needed,
                    but=self.beside.of_arm(arm) if weight == "nil" else "",
                    why=self._taken_back(arm) if weight == "open" else "",
                )

    def _taken_back(self, arm: str) -> str:
        """Why an arm is not decided whose interval by itself would decide it: Holm's correction."""
        count = str(len(self.rows))
        if self.rows[arm].estimate.decided:
            return self.say("chain_holm", count=count, p=p_text(self.standings.adjusted[arm]))
        return self.say("chain_holm_nil", count=count, least=self.least) if self.standings.taken_back(arm) else ""

    def _earns(self, arm: str) -> str:
        row = self.rows[arm]
        figure, sure = row.estimate, row.estimate.certainty
        told = figure_text(figure, "money", True)
        if self.same(arm):
            doubt = self.standings.unseen(arm, self.language)
            return self.say("same" if doubt else "same_strategy", arm=arm, baseline=self.base, doubt=doubt)
        if sure is None:
            return self.say("unknown", arm=arm, baseline=self.base, figure=told)
        weight = self.standings.weight(arm)
        if weight == "nil":
            but = self.beside.of_arm(arm)
            return self.say("nil", arm=arm, baseline=self.base, figure=told, least=self.least, but=but)
        winner, loser = ordered(figure, arm, self.base)
        certainty, count = certainty_text(max(sure, 1.0 - sure)), str(len(self.rows))
        if not figure.decided:
            if self.standings.taken_back(arm):
                return self.say("nil_holm", arm=arm, baseline=self.base, figure=told, least=self.least, count=count)
            needed = needed_words(figure, self.comparison.replications, self.language, len(self.rows))
            needed = few_orders(figure, self.language) + needed
            if max(sure, 1.0 - sure) < LEANS:
                return self.say("open_blank", arm=arm, baseline=self.base, figure=told, needed=needed)
            threshold = f"{50.0 * (1.0 + self.comparison.level):g} %"  # the share of chance on one side
            return self.say(
                "open", arm=arm, baseline=self.base, figure=told, leaning=winner, certainty=certainty,
                threshold=threshold, needed=needed,
            )  # fmt: skip
        if not self.decided(arm):
            p = p_text(self.standings.adjusted[arm])
            return self.say("open_holm", arm=arm, baseline=self.base, figure=told, count=count, p=p)
        relative = ""
        if row.relative.known:
            relative = self.say("relative", figure=figure_text(row.relative, "relative", True))
        unsized = ""
        if weight.endswith("unsized"):
            key = "unsized_holm" if self.standings.taken_back(arm) else "unsized"
            unsized = self.say(key, least=self.least, count=count)
        return self.say(
            "earns", winner=winner, loser=loser, arm=arm, baseline=self.base, figure=told, relative=relative,
            certainty=certainty, unsized=unsized,
        )  # fmt: skip

    def _periods(self, arm: str) -> Iterator[str]:
        rows = [self.comparison.find(arm, self.base, f"contribution_{part}") for part in ("horizon", "tail")]
        known = [row.estimate for row in rows if row is not None and row.estimate.known]
        if len(known) < 2 or self.same(arm):
            return
        horizon, tail = known
        undone = self.rows[arm].estimate.decided and not self.decided(arm)
        if undone or not (horizon.decided and tail.decided):
            key = "periods_open"
        else:
            key = "periods_agree" if (horizon.value or 0.0) * (tail.value or 0.0) > 0.0 else "periods_disagree"
        yield self.say(key, horizon=figure_text(horizon, "money", True), tail=figure_text(tail, "money", True))

    def _cost(self, arm: str) -> Iterator[str]:
        row = self.comparison.find(arm, self.base, "marketing_cost")
        if row is None or not (row.estimate.known or row.estimate.alike) or self.same(arm):
            return
        figure = figure_text(row.estimate, "money", True)
        if row.estimate.alike:
            yield self.say("cost_same")
        elif not row.estimate.decided:
            yield self.say("cost_open", figure=figure)
        elif (row.estimate.value or 0.0) < 0.0:
            yield self.say("cheaper", arm=arm, figure=figure)
        else:
            yield self.say("dearer", arm=arm, figure=figure, extra=self._extra(arm))

    def _extra(self, arm: str) -> str:
        """What an extra rouble of marketing brought back, before it was paid itself."""
        found = self.comparison.find(arm, self.base, "incremental_romi")
        if found is None or not found.estimate.known:
            return self.say("extra_unknown", reason=found.estimate.reason if found else "no silent arm")
        beyond = found.estimate
        key = ("extra_paid" if (beyond.value or 0.0) > 0.0 else "extra_lost") if beyond.decided else "extra_open"
        if beyond.decided and not self.decided(arm):  # it came back just where contribution differs
            key = "extra_holm"
        return self.say(key, figure=figure_text(shifted(beyond, 1.0, 1.0), "money"), count=str(len(self.rows)))

    def contents(self) -> Iterator[str]:
        for result in self.told:
            yield from about_contents(result.arm, result.contents, self.language)

    def burnout(self) -> Iterator[str]:
        for result in self.told:
            items = []
            for name in (*BURNT, reach_of(result)):
                if (level := result.metrics.get(name)) is None or not level.known or unused(self.comparison, name):
                    continue
                row = self.comparison.find(result.arm, self.base, name) if result.arm != self.base else None
                items.append(self._burnt(name, level, row))
            if items and result.arm == self.base:
                yield self.say("burnt_alone", arm=result.arm, what="; ".join(items))
            elif items:
                yield self.say("burnt", arm=result.arm, baseline=self.base, what="; ".join(items))
            if result.arm != self.base:
                yield from about_dead_mailboxes(self.comparison, result.arm, self.base, self.language)

    def _burnt(self, name: str, level: Estimate, row: Difference | None) -> str:
        unit = self.comparison.metrics[name].unit
        told = {"label": LABELS[self.language][name], "level": figure_text(level, unit)}
        if row is not None and row.estimate.alike and row.estimate.low == row.estimate.high:
            return self.say("burnt_alike", **told)
        if row is None or not row.estimate.known:
            return self.say("burnt_level", **told)
        key = "burnt_item" if row.estimate.decided else "burnt_open"
        return self.say(key, **told, figure=figure_text(row.estimate, unit, True))

    def evidence(self) -> Iterator[str]:
        for result in self.told:
            yield from about_live_test(self.comparison, result, self.language)
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
        yield from about_sizes(self.comparison, self.told, self.language)
