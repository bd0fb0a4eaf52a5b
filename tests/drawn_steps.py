"""Draws what a chain does: its steps, what they wait for and what they ask."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.drawing import CLOCKS, LONG, SHORT, Draw, Raw, chance, one, some
from tests.permits import CONDITIONS
from tests.starts import ACTIONS, WITH_VALUE

ANSWERS = ("click", "delivered", "unsubscribed", "bounced")
REPORTS = (*ANSWERS, "opened")
"""Events about messages."""
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
    "opens.email >= 2 or not known(last_open.email.age)",
    "last_click.telegram.age < 3d or last_open.web_push.age < 12h",
    *CONDITIONS,
)


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


class Steps:
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
            elif chance(self.draw, 40):
                rung["next_unless"] = signals(self.draw, most=2)
            elif chance(self.draw, 60):
                rung["next_unless"] = ""
            if chance(self.draw, 30):
                rung["on_capped"] = "next"
            rungs.append(rung)
        if chance(self.draw, 50):
            rungs[-1].pop("wait")
            rungs[-1].pop("next_unless", None)
        self.open_conditions += [rung for rung in rungs if rung.get("next_unless") == ""]
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
            key = next((key for key in ("until_true", "next_unless") if key in branch), "if")
            branch[key] = one(self.draw, self.conditions())

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
