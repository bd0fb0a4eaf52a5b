"""Drawn scenarios whose chains also act: cards, lists, calls, chains that start, pause and stop one another."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.generators import Raw, chance, one, scenarios

FIELDS: Raw = {
    "counted": 0,
    "flagged": False,
    "stage": {"one_of": ["new", "warm", "lost"], "default": "new"},
    "score": {"type": "number"},
    "noted": {"type": "date"},
}
VALUES: dict[str, tuple[Any, ...]] = {
    "counted": (0, 1, 2, "field.counted + 1", "field.counted * 3 - orders"),
    "flagged": (True, False, "orders >= 1 and last_visit.age < 2h"),
    "noted": ("now",),
    "stage": ("new", "warm", "lost"),
    "score": (1, 7.5, "last_order.value / field.counted"),
}
TEAM: Raw = {"people": 1, "hours": {"from": "09:00", "to": "17:30"}, "minutes_per_task": 50, "cost": 40}
CONDITIONS = (
    "field.counted >= 1",
    "not field.flagged",
    "field.stage in ['warm', 'lost']",
    "known(field.score) or segment.listed",
    "field.counted > 2 or field.noted.age > 1d",
    "not segment.listed",
)
REACTIONS = {
    "on_change": {"field_changed": "stage"},
    "on_entering": {"segment_entered": "listed"},
    "on_leaving": {"segment_left": "listed"},
    "on_start": "started",
    "walker": {"any": ["site_visited", "product_viewed", "cart_added"]},
}
"""Chains that act on nothing themselves, so that no circle can arise."""


def _action(draw: Any, chain: str, others: list[str], may_unsubscribe: bool, teams: bool) -> Raw:
    kinds = ["set", "set", "add_to", "remove_from", "start", "pause", "stop", "webhook"]
    kinds += ["unsubscribe"] * may_unsubscribe + ["task", "task"] * teams
    kind = one(draw, kinds)
    if kind == "set":
        names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=2, unique=True))
        return {"set": {name: one(draw, VALUES[name]) for name in names}}
    if kind in ("add_to", "remove_from"):
        return {kind: "listed"}
    if kind == "start":
        return {"start": "on_start"}
    if kind == "pause":
        return {"pause": {"chain": one(draw, others), "for": one(draw, ("90s", "3h", "1d"))}}
    if kind == "stop":
        return {"stop": one(draw, others)}
    if kind == "webhook":
        return {"webhook": {"name": "crm", "with": ["orders", "field.stage"]}}
    if kind == "task":
        return {"task": _task(draw, ("90m", "6h", "1d"))}
    return {"unsubscribe": one(draw, ("email", "all", ["sms", "telegram"], {"topic": "news"}))}


def _task(draw: Any, within: tuple[str, ...]) -> Raw:
    task = {"to": "sales", "within": one(draw, within)}
    if chance(draw, 60):
        return {**task, "do": "call", "about": "status"}
    usual: Raw = {} if chance(draw, 50) else {"minutes": one(draw, (5, 130)), "cost": 3}
    return {**task, "do": "work", "name": "check", "purpose": one(draw, ("service", "transactional")), **usual}


@st.composite
def acting_scenarios(draw: Any, days: int = 30) -> Raw:
    """A drawn scenario with actions between the steps of its chains."""
    raw = draw(scenarios(days=days))
    drawn, teams = sorted(raw["chains"]), chance(draw, 80)
    raw["fields"] = dict(FIELDS)
    raw["segments"]["listed"] = one(draw, ({"static": True}, {"members": "0-6, 9"}))
    if teams:
        raw["teams"] = {"sales": dict(TEAM)}
        if chance(draw, 40):
            raw["base"] = one(draw, (50, 400))
    for name, trigger in REACTIONS.items():
        send = {one(draw, ("email", "telegram", "sms")): one(draw, ("digest", "advice", "status"))}
        steps: list[Raw] = [{"wait": one(draw, ("90s", "2h"))}, {"send": send}, {"wait": one(draw, ("1h", "1d"))}]
        reenter = one(draw, ("always", {"after": "6h"}))
        raw["chains"][name] = {"trigger": trigger, "reenter": reenter, "steps": steps}
    for name in drawn:
        chain = raw["chains"][name]
        trigger = chain["trigger"]
        events = trigger if isinstance(trigger, str) else str(sorted(trigger.items()))
        others = ["walker", "walker", *(other for other in raw["chains"] if other != name)]
        for _ in range(draw(st.integers(1, 3))):
            step = _action(draw, name, others, "unsubscribed" not in events, teams)
            chain["steps"].insert(draw(st.integers(0, len(chain["steps"]))), step)
        if teams and chance(draw, 60):
            chain["steps"].insert(0, {"task": _task(draw, ("6h", "2d"))})
        if chance(draw, 40):
            chain["enter"] = one(draw, CONDITIONS)
    return raw
