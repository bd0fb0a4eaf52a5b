"""LANGUAGE, Splits, holdouts, control: held-out runs go on as ghosts, recorded so that they compare.

A ghost takes the way of a customer to whom everything went out, for whom it arrived, and who answered nothing.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from tests.drawing import Raw
from tests.drawn_steps import SEGMENTS
from tests.generators import MESSAGES, chains
from tests.starts import ACTIONS
from tests.strategies.story import Person, tell
from tests.strategies.test_runs_of_chains import VISIT, chain

BRANCHES = """
{send: {email: m}}, {wait: 1d},
{choose: [
  {if: "opened(m)", steps: [{send: {vk: opened}}]},
  {if: "not opened(m)", steps: [{send: {vk: silent}}]},
  {else: [{send: {vk: unknown}}]}]},
{choose: [{if: "not sent(m)", steps: [exit]}, {if: "delivered(m) and not clicked()", steps: [{send: {vk: there}}]}]}"""


def branches(more: str = "", steps: str = BRANCHES, top: str = "") -> str:
    """A chain whose branches ask what became of its messages."""
    names = ("opened", "silent", "unknown", "there")
    messages = "".join(f", {name}: {{purpose: promo}}" for name in names)
    return chain(more, steps, top=top).replace("n: {purpose: promo}", f"n: {{purpose: promo}}{messages}")


def course(text: str, *timeline: str, **more: Any) -> list[str]:
    """What the runs did and asked for, and when, whether it was sent or kept back."""
    rows = tell(text, [VISIT, *timeline], **more).lines("chain_entered", "chain_exited", "dropped", "sent")
    return [row.replace("dropped", "sent").replace(" (holdout)", "").replace(" (control)", "") for row in rows]


@pytest.mark.parametrize("held_out", [("holdout: 100%,", ""), ("", "control: {share: 100%}")])
def test_a_ghost_and_a_control_customer_take_the_branches_of_silence(held_out: tuple[str, str]) -> None:
    silent = course(branches())
    assert [row.rpartition(":")[2] for row in silent if "sent" in row] == ["m", "silent", "there"]
    assert course(branches(held_out[0], top=held_out[1])) == silent


def test_what_waits_for_a_visit_was_shown_to_no_ghost() -> None:
    steps = """{send: {in_app: m}}, {wait: {until: in_app_shown, at_most: 2d, on_timeout: [{send: {vk: n}}]}},
      {choose: [{if: "sent(m) and not delivered(m) and not shown(m)", steps: [{send: {vk: unknown}}]}]}"""
    visit = "day 1 10:00 anna site_visited"
    nobody_came = course(branches(steps=steps))
    assert course(branches("holdout: 100%,", steps), visit) == nobody_came
    assert course(branches(steps=steps), visit) != nobody_came


def test_a_ghost_hears_of_its_delivery_and_of_no_answer() -> None:
    told = "{send: {email: m}}, {wait: {until: delivered, at_most: 2d}}, {send: {email: n}}"
    assert course(branches("holdout: 100%,", told)) == course(branches(steps=told))
    silent = "{send: {email: m}}, {wait: {until: opened or click, at_most: 2d}}, {send: {email: n}}"
    assert course(branches("holdout: 100%,", silent)) == course(branches(steps=silent))
    exits = "exit_on: delivered, holdout: {},"
    steps = "{send: {email: m}}, {wait: 1h}, {send: {email: n}}"
    assert course(branches(exits.format("100%"), steps)) == course(branches(exits.format("0.01%"), steps))


def test_a_delivery_that_never_was_reaches_no_goal() -> None:
    goal = "goal: {event: delivered, window: 2d},"
    assert tell(branches(goal), ["day 0 10:00:30 anna site_visited"]).lines("goal_reached") != []
    assert tell(branches(goal + " holdout: 100%,"), ["day 0 10:00:30 anna site_visited"]).lines("goal_reached") == []


def test_messages_kept_back_are_known_to_their_own_run_alone() -> None:
    """No report, no other chain, no counter, no personal block hears of them."""
    text = """
messages:
  m: {purpose: promo}
  receipt: {purpose: transactional, personal: reaction, fallback: nothing}
  n: {purpose: transactional}
chains:
  c: {trigger: site_visited, steps: [{send: {email: m}}, {send: {email: m}}, {wait: 1d}, {send: {email: receipt}}]}
  heard: {trigger: delivered, steps: [{send: {sms: n}}]}
  counted: {trigger: {count: 2, of: email_unopened, answer_within: 2h}, steps: [{send: {telegram: n}}]}
  asks: {trigger: searched, enter: "sends.email == 0", steps: [{send: {vk: n}}]}
control: {share: 100%, exempt: [transactional]}
"""
    told = tell(text, [VISIT, "day 0 20:00 anna searched"])
    assert told.lines("dropped", "sent", "delivered") == [
        "day 0 10:00 dropped email:m (control)",
        "day 0 10:00 dropped email:m (control)",
        "day 0 20:00 sent vk:n",
        "day 0 20:00 delivered vk:n",
        "day 0 20:00 sent sms:n",  # the first delivery of all
        "day 0 20:00 delivered sms:n",
        "day 1 10:00 sent email:receipt (fallback)",
        "day 1 10:00 delivered email:receipt",
    ]


def test_a_message_that_would_have_lost_its_meaning_is_no_ghosts_either() -> None:
    text = """
messages: {m: {purpose: promo, deliver_by: 1h}}
chains:
  c: {trigger: site_visited, holdout: 100%, steps: [{send: {email: m}}, {wait: 1h},
    {choose: [{if: "sent(m)", steps: [exit]}]}, {wait: 1h}]}
  p: {trigger: site_visited, steps: [{pause: {chain: c, for: 1d}}]}
"""
    real, ghost = tell(text.replace("100%", "0.01%"), [VISIT]), tell(text, [VISIT])
    assert real.lines("dropped") == ["day 0 11:00 dropped email:m (offer_expired)"]
    assert [row for row in ghost.runs if "exited c" in row] == [row for row in real.runs if "exited c" in row]


@st.composite
def asking_scenarios(draw: st.DrawFn) -> Raw:
    """One chain without policy whose steps ask about the customer and about their own messages, of which no counter
    of what was sent decides anything.
    """
    others = ("trigger.", "written_to", "best_channel")
    drawn: Raw = draw(chains().filter(lambda one: not any(word in json.dumps(one) for word in others)))
    kept = {key: drawn[key] for key in ("steps", "exit_on", "timeout", "while") if key in drawn}
    return {
        "rfm": {"period": "14d", "levels": 3, "edges": "quantile"},
        "segments": {name: dict(segment) for name, segment in SEGMENTS.items()},
        "offers": {"small_gift": {"gift": 300, "cost": 120}},
        "messages": MESSAGES,
        "chains": {"c": {"trigger": "cart_abandoned", "reenter": "always", **kept}},
    }


deeds = st.lists(st.tuples(st.integers(0, 6 * 24 * 60), st.sampled_from(ACTIONS)), max_size=6)


def _without_reason(row: str) -> str:
    """What a run asked for, or how it went on, and not whether it was sent."""
    asked = "sent" in row or "dropped" in row
    return row.partition(" (")[0].replace("dropped", "sent") if asked else row.replace(" (holdout)", "")


@pytest.mark.slow
@seed(5)
@settings(max_examples=40, deadline=None, database=None, phases=(Phase.generate,))
@given(asking_scenarios(), deeds)
def test_a_ghost_takes_the_way_of_who_answers_nothing(raw: Raw, done: list[tuple[int, str]]) -> None:
    timeline = ["day 0 09:00 anna cart_abandoned 900 shoes"]
    for minute, event in sorted(done):
        timeline.append(f"day {minute // 1440} {minute % 1440 // 60:02d}:{minute % 60:02d} anna {event} 700 books")
    ghost = {**raw, "chains": {"c": {**raw["chains"]["c"], "holdout": "100%"}}}
    somebody = {"anna": Person(no_address=("telegram",), no_consent=("web_push",))}
    ways = []
    for one in (raw, ghost):
        text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in one.items())
        rows = tell(text, timeline, somebody).lines("chain_entered", "chain_exited", "dropped", "sent")
        ways.append([_without_reason(row) for row in rows])
    assert ways[0] == ways[1]


def test_ghosts_go_on_as_if_sent_and_take_no_cap_gap_or_budget() -> None:
    text = """
channels: {email: {cost: 5}, sms: {cost: 5}}
contact_policy: {caps: [{max: 1, per: 30d, then: drop}], min_gap: {any: 20d, then: drop}, budget: {max: 1, per: month}}
messages: {m: {purpose: promo}, n: {purpose: promo}}
chains:
  ghost:
    trigger: site_visited
    holdout: 100%
    steps: [{send: {email: m}}, {wait: {until: click, at_most: 1d}}, {send: {email: m}}]
  real: {trigger: searched, steps: [{send: {sms: n}}]}
"""
    told = tell(text, [VISIT, "day 2 12:00 anna searched"])
    assert told.lines("dropped", "sent", "chain_entered", "chain_exited") == [
        "day 0 10:00 chain_entered ghost (holdout)",
        "day 0 10:00 dropped email:m (holdout)",
        "day 1 10:00 dropped email:m (holdout)",
        "day 1 10:00 chain_exited ghost (finished)",
        "day 2 12:00 chain_entered real",
        "day 2 12:00 sent sms:n",
        "day 2 12:00 chain_exited real (finished)",
    ]


def test_ghosts_reach_goals_and_exit_so_that_they_compare() -> None:
    text = chain("holdout: 100%, goal: {event: order, window: 7d}, exit_on: order,")
    told = tell(text, [VISIT, "day 1 10:00 anna order 10"])
    assert told.runs == [
        "day 0 10:00 chain_entered c (holdout)",
        "day 1 10:00 goal_reached c",
        "day 1 10:00 chain_exited c (exit_event)",
    ]
