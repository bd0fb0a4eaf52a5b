"""What channels report in the whole model: what clicks were on, signs by channel; a record decides again alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from strategies.language import load_scenario
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, EVENT_CODE, REASON_CODE
from tests.sim.blocks import CONFIGS
from tests.sim.test_equivalence import again, recorded

pytestmark = pytest.mark.slow

TEXT = """
scenario: Clicks on products
population: {population}
horizon: 14d
start: 2026-02-02
at_start: {{history: 20d}}
channels: {{email: {{}}, in_app: {{}}, web_push: {{}}}}
messages:
  letter: {{purpose: promo, topic: news, personal: [viewed_items], fallback: bestsellers}}
  banner: {{purpose: promo, topic: news, personal: [recommended], fallback: bestsellers}}
  plain: {{purpose: promo, topic: other}}
chains:
  letters: {{trigger: {{event: click, if: "channel == 'email' and known(category)"}}, reenter: always, steps: [exit]}}
  banners: {{trigger: {{event: click, if: "channel == 'in_app' and known(category)"}}, reenter: always, steps: [exit]}}
  gifts:
    trigger: {{event: click, if: "category == 'give_gift'"}}
    reenter: always
    steps: [{{send: {{web_push: plain}}}}]
  none: {{trigger: {{event: click, if: "message == 'plain' and known(category)"}}, steps: [exit]}}
campaigns:
  letters_daily: {{every: "day 10:00", send: {{email: letter}}}}
  banners_daily: {{every: "day 08:00", send: {{in_app: banner}}}}
  plain_daily: {{every: "day 12:00", send: {{email: plain}}}}
"""


SIGNS = """
scenario: Signs of letters
population: {population}
horizon: 14d
start: 2026-02-02
at_start: {{history: 20d}}
channels: {{email: {{}}, web_push: {{}}}}
engagement: {{signs: [{{event: click, channel: email}}]}}
contact_policy: {{sunset: {{channel: email, none_of: [{{event: opened, channel: email}}], for: 10d}}}}
messages: {{m: {{purpose: promo}}}}
chains:
  missed:
    trigger: {{inactive: 6d, of: opened, channel: email}}
    reenter: always
    enter: "engagement != 'unknown'"
    steps: [{{send: {{web_push: m}}}}]
campaigns:
  daily:
    every: "day 10:00"
    to: "clicks.email < 2 and opens.email < 9 and not last_open.email.age < 2h"
    send: {{email: m}}
"""


def decided_alike(folder: Path, text: str, customers: int) -> tuple[Scenario, pl.DataFrame]:
    """A scenario and what is decided in a run of it, once engines that only see its record have decided the same."""
    path = folder / "scenario.yaml"
    path.write_text(text.format(population=CONFIGS / "populations" / "online_shop.yaml"))
    scenario = load_scenario(path)
    record, told = recorded(scenario, customers=customers)
    world, decided = again(record, scenario)
    assert world.unanswered == 0
    assert decided.equals(told)
    return scenario, told


def test_answers_to_the_letters_of_the_past_are_known(tmp_path: Path) -> None:
    _, told = decided_alike(tmp_path, SIGNS, customers=150)
    # Of an open of the run six days would pass first; of a first letter of the run, ten.
    early = told.filter(pl.col("time") < 6 * DAY)
    assert early.filter(pl.col("event") == EVENT_CODE["chain_entered"]).height > 5
    assert early.filter(pl.col("reason") == REASON_CODE["sunset"]).height > 20


def test_clicks_tell_the_category_that_was_shown(tmp_path: Path) -> None:
    scenario, told = decided_alike(tmp_path, TEXT, customers=300)
    entered = told.filter(pl.col("event") == EVENT_CODE["chain_entered"])["chain"].value_counts()
    # The neutral policy's campaign comes before the chains.
    found = {scenario.chains[code - 1].name: count for code, count in entered.iter_rows()}
    assert found.keys() == {"letters", "banners", "gifts"}
    assert found["gifts"] < found["letters"] + found["banners"]
