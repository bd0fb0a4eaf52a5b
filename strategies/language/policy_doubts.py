"""Rows of the contact policy that a change drops without a word (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

from collections.abc import Iterator

from strategies.changes import phases
from strategies.contact_policy import ContactPolicy
from strategies.language.dialects import dialects
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

_PLAIN = ContactPolicy()


def policy_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about rows that end on the date of a change and are not followed by their like.

    value: the whole scenario as written.  Rows of a vendor's bundle end with the vendor, and nothing is said of them.
    """
    written, changes = value.child("contact_policy"), value.child("changes")
    stretches = phases(scenario)
    for item, change, before in zip(changes.items() if changes else (), scenario.changes, stretches, strict=False):
        policy = item.child("contact_policy")
        if policy is None:
            continue
        lost = list(_lost(written.node, policy.node, before.scenario.policy)) if written else []
        if lost:
            night = ", and messages may go out at night from then on" if set(NIGHT) & set(lost) else ""
            rows = [name for name in lost if getattr(_PLAIN, FIELDS[name]) == ()]
            meant = f"; where an end is meant, write {', '.join(_ended(name) for name in rows)}" if rows else ""
            taken = list(_taken(written.node, policy.node)) if written else []
            vendors = f", {_and(taken)} become those of {policy.node.entries['like'][1].value}" if taken else ""
            policy.remark(
                f"{policy.path}: takes the place of the whole policy before it, so on {change.on} {_and(lost)} "
                f"{'ends' if len(lost) == 1 else 'end'} without a word{night}{vendors}; to keep what is meant to stay "
                f"write it here again, or 'like: before' for all that is not written anew{meant}"
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


def _ended(name: str) -> str:
    return f"'{name}: {{}}'" if name == "exempt" else f"'{name}: []'"


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
