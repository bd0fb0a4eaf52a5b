"""Reach of many chains at a glance: the summary, one chain on request, everything for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.contact_log import ContactLog
from experiments.listing import Listing
from experiments.reach import reach
from experiments.reach_summary import summary
from strategies.vocabulary import DAY, HOUR
from tests.experiments.told_runs import told_run

SCENARIO = """
messages: {m: {purpose: promo}}
contact_policy: {caps: [{name: daily, max: 1, per: day, then: drop}]}
chains:
  cart:
    trigger: cart_abandoned
    steps:
      - send: {email: m}
      - choose: [{if: orders > 3, steps: [{send: {sms: m}}, {wait: 1d}]}]
  view: {trigger: view_abandoned, steps: [{send: {email: m}}]}
  back: {trigger: {inactive: 60d, of: order}, steps: [{send: {email: m}}]}
  vip: {trigger: order, enter: "orders >= 5 and last_order.value > 10", steps: [{send: {email: m}}]}
  shy: {trigger: order, holdout: 100%, steps: [{send: {email: m}}]}
campaigns:
  digest: {every: Tue 10:00, send: {email: m}}
"""
STEPS = [
    *((0, "cart", place, runs) for place, runs in (("steps[0]", 2), ("steps[1].choose[0]", 0))),
    *((0, "cart", f"steps[1].choose[0].steps[{number}]", 0) for number in (0, 1)),
    *((0, chain, "steps[0]", 3 if chain == "view" else 0) for chain in ("view", "back", "vip", "shy")),
]
REFUSALS = [
    (0, 0, "vip", "enter", 1, 1, DAY, DAY),
    (0, 1, "vip", "enter", 0, 4, 0, DAY),
    (0, 2, "vip", "enter", 0, 2, 0, DAY),
    (0, 0, "cart", "running", 0, 1, DAY, DAY),
    (0, 4, "vip", "enter", 0, 9, 0, DAY),  # of the control group
]


def told(customer: int, event: str, chain: str, time: int = HOUR, **more: Any) -> dict[str, Any]:
    return {"customer": customer, "event": event, "chain": chain, "time": time, **more}


def rows() -> list[dict[str, Any]]:
    """0 and 1 enter cart, 0 to 2 view, 3 is held out of shy; the cap that view's messages fill drops the digest."""
    log = [told(who, "chain_entered", "cart", run=who + 1) for who in (0, 1)]
    log += [told(who, "chain_entered", "view", run=who + 10) for who in range(3)]
    log += [told(3, "chain_entered", "shy", run=20, reason="holdout")]
    for who in range(3):
        about = {"contact": who + 1, "step": "steps[0]", "channel": "email", "message": "m"}
        log += [told(who, event, "view", DAY, **about) for event in ("sent", "delivered")]
        about = {"contact": who + 10, "step": "send", "channel": "email", "message": "m"}
        log.append(told(who, "dropped", "digest", DAY + HOUR, **about, reason="cap", rule="daily", displaced_by="view"))
    about = {"contact": 30, "step": "steps[0]", "channel": "email", "message": "m", "rule": "one_main_chain"}
    log.append(told(0, "held", "cart", 2 * DAY, **about, reason="main_chain", displaced_by="view"))
    return log


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = [{"control": number == 4} for number in range(5)]
    return told_run(tmp_path_factory.mktemp("summary"), SCENARIO, people, rows(), STEPS, REFUSALS)


@pytest.fixture(scope="module")
def listings(folder: Path) -> dict[str, Listing]:
    log = ContactLog.open(folder)
    return {listing.key: listing for listing in summary(log, reach(log))}


def values(listing: Listing) -> list[list[Any]]:
    """Rows with figures as their values."""
    rows = [list(row.values()) for row in listing.to_json()]
    return [[cell["value"] if isinstance(cell, dict) else cell for cell in row] for row in rows]


def test_chains_by_reach(listings: dict[str, Listing]) -> None:
    assert values(listings["summary"]) == [["view", 0.75, 750.0], ["cart", 0.5, 0.0], ["digest", None, 0.0]]
    assert listings["summary"].note.startswith("back: without those who were inactive for longer at the start")


def test_chains_that_nobody_entered_and_why(listings: dict[str, Listing]) -> None:
    assert values(listings["nobody"]) == [
        ["back", "no run began in 28 days: its trigger never came"],
        [
            "vip",
            "no run began in 28 days: 6 × 'enter' did not hold: orders >= 5; "
            "1 × 'enter' did not hold: last_order.value > 10",
        ],
        ["shy", "all 1 runs that began were held out"],
    ]


def test_chains_with_empty_places(listings: dict[str, Listing]) -> None:
    why = "of 2 runs 2 were under way when the 28 days ended"
    assert values(listings["empty"]) == [["cart", "3 of 4", "steps[1].choose[0]", why]]


def test_what_holds_messages_back(listings: dict[str, Listing]) -> None:
    assert values(listings["rules"]) == [
        ["daily", "digest", "view", 750.0],
        ["one_main_chain", "cart", "view", 250.0],
    ]


def crmsim(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["reach", *arguments], env={"COLUMNS": "100"})
    assert done.exit_code == code, done.output
    return done.stderr if code else done.stdout


DETAILS = ("Contacts by step", "Steps, branches, split arms and rungs", "Why triggers began no run")


def test_the_summary_stands_for_the_details(folder: Path) -> None:
    short, whole = crmsim(str(folder)), crmsim(str(folder), "--details")
    assert "Chains that nobody entered" in short
    assert "--chain NAME tells everything of one chain, --details of all." in short
    assert not any(title in short for title in DETAILS)
    assert all(title in whole for title in DETAILS)
    assert "Chains that nobody entered" not in whole


def test_one_chain(folder: Path) -> None:
    out = crmsim(str(folder), "--chain", "cart")
    assert "cart steps[1].choose[0]" in out
    assert not any(other in out for other in ("view", "digest", "vip", "back:"))
    assert "a run of it was under way" in out
    out = crmsim(str(folder), "--chain", "digest")
    assert "digest send: email m" in out
    assert "Who enters" not in out


def test_a_campaign_that_is_not_due_within_the_run(tmp_path: Path) -> None:
    late = '  pace: {"on": 2026-03-12, at: "10:00", send: {email: m}}\n'
    folder = told_run(tmp_path, SCENARIO + late, [{}], rows(), STEPS, REFUSALS)
    log = ContactLog.open(folder)
    listings = {listing.key: listing for listing in summary(log, reach(log))}
    why = "its first day behind the 28 days of the run is 12 Mar 2026"
    assert values(listings["not_due"]) == [["pace", why]]
    assert "pace" not in [row[0] for row in values(listings["summary"])]
    out = crmsim(str(folder), "--chain", "pace")
    assert "Not due within the run" in out
    assert "12 Mar 2026" in out
    assert "Places to which nobody came" not in out


def test_a_chain_that_is_not_there(folder: Path) -> None:
    err = crmsim(str(folder), "--chain", "carts", code=2)
    assert err == (
        "crmsim: --chain: unknown chain 'carts' in arm arm0; did you mean 'cart'? "
        "(expected one of: cart, view, back, vip, shy, digest)\n"
    )


def test_json_has_everything(folder: Path) -> None:
    whole = json.loads(crmsim(str(folder), "--json"))
    assert json.loads(crmsim(str(folder), "--json", "--details")) == whole
    assert {"base", "chains", "refused", "steps", "places", "unvisited", "tasks"} < set(whole)
    assert [(row["reason"], row["condition"]) for row in whole["refused"] if row["chain"] == "vip"] == [
        ("enter", "orders >= 5"),
        ("enter", "last_order.value > 10"),
    ]
    first = next(row for row in whole["refused"] if row["chain"] == "vip")
    assert (first["times"]["value"], first["customers"]["value"]) == (1_500.0, 0.5)
    one = json.loads(crmsim(str(folder), "--json", "--chain", "cart"))
    assert {row["chain"] for key in ("chains", "refused", "steps", "places", "unvisited") for row in one[key]} == {
        "cart"
    }


def test_a_folder_of_an_earlier_version(tmp_path: Path) -> None:
    log = ContactLog.open(told_run(tmp_path / "run", SCENARIO, [{}], [], STEPS))
    listings = {listing.key: listing for listing in reach(log)}
    assert "refused" not in listings
    told = "no run began in 28 days: the trigger did not happen, or 'enter' was true for nobody"
    assert {row[-1] for row in values(listings["unvisited"])} == {told}
