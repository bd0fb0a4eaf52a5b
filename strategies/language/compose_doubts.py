"""What joining files makes of them without a word: rows that stay behind, chains of two files in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from strategies.language.merge import same
from strategies.language.nodes import Node
from strategies.language.reader import Value

LEFT = ("rfm", "predictions", "engagement", "in_app_slot", "sender", "double_opt_in", "preference_centre", "changes")
"""Keys beside the rows of the contact policy that frame a run and that chains are written for."""

_POLICY = "contact_policy"


def tell_left_behind(named: Value, path: Path, node: Node, frame: tuple[str, ...], root: Node) -> None:
    """Rows that an included scenario says itself, and that the whole lacks.

    named: where the file is named.  path, node: the file and its tree.  frame: keys that are not included.
    root: the whole tree.
    """
    lost = [row for row in _own_rows(node, str(path)) if _lacks(root, row)]
    if lost:
        taken = [key for key in node.entries if key not in (*frame, "scenario")]
        named.remark(
            f"{named.path}: leaves behind {', '.join(lost)} of {path.name}, for what frames a run is not included and "
            "this scenario says nothing of it; expected it here, or "
            f"{{file: …, take: [{', '.join([*taken, *lost])}]}}"
        )


def _own_rows(node: Node, file: str) -> Iterator[str]:
    """Dotted keys of the frame that a file says itself, not one that it builds on."""
    policy = node.entries[_POLICY][1].entries if _POLICY in node.entries else {}
    yield from (f"{_POLICY}.{key}" for key, (mark, _) in policy.items() if mark.file == file and key != "like")
    yield from (key for key in LEFT if key in node.entries and node.entries[key][0].file == file)


def _lacks(root: Node, row: str) -> bool:
    node = root
    for key in row.split("."):
        if key not in node.entries:
            return True
        node = node.entries[key][1]
    return False


def tell_mixed_chains(named: Value, base: Node, included: Node, own: Node) -> None:
    """Chains that two files have whole, of which the included one is written over the other key by key.

    named: where the included file is named.
    """
    chains = _chains(included)
    for name in _chains(base).keys() & chains.keys():
        one, other = _chains(base)[name], chains[name]
        if all(_is_whole(chain) for chain in (one, other)) and not same(one, other) and name not in _chains(own):
            named.remark(
                f"{named.path}: its chain '{name}' is written key by key over the one of {Path(one.mark.file).name}, "
                f"so neither runs as its file says; expected 'without: [chains.{name}]' in extends, or one of the two "
                "files"
            )


def _chains(node: Node) -> dict[str, Node]:
    entries = node.entries["chains"][1].entries if "chains" in node.entries else {}
    return {name: chain for name, (_, chain) in entries.items()}


def _is_whole(chain: Node) -> bool:
    return {"trigger", "steps"} <= chain.entries.keys()
