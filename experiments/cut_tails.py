"""Tails shorter than their files state, in words: a target in proportion to the days tells nothing of what was cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.comparison import ArmResult, Comparison
from experiments.figures import figure_text
from experiments.periods import Periods
from experiments.phrases import Language, say
from experiments.tables import SILENT, manifest_entry


def about_cut_tails(comparison: Comparison, arms: Sequence[ArmResult], language: Language = "en") -> Iterator[str]:
    """A sentence for the arms of each stated tail that is longer than the run's and has targets in proportion.

    With what of their contribution against silence came in the tail that was run, where that is decided: what still
    comes then goes on coming after it.
    """
    cut: dict[int, list[str]] = {}
    for arm in arms:
        entry = manifest_entry(comparison.manifest, arm.arm)
        periods = Periods.of((comparison.horizon_days, comparison.tail_days), entry)
        judged = arm.brief is not None and any(outcome.days for outcome in arm.brief.outcomes)
        if judged and periods and comparison.tail_days < periods.stated[1]:
            cut.setdefault(periods.stated[1], []).append(arm.arm)
    for stated, names in cut.items():
        told = "; ".join(share for name in names if (share := _in_the_tail(comparison, name, language)))
        yield say(
            language,
            "targets_tail" if comparison.tail_days else "targets_no_tail",
            run=str(comparison.tail_days),
            stated=str(stated),
            arms=", ".join(names),
            shares=f" ({told})" if told else "",
        )


def _in_the_tail(comparison: Comparison, arm: str, language: Language) -> str:
    """What an arm brought against silence in the tail and in all; '' where the former is not decided."""
    tail, whole = (comparison.true_difference(arm, SILENT, f"contribution{part}") for part in ("_tail", ""))
    if tail is None or whole is None or not (tail.decided and whole.known):
        return ""
    told = {"tail": figure_text(tail, "money", True), "whole": figure_text(whole, "money", True)}
    return say(language, "targets_tail_share", arm=arm, **told)
