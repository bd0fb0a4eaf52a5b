"""Hypothesis strategies for loyalty programmes, and for chains that live by points, tiers and answers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.drawing import Draw, Raw, chance, one


@st.composite
def relations(draw: Draw, messages: tuple[str, ...]) -> tuple[Raw, Raw]:
    """(a loyalty block, chains that react to it) under names that no other chain has."""
    points: Raw = {"earn": one(draw, ("1%", "5%", "12.5%")), "expire_after": one(draw, ("3011m", "5767m"))}
    points["expiring"] = one(draw, ("1447m", "30d"))
    if chance(draw, 60):
        points["active_after"] = one(draw, ("67m", "1507m"))
    loyalty: Raw = {"points": points, "spent_in": one(draw, ("3d", "9d")), "refresh": one(draw, ("1d", "4d"))}
    if chance(draw, 70):
        loyalty["tiers"] = {"silver": {"from": one(draw, (500, 4_000))}, "gold": {"from": 9_000, "earn": "20%"}}
    conditions = ["points.balance >= 100", "points.expiring > 0", "not points.balance < 40"]
    conditions += ["tier == 'gold'", "not known(tier)"] if "tiers" in loyalty else []
    chains: Raw = {}
    for number, event in enumerate(("points_expiring", "points_expired", "points_spent", "order")):
        if chance(draw, 50):
            continue
        chain: Raw = {
            "trigger": event,
            "reenter": "always",
            "steps": [_send(draw, messages), {"wait": one(draw, ("50m", "9h"))}],
        }
        chain["steps"] += [_send(draw, messages)]
        if chance(draw, 50):
            chain["enter"] = one(draw, conditions)
        if chance(draw, 40):
            chain["while"] = one(draw, conditions)
        if chance(draw, 30):
            chain["steps"].append({"give": {"points": one(draw, (7, 333))}})
        chains[f"points{number}"] = chain
    return loyalty, chains


def _send(draw: Draw, messages: tuple[str, ...]) -> dict[str, Any]:
    return {"send": {one(draw, ("email", "telegram", "sms")): one(draw, messages)}}
