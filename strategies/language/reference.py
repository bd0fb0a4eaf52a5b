"""The page ``docs/reference/keys.md``: every key, event and field, told by the readers and tables themselves.

``python -m strategies.language keys`` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from strategies.in_app_rules import Impressions
from strategies.language.fields import CALLS, FIELDS, FieldInfo
from strategies.language.in_app import format_impressions
from strategies.language.load import SCENARIO
from strategies.language.reader import Schema
from strategies.language.records import KeyRow, Sheet
from strategies.language.units import CLOCK, MONEY, SHARE, format_clock, format_duration, format_money, format_share
from strategies.vocabulary import CHANNELS, EVENT_MAP, Attribute, EventType

HEAD = """\
# Keys, events, fields

Made from the program itself: `python -m strategies.language keys > docs/reference/keys.md`. What the keys mean
together, with examples, stands in [Scenario files](scenario.md).
"""

LONGEST = 160
"""Characters of a list of options; a longer one is cut."""

CALL_ABOUT = {
    "sent": "was it sent",
    "delivered": "was its delivery reported",
    "shown": "was it shown at a visit (in_app)",
    "opened": "was it opened, privacy proxies included",
    "opened_by_person": "was it opened, known privacy proxies left out",
    "clicked": "was a link in it clicked",
}


def keys_page() -> str:
    """The whole page as Markdown."""
    sheet = Sheet()
    root = SCENARIO.schema(sheet)
    places = _places(root, sheet)
    parts = [HEAD]
    order = [row.name for row in sheet.rows["scenario"]]
    for name, place in sorted(places.items(), key=lambda item: _rank(item[1], order)):
        title = f"`{place}`" if place else "The whole scenario"
        parts.append(f"## {title}\n\n{_table(KEY_HEAD, map(_key, sheet.rows[name]))}")
    parts.append(f"## Events\n\n{_table(EVENT_HEAD, map(_event, EVENT_MAP))}")
    parts.append(f"## Fields of conditions\n\n{_table(FIELD_HEAD, _fields())}")
    parts.append(f"## Calls of conditions\n\n{_table(CALL_HEAD, _calls())}")
    return "\n".join(parts)


KEY_HEAD = ("key", "what stands there", "default", "meaning")
EVENT_HEAD = ("event", "attributes", "meaning")
FIELD_HEAD = ("field", "type", "meaning")
CALL_HEAD = ("call", "meaning")


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | map[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _key(row: KeyRow) -> tuple[str, ...]:
    expected = row.reader.expected
    if len(expected) > LONGEST:
        expected = expected[:LONGEST].rpartition(", ")[0] + ", …"
    return f"`{row.name}`", expected, "needed" if row.needed else _default(row), row.about or "–"


def _default(row: KeyRow) -> str:
    """The default as it would stand in a file; a dash where leaving the key out says nothing.

    >>> from strategies.language.units import POSITIVE_DURATION
    >>> _default(KeyRow("for", POSITIVE_DURATION, False, 259_200, ""))
    '`3d`'
    """
    text = _plain(row.default, _scalar(row.reader).expected)
    return f"`{text}`" if text else "–"


def _plain(value: Any, expected: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return _number(value, expected)
    if isinstance(value, str):
        return value
    if isinstance(value, Impressions):
        return format_impressions(value)
    if isinstance(value, tuple):
        return ", ".join(item for item in value if isinstance(item, str) and item)
    return ""


def _number(value: int | float, expected: str) -> str:
    if re.match(r"(a duration|whole days)", expected) and isinstance(value, int):
        return format_duration(value)
    if expected == SHARE.expected:
        return format_share(float(value))
    if expected == MONEY.expected and isinstance(value, int):
        return str(format_money(value))
    return format_clock(int(value)) if expected == CLOCK.expected else f"{value:g}"


def _scalar(reader: Any) -> Any:
    """The reader of the short form, without what is checked around it."""
    while hasattr(reader, "inner") or hasattr(reader, "bare"):
        reader = reader.inner if hasattr(reader, "inner") else reader.bare
    return reader


def _places(root: Schema, definitions: Schema) -> dict[str, str]:
    """Name of a mapping → where it stands in a file, by the shortest way from the top."""
    places: dict[str, str] = {}
    queue: list[tuple[str, Schema]] = [("", root)]
    while queue:
        place, schema = queue.pop(0)
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in places:
                places[name] = place
                queue.append((place, definitions[name]))
            continue
        queue += [(place, option) for option in schema.get("anyOf", ())]
        if "items" in schema:
            queue.append((f"{place}[]", schema["items"]))
        for key, child in schema.get("properties", {}).items():
            queue.append((f"{place}.{key}".removeprefix("."), child))
        if isinstance(schema.get("additionalProperties"), dict):
            queue.append((f"{place}.NAME", schema["additionalProperties"]))
    return places


def _rank(place: str, order: list[str]) -> tuple[int, str]:
    """Sections of the file in the order of its keys, what belongs together side by side."""
    top = re.split(r"[.\[]", place)[0]
    return (order.index(top) if top in order else -1), place


def _event(event: EventType) -> tuple[str, ...]:
    attributes = ", ".join(f"`{name}` ({_kind(attribute)})" for name, attribute in event.attributes.items())
    return f"`{event.name}`", attributes or "–", event.about


def _kind(attribute: Attribute) -> str:
    return attribute.unit or attribute.type if attribute.type == "number" else "text"


def _fields() -> Iterator[tuple[str, ...]]:
    """Every field, those of channels once; and the fields whose names a scenario makes."""
    told: set[str] = set()
    for info in FIELDS:
        of_channel = re.search(rf"\.({'|'.join(CHANNELS)})(?=\.|$)", info.name)
        name = info.name.replace(of_channel[0], ".CHANNEL") if of_channel else info.name
        if name not in told:
            told.add(name)
            about = info.about.replace(of_channel[1], "the channel") if of_channel else info.about
            values = f": {', '.join(f'`{value}`' for value in info.values)}" if info.values else ""
            yield f"`{name}`", _type(info), about + values
    yield "`segment.NAME`", "true or false", "is the customer in this segment"
    yield "`coupon.NAME`", "true or false", "does the customer hold a coupon for this offer that can be used"
    yield "`field.NAME`", "as stated", "what the scenario's `fields` hold of the customer"
    yield "`trigger.ATTRIBUTE`", "as the event", "attribute of the event that started the run; in chains only"
    yield "`WAIT.happened`", "true or false", "did what the named wait waited for come in time"
    yield "`WAIT.ATTRIBUTE`", "as the event", "attribute of the event for which the named wait waited"


def _type(info: FieldInfo) -> str:
    return "duration" if info.is_duration else {"bool": "true or false"}.get(info.type, info.type)


def _calls() -> Iterator[tuple[str, ...]]:
    for name in CALLS:
        yield f"`{name}(m)`, `{name}()`", f"{CALL_ABOUT[name]}: message `m` of this run, or any message of it"
    yield "`known(x)`", "has the field a value"
