"""Where a simulation spends its time: each handler, pushing, and the agenda's own rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time_ns
from typing import Any

from sim.kernel.agenda import Agenda, Cohort, Handler


@dataclass
class Spent:
    """Nanoseconds, rows and calls of one kind of rows, the pushes of its handler counted apart."""

    nanoseconds: int = 0
    rows: int = 0
    calls: int = 0


@dataclass
class Stopwatch:
    """Processor time of an agenda's run by kind; ``pushes`` is the time in :meth:`Agenda.push`."""

    kinds: dict[int, Spent] = field(default_factory=dict)
    pushes: Spent = field(default_factory=Spent)
    total: int = 0

    @property
    def agenda(self) -> int:
        """Nanoseconds of the agenda itself: rounds, grouping, pages, settlements."""
        return self.total - self.pushes.nanoseconds - sum(spent.nanoseconds for spent in self.kinds.values())


def watch(agenda: Agenda) -> Stopwatch:
    """Time the handlers of an agenda from now on; its ``run`` is counted into ``total``.

    Wraps what the agenda has at hand, so handlers must be registered before.
    """
    watched = Stopwatch()
    agenda._handlers = {kind: _timed(handler, kind, watched) for kind, handler in agenda._handlers.items()}
    push, run = agenda.push, agenda.run

    def timed_push(*arguments: Any, **options: Any) -> None:
        start = process_time_ns()
        push(*arguments, **options)
        watched.pushes.nanoseconds += process_time_ns() - start
        watched.pushes.calls += 1

    def timed_run(until: int | None = None) -> None:
        start = process_time_ns()
        run(until)
        watched.total += process_time_ns() - start

    agenda.push, agenda.run = timed_push, timed_run  # type: ignore[method-assign]
    return watched


def _timed(handler: Handler, kind: int, watched: Stopwatch) -> Handler:
    spent = watched.kinds[kind] = Spent()

    def timed(cohort: Cohort) -> None:
        pushed, start = watched.pushes.nanoseconds, process_time_ns()
        handler(cohort)
        spent.nanoseconds += process_time_ns() - start - (watched.pushes.nanoseconds - pushed)
        spent.rows += cohort.size
        spent.calls += 1

    return timed


def shares(watched: Stopwatch, name_of: Callable[[int], str]) -> str:
    """A table: kind, rows, calls, ns per row, share of the total."""
    lines = [f"{'':22} {'rows':>12} {'calls':>8} {'ns/row':>8} {'share':>6}"]
    parts = [(name_of(kind), spent) for kind, spent in watched.kinds.items() if spent.calls]
    rows = sum(spent.rows for _, spent in parts)
    parts = sorted(parts, key=lambda part: -part[1].nanoseconds)
    own = [("pushing", watched.pushes), ("agenda and settlements", Spent(watched.agenda, 0, 0))]
    for name, spent in [*parts, *own]:
        per = spent.nanoseconds / (spent.rows or rows or 1)
        share = spent.nanoseconds / max(watched.total, 1)
        lines.append(f"{name:22} {spent.rows or '':>12} {spent.calls or '':>8} {per:8.0f} {share:6.1%}")
    return "\n".join(lines)
