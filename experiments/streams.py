"""Output on terminals that know fewer signs than Unicode has."""

from __future__ import annotations

import codecs
import io
import sys

_HANDLER = "experiments.plain_signs"
_PLAIN = {
    "−": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "•": "*",
    "·": ".",
    "±": "+/-",
    "×": "x",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "₽": "RUB",
    "€": "EUR",
    "£": "GBP",
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    "\N{THIN SPACE}": " ",
}


def plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: signs that an encoding lacks as plain ones, ``?`` where there is none.

    >>> "−5 ₽ … ☃".encode("ascii", "experiments.plain_signs")
    b'-5 RUB ... ?'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in signs), error.end


codecs.register_error(_HANDLER, plain_signs)


def write_in_any_encoding() -> None:
    """From now on no sign breaks off what is printed, whatever the encoding of the terminal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)
