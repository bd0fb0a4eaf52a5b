"""How many contacts customers get, who gets too many, which chain eats the limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.contact_log import ContactLog
from experiments.load import load, source_limits
from strategies.vocabulary import DAY, HOUR, WEEK
from tests.experiments.told_runs import told_run

SCENARIO = """
contact_policy:
  caps:
    - {max: 2, per: day, then: drop}
    - {max: 4, per: 7d, channel: email, then: wait}
  exempt: {transactional: {obeys: [address], counts: false}}
messages: {news: {purpose: promo}, offer: {purpose: promo}, receipt: {purpose: transactional}}
chains:
  cart: {trigger: cart_abandoned, steps: [{send: {email: offer}}]}
campaigns:
  weekly: {every: "Mon 10:00", send: {email: news}}
"""
CART = {"chain": "cart", "step": "steps[0]", "channel": "email", "message": "offer"}
WEEKLY = {"chain": "weekly", "step": "send", "channel": "email", "message": "news"}


def rows() -> list[dict[str, Any]]:
    """Customer 0: one e-mail a week.  Customer 1: three on one day (by his clock), then one dropped, one held."""
    log: list[dict[str, Any]] = []
    number = 0

    def add(customer: int, time: int, event: str, contact: dict[str, str], **values: Any) -> None:
        nonlocal number
        number += 1
        log.append({"customer": customer, "contact": number, "time": time, "event": event, **contact, **values})

    for week in range(4):
        add(0, week * WEEK + 10 * HOUR, "sent", WEEKLY)
    # 23:00 of the day before and 01:00 lie on one day of customer 1, whose clock is 3 hours ahead.
    for time in (DAY + 23 * HOUR, 2 * DAY + HOUR, 2 * DAY + 2 * HOUR):
        add(1, time, "sent", WEEKLY if time < 2 * DAY else CART)
    add(1, 2 * DAY + 3 * HOUR, "sent", {**CART, "message": "receipt"})
    add(1, 2 * DAY + 4 * HOUR, "dropped", CART, reason="cap", rule="caps[0]")
    add(1, 3 * DAY, "sent", CART)
    add(1, 4 * DAY, "held", CART, reason="cap", rule="caps[1]")
    return log


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people: list[dict[str, Any]] = [{"segment_vip": False} for _ in range(4)]
    people[1] = {"segment_vip": True, "zone_hours": 3}
    return told_run(tmp_path_factory.mktemp("load"), SCENARIO, people, rows())


def table(folder: Path, key: str) -> list[tuple[Any, ...]]:
    """One listing, figures as their values."""
    listing = next(listing for listing in load(ContactLog.open(folder)) if listing.key == key)
    return [
        tuple(cell["value"] if isinstance(cell, dict) else cell for cell in row.values()) for row in listing.to_json()
    ]


def test_contacts_in_a_week(folder: Path) -> None:
    weeks = dict(table(folder, "weeks"))
    assert {label: share * 16 for label, share in weeks.items() if share} == {"0": 11, "1": 4, "4": 1}


def test_by_segment(folder: Path) -> None:
    assert table(folder, "segments") == [("everybody", 1.0, 8 / 16, 0.25), ("vip", 0.25, 1.0, 1.0)]


def test_above_the_limits_of_the_sources_on_the_customers_own_day(folder: Path) -> None:
    found = {row[0]: row[2:] for row in table(folder, "limits")}
    assert found["more than 2 contacts a day"] == (0.25, 1_000 / 16)
    assert found["more than 3 e-mails a week"] == (0.25, 1_000 / 16)
    assert found["more than 1 pushes a day"] == (0.0, 0.0)
    assert all(limit.source for limit in source_limits())


def test_where_contacts_come_from(folder: Path) -> None:
    assert table(folder, "chains") == [
        ("cart", 3_000 / 16, 3 / 8, 2 / 6),
        ("weekly", 5_000 / 16, 5 / 8, 0.0),
    ]


BANNER = {"chain": "cart", "step": "steps[0]", "channel": "in_app", "message": "offer"}


@pytest.mark.parametrize(("counts", "contacts"), [("false", 0.0), ("true", 2.0)])
def test_in_app_messages_are_judged_by_their_impressions(tmp_path: Path, counts: str, contacts: float) -> None:
    """Customer 0 is shown a banner again after two days, customer 1 after three; nobody is written to."""
    log = []
    for customer, days in ((0, 2), (1, 3)):
        who = {"customer": customer, "contact": customer + 1, **BANNER}
        log += [{**who, "time": HOUR, "event": "sent"}]
        log += [{**who, "time": day * DAY, "event": "in_app_shown"} for day in (1, 1 + days, 1 + 2 * days)]
    scenario = SCENARIO.replace("email: offer", "in_app: offer").replace(
        "  exempt:", f"  in_app: {{obeys: [], counts: {counts}}}\n  exempt:"
    )
    folder = told_run(tmp_path, scenario, [{"segment_vip": False} for _ in range(4)], log)
    found = {row[0]: row[2:] for row in table(folder, "limits")}
    assert found["the same in-app message again within 3 days"] == (0.25, 2 / 4 / 4 * 1_000)
    assert next(row for row in table(folder, "chains") if row[0] == "cart")[1] == contacts / 4 / 4 * 1_000


def test_which_chain_eats_the_limits(folder: Path) -> None:
    assert table(folder, "caps") == [
        ("caps[0]", "cart", 1_000 / 16, "cart", 2 / 3),
        ("caps[0]", "cart", 1_000 / 16, "weekly", 1 / 3),
        ("caps[1]", "cart", 1_000 / 16, "cart", 3 / 4),
        ("caps[1]", "cart", 1_000 / 16, "weekly", 1 / 4),
    ]


@pytest.mark.parametrize(
    ("cap", "by"),
    [
        ("{max: 1, per: 2 calendar days}", {"weekly": 1 / 3, "cart": 2 / 3}),
        ("{max: 1, per: week, week_from: sunday}", {"weekly": 1 / 3, "cart": 2 / 3}),
        ("{max: 1, per: day, message: [news]}", {"weekly": 1.0}),
    ],
)
def test_every_window_and_scope_of_a_cap_is_that_of_the_policy(tmp_path: Path, cap: str, by: dict[str, float]) -> None:
    text = SCENARIO.replace("{max: 2, per: day, then: drop}", cap)
    people: list[dict[str, Any]] = [{}, {"zone_hours": 3}]
    found = [row for row in table(told_run(tmp_path / "w", text, people, rows()), "caps") if row[0] == "caps[0]"]
    assert {row[3]: row[4] for row in found} == pytest.approx(by)


def test_a_cap_that_nobody_is_seen_to_fill_is_told(tmp_path: Path) -> None:
    alone = [row for row in rows() if row["event"] == "dropped"]
    found = table(told_run(tmp_path / "w", SCENARIO, [{}, {"zone_hours": 3}], alone), "caps")
    assert [row[3:] for row in found] == [("contacts of before the run, or none that this log tells", None)]


@pytest.mark.parametrize(("counts", "by"), [("attempted", {"cart": 1 / 3, "weekly": 2 / 3}), ("sent", {"weekly": 1.0})])
def test_a_bounced_contact_is_none_but_in_a_cap_of_attempts(tmp_path: Path, counts: str, by: dict[str, float]) -> None:
    """Of three e-mails of a day one bounced: nobody is above two contacts a day."""
    log: list[dict[str, Any]] = []
    for number, contact in enumerate((CART, WEEKLY, WEEKLY, CART)):
        who = {"customer": 0, "contact": number, **contact, "time": (10 + number) * HOUR}
        blocked = {"event": "dropped", "reason": "cap", "rule": "caps[0]"}
        log.append({**who, **(blocked if number == 3 else {"event": "sent"})})
        log += [{**who, "event": "bounced"}] if number == 0 else []
    text = SCENARIO.replace("{max: 2, per: day, then: drop}", f"{{max: 2, per: day, counts: {counts}, then: drop}}")
    folder = told_run(tmp_path, text, [{"segment_vip": False} for _ in range(4)], log)
    assert {row[0]: row[2] for row in table(folder, "limits")}["more than 2 contacts a day"] == 0.0
    assert {label: share * 16 for label, share in table(folder, "weeks") if share} == {"0": 15, "2": 1}
    assert {row[0]: row[1] for row in table(folder, "chains")} == {"cart": 0.0, "weekly": 2_000 / 16}
    assert {row[3]: row[4] for row in table(folder, "caps")} == pytest.approx(by)


def test_the_moment_of_the_segments_is_told(folder: Path) -> None:
    told = CliRunner().invoke(app, ["load", str(folder)]).stdout
    assert "By segment at the start of the run" in told
    assert "A customer who came into a segment later is not in its row." in " ".join(told.split())


def test_the_command(folder: Path) -> None:
    told = CliRunner().invoke(app, ["load", str(folder), "--json"])
    assert told.exit_code == 0
    assert set(json.loads(told.stdout)) == {"manifest", "arm", "weeks", "segments", "limits", "chains", "caps", "tasks"}
    assert CliRunner().invoke(app, ["load", str(folder)]).exit_code == 0


def test_less_than_a_week_is_refused(folder: Path) -> None:
    told = CliRunner().invoke(app, ["load", "cart_rescue", "--days", "6"])
    assert told.exit_code == 2
    assert told.stderr == "crmsim: --days 6: expected at least 7, a full week\n"
