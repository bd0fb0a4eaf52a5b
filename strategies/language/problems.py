"""Problems of an input file, all of them at once, in one voice.

A problem says where (file, line, column), what was found, what was expected and, where a name was
misspelt, the nearest known one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

REFERENCE = "docs/reference/keys.md"
"""The page of all keys, events and fields."""

IN_REFERENCE = {
    **dict.fromkeys(("key", "event", "field", "text field", "attribute", "call"), REFERENCE),
    "figure": "docs/reference/metrics.md",
}
"""Kinds of names whose whole list stands in the reference → the page."""

LISTED_NAMES = 20
"""So many known names are listed in a message; of longer lists only the nearest."""


OVERRIDE = "--set "
"""Begins the name of the file in marks of what the command line says."""


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    @property
    def overrides(self) -> bool:
        """Whether the command line says what stands here."""
        return self.file.startswith(OVERRIDE)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where it stands and what to do about it."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class InputError(Exception):
    """An input file cannot be used; ``problems`` holds everything that is wrong with it, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


class ScenarioError(InputError):
    """A scenario file cannot be used."""


def problem_at(mark: Mark, text: str) -> Problem:
    """The problem ``text`` at ``mark``."""
    return Problem(mark.file, mark.line, mark.column, text)


SYNONYMS = {
    "purchase": "order",
    "purchased": "order",
    "bought": "order",
    "buy": "order",
    "ordered": "order",
    "visit": "site_visited",
    "visited": "site_visited",
    "clicked": "click",
    "open": "opened",
    "delay": "wait",
    "cap": "caps",
    **{day: day[:3] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")},
}
"""Words that people write → the word of the language."""

SEVERAL_MEANT = {"push": ("web_push", "mobile_push")}
"""Words that may mean several of the language."""

TYPOGRAPHIC = "«»“”„‟‘’‹›"
"""Quotes of printed texts, which quote nothing in YAML and in conditions."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be.

    >>> nearest("cap", ["caps", "min_gap"])
    'caps'
    >>> nearest("purchase", ["product_viewed", "order"]), nearest("abandoned_cart", ["cart_added", "cart_abandoned"])
    ('order', 'cart_abandoned')
    """
    folded = {candidate.lower().replace("-", "_"): candidate for candidate in known}
    asked = name.lower().replace("-", "_")
    if SYNONYMS.get(asked) in folded:
        return folded[SYNONYMS[asked]]
    turned = [candidate for candidate in folded if sorted(candidate.split("_")) == sorted(asked.split("_"))]
    close = turned or difflib.get_close_matches(asked, folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def unknown(kind: str, name: str, where: str, known: Sequence[str], meant: str | None = None) -> str:
    """The text for an unknown name; ``meant`` when the caller knows what was meant.

    >>> unknown("key", "cap", "contact_policy", ["caps", "min_gap"])
    "unknown key 'cap' in contact_policy; did you mean 'caps'? (expected one of: caps, min_gap)"
    >>> unknown("channel", "push", "send", ["web_push", "sms", "mobile_push"]).partition(" (")[0]
    "unknown channel 'push' in send; did you mean 'web_push' or 'mobile_push'?"
    """
    bare = name.strip(TYPOGRAPHIC)
    likely: list[str | None] = [meant] if meant else [*_all_meant(bare, known)] or [nearest(bare, known)]
    told = " or ".join(f"'{candidate}'" for candidate in likely if candidate)
    hint = (f"; did you mean {told}?" if told else "") + typographic(name)
    expected = expected_names(meant or bare, known, IN_REFERENCE.get(kind, ""))
    return f"unknown {kind} '{shortened(name)}' in {where or 'the scenario'}{hint} ({expected})"


def _all_meant(name: str, known: Sequence[str]) -> list[str]:
    """The known names that a word with several meanings may stand for, as the last part of a dotted name too."""
    before, dot, last = name.rpartition(".")
    return [before + dot + word for word in SEVERAL_MEANT.get(last.lower(), ()) if before + dot + word in known]


def typographic(text: str) -> str:
    """A hint about a text that begins with a quote of printed texts; '' of another.

    >>> typographic("«Tue 10:00»"), typographic("Tue 10:00")
    ('; « is no quote here: use " or \\'', '')
    """
    return f"; {text[0]} is no quote here: use \" or '" if text[:1] and text[0] in TYPOGRAPHIC else ""


def expected_names(name: str, known: Sequence[str], page: str = "") -> str:
    """``expected one of: …``, of a long list only the names most like ``name``, and where all of them stand."""
    if not known:
        return "none is defined"
    if len(known) <= LISTED_NAMES:
        return "expected one of: " + ", ".join(known)
    close = difflib.get_close_matches(name, known, n=5, cutoff=0.5) or known[:5]
    rest = f"…; all in {page}" if page else "…"
    return f"expected one of: {', '.join(close)}, {rest}"


def shortened(text: str, limit: int = 40) -> str:
    """``text`` on one line, cut to ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
