"""Condition text to a syntax tree of Python's own parser; columns stay right.

Durations (``90d``) and percentages (``5%``) are blanked to plain numbers of the same width (``90 ``) before
parsing; their units are kept by position.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from strategies.language.problems import TYPOGRAPHIC, shortened

MAX_LENGTH = 2_000

WORDS = ("and", "or", "not", "in", "и", "или", "не")
"""What joins conditions, here or as somebody may mean it, in small letters: no names, however they are written."""

_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w.])([0-9]+(?:\.[0-9]+)?)(?:([smhdw])(?!\w)|(%))")
_FOREIGN = re.compile(
    r"'[^']*'|\"[^\"]*\""
    rf"|(&&|\|\||!(?!=)|(?<![=<>!])=(?!=)|<>|===|#|[{TYPOGRAPHIC}]|(?<![\w.])(?:{'|'.join(WORDS)})(?![\w.]))",
    re.IGNORECASE,
)
_SPACED_DURATION = re.compile(r"(?<![\w.'\"])[0-9]+ +[smhdw](?![\w'\"])")
_FOREIGN_MEANT = {
    **{"&&": "and", "||": "or", "!": "not", "=": "==", "<>": "!=", "===": "==", "#": "no comment"},
    **{"and": "and", "or": "or", "not": "not", "in": "in", "и": "and", "или": "or", "не": "not"},
    **dict.fromkeys(TYPOGRAPHIC, "a straight quote, ' or \""),
}
"""What other languages write, in small letters → what this one writes."""


@dataclass(frozen=True)
class Fault:
    """A problem in a condition: offset in characters, text."""

    offset: int
    text: str


def syntax_tree(text: str) -> tuple[ast.expr | None, dict[int, str], list[Fault]]:
    """The syntax tree (None after faults) and the unit of the number at each position that has one."""
    units: dict[int, str] = {}
    faults = list(_foreign(text))
    if faults:
        return None, units, faults
    blanked = _TOKEN.sub(lambda match: _blank(match, units), text.replace("\n", " ").replace("\t", " "))
    indent = len(blanked) - len(blanked.lstrip())
    try:
        tree = ast.parse(blanked.lstrip(), mode="eval")
    except SyntaxError as error:
        offset = indent + error.offset - 1 if error.offset else len(text)
        return None, units, [Fault(offset, _syntax_text(text, offset, str(error.msg)))]
    except (ValueError, MemoryError, RecursionError):
        return None, units, [Fault(0, "cannot read this condition, expected fields, comparisons, and, or, not")]
    if indent:
        for node in ast.walk(tree):
            if hasattr(node, "col_offset"):
                node.col_offset += indent
    return tree.body, units, []


def offset_in(text: str, byte_offset: int) -> int:
    """Characters before a position that Python counts in UTF-8 bytes."""
    return len(text.encode()[:byte_offset].decode(errors="ignore"))


def _foreign(text: str) -> Iterator[Fault]:
    """What other languages write and this one does not."""
    if len(text) > MAX_LENGTH:
        yield Fault(0, f"found a condition of {len(text)} characters, expected at most {MAX_LENGTH}")
        return
    if "\\" in text:
        yield Fault(text.index("\\"), "found a backslash, expected fields, comparisons and texts")
        return
    for match in _SPACED_DURATION.finditer(text):
        meant = match[0].replace(" ", "")
        yield Fault(match.start(), f"found '{match[0]}', expected '{meant}' without a space")
    for match in _FOREIGN.finditer(text):
        if match[1] and match[1] != (meant := _FOREIGN_MEANT[match[1].lower()]):
            yield Fault(match.start(1), f"found '{match[1]}', expected {meant}")


def _blank(match: re.Match[str], units: dict[int, str]) -> str:
    unit = match[2] or match[3]
    if unit is None:
        return match[0]
    units[match.start()] = unit
    return match[1] + " "


def _syntax_text(text: str, offset: int, message: str) -> str:
    rest = shortened(text[offset:], 20)
    at = f"at '{rest}'" if rest else "at its end"
    quote = "; a quote is not closed" if "unterminated string" in message else ""
    return f"cannot read the condition {at}{quote}, expected fields, comparisons, and, or, not"
