"""The auditor's reading of warm-ups, on the real engine's log and on one that does not keep to the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from strategies.warmup import WarmUp
from tests.audit.crowded import CROWDED
from tests.audit.reading import Paper
from tests.audit.toy_world import Setting, Told, tell
from tests.audit.warmup import beyond_the_plan

SCENARIO: dict[str, Any] = {
    **CROWDED["limits"],
    "sender": {"domain": "new", "warmup": "5d", "first_day": "3%"},
    "changes": [{"on": "2026-02-05", "sender": {"domain": "new", "warmup": "3d", "first_day": "10%"}}],
}


def beyond(told: Told) -> list[tuple[int, str]]:
    paper = Paper(told.raw)
    paper.base_size = len(told.customers)
    return list(beyond_the_plan(paper, told.rows))


def test_the_real_engine_keeps_to_the_plan(tmp_path: Path) -> None:
    told = tell(SCENARIO, tmp_path, Setting(customers=40, seed=5, bucket=3_600))
    assert sum(row.reason == "warmup" for row in told.rows) > 50
    assert beyond(told) == []


def test_an_engine_that_counts_nothing_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = WarmUp.left

    def forgetful(self: WarmUp, time: int) -> Any:
        self.sent[:] = 0
        return left(self, time)

    monkeypatch.setattr(WarmUp, "left", forgetful)
    assert beyond(tell(SCENARIO, tmp_path, Setting(customers=40, seed=5, bucket=3_600)))


def test_an_engine_whose_plan_grows_too_fast_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = WarmUp.plan
    monkeypatch.setattr(WarmUp, "plan", lambda self, time: plan(self, time) and plan(self, time + 86_400))
    assert beyond(tell(SCENARIO, tmp_path, Setting(customers=40, seed=5, bucket=3_600)))
