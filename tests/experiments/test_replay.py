"""The recorded shared path: which worlds it gives, which files it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.plan import PlanError, RunPlan
from experiments.replay import check_replay, recorded_path
from tests.experiments import fake_world


def recorded(folder: Path, arms: tuple[str, ...] = ("calm", "loud"), replications: int = 4, days: int = 10) -> Path:
    """A path whose value is 10 * arm + replication."""
    values = 10 * np.arange(len(arms) + 1)[:, None] + np.arange(replications)
    file = folder / "path.npz"
    path = np.tile(values, (days, 1, 1))
    np.savez(file, arms=np.array([*arms, "silent"]), days=np.array(days), inbox=path)
    return file


def plan(folder: Path, *names: str, shared: Path | None = None) -> RunPlan:
    made = fake_world.plan(folder, names=names)
    return replace(made, settings=replace(made.settings, shared=shared))


def test_arms_by_name_and_the_block_of_replications(tmp_path: Path) -> None:
    path = recorded_path(plan(tmp_path, "loud", "calm"), recorded(tmp_path), (1, 2))
    assert path["inbox"].shape == (10, 6)
    assert path["inbox"][0].tolist() == [11, 12, 1, 2, 21, 22]


def test_a_single_recorded_arm_serves_all(tmp_path: Path) -> None:
    path = recorded_path(plan(tmp_path, "a", "b"), recorded(tmp_path, arms=("calm",)), (3,))
    assert path["inbox"][0].tolist() == [3, 3, 13]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": 9}, "recorded over 9 days, this run has 10"),
        ({"replications": 2}, "has 2 replications, this run needs 4"),
        ({"arms": ("x", "y")}, "has no arm 'calm' (arms: x, y, silent)"),
    ],
)
def test_a_path_that_does_not_fit(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    file = recorded(tmp_path, **changes)  # type: ignore[arg-type]
    with pytest.raises(PlanError) as error:
        check_replay(plan(tmp_path, "calm", shared=file))
    assert str(error.value) == f"--shared {file}: {message}"


def test_another_file(tmp_path: Path) -> None:
    (tmp_path / "path.npz").write_text("no archive")
    with pytest.raises(PlanError, match=r"path\.npz: expected shared/path\.npz of a run folder"):
        check_replay(plan(tmp_path, "calm", shared=tmp_path / "path.npz"))
