"""The programme that joins the ready strategies: somebody takes each of its steps, branches, arms and rungs."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path

import pytest

from sim.population_file import Population
from sim.simulation import Block, BlockPlan, past_of_plan
from strategies.compiler import compile_scenario
from strategies.language import load_scenario
from strategies.scenario import Scenario
from strategies.vocabulary import DAY
from tests.sim.blocks import CONFIGS, shop
from tests.sim.harness import shop_with

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "coverage.md"

RARE = {
    "first_order_year": "its first orders lie a year back, and the history of this run half a year",
    "silent_readers steps[6].choose[0]": "a second letter comes a month after sixty days of silence",
    "silent_readers steps[7]": "a third one comes a month later",
    "cascade_welcome steps[6].choose[0]": "newcomers of a busy shop come back within five days",
    "level_reached steps[0].choose[0]": "a third level takes a review and two quests of three orders each",
    "referral_thanks": "few recommend",
    "referral": "few recommend",
    "price_drop steps[2].choose[0]": "few see the price of what they want fall, and fewer click on the message",
    "nps steps[4].choose[0]": "few regular customers are unhappy",
    "nps steps[4].choose[1]": "few regular customers answer",
    "cascade_support steps[3].choose[1]": "few are enthusiastic about support, and few answer",
    "subscription_end steps[2]": "few subscriptions end in so few days",
}
"""Places, or whole chains, that a small base need not come to in a short time, each with all that lies in it.  The page
of the docs, of 20,000 customers and 180 days, says how many came."""


@cache
def programme() -> Scenario:
    """The whole programme."""
    return load_scenario(CONFIGS / "scenarios" / "full_programme.yaml")


def busy_shop() -> Population:
    """The default shop, in which much happens in few days: visits, orders, clicks, tickets, answers, newcomers."""
    base = shop()
    assert base.arrivals is not None
    often = {
        "traits": {"visit_rate": 0.3, "jobs_per_year": 30},
        "support": {"payment": 0.2, "unsolved": 0.3},
        "response": {"clicking": tuple(logit + 1.5 for logit in base.parameters.response.clicking)},
        "voice": {"nps_answer": 1.5},
        "trust": {"bad_share": 0.2},
    }
    return shop_with(
        often,
        arrivals=dataclasses.replace(base.arrivals, per_year=0.4),
        subscriptions={"email": 0.03, "web_push": 0.02, "telegram": 0.01},
        forms=0.02,
    )


def quick_points() -> Scenario:
    """The programme from half a year of history on, with points that live for a month."""
    whole = programme()
    assert whole.loyalty is not None
    assert whole.loyalty.points is not None
    points = dataclasses.replace(whole.loyalty.points, active_after=2 * DAY, expire_after=30 * DAY)
    start = dataclasses.replace(whole.at_start, history=185 * DAY, backlog="enter")
    loyalty = dataclasses.replace(whole.loyalty, points=points)
    return dataclasses.replace(whole, horizon=60 * DAY, tail=0, at_start=start, loyalty=loyalty)


def is_rare(chain: str, path: str) -> bool:
    """Whether a place is, or lies in, one of :data:`RARE`."""
    place = f"{chain} {path}"
    return chain in RARE or any(place == rare or place.startswith(f"{rare}.") for rare in RARE)


@pytest.mark.slow
def test_somebody_takes_every_place_of_the_whole_programme_that_is_not_rare() -> None:
    """A branch whose condition cannot hold, or a rung behind one that always works, is a place where nobody comes."""
    scenario = quick_points()
    plan = BlockPlan((scenario,), busy_shop(), 300, 5, (0,), log="none", silent=False)
    block = Block(plan, past_of_plan(plan))
    block.run()
    [engine] = block.engines
    counts = engine.interpreter.steps.counts.sum(axis=0)
    places = [
        (scenario.chains[place.chain].name, place.path, counts[place.operation]) for place in engine.program.places
    ]
    missed = [(chain, path) for chain, path, runs in places if not runs]
    assert [place for place in missed if not is_rare(*place)] == []
    assert len(missed) < len(places) / 20


def test_the_page_of_the_docs_knows_every_place_and_came_to_all_of_them() -> None:
    """Rare places among them: in 20,000 customers somebody took each."""
    program = compile_scenario(programme(), 0, 0)
    places = [
        chain.name for chain in program.chains for place in program.places if program.chains[place.chain] == chain
    ]
    rows = re.findall(
        r"^\| (\w+) \| ([\d,]+) \| (\d+) of (\d+) \| `.+?` \| ([\d,]+) \|$", PAGE.read_text(), re.MULTILINE
    )
    told = {chain: int(known) for chain, _, _, known, _ in rows}
    assert told == {chain.name: places.count(chain.name) for chain in program.chains}, "run: make coverage"
    assert all(int(taken) == int(known) and begun != "0" and rarest != "0" for _, begun, taken, known, rarest in rows)


def test_the_whole_programme_is_large() -> None:
    assert len(programme().chains) >= 25
