"""Pauses: silence after a key action of the customer, for some time or until another one."""

from __future__ import annotations

from strategies.contact_policy import PauseAfter
from strategies.language.emit import Tree, duration, filled
from strategies.language.named_rows import own_name, with_names
from strategies.language.reader import Checked, ListOf, Reader
from strategies.language.records import Keys, Record
from strategies.language.scopes import held_at_most, scope_of
from strategies.language.signals import read_signal, signal_tree
from strategies.language.units import NAME, POSITIVE_DURATION, format_duration
from strategies.language.words import EVENT, EVENT_LIST, THEN
from strategies.signals import Signal

_PLAIN = PauseAfter(())


def _pause_after(keys: Keys) -> PauseAfter:
    name = keys.get("name", NAME, "", "name of the row in logs")
    scope = scope_of(keys, _PLAIN.scope.purposes)
    until = keys.get("until", EVENT_LIST, (), "events that end the pause before its time")
    then = keys.get("then", THEN, "wait", "hold the contact or drop it")
    at_most = held_at_most(keys, then)
    about_pauses = set(keys.asked)
    also = keys.get("also", PAUSE_SIGNALS, (), "events with a condition, changes of segments")
    events = keys.rest(EVENT, POSITIVE_DURATION)
    if not keys.value.node.entries.keys() - about_pauses:
        keys.value.complain(f"{keys.value.path}: found no event, expected one or more such as 'order: 2d'")
    for event in dict.fromkeys(until):
        if event in events or event in (signal.event for signal, _ in also):
            at_once = "which begins the pause and so would end it at once"
            keys.complain("until", f"{keys.value.path}.until: found '{event}', {at_once}, expected another event")
    return PauseAfter(tuple(events.items()), scope, then, also, name, until, at_most)


def _pause_signal(keys: Keys) -> tuple[Signal, int] | None:
    signal = read_signal(keys)
    lasts = keys.need("for", POSITIVE_DURATION, 1, "how long it pauses")
    several = "a list of mappings, each with 'event' and 'for'"
    keys.refuse("any", f"{keys.value.where}: found 'any', expected {several}", instead_of="event")
    return (signal, lasts) if signal else None


PAUSE_SIGNALS: Reader[tuple[tuple[Signal, int], ...]] = ListOf(
    Record("pause_signal", _pause_signal, "a mapping such as {segment_entered: sleeping, for: 3d}"),
    lone=True,
    at_least=1,
)


PAUSES: Reader[tuple[PauseAfter, ...]] = Checked(
    ListOf(Record("pause_after", _pause_after, "a mapping such as {order: 2d}"), lone=True),
    lambda value, rows: with_names(value, rows, "pause_after"),
)


def pause_tree(row: PauseAfter, scope: Tree) -> Tree:
    """A row as it would stand in a file.  scope: the contacts that it speaks of."""
    return filled(
        {event: format_duration(seconds) for event, seconds in row.events},
        also=[{**signal_tree(told), "for": format_duration(lasts)} for told, lasts in row.signals],
        name=own_name(row.name, "pause_after"),
        until=list(row.until),
        **scope,
        then=row.then,
        for_at_most=duration(row.for_at_most),
    )
