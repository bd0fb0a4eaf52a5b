"""Replaying the shared state that another run recorded (``--shared DIR/shared/path.npz``).

Every customer then meets the recorded sender reputation and the like: what still differs between two
runs is the direct effect, without interference through shared state (DESIGN, law 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from experiments.plan import PlanError, RunPlan

_ABOUT = ("arms", "days")


def check_replay(plan: RunPlan) -> None:
    """Raises PlanError where the recorded path does not fit the plan."""
    if plan.settings.shared is not None:
        recorded_path(plan, plan.settings.shared, range(plan.settings.replications))


def recorded_path(plan: RunPlan, file: Path, replications: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Name → (settlements, worlds, …) for all arms of ``replications``, worlds arm-major.

    Arms are found by name; where the file has a single visible arm, all visible arms replay that one.
    Raises PlanError where the file does not fit.
    """
    path = _load(file)
    days = plan.days + plan.tail_days
    if int(path["days"]) != days:
        raise PlanError(f"--shared {file}: recorded over {int(path['days'])} days, this run has {days}")
    recorded = [str(name) for name in path["arms"]]
    only = recorded[0] if len(recorded) == 2 else None
    arms = []
    for arm in plan.arms:
        name = arm.name if arm.name in recorded else only
        if name is None:
            raise PlanError(f"--shared {file}: has no arm '{arm.name}' (arms: {', '.join(recorded)})")
        arms.append(recorded.index(name))
    worlds = np.array([*arms, len(recorded) - 1])
    values = {name: array for name, array in path.items() if name not in _ABOUT}
    available = min(array.shape[2] for array in values.values())
    if max(replications) >= available:
        raise PlanError(f"--shared {file}: has {available} replications, this run needs {max(replications) + 1}")
    chosen = {name: array[:, worlds][:, :, list(replications)] for name, array in values.items()}
    return {name: array.reshape(array.shape[0], -1, *array.shape[3:]) for name, array in chosen.items()}


def _load(file: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            path = dict(stored)
    except (ValueError, OSError, BadZipFile) as error:
        raise PlanError(f"--shared {file}: expected shared/path.npz of a run folder ({error})") from error
    if not set(_ABOUT) < set(path):
        raise PlanError(f"--shared {file}: expected shared/path.npz of a run folder")
    return path
