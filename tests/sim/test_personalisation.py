"""What personalisation brings in the whole model: a name nothing, what was viewed something, a level only its cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from sim.parameters import all_parameters
from sim.population_file import Population
from strategies.language import load_scenario
from strategies.scenario import Scenario
from tests.sim.blocks import CONFIGS, outcomes, simulate
from tests.sim.harness import shop_with
from tests.sim.test_parameter_effects import NOT_IN_THIS_SCENE

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
  cart: {{purpose: promo, topic: news, personal: cart_items, fallback: bestsellers}}
campaigns: {{daily: {{every: "day 10:00", to: "consent.email", send: {{email: MESSAGE}}}}}}
"""
BEHAVIOUR = ("orders", "opened", "clicked", "unsubscribed", "revenue")


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Outcomes by message, of the same customers with the same luck."""
    names = ("plain", "named", "pointless", "dear", "viewed")
    folder = tmp_path_factory.mktemp("personalisation")
    found = lives([sending(name, folder) for name in names], busy_shop({}))
    return {name: found.filter(pl.col("arm") == number).sort("customer") for number, name in enumerate(names)}


def busy_shop(changes: dict[str, dict[str, object]]) -> Population:
    """The default shop with customers who come and buy more often, and with other parameters by group."""
    return shop_with({"traits": {"visit_rate": 0.4, "jobs_per_year": 30.0}, **changes})


def lives(scenarios: Sequence[Scenario], population: Population) -> pl.DataFrame:
    """Outcomes of the same customers with the same luck."""
    return outcomes(simulate(scenarios=tuple(scenarios), population=population, customers=400, bases=(0,), log="none"))


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


MESSAGE_THAT_SHOWS = {"fit.broken": "pointless", "fit.own_bought": "cart", "response.click_personal": "viewed"}
"""Parameter of what blocks show → a message whose blocks depend on it."""


@pytest.mark.parametrize("name", NOT_IN_THIS_SCENE)
def test_a_parameter_of_blocks_changes_what_customers_do_with_such_blocks(name: str, tmp_path: Path) -> None:
    """Without the effect the same people click more often (of a damage) or less often (of a gain); where no message has
    blocks, nothing changes at all.
    """
    group, key = name.split(".")
    default = next(info.default for info in all_parameters() if info.name == name)
    assert isinstance(default, float)
    with_it, without = busy_shop({}), busy_shop({group: {key: 0.0}})
    scenarios = [sending(message, tmp_path) for message in (MESSAGE_THAT_SHOWS[name], "plain")]
    usual, changed = (lives(scenarios, shop) for shop in (with_it, without))
    clicks, clicks_without = (found.filter(pl.col("arm") == 0)["clicked"].sum() for found in (usual, changed))
    assert clicks < clicks_without if default < 0 else clicks > clicks_without
    assert usual.filter(pl.col("arm") == 1).equals(changed.filter(pl.col("arm") == 1))
