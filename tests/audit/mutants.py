"""Broken engines, by name: each breaks one rule in the real engine's parts; the auditor has to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """One broken engine.  scenario: a crowded one in which it shows; rules: those that may be blamed for it."""

    name: str
    scenario: str
    rules: tuple[str, ...]
    break_: Callable[[Patch], None]


MUTANTS: list[Mutant] = []


def mutant(scenario: str, *rules: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Register a broken engine by the name of its function."""

    def add(break_: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTANTS.append(Mutant(break_.__name__, scenario, rules, break_))
        return break_

    return add


def nothing(*given: Any, **more: Any) -> None:
    """Stands for a part that does nothing."""
    return None
