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
    """One sentence where the list that the company sees certainly differs, the true reach by less than half of it.

    At the end, else at that of the horizon: a digest to all in the tail finds the dead mailboxes of all arms.
    """
    for end, suffix in (("mailboxes_end", ""), ("mailboxes_end_of_horizon", "_horizon")):
        seen, true = (comparison.find(arm, baseline, f"{name}{suffix}") for name in (SEEN, TRUE))
        if seen is None or true is None or not seen.estimate.decided:
            continue
        apparent, real = seen.estimate.value or 0.0, true.estimate.value or 0.0
        if real / apparent < 0.5:
            figures = {name: figure_text(row.estimate, "share", True) for name, row in (("seen", seen), ("true", true))}
            key = "mailboxes_unfound" if apparent > 0.0 else "mailboxes_found"
            yield say(language, key, arm=arm, baseline=baseline, end=say(language, end), **figures)
            return
