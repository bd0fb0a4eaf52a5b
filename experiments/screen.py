"""A terminal that keeps together what a no-break space joins.

Rich takes a no-break space for a place to break a line, so that of ``7 900 000`` the end of a line showed 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

JOINT: Final = "\u00a0"
"""The no-break space."""

_STAND_IN: Final = "\ue0a0"
"""As wide as a space, for private use, and no space to Rich; no text that is printed holds it."""

_JOINED: Final = re.compile(rf"\S+(?:{JOINT}\S+)*")
_THOUSANDS: Final = re.compile(rf"(?<=\d){JOINT}(?=\d\d\d)")


class Screen(Console):
    """A console whose lines end at no no-break space, as far as there is room for what it joins.

    >>> screen = Screen(width=20, markup=False)
    >>> screen.print(Text("a control group of 7\u00a0900\u00a0000"))  # doctest: +NORMALIZE_WHITESPACE
    a control group of
    7\u00a0900\u00a0000
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of a renderable, as of any console."""
        width = (options or self.options).max_width
        if isinstance(renderable, Text):
            renderable = renderable.copy()
            renderable.plain = joined(renderable.plain, width)
        elif isinstance(renderable, str):
            renderable = joined(renderable, width)
        for segment in super().render(renderable, options):
            yield (
                segment._replace(text=segment.text.replace(_STAND_IN, JOINT)) if _STAND_IN in segment.text else segment
            )


def joined(text: str, width: int) -> str:
    """A text whose no-break spaces are no places to break; of what is wider than ``width`` only those within a number.

    A ``±`` stays with its figure, too.

    >>> joined("7\u00a0900 and 1\u00a0₽", 80).replace(_STAND_IN, "~")
    '7~900 and 1~₽'
    >>> joined("+1\u00a0200\u00a0…\u00a0+1\u00a0300", 8).replace(_STAND_IN, "~").replace(JOINT, " ")
    '+1~200 … +1~300'
    """

    def joint(found: re.Match[str]) -> str:
        word = found[0]
        return word.replace(JOINT, _STAND_IN) if len(word) <= width else _THOUSANDS.sub(_STAND_IN, word)

    text = text.replace("± ", f"±{JOINT}")
    return _JOINED.sub(joint, text) if JOINT in text else text
