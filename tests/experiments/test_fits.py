"""Fits that stopped at their bounds are told: in the manifest, and among the doubts of the verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.comparison import compare
from experiments.fits import bounds_in_words, fits_at_bounds
from experiments.plan import Block, RunPlan
from experiments.runfolder import read_manifest
from experiments.runner import run_plan
from experiments.verdict import verdict
from sim.result import BlockResult
from tests.experiments import fake_world
from tests.experiments.made_runs import made_tables


def path(bits: list[list[list[int]]]) -> np.ndarray:
    """(settlements, arms, replications, 6) of fits with these bits; -1 where there was no fit."""
    told = np.array(bits, float)
    row = np.stack([(told >= 0) * value for value in (0.5, 60.0, 0.7, 2.0, 1.0)] + [np.maximum(told, 0)], axis=-1)
    return row


def test_fits_are_counted_by_arm_and_parameter() -> None:
    found = fits_at_bounds(path([[[0, 12], [0, 0]], [[-1, 4], [0, 0]]]), ["calm", "loud"])
    assert found == {"calm": {"fits": 3, "a": 2, "b": 1}}
    assert bounds_in_words(found["calm"]) == "a in 2 of 3 fits, b in 1"
    assert fits_at_bounds(path([[[3], [0]]]), ["calm"]) == {"calm": {"fits": 1, "r": 1, "alpha": 1}}


def test_the_manifest_of_a_run_tells_them(tmp_path: Path) -> None:
    def simulate(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
        result = fake_world.simulate(plan, block, cache)
        worlds = result.arms * len(block.replications)
        bits = [8 if world < len(block.replications) else 0 for world in range(worlds)]
        return replace(result, shared_path={**result.shared_path, "prediction": path([[bits]])[:, 0]})

    plan = fake_world.plan(tmp_path)
    run_plan(plan, tmp_path / "out", simulate=simulate)
    replications = plan.settings.replications
    told = {plan.arms[0].name: {"fits": replications, "b": replications}}
    assert read_manifest(tmp_path / "out").fits_at_bounds == told
    run_plan(plan, tmp_path / "plain", simulate=fake_world.simulate)
    assert read_manifest(tmp_path / "plain").fits_at_bounds == {}


@pytest.mark.slow
def test_the_verdict_tells_them_among_the_doubts() -> None:
    made = compare(made_tables(replications=5, customers=40))
    assert "stopped at a bound" not in verdict(made).text
    noted = replace(made, manifest={**made.manifest, "fits_at_bounds": {"loud": {"fits": 10, "b": 4}}})
    line = "In loud the model behind the predictive segments stopped at a bound (b in 4 of 10 fits)"
    assert line in verdict(noted).text
