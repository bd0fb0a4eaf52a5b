"""The auditor's own reading of times, names and messages.

Durations are seconds, clock times seconds after midnight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

SECOND_OF = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
DAY = 86_400
MINUTE = 60
SERVICE = ("transactional", "service")
MADE = ("answered", "no_answer", "done")
"""How a task ends that was carried out."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FOREVER = 1 << 60

Raw = dict[str, Any]


def seconds(text: str) -> int:
    """Seconds of ``45s``, ``30m``, ``1h``, ``3d``, ``2w``."""
    match = re.fullmatch(r"(\d+)([smhdw])", text)
    assert match is not None, text
    return int(match[1]) * SECOND_OF[match[2]]


def optional_seconds(text: str | None) -> int | None:
    """Seconds of a duration that may be missing."""
    return None if text is None else seconds(text)


def clock(text: str) -> int:
    """Seconds after midnight of ``22:00``."""
    hour, minute = text.split(":")
    return int(hour) * 3_600 + int(minute) * 60


def listed(given: Any) -> tuple[str, ...]:
    """One name or a list of names as a tuple."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def signs(given: Any, channel: Any = None) -> tuple[str, ...]:
    """Events as names, ``opened.email`` for one of a channel alone; channel: of all of them, where it stands beside."""
    found: list[str] = []
    for item in given if isinstance(given, list) else [given]:
        event, channels = (item["event"], item.get("channel", channel)) if isinstance(item, dict) else (item, channel)
        event = "site_visited" if event == "visit" else event
        found += [f"{event}.{name}" for name in listed(channels)] if channels else [event]
    return tuple(dict.fromkeys(found))


def whole_minute(time: int) -> int:
    """The whole minute at or after a time."""
    return -(-time // MINUTE) * MINUTE


@dataclass(frozen=True)
class Message:
    """A message of the scenario."""

    name: str
    purpose: str
    topic: str
    offer: str
    deliver_by: int
    template: bool = False
    today_only: bool = False
    """``deliver_by: end_of_day``."""
