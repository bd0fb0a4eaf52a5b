"""Hypothesis strategies for whole scenarios: raw YAML mappings in which rules collide often.

Durations are short and few, so that caps fill, gaps overlap and time-outs fall on due contacts within a
month.  Every scenario that is drawn loads without an error.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tests.drawing import CHANNELS, CLOCKS, LONG, SHORT, Draw, Raw, chance, one, some
from tests.permits import CONDITIONS, permits
from tests.policies import changes, policies
from tests.relations import relations
from tests.starts import ACTIONS, CARTS, WITH_VALUE, more_triggers, schedules

ANSWERS = ("click", "delivered", "unsubscribed", "bounced")
REPORTS = (*ANSWERS, "opened")
"""Events about messages."""
STARTS = ("2026-02-02", "2026-01-28", "2025-12-25")

SEGMENTS = {
    "active": {"if": "last_visit.age < 1d"},
    "buyers": {"if": "orders >= 2"},
    "written_to": {"if": "sends.email > 2 or sends.sms >= 1"},
    "calm": {"if": "not last_order.age < 3d and not segment.active"},
    "best": {"if": "rfm.segment in ['champions', 'loyal'] or rfm.m >= 3"},
    "rich": {"if": "customer.average_order > 1.1 * base.average_order"},
    "lookers": {
        "did": "product_viewed",
        "times": 2,
        "within": "3d",
        "same": "category",
        "but_not": "order",
        "for": "6h",
    },
    "answering": {"did": ["click", "opened", "favourite_added"], "times": 2, "within": "2d"},
    "spenders": {
        "did": {"event": "order", "if": "value > 1500"},
        "during": {"from": "2026-01-29", "to": "2026-02-04"},
        "but_not": {"any": ["returned", "order"], "if": "value < 500"},
    },
    "written_to_twice": {"did": "sent", "times": 2, "within": "1d"},
    "reads_letters": {"did": {"event": "click", "if": "channel == 'email'"}, "within": "3d"},
    "regulars": {"if": "segment.buyers", "did": "site_visited", "within": "1d", "refresh": "3d"},
}
CUSTOMER_CONDITIONS = (
    "consent.email",
    "consent.sms or consent.service.email",
    "orders >= 1",
    "not segment.active",
    "segment.calm or segment.best",
    "known(last_click.age) and last_click.age < 2d",
    "last_order.value > 1500",
    "profile.zone_hours >= 2",
    "address.telegram and not segment.written_to",
    "segment.rich",
    "segment.lookers or segment.answering",
    "not segment.regulars",
    "segment.spenders or not segment.written_to_twice",
    *CONDITIONS,
)
MESSAGES: dict[str, Raw] = {
    "digest": {"purpose": "promo", "topic": "news"},
    "reminder": {"purpose": "promo", "topic": "cart", "template": True},
    "gift": {"purpose": "promo", "topic": "cart", "offer": "small_gift"},
    "advice": {"purpose": "content", "topic": "news"},
    "thanks": {"purpose": "content", "offer": "small_gift"},
    "status": {"purpose": "service", "topic": "order", "template": True},
    "receipt": {"purpose": "transactional", "topic": "order"},
}


# ---------------------------------------------------------------------- chains


class _Steps:
    """Draws the steps of one chain; conditions are filled in once the chain's sends are known."""

    def __init__(self, draw: Draw, channels: tuple[str, ...], messages: tuple[str, ...], trigger: Raw) -> None:
        self.draw = draw
        self.channels = channels
        self.messages = messages
        self.trigger = trigger
        self.sent: set[str] = set()
        self.names: list[str] = []
        self.valued: list[str] = []
        self.about_messages: list[str] = []
        self.open_conditions: list[Raw] = []
        self.splits = 0

    def several(self, depth: int, most: int) -> list[Any]:
        """A list of steps."""
        return [self.one(depth) for _ in range(self.draw(st.integers(1, most)))]

    def one(self, depth: int) -> Any:
        kinds = ["wait", "send", "send", "until", "true", "at", "clock", "within", "best", "cascade"]
        kinds += ["choose", "choose", "split"] * (depth > 0)
        kind = one(self.draw, kinds)
        draw = self.draw
        if kind == "wait":
            return {"wait": one(draw, SHORT)}
        if kind == "send":
            return {"send": self.send()}
        if kind == "until":
            until = {"until": self.awaited()} if chance(draw, 75) else self.signalled()
            return {"wait": until | {"at_most": one(draw, SHORT)} | self.late(depth)}
        if kind == "true":
            wait = self.awaited_truth()
            wait.update(self.late(depth))
            return {"wait": wait}
        if kind == "best":
            channel = one(draw, [c for c in (*self.channels, "any") if c != "sms"])
            learned: Raw = {"channel": channel, "least": one(draw, (1, 3)), "spread": one(draw, ("1h", "4h", "8h"))}
            return {"wait": {"best_hour": channel if chance(draw, 40) else learned}}
        if kind == "at":
            return {"at": one(draw, LONG)}
        if kind == "clock":
            step: Raw = {"at": {"clock": one(draw, CLOCKS)} | ({"zone": "company"} if chance(draw, 20) else {})}
            if chance(draw, 40):
                step["at"]["days"] = "working"
            return step if chance(draw, 50) else {"wait": step}
        if kind == "within":
            from_, to = draw(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True))
            return {"within": {"from": from_, "to": to} | ({"days": "working"} if chance(draw, 40) else {})}
        if kind == "cascade":
            return {"cascade": self.rungs()}
        return self.choose(depth) if kind == "choose" else self.split(depth)

    def send(self) -> Raw:
        """One send by one channel, or by the first that reaches."""
        message = one(self.draw, self.messages)
        self.sent.add(message)
        if chance(self.draw, 20):
            several = some(self.draw, self.channels, least=2)
            if chance(self.draw, 30):
                return {"best_channel": several, "message": message}
            send: Raw = {"first_of": several, "message": message}
            return send | ({"on_capped": "next"} if chance(self.draw, 20) else {})
        return {one(self.draw, self.channels): message}

    def awaited(self) -> str:
        """Events to wait for, now and then with a name."""
        options = [*ACTIONS, *ANSWERS, "click or order"] + ["opened"] * ("sms" not in self.channels)
        event = one(self.draw, options)
        if chance(self.draw, 30):
            self.names.append(f"answer{len(self.names)}")
            if event in WITH_VALUE:
                self.valued.append(self.names[-1])
            elif event in REPORTS:
                self.about_messages.append(self.names[-1])
            return f"{event} as {self.names[-1]}"
        return str(event)

    def signalled(self) -> Raw:
        """Signals to wait for, now and then with a name."""
        wait: Raw = {"until": signals(self.draw, most=2)}
        if chance(self.draw, 40):
            self.names.append(f"answer{len(self.names)}")
            wait["name"] = self.names[-1]
        return wait

    def awaited_truth(self) -> Raw:
        """A condition to wait for, now and then with a name."""
        wait: Raw = {"until_true": "", "at_most": one(self.draw, SHORT)}
        if chance(self.draw, 60):
            wait["check"] = one(self.draw, ("10m", "50m", "2h"))
        self.open_conditions.append(wait)
        if chance(self.draw, 40):
            self.names.append(f"answer{len(self.names)}")
            wait["name"] = self.names[-1]
        return wait

    def late(self, depth: int) -> Raw:
        """Steps for those whose wait ended without what it waited for."""
        if depth == 0 or not chance(self.draw, 30):
            return {}
        return {"on_timeout": ["exit"] if chance(self.draw, 25) else self.several(depth - 1, 2)}

    def rungs(self) -> list[Raw]:
        """A cascade."""
        rungs = []
        for _ in range(self.draw(st.integers(1, 3))):
            message = one(self.draw, self.messages)
            self.sent.add(message)
            rung: Raw = {one(self.draw, self.channels): message, "wait": one(self.draw, SHORT)}
            if chance(self.draw, 70):
                rung["next_unless"] = one(self.draw, ("click", "order", "site_visited"))
            if chance(self.draw, 30):
                rung["on_capped"] = "next"
            rungs.append(rung)
        if chance(self.draw, 50):
            rungs[-1].pop("wait")
            rungs[-1].pop("next_unless", None)
        return rungs

    def choose(self, depth: int) -> Raw:
        """Branches, with or without an else."""
        branches: list[Raw] = []
        for _ in range(self.draw(st.integers(1, 2))):
            branch: Raw = {"if": "", "steps": self.several(depth - 1, 2)}
            self.open_conditions.append(branch)
            branches.append(branch)
        if chance(self.draw, 50):
            branches.append({"else": ["exit"] if chance(self.draw, 25) else self.several(depth - 1, 2)})
        return {"choose": branches}

    def split(self, depth: int) -> Raw:
        """Two arms, now and then with a remainder."""
        name = f"split{self.splits}"
        self.splits += 1
        shares = one(self.draw, (("50%", "50%"), ("30%", "70%"), ("40%", "30%")))
        arms: Raw = {arm: {"share": part} for arm, part in zip(("left", "right"), shares, strict=True)}
        arms["left"]["steps"] = self.several(depth - 1, 2)
        if chance(self.draw, 60):
            arms["right"]["steps"] = self.several(depth - 1, 2)
        return {"split": {"name": name, "arms": arms}}

    def close(self) -> None:
        """Fill in the conditions of the branches."""
        for branch in self.open_conditions:
            branch["until_true" if "until_true" in branch else "if"] = one(self.draw, self.conditions())

    def conditions(self) -> list[str]:
        """What a condition inside the chain may ask."""
        known = [*CUSTOMER_CONDITIONS]
        known += [f"{name}.happened" for name in self.names]
        known += [f"not {name}.value > 2500" for name in self.valued]
        known += [f"{name}.channel in ['email', 'sms']" for name in self.about_messages]
        known += [f"not {name}.message_topic == 'news'" for name in self.about_messages]
        if self.sent:
            known += ["clicked()", "delivered() and not clicked()", "not sent()"]
        for message in sorted(self.sent):
            known += [f"clicked({message})", f"not sent({message})", f"not delivered({message}) or orders >= 1"]
            if "sms" not in self.channels:
                known += [f"not opened({message})", f"opened_by_person({message})"]
        if "external" in self.trigger:
            known += ["trigger.amount > 20", "not trigger.plan == 'gold'", "known(trigger.amount)"]
        if set(self.trigger.get("any", [self.trigger.get("event")])) & set(REPORTS):
            known += ["trigger.message == 'digest'", "not trigger.channel == 'email'", "known(trigger.message_topic)"]
        if set(self.trigger.get("any", [self.trigger.get("event")])) <= set(WITH_VALUE):
            known += ["trigger.category == 'books'"]
            known += ["trigger.value > 2000", "not trigger.value <= 1.2 * base.average_order"]
        return known


PERSONAL = ("name", "last_order", "cart_items", "viewed_items", "favourite_category", "reaction", "recommended")


def drawn_signal(draw: Draw) -> Raw:
    """An event with a condition, or a change of segment."""
    if chance(draw, 50):
        return {one(draw, ("segment_entered", "segment_left")): one(draw, tuple(SEGMENTS))}
    if chance(draw, 30):
        return {"event": one(draw, ("click", "delivered", "site_visited")), "if": one(draw, CUSTOMER_CONDITIONS)}
    return {"event": one(draw, WITH_VALUE), "if": one(draw, ("value > 1500", "category == 'books'", "not value > 900"))}


def signals(draw: Draw, most: int) -> list[Any]:
    """Signals, the one or other a plain event."""
    return [drawn_signal(draw) if chance(draw, 80) else one(draw, ACTIONS) for _ in range(draw(st.integers(1, most)))]


@st.composite
def events(draw: Draw) -> Raw:
    """An event, of those about messages now and then some messages alone."""
    trigger: Raw = {"event": one(draw, (*ACTIONS, *ACTIONS, *REPORTS))}
    if trigger["event"] in REPORTS and chance(draw, 50):
        conditions = ("channel == 'email'", "not channel in ['sms', 'telegram']", "message_topic == 'cart'")
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
    steps = _Steps(draw, channels, tuple(some(draw, MESSAGES, most=4)), trigger)
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
