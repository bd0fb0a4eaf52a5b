"""What generators of scenarios draw with: short durations, few clock times, and chances."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Raw = dict[str, Any]
Draw = Any

SHORT = ("45s", "90s", "10m", "1h", "90m", "6h", "1d")
LONG = ("2h", "6h", "1d", "2d", "3d")
CLOCKS = ("00:00", "08:00", "09:30", "10:00", "21:59", "22:00", "23:59")
CHANNELS = ("email", "web_push", "telegram", "sms", "whatsapp")


def chance(draw: Draw, percent: int) -> bool:
    """True in so many of a hundred cases."""
    return bool(draw(st.integers(0, 99)) < percent)


def one(draw: Draw, options: Any) -> Any:
    """One of the options."""
    return draw(st.sampled_from(tuple(options)))


def some(draw: Draw, options: Any, least: int = 1, most: int = 3) -> list[Any]:
    """Several of the options, each at most once."""
    return list(draw(st.lists(st.sampled_from(tuple(options)), min_size=least, max_size=most, unique=True)))
