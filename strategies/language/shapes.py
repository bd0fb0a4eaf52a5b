"""Which forms a value may take, read off the JSON Schema: what files that build on one another need to know.

A trigger is ``{event: …}`` or ``{inactive: …, of: …}``: when a file gives another form than its base, the two
are not merged by key.  The forms come from the readers themselves, through their schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from strategies.language.reader import Schema


@dataclass(frozen=True)
class Shape:
    """What may stand at one place: schemas, of which one holds; ``definitions`` are those that ``$ref`` names."""

    options: tuple[Schema, ...]
    definitions: Schema

    def of(self, key: str) -> Shape:
        """What may stand behind a key."""
        found = []
        for option in self._plain():
            known = option.get("properties", {})
            others = option.get("additionalProperties")
            child = known.get(key, others if isinstance(others, dict) else None)
            found += [child] if child is not None else []
        return Shape(tuple(found), self.definitions)

    def item(self) -> Shape:
        """What may stand as an item of a list."""
        return Shape(tuple(option["items"] for option in self._plain() if "items" in option), self.definitions)

    def replaced(self, base: Collection[str], own: Collection[str]) -> frozenset[str] | None:
        """Which keys of ``base`` give way when ``own`` is written over it; None where it speaks another form.

        Where forms say which keys do not go with them (the parts of a schedule), only the keys of the old form give
        way, since the rest (whom a campaign is for) goes with both; else the other form begins anew.

        >>> shape = Shape(({"oneOf": [{"required": ["event"]}, {"required": ["every"]}]},), {})
        >>> shape.replaced(["event", "if"], ["every"]), shape.replaced(["event"], ["if"])
        (None, frozenset())
        >>> every = {"required": ["every"], "properties": {"at": False}}
        >>> shape = Shape(({"oneOf": [every, {"required": ["on"]}]},), {})
        >>> sorted(shape.replaced(["on", "at", "to"], ["every"]) or ())
        ['at', 'on']
        """
        left: set[str] = set()
        for forms in self._alternatives():
            before, after = forms.keys() & set(base), forms.keys() & set(own)
            if not before or not after - before:
                continue
            if not any(forms.values()):
                return None
            left |= before | {key for name in after for key in forms[name]}
        return frozenset(left & set(base))

    def _alternatives(self) -> Iterator[dict[str, frozenset[str]]]:
        """Choices between forms: the key of each form → keys that do not go with it."""
        for option in self._plain():
            for part in (option, *option.get("allOf", ())):
                if "oneOf" in part:
                    yield {
                        name: frozenset(key for key, schema in form.get("properties", {}).items() if schema is False)
                        for form in part["oneOf"]
                        for name in form["required"]
                    }

    def _plain(self) -> Iterator[Schema]:
        """The options without references and without choices among choices."""
        stack = list(self.options)
        while stack:
            option = stack.pop()
            if "$ref" in option:
                stack.append(self.definitions[option["$ref"].rpartition("/")[2]])
            elif "anyOf" in option:
                stack += option["anyOf"]
            else:
                yield option
