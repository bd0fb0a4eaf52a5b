"""Generated scenarios whose chains act, read by the independent auditor."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.auditor import audit
from tests.audit.test_audit import generated
from tests.audit.toy_world import Setting, tell
from tests.generated_actions import acting_scenarios

KINDS = {"set", "add_to", "remove_from", "unsubscribe", "webhook", "start", "pause", "stop"}
ENDS = {"answered", "no_answer", "expired", "run_ended"}


@pytest.mark.slow
def test_generated_scenarios_that_act_break_no_rule() -> None:
    kinds: Counter[str] = Counter()

    @generated(30)
    @given(acting_scenarios(days=9), st.integers(1, 1_000))
    def read(raw: dict[str, Any], seed: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            told = tell(raw, Path(folder), Setting(customers=16, seed=seed, shuffle=seed))
        assert audit(told.raw, told.rows, told.customers) == []
        kinds.update(row.category for row in told.rows if row.event == "action_taken" and not row.reason)
        kinds.update(row.reason for row in told.rows if row.event in ("task_closed", "chain_exited"))

    read()
    missing = (KINDS | ENDS | {"stopped"}) - set(kinds)
    assert not missing, f"no scenario showed {missing}"
