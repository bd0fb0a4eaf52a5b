"""Cases that show what a key of the language does: two scenarios that differ in the key, and what then differs.

``keys/*.txt`` hold a case per block.  Its first line names the keys (``cap.max``: the key ``max`` of the mapping
that the JSON Schema calls ``cap``); then come the scenario, with ``«this|that»`` where the two differ, and, where the
usual ones do not do, the timeline (``day 0 09:05 anna order``; ``each 1-9: …{n}…`` stands for as many lines), people
(``person anna: {zone: 3}``) and files beside the scenario (``beside other.yaml: …``).  ``kind: …`` says where the
difference is to be seen:

* ``story`` (not written): in what the engine decides, a story told twice;
* ``world``: in what the customer model knows of the messages;
* ``simulated``: in a small simulation of the whole model;
* ``verdict``: in the verdict about a run;
* ``loaded``: in the scenario that several files amount to;
* ``words``: in the resolved scenario only.  It holds words for people, or nothing that a run depends on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from strategies.language.load import SCENARIO

FOLDER = Path(__file__).parent / "keys"
_CHOICE = re.compile(r"«(.*?)\|(.*?)»", re.DOTALL)
_BESIDE = re.compile(r"beside (\S+): (.*)")

HEADER = {"scenario": "Key", "population": "population.yaml", "horizon": "60d", "start": "2026-02-02"}
USUAL = {
    "at_start": "{history: 0d}",
    "channels": "{email: {}, web_push: {}, mobile_push: {}, sms: {}, telegram: {}, whatsapp: {}, vk: {}, in_app: {}}",
    "offers": "{small_gift: {gift: 300, cost: 120}}",
    "messages": "{reminder: {purpose: promo, topic: cart}, gift: {purpose: promo, topic: cart, offer: small_gift},"
    " digest: {purpose: promo, topic: news}, advice: {purpose: content, topic: news}, status: {purpose: service}}",
    "chains": "{cart: {trigger: cart_abandoned, reenter: always, steps: [{send: {email: reminder}}]}}",
}
"""What a case need not write."""

TIMELINE = ("day 0 09:05 anna cart_abandoned", "day 0 13:05 anna cart_abandoned", "day 3 10:05 anna cart_abandoned")
NEEDS_NO_FRAME = ("extends",)


@dataclass(frozen=True)
class Case:
    """One case.  ``people``: name → what is said of the person; ``beside``: file → text."""

    keys: tuple[str, ...]
    text: str
    kind: str
    timeline: tuple[str, ...]
    people: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)

    def side(self, number: int) -> str:
        """The whole text of one of the two scenarios."""
        own = _CHOICE.sub(lambda match: match[number + 1], self.text)
        written = set(re.findall(r"^([a-z_]+):", own, re.MULTILINE))
        if written & set(NEEDS_NO_FRAME):
            return own
        usual = {**HEADER, **USUAL}
        if "campaigns" in written:
            del usual["chains"]
        return "".join(f"{key}: {value}\n" for key, value in usual.items() if key not in written) + own

    def shown(self) -> set[str]:
        """The keys in which the two scenarios differ."""
        whole, definitions = _schema()
        return _differing(plain(self.side(0)), plain(self.side(1)), [whole], definitions)


def cases() -> list[Case]:
    """All cases."""
    blocks = [
        block for path in sorted(FOLDER.glob("*.txt")) for block in path.read_text(encoding="utf-8").split("\n\n")
    ]
    return [_case([line for line in block.splitlines() if line and line[0] != "#"]) for block in blocks]


def _case(lines: list[str]) -> Case:
    special = {"timeline": [], "person": [], "kind": [], "beside": [], "each": [], "text": []}  # type: dict[str, list[str]]
    for line in lines[1:]:
        kind = "timeline" if line.startswith("day ") else line.split(" ")[0].rstrip(":")
        special[kind if kind in special else "text"].append(line)
    beside = {match[1]: match[2].replace("\\n", "\n") for line in special["beside"] if (match := _BESIDE.match(line))}
    return Case(
        keys=tuple(lines[0].split()),
        text="\n".join(special["text"]) + "\n",
        kind=special["kind"][0].removeprefix("kind: ") if special["kind"] else "story",
        timeline=(*special["timeline"], *(line for text in special["each"] for line in _each(text))) or TIMELINE,
        people={name: said for line in special["person"] for name, said in plain(line[7:]).items()},
        beside=beside,
    )


def _each(text: str) -> list[str]:
    """The lines of ``each 1-12: day -{n} 10:00 c{n} order 900``."""
    numbers, _, line = text.removeprefix("each ").partition(": ")
    first, _, last = numbers.partition("-")
    return [line.replace("{n}", str(number)) for number in range(int(first), int(last) + 1)]


def plain(text: str) -> Any:
    """The data of a YAML text."""
    return YAML(typ="safe", pure=True).load(StringIO(text))


@cache
def _schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON Schema of a whole scenario, and its definitions."""
    definitions: dict[str, Any] = {}
    return SCENARIO.schema(definitions), definitions


@cache
def all_keys() -> frozenset[str]:
    """Every key of the language: mapping and key."""
    _, definitions = _schema()
    return frozenset(f"{name}.{key}" for name, shape in definitions.items() for key in shape.get("properties", ()))


def _differing(one: Any, other: Any, options: list[dict[str, Any]], definitions: Mapping[str, Any]) -> set[str]:
    """The keys, by the mappings of the schema, in which two values differ."""
    if one == other:
        return set()
    found: set[str] = set()
    for name, option in _named(options, definitions):
        if isinstance(one, list) and isinstance(other, list) and "items" in option:
            for pair in zip(one, other, strict=False):
                found |= _differing(*pair, [option["items"]], definitions)
        if not (isinstance(one, dict) and isinstance(other, dict) and option.get("type") == "object"):
            continue
        known, others = option.get("properties", {}), option.get("additionalProperties")
        if not isinstance(others, dict) and not {*one, *other} <= set(known):
            continue
        for key in {*one, *other}:
            if one.get(key) != other.get(key):
                found |= {f"{name}.{key}"} if key in known else set()
                child = known.get(key, others)
                if key in one and key in other and isinstance(child, dict):
                    found |= _differing(one[key], other[key], [child], definitions)
    return found


def _named(options: list[dict[str, Any]], definitions: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The options without references and choices, with the names of their definitions."""
    result: list[tuple[str, dict[str, Any]]] = []
    stack = [("", option) for option in options]
    while stack:
        name, option = stack.pop()
        if "$ref" in option:
            name = option["$ref"].rpartition("/")[2]
            stack.append((name, definitions[name]))
        elif "anyOf" in option:
            stack += [(name, choice) for choice in option["anyOf"]]
        else:
            result.append((name, option))
    return result
