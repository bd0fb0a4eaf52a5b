"""Drawn scenarios in which everything comes together: data faults, predictions, answers, points, limits, actions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.drawing import LONG, SHORT, Draw, Raw, chance, one, some
from tests.generated_actions import acting_scenarios
from tests.generators import scenarios
from tests.starts import ACTIONS

LOSABLE = (*ACTIONS, "opened", "click", "favourite_added")
PREDICTIVE = {
    "likely": {"predict": {"order_in": "2d", "at_least": "30%"}},
    "slipping": {"if": "orders >= 1", "predict": {"churn_risk": {"at_least": "10%", "at_most": "95%"}}},
    "doubtful": {"predict": {"churn_risk": {"at_least": "25%"}}, "refresh": "2d"},
}
ABOUT_PREDICTED = ("segment.likely", "not segment.slipping", "segment.doubtful or segment.likely")
COMPLAINTS = ("result == 'unsolved'", "topic in ['delivery', 'payment', 'return']", "not topic == 'delivery'")
SCORED = ("said.score < 7", "not said.happened", "said.score >= 9 or segment.active")
IMPRESSIONS = ("1 per 3d", "2 per 1d", "1 per 20m", "3 per 5d")
FAMILIES = ("preferences", "suppression", "main_chain", "caps", "gaps", "pauses", "quiet_hours", "budget")
KINDS = ("faults", "predictions", "answers", "limits", "acting", "in_app")
"""What may be drawn beside the general scenario."""


@st.composite
def faults(draw: Draw) -> Raw:
    """Data faults of every kind."""
    found: Raw = {}
    if chance(draw, 60):
        found["lost"] = {event: one(draw, ("10%", "50%")) for event in some(draw, LOSABLE, most=4)}
    if chance(draw, 60):
        found["late"] = {
            event: {"share": one(draw, ("20%", "60%")), "by": one(draw, ("30m", "9h", "2d"))}
            for event in some(draw, (*ACTIONS, "favourite_added"))
        }
    if chance(draw, 60):
        found["doubled"] = {event: one(draw, ("20%", "60%")) for event in some(draw, (*ACTIONS, "favourite_added"))}
    if chance(draw, 50) or not found:
        found["two_ids"] = {"customers": "50%", "unseen": one(draw, ("20%", "60%"))}
    return found


def _predict(draw: Draw, raw: Raw) -> None:
    """Predictive segments, and chains and campaigns that ask for them."""
    raw["predictions"] = {"model": one(draw, ("mbg_nbd", "bg_nbd")), "refit": one(draw, ("2d", "5d"))}
    raw["segments"] |= {name: dict(segment) for name, segment in PREDICTIVE.items()}
    trigger = {one(draw, ("segment_entered", "segment_left")): one(draw, PREDICTIVE)}
    steps: list[Raw] = [{"send": {"email": "digest"}}, {"wait": one(draw, SHORT)}, {"send": {"telegram": "advice"}}]
    raw["chains"]["predicted"] = {"trigger": trigger, "reenter": "always", "steps": steps}
    asking = [one(draw, sorted(raw["chains"])), *sorted(raw.get("campaigns", {}))]
    for name in asking:
        if name in raw["chains"]:
            raw["chains"][name]["enter"] = one(draw, ABOUT_PREDICTED)
        else:
            raw["campaigns"][name]["to"] = one(draw, ABOUT_PREDICTED)


def _listen(draw: Draw, raw: Raw) -> None:
    """A chain that answers a closed case and asks for a score."""
    after: list[Any] = [{"send": {one(draw, ("email", "sms", "telegram")): one(draw, ("status", "thanks"))}}]
    if "loyalty" in raw:
        after.append({"give": {"points": one(draw, (50, 251))}})
    elif chance(draw, 50):
        after.append({"give": {"coupon": "small_gift"}})
    raw["chains"]["asked"] = {
        "trigger": {"event": "support_closed", "if": one(draw, COMPLAINTS)},
        "reenter": one(draw, ("always", {"after": "6h"})),
        "on_retrigger": one(draw, ("ignore", "restart")),
        "priority": one(draw, (30, 90)),
        "steps": [
            {"send": {"email": "status"}},
            {"wait": {"until": "nps_answered as said", "at_most": one(draw, LONG)}},
            {"choose": [{"if": one(draw, SCORED), "steps": after}, {"else": [{"wait": one(draw, SHORT)}, "exit"]}]},
        ],
    }


def _show(draw: Draw, raw: Raw) -> None:
    """Messages on the site and in the app: a slot, what they obey, a chain and a campaign that use it."""
    raw["channels"]["in_app"] = {"cost": one(draw, (0, 0.2))}
    slot: Raw = {"show_for": one(draw, ("5h", "1d", "3d")), "winner": one(draw, ("priority", "newest", "oldest"))}
    if chance(draw, 70):
        slot["at_most"] = one(draw, IMPRESSIONS)
    if chance(draw, 40):
        slot["in_all"] = one(draw, IMPRESSIONS)
    raw["in_app_slot"] = slot
    for change in raw.get("changes", ()):
        if chance(draw, 50):
            other = {"show_for": one(draw, ("8h", "2d")), "winner": one(draw, ("newest", "oldest"))}
            change["in_app_slot"] = other | ({"in_all": one(draw, IMPRESSIONS)} if chance(draw, 50) else {})
    if chance(draw, 50):
        obeys = ["control", *some(draw, FAMILIES, most=5)]
        raw.setdefault("contact_policy", {})["in_app"] = {"obeys": obeys, "counts": one(draw, (True, False))}
    ask = one(draw, ("shown(gift)", "not shown(gift)", "shown() and not clicked()", "sends.in_app >= 2"))
    first: Raw = {"send": {"in_app": "gift"}}
    if chance(draw, 50):
        unless = some(draw, ("click", "in_app_shown"))
        rungs = [{"in_app": "gift", "wait": one(draw, LONG), "next_unless": unless}, {"email": "advice"}]
        first = {"cascade": rungs}
    raw["chains"]["banner"] = {
        "trigger": {"any": some(draw, ("cart_abandoned", "order", "in_app_shown", "product_viewed"))},
        "reenter": one(draw, ("always", {"after": "6h"})),
        "on_retrigger": one(draw, ("ignore", "restart")),
        "priority": one(draw, (30, 90)),
        "exit_on": one(draw, (["order"], ["click"], ["site_visited"], ["in_app_shown"])),
        "steps": [
            first,
            {"wait": {"until": "in_app_shown or click", "at_most": one(draw, LONG)}},
            {"choose": [{"if": ask, "steps": [{"send": {"first_of": ["telegram", "in_app"], "message": "thanks"}}]}]},
            {"wait": one(draw, SHORT)},
        ],
    }
    send = {"in_app": one(draw, ("digest", "advice"))}
    raw.setdefault("campaigns", {})["banners"] = {"every": "day 10:00", "send": send, "priority": one(draw, (5, 60))}


def _narrow(draw: Draw, raw: Raw) -> None:
    """Channels of a limited throughput, and a new sender domain."""
    for channel in some(draw, ("email", "web_push", "telegram", "sms"), most=2):
        raw["channels"][channel]["throughput"] = one(draw, ("1/h", "2/h", "5/h"))
    if chance(draw, 50):
        raw["sender"] = {"domain": "new", "warmup": one(draw, ("3d", "6d")), "first_day": one(draw, ("10%", "30%"))}
    for change in raw.get("changes", ()):
        if chance(draw, 50):
            change["sender"] = {"domain": "new", "warmup": "2d", "first_day": "20%"}


@st.composite
def whole_scenarios(draw: Draw, days: int = 9, kinds: tuple[str, ...] = KINDS) -> Raw:
    """A scenario of all its parts.  kinds: those that may be drawn beside the general ones."""
    acts = "acting" in kinds and chance(draw, 50)
    raw: Raw = draw(acting_scenarios(days=days) if acts else scenarios(days=days))
    if "predictions" in kinds and chance(draw, 35):
        _predict(draw, raw)
    if "answers" in kinds and chance(draw, 40):
        _listen(draw, raw)
    if "limits" in kinds and chance(draw, 30):
        _narrow(draw, raw)
    if "in_app" in kinds and chance(draw, 40):
        _show(draw, raw)
    if "faults" in kinds and chance(draw, 50):
        raw["data_faults"] = draw(faults())
    return raw
