"""Who enters, and who can be reached through which channel at which step."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.contact_log import ContactLog
from experiments.reach import reach
from experiments.runfolder import RunFolderError
from strategies.vocabulary import DAY, HOUR
from tests.experiments.told_runs import told_run

SCENARIO = """
messages: {reminder: {purpose: promo}, last_call: {purpose: promo}}
chains:
  cart:
    trigger: cart_abandoned
    holdout: 25%
    steps:
      - cascade:
          - {email: reminder, wait: 1d, next_unless: click}
          - {sms: last_call}
"""
EMAIL = {"chain": "cart", "step": "steps[0].cascade[0]", "channel": "email", "message": "reminder"}
ALONE = {"sent_by": ""}
ONE_OF_THREE = "333 (8\u00a0…\u00a01\u00a0857)"
"""One contact among three customers, per 1,000."""
SMS = {"chain": "cart", "step": "steps[0].cascade[1]", "channel": "sms", "message": "last_call"}


def rows() -> list[dict[str, Any]]:
    """Customers 0 and 1 enter and get the e-mail, 2 has no address and gets the SMS, 3 is held out, 4 in control."""
    log: list[dict[str, Any]] = []
    for customer in (0, 1, 2, 3, 4):
        reason = {3: "holdout", 4: "control"}.get(customer)
        log.append({"customer": customer, "time": HOUR, "event": "chain_entered", "chain": "cart", "reason": reason})
    for customer in (0, 1):
        contact = {"customer": customer, "contact": customer + 1, **EMAIL}
        log.append({**contact, "time": 2 * HOUR, "event": "held", "reason": "cap", "rule": "caps[0]"})
        log.append({**contact, "time": DAY, "event": "sent"})
        log.append({**contact, "time": DAY, "event": "delivered"})
    log.append({"customer": 2, "contact": 3, **EMAIL, "time": 2 * HOUR, "event": "dropped", "reason": "no_address"})
    log.append({"customer": 2, "contact": 4, **SMS, "time": 2 * HOUR, "event": "sent"})
    log.append({"customer": 3, "contact": 5, **EMAIL, "time": 2 * HOUR, "event": "dropped", "reason": "holdout"})
    log.append({"customer": 4, "contact": 6, **EMAIL, "time": 2 * HOUR, "event": "dropped", "reason": "control"})
    log.append({"customer": 0, "contact": 7, **EMAIL, "time": 29 * DAY, "event": "sent"})  # after the horizon
    return log


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = [{} for _ in range(8)]
    people[2] = {"address_email": False}
    people[4] = {"control": True}
    people[5] = {"consent_email": False}
    steps = [(0, "cart", "steps[0].cascade[0]", 3), (0, "cart", "steps[0].cascade[1]", 0)]
    return told_run(tmp_path_factory.mktemp("reach"), SCENARIO, people, rows(), steps)


def table(folder: Path, key: str) -> list[dict[str, Any]]:
    """One listing as JSON, figures as their values."""
    listing = next(listing for listing in reach(ContactLog.open(folder)) if listing.key == key)
    return [
        {name: cell["value"] if isinstance(cell, dict) else cell for name, cell in row.items()}
        for row in listing.to_json()
    ]


def test_the_base_outside_control(folder: Path) -> None:
    assert table(folder, "base") == [
        {"channel": "email", "address": 6 / 7, "reachable": 5 / 7},
        {"channel": "sms", "address": 1.0, "reachable": 1.0},
        {"channel": "in_app", "address": None, "reachable": None},
    ]


def test_in_app_messages_reach_those_who_come(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("{sms: last_call}", "{in_app: last_call}")
    banner = {**SMS, "channel": "in_app"}
    log = [
        {"customer": who, "contact": who + 1, **banner, "time": HOUR + who, "event": event}
        for who in range(4)
        for event in ("sent", "delivered", "in_app_shown", "in_app_shown")[: 1 if who else 4]
    ]
    folder = told_run(tmp_path, scenario, [{} for _ in range(5)], log)
    (row,) = table(folder, "steps")
    assert (row["asked"], row["reachable"], row["sent"], row["delivered"]) == (800.0, 1.0, 1.0, 0.25)
    base = next(listing for listing in reach(ContactLog.open(folder)) if listing.key == "base")
    assert base.note == "in_app needs neither: it reaches every known customer who visits (see Delivered below)."


def test_who_enters(folder: Path) -> None:
    assert table(folder, "chains") == [{"chain": "cart", "entered": 4 / 7, "runs": 4 / 7 * 1_000, "held_out": 0.25}]


def test_who_is_reached_at_each_rung(folder: Path) -> None:
    assert table(folder, "steps") == [
        {
            **EMAIL,
            "asked": 3 / 7 * 1_000,
            "reachable": 2 / 3,
            "sent": 2 / 3,
            "delivered": 2 / 3,
            **ALONE,
            "why_not": "no_address 143 (4\u00a0…\u00a0796)",
        },
        {**SMS, "asked": 1 / 7 * 1_000, "reachable": 1.0, "sent": 1.0, "delivered": 0.0, **ALONE, "why_not": ""},
    ]


def test_a_message_without_a_template_reached_nobody(tmp_path: Path) -> None:
    log = [
        {"customer": 0, "contact": 1, **EMAIL, "time": HOUR, "event": "sent"},
        {"customer": 1, "contact": 2, **EMAIL, "time": HOUR, "event": "dropped", "reason": "no_template"},
    ]
    (row,) = table(told_run(tmp_path, SCENARIO, [{}, {}], log), "steps")
    assert (row["reachable"], row["why_not"]) == (0.5, "no_template 500 (13\u00a0…\u00a02\u00a0786)")


def test_places_to_which_nobody_came(folder: Path) -> None:
    assert [row["runs"] for row in table(folder, "places")] == [3 / 7 * 1_000, 0.0]
    assert table(folder, "unvisited") == [
        {
            "chain": "cart",
            "step": "steps[0].cascade[1]",
            "behind": "",
            "reason": "an earlier rung always worked, or was dropped, or runs ended there",
        }
    ]


def test_why_nobody_came_to_a_rung_is_counted_from_the_runs(tmp_path: Path) -> None:
    run = {"customer": 0, "chain": "cart", "run": 1, "time": HOUR}
    log = [
        {**run, "event": "chain_entered"},
        {**run, **EMAIL, "contact": 1, "event": "dropped", "reason": "cap", "rule": "weekly"},
        {**run, "event": "chain_exited", "reason": "finished"},
    ]
    steps = [(0, "cart", f"steps[0].cascade[{rung}]", 1 - rung) for rung in (0, 1)]
    [row] = table(told_run(tmp_path, SCENARIO, [{}], log, steps), "unvisited")
    assert row["reason"] == "1 × an earlier rung was stopped (cap weekly)"


def test_a_channel_that_was_not_needed_is_not_unreachable(tmp_path: Path) -> None:
    """Of three customers e-mail reaches one, the SMS one of the others: one row, two of three reachable."""
    steps = "[{send: {first_of: [email, sms], message: m}}]"
    scenario = f"messages: {{m: {{purpose: promo}}}}\nchains: {{cart: {{trigger: cart_abandoned, steps: {steps}}}}}"
    at = {"chain": "cart", "step": "steps[0]", "message": "m", "time": HOUR}
    log = [
        {**at, "customer": 0, "contact": 1, "channel": "email", "event": "sent"},
        {**at, "customer": 1, "contact": 2, "channel": "sms", "event": "sent"},
        {**at, "customer": 2, "contact": 3, "channel": "email", "event": "dropped", "reason": "no_consent"},
    ]
    (row,) = table(told_run(tmp_path, scenario, [{}, {}, {}], log), "steps")
    assert (row["channel"], row["sent_by"], row["why_not"]) == (
        "email, sms",
        f"email {ONE_OF_THREE}, sms {ONE_OF_THREE}",
        f"no_consent {ONE_OF_THREE}",
    )
    assert (row["asked"], row["reachable"], row["sent"]) == (1_000.0, 2 / 3, 2 / 3)


def test_every_figure_has_its_interval(folder: Path) -> None:
    for listing in reach(ContactLog.open(folder)):
        for row in listing.to_json():
            for cell in row.values():
                if isinstance(cell, dict):
                    assert cell["low"] <= cell["value"] <= cell["high"]


def test_the_command(folder: Path) -> None:
    told = CliRunner().invoke(app, ["reach", str(folder), "--json"])
    assert told.exit_code == 0
    assert set(json.loads(told.stdout)) == {
        "manifest",
        "arm",
        "base",
        "chains",
        "steps",
        "places",
        "unvisited",
        "tasks",
    }
    told = CliRunner().invoke(app, ["reach", str(folder)])
    assert "Places to which nobody came" in told.stdout
    assert "Calls that teams" not in told.stdout


def test_counts_of_several_replications_are_named_as_such(tmp_path: Path) -> None:
    """All figures beside are a mean per 1,000 customers."""
    log = [{"customer": 0, "time": HOUR, "event": "chain_entered", "chain": "cart", "run": 1}]
    steps = [(r, "cart", f"steps[0].cascade[{rung}]", 1 - rung) for r in (0, 1) for rung in (0, 1)]
    folder = told_run(tmp_path, SCENARIO, [{"replication": r} for r in (0, 1)], log, steps)
    told = CliRunner().invoke(app, ["reach", str(folder)], env={"COLUMNS": "100"}).stdout
    assert "Places to which nobody came, counts of all 2 replications" in told
    assert "Contacts by step, a mean per 1,000 customers" in told


@pytest.mark.slow
@pytest.mark.parametrize("command", ["reach", "load", "ledger"])
def test_the_other_arms_of_a_run_are_named(folder: Path, tmp_path: Path, command: str) -> None:
    run = shutil.copytree(folder, tmp_path / "run")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["arms"].append({**manifest["arms"][0], "arm": "other"})
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert "--arm" not in CliRunner().invoke(app, [command, str(folder)]).stdout
    told = CliRunner().invoke(app, [command, str(run)])
    assert told.stdout.splitlines()[1] == "Other arms of the run (--arm): other"
    silent = CliRunner().invoke(app, [command, str(run), "--arm", "silent"])
    assert silent.exit_code == 2
    assert "no scenario of its own; expected one of arm0, other" in silent.stderr


@pytest.mark.parametrize("command", ["reach", "load", "ledger"])
@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--set", "horizon=3d"], "--set"),
        (["--days", "28"], "--days"),
        (["--seed", "1", "--customers", "50"], "--customers, --seed"),
    ],
)
def test_options_of_a_run_do_not_fit_a_run_folder(folder: Path, command: str, options: list[str], named: str) -> None:
    told = CliRunner().invoke(app, [command, str(folder), *options])
    assert told.exit_code == 2
    assert f"is the folder of a finished run, which {named} cannot change; leave out what belongs to" in told.stderr


@pytest.mark.parametrize(
    ("at_start", "told"),
    [
        ("", True),
        ("at_start: {backlog: enter}", False),
        ("at_start: {history: 0d}", False),
    ],
)
def test_chains_that_leave_out_the_inactive_of_the_start_are_named(tmp_path: Path, at_start: str, told: bool) -> None:
    scenario = SCENARIO.replace("trigger: cart_abandoned", "trigger: {inactive: 60d, of: order}") + at_start + "\n"
    log = ContactLog.open(told_run(tmp_path / "run", scenario, [{}], []))
    [chains] = [listing for listing in reach(log) if listing.key == "chains"]
    assert chains.note == told * (
        "cart: without those who were inactive for longer at the start, as at_start.backlog is skip; with enter they "
        "come in at the start."
    )


def test_a_sampled_log_is_refused(folder: Path) -> None:
    manifest = folder / "manifest.json"
    text = manifest.read_text()
    try:
        manifest.write_text(text.replace('"log": "all"', '"log": "0.1"'))
        with pytest.raises(RunFolderError, match=r"it ran with --log 0\.1; expected all or contacts"):
            ContactLog.open(folder)
    finally:
        manifest.write_text(text)
