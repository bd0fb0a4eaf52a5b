"""Results depend on nothing but keys: not on buckets, stacking, row order or who else is there."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.calendar import DAY, HOUR
from sim.messages import ANY_JOB, BOUGHT_ITEM, WANTED_ITEM, MessageRow
from sim.population_sections import Arrivals, ArrivalSource, Onboarding, Stores
from strategies.vocabulary import ADDRESSED_CHANNELS, ASKS, PURPOSE_CODE
from tests.sim.harness import DIGEST, ListeningHub, Scene, shop, shop_with

pytestmark = pytest.mark.slow

PROMO, SERVICE = PURPOSE_CODE["promo"], PURPOSE_CODE["service"]
VARIED = [
    DIGEST,
    MessageRow(
        0, PROMO, speaks_to_job=1, stage=3, removes=0, tone=1, topic=1, offer=0, offer_percent=0.1, offer_valid=5 * DAY
    ),
    MessageRow(3, PROMO, speaks_to_job=ANY_JOB, own_item=WANTED_ITEM, blocks=6, topic=2),
    MessageRow(
        1,
        PROMO,
        own_item=BOUGHT_ITEM,
        blocks=1,
        topic=3,
        offer=1,
        offer_value=3_000_000,
        offer_cost=1_200_000,
        offer_valid=3 * DAY,
    ),
    MessageRow(4, PROMO, removes=2, topic=1, offer=2, offer_cut=2_000_000, offer_valid=DAY),
    MessageRow(0, SERVICE, asks=ASKS.index("nps")),
    MessageRow(0, SERVICE, asks=ASKS.index("review")),
    MessageRow(0, SERVICE, asks=ASKS.index("survey")),
    MessageRow(0, SERVICE, asks=ASKS.index("referral")),
    MessageRow(0, SERVICE, asks=ASKS.index("confirmation")),
    MessageRow(0, SERVICE, asks=ASKS.index("preferences")),
    MessageRow(0, PROMO, call=True, speaks_to_job=ANY_JOB, removes=1, topic=4, offer=3, offer_cut=1_000_000),
]
"""Every branch of fit, offers and channels."""

LIVELY = {
    "assortment": {"stock_outs": 60.0, "out_days": 2.0, "price_drops": 60.0, "sale_days": 2.0},
    "supplies": {"plan_days": 6.0, "plan_notice": 2.0},
    "traits": {"visit_rate": 0.5, "jobs_per_year": 40.0},
    "exits": {"leaving": [-3.0, -1.0, *[-3.0] * (len(ADDRESSED_CHANNELS) - 2)], "complaint": -4.0},
    "answers": {"survey": 1.0, "referral": -2.0, "referral_asked": -1.0, "friends": 2.0},
    "subscription": {"confirm_asked": 1.0},
    "preferences": {"asked": 0.8},
    "lifetime": {"hazard": 0.004},
    "addresses": {"lasts": 20.0, "trap": 0.3, "invalid": 0.05},
}
"""So much of everything that sixty days show it all."""

LIVELY_SECTIONS = {
    "assortment": 2,
    "jobs": tuple(dataclasses.replace(job, lasts=3.0, plan=0.4) for job in shop().jobs),
    "arrivals": Arrivals(3.0, 0.25, {"ads": ArrivalSource(0.5, 0.8), "referral": ArrivalSource(0.5, 1.2)}),
    "app": 0.5,
    "forms": 0.05,
    "onboarding": Onboarding(3, 0.6),
    "stores": Stores(0.8, 0.7, 0.5),
    "subscriptions": {"email": 0.05, "telegram": 0.02},
}
"""So much of everything that thirty days show it all."""

REACTS = frozenset(
    {"product_viewed", "view_abandoned", "checkout_started", "nps_answered", "reviewed", "form_abandoned"}
)
OFFERING = {"confirming": frozenset({0}), "frequencies": 0b110, "topic": 1}
"""Double opt-in for e-mail, and a preference centre."""


SIZE = 200


def listening(reacts: frozenset[str] = frozenset()) -> ListeningHub:
    return ListeningHub(reacts, **OFFERING)


def scene(**changes: object) -> Scene:
    population = shop_with(LIVELY, **LIVELY_SECTIONS)
    settings = {
        "hub": listening(),
        "customers": SIZE,
        "end": 30,
        "period": 2,
        "messages": VARIED,
        "population": population,
        **changes,
    }
    return Scene(**settings)


@cache
def reacting() -> Scene:
    """The scene as several tests look at it, with a row for every event that a chain could react to."""
    return scene(hub=listening(REACTS)).run()


@cache
def quiet() -> Scene:
    """The scene in which no chain reacts to events, as several tests look at it."""
    return scene().run()


def same(one: ListeningHub, other: ListeningHub) -> None:
    rows, others = one.sorted_rows(), other.sorted_rows()
    assert rows.keys() == others.keys()
    for event in rows:
        np.testing.assert_array_equal(rows[event], others[event], event)


def state(scene: Scene) -> dict[str, np.ndarray]:
    return scene.columns.snapshot()


def test_everything_occurs_in_the_lively_scene() -> None:
    """Without this, the comparisons below could compare nothing."""
    counts = reacting().hub.counts
    expected = {
        "site_visited", "searched", "product_viewed", "view_abandoned", "search_abandoned", "favourite_added",
        "cart_added", "cart_emptied", "cart_abandoned", "checkout_started", "checkout_abandoned", "order",
        "delivered", "bounced", "opened", "opened proxy", "click", "unsubscribed", "complained", "blocked",
        "push_disabled", "sent", "call_answered",
        "delivered_order", "returned", "reviewed", "support_opened", "support_closed", "nps_answered",
        "introduced", "registered", "registration_abandoned", "form_abandoned", "subscribed", "subscription_confirmed",
        "onboarding_step", "app_opened", "store_visited", "survey_answered", "referred", "preferences_changed",
        "coupon_redeemed", "replenishment_due", "subscription_ending",
        "stock_back", "price_dropped",
    }  # fmt: skip
    assert set(counts) == expected


@pytest.mark.parametrize("bucket", [300, HOUR, 6 * HOUR])
def test_the_bucket_is_only_batching(bucket: int) -> None:
    days = 5 if bucket == 300 else 30
    one = scene(end=days, hub=listening(REACTS)).run() if bucket == 300 else reacting()
    other = scene(end=days, hub=listening(REACTS), bucket=bucket).run()
    same(one.hub, other.hub)
    for name, values in state(one).items():
        np.testing.assert_array_equal(values, state(other)[name], name)


def test_stacked_worlds_equal_separate_ones() -> None:
    stacked = scene(worlds=3, seeds=[7, 8, 9]).run()
    for world, seed in enumerate([7, 8, 9]):
        alone = scene(seeds=[seed]).run()
        for name, values in state(alone).items():
            whole = state(stacked)[name]
            part = whole[[world]] if name.startswith("world:") else whole[..., world * SIZE : (world + 1) * SIZE]
            np.testing.assert_array_equal(values, part, f"{name} of world {world}")


def test_the_order_of_rows_in_a_cohort_does_not_matter() -> None:
    same(reacting().hub, scene(hub=listening(REACTS), shuffle=3).run().hub)


def test_more_customers_change_nothing_for_the_others_but_through_reputation() -> None:
    """With reputation and recommendations switched off, the first customers live the same life in a larger world."""
    still = {**LIVELY, "reputation": {"complaints": 0.0, "unread": 0.0, "bounces": 0.0, "traps": 0.0}}
    still["answers"] = {**LIVELY["answers"], "friends": 0.0}
    few = scene(customers=SIZE - 20, population=shop_with(still, **LIVELY_SECTIONS)).run()
    many = scene(customers=SIZE, population=shop_with(still, **LIVELY_SECTIONS)).run()
    rows = {event: block[:, block[0] < SIZE - 20] for event, block in many.hub.sorted_rows().items()}
    for event, block in few.hub.sorted_rows().items():
        np.testing.assert_array_equal(block, rows[event], event)


def test_with_the_shared_path_replayed_one_more_customer_changes_nothing_for_the_others() -> None:
    """Reputation and recommendations at work, as recorded: nobody else is touched."""
    few = quiet()
    assert few.world.life.arrivals.ahead.max() > 0, "nobody was brought forward"
    many = scene(customers=SIZE + 1, replay=few.shared.path()).run()
    rows = {event: block[:, block[0] < SIZE] for event, block in many.hub.sorted_rows().items()}
    for event, block in few.hub.sorted_rows().items():
        np.testing.assert_array_equal(block, rows[event], event)


def test_a_reaction_to_an_event_changes_reporting_only() -> None:
    """Rows that exist for the sake of chains move nobody."""
    reported = reacting().hub.sorted_rows()
    for event, block in quiet().hub.sorted_rows().items():
        others = reported[event]
        block = block[:, block[1] < 30 * DAY]  # the log may hear of what lies behind the end, the agenda does not
        np.testing.assert_array_equal(block[[0, 1, 3]], others[[0, 1, 3]], event)


def test_no_draw_shares_its_luck_with_another() -> None:
    with luck.audit():
        scene().run()


@cache
def past() -> dict[str, np.ndarray]:
    """Two bases at day 20."""
    columns = scene(worlds=2, seeds=[7, 8], end=20).run().columns
    return {name: values.copy() for name, values in columns.snapshot().items()}


def test_forks_of_stacked_and_of_single_worlds_live_alike() -> None:
    stacked = scene(worlds=3, begin=20, end=35, past=past(), source=[1, 0, 1]).run()
    alone = scene(begin=20, end=35, past=past(), source=[1]).run()
    for name, values in state(alone).items():
        whole = state(stacked)[name]
        for world in (0, 2):
            part = whole[[world]] if name.startswith("world:") else whole[..., world * SIZE : (world + 1) * SIZE]
            np.testing.assert_array_equal(values, part, f"{name} of world {world}")


def test_a_fork_redraws_what_happens_but_not_who_the_customers_are() -> None:
    one = scene(begin=20, end=35, past=past(), source=[0], luck_index=1).run()
    other = scene(begin=20, end=35, past=past(), source=[0], luck_index=2).run()
    assert one.hub.counts != other.hub.counts
    for name in ("population.visit_rate", "population.affinity", "population.zone_hours", "population.base_key"):
        np.testing.assert_array_equal(state(one)[name], state(other)[name])


def test_a_fork_reuses_no_luck() -> None:
    with luck.audit():
        scene(begin=20, end=35, past=past(), source=[0]).run()
