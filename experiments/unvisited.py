"""Why no run came to a place of a chain: nobody entered, a condition, an earlier rung, or runs ended before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from strategies.chain_steps import Cascade, Choose, Split, Step, WaitUntil, WaitUntilTrue
from strategies.scenario import Chain


@dataclass(frozen=True)
class Runs:
    """Runs of one chain outside the control group, of all replications.

    entered: those that lived; held_out: ghosts; ended: reason → runs that ended before the last step, ``finished``
    those that came to the end.  days: of the horizon.  refused: why its trigger began no run → how often, the
    commonest first; None where that is not known.  not_asked: path of a rung → why runs did not ask for it.
    """

    entered: int
    held_out: int
    ended: Mapping[str, int]
    days: int
    refused: Mapping[str, int] | None = None
    not_asked: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        rows: pl.DataFrame,
        days: int,
        refused: Mapping[str, int] | None = None,
        not_asked: Mapping[str, str] | None = None,
    ) -> Runs:
        """From the chain's rows ``chain_entered`` and ``chain_exited`` of the log.

        >>> log = pl.DataFrame({"event": ["chain_entered"] * 3 + ["chain_exited"], "run": [1, 2, 3, 2],
        ...                     "replication": [0] * 4, "reason": [None, None, "holdout", "exit_event"]})
        >>> Runs.of(log, 28)
        Runs(entered=2, held_out=1, ended={'exit_event': 1}, days=28, refused=None, not_asked={})
        """
        begun = rows.filter(pl.col("event") == "chain_entered")
        live = begun.filter(pl.col("reason").is_null()).select("replication", "run").unique()
        exits = rows.filter(pl.col("event") == "chain_exited").join(live, on=["replication", "run"], how="semi")
        counts = exits["reason"].fill_null("finished").value_counts().sort("count", "reason", descending=[True, False])
        held_out = begun.filter(pl.col("reason") == "holdout").height
        ended = {str(reason): int(count) for reason, count in counts.rows()}
        return cls(live.height, held_out, ended, days, refused, not_asked or {})

    @property
    def under_way(self) -> int:
        """Runs that had not ended when the horizon did."""
        return self.entered - sum(self.ended.values())


@dataclass(frozen=True)
class Unvisited:
    """A place to which no run came, why, and how many places behind it were not reached either."""

    path: str
    reason: str
    behind: int = 0


def unvisited(chain: Chain, counts: Mapping[str, int], runs: Runs) -> Iterator[Unvisited]:
    """The first places to which no run came, in the order of the chain.

    counts: place → runs that came to it (see :mod:`strategies.coverage`); places that are missing are not told.
    """
    known = [path for path in counts if counts[path] == 0]
    if not known:
        return
    if not runs.entered:
        yield Unvisited(known[0], nobody_entered(runs), len(known) - 1)
        return
    yield from _Walk(counts, runs).steps(chain.steps, "steps", True)


def nobody_entered(runs: Runs) -> str:
    """Why a chain has no run that lived.

    >>> nobody_entered(Runs(0, 0, {}, 28, {"'enter' did not hold: orders >= 2": 7}))
    "no run began in 28 days: 7 × 'enter' did not hold: orders >= 2"
    """
    if runs.held_out:
        return f"all {runs.held_out} runs that began were held out"
    if runs.refused is None:
        return f"no run began in {runs.days} days: the trigger did not happen, or 'enter' was true for nobody"
    told = "; ".join(f"{count} × {why}" for why, count in runs.refused.items())
    return f"no run began in {runs.days} days: {told or 'its trigger never came'}"


class _Walk:
    """One chain, step by step."""

    def __init__(self, counts: Mapping[str, int], runs: Runs) -> None:
        self.counts, self.runs = counts, runs

    def steps(self, steps: tuple[Step, ...], at: str, came: bool) -> Iterator[Unvisited]:
        """Places of a list of steps.  came: whether somebody came to the list."""
        if not came:
            return
        for number, step in enumerate(steps):
            here = f"{at}[{number}]"
            inside = [path for path in self.counts if path == here or path.startswith(f"{here}.")]
            came_through = self._passed(steps, at, number) or self._finished_behind(step, steps, at, number)
            if not any(self.counts[path] for path in inside) and not came_through:
                rest = [path for path in self.counts if self._from(path, at, number)]
                yield Unvisited(rest[0], self._ended(), len(rest) - 1) if rest else Unvisited(here, self._ended())
                return
            yield from self._inside(step, here, came_through)

    def _passed(self, steps: tuple[Step, ...], at: str, number: int) -> bool:
        """Whether somebody came to a step behind this one."""
        behind = [f"{at}[{later}]" for later in range(number + 1, len(steps))]
        return any(count for path, count in self.counts.items() if any(_within(path, place) for place in behind))

    def _finished_behind(self, step: Step, steps: tuple[Step, ...], at: str, number: int) -> bool:
        """Whether runs went through a choice that is the chain's last step, taking none of its branches."""
        last = at == "steps" and number + 1 == len(steps)
        return last and isinstance(step, Choose) and self.runs.ended.get("finished", 0) > 0

    def _from(self, path: str, at: str, number: int) -> bool:
        """Whether a place lies at a step of the list or behind it, and nobody came to it."""
        head, _, rest = path.removeprefix(at).removeprefix("[").partition("]")
        inside = path.startswith(f"{at}[") and head.isdigit() and int(head) >= number
        return inside and not self.counts[path] and (not rest or rest.startswith("."))

    def _inside(self, step: Step, here: str, passed: bool) -> Iterator[Unvisited]:
        """Places inside a step to which, or behind which, somebody came."""
        match step:
            case Cascade(rungs):
                yield from self._rungs([f"{here}.cascade[{place}]" for place in range(len(rungs))])
            case Choose(branches):
                taken = False
                for place, branch in enumerate(branches):
                    path = f"{here}.choose[{place}]"
                    other = branch.condition is None
                    if self.counts.get(path) == 0:
                        why = "an earlier branch was always taken" if other else self._never_true(taken, passed)
                        yield Unvisited(path, why, self._below(path))
                    taken = taken or bool(self.counts.get(path))
                    came = bool(self.counts.get(path))
                    yield from self.steps(branch.steps, f"{path}.{'else' if other else 'steps'}", came)
            case Split(_, arms):
                for arm in arms:
                    path = f"{here}.split.arms.{arm.name}"
                    if self.counts.get(path) == 0:
                        few = f"none of the runs that came fell into the arm ({arm.share:.0%} of customers)"
                        yield Unvisited(path, few, self._below(path))
                    yield from self.steps(arm.steps, f"{path}.steps", bool(self.counts.get(path)))
            case WaitUntil() | WaitUntilTrue():
                yield from self._timeout(step, here)
            case _:
                pass

    def _rungs(self, paths: list[str]) -> Iterator[Unvisited]:
        for before, path in pairwise(paths):
            if self.counts.get(path) == 0 and self.counts.get(before):
                behind = sum(self.counts.get(later) == 0 for later in paths[paths.index(path) + 1 :])
                unknown = "an earlier rung always worked, or was dropped, or runs ended there"
                yield Unvisited(path, self.runs.not_asked.get(path, unknown), behind)

    def _timeout(self, wait: WaitUntil | WaitUntilTrue, here: str) -> Iterator[Unvisited]:
        first = f"{here}.wait.on_timeout"
        mine = [path for path in self.counts if path.startswith(f"{first}[")]
        if mine and not any(self.counts[path] for path in mine):
            why = "what was waited for always came in time, or runs ended or still waited"
            yield Unvisited(mine[0], why, len(mine) - 1)
        else:
            yield from self.steps(wait.on_timeout, first, bool(mine))

    def _never_true(self, taken: bool, passed: bool) -> str:
        why = "its condition was never true"
        if taken:
            return f"{why}, or an earlier branch was taken"
        return why if passed else f"{why}; {self._ended()}"

    def _below(self, path: str) -> int:
        return sum(other.startswith(f"{path}.") for other in self.counts)

    def _ended(self) -> str:
        """Where the runs stayed that did not come so far."""
        runs = self.runs
        early = {reason: count for reason, count in runs.ended.items() if reason != "finished"}
        told = []
        if early:
            named = ", ".join(f"{reason} {count}" for reason, count in early.items())
            told.append(f"{sum(early.values())} ended before ({named})")
        if runs.ended.get("finished"):
            told.append(f"{runs.ended['finished']} came to the end by another way")
        if runs.under_way:
            told.append(f"{runs.under_way} were under way when the {runs.days} days ended")
        return f"of {runs.entered} runs {', '.join(told)}"


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}.")
