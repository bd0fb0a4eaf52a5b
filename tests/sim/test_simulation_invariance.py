"""The whole model: batching, stacking and what is unrelated change nothing (DESIGN laws 1 to 6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from sim.kernel import luck
from sim.result import BlockResult
from sim.simulation import Block, past_of_plan
from strategies.chain_steps import Send, Wait
from strategies.chain_triggers import EventTrigger
from strategies.conditions import Compare, Field, Literal_
from strategies.messages import Message
from strategies.scenario import Chain, Scenario
from strategies.vocabulary import DAY, EVENT_CODE
from tests.sim.blocks import CUSTOMERS, assert_same, log, outcomes, plan, scenario, simulate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def usual() -> BlockResult:
    return simulate()


@pytest.mark.parametrize("bucket", [300, 3_600, 21_600, DAY])
def test_the_bucket_only_batches(usual: BlockResult, bucket: int) -> None:
    assert_same(usual, simulate(bucket=bucket))


def test_permuted_cohorts_change_nothing(usual: BlockResult) -> None:
    assert_same(usual, simulate(shuffle=11))


def test_stacked_and_separate_bases_are_the_same(usual: BlockResult) -> None:
    separate = [simulate(bases=(base,)) for base in (0, 1)]
    assert log(usual).equals(pl.concat([log(part) for part in separate]).sort(pl.all()))
    together = pl.concat([outcomes(part) for part in separate])
    assert outcomes(usual).equals(together.sort("arm", "base", "customer").select(outcomes(usual).columns))


@pytest.mark.parametrize(("arm", "chain"), [(0, "abandoned_cart"), (1, "cart_now")])
def test_an_occurrence_of_a_trigger_ends_in_an_entry_or_a_refusal(usual: BlockResult, arm: int, chain: str) -> None:
    """Each customer left as many carts as the chain that a cart starts entered and refused him."""
    code, worlds = usual.chain_names.index(chain), (2 * arm, 2 * arm + 1)
    who = ("world", "customer")
    events = pl.concat([pl.DataFrame(dataclasses.asdict(part)) for part in usual.events]).filter(
        pl.col("world").is_in(worlds) & (pl.col("time") < usual.horizon_days * DAY)
    )
    event = pl.col("event")
    ends = [
        events.filter((event == EVENT_CODE["chain_entered"]) & (pl.col("chain") == code)).select(*who, n=1),
        pl.DataFrame(usual.refusals).filter(pl.col("chain") == code).select(*who, n="count"),
    ]
    came = events.filter(event == EVENT_CODE["cart_abandoned"]).group_by(who).len("n").cast(pl.Int64)
    ended = pl.concat([part.cast(pl.Int64) for part in ends]).group_by(who).agg(pl.col("n").sum())
    assert came.height > 20
    assert ended.sort(who).equals(came.sort(who))


def test_arms_beside_others_or_alone_are_the_same(usual: BlockResult) -> None:
    alone = outcomes(simulate(scenarios=(scenario("loud_discounts"),))).filter(pl.col("arm") == 0)
    beside = outcomes(usual).filter(pl.col("arm") == 1)
    assert alone.drop("arm").equals(beside.drop("arm"))


@pytest.mark.parametrize("name", ["cart_rescue", "loud_discounts"])
def test_no_key_is_used_twice(name: str) -> None:
    """Arms share luck by design, so one world is audited: its past, and one arm with the tail."""
    alone = plan(scenarios=(scenario(name),), bases=(0,), silent=False)
    with luck.audit():
        past = past_of_plan(alone)
    with luck.audit():
        Block(alone, past).run()


def test_one_more_customer_changes_nobody(usual: BlockResult) -> None:
    more = simulate(customers=CUSTOMERS + 1, replay=usual.shared_path)
    assert log(more).filter(pl.col("customer") < CUSTOMERS).equals(log(usual))
    assert outcomes(more).filter(pl.col("customer") < CUSTOMERS).equals(outcomes(usual))


def test_without_the_replayed_path_one_more_customer_does_change_others(usual: BlockResult) -> None:
    """The shared state matters: the test above would see it."""
    more = simulate(customers=CUSTOMERS + 1)
    assert (more.inbox != usual.inbox).any()


def test_an_unrelated_chain_changes_only_those_who_enter_it(usual: BlockResult) -> None:
    more = simulate(
        scenarios=(with_unrelated_chain(scenario("cart_rescue")), scenario("loud_discounts")), replay=usual.shared_path
    )
    number = more.chain_names.index("unrelated")
    rows = log(more)
    mine = rows.filter((pl.col("chain") == number) & (pl.col("arm") == 0)).select("base", "customer").unique()
    assert 10 < mine.height < CUSTOMERS
    theirs = ["arm", "base", "customer", "time", "event", "contact", "run", "reason", "category", "value"]
    kept = rows.join(mine.with_columns(arm=pl.lit(0, rows.schema["arm"])), on=["arm", "base", "customer"], how="anti")
    before = log(usual).join(
        mine.with_columns(arm=pl.lit(0, rows.schema["arm"])), on=["arm", "base", "customer"], how="anti"
    )
    assert kept.select(theirs).sort(theirs).equals(before.select(theirs).sort(theirs))


def with_unrelated_chain(old: Scenario) -> Scenario:
    """A chain with a trigger of its own, for customers with an order behind them."""
    message = Message("unrelated_mail", "promo", topic="unrelated")
    some = Compare(">=", Field("orders", "number"), Literal_(1.0))
    steps = (Wait(3_600), Send(("email",), message.name, "steps[1].send"))
    chain = Chain("unrelated", EventTrigger(("product_viewed",)), steps, enter=some, reenter=None, priority=10)
    return dataclasses.replace(old, messages=(*old.messages, message), chains=(*old.chains, chain))


def test_names_do_not_matter(usual: BlockResult) -> None:
    renamed = simulate(scenarios=tuple(rename(scenario(name)) for name in ("cart_rescue", "loud_discounts")))
    assert any(name.startswith("renamed_") for name in renamed.chain_names)
    assert_same(usual, renamed)


def rename(old: Scenario) -> Scenario:
    """Every chain, campaign, message and topic gets another name."""

    def new(name: str) -> str:
        return f"renamed_{name}" if name else ""

    def walk(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(walk(item) for item in part)
        if not dataclasses.is_dataclass(part) or isinstance(part, type):
            return part
        changes = {f.name: walk(getattr(part, f.name)) for f in dataclasses.fields(part)}
        if isinstance(part, Send) or type(part).__name__ == "Asked":
            changes["message"] = new(part.message)
        if type(part).__name__ in ("Chain", "Campaign", "Message"):
            changes["name"] = new(part.name)
        if isinstance(part, Chain):  # whoever renames a chain states the old name of its holdout
            changes["holdout_name"] = part.holdout_name or part.name
        if isinstance(part, Message):
            changes["topic"] = new(part.topic)
        if type(part).__name__ == "Scope":
            changes["chains"] = tuple(new(name) for name in part.chains)
            changes["topics"] = tuple(new(name) for name in part.topics)
        return dataclasses.replace(part, **changes)

    parts: dict[str, Callable[[Scenario], Any]] = {
        name: lambda s, name=name: walk(getattr(s, name)) for name in ("chains", "campaigns", "messages", "policy")
    }
    return dataclasses.replace(old, **{name: part(old) for name, part in parts.items()})
