"""Where runs left a cascade before its last rung, and why: in one customer's story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.not_entered import UNHEARD
from experiments.sentences import ABOUT_EVENT, CASCADE_LEFT
from strategies.after_drop import way_on
from strategies.chain_steps import Cascade, Rung
from strategies.scenario import Chain
from strategies.step_tree import steps_within

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """One rung of a chain's cascade: the ``number``-th of ``rungs``, from 0."""

    chain: str
    rungs: tuple[Rung, ...]
    number: int

    @property
    def rung(self) -> Rung:
        """The rung itself."""
        return self.rungs[self.number]

    @property
    def later(self) -> tuple[Rung, ...]:
        """The rungs behind it."""
        return self.rungs[self.number + 1 :]


def places_of(chains: Iterable[Chain]) -> dict[tuple[str, str], Place]:
    """(chain, path of the send) → place, of every rung of every cascade."""
    return {
        (chain.name, rung.send.path): Place(chain.name, step.rungs, number)
        for chain in chains
        for step in steps_within(chain.steps)
        if isinstance(step, Cascade)
        for number, rung in enumerate(step.rungs)
    }


def ends_cascade(reason: str, rung: Rung) -> bool:
    """Whether a rung whose contact was dropped for this reason ends its cascade, though the run goes on."""
    return way_on(reason) == "dropped" and reason != "run_ended" and rung.send.on_capped == "stay"


@dataclass(frozen=True)
class _Open:
    """The rung that a run asked last.  until: moment up to which an answer ends the cascade; None: no answer does."""

    place: Place
    until: int | None = None


def with_cascade_ends(chains: Iterable[Chain], rows: Rows) -> list[dict[str, Any]]:
    """The rows, and behind each that ends a cascade before its last rung one that says so.

    What the policy stops at a rung from which the cascade goes on at once has ``moves_on``.
    """
    places = places_of(chains)
    told: list[dict[str, Any]] = []
    under_way: dict[int, _Open] = {}
    for number, row in enumerate(rows):
        told.append(dict(row))
        place = places.get((row["chain"], row["step"]))
        if row["reason"] == "run_ended":
            continue  # the row of the run's end tells it
        if place and row["run"] and row["event"] in ("held", "sent", "dropped"):
            under_way.pop(row["run"], None)
            if row["event"] == "dropped" and ends_cascade(row["reason"], place.rung):
                told += _left(row, row["run"], place, _STOPPED)
            else:
                under_way[row["run"]] = _opened(place, row)
                if row["event"] == "dropped" and way_on(row["reason"]) == "dropped":
                    told[-1] |= {"moves_on": True} if _asks_later(rows[number + 1 :], row["run"], place) else {}
        elif row["event"] == "chain_exited" and row["run"] in under_way:
            place = under_way.pop(row["run"]).place
            why = f"{_UNTOLD}{_OR_HELD if place.rung.unless else ''}"
            told += _left(row, row["run"], place, why if row["reason"] in (None, "finished") else "")
        else:
            for run in [run for run, asked in under_way.items() if _answers(row, run, asked)]:
                if not _goes_on(rows[number + 1 :], row["time"], run, under_way[run].place):
                    why = f": what ends it came ({ABOUT_EVENT[row['event']]})"
                    told += _left(row, run, under_way.pop(run).place, why)
    return told


_STOPPED = ": a rung that the policy stops ends it (on_capped: next would go on)"
_UNTOLD = ": what ends it had come"
_OR_HELD = " or held"


def _opened(place: Place, row: Mapping[str, Any]) -> _Open:
    wait = place.rung.wait if place.rung.next_unless else None
    gone_out = row["event"] == "sent" or (row["event"] == "dropped" and way_on(row["reason"]) == "sent")
    return _Open(place, row["time"] + wait if wait is not None and gone_out else None)


def _answers(row: Mapping[str, Any], run: int, asked: _Open) -> bool:
    """Whether a row is what a run waits for behind its last rung; of messages only those of the run count."""
    if asked.until is None or row["time"] > asked.until or row["event"] not in asked.place.rung.next_unless:
        return False
    return bool(row["run"] == run if row["contact"] else row["reason"] not in UNHEARD)


def _goes_on(rows: Rows, time: int, run: int, place: Place) -> bool:
    """Whether the run asks for a later rung nevertheless, or is ended by the same event."""
    mine = [row for row in rows if row["run"] == run]
    ends = any(row["event"] == "chain_exited" and row["reason"] != "finished" and row["time"] == time for row in mine)
    return ends or _asks_later(mine, run, place)


def _asks_later(rows: Rows, run: int, place: Place) -> bool:
    """Whether the run asks for a later rung."""
    paths = [rung.send.path for rung in place.later]
    return any(row["run"] == run and row["step"] in paths for row in rows)


def _left(row: Mapping[str, Any], run: int, place: Place, why: str) -> list[dict[str, Any]]:
    """The row that tells of the rungs that are not asked; none behind the last rung."""
    if not place.later:
        return []
    names = [f"{'/'.join(rung.send.channels)} {rung.send.message}" for rung in place.later]
    told = {"time": row["time"], "event": CASCADE_LEFT, "chain": place.chain, "run": run}
    return [{**dict.fromkeys(row), **told, "reason": f"{', '.join(names)}{why}"}]
