"""Typed readers of scalars and lists over a YAML tree: each reads one kind of value and collects problems.

A bad value is reported and replaced by the default, so that one run finds all problems of a file.
Mappings are read by :mod:`strategies.language.records`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from strategies.language.nodes import Node
from strategies.language.number_words import meant_number
from strategies.language.problems import Mark, Problem, problem_at, shortened, typographic, unknown

S = TypeVar("S")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Schema = dict[str, Any]


LOOKS_BOOLEAN = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""Words that YAML 1.1 readers take for truth values and YAML 1.2 for texts: neither is meant without quotes."""

NOT_INHERITED = "; 'off' takes away what was inherited, and nothing was inherited here"


@dataclass
class Reading:
    """One pass over a file: the problems so far and the names that are known.

    file: the file that is read; whole: what messages about its top level call it.
    remarks: what is accepted, but the user should know.
    names: kind of name (``message``) → the names of that kind that the file defines.
    alone: problems that a value has whatever else the files say.  partial: some files are missing; only these are told.
    """

    file: str = ""
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    whole: str = "the file"
    alone: list[Problem] = field(default_factory=list)
    partial: bool = False


@dataclass(frozen=True)
class Value:
    """A node, the path that leads to it, and the reading that it belongs to."""

    node: Node
    path: str
    reading: Reading

    @property
    def where(self) -> str:
        """The path, or the name of the whole file."""
        return self.path or self.reading.whole

    @property
    def folder(self) -> Path:
        """The folder from which relative paths in this value start: that of the file where it is written."""
        return Path(self.reading.file if self.node.mark.overrides else self.node.mark.file).parent

    def complain(self, text: str, mark: Mark | None = None, alone: bool = False) -> None:
        """Report a problem at this value, or at ``mark``.  alone: it is one whatever else the files say."""
        problem = problem_at(mark or self.node.mark, text)
        self.reading.problems.append(problem)
        if alone:
            self.reading.alone.append(problem)

    def remark(self, text: str) -> None:
        """Tell the user something about this value without refusing it."""
        self.reading.remarks.append(problem_at(self.node.mark, text))

    def expected(self, what: str, hint: str = "", alone: bool = True) -> None:
        """Report that something else stands here than ``what``."""
        quotes = typographic(str(self.node.value)) if self.node.kind == "text" else ""
        away = NOT_INHERITED if self.node.plain and self.node.kind == "text" and self.node.value == "off" else ""
        self.complain(
            f"{self.where}: found {found(self.node)}, expected {what}{hint}{quotes}{away}", alone=alone and not away
        )

    def child(self, key: str) -> Value | None:
        """The value of ``key``, if the mapping has it."""
        entry = self.node.entries.get(key)
        return Value(entry[1], f"{self.path}.{key}" if self.path else key, self.reading) if entry else None

    def items(self) -> Iterator[Value]:
        """The items of a list."""
        for index, item in enumerate(self.node.items):
            yield Value(item, f"{self.path}[{index}]", self.reading)

    def entries(self) -> Iterator[tuple[str, Mark, Value]]:
        """The keys of a mapping, their places and values."""
        for key, (mark, node) in self.node.entries.items():
            yield key, mark, Value(node, f"{self.path}.{key}" if self.path else key, self.reading)


def found(node: Node) -> str:
    """What stands at a node, for messages."""
    if node.kind == "mapping":
        return "a mapping"
    if node.kind == "list":
        return "a list"
    if node.kind == "null":
        return "nothing"
    if node.kind == "text":
        return f"'{shortened(str(node.value))}'"
    return str(node.value).lower()


class Reader(Protocol[T_co]):
    """Reads a value of type T; None after a complaint."""

    @property
    def expected(self) -> str:
        """What the reader expects, in words."""
        ...

    def read(self, value: Value) -> T_co | None:
        """The value, or None when a problem was reported."""
        ...

    def schema(self, definitions: Schema) -> Schema:
        """JSON Schema of the value; shared parts go to ``definitions``."""
        ...


class Refused(Exception):
    """A scalar is not what was expected; the text is a hint such as ``; did you mean '7d'?``."""


@dataclass(frozen=True)
class Scalar(Generic[T]):
    """Reads a text, number or truth value by ``parse``, which raises :class:`Refused`."""

    expected: str
    parse: Callable[[str | int | float | bool], T]
    json: Schema = field(default_factory=lambda: {"type": "string"})

    def read(self, value: Value) -> T | None:
        """The parsed scalar."""
        scalar = value.node.value
        if scalar is None:
            value.expected(self.expected)
        if scalar is None or looks_boolean(value):
            return None
        try:
            return self.parse(scalar)
        except Refused as refused:
            value.expected(self.expected, str(refused))
        return None

    def schema(self, definitions: Schema) -> Schema:
        """The given schema."""
        return dict(self.json)


def looks_boolean(value: Value) -> bool:
    """Report a bare ``yes``, ``no``, ``on`` or ``off``."""
    node = value.node
    meant = LOOKS_BOOLEAN.get(str(node.value).lower()) if node.plain and node.kind == "text" else None
    if meant is None:
        return False
    inherited = NOT_INHERITED if node.value == "off" else ""
    value.complain(
        f"{value.where}: found the bare word {node.value}, which some YAML readers take for {meant}; "
        f"quote it ('{node.value}') if a text is meant, write {meant} if not{inherited}",
        alone=not inherited,
    )
    return True


@dataclass(frozen=True)
class Choice(Generic[T]):
    """One of fixed words.

    kind: names them in messages (``channel``, ``value``).
    also: other forms, for messages.
    aliases: other words for options.
    """

    options: tuple[T, ...]
    kind: str = "value"
    also: tuple[str, ...] = ()
    aliases: dict[str, T] = field(default_factory=dict)

    @property
    def expected(self) -> str:
        """The options."""
        return "one of: " + ", ".join([*map(str, self.options), *self.also])

    def read(self, value: Value) -> T | None:
        """The option that stands here."""
        if value.node.kind in ("mapping", "list", "null"):
            value.expected(self.expected)
            return None
        if looks_boolean(value):
            return None
        for option in self.options:
            if option == value.node.value and isinstance(value.node.value, str):
                return option
        if value.node.value in self.aliases:
            return self.aliases[str(value.node.value)]
        word = found(value.node).strip("'")
        value.complain(unknown(self.kind, word, value.where, [*map(str, self.options), *self.also]), alone=True)
        return None

    def schema(self, definitions: Schema) -> Schema:
        """An enumeration."""
        return {"enum": [*self.options, *self.aliases]}


@dataclass(frozen=True)
class Named:
    """The name of something that the same file defines (``message``, ``segment`` …)."""

    kind: str

    @property
    def expected(self) -> str:
        """The kind of name."""
        return f"the name of a {self.kind}"

    def read(self, value: Value) -> str | None:
        """The name, if it is known."""
        name = TEXT.read(value)
        known = value.reading.names.get(self.kind, ())
        if name is None or name in known:
            return name
        value.complain(unknown(self.kind, name, value.where, known))
        return None

    def schema(self, definitions: Schema) -> Schema:
        """A text."""
        return {"type": "string"}


@dataclass(frozen=True)
class ListOf(Generic[T]):
    """A list; with ``lone`` a single value stands for a list of one; ``what`` names it in messages.

    hint: what messages add where something else than a list stands there.
    """

    item: Reader[T]
    lone: bool = False
    at_least: int = 0
    what: str = ""
    hint: str = ""

    @property
    def expected(self) -> str:
        """A list of what."""
        return self.what or f"a list, each item {self.item.expected}"

    def read(self, value: Value) -> tuple[T, ...] | None:
        """The items that could be read."""
        if self.lone and value.node.kind not in ("list", "null"):
            item = self.item.read(value)
            return None if item is None else (item,)
        if value.node.kind != "list":
            value.expected(self.expected, self.hint, alone=value.node.kind != "mapping")  # changes of an inherited list
            return None
        if len(value.node.items) < self.at_least:
            count = ("an empty list", "one item")[min(len(value.node.items), 1)]
            value.complain(f"{value.where}: found {count}, expected at least {('one', 'two')[self.at_least > 1]}")
            return None
        read = [self.item.read(item) for item in value.items()]
        return tuple(item for item in read if item is not None)

    def schema(self, definitions: Schema) -> Schema:
        """An array."""
        item = self.item.schema(definitions)
        array: Schema = {"type": "array", "items": item}
        if self.at_least:
            array["minItems"] = self.at_least
        return {"anyOf": [item, array]} if self.lone else array


@dataclass(frozen=True)
class Either(Generic[T]):
    """A scalar read by ``bare``, anything else by ``full``."""

    bare: Reader[T]
    full: Reader[T]

    @property
    def expected(self) -> str:
        """Both forms."""
        return f"{self.bare.expected}, or {self.full.expected}"

    def read(self, value: Value) -> T | None:
        """What the reader of this form makes of it."""
        if value.node.kind == "null":
            value.expected(self.expected)
            return None
        reader = self.full if value.node.kind in ("mapping", "list") else self.bare
        return reader.read(value)

    def schema(self, definitions: Schema) -> Schema:
        """Either schema."""
        return {"anyOf": [self.bare.schema(definitions), self.full.schema(definitions)]}


@dataclass(frozen=True)
class Checked(Generic[S, T]):
    """What ``inner`` reads, checked and turned into something else by ``check``."""

    inner: Reader[S]
    check: Callable[[Value, S], T | None]

    @property
    def expected(self) -> str:
        """What the inner reader expects."""
        return self.inner.expected

    def read(self, value: Value) -> T | None:
        """The checked value."""
        result = self.inner.read(value)
        return None if result is None else self.check(value, result)

    def schema(self, definitions: Schema) -> Schema:
        """The schema of the inner reader."""
        return self.inner.schema(definitions)


def refuse_comma(scalar: str | int | float | bool) -> None:
    """Refuse a text that means a number, saying which: a decimal comma, thousands apart, a word for thousands."""
    if isinstance(scalar, str) and (hint := meant_number(scalar)):
        raise Refused(f"; {hint}")


def number(at_least: float | None = None, at_most: float | None = None) -> Scalar[float]:
    """A finite number within limits."""

    def parse(scalar: str | int | float | bool) -> float:
        refuse_comma(scalar)
        if isinstance(scalar, (bool, str)):
            raise Refused
        if (at_least is not None and scalar < at_least) or (at_most is not None and scalar > at_most):
            raise Refused
        return float(scalar)

    return Scalar("a number" + _limits(at_least, at_most), parse, _number_schema("number", at_least, at_most))


def whole(at_least: int | None = None, at_most: int | None = None) -> Scalar[int]:
    """A whole number within limits."""

    def parse(scalar: str | int | float | bool) -> int:
        refuse_comma(scalar)
        if isinstance(scalar, (bool, str)) or scalar != int(scalar):
            raise Refused
        if (at_least is not None and scalar < at_least) or (at_most is not None and scalar > at_most):
            raise Refused
        return int(scalar)

    return Scalar("a whole number" + _limits(at_least, at_most), parse, _number_schema("integer", at_least, at_most))


def _limits(at_least: float | None, at_most: float | None) -> str:
    if at_least is not None and at_most is not None:
        return f" from {_short(at_least)} to {_short(at_most)}"
    if at_least is not None:
        return f" of at least {_short(at_least)}"
    return f" of at most {_short(at_most)}" if at_most is not None else ""


def _short(limit: float) -> str:
    return f"{limit:,.0f}" if limit == int(limit) else f"{limit:g}"


def _number_schema(kind: str, at_least: float | None, at_most: float | None) -> Schema:
    schema: Schema = {"type": kind}
    if at_least is not None:
        schema["minimum"] = at_least
    if at_most is not None:
        schema["maximum"] = at_most
    return schema


def _text(scalar: str | int | float | bool) -> str:
    if not isinstance(scalar, str) or not scalar.strip():
        raise Refused("" if isinstance(scalar, str) else "; quote it")
    return scalar


def _bool(scalar: str | int | float | bool) -> bool:
    if not isinstance(scalar, bool):
        raise Refused
    return scalar


TEXT: Scalar[str] = Scalar("a text", _text)
BOOL: Scalar[bool] = Scalar("true or false", _bool, {"type": "boolean"})
