"""Strategies are blind to what a company cannot see (DESIGN law 7): latent and future state change no decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.simulation import Block, past_of_plan
from strategies.context import Rows
from strategies.decisions import Requests
from strategies.kinds import FIRST_KIND
from strategies.language import load_scenario
from strategies.runs import NO_TIME
from strategies.scenario import Scenario
from strategies.vocabulary import DAY
from tests.sim.blocks import CONFIGS, CUSTOMERS, plan

pytestmark = pytest.mark.slow

TEXT = """
scenario: Everything that is decided from what is known
population: {population}
horizon: 20d
start: 2026-02-02
at_start: {{history: 240d}}
channels: {{email: {{cost: 0.1}}, web_push: {{}}, telegram: {{cost: 0.2}}, sms: {{cost: 4}}}}
rfm: {{levels: 3, weights: {{r: 2}}, cells: {{dear: "m == 3", old: "r == 1"}}}}
segments:
  lookers: {{did: product_viewed, times: 2, within: 7d, same: category, but_not: order, for: 1d}}
  soon: {{predict: {{order_in: 7d, at_least: 1%}}}}
  lost: {{predict: {{churn_risk: {{at_least: 30%}}}}, refresh: 3d}}
  dear: {{if: "rfm.segment == 'dear' or customer.average_order > base.average_order"}}
contact_policy:
  quiet_hours: {{from: "22:00", to: "08:00"}}
  caps: [{{max: 2, per: 7d}}, {{by: rfm.segment, max: {{dear: 3, else: 1}}, per: 3d, then: drop}}]
  min_gap: {{any: 4h}}
  sunset: {{channel: email, none_of: [click, order], for: 5d, min_sends: 2}}
messages:
  own: {{purpose: promo, topic: cart, personal: [cart_items, viewed_items]}}
  liked: {{purpose: promo, personal: [name, favourite_category, recommended], fallback: bestsellers}}
  tested: {{purpose: content, variants: {{a: {{share: 50%}}, b: {{share: 50%, tone: warm, personal: last_order}}}}}}
chains:
  cart: {{trigger: cart_abandoned, reenter: always, steps: [{{wait: 1h}}, {{send: {{email: own}}}}, {{wait: 1d}},
    {{send: {{best_channel: [email, telegram, sms], message: liked}}}}]}}
campaigns:
  daily: {{every: "day 10:00", send: {{best_channel: [email, web_push], message: tested}}}}
  some: {{every: "Tue 12:00", to: "segment.lookers or segment.soon or segment.dear", send: {{email: liked}}}}
control: {{share: 10%}}
"""
NOW = 12 * DAY + 12 * 3_600


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Block:
    """A world in the middle of its life."""
    told = plan(scenarios=(scenario(tmp_path_factory.mktemp("latent")),), bases=(0,), bucket=43_200)
    world = Block(told, past_of_plan(told))
    world.agenda.run(NOW)
    return world


def scenario(folder: Path) -> Scenario:
    path = folder / "scenario.yaml"
    path.write_text(TEXT.format(population=CONFIGS / "populations" / "online_shop.yaml"))
    return load_scenario(path)


def decisions(block: Block) -> dict[str, Any]:
    """Everything that the arm would decide about everybody at this moment."""
    engine = block.engines[0]
    customer = np.arange(engine.first_customer, engine.first_customer + engine.customers)
    time = np.full(customer.size, NOW)
    rows = Rows(customer, time)
    found: dict[str, Any] = {
        f"segment {name}": engine.reader.in_segment(name, rows) for name in engine.reader.segments.segments
    }
    firsts = [number for number, site in enumerate(engine.program.sites) if site.position == 0]
    for first in firsts:
        site = engine.desk.alternatives.chosen(customer, time, np.full(customer.size, first))
        none = np.zeros(customer.size, np.int64)
        held = np.full(customer.size, NO_TIME)
        requests = Requests(customer, time, site, none, time, held, np.zeros(customer.size, bool))
        decided = engine.gates.decide(requests)
        assert engine.personal is not None
        content, reason = engine.personal.contents(customer, time, site, none)
        for name, column in (
            *((name, getattr(decided, name)) for name in ("verdict", "reason", "rule", "until")),
            *(("site", site), ("content", content), ("blocks", reason)),
        ):
            found[f"site {first} {name}"] = np.array(column)
    return found


def test_latent_and_future_state_change_no_decision(block: Block) -> None:
    before = decisions(block)
    varied = [name for name, column in before.items() if np.unique(column).size > 1]
    assert {"segment lookers", "segment soon", "segment lost", "segment dear"} <= set(varied)
    assert any("verdict" in name for name in varied)
    assert any("content" in name for name in varied)
    pick = np.random.default_rng(3)
    scrambled = 0
    for name, column in block.columns.snapshot().items():
        if not name.startswith("observed.") and column.shape[-1] >= CUSTOMERS:
            column[...] = column[..., pick.permutation(column.shape[-1])]
            scrambled += 1
    assert scrambled > 40, "traits, jobs, carts, fatigue, trust, lifetimes, luck"
    pending = block.agenda.pending()
    later = (pending["time"] > NOW) & (pending["kind"] < FIRST_KIND)
    who, when, key, payload = (pending[name][later] for name in ("customer", "time", "key", "payload"))
    for kind in np.unique(pending["kind"][later]).tolist():  # everybody is to live somebody else's future as well
        mine = pending["kind"][later] == kind
        block.agenda.push(kind, who[mine][::-1].copy(), when[mine], key[mine], payload[mine])
    after = decisions(block)
    assert before.keys() == after.keys()
    for name, column in before.items():
        assert np.array_equal(column, after[name]), f"{name} looks at what a company cannot see"


def test_what_a_company_sees_does_change_them(block: Block) -> None:
    """Otherwise the test above would see nothing."""
    before = decisions(block)
    observed = block.observed
    observed.consent[:] = ~observed.consent
    observed.orders[:] = observed.orders[::-1].copy()
    changed = [name for name, column in decisions(block).items() if not np.array_equal(column, before[name])]
    assert any("verdict" in name for name in changed)
