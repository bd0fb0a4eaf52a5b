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

    def other_form(self, base: Collection[str], own: Collection[str]) -> bool:
        """Do the keys ``own`` speak another form than the keys ``base``?

        >>> shape = Shape(({"oneOf": [{"required": ["event"]}, {"required": ["every"]}]},), {})
        >>> shape.other_form(["event", "if"], ["every"]), shape.other_form(["event"], ["if"])
        (True, False)
        """
        for names in self._alternatives():
            before, after = names & set(base), names & set(own)
            if before and after - before:
                return True
        return False

    def _alternatives(self) -> Iterator[set[str]]:
        for option in self._plain():
            for part in (option, *option.get("allOf", ())):
                if "oneOf" in part:
                    yield {name for form in part["oneOf"] for name in form["required"]}

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
