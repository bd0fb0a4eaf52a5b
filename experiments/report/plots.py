"""Plots of a comparison as inline SVG, the same bytes for the same input."""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.comparison import Comparison, Kind
from experiments.courses import Course
from experiments.statistics import Estimate
from experiments.tables import CONTROL, SILENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: dict[str, object] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#b8c0cc",
    "axes.labelcolor": "#475467",
    "xtick.color": "#475467",
    "ytick.color": "#475467",
    "grid.color": "#e4e7ec",
}
KINDS: tuple[tuple[Kind, str], ...] = (
    ("truth", "true increment"),
    ("estimate", "live test, mean"),
    ("claim", "attribution claim"),
)


@contextmanager
def _styled(name: str) -> Iterator[None]:
    """Seaborn's white grid with the report's type; ids are salted by the plot's name."""
    import matplotlib as mpl
    import seaborn as sns

    rc: Any = STYLE | {"svg.hashsalt": f"crm-sandbox {name}"}
    with sns.axes_style("whitegrid"), mpl.rc_context(rc):
        yield


def colours(arms: Sequence[str]) -> dict[str, str]:
    """A colour for every arm, safe for colour-blind readers."""
    import seaborn as sns

    return dict(zip(arms, sns.color_palette("colorblind", max(len(arms), 1)).as_hex(), strict=False))


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure, title: str) -> str:
    """The figure as an ``<svg>`` element that scales with the page and has a title for screen readers."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)
    # Unlike `savefig`, this draws the figure once: its layout needs no drawing before.
    canvas.print_svg(out, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:width|height)="[0-9.]+pt"', "", text, count=2)
    return text.replace(">", f' role="img"><title>{html.escape(title)}</title>', 1)


def money_course(comparison: Comparison, baseline: str) -> str | None:
    """Cumulative difference of contribution from a baseline by day, with bands; None without bands."""
    found = [c for c in comparison.courses if c.name == "contribution" and c.baseline == baseline]
    if not found:
        return None
    against = "silence" if baseline == SILENT else baseline
    with _styled(f"money {baseline}"):
        figure = _figure(5.6, 3.2)
        axes = figure.subplots()
        palette = colours([arm.arm for arm in comparison.arms])
        for course in found:
            _band(axes, course, palette[course.arm])
        axes.axhline(0.0, color="#667085", linewidth=0.8)
        _horizon(axes, comparison)
        title = f"Cumulative contribution against {against}, ₽ per customer"
        _finish(axes, title)
        return _svg(figure, title)


PANELS = (("truly_reachable_email", "Truly reachable by e-mail, %", 100.0, 100.0),
          ("fatigue", "Mean fatigue", 1.0, math.inf), ("inbox", "Inbox share, %", 100.0, 100.0))  # fmt: skip
"""Courses of the base: name, title, factor, and the most that the figure can be; the least is 0."""


def base_courses(comparison: Comparison) -> list[str]:
    """Reach, fatigue and inbox share by day, with bands, a plot each; none without bands."""
    result = []
    for name, title, scale, most in PANELS:
        found = [course for course in comparison.courses if course.name == name and course.baseline is None]
        if not found:
            continue
        with _styled(f"base {name}"):
            figure = _figure(3.8, 2.7)
            axes = figure.subplots()
            palette = colours([arm.arm for arm in comparison.arms])
            for course in found:
                _band(axes, course, palette[course.arm], scale, (0.0, most))
            _horizon(axes, comparison)
            _finish(axes, title)
            result.append(_svg(figure, title))
    return result


def kinds_of_numbers(comparison: Comparison, metric: str, title: str) -> str | None:
    """True increment, live test and claim of every arm side by side, with intervals."""
    rows: list[tuple[str, str, Estimate]] = []
    for arm in comparison.arms:
        for kind, label in KINDS:
            baseline = CONTROL if kind == "estimate" else SILENT
            found = comparison.find(arm.arm, baseline, metric, kind)
            if found is not None and found.estimate.known:
                rows.append((arm.arm, label, found.estimate))
    if not rows:
        return None
    with _styled(f"kinds {metric}"):
        figure = _figure(5.6, 0.9 + 0.28 * len(rows))
        axes = figure.subplots()
        palette = colours([arm.arm for arm in comparison.arms])
        for place, (name, _, shown) in enumerate(rows):
            value, low, high = (float(x or 0.0) for x in (shown.value, shown.low, shown.high))
            axes.errorbar(value, place, xerr=[[value - low], [high - value]], fmt="o", color=palette[name], capsize=3)
        axes.axvline(0.0, color="#667085", linewidth=0.8)
        axes.set_yticks(range(len(rows)), [f"{name}: {label}" for name, label, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=6)
        axes.set_title(title)
        _despine(axes)
        return _svg(figure, title)


def _band(
    axes: Axes, course: Course, colour: str, scale: float = 1.0, possible: tuple[float, float] = (-math.inf, math.inf)
) -> None:
    """Line and band of one arm, cut at what the figure can be; the line joins the days that have a figure."""
    day = np.arange(1, len(course.value) + 1)
    value, low, high = (scale * np.array(line) for line in (course.value, course.low, course.high))
    low, high = (np.clip(line, *possible) for line in (low, high))
    known = ~np.isnan(value)
    axes.plot(day[known], value[known], color=colour)
    axes.fill_between(day, low, high, color=colour, alpha=0.18, linewidth=0)


def _horizon(axes: Axes, comparison: Comparison) -> None:
    if comparison.tail_days:
        axes.axvline(comparison.horizon_days, color="#98a2b3", linestyle="--", linewidth=0.9)


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_xlabel("day")
    axes.margins(x=0.01)
    _despine(axes)


def _despine(axes: Any) -> None:
    import seaborn as sns

    sns.despine(ax=axes)
