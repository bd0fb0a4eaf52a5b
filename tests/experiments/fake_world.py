"""A world of a few lines, keyed by seed and base: blocks for tests of folders, resuming and commands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from experiments.plan import Block, RunPlan, Settings, arm_names, make_plan
from sim.result import (
    DAILY_COUNTS,
    NO_VALUE,
    OUTCOME_COUNTS,
    OUTCOME_MONEY,
    BlockResult,
    EventRows,
    PlaceTable,
    SiteTable,
)
from strategies.chain_steps import Send
from strategies.chain_triggers import EventTrigger
from strategies.messages import Message
from strategies.scenario import AtStart, Chain, Scenario
from strategies.vocabulary import DAY, EVENT_CODE, HOUR, REASON_CODE

POPULATION = Path(__file__).parents[2] / "configs" / "populations" / "online_shop.yaml"
CHAINS = ("abandoned_cart", "digest")
HORIZON_DAYS = 6
TAIL_DAYS = 4


def scenario(folder: Path, name: str = "Cart rescue", **changes: Any) -> Scenario:
    """A scenario with two chains; its population file stands in ``folder``."""
    population = folder / "shop.yaml"
    if not population.exists():
        population.write_text(POPULATION.read_text())
    values: dict[str, Any] = {
        "name": name,
        "file": str(folder / f"{name}.yaml"),
        "population": str(population),
        "start": dt.date(2026, 2, 2),
        "horizon": HORIZON_DAYS * DAY,
        "tail": TAIL_DAYS * DAY,
        "at_start": AtStart(365 * DAY),
        "messages": (Message("reminder", "promo", topic="cart"),),
        "chains": tuple(
            Chain(chain, EventTrigger(("cart_abandoned",)), (Send(("email",), "reminder", "steps[0]"),))
            for chain in CHAINS
        ),
    }
    return Scenario(**{**values, **changes})


def plan(folder: Path, arms: int = 2, names: tuple[str, ...] | None = None, **settings: Any) -> RunPlan:
    """A plan of ``arms`` scenarios that differ in their name."""
    chosen = names or arm_names([Path(f"arm{number}.yaml") for number in range(arms)], "silent")
    scenarios = [scenario(folder, name) for name in chosen]
    return make_plan(scenarios, chosen, Settings(**{"customers": 50, "replications": 4, **settings}))


def simulate(plan: RunPlan, block: Block, cache: Path) -> BlockResult:
    """Plausible small arrays, a function of seed, base and arm only."""
    arms, n, days = len(plan.arms) + 1, plan.settings.customers, plan.days + plan.tail_days
    worlds = [(arm, base) for arm in range(arms) for base in block.replications]
    luck = [np.random.default_rng((plan.settings.seed, base, arm)) for arm, base in worlds]
    orders = np.concatenate([g.poisson(0.5 + 0.2 * (arms - arm), n) for g, (arm, _) in zip(luck, worlds, strict=True)])
    outcomes: dict[str, Any] = {name: orders.astype(np.int32) for name in OUTCOME_COUNTS}
    outcomes |= {name: orders.astype(np.int64) * 12_345_678 for name in OUTCOME_MONEY}
    outcomes["control"] = np.tile(np.arange(n) % 10 == 0, len(worlds))
    outcomes |= dict.fromkeys(("unsubscribed", "unsubscribed_email", "complained"), orders > 3)
    shape = (len(worlds), 2, days)
    daily = {name: np.full(shape, n // 2, np.int64) for name in DAILY_COUNTS}
    money = np.stack([g.integers(0, 10**9, (2, days)) for g in luck])
    daily |= dict.fromkeys(("contribution", "revenue", "contact_cost", "offer_cost"), money)
    daily["fatigue_micro"] = daily["customers"] * 1_500_000
    w = np.arange(len(worlds), dtype=np.int32)
    return BlockResult(
        arms=arms,
        bases=block.replications,
        customers_per_world=n,
        horizon_days=plan.days,
        tail_days=plan.tail_days,
        sites=SiteTable(
            np.zeros(2, np.int16),
            ("email", "sms"),
            ("abandoned_cart", "spring_sale"),
            ("steps[0]", ""),
            ("reminder", "sale"),
            ("promo", "promo"),
        ),
        places=PlaceTable(
            arm=np.repeat(np.arange(arms - 1, dtype=np.int16), 2),
            chain=np.tile(np.arange(2, dtype=np.int16), arms - 1),
            path=("steps[0]",) * (2 * (arms - 1)),
            count=np.full((2 * (arms - 1), len(block.replications)), 5, np.int64),
        ),
        chain_names=CHAINS,
        rule_names=("2 per day",),
        texts={"category": ("shoes", "lamps")},
        outcomes=outcomes,
        counts={
            "world": w,
            "control": np.zeros(len(w), np.int8),
            "day": np.ones(len(w), np.int32),
            "site": np.zeros(len(w), np.int16),
            "chain": np.full(len(w), -1, np.int16),
            "event": np.full(len(w), EVENT_CODE["sent"], np.uint8),
            "reason": np.zeros(len(w), np.uint8),
            "count": np.full(len(w), 7, np.int64),
            "value": np.zeros(len(w), np.int64),
        },
        daily=daily,
        inbox=np.full((len(worlds), days), 0.9),
        customers={"zone_hours": np.full(len(block.replications) * n, 3, np.int8)},
        customers_latent={"patience": np.ones(len(block.replications) * n)},
        events=() if plan.log == "none" else (story(w),),
        shared_path={"reputation": np.ones((days, len(worlds)))},
        rows_handled=5 * len(worlds),
    )


STORY: tuple[tuple[int, str, int, int, int, int, str, int, int, int], ...] = (
    # time, event, contact, run, site, chain, reason, rule, displaced_by, value
    (9 * HOUR, "cart_abandoned", 0, 0, -1, -1, "", -1, -1, 2_990 * 10_000),
    (9 * HOUR, "chain_entered", 0, 77, -1, 0, "", -1, -1, -1),
    (10 * HOUR, "held", 501, 77, 0, 0, "cap", 0, 1, -1),
    (29 * HOUR, "sent", 501, 77, 0, 0, "", -1, -1, -1),
    (29 * HOUR + 60, "delivered", 501, 77, 0, 0, "", -1, -1, -1),
    (29 * HOUR + 120, "sent", 502, 0, 1, -1, "", -1, -1, -1),
    (30 * HOUR, "order", 0, 0, -1, -1, "", -1, -1, 3_500 * 10_000),
    (30 * HOUR, "chain_exited", 0, 77, -1, 0, "exit_event", -1, -1, -1),
)


def story(worlds: np.ndarray[Any, np.dtype[np.int32]]) -> EventRows:
    """The same story of customer 1 in every world."""
    k = len(STORY)
    time, event, contact, run, site, chain, reason, rule, displaced_by, value = zip(*STORY, strict=True)
    tile = len(worlds)

    def column(values: Any, dtype: Any) -> Any:
        return np.tile(np.array(values, dtype=dtype), tile)

    return EventRows(
        world=np.repeat(worlds, k),
        customer=np.ones(k * tile, np.int32),
        time=column(time, np.int64),
        event=column([EVENT_CODE[name] for name in event], np.uint8),
        contact=column(contact, np.int64),
        run=column(run, np.int64),
        site=column(site, np.int16),
        chain=column(chain, np.int16),
        reason=column([REASON_CODE[name] for name in reason], np.uint8),
        rule=column(rule, np.int16),
        displaced_by=column(displaced_by, np.int16),
        category=column([0 if name in ("cart_abandoned", "order") else -1 for name in event], np.int8),
        value=column([NO_VALUE if v == -1 else v for v in value], np.int64),
    )
