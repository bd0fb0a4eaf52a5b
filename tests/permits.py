"""Hypothesis strategies for what customers permit: double opt-in, a preference centre, chains about both."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.drawing import LONG, Draw, Raw, chance, one, some

CONDITIONS = (
    "consent.email.age < 3d or consent.sms.place == 'form'",
    "profile.registered.age < 5d and not consent.telegram.age > 2d",
    "preferences.frequency != 'monthly'",
)


@st.composite
def permits(draw: Draw) -> Raw:
    """Keys of a scenario, and a chain that asks for confirmations or answers choices."""
    trigger: Raw = {"event": "subscribed", "if": one(draw, ("channel == 'email'", "place == 'form'"))}
    if chance(draw, 30):
        trigger = {"event": "preferences_changed", "if": "frequency != 'all' or topic_off == 'news'"}
    return {
        "double_opt_in": some(draw, ("email", "sms", "telegram"), most=2),
        "preference_centre": {
            "frequencies": some(draw, ("weekly", "monthly"), most=2),
            "topics": some(draw, ("news", "cart", "order"), most=2),
        },
        "chain": {
            "trigger": trigger,
            "exit_on": "subscription_confirmed",
            "reenter": "always",
            "steps": [{"wait": one(draw, LONG)}, {"send": {one(draw, ("email", "sms")): "status"}}],
        },
    }
