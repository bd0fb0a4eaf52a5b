"""Reach by e-mail in words: the true one where a run tells it, and why the list seems to differ where it does not."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.comparison import ArmResult, Comparison
from experiments.figures import figure_text
from experiments.phrases import Language, say

SEEN, TRUE = "reachable_email", "truly_reachable_email"


def reach_of(result: ArmResult) -> str:
    """The metric of reach that a run tells: the true one, of older versions that which the company sees."""
    return TRUE if TRUE in result.metrics else SEEN


def about_dead_mailboxes(comparison: Comparison, arm: str, baseline: str, language: Language = "en") -> Iterator[str]:
    """One sentence where the list that the company sees certainly differs, the true reach by less than half of it."""
    seen, true = comparison.find(arm, baseline, SEEN), comparison.find(arm, baseline, TRUE)
    if seen is None or true is None or not seen.estimate.decided:
        return
    apparent, real = seen.estimate.value or 0.0, true.estimate.value or 0.0
    if real / apparent >= 0.5:
        return
    told = {"arm": arm, "baseline": baseline, "seen": figure_text(seen.estimate, "share", True)}
    key = "mailboxes_unfound" if apparent > 0.0 else "mailboxes_found"
    yield say(language, key, **told, true=figure_text(true.estimate, "share", True))
