"""The targets of all briefs in one table: a line a target, a column an arm, and what is said of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from experiments.brief import BriefResult, Outcome
from experiments.figures import figure_text
from experiments.overview import with_half_width
from experiments.phrases import Language, say


@dataclass(frozen=True)
class TargetCell:
    """What became of a target in one arm.  ``state`` in words."""

    outcome: Outcome
    state: str

    @property
    def text(self) -> str:
        """Figure with its interval and unit, and what it means for the target; the figure only where it is known."""
        return f"{self._figure} {self.state}".lstrip()

    @property
    def short(self) -> str:
        """The figure with the half width of its interval, in the unit of the target; '' where it is not known."""
        figure, difference = self.outcome.figure, self.outcome.kpi.against_silence
        if not figure.known or figure.low == figure.high:
            return self._figure
        return with_half_width(figure, self.outcome.unit, difference)

    @property
    def _figure(self) -> str:
        figure = self.outcome.figure
        if not (figure.known or figure.one_sided):
            return ""
        return figure_text(figure, self.outcome.unit, self.outcome.kpi.against_silence)


@dataclass(frozen=True)
class TargetLine:
    """One target: of which figure, in words, and a cell for each arm, None where the arm does not have it."""

    what: str
    target: str
    cells: tuple[TargetCell | None, ...]


@dataclass(frozen=True)
class Targets:
    """All targets of some arms.  ``notes``: sentences to stand above, on periods, proportions and what is not known."""

    arms: tuple[str, ...]
    lines: tuple[TargetLine, ...]
    notes: tuple[str, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """A line each, for plain text."""
        for line in self.lines:
            told = (f"{arm} {cell.text}" for arm, cell in zip(self.arms, line.cells, strict=True) if cell)
            yield f"{line.what}, {line.target}: {'; '.join(told)}."


def all_targets(briefs: Sequence[BriefResult], language: Language = "en") -> Targets | None:
    """The table of these arms' targets, in the order in which they are met; None where there is no target."""
    found: dict[tuple[str, str, str], dict[str, Outcome]] = {}
    for brief in briefs:
        for outcome in brief.outcomes:
            found.setdefault((outcome.name, outcome.period, _target(outcome)), {})[brief.arm] = outcome
    if not found:
        return None
    arms = tuple(brief.arm for brief in briefs if brief.outcomes)
    cells = {
        outcome.state: say(language, f"target_{outcome.state}") for row in found.values() for outcome in row.values()
    }
    lines = tuple(
        TargetLine(
            what, target, tuple(TargetCell(row[arm], cells[row[arm].state]) if arm in row else None for arm in arms)
        )
        for (what, _, target), row in found.items()
    )
    notes: tuple[str, ...] = (*_periods([key[:2] for key in found], language), *_proportions(found.values(), language))
    if "open" in cells:
        notes += (say(language, "targets_open"),)
    return Targets(arms, lines, (*notes, *_unknown(found.values(), language)))


def _target(outcome: Outcome) -> str:
    """``at least 0.67 ₽ (of 1 ₽)``: as it was taken, and what the file states where that is another."""
    return f"{outcome.target} (of {outcome.stated})" if outcome.stated else outcome.target


def _periods(rows: Sequence[tuple[str, str]], language: Language) -> Iterator[str]:
    """The period that most lines have, and those of the others."""
    ((usual, _),) = Counter(period for _, period in rows).most_common(1)
    others = dict.fromkeys(f"{name}: {period}" for name, period in rows if period != usual)
    yield say(language, "targets_period", period=usual, others="".join(f"; {other}" for other in others))


def _proportions(rows: Iterable[dict[str, Outcome]], language: Language) -> Iterator[str]:
    """Of which targets a part was taken, and which."""
    parts: dict[tuple[int, int], list[str]] = {}
    for row in rows:
        for outcome in row.values():
            if outcome.days and outcome.name not in parts.setdefault(outcome.days, []):
                parts[outcome.days].append(outcome.name)
    for (days, stated), names in parts.items():
        told = "" if len(parts) == 1 else f" ({', '.join(names)})"
        yield say(language, "targets_part", days=str(days), stated=str(stated), which=told)


def _unknown(rows: Iterable[dict[str, Outcome]], language: Language) -> Iterator[str]:
    """Why figures are not known."""
    for row in rows:
        for arm, outcome in row.items():
            if outcome.state == "unknown":
                yield say(language, "target_reason", arm=arm, what=outcome.name, reason=outcome.figure.reason)
