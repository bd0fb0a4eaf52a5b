"""Hundreds of generated scenarios in which everything comes together, read by the independent auditor."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from tests.audit.auditor import audit
from tests.audit.test_audit import generated
from tests.audit.toy_setting import Setting
from tests.audit.toy_world import tell
from tests.generated_whole import whole_scenarios

CHUNKS, IN_A_CHUNK = 10, 31
"""Chunks that several workers share; scenarios of each."""
DAYS, CUSTOMERS = 8, 10

EVERYWHERE = {
    *("no_address", "no_consent", "control", "main_chain", "cap", "gap", "pause", "quiet_hours", "held_too_long"),
    *("run_ended", "exit_event", "finished", "lost", "late"),
}
"""Reasons that every chunk shows, or it would prove little; rarer ones are left to the mutants' scenes."""


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_generated_scenarios_break_no_rule(chunk: int) -> None:
    shown: Counter[str] = Counter()
    read_so_far = 0

    @seed(chunk)
    @generated(IN_A_CHUNK)
    @given(whole_scenarios(days=DAYS), st.integers(1, 1_000))
    def read(raw: dict[str, Any], luck: int) -> None:
        nonlocal read_so_far
        told = tell(raw, Setting(customers=CUSTOMERS, seed=luck, shuffle=luck))
        assert audit(told.raw, told.rows, told.customers) == []
        read_so_far += 1
        shown.update({row.reason for row in told.rows})
        shown.update({row.category for row in told.rows if row.event == "action_taken" and not row.reason})

    read()
    assert read_so_far >= IN_A_CHUNK - 1
    assert EVERYWHERE - set(shown) == set()
