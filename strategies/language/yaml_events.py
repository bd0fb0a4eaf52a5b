"""The events of a YAML text, from ruamel's parser without its detours.

ruamel asks for the next token in ways that cost more than finding it: every question looks for stale keys again, and
text is read character by character.  The classes here answer the same questions at half the cost; what they do not
know they leave to ruamel's own methods.  Events, marks and errors are ruamel's.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import StringMark
from ruamel.yaml.events import ScalarEvent
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ScalarToken

REMEMBERED = 200_000
"""Characters of the texts whose events are remembered: a command reads its population and scenarios several times."""

_ENDS = "\n\0\r\x85\u2028\u2029"
_UNEVEN = re.compile("[\r\n\ufeff]")
"""Characters that do not move the column on by one."""
_GAP = re.compile(rf" *(?:(?:#[^{_ENDS}]*)?\n *)*")
"""Spaces, comments and plain ends of lines."""
_PLAIN_IN_BLOCK = re.compile(rf"(?:[^:{_ENDS} \t]|:(?![{_ENDS} \t]))*")
_PLAIN_IN_FLOW = re.compile(rf"(?:[^:,\[\]{{}}{_ENDS} \t]|:(?![{_ENDS} \t]))*")

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
    for event in parser_of(text).parse(text):
        taken.append(event)
        yield event
    _read[text] = tuple(taken)
    while sum(map(len, _read)) > REMEMBERED:
        _read.popitem(last=False)


def parser_of(text: str) -> YAML:
    """What parses a text (or loads it as plain data) quickly; to be used once."""
    yaml = YAML(typ="safe", pure=True)
    if "%YAML" not in text:  # another version of YAML has other plain scalars
        yaml.Reader, yaml.Scanner, yaml.Parser = _Reader, _Scanner, _Parser
    return yaml


class _Reader(Reader):
    """Of a text that is here as a whole."""

    def peek(self, index: int = 0) -> str:
        return self.buffer[self.pointer + index]

    def prefix(self, length: int = 1) -> str:
        return self.buffer[self.pointer : self.pointer + length]

    def forward(self, length: int = 1) -> None:
        end = self.pointer + length
        if end < len(self.buffer) and not _UNEVEN.search(self.buffer, self.pointer, end):
            self.pointer = end
            self.index += length
            self.column += length
        else:
            super().forward(length)

    def skip(self, gap: re.Pattern[str]) -> int:
        """Go to the end of what matches; the number of lines that end in it."""
        match = gap.match(self.buffer, self.pointer)
        assert match is not None
        begin, end = match.span()
        lines = self.buffer.count("\n", begin, end)
        self.pointer = end
        self.index += end - begin
        self.line += lines
        self.column = end - self.buffer.rindex("\n", begin, end) - 1 if lines else self.column + end - begin
        return lines

    def get_mark(self) -> StringMark:
        return StringMark(self.name, self.index, self.line, self.column, self.buffer, self.pointer)


class _Scanner(Scanner):
    """Looks for stale keys once for each token that is taken."""

    reader: Any = None
    _ready = False
    """Nothing needs to be read before the first of the tokens is known."""

    def __init__(self, loader: Any) -> None:
        self.reader = loader.reader
        super().__init__(loader)

    def reset_scanner(self) -> None:
        self._ready = False
        super().reset_scanner()

    def check_token(self, *choices: Any) -> bool:
        token = self.peek_token()
        return token is not None and (not choices or isinstance(token, choices))

    def peek_token(self) -> Any:
        if not self._ready:
            while self.need_more_tokens():
                self.fetch_more_tokens()
            self._ready = True
        return self.tokens[0] if self.tokens else None

    def get_token(self) -> Any:
        if self.peek_token() is None:
            return None
        self._ready = False
        self.tokens_taken += 1
        return self.tokens.pop(0)

    def need_more_tokens(self) -> bool:
        if self.done or not self.tokens or not self.possible_simple_keys:
            return not self.done and not self.tokens
        return super().need_more_tokens()

    def stale_possible_simple_keys(self) -> None:
        reader = self.reader
        for key in self.possible_simple_keys.values():
            if key.line != reader.line or reader.index - key.index > 1024:
                super().stale_possible_simple_keys()
                return

    def scan_to_next_token(self) -> None:
        reader = self.reader
        if reader.peek() in " #\n" and reader.skip(_GAP) and not self.flow_context:
            self.allow_simple_key = True
        if reader.peek() in "#\t\r\x85\u2028\u2029\ufeff":
            super().scan_to_next_token()

    def scan_plain(self) -> ScalarToken:
        reader, words = self.reader, _PLAIN_IN_FLOW if self.flow_context else _PLAIN_IN_BLOCK
        parts: list[str] = []
        spaces: list[str] = []
        start = end = reader.get_mark()
        while reader.peek() != "#":
            match = words.match(reader.buffer, reader.pointer)
            assert match is not None
            if not match[0]:
                break
            self.allow_simple_key = False
            parts += [*spaces, match[0]]
            reader.forward(len(match[0]))
            end = reader.get_mark()
            if reader.peek() not in " \r\n\x85\u2028\u2029":
                break
            spaces = self.scan_plain_spaces(self.indent + 1, start)
            if not spaces or (not self.flow_context and reader.column <= self.indent):
                break
        return ScalarToken("".join(parts), True, start, end)


class _Parser(Parser):
    """Takes a scalar without anchor and tag at once."""

    scanner: Any = None

    def __init__(self, loader: Any) -> None:
        self.scanner = loader.scanner
        super().__init__(loader)

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Any:
        if not isinstance(self.scanner.peek_token(), ScalarToken):
            return super().parse_node(block, indentless_sequence)
        token = self.scanner.get_token()
        self.state = self.states.pop()
        implicit = (True, False) if token.plain else (False, True)
        return ScalarEvent(None, None, implicit, token.value, token.start_mark, token.end_mark, style=token.style)
