"""Static segments: lists of customers that only files and steps of chains change."""

from __future__ import annotations

from strategies.conditions import Field
from strategies.language.card import MEMBERS, members_of_file
from strategies.language.nodes import Node
from strategies.language.reader import BOOL, TEXT, Checked, Reader, Value
from strategies.language.records import Keys
from strategies.segments import Segment

STATIC = ("static", "file", "members")
"""Keys that make a segment static."""


def _yes(value: Value, yes: bool) -> bool | None:
    if not yes:
        value.expected("true")
    return yes or None


YES: Reader[bool] = Checked(BOOL, _yes)


def is_static(node: Node) -> bool:
    """Whether a segment as it stands in a file is a static one."""
    return any(key in node.entries for key in STATIC)


def static_segment(keys: Keys, about: str) -> Segment | None:
    """``{static: true}``, ``{file: blacklist.csv}``, ``{members: "3, 17"}``; None where none of these stands."""
    keys.get("static", YES, True, "true: empty at the start, steps of chains fill it")
    of_file = keys.get("file", Checked(TEXT, members_of_file), (), "CSV file with a column 'customer'")
    members = keys.get("members", MEMBERS, (), "numbers of the customers who are in it at the start")
    if not is_static(keys.value.node):
        return None
    keys.one_of(STATIC, "one way to fill a static segment")
    for other in ("if", "did", "predict", "refresh"):
        if keys.has(other):
            keys.complain(other, f"{keys.value.path}: found '{other}' in a static segment, expected it without")
    name = keys.value.path.rpartition(".")[2]
    return Segment(name, Field(f"member.{name}", "bool"), about, static=True, members=of_file or members)
