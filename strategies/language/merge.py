"""Trees that build on one another, merged key by key; every node keeps the place where it was written.

>>> from strategies.language.nodes import parse_tree
>>> base, _ = parse_tree("channels: {email: {cost: 1}, sms: {}}\\ncaps: [{max: 1}, {max: 2}]", "base.yaml")
>>> own, _ = parse_tree('channels: {email: {cost: 2}, sms: off}\\ncaps: {"[1]": {max: 5}}', "own.yaml")
>>> tree = Merge([]).over(base, own, "", Shape((), {}))
>>> list(tree.entries["channels"][1].entries), tree.entries["caps"][1].items[1].entries["max"][1].mark.file
(['email'], 'own.yaml')
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from strategies.language.nodes import Node
from strategies.language.problems import Mark, Problem, problem_at, unknown
from strategies.language.reader import found
from strategies.language.shapes import Shape

APPEND = "append"
"""Key of the items that are added at the end of an inherited list."""

_POSITION = re.compile(r"\[([0-9]{1,4})\]")


def is_off(node: Node) -> bool:
    """Is this the bare word ``off``, which takes away what was inherited?"""
    return node.plain and node.kind == "text" and node.value == "off"


def grown(node: Node) -> Node:
    """The node with its size and depth counted anew after a change of its children."""
    children = [child for _, child in node.entries.values()] + node.items
    size = 1 + sum(child.size for child in children)
    return replace(node, size=size, depth=1 + max((child.depth for child in children), default=0))


def same(one: Node, other: Node) -> bool:
    """Do two nodes say the same, wherever they stand?"""
    if one is other:
        return True
    if (one.kind, one.value, one.size) != (other.kind, other.value, other.size):
        return False
    if one.entries.keys() != other.entries.keys() or len(one.items) != len(other.items):
        return False
    pairs = [(child, other.entries[key][1]) for key, (_, child) in one.entries.items()]
    return all(same(*pair) for pair in (*pairs, *zip(one.items, other.items, strict=True)))


@dataclass
class Merge:
    """Merges trees and collects what is wrong."""

    problems: list[Problem]

    def over(self, base: Node, own: Node, path: str, shape: Shape) -> Node:
        """``own`` written over ``base``: mappings by key, lists by item where ``own`` names items, else replaced.

        A mapping that speaks another form than the base's (another kind of trigger, say) replaces it, or the keys of
        that form where the rest goes with both (another kind of schedule of a campaign).
        """
        if base.kind == "list" and own.kind == "mapping" and self._names_items(base, own, path):
            return self._over_items(base, own, path, shape.item())
        if base.kind != "mapping" or own.kind != "mapping":
            return own
        replaced = shape.replaced(base.entries, [key for key, (_, child) in own.entries.items() if not is_off(child)])
        if replaced is None:
            return own
        entries = {key: entry for key, entry in base.entries.items() if key not in replaced}
        taken = dict(base.taken)
        for key, (mark, child) in own.entries.items():
            where = f"{path}.{key}" if path else key
            if is_off(child):
                if key not in base.entries:
                    self._nothing_to_remove(mark, where, key, base)
                entries.pop(key, None)
                taken[key] = child.mark
            elif key in entries:
                entries[key] = (mark, self.over(entries[key][1], child, where, shape.of(key)))
            else:
                entries[key] = (mark, child)
        return grown(replace(own, entries=entries, taken=taken))

    def beside(self, one: Node, other: Node, path: str, deciding: Node | None) -> Node:
        """Two included trees as one.  What both define must be the same, unless ``deciding`` says what holds."""
        if one.kind != "mapping" or other.kind != "mapping":
            if deciding is None and not same(one, other):
                text = f"{path}: found {found(other)} here and {found(one)} in {_place(one)}"
                expected = "expected the same in all included files, or this key in the file that includes them"
                self.problems.append(problem_at(other.mark, f"{text}, {expected}"))
            return other
        entries = dict(one.entries)
        for key, (mark, child) in other.entries.items():
            if key in entries:
                where = f"{path}.{key}" if path else key
                decided = deciding.entries[key][1] if deciding and key in deciding.entries else None
                entries[key] = (mark, self.beside(entries[key][1], child, where, decided))
            else:
                entries[key] = (mark, child)
        return grown(replace(one, entries=entries))

    def _names_items(self, base: Node, own: Node, path: str) -> bool:
        """Does a mapping say which items of an inherited list to change?  Complains of keys that name none.

        Where no key names one it may be an item, written without its list; not so beside items with names, if all that
        stands in it are mappings: then they are misspelt names.
        """
        known = [*item_names(base), APPEND]
        strangers = [key for key in own.entries if key not in known]
        named = any(not _POSITION.fullmatch(name) for name in known[:-1])
        rows = named and all(child.kind == "mapping" or is_off(child) for _, child in own.entries.values())
        if len(strangers) == len(own.entries) and not rows and not any(_POSITION.fullmatch(key) for key in strangers):
            return False
        for key in strangers:
            mark = own.entries[key][0]
            self.problems.append(problem_at(mark, unknown("item", key, f"the list {path} of {_place(base)}", known)))
        return True

    def _over_items(self, base: Node, own: Node, path: str, shape: Shape) -> Node:
        items: list[Node | None] = list(base.items)
        names = item_names(base)
        added: list[Node] = []
        for key, (_, child) in own.entries.items():
            if key == APPEND:
                added += child.items if child.kind == "list" else [child]
            elif key in names:
                index = names[key]
                old = base.items[index]
                items[index] = None if is_off(child) else self.over(old, child, f"{path}[{index}]", shape)
        kept = [item for item in items if item is not None]
        return grown(Node("list", own.mark, items=kept + added))

    def _nothing_to_remove(self, mark: Mark, where: str, key: str, base: Node) -> None:
        places = {base.mark.file: base.mark.line}
        for other, _ in base.entries.values():
            places.setdefault(other.file, other.line)
        handed = " and ".join(f"{file}:{line}" for file, line in places.items())
        text = unknown("key", key, f"{handed}, from which 'off' takes it away", list(base.entries))
        self.problems.append(problem_at(mark, f"{where}: {text}"))


def item_names(node: Node) -> dict[str, int]:
    """Position and, where it has one, name of every item of a list → its index."""
    names = {f"[{index}]": index for index in range(len(node.items))}
    for index, item in enumerate(node.items):
        if "name" in item.entries and item.entries["name"][1].kind == "text":
            names[str(item.entries["name"][1].value)] = index
    return names


def _place(node: Node) -> str:
    return f"{node.mark.file}:{node.mark.line}"
