"""Hypothesis strategies for whole scenarios: raw YAML mappings in which rules collide often.

Durations are short and few, so that caps fill, gaps overlap and time-outs fall on due contacts within a
month.  Every scenario that is drawn loads without an error.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tests.drawing import CHANNELS, LONG, Draw, Raw, chance, one, some
from tests.drawn_steps import CUSTOMER_CONDITIONS, REPORTS, SEGMENTS, Steps, drawn_signal, signals
from tests.permits import permits
from tests.policies import changes, policies
from tests.relations import relations
from tests.starts import ACTIONS, CARTS, WITH_VALUE, more_triggers, schedules

STARTS = ("2026-02-02", "2026-01-28", "2025-12-25")

MESSAGES: dict[str, Raw] = {
    "digest": {"purpose": "promo", "topic": "news"},
    "reminder": {"purpose": "promo", "topic": "cart", "template": True},
    "gift": {"purpose": "promo", "topic": "cart", "offer": "small_gift"},
    "advice": {"purpose": "content", "topic": "news"},
    "thanks": {"purpose": "content", "offer": "small_gift"},
    "status": {"purpose": "service", "topic": "order", "template": True},
    "receipt": {"purpose": "transactional", "topic": "order"},
}


PERSONAL = ("name", "last_order", "cart_items", "viewed_items", "favourite_category", "reaction", "recommended")


@st.composite
def events(draw: Draw) -> Raw:
    """An event, of those about messages now and then some messages alone."""
    trigger: Raw = {"event": one(draw, (*ACTIONS, *ACTIONS, *REPORTS))}
    if trigger["event"] in REPORTS and chance(draw, 50):
        others = ["telegram", "vk" if trigger["event"] == "opened" else "sms"]  # an SMS reports no opens
        conditions = ("channel == 'email'", f"not channel in {others}", "message_topic == 'cart'")
        trigger["if"] = one(draw, (*conditions, "chain != 'chain0' and known(message)"))
    return trigger


@st.composite
def absences(draw: Draw) -> Raw:
    """What did not come for a while."""
    absence: Raw = {"inactive": one(draw, ("1h", "1d", "2d")), "of": one(draw, (*ACTIONS, "click", "opened"))}
    if absence["of"] in ("click", "opened") and chance(draw, 50):
        absence["channel"] = some(draw, ("email", "telegram", "web_push"), most=2)
    elif chance(draw, 30):
        alone: Raw = {"event": one(draw, ("click", "delivered")), "channel": "email"}
        absence["of"] = {"any": [*some(draw, (*ACTIONS, "opened"), most=2), alone]}
    return absence


@st.composite
def triggers(draw: Draw) -> Raw:
    """What starts a run."""
    kind = one(
        draw,
        (
            "event",
            "event",
            "event",
            "any",
            "if",
            "inactive",
            "segment",
            "every",
            "date",
            "count",
            "external",
            "changed",
        ),
    )
    if kind in ("date", "count", "external", "changed"):
        return draw(more_triggers(kind))
    if kind == "event":
        return draw(events())
    if kind == "any":
        return {"any": some(draw, (*ACTIONS, "click"), least=2)}
    if kind == "if":
        over_values = ("value > 2500", "value > 1.2 * customer.average_order", "not value > 1000")
        condition = one(draw, (*over_values, "category == 'books'", "category in ['shoes'] and value > 900"))
        return {"event": one(draw, WITH_VALUE), "if": condition}
    if kind == "inactive":
        return draw(absences())
    if kind == "segment":
        return {one(draw, ("segment_entered", "segment_left")): one(draw, SEGMENTS)}
    return draw(schedules(("day 10:00", "Mon,Thu 00:00", "Sun 22:00", "month 1,15 08:00")))


@st.composite
def chains(draw: Draw) -> Raw:
    """One chain."""
    trigger = draw(triggers())
    channels = tuple(some(draw, CHANNELS, least=2, most=4))
    steps = Steps(draw, channels, tuple(some(draw, MESSAGES, most=4)), trigger)
    chain: Raw = {"trigger": trigger, "priority": one(draw, (20, 50, 50, 80))}
    drawn = steps.several(2, 4)
    if not steps.sent:
        drawn.append({"send": steps.send()})
    steps.close()
    chain["steps"] = drawn
    if set(trigger) == {"event"} and chance(draw, 40):
        chain["trigger"] = trigger["event"]
    if chance(draw, 50):
        chain["enter"] = one(draw, CUSTOMER_CONDITIONS)
    on_retrigger = one(draw, ("ignore", "ignore", "restart", "parallel"))
    if on_retrigger == "parallel":
        on_cart = set(trigger.get("any", [trigger.get("event")])) <= set(CARTS)
        by = one(draw, ("cart", "category", "value")) if on_cart else one(draw, ("plan", "amount"))
        on_retrigger = {"parallel_by": by} if on_cart or "external" in trigger else "restart"
    chain["on_retrigger"] = on_retrigger
    chain["reenter"] = one(draw, ("never", "always", "always", {"after": "6h"}, {"after": "1d"}, {"after": "3d"}))
    if chance(draw, 20):
        chain["reenter"] = one(
            draw,
            ({"at_most": 2}, {"at_most": 1, "per": "day"}, {"at_most": 2, "per": "36h"}, {"after": "6h", "at_most": 3}),
        )
    if chance(draw, 40):
        goal: Raw = {"event": one(draw, ("order", "click", "site_visited"))} if chance(draw, 70) else drawn_signal(draw)
        if chance(draw, 30):
            goal = {"any": signals(draw, most=2)}
        chain["goal"] = {**goal, "window": one(draw, LONG)}
    if chance(draw, 55):
        chain["exit_on"] = some(draw, ("order", "cart_emptied", "unsubscribed", "click", "site_visited"), most=2)
        if chance(draw, 35):
            chain["exit_on"] = [*chain["exit_on"], *signals(draw, most=1)]
    if chance(draw, 45):
        chain["timeout"] = one(draw, (*LONG, "90s"))
    if chance(draw, 40):
        chain["holdout"] = one(draw, ("10%", "30%", {"share": "50%", "name": "half"}))
    if chance(draw, 30):
        chain["while"] = one(draw, steps.conditions())
    return chain


@st.composite
def campaigns(draw: Draw) -> Raw:
    """One mass campaign."""
    schedule = draw(
        schedules(("Tue 10:00", "day 10:00", "Mon,Thu 22:00", "day 00:00", "month 1,2,15,28 08:00", "Sun 23:30"))
    )
    message = one(draw, MESSAGES)
    send: Raw = {one(draw, CHANNELS): message}
    if chance(draw, 25):
        send = {"first_of": some(draw, CHANNELS, least=2), "message": message}
    campaign: Raw = {**schedule, "send": send}
    if chance(draw, 60):
        campaign["to"] = one(draw, CUSTOMER_CONDITIONS)
    if chance(draw, 40):
        campaign["priority"] = one(draw, (5, 50, 90))
    return campaign


@st.composite
def contents(draw: Draw) -> Raw:
    """Personal blocks, now and then in variants."""
    blocks: Raw = {"personal": some(draw, PERSONAL, most=3)}
    if chance(draw, 50):
        blocks["fallback"] = "something"
    if chance(draw, 70):
        return blocks
    return {"variants": {"bare": {"share": "40%"}, "rich": {"share": "60%", **blocks}}}


@st.composite
def cells(draw: Draw) -> Raw:
    """RFM cells of the scenario's own, with the names that the policy asks for, and weights."""
    if chance(draw, 65):
        return {}
    conditions = ("m >= 2", "r >= 2 and f >= 2", "orders == 1", "score > 2", "score <= 1.5 or f == 1")
    names = ("champions", "loyal", "hibernating", "new")
    named = {name: one(draw, conditions) for name in names}
    return {"cells": named, "weights": {"r": one(draw, (1, 2.5)), "f": 1, "m": one(draw, (0, 1))}}


@st.composite
def scenarios(draw: Draw, days: int = 30) -> Raw:
    """A whole scenario as its raw mapping (the population is left to the driver)."""
    names = tuple(f"chain{index}" for index in range(draw(st.integers(1, 4))))
    levels = one(draw, (3, 5))
    edges: Any = "quantile"
    if chance(draw, 50):
        cut = levels - 1
        edges = {"recency": list(range(1, cut + 1)), "frequency": list(range(1, cut + 1))}
        edges["monetary"] = [1500 * index for index in range(1, cut + 1)]
    messages = {name: dict(message) for name, message in MESSAGES.items()}
    for message in messages.values():
        if chance(draw, 20):
            message |= draw(contents())
        if chance(draw, 30):
            message["deliver_by"] = one(draw, (*LONG, "90s", "end_of_day"))
    scenario: Raw = {
        "scenario": "drawn",
        "population": "population.yaml",
        "horizon": f"{days}d",
        "start": one(draw, STARTS),
        "at_start": {"history": "0d", "backlog": one(draw, ("skip", "skip", "enter"))},
        "channels": {
            "email": {"cost": 0.1},
            "web_push": {},
            "telegram": {"cost": 0.5},
            "sms": {"cost": 4.5},
            "whatsapp": {"cost": 0.2, "template_cost": 6, "window": one(draw, ("2h", "1d"))},
        },
        "rfm": {
            "period": "14d",
            "levels": levels,
            "best": one(draw, (1, levels)),
            "edges": edges,
            "refresh": "5d",
            **draw(cells()),
        },
        "segments": {name: dict(segment) for name, segment in SEGMENTS.items()},
        "offers": {"small_gift": {"gift": 300, "cost": 120, "valid": "3d"}},
        "messages": messages,
        "contact_policy": draw(policies(names)),
        "chains": {name: draw(chains()) for name in names},
    }
    if chance(draw, 60):
        days_off: Raw = {"holidays": ["2026-02-04"], "working": ["2026-02-07"]} if chance(draw, 40) else {}
        scenario["calendar"] = {"country": one(draw, ("RU", "KZ", "BY", "FR"))} | days_off
    if chance(draw, 80):
        number = draw(st.integers(1, 3))
        scenario["campaigns"] = {f"campaign{index}": draw(campaigns()) for index in range(number)}
    if chance(draw, 35):
        scenario["changes"] = draw(changes(dt.date.fromisoformat(scenario["start"]), days, names))
    if chance(draw, 35):
        keys = draw(permits())
        scenario["chains"]["permitted"] = keys.pop("chain")
        scenario |= keys
    if chance(draw, 30):
        scenario["loyalty"], concerned = draw(relations(tuple(MESSAGES)))
        scenario["chains"] |= concerned
    if chance(draw, 60):
        signs = some(draw, ("click", "opened", "visit"), most=2)
        scenario["engagement"] = {"signs": signs, "active": "1d", "cooling": one(draw, ("2d", "5d"))}
    if chance(draw, 60):
        scenario["control"] = {"share": one(draw, ("10%", "30%")), "exempt": some(draw, ("transactional", "service"))}
    return scenario
