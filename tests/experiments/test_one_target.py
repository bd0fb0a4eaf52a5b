"""Commands that ask about one scenario or run say so where a second one stands on the line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from experiments.cli import app

ONCE = "give the command once for each"


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("run", "'compare' takes several"),
        *((name, ONCE) for name in ("reach", "load", "ledger", "dialects", "explain", "report")),
    ],
)
def test_a_second_scenario_is_told(command: str, advice: str) -> None:
    told = CliRunner().invoke(app, [command, "one.yaml", "two.yaml", "three.yaml"])
    assert told.exit_code == 2
    assert f"'{command}' takes one at a time, found also two.yaml, three.yaml; {advice}" in told.stderr


def test_a_misspelt_option_is_no_second_scenario() -> None:
    told = CliRunner().invoke(app, ["reach", "one.yaml", "--custmers", "5"])
    assert told.exit_code == 2
    assert "takes one at a time" not in told.stderr
    assert "--customers" in told.stderr
