"""The events of a YAML text, from ruamel's parser; each text is parsed once while it is remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

REMEMBERED = 200_000
"""Characters of the texts whose events are remembered: a command reads its population and scenarios several times."""

_read: OrderedDict[str, tuple[Any, ...]] = OrderedDict()
"""The events of the texts that were read to their end, those longest unread first."""


def events(text: str) -> Iterator[Any]:
    """ruamel's events of a text; each text is parsed once while it is remembered.

    Raises:
        YAMLError: as ruamel's parser does, when the text up to there is consumed.
    """
    if text in _read:
        _read.move_to_end(text)
        yield from _read[text]
        return
    taken = []
    for event in YAML(typ="safe", pure=True).parse(text):
        taken.append(event)
        yield event
    _read[text] = tuple(taken)
    while sum(map(len, _read)) > REMEMBERED:
        _read.popitem(last=False)
