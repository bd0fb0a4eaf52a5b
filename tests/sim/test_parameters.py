"""Every parameter is documented, read by the model, and refused when wrong."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from sim.parameters import ParameterError, Parameters, all_parameters, contradiction, override
from tests.sim.blocks import scenario, shop, simulate

MODEL = Path(__file__).parents[2] / "sim"


def test_every_parameter_is_inside_its_range_and_says_what_it_is() -> None:
    for info in all_parameters():
        values = info.default if isinstance(info.default, tuple) else (info.default,)
        assert all(info.low <= value <= info.high for value in values), info.name
        assert info.grade in "ABCD", info.name
        assert info.source, info.name
        assert info.about, info.name
        assert info.bounds.low <= info.low < info.high <= info.bounds.high, info.name
        assert info.bounds.fault(values) is None, info.name


def test_every_parameter_is_read_by_the_model() -> None:
    text = "\n".join(path.read_text() for path in MODEL.glob("*.py") if not path.name.startswith("parameter"))
    unread = [info.name for info in all_parameters() if not re.search(rf"\.{info.name.split('.')[1]}\b", text)]
    assert unread == []


def test_overrides_replace_values_and_leave_the_rest() -> None:
    changed = override(Parameters(), {"burnout": {"half_life": 10}, "jobs": {"stage_shares": [1, 0, 0, 0, 0]}})
    assert changed.burnout.half_life == 10.0
    assert changed.jobs.stage_shares == (1.0, 0.0, 0.0, 0.0, 0.0)
    assert changed.trust == Parameters().trust


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"burnot": {}}, "unknown parameter group 'burnot'; did you mean 'burnout'?"),
        ({"burnout": {"halflife": 1}}, "unknown parameter of burnout 'halflife'; did you mean 'half_life'?"),
        ({"burnout": {"weights": [1, 2]}}, "burnout.weights: found 2 numbers, expected 8 (or 7, without in_app)"),
        ({"burnout": {"weights": 1}}, "burnout.weights: found one number, expected 8 (or 7, without in_app)"),
        ({"burnout": {"half_life": [1]}}, "burnout.half_life: found [1], expected a number"),
        ({"burnout": {"half_life": float("nan")}}, "burnout.half_life: found nan, expected finite numbers"),
        ({"reputation": {"memory": 0}}, "reputation.memory: found 0, expected a number from 0.001 to 10000"),
        (
            {"response": {"delay_longest": -1}},
            "response.delay_longest: found -1, expected a number from 0.001 to 10000",
        ),
        (
            {"addresses": {"failed": [0, 1.2, 0, 0, 0, 0, 0]}},
            "addresses.failed: found 1.2, expected numbers from 0 to 1",
        ),
        (
            {"visits": {"hour_weights": [0] * 24}},
            "visits.hour_weights: found a sum of 0, expected numbers from 0 to 1000 with a positive sum",
        ),
        (
            {"jobs": {"stage_shares": [0.2] * 4 + [0.3]}},
            "jobs.stage_shares: found a sum of 1.1, expected numbers from 0 to 1 with a sum of 1",
        ),
    ],
)
def test_wrong_overrides_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError) as error:
        override(Parameters(), changes)
    assert str(error.value) == message


EDGES = {
    "traits": {"visit_shape": 0.01, "jobs_shape": 0.01, "best_hour_sd": 0.0},
    "lifetime": {"hazard": 0.0, "shape": 0.01},
    "visits": {"hour_weights": [0.0] * 20 + [1.0] * 4, "weekday_weights": [0.0] * 5 + [1.0, 1e-6]},
    "jobs": {"urgency_days": 0.001, "solved_stage": 10.0, "fade": 1e-12, "solved_elsewhere": 0.0},
    "journey": {"heat_half_life": 0.001},
    "response": {"delay_longest": 0.001, "delay_log_sd": [0.01] * 7, "prompt_half_life": 0.001},
    "burnout": {"half_life": 3.0, "blindness_half_life": 3.0},
    "trust": {"half_life": 3.0},
    "reputation": {"memory": 0.001, "start_weight": 1e-6},
    "sender": {"jump_memory": 0.001, "usual_memory": 0.001, "unnoticed": 1e-6, "new_weight": 1e-6},
    "offers": {"expectation_half_life": 3.0, "expectation_most": 1e-6},
    "support": {"hours": 10_000.0, "spread": 3.0},
    "preferences": {"asked_weary": 1e-6},
}


@pytest.mark.slow
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_the_model_takes_its_divisors_at_their_bounds() -> None:
    shop_at_edge = dataclasses.replace(shop(), parameters=override(Parameters(), EDGES))
    arm = scenario("full_programme", days=6, tail=2, history=8)
    result = simulate(scenarios=(arm,), population=shop_at_edge, customers=60, bases=(0,), silent=False)
    assert result.rows_handled > 100
    assert all(np.isfinite(values).all() for values in result.outcomes.values())


def test_parameters_that_do_not_go_together_are_told() -> None:
    assert contradiction(Parameters()) is None
    alone = override(Parameters(), {"trust": {"normal": 0.1}})
    text = "lifetime.trust: found 1.2, expected less than 1.11111 where trust.normal is 0.1, "
    assert contradiction(alone) == (("lifetime", "trust"), text + "as the rate of leaving must stay above 0")
    assert contradiction(override(alone, {"lifetime": {"trust": 1.0}})) is None
