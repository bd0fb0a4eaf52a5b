"""Every shipped scenario in the whole model: no key is used twice for one purpose."""

from __future__ import annotations

import pytest

from sim.kernel import luck
from sim.simulation import Block, past_of_plan
from strategies.vocabulary import EVENT_CODE
from tests.sim.blocks import CONFIGS, plan, scenario

DAYS = {"full_programme": 120}
"""Days of the strategy, where more must happen than in two months."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.stem for path in (CONFIGS / "scenarios").glob("*.yaml")))
def test_no_luck_is_used_twice(name: str) -> None:
    """One world: arms share luck by design."""
    one = plan(scenarios=(scenario(name, DAYS.get(name, 60), history=200),), bases=(0,), silent=False)
    past = past_of_plan(one)
    with luck.audit():
        result = Block(one, past).run()
    entered = result.counts["count"][result.counts["event"] == EVENT_CODE["chain_entered"]]
    assert entered.sum() > 10
