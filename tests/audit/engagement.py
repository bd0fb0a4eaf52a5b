"""How a customer answered lately, as the auditor reads it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.audit.words import Raw, listed, seconds


def engagement(given: Raw, last: Mapping[str, int], written_to: bool, time: int) -> str:
    """``active``, ``cooling``, ``silent`` or ``unknown`` by the age of the last sign of life.

    given: the scenario's block.  last: event → last time.
    """
    named = listed(given.get("signs", ("click", "opened")))
    signs = ["site_visited" if sign == "visit" else sign for sign in named]
    seen = [last[sign] for sign in signs if sign in last]
    if not seen:
        return "silent" if written_to else "unknown"
    age = time - max(seen)
    if age <= seconds(given.get("active", "30d")):
        return "active"
    return "cooling" if age <= seconds(given.get("cooling", "90d")) else "silent"
