"""Decisions are the same when strategies are driven by the simulator and when its recorded events are fed back.

Without the world: engines see only observed events, so a record of them is enough.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim.recorder import Recorder
from sim.simulation import Block, past_of_plan
from strategies.data_quality import DataFaults
from strategies.recorded import Record, RecordedWorld, decide_again
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import plan, scenario

COLUMNS = ("customer", "time", "event", "contact", "run", "site", "chain", "reason", "rule", "displaced_by")
DECISIONS = [EVENT_CODE[name] for name in ("held", "dropped", "sent", "chain_entered", "chain_exited", "goal_reached")]


def recorded(*scenarios: Scenario, customers: int) -> tuple[Record, pl.DataFrame]:
    """A run of the scenarios: what the strategies were told, and what they decided."""
    asked = plan(scenarios=scenarios, customers=customers, bases=(0,), silent=False, record=True)
    block = Block(asked, past_of_plan(asked))
    block.run()
    return block.record(), decisions(block.recorder)


def decisions(recorder: Recorder) -> pl.DataFrame:
    """Decisions of a log: when, about whom, what, why, by which rule."""
    frame = pl.concat([pl.DataFrame(dataclasses.asdict(part)) for part in recorder.log.parts])
    size = recorder.observed.columns.customers
    frame = frame.with_columns(customer=pl.col("world").cast(pl.Int64) * size + pl.col("customer"))
    return frame.filter(pl.col("event").is_in(DECISIONS)).select(COLUMNS).cast(pl.Int64).sort(pl.all())


class Kept:
    """A sink that keeps decisions as the log would tell them."""

    def __init__(self) -> None:
        self.parts: list[pl.DataFrame] = []

    def log_observed(self, *args: object) -> None:
        """Not a decision."""

    def log_action(self, *args: object) -> None:
        """Not told apart here."""

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

    def _keep(self, **told: Any) -> None:
        if told["event"] not in DECISIONS:
            return
        row = {"contact": 0, "run": 0, "site": -1, "chain": -1, "reason": 0, "rule": -1, "displaced_by": -1, **told}
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


def test_buckets_of_the_second_run_do_not_matter() -> None:
    one = scenario("cart_rescue", days=20, tail=0)
    record, told = recorded(one, customers=150)
    assert again(record, one, bucket=3_600)[1].equals(told)


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
