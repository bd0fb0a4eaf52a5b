"""A row of the event log in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from strategies.vocabulary import DAY, EVENT_MAP, HOUR

EVENT_TYPE: Final = {event.name: event for event in EVENT_MAP}
ABOUT_EVENT: Final = {event.name: event.about for event in EVENT_MAP}

WHY: Final = {
    "no_address": "there is no address for this channel",
    "no_consent": "there is no consent for this purpose on this channel",
    "control": "the customer is in the global control group",
    "holdout": "the customer is in the chain's holdout",
    "sunset": "the sunset rule: no reaction for too long",
    "condition": "the chain's condition no longer holds",
    "offer_expired": "the offer or the message has expired",
    "main_chain": "another chain is speaking to the customer",
    "cap": "the cap is full",
    "gap": "too soon after another contact",
    "pause": "a pause after the customer's own action",
    "quiet_hours": "quiet hours",
    "budget": "the budget of the period is spent",
    "throughput": "the provider's throughput is used up",
    "queued": "it stands in the queue until the full hour",
    "held_too_long": "it waited longer than allowed",
    "run_ended": "its chain run ended",
    "exit_event": "the customer did what ends the chain",
    "timeout": "the chain's time ran out",
    "finished": "all steps are done",
    "exit_step": "an exit step",
    "restarted": "the trigger came again and restarted it",
    "horizon": "the horizon ended",
    "hard_bounce": "the address is dead",
    "soft_bounce": "a passing failure",
    "other_id": "under another id of the same person, so the company does not see it here",
    "lost": "the company's systems lost it",
    "late": "it has not reached the company's systems yet",
    "arrived": "it reached the company's systems late",
    "doubled": "the company's systems heard of it twice",
    "proxy": "by a privacy proxy, not by a person",
    "reopened": "by a person, after a privacy proxy had opened it",
    "by_company": "by the company itself",
    "broken": "broken, a personal block had no data and no fallback stood in",
    "fallback": "with the fallback of a personal block that had no data",
    "goal": "its goal was reached",
    "changed": "the rules changed, which ended what was under way",
    "preference": "the customer chose to hear less often, or not of this topic",
    "no_template": "it is no approved template, and the customer opened no window for free writing",
    "send_window": "outside the send window",
    "stopped": "another chain stopped it",
    "paused": "another chain paused it",
    "no_effect": "there was nothing to change",
    "answered": "the customer answered",
    "no_answer": "the customer did not answer",
    "done": "it is done",
    "expired": "its time was over",
    "replaced": "the same message was sent anew and took its place",
    "warmup": "the day's plan for the new sender domain is used up",
}
"""Reasons of the log in plain words."""

BY_RULE: Final = {"unsubscribe.topic": "a chain gave its topic up"}
"""Rules that say more than their reasons do."""

CONTACT_WORDS: Final = {
    "held": "waits",
    "dropped": "was not sent",
    "sent": "was sent",
    "bounced": "bounced",
    "delivered": "was delivered",
    "in_app_shown": "was shown at a visit",
    "in_app_removed": "is not shown any more",
    "opened": "was opened",
    "click": "was clicked",
    "unsubscribed": "made the customer unsubscribe",
    "complained": "was reported as spam",
    "blocked": "made the customer block the bot",
    "push_disabled": "made the customer switch pushes off",
    "task_created": "was given as a task",
    "call_answered": "was answered",
    "task_closed": "is over as a task",
}
REACTIONS: Final = ("in_app_shown", "opened", "click", "unsubscribed", "complained", "blocked", "push_disabled")
NOT_ENTERED: Final = "not_entered"
"""Stands in the story, not in the log: a chain's trigger came and no run began."""
CASCADE_LEFT: Final = "cascade_left"
"""Stands in the story, not in the log: a run asks no later rung of its cascade."""

ACTION_WORDS: Final = {
    "set": "wrote into the customer's card",
    "add_to": "put the customer on a list",
    "remove_from": "took the customer off a list",
    "unsubscribe": "gave up consent",
    "unsubscribe_topic": "gave up a topic; consent stands",
    "webhook": "told another system",
    "start": "offered the customer to another chain",
    "pause": "paused another chain",
    "stop": "stopped another chain",
    "give": "gave points or a coupon",
}
CHAIN_WORDS: Final = {"chain_entered": "began", "chain_exited": "ended", "goal_reached": "reached its goal"}


def sentence(row: Mapping[str, Any], sent_on: str) -> str:
    """The row in words.  sent_on: day of the message reacted to."""
    event = row["event"]
    if event == NOT_ENTERED:
        return f"chain {row['chain']} did not enter" + (f": {row['reason']}" if row["reason"] else "")
    if event == CASCADE_LEFT:
        return f"chain {row['chain']} left its cascade without asking for {row['reason']}"
    if event in CHAIN_WORDS:
        return f"chain {row['chain']} {CHAIN_WORDS[event]}{_because(row)}"
    if event == "action_taken":
        action = row["category"]
        done = _recorded(action) if row["reason"] else ACTION_WORDS[action]
        return f"chain {row['chain']} {done}{_because(row)}"
    if row["reason"] == "by_company":
        return f"consent withdrawn by the company (chain {row['chain']})"
    if event == "dropped" and row.get("moves_on"):
        return f"{_contact(row)} is passed over for the next rung{_because(row)}"
    if event == "task_created" and row["reason"]:
        return f"{_contact(row)} was given to nobody as a task{_because(row)}"
    if event in CONTACT_WORDS:
        of_day = f" of {sent_on}" if sent_on else ""
        return f"{_contact(row)}{of_day} {CONTACT_WORDS[event]}{_because(row)}"
    about = ABOUT_EVENT.get(event) or event
    told = [str(row["category"])] if row["category"] else []
    if row["value"] is not None:
        told.append(_number(event, row["value"]))
    aside = f"; {row['aside']}" if row.get("aside") else ""
    return about + (f" ({', '.join(told)})" if told else "") + aside + _because(row)


def _recorded(action: str) -> str:
    """What a chain did with a step of which nothing came, for the reason that follows.

    >>> _recorded("give")
    "only recorded its step 'give'"
    """
    return f"only recorded its step '{action.replace('_', ' ')}'"


def _number(event: str, value: float) -> str:
    """A number attribute in words, with what it is where it is no money.

    >>> [_number("delivered_order", late) for late in (0.0, 5_400.0, 172_800.0)]
    ['in time', '1.5 h late', '2.0 days late']
    >>> _number("support_closed", 5_400.0), _number("price_dropped", 0.2), _number("order", 1_990.0)
    ('waited 1.5 h', 'drop 20%', '1,990')
    """
    attributes = EVENT_TYPE[event].attributes
    name, unit = next(((name, one.unit) for name, one in attributes.items() if one.slot == "value"), ("value", ""))
    told = _amount(value, unit)
    if name == "late":
        return f"{told} late" if value > 0.0 else "in time"
    return told if name == "value" else f"{name} {told}"


def _amount(value: float, unit: str) -> str:
    if unit == "duration":
        return f"{value / DAY:.1f} days" if value >= 2 * DAY else f"{value / HOUR:.1f} h"
    if unit == "share":
        return f"{value:.0%}"
    return f"{value:,.2f}".removesuffix(".00")


def _contact(row: Mapping[str, Any]) -> str:
    words = [row["channel"], row["message"]]
    origin = ", ".join(word for word in (row["chain"], row["step"]) if word)
    what = " ".join(word for word in words if word) or "a contact"
    return f"{what} ({origin})" if origin else what


def _because(row: Mapping[str, Any]) -> str:
    reason = row["reason"]
    if not reason:
        return ""
    rule = f" (rule {row['rule']})" if row["rule"] else ""
    whose = row["displaced_by"]
    displaced = f"; {'an earlier message of its own' if whose == row['chain'] else whose} came first" if whose else ""
    why = BY_RULE.get(row["rule"]) or WHY.get(reason, reason)
    return f": {why}{rule}{displaced}"
