"""Segments as a scenario states them: by condition, by deeds, by prediction; and the scores of RFM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from strategies.conditions import Expression
from strategies.schedules import Day


@dataclass(frozen=True)
class RfmSettings:
    """Recency, frequency, monetary scores: ``levels`` per dimension, ``best`` names the top score."""

    period: int
    levels: int = 5
    best: int = 5
    edges: Literal["quantile"] | tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] = "quantile"
    """Quantile edges of the base, or fixed edges (recency in days, frequency in orders, monetary in currency)."""
    refresh: int = 30 * 86_400
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Of R, F and M in ``rfm.score``."""
    cells: tuple[tuple[str, Expression], ...] = ()
    """The scenario's own named cells, over r, f, m, score and orders of the period; none: those of the source."""


@dataclass(frozen=True)
class Happening:
    """One of ``events`` for which ``condition`` holds, over attributes that the event itself carries (None: any)."""

    events: tuple[str, ...]
    condition: Expression | None = None


@dataclass(frozen=True)
class Dates:
    """The days from ``first`` to ``last``, both included, on the customer's calendar; None: without end.

    Two days of every year are a season, which may span the new year.
    """

    first: Day | None = None
    last: Day | None = None


NOTHING = Happening(())
ALWAYS = Dates()


@dataclass(frozen=True)
class Deed:
    """``did`` happened ``times`` times within ``within`` seconds (None: ever), and nothing of ``but_not`` since.

    same: ``category`` when the deeds must be about one category.  quiet: seconds that must have passed
    since the last of them without ``but_not``.  during: only deeds of these days count.
    """

    did: Happening
    within: int | None
    times: int = 1
    same: Literal["", "category"] = ""
    but_not: Happening = NOTHING
    quiet: int = 0
    during: Dates = ALWAYS


@dataclass(frozen=True)
class Prediction:
    """A chance between ``at_least`` and ``at_most``: of an order within ``order_in`` seconds, else (None) of
    having been lost for good."""

    order_in: int | None
    at_least: float = 0.0
    at_most: float = 1.0


@dataclass(frozen=True)
class Predictions:
    """How chances are predicted: the model of :mod:`strategies.btyd`, fitted anew every ``refit`` seconds."""

    model: Literal["bg_nbd", "mbg_nbd"] = "mbg_nbd"
    refit: int = 30 * 86_400


@dataclass(frozen=True)
class Segment:
    """A segment: those for whom the condition holds, who did the deed, whose chance fits (None asks nothing).

    refresh: members are found anew every so many seconds (whole days) and stay in between; None: they are
    looked up when the segment is asked for.  A static segment is a list that chains change: its condition is the
    field ``member.NAME``, and ``members`` are in it from the start.
    """

    name: str
    condition: Expression | None
    about: str = ""
    did: Deed | None = None
    predict: Prediction | None = None
    refresh: int | None = None
    static: bool = False
    members: tuple[int, ...] = ()
    """Numbers of customers, rising."""
