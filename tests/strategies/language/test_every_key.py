"""Every key of the language changes something: decisions, what customers meet, results, or what is said of them."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from experiments.brief import brief_entry
from experiments.comparison import compare
from experiments.verdict import verdict
from sim.contents import message_table
from sim.population_file import Population, load_population
from sim.simulation import BlockPlan, simulate_block
from strategies.compiler import compile_scenario
from strategies.language import load_scenario, scenario_to_yaml
from strategies.scenario import Scenario
from strategies.vocabulary import DAY
from tests.experiments.made_runs import made_tables
from tests.strategies.language.key_cases import Case, all_keys, cases
from tests.strategies.story import Person, tell

CASES = cases()
SHOP = Path(__file__).parents[3] / "configs" / "populations" / "online_shop.yaml"

BUSY = "parameters: {traits: {visit_rate: 0.6, jobs_per_year: 50}, exits: {leaving: [-1, -1, -1, -1, -1, -1, -1]}}"
"""Customers who come often, buy often and leave easily: much happens in few days."""

DAYS = 7
"""Days that a simulation takes at most."""

NOTHING_YET = {
    "scenario.rules": "the search for counter-examples comes in a later version; form and names are checked",
    "rule.never": "as rules",
    "rule.at_most": "as rules",
    "rule.after": "as rules",
    "rule.within": "as rules",
    "never.message": "as rules",
    "never.same": "as rules",
    "at_most.messages": "as rules",
    "at_most.purposes": "as rules",
}
"""Keys that are read and checked, and do nothing further in this version."""

ONLY_ONE_VALUE = {
    "sunset.then": "suppress is the one thing that a sunset does",
    "at_start.under": "neutral is the one policy of the past",
}
"""Keys that name the only choice there is."""

WORDS = {
    "scenario.scenario",
    "scenario.brief",
    "scenario.platform_cost",
    "production_of_level.fixed",
    "brief.goal",
    "brief.owner",
    "chain.about",
    "campaign.about",
    "segment.about",
    "card_field.about",
}
"""Keys that a run does not depend on: they stand in reports, or lower ROMI by a fixed cost."""


def loaded(case: Case, number: int, folder: Path) -> Scenario:
    """One side of a case, loaded from files."""
    folder = folder / str(number)
    folder.mkdir()
    shop = SHOP.read_text(encoding="utf-8")
    for name, text in {"population.yaml": "SHOP", **case.beside}.items():
        (folder / name).write_text(beside(text, shop), encoding="utf-8")
    path = folder / "scenario.yaml"
    path.write_text(case.side(number), encoding="utf-8")
    return dataclasses.replace(load_scenario(path), file="")


def beside(text: str, shop: str) -> str:
    """A file beside the scenario: the shop (changed, or busy), a whole scenario, or the text as it stands."""
    word, _, rest = text.partition(" ")
    if word == "SHOP":
        return re.sub(r"^parameters: .*$", rest, shop, flags=re.MULTILINE) if rest else shop
    if word == "BUSY":
        return re.sub(r"^parameters: .*$", BUSY, shop, flags=re.MULTILINE)
    if word == "WHOLE":
        whole = Case(("",), 'campaigns: {a: {every: "Tue 10:00", send: {email: digest}}}\n', "story", ()).side(0)
        chains = "chains: {b: {trigger: cart_abandoned, steps: [exit]}}\n"
        return re.sub(r"^horizon: .*$", rest, whole, flags=re.MULTILINE) + chains
    return text


def told(case: Case, scenario: Scenario) -> Any:
    """The story, row by row, and what was handed to other systems."""
    people = {name: Person(**said) for name, said in case.people.items()}
    story = tell(scenario, case.timeline, people, days=30)
    calls = [(call.step, str(call.values)) for engine in story.hub.engines for call in engine.actions.calls]
    return [(row.time, row.customer, row.text) for row in story.rows], calls


def met(scenario: Scenario) -> Any:
    """What the customer model knows of the messages."""
    table = message_table([compile_scenario(scenario, 0, 0)], _population(SHOP.read_text(encoding="utf-8")))
    return {name: getattr(table, name).tolist() for name in (field.name for field in dataclasses.fields(table))}


@cache
def _population(text: str) -> Population:
    """The population of a file's text; most cases live in the same one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "population.yaml"
        path.write_text(text, encoding="utf-8")
        return load_population(path)


def lived(scenario: Scenario) -> Any:
    """What a small base does in the whole model."""
    short = dataclasses.replace(scenario, horizon=min(scenario.horizon, DAYS * DAY))
    plan = BlockPlan(
        (short,), _population(Path(scenario.population).read_text(encoding="utf-8")), customers=60, seed=5, bases=(0,)
    )
    result = simulate_block(plan)
    log = [pl.DataFrame(dataclasses.asdict(part)).to_dict(as_series=False) for part in result.events]
    return log, {name: column.tolist() for name, column in result.outcomes.items()}


@cache
def judged(brief: str) -> str:
    """The verdict about a made run whose arm has this brief."""
    made = made_tables(log=False)
    first, *others = made.manifest["arms"]
    manifest = {**made.manifest, "arms": [{**first, "brief": eval(brief)}, *others]}
    return verdict(compare(dataclasses.replace(made, manifest=manifest))).text


def outcome(case: Case, number: int, folder: Path) -> Any:
    """What is to differ between the two sides of a case."""
    scenario = loaded(case, number, folder)
    if case.kind == "story":
        return told(case, scenario)
    if case.kind == "world":
        return met(scenario)
    if case.kind == "simulated":
        return lived(scenario)
    if case.kind == "verdict":
        return judged(repr(brief_entry(scenario)))
    return scenario_to_yaml(scenario, "population.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: "+".join(case.keys))
def test_a_key_changes_something(case: Case, tmp_path: Path) -> None:
    assert set(case.keys) <= case.shown(), "the two sides of a case differ in the keys that it names"
    assert outcome(case, 0, tmp_path) != outcome(case, 1, tmp_path)


@pytest.mark.slow
def test_every_key_has_a_case() -> None:
    shown = {key for case in CASES for key in case.keys}
    assert shown - all_keys() == set(), "cases of keys that the language does not have"
    assert all_keys() - shown - NOTHING_YET.keys() - ONLY_ONE_VALUE.keys() - WORDS == set(), "keys without a case"
