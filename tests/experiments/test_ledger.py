"""Why contacts were not sent, or late: counted by hand from a log that the test writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.contact_log import ContactLog
from experiments.ledger import ledger
from experiments.rungs import why_not_asked
from strategies.vocabulary import HOUR
from tests.experiments.told_runs import told_run

SCENARIO = """
contact_policy:
  caps: [{max: 2, per: day, then: wait}]
  quiet_hours: {from: "22:00", to: "08:00"}
  one_main_chain: {others: wait, campaigns: skip}
messages: {news: {purpose: promo}, offer: {purpose: promo}}
chains:
  cart: {trigger: cart_abandoned, priority: 90, steps: [{send: {email: offer}}, {send: {sms: offer}}]}
  visit: {trigger: site_visited, steps: [{send: {first_of: [email, sms], message: offer, on_capped: next}}]}
campaigns:
  weekly: {every: "Mon 10:00", send: {email: news}}
"""
EMAIL = {"chain": "cart", "step": "steps[0]", "channel": "email", "message": "offer"}
SMS = {"chain": "cart", "step": "steps[1]", "channel": "sms", "message": "offer"}
VISIT = {"chain": "visit", "step": "steps[0]", "channel": "email", "message": "offer"}
WEEKLY = {"chain": "weekly", "step": "send", "channel": "email", "message": "news"}
CAP = {"reason": "cap", "rule": "caps[0]", "displaced_by": "weekly"}
OWN = {**CAP, "displaced_by": "cart"}
QUIET = {"reason": "quiet_hours", "rule": "quiet_hours"}


def written(
    replication: int,
    customer: int,
    run: int | None,
    contact: int,
    hour: int,
    event: str,
    at: dict[str, str],
    why: dict[str, str],
) -> dict[str, Any]:
    """A row of the log; the time in hours of the first days."""
    who = {"replication": replication, "customer": customer, "run": run, "contact": contact}
    return {**who, "time": hour * HOUR, "event": event, **at, **why}


def rows() -> list[dict[str, Any]]:
    """Two replications; times in hours of the first days."""
    told = [
        # customer 0: an e-mail held by the cap, then by the quiet hours, sent 12 hours late; the SMS at once
        (0, 0, 1, 11, 20, "held", EMAIL, CAP),
        (0, 0, 1, 11, 22, "held", EMAIL, OWN),
        (0, 0, 1, 11, 24, "held", EMAIL, QUIET),
        (0, 0, 1, 11, 32, "sent", EMAIL, {}),
        (0, 0, 1, 12, 32, "sent", SMS, {}),
        # customer 1: a campaign dropped for the cart; an e-mail withdrawn while it waited
        (
            0,
            1,
            None,
            21,
            10,
            "dropped",
            WEEKLY,
            {"reason": "main_chain", "rule": "one_main_chain", "displaced_by": "cart"},
        ),
        (0, 1, 2, 22, 23, "held", EMAIL, QUIET),
        (0, 1, 2, 22, 25, "dropped", EMAIL, {"reason": "run_ended"}),
        # customer 2: held on e-mail, sent by SMS: one contact; another still waits at the end
        (0, 2, 3, 31, 12, "held", VISIT, CAP),
        (0, 2, 3, 32, 16, "sent", {**VISIT, "channel": "sms"}, {}),
        (0, 2, 4, 33, 27 * 24 + 23, "held", EMAIL, QUIET),
        # customer 3 is in the control group: left out
        (0, 3, 5, 41, 12, "dropped", EMAIL, {"reason": "control"}),
        # replication 1: held out; a campaign sent at once; an e-mail held by the cap for 4 hours
        (1, 0, 6, 51, 12, "dropped", EMAIL, {"reason": "holdout"}),
        (1, 1, None, 52, 10, "sent", WEEKLY, {}),
        (1, 2, 7, 53, 20, "held", EMAIL, OWN),
        (1, 2, 7, 53, 24, "sent", EMAIL, {}),
    ]
    return [written(*row) for row in told]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people: list[dict[str, Any]] = [
        {"replication": r, "customer": c, "segment_vip": c == 1, "control": c == 3} for r in (0, 1) for c in range(4)
    ]
    return told_run(tmp_path_factory.mktemp("ledger"), SCENARIO, people, rows())


def table(folder: Path, key: str, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of one listing, figures as their values."""
    listing = next(listing for listing in ledger(ContactLog.open(folder), detailed=True) if listing.key == key)
    return [
        tuple(cell["value"] if isinstance(cell := row[name], dict) else cell for name in columns)
        for row in listing.to_json()
    ]


def test_what_held_or_dropped_contacts(folder: Path) -> None:
    assert table(folder, "reasons", "reason", "rule", "contacts", "sent_later", "lost", "waiting") == [
        ("cap", "caps[0]", 3, 1.0, 0.0, 0.0),
        ("quiet_hours", "quiet_hours", 3, 1 / 3, 1 / 3, 1 / 3),
        ("holdout", "", 1, 0.0, 1.0, 0.0),
        ("main_chain", "one_main_chain", 1, 0.0, 1.0, 0.0),
        ("run_ended", "", 1, 0.0, 1.0, 0.0),
    ]


def test_how_long_each_row_held_what_was_sent_later(folder: Path) -> None:
    waits = {rule: hours for _, rule, *hours in table(folder, "reasons", "reason", "rule", "wait_mean", "wait_p90")}
    assert waits["caps[0]"] == [4.0, 4.0], "4 hours each, whatever else held them"
    assert waits["quiet_hours"] == [8.0, 8.0]
    assert waits["one_main_chain"] == [None, None]


def test_what_became_of_the_contacts_of_each_chain(folder: Path) -> None:
    columns = ("chain", "contacts", "at_once", "sent_later", "lost", "waiting", "delay_mean", "commonest")
    assert table(folder, "chains", *columns) == [
        ("cart", 5, 1 / 5, 2 / 5, 1 / 5, 1 / 5, (12 + 4) / 2, "quiet_hours quiet_hours"),
        ("weekly", 2, 1 / 2, 0.0, 1 / 2, 0.0, None, "main_chain one_main_chain"),
        ("visit", 1, 0.0, 1.0, 0.0, 0.0, 4.0, "cap caps[0]"),
    ]


def test_a_contact_that_moves_to_the_next_channel_is_one_contact(folder: Path) -> None:
    assert table(folder, "channels", "channel", "contacts", "at_once", "lost") == [
        ("email", 6, 1 / 6, 2 / 6),
        ("sms", 2, 1 / 2, 0.0),
    ]
    steps = table(folder, "steps", "chain", "step", "channel", "message", "contacts")
    assert ("visit", "steps[0]", "sms", "offer", 1) in steps
    assert sum(row[-1] for row in steps) == 8


CASCADE = """
messages: {m: {purpose: promo}}
chains:
  cart:
    trigger: cart_abandoned
    holdout: 10%
    steps:
      - cascade:
          - {email: m, wait: 1d, next_unless: click}
          - {in_app: m, wait: 1d, next_unless: click, on_capped: next}
          - {sms: m}
      - send: {email: m}
"""


def course(
    customer: int, *steps: tuple[int, int, str, str | None], end: tuple[int, str] | None
) -> list[dict[str, Any]]:
    """Rows of one run: (hour, rung, event, reason) of its contacts, and (hour, reason) of its end."""
    at = {"customer": customer, "run": customer + 1, "chain": "cart"}
    told: list[dict[str, Any]] = [
        {
            **at,
            "time": hour * HOUR,
            "event": event,
            "reason": reason,
            "rule": "weekly" if reason == "cap" else None,
            "contact": 100 * customer + rung + 1,
            "step": f"steps[0].cascade[{rung}]" if rung < 3 else "steps[1]",
        }
        for hour, rung, event, reason in steps
    ]
    return told + ([{**at, "time": end[0] * HOUR, "event": "chain_exited", "reason": end[1]}] if end else [])


def test_why_runs_did_not_come_to_later_rungs(tmp_path: Path) -> None:
    """Ten customers; the last one is held out, and his run is in no figure."""
    sent = (1, 0, "sent", None)
    no_address = (1, 0, "dropped", "no_address")
    log = [
        *course(0, sent, (25, 1, "sent", None), (49, 2, "sent", None), end=(49, "finished")),
        *course(1, (1, 0, "dropped", "cap"), end=(1, "finished")),
        *course(2, sent, (25, 1, "dropped", "cap"), (25, 2, "dropped", "cap"), end=(25, "finished")),
        *course(3, sent, end=(5, "exit_event")),
        *course(4, sent, (5, 3, "held", "gap"), (6, 3, "dropped", "run_ended"), end=(6, "timeout")),
        *course(5, sent, end=(30, "finished")),
        *course(6, no_address, (1, 1, "held", "gap"), (9, 1, "dropped", "run_ended"), end=(9, "exit_event")),
        *course(7, (1, 0, "held", "gap"), end=None),
        *course(8, (27 * 24 + 23, 0, "sent", None), end=None),
        *course(9, (1, 0, "dropped", "holdout"), (25, 1, "dropped", "holdout"), end=None),
    ]
    log.sort(key=lambda row: row["time"])
    folder = told_run(tmp_path, CASCADE, [{} for _ in range(10)], log)
    columns = ("step", "runs", "asked", "stopped", "answered", "ended", "waiting")
    assert table(folder, "rungs", *columns) == [
        ("steps[0].cascade[1]", 900.0, 3 / 9, 1 / 9, 2 / 9, 1 / 9, 2 / 9),
        ("steps[0].cascade[2]", 900.0, 2 / 9, 1 / 9, 2 / 9, 2 / 9, 2 / 9),
    ]
    assert [why.split(" (")[0] for (why,) in table(folder, "rungs", "why")] == ["cap weekly 100", "exit_event 200"]
    assert why_not_asked(ContactLog.open(folder))["cart", "steps[0].cascade[1]"] == (
        "2 × an answer came before; 2 × the run was under way; 1 × the run ended before (exit_event); "
        "1 × an earlier rung was stopped (cap weekly)"
    )


def test_a_condition_keeps_the_next_rung_from_those_whom_a_rung_did_not_reach(tmp_path: Path) -> None:
    unless = CASCADE.replace(
        "{email: m, wait: 1d, next_unless: click}", "{email: m, wait: 1d, next_unless: 'orders >= 1'}"
    )
    log = [
        *course(0, (1, 0, "dropped", "no_address"), end=(1, "finished")),
        *course(1, (1, 0, "dropped", "no_address"), (1, 1, "sent", None), end=(30, "finished")),
        *course(2, (1, 0, "dropped", "cap"), end=(1, "finished")),
        *course(3, (1, 0, "sent", None), end=(25, "finished")),
        *course(4, (1, 0, "held", "gap"), (2, 0, "dropped", "run_ended"), end=(2, "exit_event")),
    ]
    log.sort(key=lambda row: row["time"])
    folder = told_run(tmp_path, unless, [{} for _ in range(5)], log)
    assert table(folder, "rungs", "asked", "stopped", "answered", "ended")[0] == (1 / 5, 1 / 5, 2 / 5, 1 / 5)


def test_without_cascades_nothing_is_said_of_rungs(folder: Path) -> None:
    assert table(folder, "rungs") == []
    assert "rung" not in CliRunner().invoke(app, ["ledger", str(folder)]).stdout


def test_by_segment_and_by_what_displaced(folder: Path) -> None:
    """Who took the place when the row first stood in the way: a contact counts once for a row, however often held."""
    assert table(folder, "segments", "segment", "contacts", "lost") == [("everybody", 8, 2 / 8), ("vip", 3, 2 / 3)]
    assert table(folder, "displaced", "chain", "displaced_by", "rule", "contacts", "lost") == [
        ("cart", "cart", "caps[0]", 1, 0.0),
        ("cart", "weekly", "caps[0]", 1, 0.0),
        ("visit", "weekly", "caps[0]", 1, 0.0),
        ("weekly", "cart", "one_main_chain", 1, 1.0),
    ]
    assert table(folder, "displacing", "displaced_by", "contacts", "sent_later", "mostly") == [
        ("weekly", 2, 1.0, "cart, visit"),
        ("cart", 1, 0.0, "weekly"),
    ]


def test_a_row_that_holds_a_contact_and_drops_it_for_waiting_is_one_obstacle(tmp_path: Path) -> None:
    lost = [
        written(0, 0, 1, 11, 20, "held", EMAIL, CAP),
        written(0, 0, 1, 11, 30, "dropped", EMAIL, {**CAP, "reason": "held_too_long"}),
    ]
    folder = told_run(tmp_path, SCENARIO, [{"replication": r} for r in (0, 1)], lost)
    assert table(folder, "displaced", "chain", "displaced_by", "rule", "contacts", "lost") == [
        ("cart", "weekly", "caps[0]", 1, 1.0)
    ]
    assert table(folder, "displacing", "displaced_by", "contacts") == [("weekly", 1)]


def test_the_rules_of_each_segment(folder: Path) -> None:
    told = table(folder, "segment_rules", "segment", "reason", "rule", "contacts", "per_1000")
    assert [row[:4] for row in told if row[0] == "vip"] == [
        ("vip", "main_chain", "one_main_chain", 1),
        ("vip", "quiet_hours", "quiet_hours", 1),
        ("vip", "run_ended", "", 1),
    ]
    assert {row[4] for row in told if row[0] == "vip"} == {500.0}, "of two customers"
    assert [row[1:4] for row in told if row[0] == "everybody"] == table(folder, "reasons", "reason", "rule", "contacts")


@pytest.mark.slow
def test_the_terminal_tells_the_rules_of_segments_where_asked(folder: Path) -> None:
    asked, plain = (CliRunner().invoke(app, ["ledger", str(folder), *more]).stdout for more in (["--segments"], []))
    assert "What held or dropped contacts by segment" in asked
    assert "What held or dropped contacts by segment" not in plain
    assert "segment_rules" in _json(folder)


def test_rates_are_per_customer_outside_the_control_group_with_an_interval(folder: Path) -> None:
    (row,) = [row for row in _json(folder)["reasons"] if row["reason"] == "cap"]
    assert row["per_1000"]["value"] == pytest.approx(1_000 * 3 / 6)
    assert row["per_1000"]["low"] <= row["per_1000"]["value"] <= row["per_1000"]["high"]


def test_entries_count_everything_once_in_integers(folder: Path) -> None:
    entries = _json(folder)["entries"]
    assert sum(entry["contacts"] for entry in entries) == 9
    (quiet,) = [entry for entry in entries if entry["reason"] == "quiet_hours"]
    assert quiet == {
        "reason": "quiet_hours",
        "rule": "quiet_hours",
        **EMAIL,
        "displaced_by": "",
        "contacts": 3,
        "held": 3,
        "dropped": 0,
        "sent_later": 1,
        "lost": 1,
        "waiting": 1,
        "held_seconds": (8 + 2) * HOUR,
    }


def _json(folder: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["ledger", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_command_prints_every_table(folder: Path) -> None:
    result = CliRunner().invoke(app, ["ledger", str(folder)], env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    for title in ("What held or dropped", "By chain", "By step", "By channel", "By segment", "Displaced by"):
        assert title in result.stdout
    assert "Entries" not in result.stdout


def test_a_log_without_all_contacts_is_refused(folder: Path, tmp_path: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    (copy / "manifest.json").write_text(json.dumps(manifest | {"log": "0.1"}))
    result = CliRunner().invoke(app, ["ledger", str(copy)])
    assert result.exit_code == 2
    assert "does not hold every contact: it ran with --log 0.1; expected all or contacts" in result.output


def test_the_queue_of_a_limited_channel_is_no_obstacle(tmp_path: Path) -> None:
    """Of three queued e-mails one got its place at the full hour, one an hour later, one waits for the first places."""
    queued, limit = {"reason": "queued"}, {"reason": "throughput", "rule": "throughput.email"}
    told = [
        (0, 0, 1, 11, 10, "held", EMAIL, queued),
        (0, 0, 1, 11, 11, "sent", EMAIL, {}),
        (0, 1, 2, 12, 10, "held", EMAIL, queued),
        (0, 1, 2, 12, 11, "held", EMAIL, limit),
        (0, 1, 2, 12, 12, "sent", EMAIL, {}),
        (0, 2, 3, 13, 28 * 24 - 1, "held", EMAIL, queued),
    ]
    people: list[dict[str, Any]] = [
        {"replication": 0, "customer": c, "segment_vip": False, "control": False} for c in range(3)
    ]
    folder = told_run(tmp_path, SCENARIO, people, [written(*row) for row in told])
    columns = ("reason", "rule", "contacts", "sent_later", "wait_mean")
    assert table(folder, "reasons", *columns) == [("throughput", "throughput.email", 1, 1.0, 1.0)]
    columns = ("chain", "contacts", "at_once", "sent_later", "waiting", "delay_mean")
    assert table(folder, "chains", *columns) == [("cart", 3, 1 / 3, 1 / 3, 1 / 3, 2.0)]
    assert ContactLog.open(folder).contacts.sort("contact")["held"].to_list() == [False, True, False]
