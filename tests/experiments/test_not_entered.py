"""Chains that did not reach one customer: each reason in words, out of the log and the refusals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from experiments.missed import with_missed
from experiments.not_entered import Facts, Gap, gaps, lines
from strategies.vocabulary import DAY, REFUSALS
from tests.experiments.test_explain import row
from tests.strategies.story import scenario_of

SCENARIO = """
at_start: {{backlog: skip}}
messages: {{m: {{purpose: promo}}}}
segments: {{gold: {{if: orders >= 5}}}}
chains:
  c: {{trigger: {trigger}, holdout: 10%, {keys} steps: [{{send: {{email: m}}}}]}}
  {more}
"""


def facts(
    trigger: str = "cart_abandoned",
    keys: str = "",
    rows: tuple[dict[str, Any], ...] = (),
    refusals: tuple[dict[str, Any], ...] | None = (),
    more: str = "",
    own_actions: bool = True,
) -> Facts:
    """What is known of one customer; the scenario has a chain ``c`` with this trigger and these keys."""
    scenario = scenario_of(SCENARIO.format(trigger=trigger, keys=keys, more=more))

    def local(time: int) -> dt.datetime:
        return dt.datetime(2026, 2, 2) + dt.timedelta(seconds=time)

    return Facts(scenario, rows, refusals, 28, own_actions, local)


def refusal(reason: str, count: int = 1, first: int = 0, last: int | None = None, part: int = 0) -> dict[str, Any]:
    """A row of ``refusals.parquet``."""
    last = first if last is None else last
    return {"chain": "c", "reason": reason, "part": part, "count": count, "first": first, "last": last}


def only(found: tuple[Gap, ...], chain: str = "c") -> tuple[str, str, str]:
    """Group, reason and words of a chain's single gap."""
    [gap] = [gap for gap in found if gap.chain == chain]
    return gap.group, gap.reason, gap.text


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("cart_abandoned", "event: cart_abandoned"),
        ("{any: [order, searched]}", "event: order or searched"),
        ("{event: order, if: value > 10}", "event: order"),
        ("{inactive: 30d, of: order}", "inactive: 30d, of: order"),
        ("{segment_left: gold}", "segment_left: gold"),
        ("{date: birthday, before: 7d, at: '10:00'}", "date: birthday, before: 7d, at: 10:00"),
        ("{count: 2, of: searched, in_a_row: days}", "count: 2, of: searched, in_a_row: days"),
        ("{count: 3, of: email_unopened, in_a_row: true}", "count: 3, of: email_unopened, in_a_row: true, answer_wi"),
        ("{every: 'Tue 10:00'}", "every: Tue 10:00"),
    ],
)
def test_a_trigger_that_never_came(trigger: str, words: str) -> None:
    group, reason, text = only(gaps(facts(trigger)))
    assert (group, reason) == ("not_entered", "never")
    assert text.startswith(f"its trigger never came ({words}")


ENTER = 'enter: "orders >= 2 and profile.age > 30",'


@pytest.mark.parametrize(
    ("trigger", "keys", "one", "words"),
    [
        ("order", ENTER, refusal("enter"), "its trigger came on 2 Feb, but 'enter' did not hold: orders >= 2"),
        (
            "order",
            ENTER,
            refusal("enter_unknown", 3, 0, 4 * DAY, part=1),
            "its trigger came 3 times (2 Feb … 6 Feb), but 'enter' asks for a value that is not known: "
            "profile.age > 30",
        ),
        (
            "{event: order, if: value > 10}",
            "",
            refusal("trigger", 2),
            "its trigger came 2 times on 2 Feb, but 'if' did not hold: trigger.value > 10",
        ),
        (
            "{inactive: 30d, of: order}",
            "",
            refusal("at_start"),
            "30d without 'order' had passed already when the run began (at_start.backlog: skip)",
        ),
        (
            "{segment_entered: gold}",
            "",
            refusal("at_start"),
            "the customer was in segment gold already when the run began (at_start.backlog: skip)",
        ),
    ],
)
def test_a_refusal_in_words(trigger: str, keys: str, one: dict[str, Any], words: str) -> None:
    assert only(gaps(facts(trigger, keys, refusals=(one,)))) == ("not_entered", one["reason"], words)


def test_the_commonest_refusal_comes_first() -> None:
    known = facts("order", ENTER, refusals=(refusal("enter"), refusal("enter", 4, DAY, 2 * DAY, part=1)))
    [gap] = gaps(known)
    assert [one.condition for one in gap.refusals] == ["profile.age > 30", "orders >= 2"]
    assert gap.to_json()["refusals"][1] == {
        "reason": "enter",
        "condition": "orders >= 2",
        "count": 1,
        "first": "2026-02-02T00:00:00",
        "last": "2026-02-02T00:00:00",
    }


def test_what_the_company_did_not_hear_of() -> None:
    rows = (row(0, "cart_abandoned", reason="lost"), row(DAY, "cart_abandoned", reason="lost"), row(5, "searched"))
    _, _, text = only(gaps(facts(rows=rows)))
    assert text == (
        "its trigger never came (event: cart_abandoned); the customer did it, but the company did not hear of it: "
        "2 times the company's systems lost it"
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("holdout", "its run went on without messages: the customer is in the chain's holdout (10%)"),
        ("control", "its run went on without messages, exempt ones aside: the customer is in the global control group"),
    ],
)
def test_runs_that_were_lived_without_messages(reason: str, words: str) -> None:
    rows = (row(0, "chain_entered", chain="c", run=1, reason=reason),)
    assert only(gaps(facts(rows=rows))) == ("not_entered", reason, words)


def test_runs_that_sent_nothing() -> None:
    entered = row(0, "chain_entered", chain="c", run=1)
    contact = {"chain": "c", "contact": 5}
    displaced = (
        row(5, "held", reason="cap", **contact),
        row(6, "dropped", reason="main_chain", displaced_by="welcome", **contact),
    )
    told = "1 message: another chain is speaking to the customer (welcome came first)"
    assert only(gaps(facts(rows=(entered, *displaced)))) == ("nothing_sent", "main_chain", told)
    left = row(9, "chain_exited", chain="c", run=1, reason="exit_event")
    told = "its runs came to no message: the customer did what ends the chain"
    assert only(gaps(facts(rows=(entered, left)))) == ("nothing_sent", "exit_event", told)
    told = "its run was under way when the 28 days ended"
    assert only(gaps(facts(rows=(entered,)))) == ("nothing_sent", "under_way", told)
    assert gaps(facts(rows=(entered, row(9, "sent", **contact)))) == ()


@pytest.mark.parametrize(
    ("keys", "reason", "words"),
    [
        ("", "running", "a run of it was under way"),
        ("reenter: never,", "reenter", "it never re-enters"),
        ("reenter: {after: 7d},", "reenter", "too early, it re-enters only 7d after entry"),
        (
            "reenter: {at_most: 3},",
            "at_most",
            "the customer had entered as often as 'reenter' allows: 3 times",
        ),
        (
            "reenter: {after: 1d, at_most: 1, per: 30d},",
            "at_most",
            "the customer had entered as often as 'reenter' allows: once per 30d",
        ),
    ],
)
def test_a_trigger_that_came_again(keys: str, reason: str, words: str) -> None:
    rows = (row(0, "chain_entered", chain="c", run=1), row(9, "sent", chain="c", contact=4))
    found = gaps(facts(keys=keys, rows=rows, refusals=(refusal(reason, 1, DAY),)))
    assert only(found) == ("not_each_time", reason, f"its trigger came on 3 Feb, but {words}")


def test_a_chain_that_only_others_start() -> None:
    more = "first: {trigger: order, holdout: 5%, steps: [{start: c}]}"
    assert only(gaps(facts("started", more=more)))[2] == "only other chains start it: first was not entered"
    entered = row(0, "chain_entered", chain="first", run=1)
    told = only(gaps(facts("started", rows=(entered,), more=more)))[2]
    assert told == "only other chains start it: first did not come to that step"
    held_out = row(0, "action_taken", chain="first", category="start", reason="holdout")
    told = only(gaps(facts("started", rows=(entered, held_out), more=more)))[2]
    assert told == "only other chains start it: first came to it, but the customer is in the chain's holdout"


def test_a_folder_without_refusals_says_so() -> None:
    missing = "why no run began, this folder of an earlier version does not say"
    came = (row(0, "cart_abandoned"),)
    assert only(gaps(facts(rows=came, refusals=None)))[1:] == ("not_known", f"its trigger came once; {missing}")
    assert only(gaps(facts(refusals=None)))[1] == "never"
    assert only(gaps(facts(refusals=None, own_actions=False)))[1:] == ("not_known", missing)


def test_the_lines_stand_under_their_headings() -> None:
    rows = (row(0, "chain_entered", chain="c", run=1),)
    more = "other: {trigger: order, steps: [{send: {email: m}}]}"
    assert lines(gaps(facts(rows=rows, more=more))) == [
        "",
        "Chains not entered",
        "  other: its trigger never came (event: order)",
        "",
        "Chains entered that sent nothing",
        "  c: its run was under way when the 28 days ended",
    ]


def test_the_story_names_the_reason_of_a_moment() -> None:
    """The first and the last moment of a reason are known; between them, if there is one reason only."""
    came = tuple(row(day * DAY, "order") for day in range(4))
    other = refusal("enter", part=1, first=3 * DAY)
    known = facts("order", ENTER, came, (refusal("enter", 3, 0, 2 * DAY), other))
    reasons = [one["reason"] for one in with_missed(known, list(came)) if one["event"] == "not_entered"]
    short, old = "'enter' did not hold: orders >= 2", "'enter' did not hold: profile.age > 30"
    assert reasons == [short, short, short, old]
    mixed = facts("order", ENTER, came, (refusal("enter", 2, 0, 3 * DAY), refusal("enter", 2, DAY, 2 * DAY, part=1)))
    reasons = [one["reason"] for one in with_missed(mixed, list(came)) if one["event"] == "not_entered"]
    assert reasons == [short, old, old, short]
    unheard = (row(0, "order", reason="lost"),)
    assert with_missed(facts("order", rows=unheard), list(unheard)) == list(unheard)


def test_every_reason_has_words() -> None:
    keys = 'enter: "orders >= 2", reenter: {after: 7d},'
    told = [
        only(gaps(facts("{event: order, if: value > 10}", keys, refusals=(refusal(reason),))))[2] for reason in REFUSALS
    ]
    assert len(set(told)) == len(REFUSALS)
