"""YAML text to a tree of nodes with places, within limits that no file can break.

YAML 1.2: only ``true`` and ``false`` are truth values, ``22:00`` and ``2026-02-02`` are texts.  The
tree is built from the parser's events, so nesting never recurses here, and aliases share nodes:
their expanded size is counted without expanding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from strategies.language.problems import InputError, Mark, Problem, problem_at, shortened
from strategies.language.yaml_events import events

MAX_BYTES = 9_000_000
"""Of a file: a resolved scenario with two of the largest tables of external events loads again, in some seconds."""
MAX_DEPTH = 60
MAX_NODES = 50_000
"""Nodes of a file after its aliases are expanded."""

Kind = Literal["mapping", "list", "text", "number", "bool", "null"]

_INTEGER = re.compile(r"[-+]?[0-9]+")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_COMMA = re.compile(r"([0-9]+),([0-9]+ ?%?)")
_HALF = re.compile("[\ud800-\udfff]")
"""Surrogates, which only an escape can bring: no file that is written could hold them."""
_TAB = re.compile(r"^[ ]*\t", re.MULTILINE)


@dataclass
class Node:
    """A value of the file.

    value: of a scalar: text, number or bool; None of null, of a mapping and of a list.
    entries: of a mapping: key → (place of the key, node).
    items: of a list.
    plain: a scalar without quotes.
    text_column: column of the first character of the text where it stands in the file as it reads.
    size, depth: number of nodes and levels, aliases expanded.
    taken: of a mapping that was written over another: inherited keys that ``off`` took away → where.
    """

    kind: Kind
    mark: Mark
    value: str | int | float | bool | None = None
    entries: dict[str, tuple[Mark, Node]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    plain: bool = False
    text_column: int | None = None
    size: int = 1
    depth: int = 1
    taken: dict[str, Mark] = field(default_factory=dict)

    def plain_value(self) -> Any:
        """The value as plain data: dicts, lists, texts, numbers, truth values."""
        if self.kind == "mapping":
            return {key: node.plain_value() for key, (_, node) in self.entries.items()}
        return [item.plain_value() for item in self.items] if self.kind == "list" else self.value


class _Stop(Exception):
    """Reading cannot go on; carries the one problem."""

    def __init__(self, mark: Mark, text: str) -> None:
        self.problem = problem_at(mark, text)
        super().__init__(text)


def read_tree(path: str | Path) -> tuple[Node, list[Problem]]:
    """The tree of a file and its problems so far (duplicate keys and the like).

    Raises:
        InputError: the file cannot be read as YAML at all.
    """
    name = str(path)
    try:
        raw = _bytes(Path(path))
    except OSError as error:
        raise InputError([Problem(name, 1, 1, f"cannot read the file: {_reason(error)}")]) from None
    except ValueError as error:
        raise InputError([Problem(name, 1, 1, str(error))]) from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        found = f"found byte 0x{raw[error.start]:02x}, expected UTF-8 text"
        raise InputError([Problem(name, line, column, f"{found}; save the file as UTF-8")]) from None
    return parse_tree(text.removeprefix("\ufeff"), name)


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise ValueError("found a directory, expected a YAML file")
    if not path.exists():
        raise ValueError("found no such file, expected a YAML file")
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        size = path.stat().st_size
        raise ValueError(f"found a file of {size / 1e6:.1f} MB, expected at most {MAX_BYTES / 1e6:g} MB")
    return raw


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def parse_tree(text: str, file: str) -> tuple[Node, list[Problem]]:
    """The tree of a YAML text; ``file`` names it in marks.

    Raises:
        InputError: the text cannot be read as YAML at all.
    """
    tab = _TAB.search(text)
    if tab:
        line = text.count("\n", 0, tab.end()) + 1
        column = tab.end() - (text.rfind("\n", 0, tab.end()) + 1)
        raise InputError([Problem(file, line, column, "found a tab, expected spaces for indentation")])
    builder = _Builder(file, text)
    try:
        for event in events(text):
            builder.take(event)
    except _Stop as stop:
        raise InputError([*builder.problems, stop.problem]) from None
    except ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        line, column = text.count("\n", 0, position) + 1, position - (text.rfind("\n", 0, position) + 1) + 1
        found = f"found the character #x{ord(text[position]):04x}" if position < len(text) else "found a character"
        raise InputError([Problem(file, line, column, f"{found}, expected printable text")]) from None
    except MarkedYAMLError as error:
        raise InputError([_syntax_problem(error, file)]) from None
    except (YAMLError, ValueError, AttributeError, IndexError, TypeError, AssertionError) as error:
        raise InputError([Problem(file, 1, 1, f"cannot read the YAML: {shortened(str(error), 120)}")]) from None
    if builder.root is None:
        raise InputError([Problem(file, 1, 1, "found an empty file, expected a mapping of keys")])
    return builder.root, builder.problems


def _syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    what = shortened(str(error.problem or error.context or "cannot be read"), 120)
    if "\\t" in what:
        return Problem(file, line, column, "found a tab, expected spaces")
    if "expected <block end>" in what:
        return Problem(file, line, column, f"not valid YAML: {_out_of_place(what)}")
    what = what.replace("'<stream end>'", "the end of the file")
    context = f" ({shortened(str(error.context), 80)})" if error.context and error.problem else ""
    hint = "; quote texts that hold ': ' or ' #'" if "mapping values are not allowed" in what else ""
    return Problem(file, line, column, f"not valid YAML: {what}{context}{hint}")


def _out_of_place(what: str) -> str:
    if "<scalar>" in what:
        return "found a text behind a value that is complete; check the quotes and the indentation of this line"
    return "this line does not fit the lines above it; check the indentation of this line"


@dataclass
class _Open:
    """A mapping or list under construction; ``key`` waits for its value."""

    node: Node
    anchor: str | None
    key: tuple[str, Mark] | None = None
    skip_value: bool = False


class _Builder:
    """Takes parser events, grows the tree."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.split("\n")
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        mark = Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Stop(mark, "found a second document ('---'), expected one")
        elif isinstance(event, ScalarEvent):
            self._refuse_tag(event, mark)
            self._place(self._scalar(event, mark), event.anchor)
        elif isinstance(event, AliasEvent):
            self._alias(event, mark)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._refuse_tag(event, mark)
            kind: Kind = "mapping" if isinstance(event, MappingStartEvent) else "list"
            parent = self._open[-1] if self._open else None
            if parent and parent.node.kind == "mapping" and parent.key is None and not parent.skip_value:
                raise _Stop(mark, f"found a {kind} as a key, expected a name")
            if event.anchor:
                self._anchors[event.anchor] = None
            self._open.append(_Open(Node(kind, mark), event.anchor))
            if len(self._open) > MAX_DEPTH:
                raise _Stop(mark, f"found more than {MAX_DEPTH} levels of nesting, expected at most {MAX_DEPTH}")
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            done = self._open.pop()
            self._place(done.node, done.anchor)

    def _refuse_tag(self, event: Any, mark: Mark) -> None:
        tag = event.tag
        if tag is not None and str(tag) not in {"!", "None"}:
            raise _Stop(mark, f"found the tag '{shortened(str(tag))}', expected a plain value (tags are not read)")

    def _alias(self, event: Any, mark: Mark) -> None:
        name = str(event.anchor)
        if name not in self._anchors:
            raise _Stop(mark, f"found the alias '*{shortened(name)}' of an anchor that is not defined above it")
        target = self._anchors[name]
        if target is None:
            raise _Stop(mark, f"found the alias '*{shortened(name)}' inside its own anchor")
        self._place(target, None)

    def _place(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.node.kind == "list":
            parent.node.items.append(node)
            self._grow(parent.node, node)
        elif parent.key is None and not parent.skip_value:
            self._take_key(parent, node)
        else:
            if parent.key is not None:
                name, mark = parent.key
                if node.kind == "null" and not anchor and node.mark.line > mark.line:
                    node.mark = mark
                parent.node.entries[name] = (mark, node)
                self._grow(parent.node, node)
            parent.key, parent.skip_value = None, False

    def _take_key(self, parent: _Open, node: Node) -> None:
        if comma := self._decimal_comma(parent, node):
            self.problems.append(comma)
            parent.skip_value = True
        elif node.kind != "text" or not isinstance(node.value, str) or node.value == "":
            found = "nothing" if node.value in (None, "") else str(node.value).lower()
            self.problems.append(problem_at(node.mark, f"found {found} as a key, expected a name (quote it)"))
            parent.skip_value = True
        elif node.value in parent.node.entries:
            first = parent.node.entries[node.value][0].line
            text = f"duplicate key '{shortened(node.value)}' (first on line {first}), expected each key once"
            self.problems.append(problem_at(node.mark, text))
            parent.skip_value = True
        else:
            parent.key = (node.value, node.mark)

    def _decimal_comma(self, parent: _Open, node: Node) -> Problem | None:
        """In ``{cost: 0,15}`` the comma ends the value 0, in ``{share: 10,5%}`` 10; what is meant is put there."""
        if not node.plain:
            return None
        before = list(parent.node.entries.values())[-1][1] if parent.node.entries else None
        if before is None or before.kind != "number" or before.mark.line != node.mark.line:
            return None
        line = self.lines[node.mark.line - 1] if node.mark.line <= len(self.lines) else ""
        match = _COMMA.match(line, before.mark.column - 1)
        if match is None or match.start(2) != node.mark.column - 1:
            return None
        if node.kind == "text" and node.value != match[2]:
            return None
        meant = f"{match[1]}.{match[2]}".replace(" ", "")
        before.kind, before.value = ("text", meant) if meant.endswith("%") else ("number", float(meant))
        return problem_at(before.mark, f"found {match[0]}, expected a number; use a point: {meant}")

    def _grow(self, parent: Node, child: Node) -> None:
        parent.size += child.size
        parent.depth = max(parent.depth, child.depth + 1)
        if parent.size > MAX_NODES:
            raise _Stop(parent.mark, f"found more than {MAX_NODES} values (aliases expanded), expected a smaller file")
        if parent.depth > MAX_DEPTH:
            raise _Stop(parent.mark, f"found more than {MAX_DEPTH} levels of nesting, expected at most {MAX_DEPTH}")

    def _scalar(self, event: Any, mark: Mark) -> Node:
        text = str(event.value)
        if half := _HALF.search(text):
            raise _Stop(mark, f"found \\u{ord(half[0]):04x}, half of a character, expected printable text")
        if event.style in ("'", '"', "|", ">"):
            return Node("text", mark, text, text_column=self._text_column(text, mark, 1))
        if text in _NULLS:
            return Node("null", mark, plain=True)
        if text in _BOOLS:
            return Node("bool", mark, _BOOLS[text], plain=True)
        if _INTEGER.fullmatch(text) and len(text) <= 18:
            return Node("number", mark, int(text), plain=True)
        if _REAL.fullmatch(text) and abs(float(text)) < 1e18:
            return Node("number", mark, float(text), plain=True)
        return Node("text", mark, text, plain=True, text_column=self._text_column(text, mark, 0))

    def _text_column(self, text: str, mark: Mark, quote: int) -> int | None:
        start = mark.column - 1 + quote
        line = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        return start + 1 if line[start : start + len(text)] == text else None


def walk(node: Node) -> Iterator[Node]:
    """The node and everything under it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(child for _, child in current.entries.values())
        stack.extend(current.items)
