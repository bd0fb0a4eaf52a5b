"""Gaps: least time between contacts."""

from __future__ import annotations

from typing import Literal

from strategies.contact_policy import MinGap
from strategies.language.reader import Choice, Reader
from strategies.language.records import Keys, Record
from strategies.language.scopes import held_at_most
from strategies.language.units import POSITIVE_DURATION
from strategies.language.words import THEN


def _min_gap(keys: Keys) -> MinGap:
    then = keys.get("then", THEN, "wait")
    return MinGap(
        any=keys.get("any", POSITIVE_DURATION, None, "to any other contact"),
        same_topic=keys.get("same_topic", POSITIVE_DURATION, None, "to a contact of the same topic"),
        same_offer=keys.get("same_offer", POSITIVE_DURATION, None, "to a contact with the same offer"),
        own_run=keys.get("own_run", OWN_RUN, "obey", "do contacts of the same chain run count"),
        then=then,
        for_at_most=held_at_most(keys, then),
    )


OWN_RUN: Reader[Literal["ignore", "obey"]] = Choice(("ignore", "obey"))
GAP: Reader[MinGap] = Record("min_gap", _min_gap)
