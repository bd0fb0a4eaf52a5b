"""Which scenarios the arms of a comparison come from: the name in the file, and the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from experiments.comparison import Comparison
from experiments.tables import manifest_entry


@dataclass(frozen=True)
class Origin:
    """One scenario.  name: its own, '' where an old run folder does not tell it; path: its file; arms: made of it;
    changed: by which values of ``--set``."""

    name: str
    path: str
    arms: tuple[str, ...]
    changed: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The file's name without its folder."""
        return PurePath(self.path).name

    @property
    def changes(self) -> str:
        """All values of ``--set``, whole; '' where there are none."""
        return "".join(f" --set {change}" for change in self.changed).lstrip()

    def text(self, most: int = 3) -> str:
        """One line: the arms (``most`` of them by name), where they come from, and how they were changed.

        >>> Origin("Cart rescue", "x/cart.yaml", ("cart", "without vip"), ("horizon=30d",)).text()
        'cart; without vip: “Cart rescue”, cart.yaml --set horizon=30d'
        """
        more = len(self.arms) - most
        arms = "; ".join(self.arms[:most]) + (f" and {more} more" if more > 0 else "")
        named = f"“{self.name}”, {self.file}" if self.name else self.file
        return f"{arms}: {named} {self.changes}".rstrip()


def origins(comparison: Comparison) -> list[Origin]:
    """The scenarios in the order of their first arms; those of several arms with the same changes once."""
    found: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for arm in comparison.arms:
        entry = manifest_entry(comparison.manifest, arm.arm)
        key = str(entry.get("scenario", "")), arm.file, tuple(entry.get("changed", ()))
        found.setdefault(key, []).append(arm.arm)
    return [Origin(name, path, tuple(arms), changed) for (name, path, changed), arms in found.items()]
