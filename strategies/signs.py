"""Signs of life: an event, or an answer to messages of one channel alone, by one name.

``order`` is an event whatever the channel; ``opened.email`` is one of letters alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from strategies.vocabulary import CHANNEL_CODE, CHANNELS, CHANNELS_THAT_REPORT_OPENS, EVENT_CODE

TOLD_BY_CHANNEL: dict[str, tuple[str, ...]] = {
    "delivered": CHANNELS,
    "opened": tuple(name for name in CHANNELS if name in CHANNELS_THAT_REPORT_OPENS),
    "click": CHANNELS,
}
"""What became of a message → the channels that report it, of which one alone may be meant."""

_CHANNEL_SHIFT = 8


def on_channel(event: str, channel: str) -> str:
    """The sign of an event on one channel alone."""
    return f"{event}.{channel}"


CHANNEL_SIGNS = tuple(on_channel(event, channel) for event, channels in TOLD_BY_CHANNEL.items() for channel in channels)
"""Every sign of one channel alone."""


def event_of(sign: str) -> str:
    """The event of a sign.

    >>> event_of("opened.email"), event_of("order")
    ('opened', 'order')
    """
    return sign.partition(".")[0]


def channel_of(sign: str) -> str:
    """The channel of a sign, '' for one of any channel.

    >>> channel_of("opened.email"), channel_of("order")
    ('email', '')
    """
    return sign.partition(".")[2]


def sign_code(sign: str) -> int:
    """A number for a sign; that of an event whatever the channel is the event's own code.

    >>> sign_code("order") == EVENT_CODE["order"], sign_code("opened.email") - EVENT_CODE["opened"]
    (True, 256)
    """
    channel = channel_of(sign)
    return EVENT_CODE[event_of(sign)] + ((CHANNEL_CODE[channel] + 1) << _CHANNEL_SHIFT if channel else 0)


def channels_of(signs: Iterable[str]) -> tuple[int, ...]:
    """Codes of the channels that the signs speak of; all where one of them is of any channel.

    >>> channels_of(["click.sms", "opened.email"]), len(channels_of(["click.sms", "order"])) == len(CHANNELS)
    ((0, 3), True)
    """
    named = {channel_of(sign) for sign in signs}
    return tuple(code for code, name in enumerate(CHANNELS) if name in named or "" in named)
