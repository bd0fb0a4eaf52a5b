"""The ready strategies: each says what it is for, loads, and sends something to customers of whom it speaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strategies.language import load_scenario
from strategies.language.shipped import shipped_folder
from strategies.scenario import Scenario
from tests.ready_table import ready_table
from tests.strategies.story import Person, Story, tell

FILES = sorted(path for path in (shipped_folder() / "strategies").glob("*.yaml") if path.stem != "base")
HEADER = re.compile(
    r"# yaml-language-server: \$schema=\.\./schema/scenario\.json\n"
    r"# What for: .+?\n# Source: .+?\n# Expected: .+?\nextends: \w+\.yaml\nscenario: .+\n",
    re.DOTALL,
)

LIVES = """
day -110 10:00 gone order 4000 shoes
day -105 10:00 gone order 4000 shoes
day -100 10:00 gone order 4000 shoes
day -99 10:00 gone site_visited
day -40 10:00 once order 900 toys
day -40 10:05 once site_visited
day -300 10:00 often order 6000 shoes
day -60 10:00 often order 5000 shoes
day -30 10:00 often order 5000 shoes
day 0 10:00 new registered
day 0 10:01 new subscribed
day 0 10:02 new app_opened
day 0 10:05 new site_visited
day 0 10:06 new searched shoes
day 0 10:40 new search_abandoned shoes
day 1 10:00 new product_viewed shoes
day 1 10:40 new view_abandoned shoes
day 2 10:00 new favourite_added shoes
day 12 10:00 new registration_abandoned
day 12 12:00 new form_abandoned
day 20 10:00 often reviewed 5
day 30 10:00 new cart_added 90000 shoes
day 30 10:40 new cart_abandoned 90000 shoes
day 31 10:00 new checkout_started 900 shoes
day 31 10:40 new checkout_abandoned 900 shoes
day 40 10:00 new order 9000 shoes
day 44 10:00 new delivered_order
day 56 10:00 new reviewed 5
day 57 10:00 new referred
day 53 10:00 new support_closed
day 60 10:00 new stock_back shoes
day 64 10:00 new price_dropped shoes
day 68 10:00 new replenishment_due shoes
day 72 10:00 new subscription_ending
day 80 10:00 new order 800 shoes
day 81 10:00 new returned 800 shoes
day 90 10:00 often order 9000 shoes
day 95 10:00 often order 600 shoes
day 100 10:00 often order 500 shoes
day 130 10:00 new order 9000 shoes
"""
"""Four customers who do, one after another, what strategies react to."""

NOT_IN_STORIES = {
    "at_risk": "the cell of a whole base",
    "vip": "the cell of a whole base",
    "apology": "needs a ticket that support left unsolved",
    "points_lost": "points expire after the story",
    "tier_welcome": "as apology, the words of tiers are the simulator's",
    "sunset": "needs four letters before the silence",
    "silent_readers": "needs four letters before the silence",
}
"""Chains that the lives above do not bring about; a run of each strategy alone does (:mod:`tests.ready_table`)."""


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Path:
    """One ready strategy."""
    return Path(request.param)


def lived(scenario: Scenario) -> Story:
    """The lives above under a strategy."""
    people = {
        "gone": Person(),
        "once": Person(),
        "often": Person(profile={"registered": -200 * 86_400}),
        "new": Person(profile={"birthday": 100}),
    }
    return tell(scenario, LIVES, people, days=200)


def test_a_strategy_says_what_it_is_for_where_it_comes_from_and_what_to_expect(file: Path) -> None:
    assert HEADER.match(file.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_chain_says_what_it_is_for_and_has_a_goal(file: Path) -> None:
    scenario = load_scenario(file)
    assert scenario.chains
    for chain in scenario.chains:
        assert chain.about, chain.name
        assert chain.goal, chain.name


@pytest.mark.slow
def test_every_chain_was_entered_and_wrote_where_its_strategy_ran_alone(file: Path) -> None:
    """The table of the docs is of these files and has no line of nothing (`make ready` renews it)."""
    lines = ready_table()[file.stem].lines
    assert [line.chain for line in lines] == [chain.name for chain in load_scenario(file).chains]
    assert all(line.entered > 0 and line.messages > 0 for line in lines), lines


@pytest.mark.slow
def test_a_strategy_writes_to_those_of_whom_it_speaks(file: Path) -> None:
    scenario = load_scenario(file)
    told = lived(scenario)
    for chain in scenario.chains:
        if chain.name not in NOT_IN_STORIES:
            assert any(f"chain_entered {chain.name}" in line for line in told.runs), f"{chain.name} is not entered"
    if not all(chain.name in NOT_IN_STORIES for chain in scenario.chains):
        assert told.sent or told.lines("call_answered")
