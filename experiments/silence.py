"""What silence is in a run, in words: what the silent arm has and lacks, and what it gets in the tail."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.comparison import Comparison
from experiments.measures import DIGEST
from experiments.phrases import Language, listed, say

SHOWN = 4
"""So many chains are named at most."""


def about_silence(comparison: Comparison, language: Language = "en") -> Iterator[str]:
    """Sentences about the silent arm; that there is none, where the run brought none."""
    if comparison.silent is None:
        yield say(language, "silent_missing")
    elif comparison.tail_days:
        yield say(language, "arms_after", days=str(comparison.tail_days), digest=DIGEST)
    else:
        yield say(language, "arms_after_none")
    kept = comparison.manifest.get("silence", {})
    if comparison.silent is None or not kept:
        return
    several = "" if len(comparison.manifest["arms"]) > 1 else "_alone"
    if kept["programme"] != "none":
        yield say(language, f"silence_programme_{kept['programme']}{several}")
    if kept["sources"]:
        yield say(language, f"silence_sends{several}", which=listed(kept["sources"], SHOWN))
    if kept["lacks"]:
        yield say(language, "silence_lacks", which=listed(kept["lacks"], SHOWN))
