"""Every parameter is documented, read by the model, and refused when wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.parameters import ParameterError, Parameters, all_parameters, override

MODEL = Path(__file__).parents[2] / "sim"


def test_every_parameter_is_inside_its_range_and_says_what_it_is() -> None:
    for info in all_parameters():
        values = info.default if isinstance(info.default, tuple) else (info.default,)
        assert all(info.low <= value <= info.high for value in values), info.name
        assert info.grade in "ABCD", info.name
        assert info.source, info.name
        assert info.about, info.name


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
    ],
)
def test_wrong_overrides_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError) as error:
        override(Parameters(), changes)
    assert str(error.value) == message
