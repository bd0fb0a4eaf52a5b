"""The scenario language: YAML files in the trade's own words, checked as a whole.

>>> from strategies.language import load_scenario
>>> scenario = load_scenario("configs/scenarios/cart_rescue.yaml")  # doctest: +SKIP
"""

from strategies.language.load import load_scenario, without_chain
from strategies.language.problems import InputError, Problem, ScenarioError

__all__ = ["InputError", "Problem", "ScenarioError", "load_scenario", "without_chain"]
