"""How long a run may be with the half-lives of its population."""

from __future__ import annotations

from sim.burnout import MOST_HALF_LIVES
from sim.population_file import Population
from strategies.language.origins import place_of
from strategies.language.problems import ScenarioError, problem_at
from strategies.scenario import Scenario
from strategies.vocabulary import DAY


def check_length(scenario: Scenario, population: Population) -> None:
    """Raise ScenarioError where past, or horizon and tail, are longer than the column of blindness can tell.

    Only half-lives far below the usual 60 days come to that: 7 days allow 840.
    """
    half_life = population.parameters.burnout.blindness_half_life
    most = int(MOST_HALF_LIVES * half_life)
    parts = (
        (("at_start", "history"), "at_start.history", scenario.at_start.history),
        (("horizon",), "horizon and tail", scenario.horizon + scenario.tail),
    )
    problems = [
        problem_at(
            place_of(scenario.file, *keys),
            f"{what}: found {seconds // DAY:,} days, expected at most {most:,}, {MOST_HALF_LIVES} times the "
            f"population's burnout.blindness_half_life of {half_life:g}",
        )
        for keys, what, seconds in parts
        if seconds > most * DAY
    ]
    if problems:
        raise ScenarioError(problems)
