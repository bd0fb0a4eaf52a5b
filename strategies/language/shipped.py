"""The folder of files that come with the product: beside the sources, or inside the installed package."""

from __future__ import annotations

from pathlib import Path


def shipped_folder() -> Path:
    """The folder ``configs``.

    >>> (shipped_folder() / "populations" / "online_shop.yaml").is_file()
    True
    """
    root = Path(__file__).parents[2]
    inside = root / "experiments" / "configs"
    return inside if inside.is_dir() else root / "configs"
