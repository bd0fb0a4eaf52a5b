"""Customers worth explaining: what ranks them, which filters let them through, how a line reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.worth_explaining import Choice, Filters, choose
from strategies.vocabulary import DAY, HOUR
from tests.experiments.told_runs import ARM, told_run

SCENARIO = """
messages: {reminder: {purpose: promo}, news: {purpose: promo}}
chains:
  cart: {trigger: cart_abandoned, steps: [{send: {email: reminder}}]}
  idle: {trigger: {inactive: 30d, of: order}, steps: [{send: {email: reminder}}]}
campaigns:
  digest: {every: Tue 10:00, send: {email: news}}
"""


def contact(customer: int, number: int, *events: str, chain: str = "cart", **more: Any) -> list[dict[str, Any]]:
    """Rows of one contact, an hour apart."""
    about = {"customer": customer, "contact": number, "chain": chain, "channel": "email", **more}
    return [{**about, "time": DAY + place * HOUR, "event": event} for place, event in enumerate(events)]


ROWS = [
    # 8: three messages, opened once by a person after the proxy, clicked, ordered the next day
    *contact(8, 1, "sent", "delivered", "opened", "click"),
    *contact(8, 1, "opened", reason="reopened"),
    *contact(8, 2, "sent", chain="digest"),
    *contact(8, 3, "sent", chain="digest"),
    {"customer": 8, "time": 2 * DAY, "event": "order", "value": 500.0},
    {"customer": 8, "time": 2 * DAY, "event": "order", "value": 500.0, "reason": "doubled"},
    # 1: one message, left by it; an order too late to be claimed
    *contact(1, 4, "sent", "delivered", "click", "unsubscribed", chain="digest"),
    {"customer": 1, "time": 9 * DAY, "event": "order", "value": 100.0},
    # 2: nothing sent; one contact held twice and dropped, one dropped
    *contact(2, 5, "held", reason="cap"),
    *contact(2, 5, "held", reason="gap"),
    *contact(2, 5, "dropped", reason="cap"),
    *contact(2, 6, "dropped", reason="no_address", chain="digest"),
    # 3: control group; 4: after the horizon; 5: the company gave up the consent
    *contact(3, 7, "dropped", reason="control"),
    {**contact(4, 8, "complained")[0], "time": 28 * DAY},
    *contact(5, 9, "unsubscribed", reason="by_company"),
    {"customer": 6, "time": HOUR, "event": "complained", "contact": 10, "chain": "cart", "channel": "email"},
    {"customer": 7, "time": HOUR, "event": "site_visited"},
]
REFUSALS = [
    (0, 2, "cart", "running", 0, 3, 0, DAY),
    (0, 7, "cart", "enter", 0, 2, 0, DAY),
    (0, 7, "idle", "at_start", 0, 1, 0, 0),
    (1, 9, "idle", "reenter", 0, 4, 0, DAY),
]


def run_folder(home: Path, log: str = "all", refusals: bool = True) -> Path:
    people = [{"control": number == 3} for number in range(9)] + [{"replication": 1}]
    folder = told_run(home, SCENARIO, people, ROWS, refusals=REFUSALS if refusals else None)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "log": log}))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_folder(tmp_path_factory.mktemp("worth"))


def found(choice: Choice, key: str) -> list[int]:
    """Customers of a list, in order."""
    return [one["customer"] for one in choice.lists[key][1]]


def test_each_list_is_ranked_by_its_figure(folder: Path) -> None:
    choice = choose(folder, None, Filters())
    assert found(choice, "most_messages") == [8, 1]
    assert found(choice, "unsubscribed") == [1, 6]
    assert found(choice, "complained") == [6]
    assert found(choice, "ordered_after_click") == [8]
    assert found(choice, "held_most") == [2]
    assert found(choice, "refused_most") == [9, 2, 7]
    assert "happened" not in choice.lists


def test_the_figures_of_a_customer(folder: Path) -> None:
    lists = choose(folder, None, Filters()).lists
    first = lists["most_messages"][1][0]
    counts = ("sent", "opened", "clicked", "held", "refused", "orders", "ordered", "unsubscribed", "complained")
    assert [first[name] for name in counts] == [3, 1, 1, 0, 0, 1, 1, False, False]
    held = lists["held_most"][1][0]
    assert (held["held"], held["held_mostly"]) == (2, "cap")


def test_a_chain_counts_what_is_its_own(folder: Path) -> None:
    choice = choose(folder, None, Filters(chain="cart"))
    assert found(choice, "most_messages") == [8]
    assert choice.lists["most_messages"][1][0]["sent"] == 1
    assert found(choice, "unsubscribed") == [6]
    assert found(choice, "refused_most") == [2, 7]
    assert choice.lists["refused_most"][0] == "Most often refused by cart"
    digest = choose(folder, None, Filters(chain="digest"))
    assert (found(digest, "most_messages"), found(digest, "ordered_after_click")) == ([8, 1], [])
    assert found(choose(folder, None, Filters(chain="idle")), "refused_most") == [9]


def test_an_event_lets_those_through_to_whom_it_happened(folder: Path) -> None:
    choice = choose(folder, None, Filters(event="order"))
    assert [(one["customer"], one["happened"]) for one in choice.lists["happened"][1]] == [(8, 1), (1, 1)]
    assert found(choice, "unsubscribed") == [1]
    assert found(choose(folder, None, Filters(event="site_visited")), "happened") == [7]
    both = choose(folder, None, Filters(chain="digest", event="click"))
    assert [(one["customer"], one["happened"]) for one in both.lists["happened"][1]] == [(1, 1)]


def test_replication_and_limit(folder: Path) -> None:
    assert found(choose(folder, None, Filters(replication=1)), "refused_most") == [9]
    assert found(choose(folder, None, Filters(limit=1)), "most_messages") == [8]


def test_contribution_is_compared_with_the_other_arm(folder: Path) -> None:
    table = pl.read_parquet(folder / "outcomes.parquet").with_columns(pl.col("arm").cast(pl.String))
    of = {row["arm"]: row["contribution"] for row in table.filter(customer=8, replication=0).iter_rows(named=True)}
    [first] = [one for one in choose(folder, None, Filters()).lists["most_messages"][1] if one["customer"] == 8]
    assert (first["contribution"], first["compared"]) == (of[ARM], {"arm": "silent", "contribution": of["silent"]})
    apart = choose(folder, None, Filters(limit=99)).lists["differ_most"][1]
    gaps = [abs(one["contribution"] - one["compared"]["contribution"]) for one in apart]
    assert gaps == sorted(gaps, reverse=True)
    assert min(gaps) > 0


def crmsim(*arguments: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, ["explain", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def test_a_line_a_customer(folder: Path) -> None:
    out, _ = crmsim(str(folder), "--chain", "cart", "--limit", "1")
    lines = out.splitlines()
    assert lines[0] == f"Arm {ARM}; one story: crmsim explain {folder} --customer N --replication R"
    assert lines[1:3] == ["", "Most messages of cart"]
    assert lines[3].startswith("  --customer 8 --replication 0: 1 sent, 1 opened, 1 clicked; 1 order")
    held = lines[lines.index("Messages of cart most often held or not sent") + 1]
    assert held.startswith("  --customer 2 --replication 0: 0 sent; 1 held or dropped (mostly cap); refused 3 times")
    assert not any("Complained after" in line for line in lines[:3])


def test_nobody_is_told_as_nobody(folder: Path) -> None:
    out, _ = crmsim(str(folder), "--event", "referred")
    assert out.endswith("\n\nNobody in this run is so, within its horizon.\n")


def test_for_machines(folder: Path) -> None:
    told = json.loads(crmsim(str(folder), "--event", "order", "--json")[0])
    assert (told["arm"], told["manifest"]["log"]) == (ARM, "all")
    assert [one["customer"] for one in told["happened"]] == [8, 1]
    assert told["complained"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--chain", "carts"], "--chain: unknown chain 'carts' in arm arm0; did you mean 'cart'? (expected one of: "),
        (["--event", "purchase"], "--event: unknown event 'purchase' in the event map; did you mean 'order'? ("),
        (["--arm", "arm"], "--arm arm: this run has no such arm; did you mean 'arm0'?"),
        (["--limit", "0"], "--limit 0: expected a whole number of at least 1"),
        (["--replication", "2"], "--replication 2: this run has replications 0 to 1"),
        (["--customer", "1", "--chain", "cart"], "--chain chooses among customers; leave it out with --customer 1"),
        (["--customer", "1", "--limit", "4"], "--limit chooses among customers; leave it out with --customer 1"),
    ],
)
def test_options_that_do_not_fit(folder: Path, options: list[str], message: str) -> None:
    _, err = crmsim(str(folder), *options, code=2)
    assert err.startswith(f"crmsim: {message}")


@pytest.mark.slow
def test_a_log_without_own_actions(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run", log="contacts", refusals=False)
    choice = choose(folder, None, Filters())
    assert "ordered_after_click" not in choice.lists
    assert "orders" not in choice.lists["most_messages"][1][0]
    assert found(choice, "refused_most") == []
    _, err = crmsim(str(folder), "--event", "order", code=2)
    assert "ran with --log contacts and has no customers' own actions" in err
    _, err = crmsim(str(run_folder(tmp_path / "none", log="none")), code=2)
    assert err.endswith("has no event log: it ran with --log none\n")
