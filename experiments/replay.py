"""Replaying the shared state that another run recorded (``--shared DIR/shared/path.npz``).

Every customer then meets the recorded sender reputation and the like: what still differs between two
runs is the direct effect, without interference through shared state (DESIGN, law 6).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray

from experiments.plan import PlanError, RunPlan
from experiments.tables import SILENT
from sim.shared_path import own_values
from sim.silence import silence
from strategies.vocabulary import DAY

_ABOUT = ("arms", "days", "start", "history_days", "own")
"""What the file says about the run: names of the arms, days with the tail, start, days of history, and for each
arm its own values as JSON (see :func:`_own`)."""


def about(plan: RunPlan) -> dict[str, Any]:
    """What a recorded path says about its run, beside the values."""
    return {
        "arms": np.array([*(arm.name for arm in plan.arms), SILENT]),
        "days": np.array(plan.days + plan.tail_days),
        "start": np.array(plan.arms[0].scenario.start.isoformat()),
        "history_days": np.array(plan.history_days),
        "own": np.array([json.dumps(own) for own in _own(plan)]),
    }


def _own(plan: RunPlan) -> list[dict[str, list[int]]]:
    """For each arm, the silent one last: name of an own value → period, settlements, shape in one world."""
    end = (plan.days + plan.tail_days) * DAY
    visible = [arm.scenario for arm in plan.arms]
    return [
        {
            name: [value.period, value.settlements(end), *value.shape]
            for name, value in own_values(scenario, plan.settings.customers).items()
        }
        for scenario in (*visible, silence(visible))
    ]


def check_replay(plan: RunPlan) -> None:
    """Raises PlanError where the recorded path does not fit the plan."""
    if plan.settings.shared is not None:
        recorded_path(plan, plan.settings.shared, range(plan.settings.replications))


def recorded_path(plan: RunPlan, file: Path, replications: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Name → (settlements, worlds, …) for all arms of ``replications``, worlds arm-major.

    Arms are found by name; where the file has a single visible arm, all visible arms replay that one.  The
    silent arm's own values come from the recorded arm of the first name where the recorded silent arm had none.
    Raises PlanError where the file does not fit.
    """
    path = _load(file)
    _check_time(plan, file, path)
    recorded = [str(name) for name in path["arms"]]
    sources = _sources(plan, file, recorded)
    needed, there = _own(plan), [json.loads(str(own)) for own in path["own"]]
    for arm, source, needs in zip(plan.arms, sources, needed, strict=False):
        _check_own(f"--shared {file}: arm '{arm.name}'", recorded[source], needs, there[source])
    values = {name: array for name, array in path.items() if name not in _ABOUT}
    available = min(array.shape[2] for array in values.values())
    if max(replications) >= available:
        raise PlanError(f"--shared {file}: has {available} replications, this run needs {max(replications) + 1}")
    chosen = {}
    for name, array in values.items():
        borrowed = name in needed[-1] and there[-1].get(name) != needed[-1][name]
        silent = min(sources, key=recorded.__getitem__) if borrowed else len(recorded) - 1
        part = array[:, [*sources, silent]][:, :, list(replications)]
        chosen[name] = part.reshape(part.shape[0], part.shape[1] * part.shape[2], *part.shape[3:])
    return chosen


def _check_time(plan: RunPlan, file: Path, path: dict[str, NDArray[Any]]) -> None:
    """The recorded settlements must fall on those of this run."""
    days, start = plan.days + plan.tail_days, plan.arms[0].scenario.start.isoformat()
    if int(path["days"]) != days:
        raise PlanError(f"--shared {file}: recorded over {int(path['days'])} days, this run has {days}")
    if str(path["start"]) != start:
        raise PlanError(f"--shared {file}: recorded from {path['start']} on, this run starts on {start}")
    if int(path["history_days"]) != plan.history_days:
        raise PlanError(
            f"--shared {file}: recorded after {int(path['history_days'])} days of history, this run has "
            f"{plan.history_days}"
        )


def _sources(plan: RunPlan, file: Path, recorded: Sequence[str]) -> list[int]:
    """For each visible arm the recorded one that it replays."""
    only = recorded[0] if len(recorded) == 2 else None
    sources = []
    for arm in plan.arms:
        name = arm.name if arm.name in recorded else only
        if name is None:
            raise PlanError(f"--shared {file}: has no arm '{arm.name}' (arms: {', '.join(recorded)})")
        sources.append(recorded.index(name))
    return sources


def _check_own(who: str, recorded: str, needs: dict[str, list[int]], there: dict[str, list[int]]) -> None:
    for name, form in needs.items():
        kind, _, channel = name.partition(":")
        value = f"the {kind} of {channel}" if channel else f"its {kind}"
        if name not in there:
            raise PlanError(f"{who} needs {value}, which was not recorded for '{recorded}'")
        if there[name] != form:
            raise PlanError(f"{who} needs {value}, which was recorded for '{recorded}' with other settings")


def _load(file: Path) -> dict[str, NDArray[Any]]:
    path: dict[str, NDArray[Any]] = {}
    if is_zipfile(file):
        try:
            with np.load(file, allow_pickle=False) as stored:
                path = dict(stored)
        except (ValueError, OSError, EOFError, BadZipFile, zlib.error):
            path = {}
    if {"arms", "days"} < set(path) and not set(_ABOUT) <= set(path):
        raise PlanError(f"--shared {file}: recorded by an older version, which did not note its start; record it anew")
    if not set(_ABOUT) < set(path):
        raise PlanError(f"--shared {file}: expected shared/path.npz of a run folder")
    return path
