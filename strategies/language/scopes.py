"""What rows of the contact policy have in common: which contacts they speak of, how long they let them wait."""

from __future__ import annotations

from typing import get_args

from strategies.contact_policy import Scope, Stage
from strategies.language.reader import Choice, ListOf, Named, Reader, whole
from strategies.language.records import Keys
from strategies.language.units import POSITIVE_DURATION
from strategies.language.words import CHANNEL, PURPOSE_LIST

COUNT = whole(at_least=1, at_most=1_000_000)
COUNTS: Reader[Stage] = Choice(get_args(Stage))
SEGMENTS: Reader[tuple[str, ...]] = ListOf(Named("segment"), lone=True, at_least=1)


def scope_of(keys: Keys, purposes: tuple[str, ...] = ()) -> Scope:
    """The contacts that a row speaks of.  purposes: where it says nothing of them."""
    return Scope(
        channels=keys.get("channel", ListOf(CHANNEL, lone=True, at_least=1), (), "only these channels"),
        purposes=keys.get("purposes", PURPOSE_LIST, purposes, "only these purposes"),
        topics=keys.get("topic", ListOf(Named("topic"), lone=True, at_least=1), (), "only these topics"),
        chains=keys.get("chain", ListOf(Named("chain"), lone=True, at_least=1), (), "only these chains"),
        messages=keys.get("message", ListOf(Named("message"), lone=True, at_least=1), (), "only these messages"),
        segments=keys.get("segment", SEGMENTS, (), "only these segments"),
    )


def held_at_most(keys: Keys, then: str, word: str = "then") -> int | None:
    """``for_at_most``, which only a row that lets contacts wait may have."""
    for_at_most = keys.get("for_at_most", POSITIVE_DURATION, None, "longest wait; then the contact is dropped")
    if for_at_most is not None and then == "drop":
        keys.complain(
            "for_at_most", f"{keys.value.path}: found 'for_at_most' with '{word}: {then}', expected '{word}: wait'"
        )
    return for_at_most
