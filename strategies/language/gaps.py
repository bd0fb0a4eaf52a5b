"""Gaps: least time between contacts."""

from __future__ import annotations

from typing import Literal

from strategies.contact_policy import GapKind, MinGap
from strategies.language.named_rows import with_names
from strategies.language.reader import Checked, Choice, ListOf, Reader
from strategies.language.records import Keys, Record
from strategies.language.scopes import COUNTS, held_at_most, scope_of
from strategies.language.units import NAME, POSITIVE_DURATION
from strategies.language.words import THEN

KINDS: dict[GapKind, str] = {
    "any": "to any other contact",
    "same_channel": "to a contact on the same channel",
    "other_channel": "to a contact on another channel",
    "same_purpose": "to a contact of the same purpose",
    "same_topic": "to a contact of the same topic",
    "same_offer": "to a contact with the same offer",
    "same_message": "to the same message",
}


def _min_gap(keys: Keys) -> MinGap:
    least = {kind: keys.get(kind, POSITIVE_DURATION, None, about) for kind, about in KINDS.items()}
    given = tuple((kind, seconds) for kind, seconds in least.items() if seconds is not None)
    if not keys.value.node.entries.keys() & KINDS.keys():
        keys.value.complain(f"{keys.value.path}: found no gap, expected one or more of {', '.join(KINDS)}")
    then = keys.get("then", THEN, "wait", "hold the contact or drop it")
    return MinGap(
        name=keys.get("name", NAME, "", "name of the row in logs"),
        least=given,
        scope=scope_of(keys),
        own_run=keys.get("own_run", OWN_RUN, "obey", "do contacts of the same chain run count"),
        counts=keys.get("counts", COUNTS, "sent", "what counts"),
        then=then,
        for_at_most=held_at_most(keys, then),
    )


OWN_RUN: Reader[Literal["ignore", "obey"]] = Choice(("ignore", "obey"))


GAPS: Reader[tuple[MinGap, ...]] = Checked(
    ListOf(Record("min_gap", _min_gap, "a mapping such as {any: 4h, same_topic: 3d}"), lone=True),
    lambda value, rows: with_names(value, rows, "min_gap"),
)
