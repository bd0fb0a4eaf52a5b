"""What a story adds to the log: reactions by day, chains that did not enter, the control group once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments import explain
from experiments.sentences import ACTION_WORDS, WHY, sentence
from strategies.vocabulary import ACTIONS, REASONS
from tests.experiments.test_cli import SCENARIO, folder, made

__all__ = ["folder"]

DAY = 86_400
EVENT = "cart_abandoned"
EMPTY = dict.fromkeys(("contact", "run", "channel", "chain", "step", "message", "reason", "rule", "displaced_by"))


def row(time: int, event: str, **values: Any) -> dict[str, Any]:
    """A row of the log."""
    return {**EMPTY, "category": None, "value": None, "time": time, "event": event, **values}


ROWS = [
    row(0, "cart_abandoned"),
    row(0, "chain_entered", chain="digest", run=1),
    row(60, "sent", contact=5, message="news", channel="email"),
    row(DAY, "cart_abandoned"),
    row(DAY + 60, "opened", contact=5, message="news", channel="email"),
    row(DAY + 90, "dropped", contact=6, message="news", channel="email", reason="control"),
    row(2 * DAY, "chain_exited", chain="digest", run=1, reason="finished"),
    row(3 * DAY, "cart_abandoned"),
    row(7 * DAY, "cart_abandoned"),
]


@pytest.mark.parametrize("control", [False, True])
def test_a_story_says_what_did_not_begin(folder: Path, monkeypatch: pytest.MonkeyPatch, control: bool) -> None:
    made(folder)
    scenario = SCENARIO.format(name="Calm").replace("shop.yaml", "population.yaml").replace("site_visited", EVENT)
    (folder / "result" / "scenario-calm.yaml").write_text(scenario.replace("reenter: {after: 7d}", "reenter: never"))
    monkeypatch.setattr(explain, "_rows", lambda *_: ROWS)
    traits = {"control": control, "zone_hours": 0, "address_email": True, "consent_email": True, "segment_vip": True}
    monkeypatch.setattr(explain, "_customer", lambda *_: traits)
    story = explain.explain(folder / "result", 1)
    texts = [moment.text for moment in story.moments if "abandoned_cart" not in moment.text]
    assert [text for text in texts if "did not enter" in text] == [
        "chain digest did not enter: a run of it was under way",
        "chain digest did not enter: too early, it entered on 2 Feb and re-enters never",
    ]
    assert "email news of 2 Feb was opened" in texts
    assert "email news was not sent: the customer is in the global control group" in texts
    head = story.to_text().splitlines()[1:6]
    assert head[0].startswith("  group: in the global control group") == control
    assert head[1:] == [
        "  channels at the start: email (consent to marketing)",
        "  segments at the start: vip",
        "  chains entered: digest",
        "  other arms of the run (--arm): silent",
    ]


def test_actions_and_tasks_are_told_in_words() -> None:
    rows = (
        row(0, "action_taken", chain="lead", category="set"),
        row(0, "action_taken", chain="lead", category="stop", reason="no_effect"),
        row(0, "action_taken", chain="lead", category="give", reason="control"),
        row(0, "task_created", chain="lead", step="steps[1]", message="offer", channel="phone", reason="no_consent"),
        row(0, "unsubscribed", chain="lead", reason="by_company"),
        row(0, "task_closed", chain="lead", step="steps[1]", message="offer", channel="phone", reason="no_answer"),
    )
    assert [sentence(one, "") for one in rows] == [
        "chain lead wrote into the customer's card",
        "chain lead only recorded its step 'stop': there was nothing to change",
        "chain lead only recorded its step 'give': the customer is in the global control group",
        f"phone offer (lead, steps[1]) was given to nobody as a task: {WHY['no_consent']}",
        "consent withdrawn by the company (chain lead)",
        "phone offer (lead, steps[1]) is over as a task: the customer did not answer",
    ]
    assert set(ACTION_WORDS) == set(ACTIONS)


def test_a_topic_that_a_chain_gave_up_is_neither_lost_consent_nor_the_customers_choice() -> None:
    rows = (
        row(0, "action_taken", chain="lead", category="unsubscribe_topic"),
        row(1, "dropped", channel="email", message="tips", reason="preference", rule="unsubscribe.topic"),
        row(2, "dropped", channel="email", message="tips", reason="preference", rule="preferences.topics"),
    )
    assert [sentence(one, "") for one in rows] == [
        "chain lead gave up a topic; consent stands",
        "email tips was not sent: a chain gave its topic up (rule unsubscribe.topic)",
        f"email tips was not sent: {WHY['preference']} (rule preferences.topics)",
    ]


def test_the_way_of_an_in_app_message_in_words() -> None:
    banner = {"contact": 5, "message": "gift", "channel": "in_app"}
    rows = [
        row(0, "sent", **banner),
        row(DAY, "delivered", **banner),
        row(DAY, "in_app_shown", **banner),
        row(2 * DAY, "in_app_removed", **banner, reason="expired"),
        row(2 * DAY, "in_app_removed", **banner, reason="run_ended"),
    ]
    assert [sentence(one, "2 Feb") for one in rows] == [
        "in_app gift of 2 Feb was sent",
        "in_app gift of 2 Feb was delivered",
        "in_app gift of 2 Feb was shown at a visit",
        "in_app gift of 2 Feb is not shown any more: its time was over",
        "in_app gift of 2 Feb is not shown any more: its chain run ended",
    ]


def test_every_reason_of_the_log_has_words() -> None:
    assert set(WHY) == set(REASONS) - {""}


def test_a_message_that_went_out_broken_says_so() -> None:
    sent = row(0, "sent", contact=1, channel="email", message="digest", reason="broken")
    words = "email digest was sent: broken, a personal block had no data and no fallback stood in"
    assert sentence(sent, "") == words
