"""Whether what the headline speaks of pays at all: the best of several arms may still lose against sending nothing."""

from __future__ import annotations

from experiments.comparison import Comparison
from experiments.figures import figure_text
from experiments.phrases import Language, say
from experiments.standings import Standings
from experiments.statistics import Estimate
from experiments.tables import SILENT

FEW = 2
"""Of so many arms each is told with its figure."""


def about_paying(standings: Standings, language: Language = "en") -> str:
    """A sentence behind the headline where all arms lose against silence, or none is known to earn more; else ''.

    Where the arms only switch off single chains it is about the whole programme.  Nothing where an arm pays for
    certain, where the run has no silent arm, and of one arm, whose headline is about silence itself.
    """
    comparison = standings.comparison
    arms = [standings.base] if standings.by_chain else [arm.arm for arm in comparison.arms]
    gains = {arm: gain for arm in arms if (gain := _gain(comparison, arm)) is not None}
    if not standings.others or len(gains) < len(arms) or any(_sign(gain) > 0 for gain in gains.values()):
        return ""
    losing = [arm for arm, gain in gains.items() if _sign(gain) < 0]
    told = _told(gains)
    if len(arms) == 1:
        return say(language, "paying_one_loses" if losing else "paying_one_unknown", arm=arms[0], figures=told)
    both = "paying_two" if len(arms) == FEW else "paying_all"
    if len(losing) == len(arms):
        return say(language, f"{both}_lose", figures=told)
    sure = say(language, "paying_some_lose", arms=", ".join(losing)) if losing else ""
    return say(language, f"{both}_unknown", figures=told, losing=sure)


def _gain(comparison: Comparison, arm: str) -> Estimate | None:
    return comparison.true_difference(arm, SILENT, "contribution")


def _sign(gain: Estimate) -> int:
    """+1 and −1 where it is certain."""
    return (1 if (gain.value or 0.0) > 0.0 else -1) if gain.decided else 0


def _told(gains: dict[str, Estimate]) -> str:
    """The figures of few arms, in brackets; the lines under Money have them all."""
    if len(gains) > FEW:
        return ""
    alone = len(gains) == 1
    each = (f"{'' if alone else f'{arm} '}{figure_text(gain, 'money', True)}" for arm, gain in gains.items())
    return f": {', '.join(each)} per customer"
