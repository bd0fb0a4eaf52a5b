"""Vendor dialects: named bundles of contact-policy rows, ``contact_policy: {like: klaviyo@2025, …}``.

A bundle stands under what the scenario says itself, key by key: a key of the scenario replaces the
bundle's, nothing is merged inside a key.  In ``changes`` the policy that held before is such a bundle
too (``like: before``).  Every row keeps the file and line where it was written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from strategies.language.nodes import Node, read_tree
from strategies.language.problems import unknown
from strategies.language.reader import TEXT, Schema, Value
from strategies.language.shipped import shipped_folder

BEFORE = "before"
"""In ``changes``: the policy that held until then."""

_POLICY = "contact_policy"


@cache
def dialects() -> dict[str, Path]:
    """The shipped bundles by name, ``klaviyo@2025``."""
    return {path.stem: path for path in sorted((shipped_folder() / "dialects").glob("*.yaml"))}


def bundle_name(name: str) -> str | None:
    """The bundle that a name means: itself, or the newest of a vendor named without a year.

    >>> bundle_name("klaviyo"), bundle_name("klaviyo@2025"), bundle_name("klavio")
    ('klaviyo@2025', 'klaviyo@2025', None)
    """
    if name in dialects():
        return name
    years = [bundle for bundle in dialects() if bundle.partition("@")[0] == name]
    return max(years, default=None)


@dataclass(frozen=True)
class DialectName:
    """The name of a bundle; ``before`` where there is a policy before."""

    expected: str = "the name of a dialect such as klaviyo@2025"

    def read(self, value: Value) -> str | None:
        """The bundle's full name."""
        name = TEXT.read(value)
        if name is None:
            return None
        changing = value.path.startswith("changes[")
        if name == BEFORE and changing:
            return name
        if bundle_name(name) is None:
            value.complain(
                unknown("dialect", name, value.where, [*dialects(), *([BEFORE] if changing else [])]), alone=True
            )
        return bundle_name(name)

    def schema(self, definitions: Schema) -> Schema:
        """An enumeration."""
        vendors = sorted({bundle.partition("@")[0] for bundle in dialects()})
        return {"enum": [*dialects(), *vendors, BEFORE]}


DIALECT = DialectName()


def expand_dialects(root: Node) -> None:
    """Put the rows of the bundles that the tree names under the tree's own, in place.

    Names that mean no bundle are left alone: their reader complains.
    """
    if root.kind != "mapping":
        return
    before = _expanded(root, None)
    if "changes" not in root.entries:
        return
    for change in root.entries["changes"][1].items:
        if change.kind == "mapping":
            before = _expanded(change, before) or before


def _expanded(parent: Node, before: Node | None) -> Node | None:
    """The contact policy of a tree with its bundle, which now stands in the tree; None where there is none."""
    if _POLICY not in parent.entries:
        return None
    mark, own = parent.entries[_POLICY]
    if own.kind != "mapping" or "like" not in own.entries:
        return own
    name = str(own.entries["like"][1].value)
    below = before if name == BEFORE else rows_of(name)
    if below is None:
        return own
    entries = {key: entry for key, entry in below.entries.items() if key != "like"}
    whole = replace(own, entries={**entries, **own.entries})
    parent.entries[_POLICY] = (mark, whole)
    return whole


def rows_of(name: str) -> Node | None:
    """The contact policy of the bundle that a name means."""
    full = bundle_name(name)
    if full is None:
        return None
    root, _ = read_tree(dialects()[full])
    return root.entries[_POLICY][1]
