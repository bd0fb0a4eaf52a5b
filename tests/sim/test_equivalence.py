"""Decisions and actions are the same when strategies are driven by the simulator and when its recorded events are fed
back.

Without the world: engines see only observed events, so a record of them is enough.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim.recorder import Recorder
from sim.simulation import Block, past_of_plan
from strategies.conditions import Column
from strategies.data_quality import DataFaults
from strategies.engine import Engine
from strategies.language import load_scenario
from strategies.recorded import Record, RecordedWorld, decide_again
from strategies.scenario import Scenario
from strategies.vocabulary import ACTIONS, DAY, EVENT_CODE, REASON_CODE
from tests.sim.blocks import CONFIGS, plan, scenario

COLUMNS = ("customer", "time", "event", "contact", "run", "site", "chain", "reason", "rule", "displaced_by", "category")
DECISIONS = [EVENT_CODE[name] for name in ("held", "dropped", "sent", "chain_entered", "chain_exited", "goal_reached")]
ACTS = [EVENT_CODE[name] for name in ("action_taken", "task_created", "task_closed")]
UNSUBSCRIBED, BY_COMPANY = EVENT_CODE["unsubscribed"], REASON_CODE["by_company"]

ACTING = """
scenario: Actions of all kinds
population: {population}
horizon: 14d
start: 2026-02-02
at_start: {{history: 40d}}
channels: {{email: {{}}, web_push: {{}}, sms: {{}}}}
loyalty: {{points: {{earn: 2%}}}}
fields: {{visits: 0, stage: {{one_of: [new, met], default: new}}}}
segments: {{listed: {{static: true}}}}
offers: {{small: {{amount: 100, valid: 9d}}}}
teams: {{care: {{people: 1, minutes_per_task: 20, cost: 60}}}}
messages: {{hello: {{purpose: promo, offer: small}}, advice: {{purpose: content, topic: advice}}}}
chains:
  keeper:
    trigger: site_visited
    reenter: {{after: 2d}}
    holdout: 20%
    steps:
      - set: {{visits: 1, stage: met}}
      - add_to: listed
      - give: {{points: 20}}
      - give: {{coupon: small}}
      - send: {{email: hello}}
      - start: helper
      - pause: {{chain: talker, for: 9h}}
      - wait: 2d
      - remove_from: listed
      - webhook: {{name: crm, with: [field.visits, orders]}}
      - stop: talker
  helper: {{trigger: started, reenter: always, steps: [{{task: {{to: care, do: call, about: advice, within: 2d}}}}]}}
  talker:
    trigger: product_viewed
    reenter: always
    steps: [{{wait: 5h}}, {{send: {{web_push: advice}}}}, {{wait: 3d}}]
  left: {{trigger: {{segment_left: listed}}, steps: [{{unsubscribe: sms}}, {{unsubscribe: {{topic: advice}}}}]}}
control: {{share: 20%, exempt: [transactional]}}
"""


@dataclass(frozen=True)
class Acted:
    """A run of :data:`ACTING`: the scenario, the record, what was decided and done, what the actions left behind."""

    scenario: Scenario
    record: Record
    told: pl.DataFrame
    left: list[Any]


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Acted:
    """Chains that do all that chains can do beside sending."""
    path = tmp_path_factory.mktemp("acting") / "acting.yaml"
    path.write_text(ACTING.format(population=CONFIGS / "populations" / "online_shop.yaml"))
    acting = dataclasses.replace(load_scenario(path), tail=0)
    return Acted(acting, *recorded_with_deeds(acting, customers=60))


def recorded(*scenarios: Scenario, customers: int) -> tuple[Record, pl.DataFrame]:
    """A run of the scenarios: what the strategies were told, and what they decided and did."""
    record, told, _ = recorded_with_deeds(*scenarios, customers=customers)
    return record, told


def recorded_with_deeds(*scenarios: Scenario, customers: int) -> tuple[Record, pl.DataFrame, list[Any]]:
    """The same, with what the actions left behind."""
    asked = plan(scenarios=scenarios, customers=customers, bases=(0,), silent=False, record=True)
    block = Block(asked, past_of_plan(asked))
    block.run()
    return block.record(), decisions(block.recorder), [deeds(engine) for engine in block.engines]


def known(field: Column) -> Any:
    """Where a field of a webhook has a value."""
    return True if field.known is None else field.known


def deeds(engine: Engine) -> dict[str, Any]:
    """What the actions of an engine left behind: its cards, its static segments and the webhook calls."""
    calls = [
        (call.step.name, call.chain, *(repr(column[i]) for column in (call.customer, call.time, call.run, *values)))
        for call in engine.actions.calls
        for values in [[np.where(known(field), field.values, -1) for field in call.values]]
        for i in range(call.customer.size)
    ]
    card = engine.card
    kept = {name: values.tolist() for name, values in [*card.values.items(), *card.members.items()]}
    return {**kept, "calls": sorted(calls)}


def decisions(recorder: Recorder) -> pl.DataFrame:
    """Decisions and actions of a log: when, about whom, what, why, by which rule."""
    frame = pl.concat([pl.DataFrame(dataclasses.asdict(part)) for part in recorder.log.parts])
    size = recorder.observed.columns.customers
    frame = frame.with_columns(customer=pl.col("world").cast(pl.Int64) * size + pl.col("customer"))
    given_up = (pl.col("event") == UNSUBSCRIBED) & (pl.col("reason") == BY_COMPANY)
    mine = pl.col("event").is_in([*DECISIONS, *ACTS]) | given_up
    return frame.filter(mine).select(COLUMNS).cast(pl.Int64).sort(pl.all())


class Kept:
    """A sink that keeps decisions and actions as the log would tell them."""

    def __init__(self) -> None:
        self.parts: list[pl.DataFrame] = []

    def log_observed(self, *args: object) -> None:
        """Not a decision."""

    def contact_cost(self, *args: object) -> None:
        """Not a decision."""

    def keeps_refusals(self, customer: Any) -> Any:
        """Nobody's."""
        return np.empty(0, np.int64)

    def log_refusal(self, *args: object) -> None:
        """Not a decision."""

    def log_run(self, event: int, customer: Any, time: Any, run_key: Any, chain: Any, reason: Any) -> None:
        """A chain run."""
        self._keep(event=event, customer=customer, time=time, run=run_key, chain=chain, reason=reason)

    def log_contact(
        self,
        event: int,
        customer: Any,
        time: Any,
        contact_key: Any,
        run_key: Any,
        site: Any,
        reason: Any,
        rule: Any = -1,
        displaced_by: Any = -1,
    ) -> None:
        """A contact."""
        run = 0 if run_key is None else run_key
        more = {"reason": reason, "rule": rule, "displaced_by": displaced_by}
        self._keep(event=event, customer=customer, time=time, contact=contact_key, run=run, site=site, **more)

    def log_action(self, event: int, customer: Any, time: Any, run_key: Any, chain: Any, reason: Any, act: int) -> None:
        """What a chain did beside sending, and consent that it gave up."""
        self._keep(event=event, customer=customer, time=time, run=run_key, chain=chain, reason=reason, category=act)

    def _keep(self, **told: Any) -> None:
        if told["event"] not in (*DECISIONS, *ACTS) and "category" not in told:
            return  # what the world reports of contacts
        row = dict.fromkeys(("site", "chain", "rule", "displaced_by", "category"), -1)
        row |= {"contact": 0, "run": 0, "reason": 0, **told}
        row |= {name: np.asarray(row[name], np.uint64) >> np.uint64(1) for name in ("contact", "run")}
        n = told["customer"].size
        self.parts.append(pl.DataFrame({c: np.broadcast_to(row[c], n).astype(np.int64) for c in COLUMNS}))

    def frame(self, end: int) -> pl.DataFrame:
        """All decisions before the end, at which the log closes."""
        return pl.concat(self.parts).filter(pl.col("time") < end).sort(pl.all())


def again(record: Record, *scenarios: Scenario, **changes: Any) -> tuple[RecordedWorld, pl.DataFrame]:
    """The decisions of engines that only see the record."""
    sink = Kept()
    world = decide_again(record, scenarios, sink, **changes)
    return world, sink.frame(record.end)


@pytest.mark.slow
def test_recorded_events_bring_the_same_decisions() -> None:
    scenarios = [scenario(name, days=30, tail=0) for name in ("cart_rescue", "loud_discounts")]
    record, told = recorded(*scenarios, customers=300)
    counts = dict(told["event"].value_counts().iter_rows())
    assert min(counts[event] for event in DECISIONS) > 10, "the test needs decisions of every kind"
    world, decided = again(record, *scenarios)
    assert world.unanswered == 0
    assert decided.equals(told)


@pytest.mark.slow
def test_a_whole_programme_decides_the_same_again() -> None:
    """More than forty chains with actions, tasks, points, segments, registrations and all kinds of triggers."""
    programme = scenario("full_programme", days=40, tail=0)
    record, told = recorded(programme, customers=250)
    world, decided = again(record, programme)
    assert world.unanswered == 0
    assert decided.equals(told)
    assert told.height > 4_000


@pytest.mark.slow
def test_actions_are_the_same_again_whatever_the_bucket_of_the_second_run(acted: Acted) -> None:
    """What was set, added, taken away, given, handed on, started, paused, stopped, given up; and what that left."""
    taken = acted.told.filter(pl.col("event") == EVENT_CODE["action_taken"])
    assert {ACTIONS[code] for code in taken["category"]} == set(ACTIONS), "the test needs actions of every kind"
    assert {0, REASON_CODE["holdout"], REASON_CODE["control"], REASON_CODE["no_effect"]} <= set(taken["reason"])
    assert {*ACTS, UNSUBSCRIBED} <= set(acted.told["event"])
    assert acted.left[0]["calls"]
    world, decided = again(acted.record, acted.scenario, bucket=3_600)
    assert decided.equals(acted.told)
    assert [deeds(engine) for engine in world.hub.engines[1:]] == acted.left


@pytest.mark.slow
@pytest.mark.parametrize("step", [0, 1])
def test_one_action_less_is_told_apart(acted: Acted, step: int) -> None:
    """The comparison of actions can fail: without `set`, or without `add_to`."""
    first = acted.scenario.chains[0]
    fewer = dataclasses.replace(first, steps=first.steps[:step] + first.steps[step + 1 :])
    changed = dataclasses.replace(acted.scenario, chains=(fewer, *acted.scenario.chains[1:]))
    world, decided = again(acted.record, changed)
    assert not decided.equals(acted.told)
    assert [deeds(engine) for engine in world.hub.engines[1:]] != acted.left


@pytest.mark.slow
def test_another_strategy_decides_otherwise_and_some_contacts_have_no_answer() -> None:
    one = scenario("cart_rescue", days=20, tail=0)
    record, told = recorded(one, customers=150)
    world, decided = again(record, scenario("loud_discounts", days=20, tail=0))
    assert world.unanswered > 0
    assert not decided.equals(told)


def test_latent_state_is_not_in_the_record() -> None:
    record, _ = recorded(scenario("cart_rescue", days=2, tail=0), customers=20)
    assert record.observed
    assert all(name.startswith("observed.") for name in record.observed)


def test_a_run_that_was_not_recorded_has_no_record() -> None:
    asked = plan(scenarios=(scenario("cart_rescue", days=2, tail=0),), customers=20, bases=(0,))
    with pytest.raises(ValueError, match="did not ask for a record"):
        Block(asked, past_of_plan(asked)).record()


@pytest.mark.slow
def test_faulty_data_are_a_matter_of_the_strategies() -> None:
    """The record is the true life; the same faults befall it again."""
    clean = scenario("cart_rescue", days=20, tail=0)
    faults = DataFaults(
        lost=(("cart_abandoned", 0.3), ("click", 0.5)),
        late=(("order", 0.5, 2 * DAY),),
        doubled=(("cart_abandoned", 0.3),),
        two_ids=(0.5, 0.5),
    )
    faulty = dataclasses.replace(clean, data_faults=faults)
    record, told = recorded(faulty, customers=150)
    assert again(record, faulty)[1].equals(told)
    assert not again(record, clean)[1].equals(told)
