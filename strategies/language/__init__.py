"""The scenario language: YAML files in the trade's own words, checked as a whole.

:func:`load_scenario` reads a file, :func:`resolve_to_yaml` writes it back with all defaults filled
in, :func:`without_chain` switches a chain off.  Formats of other files are written with
:mod:`strategies.language.records` and :mod:`strategies.language.reader`.
"""

from strategies.language.dump import resolve_to_yaml, scenario_to_yaml
from strategies.language.load import load_scenario, without_chain
from strategies.language.problems import InputError, Problem, ScenarioError
from strategies.language.schema import scenario_schema

__all__ = [
    "InputError",
    "Problem",
    "ScenarioError",
    "load_scenario",
    "resolve_to_yaml",
    "scenario_schema",
    "scenario_to_yaml",
    "without_chain",
]
