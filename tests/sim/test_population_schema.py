"""The JSON Schema of population files agrees with their reader."""

from __future__ import annotations

from pathlib import Path

from sim.population_schema import population_schema, population_schema_text
from tests.strategies.language.test_schema import conforms, plain

CONFIGS = Path(__file__).parents[2] / "configs"
SHOP = (CONFIGS / "populations" / "online_shop.yaml").read_text(encoding="utf-8")
SCHEMA = population_schema()


def test_the_shipped_population_conforms_and_names_the_schema() -> None:
    assert conforms(plain(SHOP), SCHEMA, SCHEMA)
    assert SHOP.startswith("# yaml-language-server: $schema=../schema/population.json\n")


def test_misspelt_words_do_not_conform() -> None:
    for old, new in (
        ("jobs:", "jbos:"),
        ("profile:", "profil:"),
        ("share: 24%", "shre: 24%"),
        ("arrivals:", "arivals:"),
    ):
        assert old in SHOP
        assert not conforms(plain(SHOP.replace(old, new, 1)), SCHEMA, SCHEMA)


def test_the_schema_beside_the_populations_is_up_to_date() -> None:
    how = "run: python -m sim.population_schema > configs/schema/population.json"
    assert (CONFIGS / "schema" / "population.json").read_text(encoding="utf-8") == population_schema_text(), how
