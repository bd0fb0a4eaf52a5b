"""What an arm brings in all, where its scenario states the size of the real base."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.comparison import Comparison
from experiments.figures import figure_text, number
from experiments.phrases import Language, say
from experiments.statistics import Estimate, shifted
from experiments.tables import manifest_entry


def about_gain_of_base(comparison: Comparison, arm: str, gain: Estimate, language: Language = "en") -> Iterator[str]:
    """One sentence: the gain per customer times the customers outside the control group of the base.

    gain: of contribution against silence, per customer.  Nothing where no base is stated.
    """
    base = int(manifest_entry(comparison.manifest, arm).get("base", 0))
    if not base:
        return
    count = comparison.customers * comparison.base_factor(arm)
    whole = figure_text(shifted(gain, count, 0.0), "money", True)
    doubt = "" if gain.decided else say(language, "gain_open")
    yield say(language, "gain_of_base", arm=arm, count=number(count, 0), base=number(base, 0), figure=whole, open=doubt)
