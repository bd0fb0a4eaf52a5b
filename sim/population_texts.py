"""What texts a population's customers may have, told to the loader of scenarios, which knows no population."""

from __future__ import annotations

from pathlib import Path

from sim.population import profile_categories
from sim.population_file import load_population
from strategies.language.problems import InputError, Problem

KINDS = ("category", "city", "source", "device", "sex")
"""Vocabularies that a population defines."""


class PopulationTexts:
    """Reads the population that a scenario names, or another one ``instead``.

    problems: of a population file that cannot be used; then no texts are known.
    """

    def __init__(self, instead: Path | None = None) -> None:
        self.instead = instead
        self.problems: tuple[Problem, ...] = ()

    def __call__(self, named: Path) -> dict[str, tuple[str, ...]]:
        """Vocabulary → its texts, of those that have any."""
        try:
            known = profile_categories(load_population(self.instead or named))
        except InputError as error:
            self.problems = tuple(error.problems)
            return {}
        return {kind: known[kind] for kind in KINDS if known[kind]}
