"""Signs of life as they stand in files: an event, or ``{event: opened, channel: email}`` for one channel alone."""

from __future__ import annotations

from collections.abc import Container

from strategies.language.emit import Tree
from strategies.language.problems import nearest
from strategies.language.reader import Checked, Choice, Either, ListOf, Reader, Value
from strategies.language.records import Keys, Record
from strategies.language.words import CHANNEL, OBSERVED_EVENTS
from strategies.signs import TOLD_BY_CHANNEL, channel_of, event_of, on_channel

EVENT_OF_LIFE: Reader[str] = Choice(OBSERVED_EVENTS, "event", aliases={"visit": "site_visited"})
"""An event; ``visit`` is short for ``site_visited``."""

CHANNELS_ALONE: Reader[tuple[str, ...]] = ListOf(CHANNEL, lone=True, at_least=1)


def on_channels(keys: Keys, event: str, channels: tuple[str, ...]) -> tuple[str, ...]:
    """The signs of an event on these channels alone (none: whatever the channel); complains of what is not told."""
    if not channels:
        return (event,)
    where = f"{keys.value.path}.channel"
    if event not in TOLD_BY_CHANNEL:
        near = nearest(event, TOLD_BY_CHANNEL)
        hint = f"; did you mean '{near}'?" if near else ""
        told = ", ".join(TOLD_BY_CHANNEL)
        keys.complain("channel", f"{where}: found a channel of '{event}', expected it with one of: {told}{hint}")
        return (event,)
    told_by = TOLD_BY_CHANNEL[event]
    for channel in channels:
        if channel not in told_by:
            expected = f"expected one of: {', '.join(told_by)}"
            keys.complain("channel", f"{where}: found '{channel}', which reports no '{event}', {expected}")
    return tuple(on_channel(event, channel) for channel in channels)


def as_condition(keys: Keys) -> str:
    """The key ``channel`` of a mapping as it is said where conditions ask for attributes of events."""
    given = keys.value.child("channel")
    told = given.node.plain_value() if given is not None else None
    if isinstance(told, list):
        return f'if: "channel in {[*map(str, told)]}"'
    return f"if: \"channel == '{told if isinstance(told, str) else 'email'}'\""


def refuse_channel(keys: Keys, attributes: Container[str]) -> None:
    """Name the condition where an event that has a channel is given one as signs of life are.  attributes: it has."""
    if "channel" in attributes:
        keys.refuse("channel", f"{keys.value.where}: found 'channel', expected {as_condition(keys)}")


def _sign(keys: Keys) -> tuple[str, ...] | None:
    event = keys.need("event", EVENT_OF_LIFE, "", f"an event ({', '.join(TOLD_BY_CHANNEL)} may name a channel)")
    channels = keys.get("channel", CHANNELS_ALONE, (), "on this channel (one of these) alone")
    where = keys.value.where
    keys.refuse("if", f"{where}: found 'if', expected no more than a channel, as in {{event: opened, channel: email}}")
    keys.refuse("any", f"{where}: found 'any', expected a list such as [site_visited, app_opened]", instead_of="event")
    return on_channels(keys, event, channels) if event else None


def _alone(value: Value, event: str) -> tuple[str, ...]:
    return (event,)


def _joined(value: Value, signs: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sign for some in signs for sign in some))


_SIGN: Reader[tuple[str, ...]] = Either(
    Checked(EVENT_OF_LIFE, _alone), Record("sign", _sign, "a mapping such as {event: opened, channel: email}")
)

SIGNS: Reader[tuple[str, ...]] = Checked(ListOf(_SIGN, lone=True, at_least=1), _joined)
"""One or several signs of life."""


def sign_tree(sign: str) -> str | Tree:
    """A sign as it would stand in a file.

    >>> sign_tree("order"), sign_tree("opened.email")
    ('order', {'event': 'opened', 'channel': 'email'})
    """
    channel = channel_of(sign)
    return {"event": event_of(sign), "channel": channel} if channel else sign


def sign_words(signs: tuple[str, ...]) -> str:
    """Signs in words.

    >>> sign_words(("site_visited", "opened.email"))
    'site_visited or opened (email)'
    """
    named = [f"{event_of(sign)} ({channel_of(sign)})" if channel_of(sign) else sign for sign in signs]
    return " or ".join(named)
