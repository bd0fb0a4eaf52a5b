"""What fit does to a click: gains by what fits, losses by what does not, each with its own weight."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from tests.sim.harness import Scene, shop_with

WEIGHTS = {"click_fit": 1.5, "click_misfit": 4.0, "click_fatigue": 0.5}
_KEY = luck.purpose("tests.clicks")


def logits(rho: list[float], fatigue: float = 0.0) -> np.ndarray:
    """Logit of clicking a digest by customers who differ in ρ alone."""
    n = len(rho)
    scene = Scene(customers=n, end=1, period=None, population=shop_with({"response": WEIGHTS}))
    who, at, nothing = np.arange(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    rows = Cohort(who, at, luck.child(np.arange(n, dtype=np.uint64), _KEY), nothing)
    return scene.world.response.click_logit(rows, nothing, np.array(rho), np.full(n, fatigue), None)


def test_what_fits_gains_by_one_weight_and_what_does_not_loses_by_another() -> None:
    found = logits([0.0, 0.5, 1.0, -0.25, -1.0])
    np.testing.assert_allclose(found - found[0], [0.0, 0.75, 1.5, -1.0, -4.0], atol=1e-12)


def test_fatigue_weighs_the_same_on_both() -> None:
    np.testing.assert_allclose(logits([0.7, -0.7]) - logits([0.7, -0.7], fatigue=2.0), 1.0, atol=1e-12)


@pytest.mark.parametrize(("name", "rho"), [("click_fit", -0.5), ("click_misfit", 0.5)])
def test_each_weight_leaves_the_other_side_alone(name: str, rho: float, monkeypatch: pytest.MonkeyPatch) -> None:
    before = logits([rho, -rho])
    monkeypatch.setitem(WEIGHTS, name, 0.0)
    after = logits([rho, -rho])
    assert after[0] == before[0]
    assert after[1] != before[1]
