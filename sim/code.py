"""Digest of the product's own code: what another version computed is never taken for this one's result."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


@cache
def code_digest(*packages: str) -> str:
    """Digest of all modules of the packages, by name and content."""
    digest = hashlib.blake2b(digest_size=16)
    for package in packages:
        for file in sorted((_ROOT / package).rglob("*.py")):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(_ROOT).as_posix()}\n{len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()
