"""The population file: what it gives, and how it refuses."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sim.kernel.calendar import DAY
from sim.population_file import Place, PopulationError, load_population
from strategies.vocabulary import CHANNELS
from tests.sim.harness import SHOP, Scene, shop, shop_with


def test_the_shop_has_five_jobs_and_all_channels() -> None:
    population = shop()
    assert population.categories == ("renew_home", "give_gift", "replace_broken", "stock_up", "child_grows")
    assert len(population.channels) == len(CHANNELS)
    assert sum(job.share for job in population.jobs) == pytest.approx(1)
    assert all(np.mean(job.season) == pytest.approx(1, abs=0.02) for job in population.jobs)


def test_customers_follow_the_file() -> None:
    """Bands of four standard errors of 20,000 customers, for about twenty shares: fails by chance once in 800."""
    who = Scene(customers=20_000, end=1, period=None).world.customers
    error = 4 * np.sqrt(0.25 / 20_000)
    profile = who.observed_profile(np.arange(20_000))
    for code, reach in enumerate(shop().channels):
        assert profile["address"][code].mean() == pytest.approx(reach.address, abs=error)
        assert profile["consent"][code].mean() == pytest.approx(reach.address * reach.marketing, abs=error)
    for code, city in enumerate(shop().profile.cities.values()):
        assert (who.city == code).mean() == pytest.approx(city.share, abs=error)
    np.testing.assert_allclose(who.job_weight.mean(axis=1), [job.share for job in shop().jobs], atol=0.01)
    assert (who.visit_rate * 86_400).mean() == pytest.approx(0.07, rel=0.04)
    assert np.corrcoef(np.log(who.patience), who.affinity[0])[0, 1] == pytest.approx(0.36, abs=0.03)


BROKEN = """\
population: Broken
parameters: {burnout: {halflife: 10}, trsut: {normal: 0.5}}
jobs:
  a: {share: 40%, margin: 30%, barriers: {prise: 20%}, season: [1, 1]}
channels:
  emial: {address: 50%}
"""


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    with pytest.raises(PopulationError) as error:
        load_population(path)
    texts = [f"{problem.line}:{problem.column}: {problem.text}" for problem in error.value.problems]
    assert texts == [
        "2:24: unknown parameter of burnout 'halflife'; did you mean 'half_life'?",
        "2:39: unknown parameter group 'trsut'; did you mean 'trust'?",
        "4:3: jobs: found shares of 0.4, expected a sum of 1",
        "4:43: unknown barrier 'prise' in jobs.a.barriers; did you mean 'price'? "
        "(expected one of: price, trust, choice, time, fit)",
        "4:64: jobs.a.season: found 2 factors, expected 12, one for each month",
        "6:3: unknown channel 'emial' in channels; did you mean 'email'? "
        "(expected one of: email, web_push, mobile_push, sms, telegram, whatsapp, vk)",
    ]


BEYOND = """\
population: Beyond
parameters:
  visits: {hour_weights: [-1, 2]}
  reputation: {memory: 0}
  trust: {normal: 0.1}
jobs:
  a: {share: 100%, margin: 30%}
channels: {}
"""


def test_numbers_beyond_what_the_model_takes_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "beyond.yaml"
    path.write_text(BEYOND)
    with pytest.raises(PopulationError) as error:
        load_population(path)
    texts = [f"{problem.line}:{problem.column}: {problem.text}" for problem in error.value.problems]
    assert texts == [
        "3:12: visits.hour_weights: found 2 numbers, expected 24",
        "4:16: reputation.memory: found 0, expected a number from 0.001 to 10000",
        "5:3: lifetime.trust: found 1.2, expected less than 1.11111 where trust.normal is 0.1, "
        "as the rate of leaving must stay above 0",
    ]


SECTIONS = """\
population: Broken
after_order: [reviews, returns, deliveries]
assortment: {items: 0}
jobs:
  a: {share: 100%, margin: 30%, returned: 2, lasts: 1h, plann: 10%}
channels: {}
"""


def test_what_follows_an_order_is_refused_word_for_word(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(SECTIONS)
    with pytest.raises(PopulationError) as error:
        load_population(path)
    assert [f"{problem.line}:{problem.column}: {problem.text}" for problem in error.value.problems] == [
        "2:14: after_order: found 'returns' without 'delivery', expected both: it follows the hand-over",
        "2:14: after_order: found 'reviews' without 'delivery', expected both: it follows the hand-over",
        "2:33: unknown part 'deliveries' in after_order[2]; did you mean 'delivery'? "
        "(expected one of: delivery, returns, support, reviews, replenishment, renewals)",
        "3:21: assortment.items: found 0, expected a whole number from 1 to 100",
        "5:43: jobs.a.returned: found 2, expected a percentage such as 10% or a fraction from 0 to 1; "
        "did you mean '2%'?",
        "5:53: jobs.a.lasts: found '1h', expected whole days, at least one, such as 90d or 12w",
        "5:57: unknown key 'plann' in jobs.a; did you mean 'plan'? (expected one of: moved_by, barriers, words, when, "
        "want, so_that, share, season, deadline, margin, value, returned, lasts, plan)",
    ]


def test_the_shipped_file_is_the_default() -> None:
    assert load_population(SHOP).parameters == shop().parameters


LARGE = """\
population: Large
parameters: {traits: {order_value: 60000000}}
jobs:
  a: {share: 50%, margin: 30%}
  b: {share: 50%, margin: 30%, value: 2}
channels: {}
profile:
  cities: {a: {share: 25%}, b: {share: 25%}, c: {share: 25%}, d: {share: 25%}}
  sources: {a: 50%, b: 25%, c: 25%}
  registered_years: 41
arrivals: {per_year: 10%, sources: {x: {share: 100%}}}
"""


def test_what_no_column_holds_is_refused_with_the_largest_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three names stand for the 32,000 that fit."""
    monkeypatch.setattr("sim.population_file.MAX_NAMES", 3)
    path = tmp_path / "large.yaml"
    path.write_text(LARGE)
    with pytest.raises(PopulationError) as error:
        load_population(path)
    assert [problem.text for problem in error.value.problems] == [
        "jobs.b: found a mean order of 120,000,000 currency units, expected at most 100,000,000",
        "profile.cities: found 4 names, expected at most 3",
        "profile.registered_years: found 41, expected a number from 0 to 40",
        "arrivals: found 4 sources with the profile's, expected at most 3",
    ]


@pytest.mark.parametrize("count", [127, 128, 129, 257])
def test_every_place_source_and_device_is_told_apart(count: int) -> None:
    """Around what one byte holds: each customer has a city of the file and its clock, and so in what a company sees."""
    names = {f"n{number}": 1 / count for number in range(count)}
    cities = {name: Place(1 / count, number % 5) for number, name in enumerate(names)}
    profile = dataclasses.replace(shop().profile, cities=cities, sources=names, devices=names, proxies={})
    scene = Scene(customers=20 * count, end=1, period=None, population=shop_with({}, profile=profile, arrivals=None))
    for columns in (scene.world.customers, scene.world.observed):
        for codes in (columns.city, columns.source, columns.device):
            assert codes.min() >= 0
            assert codes.max() == count - 1  # missed with a chance of exp(-20)
        np.testing.assert_array_equal(columns.zone_hours, columns.city % 5)


def test_the_oldest_registrations_lie_before_the_past() -> None:
    profile = dataclasses.replace(shop().profile, registered_years=40.0)
    scene = Scene(customers=500, end=1, period=None, population=shop_with({}, profile=profile, arrivals=None))
    registered = scene.world.customers.registered
    assert registered.max() <= 0
    assert registered.min() < -39 * 365 * DAY  # missed with a chance of (39/40)^500, 3 in a million
