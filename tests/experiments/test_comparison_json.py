"""The JSON of a comparison is that of the interface."""

import json
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from experiments.comparison import compare
from tests.experiments.made_runs import made_tables


class Figure(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    value: float | None
    low: float | None
    high: float | None
    reason: str = ""


class JsonShown(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    message: str
    blocks: list[str]
    sent_per_1000: Figure
    broken: Figure
    fallback: Figure
    overloaded: bool


class JsonArm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    arm: str
    file: str
    metrics: dict[str, Figure]
    contents: list[JsonShown] = []


class By(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    dimension: str
    value: str


class JsonDifference(Figure):
    arm: str
    baseline: str
    metric: str
    kind: Literal["truth", "estimate", "claim"]
    target: str
    by: By | None
    relative: float | None
    p: float | None


class Customers(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    value: int | None
    low: int | None
    high: int | None
    reason: str = ""


class JsonLiveTest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    arm: str
    against: str
    metric: str
    share: float
    level: float
    power: float
    effect: Figure
    measured: Figure
    reaches_control: list[str]
    customers: Customers
    base: int | None


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    manifest: dict[str, Any]
    arms: list[JsonArm]
    differences: list[JsonDifference]
    live_tests: list[JsonLiveTest]


@pytest.mark.slow
@pytest.mark.parametrize("replications", [1, 2, 4])
@pytest.mark.parametrize("silent", [True, False])
def test_json_is_that_of_the_interface(replications: int, silent: bool) -> None:
    made = made_tables(replications=replications, customers=60, silent=silent, log=silent)
    text = json.dumps(compare(made).to_json(), allow_nan=False)
    answer = Answer.model_validate_json(text)
    assert [(arm.arm, arm.file) for arm in answer.arms] == [("calm", "calm.yaml"), ("loud", "loud.yaml")]
    assert "open_rate[email]" in answer.arms[0].metrics
    for row in answer.differences:
        assert (row.low is None or row.high is None) == bool(row.reason), row
        assert row.value is not None or row.low is row.high is None, row
        assert row.value is None or row.low is None or row.low <= row.value, row
        assert row.value is None or row.high is None or row.value <= row.high, row
        if row.value is not None and row.low is row.high is None:
            assert row.value == 0.0
            assert row.reason.startswith("no difference seen: at most 1 customer in ")
    assert {row.kind for row in answer.differences} == {"truth", "estimate"} | ({"claim"} if silent else set())
