"""Rows of the contact policy that go without a word (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from strategies.changes import phases
from strategies.contact_policy import ContactPolicy
from strategies.language.dialects import BEFORE, bundle_name, dialects, rows_of
from strategies.language.nodes import Node
from strategies.language.reader import Value
from strategies.scenario import Scenario

FIELDS = {
    "quiet_hours": "quiet_hours",
    "send_window": "send_windows",
    "caps": "caps",
    "min_gap": "min_gap",
    "pause_after": "pause_after",
    "quiet_elsewhere_after": "quiet_elsewhere",
    "sunset": "sunset",
    "preferences": "preferences",
    "one_main_chain": "one_main_chain",
    "exempt": "exempt",
    "in_app": "in_app",
    "budget": "budget",
    "at_goal": "at_goal",
}
"""Keys of the policy → where the resolved policy holds them."""

NIGHT = ("quiet_hours", "send_window")
"""Keys that keep messages from going out at night; one may take the place of the other."""

ENDED = {"exempt": "{}", "preferences": "{}", "in_app": "{}", "at_goal": "go_on"}
"""Keys of the policy → what says that an end is meant; of others ``[]`` does."""

_PLAIN = ContactPolicy()


def policy_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about rows of a vendor that the policy's own replace, and rows that end on the date of a change.

    value: the whole scenario as written.  Rows of a vendor's bundle end with the vendor, and nothing is said of them.
    """
    written, changes = value.child("contact_policy"), value.child("changes")
    stretches = phases(scenario)
    if written is not None:
        _replaces_rows_of_a_vendor(written)
    for item, change, before in zip(changes.items() if changes else (), scenario.changes, stretches, strict=False):
        policy = item.child("contact_policy")
        if policy is None:
            continue
        _replaces_rows_of_a_vendor(policy)
        if written is not None:
            _ends_named_rows(written.node, policy, change.on)
        lost = list(_lost(written.node, policy.node, before.scenario.policy)) if written else []
        if lost:
            night = ", and messages may go out at night from then on" if set(NIGHT) & set(lost) else ""
            meant = ", ".join(f"'{name}: {ENDED.get(name, '[]')}'" for name in lost)
            taken = list(_taken(written.node, policy.node)) if written else []
            vendors = f", {_and(taken)} become those of {policy.node.entries['like'][1].value}" if taken else ""
            policy.remark(
                f"{policy.path}: takes the place of the whole policy before it, so on {change.on} {_and(lost)} "
                f"{'ends' if len(lost) == 1 else 'end'} without a word{night}{vendors}; to keep what is meant to stay "
                f"write it here again, or 'like: before' for all that is not written anew; where an end is meant, "
                f"write {meant}"
            )
        written = policy


def _lost(before: Node, after: Node, policy: ContactPolicy) -> Iterator[str]:
    """Keys of a policy, not of a bundle, that do something and have no like in the next."""
    for name, field in FIELDS.items():
        if name not in before.entries or _of_bundle(before, name):
            continue
        like = NIGHT if name in NIGHT else (name,)
        if getattr(policy, field) != getattr(_PLAIN, field) and not after.entries.keys() & set(like):
            yield name


def _taken(before: Node, after: Node) -> Iterator[str]:
    """Caps and gaps in whose place the bundle of the next policy puts its own."""
    for name in ("caps", "min_gap"):
        if name in before.entries and not _of_bundle(before, name) and _of_bundle(after, name):
            yield name


def _of_bundle(policy: Node, name: str) -> bool:
    """Whether a key of a policy stands in a vendor's bundle."""
    return name in policy.entries and policy.entries[name][0].file in {str(path) for path in dialects().values()}


def _replaces_rows_of_a_vendor(policy: Value) -> None:
    """Lists of a vendor's rows in whose place the scenario has its own; a row of the same name is meant to."""
    like = policy.child("like")
    name = bundle_name(str(like.node.value)) if like else None
    bundle = rows_of(name) if name else None
    for key in bundle.entries if bundle else ():
        own = policy.child(key)
        if bundle is None or like is None or own is None or _of_bundle(policy.node, key) or not _rows(own.node):
            continue
        gone = sorted(_names(bundle.entries[key][1]) - _names(own.node))
        if gone:
            inherited = own.node.mark.file not in (like.node.mark.file, policy.reading.file)
            out = f"write '{key}: off' beside 'like'" if inherited else f"leave {key} out"
            hold = "does" if len(gone) == 1 else "do"
            (like if inherited else own).remark(
                f"{own.path}: takes the place of all {key} of {name}, so {_and(gone)} {hold} not hold; to have "
                f"{'it' if len(gone) == 1 else 'them'} {out}, or write the same here too; where a row here is meant "
                "instead of one, give it the name"
            )


def _ends_named_rows(before: Node, policy: Value, on: dt.date) -> None:
    """Rows with names in lists that a change writes anew with some of these names, or as if it added to them.

    With ``like: before`` a row without a name looks like one that comes to the others.
    """
    kept = policy.child("like")
    for key in FIELDS:
        own = policy.child(key)
        if own is None or key not in before.entries or own.node is before.entries[key][1] or not _rows(own.node):
            continue
        if _of_bundle(before, key) or _of_bundle(policy.node, key):
            continue
        old, new = _names(before.entries[key][1]), _names(own.node)
        adds = kept is not None and kept.node.value == BEFORE and len(new) < len(_rows(own.node))
        gone = sorted(old - new)
        if gone and (adds or old & new):
            own.remark(
                f"{own.path}: takes the place of all {key} before it, so on {on} {_and(gone)} "
                f"{'ends' if len(gone) == 1 else 'end'}; what is meant to stay is written here again, and where an end "
                "is meant, give the rows here names of their own"
            )


def _rows(node: Node) -> list[Node]:
    """Rows of a list, also of one that stands without it."""
    return [node] if node.kind == "mapping" else node.items


def _names(node: Node) -> set[str]:
    """Names that the rows of a list are given."""
    return {str(row.entries["name"][1].value) for row in _rows(node) if "name" in row.entries}


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
