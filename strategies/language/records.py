"""Mappings with fixed keys: a file format is written as functions over :class:`Keys`.

The same functions, run over :class:`KeyProbe` without a file, give the JSON Schema.

>>> from strategies.language.nodes import parse_tree
>>> from strategies.language.reader import TEXT, number
>>> def shop(keys: Keys) -> tuple[str, float]:
...     return keys.need("name", TEXT, ""), keys.get("margin", number(at_least=0, at_most=1), 0.3)
>>> root, _ = parse_tree("name: A\\nmargn: 0.4", "shop.yaml")
>>> reading = Reading()
>>> Record("shop", shop).read(Value(root, "", reading))
('A', 0.3)
>>> print(reading.problems[0])
shop.yaml:2:1: unknown key 'margn' in the file; did you mean 'margin'? (expected one of: name, margin)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar, overload

from strategies.language.nodes import Node
from strategies.language.problems import InputError, Mark, nearest, unknown
from strategies.language.reader import LOOKS_BOOLEAN, Reader, Reading, Schema, Value

T = TypeVar("T")
D = TypeVar("D")


Parts = Mapping[str, Sequence[str]]
"""Key → the names of forms that it goes with."""

NO_PARTS: Parts = MappingProxyType({})


def form_of(name: str, parts: Parts) -> Schema:
    """The JSON Schema of the form that has the key ``name``, and none of the parts that go with other forms only.

    >>> form_of("on", {"at": ["on"], "from": ["every"]})
    {'required': ['on'], 'properties': {'from': False}}
    """
    strange = {part: False for part, names in parts.items() if name not in names}
    return {"required": [name], "properties": strange} if strange else {"required": [name]}


class Keys:
    """The keys of a mapping, asked for one by one; what nobody asked for is unknown."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.asked: list[str] = []
        self.refused: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """Does the mapping have this key?"""
        return name in self.value.node.entries

    def need(self, name: str, reader: Reader[T], placeholder: T, about: str = "") -> T:
        """A key that must be there; ``placeholder`` stands in when it is missing or bad."""
        self.need_also(name, reader.expected)
        return self._read(name, reader, placeholder)

    @overload
    def get(self, name: str, reader: Reader[T], default: None, about: str = "") -> T | None: ...
    @overload
    def get(self, name: str, reader: Reader[T], default: T, about: str = "") -> T: ...
    def get(self, name: str, reader: Reader[T], default: T | None, about: str = "") -> T | None:
        """A key that may be there."""
        return self._read(name, reader, default)

    def _read(self, name: str, reader: Reader[T], default: D) -> T | D:
        self.asked.append(name)
        child = self.value.child(name)
        if child is None:
            return default
        result = reader.read(child)
        return default if result is None else result

    def rest(self, key: Reader[str], item: Reader[T]) -> dict[str, T]:
        """Every key that was not asked for before, as names read by ``key`` with values read by ``item``."""
        result: dict[str, T] = {}
        for name, mark, child in self.value.entries():
            if name in self.asked:
                continue
            read_name = key.read(Value(Node("text", mark, name, plain=True), self.value.path, self.value.reading))
            read_item = item.read(child)
            if read_name is not None and read_item is not None:
                result[read_name] = read_item
        self.ignore_rest()
        return result

    def need_also(self, name: str, expected: str) -> None:
        """Report a missing key that only this form needs."""
        if not self.has(name):
            self.missing[name] = f"missing key '{name}' in {self.value.where} (expected {expected})"

    def ignore_rest(self) -> None:
        """Say nothing about the other keys."""
        self.asked += [name for name in self.value.node.entries if name not in self.asked]

    def refuse(self, name: str, why: str, instead_of: str = "") -> None:
        """Give a key that is not read a reason of its own; ``instead_of`` it a key is not told to be missing then."""
        self.refused[name] = why
        if self.has(name):
            self.missing.pop(instead_of, None)

    def one_of(
        self, names: Sequence[str], what: str, hint: str = "", missing: str = "", parts: Parts = NO_PARTS
    ) -> str | None:
        """Which one of ``names`` the mapping has; None, after a complaint, when it has none or several.

        hint: what the complaint about several adds.  missing: what is expected of the first where none is there.
        parts: other keys, each with the names that it goes with.  With them a file that builds on another may give
        another of the names and inherits all that goes with it; without them it begins anew.
        """
        present = [name for name in names if self.has(name)]
        if len(present) == 1:
            for part, with_ in parts.items():
                if present[0] not in with_ and self.has(part):
                    found_keys = f"'{part}' with '{present[0]}'"
                    self.complain(part, f"{self.value.path}: found {found_keys}, expected it with '{with_[0]}'")
            return present[0]
        if not present and missing:
            self.need_also(names[0], missing)
            return None
        if present or not self.value.node.entries:
            found_keys = " and ".join(f"'{name}'" for name in present) if present else "none"
            more = hint if present else ""
            self.value.complain(f"{self.value.where}: found {found_keys}, expected {what}: {', '.join(names)}{more}")
        return None

    def remark(self, name: str, text: str) -> None:
        """Tell the user something about the value of a key (or about the mapping) without refusing it."""
        (self.value.child(name) or self.value).remark(text)

    def complain(self, name: str, text: str) -> None:
        """Report a problem at the value of a key (or at the mapping)."""
        (self.value.child(name) or self.value).complain(text)

    def finish(self, known: Callable[[], Collection[str]] = frozenset) -> None:
        """Report keys that nobody asked for, and missing ones that are not just misspelt.

        known: the keys of all forms, whichever this one is.
        """
        strangers = self.value.node.entries.keys() - set(self.asked)
        misspelt = {nearest(name, self.asked) for name in strangers}
        for name, text in self.missing.items():
            if name not in misspelt:
                off = self.value.node.taken.get(name)
                self.value.complain(f"{text}; 'off' took it away" if off else text, off)
        for name, mark, _ in self.value.entries():
            if name in self.asked:
                continue
            if name in self.refused:
                self.value.complain(self.refused[name], mark)
                continue
            hint = ""
            if name.lower() in LOOKS_BOOLEAN:
                hint = f"; some YAML readers take the bare word {name} for {LOOKS_BOOLEAN[name.lower()]}: quote it"
            alone = self.value.reading.partial and name not in known()
            self.value.complain(unknown("key", name, self.value.where, self.asked) + hint, mark, alone)


@dataclass(frozen=True)
class Record(Generic[T]):
    """A mapping with fixed keys, read by a function over :class:`Keys`; ``name`` names it in the JSON Schema.

    several: where several may stand, for who writes a list.
    """

    name: str
    function: Callable[[Keys], T | None]
    expected: str = "a mapping"
    several: str = ""

    def read(self, value: Value) -> T | None:
        """What the function makes of the keys."""
        if value.node.kind != "mapping":
            value.expected(self.expected, self.several if value.node.kind == "list" else "")
            return None
        keys = Keys(value)
        result = self.function(keys)
        keys.finish(self._keys)
        return result

    def _keys(self) -> Collection[str]:
        """The keys that some form of the mapping has."""
        definitions: Schema = {}
        self.schema(definitions)
        return frozenset(definitions[self.name]["properties"])

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of this name, which is made on first sight."""
        if self.name not in definitions:
            definitions[self.name] = {}
            probe = KeyProbe(definitions)
            self.function(probe)
            definitions[self.name] = probe.object()
            if isinstance(definitions, Sheet):
                definitions.rows[self.name] = probe.rows
        return {"$ref": f"#/$defs/{self.name}"}


@dataclass(frozen=True)
class OrNone(Generic[T]):
    """What ``full`` reads, or ``[]``, which takes away what would hold otherwise."""

    full: Reader[T]

    @property
    def expected(self) -> str:
        """Both forms."""
        return f"{self.full.expected}, or [] for none"

    def read(self, value: Value) -> T | None:
        """What the reader makes of it; None of an empty list."""
        if value.node.kind == "mapping":
            return self.full.read(value)
        if value.node.kind != "list" or value.node.items:
            value.expected(self.expected)
        return None

    def schema(self, definitions: Schema) -> Schema:
        """Either schema."""
        return {"anyOf": [self.full.schema(definitions), {"const": []}]}


@dataclass(frozen=True)
class OrMapping(Generic[T]):
    """A word or a list of words read by ``words``, a mapping by ``full``."""

    words: Reader[T]
    full: Reader[T]

    @property
    def expected(self) -> str:
        """All forms."""
        return f"{self.words.expected}, or {self.full.expected}"

    def read(self, value: Value) -> T | None:
        """What the reader of this form makes of it."""
        return self.full.read(value) if value.node.kind == "mapping" else self.words.read(value)

    def schema(self, definitions: Schema) -> Schema:
        """Any of the forms."""
        words = self.words.schema(definitions)
        return {"anyOf": [*words.get("anyOf", [words]), self.full.schema(definitions)]}


@dataclass(frozen=True)
class MapOf(Generic[T]):
    """A mapping from names to values of one kind; ``key`` reads (and checks) a name."""

    item: Reader[T]
    key: Reader[str]

    @property
    def expected(self) -> str:
        """A mapping to what."""
        return f"a mapping of names, each {self.item.expected}"

    def read(self, value: Value) -> dict[str, T] | None:
        """The entries that could be read."""
        if value.node.kind != "mapping":
            value.expected(self.expected)
            return None
        return Keys(value).rest(self.key, self.item)

    def schema(self, definitions: Schema) -> Schema:
        """An object with free keys."""
        return {"type": "object", "additionalProperties": self.item.schema(definitions)}


@dataclass(frozen=True)
class KeyRow:
    """One key as a page of reference tells it; ``default`` is what a missing key stands for."""

    name: str
    reader: Reader[Any]
    needed: bool
    default: Any
    about: str


class Sheet(dict[str, Any]):
    """Definitions of a schema that also keep the keys of every mapping, in the order in which they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[KeyRow]] = {}


class KeyProbe(Keys):
    """Keys without a file: remembers what is asked for and answers with defaults."""

    def __init__(self, definitions: Schema) -> None:
        super().__init__(Value(Node("mapping", Mark("", 0, 0)), "", Reading()))
        self.definitions = definitions
        self.properties: Schema = {}
        self.required: list[str] = []
        self.others: Schema | bool = False
        self.forms: list[Schema] = []
        self.rows: list[KeyRow] = []

    def need(self, name: str, reader: Reader[T], placeholder: T, about: str = "") -> T:
        """Note a required key."""
        self.required.append(name)
        self._note(KeyRow(name, reader, True, None, about))
        return placeholder

    @overload
    def get(self, name: str, reader: Reader[T], default: None, about: str = "") -> T | None: ...
    @overload
    def get(self, name: str, reader: Reader[T], default: T, about: str = "") -> T: ...
    def get(self, name: str, reader: Reader[T], default: T | None, about: str = "") -> T | None:
        """Note an optional key."""
        self._note(KeyRow(name, reader, False, default, about))
        return default

    def rest(self, key: Reader[str], item: Reader[T]) -> dict[str, T]:
        """Note what the other keys hold."""
        self.others = item.schema(self.definitions)
        return {}

    def one_of(
        self, names: Sequence[str], what: str, hint: str = "", missing: str = "", parts: Parts = NO_PARTS
    ) -> str | None:
        """Note that exactly one of these keys is needed; None: every form is probed."""
        self.forms.append({"oneOf": [form_of(name, parts) for name in names]})
        return None

    def _note(self, row: KeyRow) -> None:
        schema = row.reader.schema(self.definitions)
        self.properties[row.name] = {"description": row.about, **schema} if row.about else schema
        self.rows.append(row)

    def object(self) -> Schema:
        """The JSON Schema of the mapping."""
        shape: Schema = {"type": "object", "properties": self.properties, "additionalProperties": self.others}
        if self.required:
            shape["required"] = self.required
        if len(self.forms) > 1:
            return {**shape, "allOf": self.forms}
        return {**shape, **self.forms[0]} if self.forms else shape


def read_whole(root: Node, reader: Reader[T], reading: Reading) -> T:
    """What a reader makes of a whole tree.  reading: of its file, with the problems so far.

    Raises:
        InputError: with every problem of the file.
    """
    result = reader.read(Value(root, "", reading))
    if reading.problems or result is None:
        raise InputError(reading.problems)
    return result
