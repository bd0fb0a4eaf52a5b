"""What is pointed out of messages with personal blocks, in words: broken ones, fallbacks, overloaded ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.contents import Shown
from experiments.figures import figure_text
from experiments.phrases import Language, say
from strategies.messages import MOST_BLOCKS

MOST_TOLD = 4
"""So many messages are named in a sentence."""


def about_contents(arm: str, shown: Sequence[Shown], language: Language = "en") -> Iterator[str]:
    """Sentences about the messages of an arm whose blocks often had no data, or are too many."""
    for fault in ("broken", "fallback"):
        mine = sorted((one for one in shown if fault in one.faults), key=lambda one: -(_share(one, fault) or 0.0))
        if mine:
            told = [
                say(language, "contents_lacked", figure=_text(one, fault), message=one.message, blocks=lacking(one))
                for one in mine
            ]
            yield say(language, f"contents_{fault}", arm=arm, which=_listed(told, language))
    heavy = [f"{one.message} ({len(one.blocks)})" for one in shown if one.overloaded]
    if heavy:
        yield say(language, "contents_overloaded", arm=arm, which=_listed(heavy, language), most=str(MOST_BLOCKS))


def lacking(shown: Shown) -> str:
    """What a message lacked where it was not whole: its block, or one of its blocks.

    >>> from experiments.statistics import undefined
    >>> nothing = undefined("")
    >>> lacking(Shown("", "digest", ("points", "city"), nothing, nothing, nothing))
    'points or city'
    """
    *first, last = shown.blocks
    return f"{', '.join(first)} or {last}" if first else last


def _share(shown: Shown, fault: str) -> float | None:
    return (shown.broken if fault == "broken" else shown.fallback).value


def _text(shown: Shown, fault: str) -> str:
    return figure_text(shown.broken if fault == "broken" else shown.fallback, "share")


def _listed(told: Sequence[str], language: Language) -> str:
    more = say(language, "contents_more", count=str(len(told) - MOST_TOLD)) if len(told) > MOST_TOLD else ""
    return "; ".join(told[:MOST_TOLD]) + more
