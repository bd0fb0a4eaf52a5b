"""Files that build on others: ``extends`` a base, ``include`` parts, resolved to one tree of one scenario.

What a file says itself is written over what it includes, and that over what it extends.  Every node of the
result keeps the file and line where it was written.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from strategies.language.base import remark_other_base
from strategies.language.compose_doubts import tell_left_behind, tell_mixed_chains
from strategies.language.merge import Merge, grown
from strategies.language.nodes import MAX_DEPTH, MAX_NODES, Node, read_tree
from strategies.language.problems import InputError, Mark, Problem, nearest, shortened, unknown
from strategies.language.reader import TEXT, Checked, Either, ListOf, Reader, Reading, Value
from strategies.language.records import Keys, Record
from strategies.language.shapes import Shape
from strategies.language.shipped import shipped_folder

MAX_LEVELS = 12
"""Files that build on one another in one line."""

FRAME = (
    "scenario",
    "population",
    "horizon",
    "tail",
    "start",
    "at_start",
    "channels",
    "rfm",
    "predictions",
    "engagement",
    "contact_policy",
    "in_app_slot",
    "control",
    "production_cost",
    "platform_cost",
    "base",
    "brief",
    "changes",
    "sender",
    "calendar",
    "preference_centre",
    "double_opt_in",
    "data_faults",
)
"""What frames the run of a whole scenario.  Where another file includes it, it has a frame of its own: only ``take``
takes these keys."""


@dataclass(frozen=True)
class Family:
    """Files that build on one another.

    whole, called: one of them, and a shipped one, in messages.  folder: where these lie, in that of all shipped files.
    keys: those under which a file names others.
    """

    whole: str
    called: str
    folder: str
    keys: frozenset[str]


SCENARIOS = Family("a scenario", "a shipped strategy", "strategies", frozenset(("extends", "include")))
POPULATIONS = Family("a population", "a shipped population", "populations", frozenset(("extends",)))


@dataclass(frozen=True)
class Part:
    """A file that another one names: its place, what to leave out or what alone to take (paths of keys)."""

    value: Value
    file: str
    without: tuple[str, ...] = ()
    take: tuple[str, ...] = ()


def _bare(value: Value, file: str) -> Part:
    return Part(value, file)


def _base(keys: Keys) -> Part:
    file = keys.need("file", TEXT, "", "the file that this one builds on")
    without = keys.get("without", ListOf(TEXT, lone=True), (), "keys not to inherit, such as chains.welcome")
    return Part(keys.value, file, without=without)


def _included(keys: Keys) -> Part:
    file = keys.need("file", TEXT, "", "a file whose messages, chains … belong to this scenario")
    return Part(keys.value, file, take=keys.get("take", ListOf(TEXT, lone=True), (), "take only these keys"))


EXTENDS: Reader[Part] = Either(
    Checked(TEXT, _bare), Record("extends", _base, "a mapping such as {file: base.yaml, without: [campaigns]}")
)
INCLUDE: Reader[tuple[Part, ...]] = ListOf(
    Either(
        Checked(TEXT, _bare), Record("include", _included, "a mapping such as {file: parts.yaml, take: [messages]}")
    ),
    lone=True,
    at_least=1,
)


@dataclass
class Composed:
    """One tree of several files.  ``asked``: file → the place that names it, for files that another one names.

    remarks: what is accepted, but the user should know.
    """

    root: Node
    problems: list[Problem] = field(default_factory=list)
    asked: dict[str, Mark] = field(default_factory=dict)
    remarks: list[Problem] = field(default_factory=list)

    def told(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems of files that another one names, with the place that names them."""
        return [
            replace(problem, text=f"{problem.text} (this file is used by {mark.file}:{mark.line})")
            if (mark := self.asked.get(problem.file))
            else problem
            for problem in problems
        ]


class IncompleteError(InputError):
    """Files that a file builds on are missing or cannot be read; ``composed`` holds what the others say."""

    def __init__(self, problems: Iterable[Problem], composed: Composed) -> None:
        super().__init__(problems)
        self.composed = composed


def compose(path: str | Path, shape: Shape, family: Family = SCENARIOS) -> Composed:
    """The tree of a file and of all files that it builds on; ``shape`` is what a whole file of the family may be.

    Raises:
        InputError: the file is missing or cannot be read, or all files together are too large.
        IncompleteError: so is one that it builds on, or files build on one another in a circle.
    """
    composer = _Composer(shape, family)
    root = composer.whole(Path(path))
    composed = Composed(root or Node("null", Mark(str(path), 1, 1)), composer.reading.problems, composer.asked)
    if root is None or composer.too_large:
        raise InputError(composed.told(composed.problems))
    if composer.broken:
        raise IncompleteError(composed.told(composed.problems), composed)
    for part, file, node in composer.framed:
        tell_left_behind(part.value, file, node, FRAME, root)
    composed.remarks = composer.reading.remarks
    return composed


def _states(node: Node, path: str) -> bool:
    """Whether a tree has something at a path of keys."""
    for name in path.split("."):
        if name not in node.entries:
            return False
        node = node.entries[name][1]
    return True


class _Composer:
    """Resolves files; each is read once, however many others name it."""

    def __init__(self, shape: Shape, family: Family) -> None:
        self.shape, self.family = shape, family
        self.reading = Reading(whole="the file")
        self.asked: dict[str, Mark] = {}
        self.broken = self.too_large = False
        self.framed: list[tuple[Part, Path, Node]] = []
        """Scenarios that others include without their frame."""
        self._done: dict[Path, Node | None] = {}
        self._open: list[Path] = []

    def whole(self, path: Path, part: Part | None = None) -> Node | None:
        """The tree of a file with all that it builds on; None after a complaint."""
        try:
            identity = path.resolve()
        except (OSError, RuntimeError, ValueError):
            identity = path
        if identity in self._open:
            names = [file.name for file in (*self._open[self._open.index(identity) :], identity)]
            self._refuse(part, f"found a circle of files: {' → '.join(names)}")
            return None
        if len(self._open) >= MAX_LEVELS:
            self._refuse(part, f"found more than {MAX_LEVELS} files that build on one another")
            return None
        if identity not in self._done:
            self._open.append(identity)
            self._done[identity] = self._read(path)
            self._open.pop()
        return self._done[identity]

    def _refuse(self, part: Part | None, text: str) -> None:
        self.broken = True
        if part:
            part.value.complain(f"{part.value.where}: {text}")

    def _read(self, path: Path) -> Node | None:
        try:
            root, problems = read_tree(path)
        except InputError as error:
            self.broken = True
            self.reading.problems += error.problems
            return None
        self.reading.problems += problems
        if root.kind != "mapping" or not root.entries.keys() & self.family.keys:
            return root
        return self._built(Value(root, "", self.reading))

    def _built(self, value: Value) -> Node | None:
        """A file's own keys over what it includes, over what it extends."""
        merge = Merge(self.reading.problems)
        before = len(self.reading.problems)
        extends, include = (value.child(key) if key in self.family.keys else None for key in ("extends", "include"))
        base_part = EXTENDS.read(extends) if extends else None
        included_parts = INCLUDE.read(include) if include else None
        keys = {key: entry for key, entry in value.node.entries.items() if key not in self.family.keys}
        own = grown(replace(value.node, entries=keys))
        base = self._inherited(base_part) if base_part else None
        parts = [self._part(part) for part in included_parts or ()]
        below = base
        joined: Node | None = None
        for named, part in zip(included_parts or (), parts, strict=True):
            if part is not None:
                if base is not None:
                    tell_mixed_chains(named.value, base, part, own)
                joined = merge.beside(joined, part, "", own) if joined else part
        if base is not None and (new := Value(own, "", self.reading).child("base")):
            remark_other_base(base, new, self.reading, lambda path: _states(own, path))
        if joined is not None:
            below = merge.over(below, joined, "", self.shape) if below else joined
        if len(self.reading.problems) > before and (below is None or None in parts):
            self.broken = True
        whole = merge.over(below, own, "", self.shape) if below else own
        if whole.size > MAX_NODES or whole.depth > MAX_DEPTH:
            value.complain(f"found more than {MAX_NODES} values or {MAX_DEPTH} levels in all files together")
            self.too_large = True
        return whole

    def _inherited(self, part: Part) -> Node | None:
        node = self._file(part)
        for path in part.without if node else ():
            node = node and self._cut(node, path.split("."), path, part)
        return node

    def _part(self, part: Part) -> Node | None:
        """What is taken of an included file: what ``take`` names, else everything, of a scenario without its frame."""
        node = self._file(part)
        if node is None:
            return None
        if not part.take:
            frame = FRAME if "scenario" in node.entries else ()
            file = self._path(part) if frame else None
            if file is not None:
                self.framed.append((part, file, node))
            return grown(replace(node, entries={key: entry for key, entry in node.entries.items() if key not in frame}))
        merge = Merge(self.reading.problems)
        taken = replace(node, entries={})
        for path in part.take:
            found = self._only(node, path.split("."), path, part)
            taken = merge.over(taken, found, "", Shape((), {})) if found else taken
        return grown(taken)

    def _file(self, part: Part) -> Node | None:
        """The whole tree of the file that a part names."""
        path = self._path(part)
        if path is None:
            return None
        self.asked.setdefault(str(path), part.value.node.mark)
        node = self.whole(path, part)
        if node is not None and node.kind != "mapping":
            self._refuse(part, f"{path} holds no mapping, expected keys of {self.family.whole}")
            return None
        return node

    def _path(self, part: Part) -> Path | None:
        """The file that is meant: relative to the file that names it, or the name of a shipped one."""
        name = part.file
        if not name:
            self.broken = True
            return None
        try:
            path = Path(os.path.normpath(part.value.folder / name))
            shipped = shipped_folder() / self.family.folder / f"{name}.yaml"
            if path.is_file():
                return path
            if "." not in name and shipped.is_file():
                return shipped
            own = Path(part.value.node.mark.file).name
            beside = {file.stem: file.name for file in path.parent.glob("*.yaml") if file.name != own}
            near = beside.get(nearest(path.stem, beside) or "")
            near = near or nearest(name, [file.stem for file in shipped.parent.glob("*.yaml")])
        except (OSError, ValueError):
            near = None
        hint = f"; did you mean '{near}'?" if near else ""
        expected = f"expected a file, named relative to this one, or {self.family.called}"
        self._refuse(part, f"found no file '{shortened(name)}', {expected}{hint}")
        return None

    def _cut(self, node: Node, names: list[str], path: str, part: Part) -> Node:
        """The tree without what stands at ``path``."""
        if names[0] not in node.entries:
            part.value.complain(f"{part.value.where}.without: {self._stranger(path, names[0], node)}")
            return node
        mark, child = node.entries[names[0]]
        entries = {key: entry for key, entry in node.entries.items() if key != names[0]}
        if names[1:]:
            entries[names[0]] = (mark, self._cut(child, names[1:], path, part))
        return grown(replace(node, entries=entries))

    def _only(self, node: Node, names: list[str], path: str, part: Part) -> Node | None:
        """The tree with nothing but what stands at ``path``."""
        if names[0] not in node.entries:
            part.value.complain(f"{part.value.where}.take: {self._stranger(path, names[0], node)}")
            return None
        mark, child = node.entries[names[0]]
        kept = self._only(child, names[1:], path, part) if names[1:] else child
        return kept and replace(node, entries={names[0]: (mark, kept)})

    def _stranger(self, path: str, name: str, node: Node) -> str:
        return unknown("key", name, f"'{path}' of {node.mark.file}", list(node.entries))
