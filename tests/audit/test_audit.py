"""The real engine's log under the reference scenario and under generated ones, read by the independent auditor."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.audit.auditor import audit, could_be_unlikely, unlikely
from tests.audit.toy_setting import Setting, Told
from tests.audit.toy_world import tell
from tests.generators import scenarios

HERE = Path(__file__).parent
REFERENCE = HERE.parent.parent / "configs" / "scenarios" / "cart_rescue.yaml"
DAYS = 14


def generated(examples: int) -> settings:
    """The same examples on every machine, without shrinking: a failing scenario is printed as it was drawn."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
    )


def _imports(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_the_auditor_shares_no_code_with_the_engine() -> None:
    """Nor does any module that it is made of."""
    parts, foreign, unread = {"tests.audit.auditor"}, set(), ["auditor"]
    while unread:
        for name in _imports(unread.pop()):
            if name.startswith("tests.audit.") and name not in parts:
                parts.add(name)
                unread.append(name.removeprefix("tests.audit."))
            elif name.split(".")[0] in ("strategies", "sim", "experiments", "tests", "numpy", "polars"):
                foreign |= {name} - parts
    assert len(parts) >= 8
    assert foreign == set()


@pytest.mark.slow
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_what_could_be_unlikely_is_what_some_that_are_left_make_unlikely(part: float) -> None:
    for count, others in [(count, others) for count in range(0, 46, 3) for others in range(0, 46, 3)]:
        left = [(kept, kept + rest) for kept in range(count + 1) for rest in range(others + 1)]
        found = any(unlikely(*numbers, part) for numbers in left)
        assert could_be_unlikely(count, count + others, part) == found, (count, others)


def _story(raw: dict[str, Any], seed: int, customers: int = 30) -> Told:
    return tell(raw, Setting(customers=customers, seed=seed, shuffle=seed))


@pytest.mark.slow
def test_the_reference_scenario_over_two_worlds() -> None:
    raw = YAML(typ="safe").load(REFERENCE)
    raw |= {"horizon": "28d", "tail": "0d"}
    told = tell(raw, Setting(customers=60, worlds=2, seed=3))
    assert {row.replication for row in told.rows} == {0, 1}
    assert sum(row.event == "sent" for row in told.rows) > 300
    assert audit(told.raw, told.rows, told.customers) == []


@pytest.mark.slow
@generated(5)
@given(scenarios(days=DAYS), st.integers(1, 1_000))
def test_a_few_generated_scenarios(raw: dict[str, Any], seed: int) -> None:
    told = _story(raw, seed)
    assert audit(told.raw, told.rows, told.customers) == []
