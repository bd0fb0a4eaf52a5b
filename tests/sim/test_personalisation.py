"""What personalisation brings in the whole model: a name nothing, what was viewed something, a level only its cost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from sim.population_file import load_population
from strategies.language import load_scenario
from strategies.scenario import Scenario
from tests.sim.blocks import CONFIGS, outcomes, simulate

pytestmark = pytest.mark.slow

SHOP = CONFIGS / "populations" / "online_shop.yaml"
TEXT = f"""
scenario: A mail a day
population: {SHOP}
horizon: 20d
start: 2026-02-02
at_start: {{history: 0d}}
channels: {{email: {{cost: 0.1}}}}
production_cost: {{level_5: {{each: 0.5}}}}
messages:
  plain: {{purpose: promo, topic: news}}
  named: {{purpose: promo, topic: news, personal: name, fallback: friend}}
  pointless: {{purpose: promo, topic: news, personal: points}}
  dear: {{purpose: promo, topic: news, level: 5}}
  viewed: {{purpose: promo, topic: news, personal: viewed_items, fallback: bestsellers}}
campaigns: {{daily: {{every: "day 10:00", to: "consent.email", send: {{email: MESSAGE}}}}}}
"""
BEHAVIOUR = ("orders", "opened", "clicked", "unsubscribed", "revenue")


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Outcomes by message, of the same customers with the same luck."""
    names = ("plain", "named", "pointless", "dear", "viewed")
    folder = tmp_path_factory.mktemp("personalisation")
    shop = load_population(SHOP)
    busy = dataclasses.replace(
        shop.parameters, traits=dataclasses.replace(shop.parameters.traits, visit_rate=0.4, jobs_per_year=30.0)
    )
    result = simulate(
        scenarios=tuple(sending(name, folder) for name in names),
        population=dataclasses.replace(shop, parameters=busy),
        customers=400,
        bases=(0,),
        log="none",
    )
    found = outcomes(result)
    return {name: found.filter(pl.col("arm") == number).sort("customer") for number, name in enumerate(names)}


def sending(message: str, folder: Path) -> Scenario:
    path = folder / f"{message}.yaml"
    path.write_text(TEXT.replace("MESSAGE", message))
    return load_scenario(path)


def test_a_name_alone_changes_nobodys_life(arms: dict[str, pl.DataFrame]) -> None:
    assert arms["plain"]["clicked"].sum() > 50
    assert arms["named"].drop("arm").equals(arms["plain"].drop("arm"))


def test_an_empty_block_repels(arms: dict[str, pl.DataFrame]) -> None:
    """Nobody has points, so every message goes out broken, ρ falls by .3, and fewer of the same people click."""
    assert arms["pointless"]["clicked"].sum() < arms["plain"]["clicked"].sum()


def test_a_level_costs_and_does_nothing_else(arms: dict[str, pl.DataFrame]) -> None:
    plain, dear = arms["plain"], arms["dear"]
    assert dear.select(BEHAVIOUR).equals(plain.select(BEHAVIOUR))
    each = (dear["contact_cost"] - plain["contact_cost"]) / plain["sent"]
    assert set(each.drop_nans().to_list()) == {5_000.0}


def test_what_was_viewed_brings_clicks(arms: dict[str, pl.DataFrame]) -> None:
    """Same people, same luck: more of the messages that show the category of the open job are clicked."""
    assert arms["viewed"]["clicked"].sum() > 1.1 * arms["plain"]["clicked"].sum()
