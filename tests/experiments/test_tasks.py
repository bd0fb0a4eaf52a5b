"""Tasks that chains give teams, as reach, load and ledger tell them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.contact_log import ContactLog
from experiments.tasks import tasks
from strategies.vocabulary import DAY, HOUR
from tests.experiments.told_runs import told_run

SCENARIO = """
teams: {sales: {people: 2}}
messages: {talk: {purpose: promo}}
chains:
  lead: {trigger: cart_abandoned, holdout: 10%, steps: [{task: {to: sales, do: call, about: talk, within: 1d}}]}
  quiet: {trigger: order, steps: [{task: {to: sales, do: call, about: talk, within: 1d}}]}
  checks: {trigger: order, steps: [{task: {to: sales, do: work, name: check_order, within: 1d}}]}
"""


def rows() -> list[dict[str, Any]]:
    """One answered after an hour, one not after three, one without consent, one expired, one waiting, one held out."""
    ends = {0: ("answered", HOUR), 1: ("no_answer", 3 * HOUR), 3: ("expired", DAY)}
    told: list[dict[str, Any]] = []
    for customer in range(7):
        at = {"customer": customer, "contact": customer + 1, "chain": "lead", "step": "steps[0]", "channel": "phone"}
        reason = {2: "no_consent", 5: "holdout", 6: "control"}.get(customer)
        told.append({**at, "message": "talk", "time": HOUR, "event": "task_created", "reason": reason})
        if customer in ends:
            how, after = ends[customer]
            told.append({**at, "message": "talk", "time": HOUR + after, "event": "task_closed", "reason": how})
    for customer, ends_as in ((7, "done"), (8, None)):
        at = {"customer": customer, "contact": customer + 1, "chain": "checks", "step": "steps[0]"}
        told.append({**at, "message": "check_order", "time": HOUR, "event": "task_created"})
        if ends_as:
            told.append({**at, "message": "check_order", "time": 3 * HOUR, "event": "task_closed", "reason": ends_as})
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = [{"control": customer == 6} for customer in range(11)]
    return told_run(tmp_path_factory.mktemp("tasks"), SCENARIO, people, rows())


def test_what_became_of_the_calls(folder: Path) -> None:
    lead, quiet, _ = tasks(ContactLog.open(folder)).to_json()
    figures = {name: cell["value"] for name, cell in lead.items() if isinstance(cell, dict)}
    assert figures == pytest.approx(
        {"asked": 500.0, "reachable": 4 / 5, "called": 2 / 5, "answered": 1 / 2, "hours": 2.0}
    )
    assert (lead["chain"], lead["step"], lead["team"]) == ("lead", "steps[0]", "sales")
    assert lead["why_not"] == "still waiting 100 (3\u00a0…\u00a0557)"
    assert (quiet["asked"]["value"], quiet["hours"], quiet["why_not"]) == (0.0, None, "")


def test_what_became_of_other_work(folder: Path) -> None:
    *_, checks = tasks(ContactLog.open(folder)).to_json()
    figures = {name: cell["value"] for name, cell in checks.items() if isinstance(cell, dict)}
    assert figures == pytest.approx({"asked": 200.0, "called": 1 / 2, "hours": 2.0})
    assert (checks["work"], checks["message"], checks["reachable"], checks["answered"]) == (
        "check_order",
        "",
        None,
        None,
    )


def test_calls_are_no_messages(folder: Path) -> None:
    assert ContactLog.open(folder).contacts.is_empty()


@pytest.mark.parametrize("command", ["reach", "load", "ledger"])
def test_every_command_shows_them(folder: Path, command: str) -> None:
    told = CliRunner().invoke(app, [command, str(folder)], env={"COLUMNS": "80"})
    assert told.exit_code == 0, told.output
    assert "lead steps[0]: sales about talk" in " ".join(told.stdout.split())
    assert max(map(len, told.stdout.splitlines())) <= 80
    found = json.loads(CliRunner().invoke(app, [command, str(folder), "--json"]).stdout)
    assert [row["chain"] for row in found["tasks"]] == ["lead", "quiet", "checks"]
