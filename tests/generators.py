"""Hypothesis strategies for whole scenarios: raw YAML mappings in which rules collide often.

Durations are short and few, so that caps fill, gaps overlap and time-outs fall on due contacts within a
month.  Every scenario that is drawn loads without an error.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Raw = dict[str, Any]
Draw = Any

SHORT = ("45s", "90s", "10m", "1h", "90m", "6h", "1d")
LONG = ("2h", "6h", "1d", "2d", "3d")
CLOCKS = ("00:00", "08:00", "09:30", "10:00", "21:59", "22:00", "23:59")
CHANNELS = ("email", "web_push", "telegram", "sms")
WITH_VALUE = ("cart_added", "cart_abandoned", "order")
CARTS = ("cart_added", "cart_abandoned")
ACTIONS = ("site_visited", "product_viewed", "cart_added", "cart_abandoned", "cart_emptied", "order")
ANSWERS = ("click", "delivered", "unsubscribed", "bounced")
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
)
MESSAGES: dict[str, Raw] = {
    "digest": {"purpose": "promo", "topic": "news"},
    "reminder": {"purpose": "promo", "topic": "cart"},
    "gift": {"purpose": "promo", "topic": "cart", "offer": "small_gift"},
    "advice": {"purpose": "content", "topic": "news"},
    "thanks": {"purpose": "content", "offer": "small_gift"},
    "status": {"purpose": "service", "topic": "order"},
    "receipt": {"purpose": "transactional", "topic": "order"},
}
WINDOWS = ("day", "week", "month", "24h", "36h", "7d", "90m")


def _chance(draw: Draw, percent: int) -> bool:
    return bool(draw(st.integers(0, 99)) < percent)


def _one(draw: Draw, options: Any) -> Any:
    return draw(st.sampled_from(tuple(options)))


def _some(draw: Draw, options: Any, least: int = 1, most: int = 3) -> list[Any]:
    return list(draw(st.lists(st.sampled_from(tuple(options)), min_size=least, max_size=most, unique=True)))


# ---------------------------------------------------------------------- the contact policy


@st.composite
def caps(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """One cap: calendar or rolling, for all or a scope, one maximum or by RFM cell."""
    row: Raw = {"max": draw(st.integers(1, 4)), "per": _one(draw, WINDOWS), "then": _one(draw, ("wait", "drop"))}
    if _chance(draw, 25):
        row["by"] = "rfm.segment"
        row["max"] = {"champions": 3, "hibernating": 1, "new": 1, "else": 2}
    if _chance(draw, 25):
        row["channel"] = _some(draw, CHANNELS, most=2)
    if _chance(draw, 20):
        row["purposes"] = _some(draw, ("promo", "content", "service"), most=2)
    if _chance(draw, 15):
        row["topic"] = "cart"
    if _chance(draw, 15):
        row["chain"] = [_one(draw, chains)]
    if _chance(draw, 15):
        row["segment"] = _some(draw, SEGMENTS, most=2)
    if _chance(draw, 20):
        row["counts"] = _one(draw, ("attempted", "delivered"))
    if _chance(draw, 20):
        row["zone"] = "company"
    if row["then"] == "wait" and _chance(draw, 50):
        row["for_at_most"] = _one(draw, (*LONG, "90s"))
    return row


@st.composite
def policies(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """A contact policy of any of its rows."""
    policy: Raw = {}
    if _chance(draw, 70):
        from_, to = draw(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True))
        policy["quiet_hours"] = {"from": "22:00", "to": "08:00"} if _chance(draw, 60) else {"from": from_, "to": to}
        policy["quiet_hours"]["zone"] = _one(draw, ("customer", "customer", "company"))
        policy["quiet_hours"]["then"] = _one(draw, ("wait", "wait", "drop"))
    if _chance(draw, 80):
        policy["caps"] = draw(st.lists(caps(chains), min_size=1, max_size=3))
    if _chance(draw, 60):
        gap: Raw = {name: _one(draw, (*LONG, "90s")) for name in _some(draw, ("any", "same_topic", "same_offer"))}
        gap |= {"own_run": _one(draw, ("ignore", "obey")), "then": _one(draw, ("wait", "wait", "drop"))}
        if gap["then"] == "wait" and _chance(draw, 40):
            gap["for_at_most"] = _one(draw, LONG)
        policy["min_gap"] = gap
    if _chance(draw, 50):
        events = ("order", "site_visited", "cart_emptied", "click", "unsubscribed")
        pause: Raw = {event: _one(draw, LONG) for event in _some(draw, events, most=2)}
        policy["pause_after"] = pause | {"purposes": _some(draw, ("promo", "content", "service"), most=2)}
        if _chance(draw, 30):
            policy["pause_after"]["then"] = "drop"
    if _chance(draw, 55):
        main: Raw = {"others": _one(draw, ("wait", "wait", "drop"))}
        main["running_lower"] = _one(draw, ("pause", "finish"))
        main["campaigns"] = _one(draw, ("skip", "wait", "send"))
        if _chance(draw, 30):
            main["free"] = _some(draw, ("content", "service", "transactional"))
        if main["others"] == "wait" and _chance(draw, 60):
            main["for_at_most"] = _one(draw, LONG)
        policy["one_main_chain"] = main
    if _chance(draw, 60):
        policy["exempt"] = {
            purpose: {
                "obeys": ["address", *_some(draw, ("caps", "gaps", "quiet_hours", "control", "pauses"), least=0)],
                "counts": _chance(draw, 40),
            }
            for purpose in _some(draw, ("transactional", "service"), most=2)
        }
    if _chance(draw, 35):
        signs = _some(draw, ("click", "order", "visit", "product_viewed"), most=2)
        sunset = {"channel": _one(draw, CHANNELS), "none_of": signs, "for": _one(draw, ("1d", "3d")), "min_sends": 2}
        policy["sunset"] = [sunset] if _chance(draw, 50) else sunset
    if _chance(draw, 20):
        policy["budget"] = {"max": _one(draw, (20, 100)), "per": _one(draw, ("day", "week", "month"))}
    return policy


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
        self.open_conditions: list[Raw] = []
        self.splits = 0

    def several(self, depth: int, most: int) -> list[Any]:
        """A list of steps."""
        return [self.one(depth) for _ in range(self.draw(st.integers(1, most)))]

    def one(self, depth: int) -> Any:
        kinds = ["wait", "send", "send", "until", "true", "at", "clock", "within", "best", "cascade"]
        kinds += ["choose", "choose", "split"] * (depth > 0)
        kind = _one(self.draw, kinds)
        draw = self.draw
        if kind == "wait":
            return {"wait": _one(draw, SHORT)}
        if kind == "send":
            return {"send": self.send()}
        if kind == "until":
            return {"wait": {"until": self.awaited(), "at_most": _one(draw, SHORT)} | self.late(depth)}
        if kind == "true":
            wait = self.awaited_truth()
            wait.update(self.late(depth))
            return {"wait": wait}
        if kind == "best":
            channel = _one(draw, [c for c in (*self.channels, "any") if c != "sms"])
            learned: Raw = {"channel": channel, "least": _one(draw, (1, 3)), "spread": _one(draw, ("1h", "4h", "8h"))}
            return {"wait": {"best_hour": channel if _chance(draw, 40) else learned}}
        if kind == "at":
            return {"at": _one(draw, LONG)}
        if kind == "clock":
            step: Raw = {"at": {"clock": _one(draw, CLOCKS)}}
            if _chance(draw, 40):
                step["at"]["days"] = "working"
            return step if _chance(draw, 50) else {"wait": step}
        if kind == "within":
            from_, to = draw(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True))
            return {"within": {"from": from_, "to": to} | ({"days": "working"} if _chance(draw, 40) else {})}
        if kind == "cascade":
            return {"cascade": self.rungs()}
        return self.choose(depth) if kind == "choose" else self.split(depth)

    def send(self) -> Raw:
        """One send by one channel, or by the first that reaches."""
        message = _one(self.draw, self.messages)
        self.sent.add(message)
        if _chance(self.draw, 20):
            send: Raw = {"first_of": _some(self.draw, self.channels, least=2), "message": message}
            return send | ({"on_capped": "next"} if _chance(self.draw, 20) else {})
        return {_one(self.draw, self.channels): message}

    def awaited(self) -> str:
        """Events to wait for, now and then with a name."""
        options = [*ACTIONS, *ANSWERS, "click or order"] + ["opened"] * ("sms" not in self.channels)
        event = _one(self.draw, options)
        if _chance(self.draw, 30):
            self.names.append(f"answer{len(self.names)}")
            if event in WITH_VALUE:
                self.valued.append(self.names[-1])
            return f"{event} as {self.names[-1]}"
        return str(event)

    def awaited_truth(self) -> Raw:
        """A condition to wait for, now and then with a name."""
        wait: Raw = {"until_true": "", "at_most": _one(self.draw, SHORT)}
        if _chance(self.draw, 60):
            wait["check"] = _one(self.draw, ("10m", "50m", "2h"))
        self.open_conditions.append(wait)
        if _chance(self.draw, 40):
            self.names.append(f"answer{len(self.names)}")
            wait["name"] = self.names[-1]
        return wait

    def late(self, depth: int) -> Raw:
        """Steps for those whose wait ended without what it waited for."""
        if depth == 0 or not _chance(self.draw, 30):
            return {}
        return {"on_timeout": ["exit"] if _chance(self.draw, 25) else self.several(depth - 1, 2)}

    def rungs(self) -> list[Raw]:
        """A cascade."""
        rungs = []
        for _ in range(self.draw(st.integers(1, 3))):
            message = _one(self.draw, self.messages)
            self.sent.add(message)
            rung: Raw = {_one(self.draw, self.channels): message, "wait": _one(self.draw, SHORT)}
            if _chance(self.draw, 70):
                rung["next_unless"] = _one(self.draw, ("click", "order", "site_visited"))
            if _chance(self.draw, 30):
                rung["on_capped"] = "next"
            rungs.append(rung)
        if _chance(self.draw, 50):
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
        if _chance(self.draw, 50):
            branches.append({"else": ["exit"] if _chance(self.draw, 25) else self.several(depth - 1, 2)})
        return {"choose": branches}

    def split(self, depth: int) -> Raw:
        """Two arms, now and then with a remainder."""
        name = f"split{self.splits}"
        self.splits += 1
        shares = _one(self.draw, (("50%", "50%"), ("30%", "70%"), ("40%", "30%")))
        arms: Raw = {arm: {"share": part} for arm, part in zip(("left", "right"), shares, strict=True)}
        arms["left"]["steps"] = self.several(depth - 1, 2)
        if _chance(self.draw, 60):
            arms["right"]["steps"] = self.several(depth - 1, 2)
        return {"split": {"name": name, "arms": arms}}

    def close(self) -> None:
        """Fill in the conditions of the branches."""
        for branch in self.open_conditions:
            branch["until_true" if "until_true" in branch else "if"] = _one(self.draw, self.conditions())

    def conditions(self) -> list[str]:
        """What a condition inside the chain may ask."""
        known = [*CUSTOMER_CONDITIONS]
        known += [f"{name}.happened" for name in self.names]
        known += [f"not {name}.value > 2500" for name in self.valued]
        if self.sent:
            known += ["clicked()", "delivered() and not clicked()", "not sent()"]
        for message in sorted(self.sent):
            known += [f"clicked({message})", f"not sent({message})", f"not delivered({message}) or orders >= 1"]
            if "sms" not in self.channels:
                known += [f"not opened({message})", f"opened_by_person({message})"]
        if set(self.trigger.get("any", [self.trigger.get("event")])) <= set(WITH_VALUE):
            known += ["trigger.value > 2000", "not trigger.value <= 1.2 * base.average_order"]
        return known


@st.composite
def triggers(draw: Draw) -> Raw:
    """What starts a run."""
    kind = _one(draw, ("event", "event", "event", "any", "if", "inactive", "segment", "every"))
    if kind == "event":
        return {"event": _one(draw, (*ACTIONS, *ACTIONS, *ANSWERS, "opened"))}
    if kind == "any":
        return {"any": _some(draw, (*ACTIONS, "click"), least=2)}
    if kind == "if":
        condition = _one(draw, ("value > 2500", "value > 1.2 * customer.average_order", "not value > 1000"))
        return {"event": _one(draw, WITH_VALUE), "if": condition}
    if kind == "inactive":
        return {"inactive": _one(draw, ("1h", "1d", "2d")), "of": _one(draw, (*ACTIONS, "click", "opened"))}
    if kind == "segment":
        return {_one(draw, ("segment_entered", "segment_left")): _one(draw, SEGMENTS)}
    return {"every": _one(draw, ("day 10:00", "Mon,Thu 00:00", "Sun 22:00", "month 1,15 08:00"))}


@st.composite
def chains(draw: Draw) -> Raw:
    """One chain."""
    trigger = draw(triggers())
    channels = tuple(_some(draw, CHANNELS, least=2, most=4))
    steps = _Steps(draw, channels, tuple(_some(draw, MESSAGES, most=4)), trigger)
    chain: Raw = {"trigger": trigger, "priority": _one(draw, (20, 50, 50, 80))}
    drawn = steps.several(2, 4)
    if not steps.sent:
        drawn.append({"send": steps.send()})
    steps.close()
    chain["steps"] = drawn
    if set(trigger) == {"event"} and _chance(draw, 40):
        chain["trigger"] = trigger["event"]
    if _chance(draw, 50):
        chain["enter"] = _one(draw, CUSTOMER_CONDITIONS)
    on_retrigger = _one(draw, ("ignore", "ignore", "restart", "parallel"))
    if on_retrigger == "parallel":
        on_cart = set(trigger.get("any", [trigger.get("event")])) <= set(CARTS)
        on_retrigger = {"parallel_by": "cart"} if on_cart else "restart"
    chain["on_retrigger"] = on_retrigger
    chain["reenter"] = _one(draw, ("never", "always", "always", {"after": "6h"}, {"after": "1d"}, {"after": "3d"}))
    if _chance(draw, 40):
        chain["goal"] = {"event": _one(draw, ("order", "click", "site_visited")), "window": _one(draw, LONG)}
    if _chance(draw, 55):
        chain["exit_on"] = _some(draw, ("order", "cart_emptied", "unsubscribed", "click", "site_visited"), most=2)
    if _chance(draw, 45):
        chain["timeout"] = _one(draw, (*LONG, "90s"))
    if _chance(draw, 40):
        chain["holdout"] = _one(draw, ("10%", "30%", {"share": "50%", "name": "half"}))
    if _chance(draw, 30):
        chain["while"] = _one(draw, steps.conditions())
    return chain


@st.composite
def campaigns(draw: Draw) -> Raw:
    """One mass campaign."""
    every = _one(draw, ("Tue 10:00", "day 10:00", "Mon,Thu 22:00", "day 00:00", "month 1,2,15,28 08:00", "Sun 23:30"))
    message = _one(draw, MESSAGES)
    send: Raw = {_one(draw, CHANNELS): message}
    if _chance(draw, 25):
        send = {"first_of": _some(draw, CHANNELS, least=2), "message": message}
    campaign: Raw = {"every": every, "send": send}
    if _chance(draw, 60):
        campaign["to"] = _one(draw, CUSTOMER_CONDITIONS)
    if _chance(draw, 40):
        campaign["priority"] = _one(draw, (5, 50, 90))
    return campaign


@st.composite
def scenarios(draw: Draw, days: int = 30) -> Raw:
    """A whole scenario as its raw mapping (the population is left to the driver)."""
    names = tuple(f"chain{index}" for index in range(draw(st.integers(1, 4))))
    levels = _one(draw, (3, 5))
    edges: Any = "quantile"
    if _chance(draw, 50):
        cut = levels - 1
        edges = {"recency": list(range(1, cut + 1)), "frequency": list(range(1, cut + 1))}
        edges["monetary"] = [1500 * index for index in range(1, cut + 1)]
    messages = {name: dict(message) for name, message in MESSAGES.items()}
    for message in messages.values():
        if _chance(draw, 30):
            message["deliver_by"] = _one(draw, (*LONG, "90s"))
    scenario: Raw = {
        "scenario": "drawn",
        "population": "population.yaml",
        "horizon": f"{days}d",
        "start": _one(draw, STARTS),
        "at_start": {"history": "0d", "backlog": _one(draw, ("skip", "skip", "enter"))},
        "channels": {"email": {"cost": 0.1}, "web_push": {}, "telegram": {"cost": 0.5}, "sms": {"cost": 4.5}},
        "rfm": {"period": "14d", "levels": levels, "best": _one(draw, (1, levels)), "edges": edges, "refresh": "5d"},
        "segments": {name: dict(segment) for name, segment in SEGMENTS.items()},
        "offers": {"small_gift": {"gift": 300, "cost": 120, "valid": "3d"}},
        "messages": messages,
        "contact_policy": draw(policies(names)),
        "chains": {name: draw(chains()) for name in names},
    }
    if _chance(draw, 60):
        days_off: Raw = {"holidays": ["2026-02-04"], "working": ["2026-02-07"]} if _chance(draw, 40) else {}
        scenario["calendar"] = {"country": _one(draw, ("RU", "KZ", "BY", "FR"))} | days_off
    if _chance(draw, 80):
        number = draw(st.integers(1, 3))
        scenario["campaigns"] = {f"campaign{index}": draw(campaigns()) for index in range(number)}
    if _chance(draw, 60):
        scenario["control"] = {"share": _one(draw, ("10%", "30%")), "exempt": _some(draw, ("transactional", "service"))}
    return scenario
