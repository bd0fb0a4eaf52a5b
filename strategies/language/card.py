"""The customer's card: fields that the scenario itself defines, and lists of customers for static segments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import get_args

from strategies.action_steps import NOW, CardField, FieldType
from strategies.conditions import ValueType
from strategies.language.emit import Tree, filled
from strategies.language.fields import FieldInfo
from strategies.language.nodes import Node
from strategies.language.problems import Problem, nearest, shortened, unknown
from strategies.language.reader import (
    BOOL,
    TEXT,
    Checked,
    Choice,
    Either,
    ListOf,
    Reader,
    Refused,
    Scalar,
    Schema,
    Value,
    found,
    number,
)
from strategies.language.records import Keys, Record
from strategies.limits import MAX_CARD_NUMBER, MAX_NAMES

FIELD_TYPE: Reader[FieldType] = Choice(("number", "text", "flag", "date"))
NUMBER = number(at_least=-MAX_CARD_NUMBER, at_most=MAX_CARD_NUMBER)
_TEXTS: Reader[tuple[str, ...]] = ListOf(TEXT, at_least=1)


@dataclass(frozen=True)
class FieldValue:
    """A number, true or false, or a text."""

    expected: str = "a number, true or false, or a text"

    def read(self, value: Value) -> float | str | bool | None:
        """The value."""
        if value.node.kind in ("mapping", "list", "null"):
            value.expected(self.expected)
            return None
        if value.node.kind == "bool":
            return BOOL.read(value)
        return NUMBER.read(value) if value.node.kind == "number" else TEXT.read(value)

    def schema(self, definitions: Schema) -> Schema:
        """Any scalar."""
        return {"type": ["number", "boolean", "string"]}


FIELD_VALUE: Reader[float | str | bool] = FieldValue()


def _own_name(value: Value) -> str:
    return value.path.rpartition(".")[2]


def _short(value: Value, default: float | str | bool) -> CardField | None:
    """``calls: 0`` and ``promised: false``."""
    if isinstance(default, str):
        value.expected("a number, true or false, or {one_of: [new, won], default: new} for a text")
        return None
    return CardField(_own_name(value), "flag" if isinstance(default, bool) else "number", default)


def _full(keys: Keys) -> CardField | None:
    values = keys.get("one_of", _TEXTS, (), "the texts that a text field may hold")
    type_ = keys.get("type", FIELD_TYPE, "text" if values else None, "number, text, flag or date")
    default = keys.get("default", FIELD_VALUE, None, "value until it is set; without one it is not known")
    about = keys.get("about", TEXT, "", "the field in words")
    if type_ is None:
        if not keys.has("type"):
            keys.need_also("one_of", "a list of texts, or 'type: number', 'type: flag', 'type: date'")
        return None
    if type_ == "text":
        keys.need_also("one_of", "the texts that the field may hold")
        if len(values) > MAX_NAMES:
            text = f"found {len(values):,} texts, expected at most {MAX_NAMES:,}"
            keys.complain("one_of", f"{keys.value.path}.one_of: {text}")
        if len(set(values)) < len(values):
            keys.complain("one_of", f"{keys.value.path}.one_of: found a text twice, expected each once")
    elif values:
        keys.complain("one_of", f"{keys.value.path}: found 'one_of' with type {type_}, expected it with texts only")
    field = CardField(_own_name(keys.value), type_, None, values, about)
    child = keys.value.child("default")
    if type_ == "date" and keys.has("default"):
        keys.complain("default", f"{keys.value.path}: found a 'default' of a date, which is not known until it is set")
        return None
    if child is not None and default is not None and not fits(child, field, default):
        return None
    return CardField(field.name, type_, default, values, about)


CARD_FIELD: Reader[CardField] = Either(Checked(FIELD_VALUE, _short), Record("card_field", _full))


def fits(value: Value, field: CardField, given: float | str | bool) -> bool:
    """Whether a value may stand in a field; complains where it may not."""
    if field.type == "text":
        if given in field.values and isinstance(given, str):
            return True
        value.complain(unknown("value", found(value.node).strip("'"), value.where, field.values))
        return False
    if field.type == "flag" and not isinstance(given, bool):
        value.expected("true or false")
    elif field.type == "number" and (isinstance(given, (bool, str))):
        value.expected("a number")
    elif field.type == "date" and given != NOW:
        value.expected(NOW)
    else:
        return True
    return False


def field_names(root: Node) -> dict[str, tuple[str, ...]]:
    """Names for the reading: ``field`` → all fields, ``field NAME`` → its type and texts, read leniently."""
    entry = root.entries.get("fields")
    nodes = {name: node for name, (_, node) in entry[1].entries.items()} if entry else {}
    names: dict[str, tuple[str, ...]] = {"field": tuple(nodes)} if nodes else {}
    for name, node in nodes.items():
        if node.kind != "mapping":
            names[f"field {name}"] = ("flag" if node.kind == "bool" else "number",)
            continue
        texts = tuple(str(item.value) for item in node.entries["one_of"][1].items) if "one_of" in node.entries else ()
        type_ = str(node.entries["type"][1].value) if "type" in node.entries else "text"
        names[f"field {name}"] = (type_, *texts)
    return names


def own_fields(names: Mapping[str, tuple[str, ...]]) -> dict[str, FieldInfo]:
    """What the scenario itself makes of conditions: ``field.NAME`` → type and values; its own RFM cells."""
    infos = {}
    if names.get("rfm cell"):
        infos["rfm.segment"] = FieldInfo("rfm.segment", "text", "named RFM cell", names["rfm cell"])
    for name in names.get("field", ()):
        type_, *texts = names[f"field {name}"]
        if type_ == "date":
            path, never = f"field.{name}.age", f"was never given the date '{name}'"
            infos[path] = FieldInfo(path, "number", "time since the date", is_duration=True, missing=never)
            continue
        kind: ValueType = "bool" if type_ == "flag" else "number" if type_ == "number" else "text"
        infos[f"field.{name}"] = FieldInfo(f"field.{name}", kind, "field of the scenario", tuple(texts))
    return infos


def own_field(names: Mapping[str, tuple[str, ...]], name: str) -> CardField | None:
    """A field of the scenario by its name, as far as the reading knows it."""
    if name not in names.get("field", ()):
        return None
    type_, *texts = names[f"field {name}"]
    kind: FieldType = next((known for known in get_args(FieldType) if known == type_), "text")
    return CardField(name, kind, None, tuple(texts))


# ---------------------------------------------------------------------- lists of customers

_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


def _members(scalar: str | int | float | bool) -> tuple[int, ...]:
    parts = str(scalar).replace(" ", "").split(",")
    chosen: set[int] = set()
    for part in parts:
        match = _RANGE.fullmatch(part)
        if match is None or isinstance(scalar, (bool, float)):
            raise Refused
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first > MOST_MEMBERS or len(chosen) > MOST_MEMBERS:
            raise Refused
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


MOST_MEMBERS = 10_000_000
MEMBERS: Scalar[tuple[int, ...]] = Scalar(
    'numbers of customers such as "3, 17, 200-299"', _members, {"type": ["string", "integer"]}
)


def format_members(members: Iterable[int]) -> str:
    """The numbers as text, neighbours as a range.

    >>> format_members((1, 2, 3, 7))
    '1-3, 7'
    """
    parts = []
    for _, group in groupby(enumerate(members), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in group]
        parts.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}")
    return ", ".join(parts)


def members_of_file(value: Value, name: str) -> tuple[int, ...] | None:
    """Customers listed in a CSV file, named relative to the scenario file: a column ``customer`` of numbers."""
    folder = value.folder
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        near = nearest(path.name, [file.name for file in folder.glob("*.csv")])
        hint = f"; did you mean '{near}'?" if near else ""
        value.complain(
            f"{value.where}: found no file '{shortened(name)}', expected a CSV file of customers, "
            f"named relative to this file{hint}"
        )
        return None
    lines = text.splitlines()
    header = [column.strip() for column in lines[0].split(",")] if lines else []
    if "customer" not in header:
        found_columns = ", ".join(header) or "an empty file"
        _complain(value, path, 1, f"found {shortened(found_columns)}, expected a column 'customer'")
        return None
    return _numbers(value, path, lines[1:], header.index("customer"))


def _numbers(value: Value, path: Path, lines: list[str], column: int) -> tuple[int, ...]:
    chosen: set[int] = set()
    for row, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split(",")]
        cell = cells[column] if column < len(cells) else ""
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
            what = f"'{shortened(cell)}'" if cell else "nothing"
            _complain(value, path, row, f"found {what}, expected the number of a customer")
        elif int(cell) in chosen:
            _complain(value, path, row, f"found customer {cell} twice, expected each once")
        else:
            chosen.add(int(cell))
    return tuple(sorted(chosen))


def _complain(value: Value, path: Path, line: int, text: str) -> None:
    value.reading.problems.append(Problem(str(path), line, 1, text))


def field_tree(field: CardField) -> Tree:
    """A field of the card as it would stand in a file."""
    default = field.default
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return filled(
        type=field.type,
        one_of=list(field.values),
        **({} if default is None else {"default": default}),
        about=field.about,
    )
