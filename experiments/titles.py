"""Which scenarios the arms of a comparison come from: the name in the file, and the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from experiments.comparison import Comparison
from experiments.tables import manifest_entry


@dataclass(frozen=True)
class Origin:
    """One scenario.  name: its own, '' where an old run folder does not tell it; path: its file; arms: made of it."""

    name: str
    path: str
    arms: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file's name without its folder."""
        return PurePath(self.path).name

    def text(self, most: int = 3) -> str:
        """One line: the arms (``most`` of them by name) and where they come from.

        >>> Origin("Cart rescue", "x/cart.yaml", ("cart", "cart, horizon=30d")).text()
        'cart; cart, horizon=30d: “Cart rescue”, cart.yaml'
        """
        more = len(self.arms) - most
        arms = "; ".join(self.arms[:most]) + (f" and {more} more" if more > 0 else "")
        named = f"“{self.name}”, {self.file}" if self.name else self.file
        return f"{arms}: {named}"


def origins(comparison: Comparison) -> list[Origin]:
    """The scenarios in the order of their first arms; those of several arms once."""
    found: dict[tuple[str, str], list[str]] = {}
    for arm in comparison.arms:
        name = str(manifest_entry(comparison.manifest, arm.arm).get("scenario", ""))
        found.setdefault((name, arm.file), []).append(arm.arm)
    return [Origin(name, path, tuple(arms)) for (name, path), arms in found.items()]
