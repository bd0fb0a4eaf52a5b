"""Where a run leaves a cascade before its last rung, out of the rows of one customer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from experiments.cascades import with_cascade_ends
from experiments.found_carts import with_found_carts
from experiments.sentences import CASCADE_LEFT, sentence
from strategies.vocabulary import DAY, HOUR
from tests.experiments.test_explain import row
from tests.strategies.story import scenario_of

CHAINS = scenario_of("""
messages: {m: {purpose: promo}}
chains:
  c:
    trigger: cart_abandoned
    steps:
      - cascade:
          - {email: m, wait: 1d, next_unless: [click, order]}
          - {first_of: [web_push, telegram], message: m, wait: 1d, next_unless: click, on_capped: next}
          - {sms: m}
      - send: {email: m}
""").chains
CAPPED = ": a rung that the policy stops ends it (on_capped: next would go on)"
BOTH = "web_push/telegram m, sms m"
ORDERED = f"{BOTH}: what ends it came (an order was placed)"


def rung(number: int, hour: int, event: str, reason: str | None = None, run: int = 1) -> dict[str, Any]:
    """A row about the contact of one rung."""
    at = {"chain": "c", "step": f"steps[0].cascade[{number}]", "contact": 10 * run + number, "run": run}
    return row(hour * HOUR, event, reason=reason, **at)


def exited(hour: int, reason: str | None = "finished", run: int = 1) -> dict[str, Any]:
    """The run ended."""
    return row(hour * HOUR, "chain_exited", chain="c", run=run, reason=reason)


def click(hour: int, run: int = 1) -> dict[str, Any]:
    """The first rung's message was clicked."""
    return rung(0, hour, "click", run=run)


@pytest.mark.parametrize(
    ("rows", "at", "words"),
    [
        ([rung(0, 1, "dropped", "cap"), exited(1)], 1, BOTH + CAPPED),
        ([rung(0, 1, "held", "gap"), rung(0, 3, "dropped", "held_too_long")], 2, BOTH + CAPPED),
        ([rung(0, 1, "sent"), click(5), exited(5)], 2, f"{BOTH}: what ends it came (a tracked click)"),
        ([rung(0, 1, "sent"), row(5 * HOUR, "order")], 2, ORDERED),
        ([rung(0, 1, "dropped", "control"), row(5 * HOUR, "order")], 2, ORDERED),
        ([rung(0, 1, "sent"), exited(5, "exit_event")], 2, BOTH),
        ([rung(0, 1, "held", "gap"), rung(0, 2, "dropped", "run_ended"), exited(2, "timeout")], 3, BOTH),
        ([rung(0, 1, "sent"), exited(5)], 2, f"{BOTH}: what ends it had come"),
        ([rung(0, 1, "dropped", "no_address"), rung(1, 1, "sent"), exited(3, "goal")], 3, "sms m"),
    ],
)  # fmt: skip
def test_a_story_says_which_rungs_are_not_asked_any_more(rows: list[dict[str, Any]], at: int, words: str) -> None:
    told = with_cascade_ends(CHAINS, rows)
    assert [place for place, one in enumerate(told) if one["event"] == CASCADE_LEFT] == [at]
    assert told[at]["reason"] == words
    assert told[at]["time"] == told[at - 1]["time"]
    assert sentence(told[at], "") == f"chain c left its cascade without asking for {words}"


@pytest.mark.parametrize(
    "rows",
    [
        [rung(0, 1, "dropped", "no_consent"), rung(1, 1, "sent"), rung(2, 25, "dropped", "cap"), exited(25)],
        [rung(0, 1, "sent"), rung(0, 3, "click", run=2), rung(1, 25, "sent"), rung(2, 49, "sent")],  # of another run
        [rung(0, 1, "sent"), row(30 * HOUR, "order")],  # too late to end it
        [rung(0, 1, "sent"), row(3 * HOUR, "order", reason="lost"), rung(1, 25, "sent"), rung(2, 49, "sent")],
        [rung(0, 1, "sent")],  # under way
    ],
)
def test_nothing_is_said_of_a_cascade_that_goes_on_or_comes_to_its_last_rung(rows: list[dict[str, Any]]) -> None:
    assert with_cascade_ends(CHAINS, rows) == rows


def test_a_rung_that_the_policy_passes_over_is_not_told_as_lost() -> None:
    rows = [rung(0, 1, "dropped", "no_consent"), rung(1, 1, "dropped", "quiet_hours"), rung(2, 1, "sent")]
    told = with_cascade_ends(CHAINS, rows)
    assert [row.get("moves_on") for row in told] == [None, True, None]
    contact = "a contact (c, steps[0].cascade[1])"
    assert sentence(told[1], "") == f"{contact} is passed over for the next rung: quiet hours"
    assert with_cascade_ends(CHAINS, [*rows[:2], exited(1)])[:2] == rows[:2], "no later rung was asked for"


@pytest.mark.parametrize("first", [rung(0, 1, "sent"), rung(0, 1, "dropped", "no_address")])
def test_a_condition_may_have_held_where_no_later_rung_was_asked_for(first: dict[str, Any]) -> None:
    chains = scenario_of("""
messages: {m: {purpose: promo}}
chains:
  c:
    trigger: cart_abandoned
    steps: [{cascade: [{email: m, wait: 1d, next_unless: [click, "orders >= 1"]}, {sms: m}]}]
""").chains
    told = with_cascade_ends(chains, [first, exited(25)])
    assert told[-1]["reason"] == "sms m: what ends it had come or held"


def test_an_event_that_ends_the_run_is_told_as_the_runs_end() -> None:
    rows = [rung(0, 1, "sent"), row(5 * HOUR, "order"), exited(5, "exit_event")]
    [left] = [one for one in with_cascade_ends(CHAINS, rows) if one["event"] == CASCADE_LEFT]
    assert left["reason"] == BOTH


def test_a_cart_that_was_not_filled_in_its_visit_says_where_it_comes_from() -> None:
    def local(time: int) -> dt.datetime:
        return dt.datetime(2026, 2, 2) + dt.timedelta(seconds=time)

    rows = [
        row(0, "site_visited"),
        row(60, "cart_abandoned", category="gift"),
        row(DAY, "app_opened"),
        row(DAY + 60, "cart_added", category="gift"),
        row(DAY + 90, "cart_abandoned", category="gift"),
        row(3 * DAY, "site_visited"),
        row(3 * DAY + 60, "checkout_started", category="gift"),
        row(3 * DAY + 90, "cart_abandoned", category="gift"),
        row(3 * DAY + 99, "cart_abandoned", category="gift", reason="doubled"),
    ]
    told = {place: one["aside"] for place, one in enumerate(with_found_carts(rows, local)) if "aside" in one}
    assert told == {
        1: "the cart was filled before the run began and found again",
        6: "the cart was filled on 3 Feb and found again",
    }
    assert sentence(with_found_carts(rows, local)[1], "").endswith(f"(gift); {told[1]}")
