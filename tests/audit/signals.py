"""What ends, fulfils or moves on a run, as the auditor reads it: names of events, conditions, changes of segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.audit.words import Raw

CHANGES = ("segment_entered", "segment_left")


class SignalText(NamedTuple):
    """``order``, ``{event: order, if: "value > 3000"}`` or ``{segment_left: vip}``."""

    event: str
    condition: str | None = None
    segment: str = ""


Fits = Callable[[SignalText], bool]
"""Whether what has come is what a signal tells."""


class Reported(NamedTuple):
    """Something that came while a contact was being sent."""

    event: str
    fits: Fits
    attributes: dict[str, Any]


def signal(given: str | Raw) -> SignalText:
    """One signal as written."""
    if isinstance(given, str):
        return SignalText(given)
    for kind in CHANGES:
        if kind in given:
            return SignalText(kind, None, given[kind])
    return SignalText(given["event"], given.get("if"))


def signs_and_conditions(given: Any) -> tuple[tuple[SignalText, ...], tuple[str, ...]]:
    """What of ``next_unless`` is listened for, and what is asked: every text but a single word is a condition."""
    several = given if isinstance(given, list) else [] if given is None else [given]
    asked = tuple(one for one in several if isinstance(one, str) and not one.isidentifier())
    return signals([one for one in several if one not in asked]), asked


def signals(given: Any) -> tuple[SignalText, ...]:
    """One signal or a list of them."""
    several = given if isinstance(given, list) else [] if given is None else [given]
    return tuple(signal(one) for one in several)


def goals(given: Raw) -> tuple[SignalText, ...]:
    """What a chain's goal is: one signal, or any of several."""
    return signals(given["any"]) if "any" in given else (signal(given),)


def awaited(given: Raw) -> tuple[tuple[SignalText, ...], str]:
    """The signals of a wait for events, and its name."""
    if not isinstance(given["until"], str):
        return signals(given["until"]), given.get("name", "")
    events, _, name = given["until"].partition(" as ")
    return tuple(SignalText(event) for event in events.split(" or ")), name


def segments_within(node: Any) -> Iterator[str]:
    """Names of the segments to whose changes a chain reacts: it starts, ends, succeeds or goes on by them."""
    if isinstance(node, list):
        for item in node:
            yield from segments_within(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in CHANGES:
                yield value
            else:
                yield from segments_within(value)
