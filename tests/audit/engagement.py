"""How a customer answered lately, as the auditor reads it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.audit.words import Raw, seconds, signs


def engagement(given: Raw, last: Mapping[str, int], sends: Mapping[str, int], time: int) -> str:
    """``active``, ``cooling``, ``silent`` or ``unknown`` by the age of the last sign of life.

    given: the scenario's block.  last: sign → last time.  sends: channel → messages.
    """
    named = signs(given.get("signs", ["click", "opened"]))
    seen = [last[sign] for sign in named if sign in last]
    if not seen:
        channels = [sign.partition(".")[2] for sign in named]
        written_to = any(n and (name in channels or "" in channels) for name, n in sends.items())
        return "silent" if written_to else "unknown"
    age = time - max(seen)
    if age <= seconds(given.get("active", "30d")):
        return "active"
    return "cooling" if age <= seconds(given.get("cooling", "90d")) else "silent"
