"""The page about what somebody takes of a programme: its counts, and the places to which nobody came."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.coverage import main
from tests.experiments.told_runs import told_run

SCENARIO = """
messages: {m: {purpose: promo}}
chains:
  cart:
    trigger: cart_abandoned
    steps: [{send: {email: m}}, {choose: [{if: orders > 3, steps: [{send: {sms: m}}]}]}]
  view: {trigger: view_abandoned, steps: [{send: {email: m}}]}
"""
STEPS = [
    (0, "cart", "steps[0]", 1500),
    (0, "cart", "steps[1].choose[0]", 0),
    (0, "cart", "steps[1].choose[0].steps[0]", 0),
    (0, "view", "steps[0]", 7),
]


def row(customer: int, chain: str, **more: object) -> dict[str, object]:
    return {"customer": customer, "event": "chain_entered", "chain": chain, "time": 60, "run": customer + 1, **more}


def test_the_page_counts_runs_and_places_and_says_why_nobody_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row(0, "cart"), row(1, "cart"), row(0, "view"), row(2, "view", reason="holdout"), row(3, "view")]
    people = [{"customer": who, "control": who == 3} for who in range(4)]
    main([str(told_run(tmp_path, SCENARIO, people, rows, STEPS))])
    lines = capsys.readouterr().out.splitlines()
    assert "| cart | 2 | 1 of 3 | `steps[1].choose[0]` | 0 |" in lines
    assert "| view | 1 | 1 of 1 | `steps[0]` | 7 |" in lines
    assert any("2 of 4 places were taken, in 2 of 2 chains." in line for line in lines)
    assert lines[-1] == "- cart `steps[1].choose[0]`: of 2 runs 2 were under way when the 28 days ended"


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="error: "):
        main([str(tmp_path)])
