"""Several arms at a glance: one line an arm, sorted by effect, for the terminal and the page."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.comparison import Comparison
from experiments.figures import CURRENCY, interval_text, value_text
from experiments.headline import money
from experiments.metrics import Unit
from experiments.relevance import Weight
from experiments.standings import Standings, turned
from experiments.statistics import Estimate
from experiments.tables import WITHOUT

COLUMNS = ("contribution", "unsubscribed", "truly_reachable_email")
"""Differences that a narrow terminal has room for."""

WIDE_COLUMNS = ("contribution", "marketing_cost", "unsubscribed", "truly_reachable_email")
"""Differences that a wide one has room for."""

MORE_COLUMNS = (*WIDE_COLUMNS, "orders", "sent", "complained")
"""Differences on the page."""

ALONE = (
    "Each chain's figure is what is lost when it alone is missing; chains that stand in for one another may each be "
    "nil and together large."
)
"""What differences of single chains do not tell."""

_WORDS: dict[Weight, tuple[str, str]] = {
    "more": ("more", "takes"),
    "less": ("less", "adds"),
    "more_unsized": ("more?", "takes?"),
    "less_unsized": ("less?", "adds?"),
    "nil": ("nil", "nil"),
    "same": ("the same", "nothing"),
    "open": ("not known", "not known"),
    "unknown": ("–", "–"),
}
"""What a difference weighs → the word for an arm, and for the chain that it switches off."""


@dataclass(frozen=True)
class Line:
    """An arm, or the chain that it switches off: name, differences by metric, what they weigh in a word."""

    name: str
    figures: tuple[Estimate | None, ...]
    word: str


@dataclass(frozen=True)
class Overview:
    """The lines of all arms beside the baseline, the best first.  ``heads``: label and unit of the columns."""

    title: str
    first: str
    heads: tuple[tuple[str, Unit], ...]
    lines: tuple[Line, ...]
    note: str


def overview(comparison: Comparison, metrics: tuple[str, ...] = COLUMNS) -> Overview:
    """One line an arm.  Where all arms switch off one chain each, what the chains add: the differences turned."""
    standings = Standings(comparison)
    shown = [comparison.metrics[name] for name in metrics]
    by_chain = standings.by_chain
    lines = []
    for arm in standings.sorted():
        found = [comparison.find(arm, standings.base, metric.name) for metric in shown]
        figures = [row.estimate if row else None for row in found]
        if by_chain:
            figures = [turned(figure) if figure else None for figure in figures]
        name = arm.removeprefix(WITHOUT) if by_chain else arm
        word = _WORDS[standings.weight(arm)][by_chain]
        if arm in standings.idle:
            word = "not due" if standings.idle[arm].due else "no run"
        lines.append(Line(name, tuple(figures), word))
    percent = round(100 * comparison.level)
    period = ", horizon and tail" if comparison.tail_days else ""
    what = f"What each chain adds to {standings.base}" if by_chain else f"Differences from {standings.base}"
    return Overview(
        f"{what}, per customer{period}, ± {percent} % interval",
        "Chain" if by_chain else "Arm",
        tuple((metric.label, metric.unit) for metric in shown),
        tuple(sorted(lines, key=_place) if by_chain else lines),
        _note(standings),
    )


def _place(line: Line) -> tuple[bool, float]:
    """Those that add most first, those of which nothing is known last."""
    figure = line.figures[0]
    known = figure is not None and (figure.known or figure.alike)
    return (not known, -(figure.value or 0.0) if figure else 0.0)


def _note(standings: Standings) -> str:
    """What the words of the last column mean, of those that occur, and what several chains do not tell."""
    least = money(standings.least)
    sign = "adds?, takes?" if standings.by_chain else "more?, less?"
    weights = {standings.weight(arm) for arm in standings.rows}
    together = ", and so for all arms together" if len(standings.rows) > 1 else ""
    told = []
    if "nil" in weights:
        told.append(f"nil: no difference in contribution that matters, the interval lies within ± {least}{together}.")
    if "open" in weights:
        told.append(f"not known: {_why_open(standings, least)}.")
    if weights & {"more_unsized", "less_unsized"}:
        told.append(f"{sign}: the sign is certain, whether it is as much as {least} is not known.")
    begun = [arm for arm in standings.rows if arm not in standings.idle]
    if standings.by_chain and any(standings.weight(arm) == "same" for arm in begun):
        told.append("nothing: no difference was seen for any customer, which is no proof that there is none.")
    if sum(arm.startswith(WITHOUT) for arm in standings.rows) > 1:
        told.append(ALONE)
    return " ".join(told)


def _why_open(standings: Standings, least: str) -> str:
    """Why the differences that are not known are not: by their own interval, or by Holm's correction alone."""
    arms = [arm for arm in standings.rows if standings.weight(arm) == "open"]
    signed = [arm for arm in arms if standings.rows[arm].estimate.decided]
    within = [arm for arm in arms if standings.taken_back(arm) and arm not in signed]
    reasons = []
    if len(signed) + len(within) < len(arms):
        reasons.append("the interval holds differences that matter and such as do not")
    alone = [words for words, found in (("leaves zero out", signed), (f"lies within ± {least}", within)) if found]
    if alone:
        reasons.append(
            f"the interval {' or '.join(alone)}, but of {len(standings.rows)} comparisons at once one may do so by "
            "chance (Holm's correction)"
        )
    return ", or ".join(reasons)


def with_half_width(figure: Estimate | None, unit: Unit, difference: bool = True) -> str:
    """``+1.2 ± 0.3``, in the units of the heading; the interval itself where it is not symmetric.

    >>> with_half_width(Estimate(0.012, 0.010, 0.014), "share").replace("\\u00a0", " ")
    '+1.20 ± 0.20'
    >>> with_half_width(Estimate(0.01, 0.0, 0.05), "share", difference=False).replace("\\u00a0", " ")
    '1.0 (0.0 … 5.0)'
    """
    if figure is not None and figure.alike and figure.low == figure.high:
        return "0" if figure.unseen is None else "none seen"
    if figure is None or not figure.known:
        return "–"
    value = _bare(value_text(figure, unit, difference))
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    above, below = figure.high - figure.value, figure.value - figure.low
    if abs(above - below) > 1e-6 * (above + below):
        return f"{value} ({interval_text(figure, unit, difference)})"
    half = _bare(value_text(Estimate(above, above - above, 2.0 * above), unit))
    return f"{value}\u00a0±\u00a0{half}"


def head(label: str, unit: Unit) -> str:
    """The heading of a column whose cells bear no unit, and the unit below."""
    suffix = {"money": CURRENCY, "share": "pp"}.get(unit, "")
    return f"{label}\n{suffix}" if suffix else label


def _bare(text: str) -> str:
    return text.rstrip(f"{CURRENCY}%p").strip()
