"""The reference of population files: its examples load, it shows every key, and its errors are told in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.population_file import PopulationError, load_population, population_reader
from sim.population_sections import ArrivalSource, Onboarding, Stores

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "population.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
AROUND = BLOCKS[0]
LATER = "arrivals: {per_year: 10%}\n"


def loaded(folder: Path, text: str):
    (folder / "population.yaml").write_text(text, encoding="utf-8")
    return load_population(folder / "population.yaml")


def completed(block: str) -> str:
    """The block within a small population."""
    if block == AROUND or "extends:" in block:
        return block
    return AROUND + (LATER if "onboarding" in block else "") + block


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_of_the_reference_load(tmp_path: Path, block: str) -> None:
    assert loaded(tmp_path, completed(block)).jobs


def test_the_sections_say_what_they_say(tmp_path: Path) -> None:
    population = loaded(tmp_path, AROUND + "".join(block for block in BLOCKS[2:] if "profile:" not in block))
    assert population.arrivals is not None
    assert population.arrivals.share == pytest.approx(0.3 / 1.3)
    assert population.arrivals.sources["ads"] == ArrivalSource(0.7, 0.8)
    assert population.subscriptions == {"email": 0.008, "telegram": 0.002}
    assert (population.app, population.forms) == (0.6, 0.005)
    assert population.onboarding == Onboarding(3, 0.5)
    assert population.stores == Stores(0.1, 0.15, 0.6)


def test_the_reference_shows_every_key_of_the_sections() -> None:
    definitions: dict[str, dict[str, object]] = {}
    population_reader().schema(definitions)
    sections = ("arrivals", "arrival source", "app", "forms", "onboarding", "stores", "profile")
    keys = {key for name in sections for key in definitions[name]["properties"]}
    assert {key for key in keys if not re.search(rf"\b{key}:", "\n".join(BLOCKS))} == set()


BROKEN = {
    "arrivals: {years: 2}": (
        "6:11: missing key 'per_year' in arrivals (expected a percentage such as 10% or a fraction from 0 to 1)"
    ),
    "arrivals: {per_year: 10%, sources: {ads: {share: 40%}}}": (
        "6:36: arrivals.sources: found shares of 0.4, expected a sum of 1"
    ),
    "arrivals: {per_yaer: 10%}": (
        "6:12: unknown key 'per_yaer' in arrivals; did you mean 'per_year'? (expected one of: per_year, years, sources)"
    ),
    "subscriptions: {email: 60%, sms: 60%}": ("6:16: subscriptions: found chances of 1.2 a visit, expected at most 1"),
    "subscriptions: {emial: 1%}": (
        "6:17: unknown channel 'emial' in subscriptions; did you mean 'email'? "
        "(expected one of: email, web_push, mobile_push, sms, telegram, whatsapp, vk)"
    ),
    "arrivals: {per_year: 9%}\nonboarding: {steps: 0, by_visit: 50%}": (
        "7:21: onboarding.steps: found 0, expected a whole number from 1 to 20"
    ),
    "onboarding: {steps: 2, by_visit: 50%}": "6:13: onboarding: found without 'arrivals', but only newcomers have one",
    "stores: {near: 10%}": (
        "6:9: missing key 'share' in stores (expected a percentage such as 10% or a fraction from 0 to 1)"
    ),
    "app: 60%": "6:6: app: found '60%', expected a mapping such as {visits: 60%}",
}


@pytest.mark.parametrize("line", BROKEN)
def test_every_problem_is_told_with_place_and_remedy(tmp_path: Path, line: str) -> None:
    small = re.sub(r"^(about|parameters):.*\n", "", AROUND, flags=re.MULTILINE)
    with pytest.raises(PopulationError) as error:
        loaded(tmp_path, f"{small}{line}\n")
    assert [f"{p.line}:{p.column}: {p.text}" for p in error.value.problems] == [BROKEN[line]]
