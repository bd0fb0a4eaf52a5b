"""What follows an order, against closed forms and to the kopeck; bands are four standard errors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, HOUR
from sim.population_file import Population
from strategies.limits import MAX_AMOUNT, MAX_ORDER
from strategies.vocabulary import MONEY_UNIT, SUPPORT_TOPICS
from tests.sim.harness import Scene, shop_with

SIGMAS = 4.0
_ORDER = luck.purpose("tests.after_order")
ORDERS = 4_000
NOBODY_ELSE = {"traits": {"visit_rate": 1e-9, "jobs_per_year": 1e-9}, "lifetime": {"hazard": 0.0}}
CATEGORY, PAID, EARNED = 4, 20_000_000, 7_000_000


def population(parts: tuple[str, ...] | None = None, **changes: dict[str, float]) -> Population:
    """The default shop where nothing happens by itself, with other parts and parameters."""
    shop = dataclasses.replace(shop_with({**NOBODY_ELSE, **changes}), arrivals=None, stores=None)
    return shop if parts is None else dataclasses.replace(shop, after_order=parts)


def shipped(customers: int = ORDERS, parts: tuple[str, ...] | None = None, **changes: dict[str, float]) -> Scene:
    """Everybody has placed one order at noon of the first day; half a year later."""
    scene = Scene(customers=customers, end=180, period=None, population=population(parts, **changes))
    who = np.arange(customers)
    rows = Cohort(who, np.full(customers, DAY // 2), luck.child(who.astype(np.uint64), _ORDER), np.zeros_like(who))
    fulfilment = scene.world.orders.fulfilment
    assert fulfilment is not None
    fulfilment.ship(rows, np.full(customers, CATEGORY), np.full(customers, PAID), np.full(customers, EARNED))
    return scene.run()


def money_of_returns(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(customer, refund, loss) of the one return of each customer who sends something back."""
    refunds, losses = (
        np.concatenate([np.stack(rows) for rows in booked], axis=1) for booked in (scene.hub.refunds, scene.hub.losses)
    )
    refunds, losses = (rows[:, rows[0].argsort()] for rows in (refunds, losses))
    np.testing.assert_array_equal(refunds[:2], losses[:2])
    return refunds[0], refunds[2], losses[2]


def near(share: float, expected: float, n: int) -> bool:
    return abs(share - expected) <= SIGMAS * np.sqrt(expected * (1 - expected) / n)


@pytest.mark.slow
def test_orders_come_late_as_often_as_the_lognormal_says() -> None:
    rows = shipped(delivery={"days": 2.0, "spread": 0.5, "promised": 3.0}).hub.sorted_rows()["delivered_order"]
    late = rows[4] / MONEY_UNIT
    assert near((late > 0).mean(), norm.sf(np.log(3 / 2) / 0.5), ORDERS)
    np.testing.assert_array_equal(late, np.maximum(rows[1] - DAY // 2 - 3 * DAY, 0))


def test_experience_moves_trust_at_the_door() -> None:
    """All go badly or none: trust is T0 − bad, or T0 + good·(1 − T0), at the second of the hand-over."""
    for share, change in ((1.0, -0.15), (0.0, 0.03 * 0.4)):
        scene = shipped(200, ("delivery",), trust={"bad_share": share}, delivery={"late_bad": 0.0})
        _, when, *_ = scene.hub.sorted_rows()["delivered_order"]
        missing = scene.world.trust.missing(np.arange(200), when)
        np.testing.assert_allclose(missing, -change, atol=1e-9)


@pytest.mark.slow
def test_a_late_order_goes_badly_more_often() -> None:
    """Every order is late; P(bad) = bad_share + late_bad."""
    scene = shipped(delivery={"promised": 0.5, "days": 20.0, "spread": 0.1, "late_bad": 0.4})
    last = scene.world.orders.fulfilment.last
    assert near((last >= 64).mean(), 0.03 + 0.4, ORDERS)


@pytest.mark.slow
def test_what_comes_back_takes_its_money_along() -> None:
    """Of the fifth category 14 % come back, four times as often after a bad order; whole returns give all back."""
    scene = shipped(returns={"part": 0.0}, delivery={"late_bad": 0.0}, trust={"bad_share": 0.25})
    customer, refund, loss = money_of_returns(scene)
    assert near(customer.size / ORDERS, 0.14 * (0.75 + 0.25 * 4), ORDERS)
    assert set(refund) == {PAID}
    assert set(loss) == {EARNED + 250 * MONEY_UNIT}


@pytest.mark.slow
def test_a_part_that_comes_back_costs_its_part() -> None:
    scene = shipped(returns={"part": 1.0, "cost": 0.0})
    _, refund, loss = money_of_returns(scene)
    assert ((refund >= 0.2 * PAID - 100) & (refund <= 0.8 * PAID)).all()
    np.testing.assert_allclose(loss / EARNED, refund / PAID, atol=1e-4)


def test_an_order_that_earned_nothing_loses_nothing_by_its_return() -> None:
    """A discount may have eaten more than the margin: taking the order back then gains."""
    scene = Scene(customers=500, end=60, period=None, population=population(returns={"part": 0.0, "cost": 0.0}))
    who = np.arange(500)
    rows = Cohort(who, np.full(500, DAY), luck.child(who.astype(np.uint64), _ORDER), np.zeros_like(who))
    fulfilment = scene.world.orders.fulfilment
    assert fulfilment is not None
    fulfilment.ship(rows, np.full(500, CATEGORY), np.full(500, PAID), np.full(500, -1_230_000))
    _, _, loss = money_of_returns(scene.run())
    assert set(loss) == {-1_230_000}


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.integers(5 * 10**10, 6 * 10**10) | st.integers(MAX_ORDER // 100 - 9, MAX_ORDER // 100))
def test_returned_money_is_exact_up_to_the_largest_order(kopecks: int) -> None:
    """A return gives back what was paid, and takes back what it had earned, a gift dearer than the order included."""
    paid, earned = kopecks * 100, -MAX_AMOUNT
    scene = Scene(customers=100, end=60, period=None, population=population(returns={"part": 0.0, "cost": 1.0}))
    who = np.arange(100)
    rows = Cohort(who, np.full(100, DAY), luck.child(who.astype(np.uint64), _ORDER), np.zeros_like(who))
    fulfilment = scene.world.orders.fulfilment
    assert fulfilment is not None
    fulfilment.ship(rows, np.full(100, CATEGORY), np.full(100, paid), np.full(100, earned))
    _, refund, loss = money_of_returns(scene.run())
    assert set(refund) == {paid}
    assert set(loss) == {earned + MONEY_UNIT}


@pytest.mark.slow
def test_tickets_are_closed_after_their_wait_solved_or_not() -> None:
    scene = shipped(support={"payment": 0.3, "late": 0.0, "bad": 0.0, "returning": 0.0, "hours": 4.0, "spread": 0.5})
    opened, closed = (scene.hub.sorted_rows()[name] for name in ("support_opened", "support_closed"))
    assert near(opened.shape[1] / ORDERS, 0.3, ORDERS)
    assert set(opened[3]) == {SUPPORT_TOPICS.index("payment")}
    np.testing.assert_array_equal(opened[0], closed[0])
    np.testing.assert_array_equal((closed[1] - opened[1]) * MONEY_UNIT, closed[4])
    assert near((closed[3] >= len(SUPPORT_TOPICS)).mean(), 0.12, opened.shape[1])
    assert np.median(closed[4] / MONEY_UNIT) == pytest.approx(
        4 * HOUR, rel=SIGMAS * 1.25 * 0.5 / opened.shape[1] ** 0.5
    )
    assert not scene.world.support.open.any()


def test_a_swift_solution_raises_trust_and_an_unsolved_ticket_lowers_it() -> None:
    """Only tickets move trust here: each waits an hour and a minute, its gain halves every 24 hours."""
    still = {"trust": {"good": 0.0, "bad": 0.0}, "delivery": {"promised": 25.0}}
    support = {"payment": 1.0, "bad": 0.0, "hours": 1.0, "spread": 0.0}
    for unsolved, change in ((0.0, 0.1 * 0.4 * 2 ** (-3_660 / (24 * HOUR))), (1.0, -0.08)):
        scene = shipped(100, ("delivery", "support"), **still, support={**support, "unsolved": unsolved})
        when = scene.hub.sorted_rows()["support_closed"][1]
        np.testing.assert_allclose(scene.world.trust.missing(np.arange(100), when), -change, rtol=1e-6)


def test_what_a_population_does_not_have_costs_no_column_and_no_draw() -> None:
    scene = Scene(customers=10, end=1, period=None, population=population(parts=()))
    names = scene.columns.snapshot()
    assert not [name for name in names if name.startswith(("fulfilment", "support"))]
    assert scene.world.orders.fulfilment is None


def test_promotion_does_not_suit_who_has_an_open_ticket() -> None:
    scene = Scene(customers=10, end=1, period=None)
    who, now, site = np.arange(10), np.zeros(10, np.int64), np.zeros(10, np.int64)
    before = scene.world.response.fit.of(who, now, site).rho
    scene.world.support.open[:] = 1
    np.testing.assert_allclose(scene.world.response.fit.of(who, now, site).rho, before - 0.4)


def test_scores_tell_of_trust_and_of_the_last_order() -> None:
    """All answer, without noise: 8 at T = T0, 8 − 8·¼ at a quarter less, 2.5 less after a bad order."""
    certain = {"nps_answer": 30.0, "nps_spread": 0.0}
    scene = Scene(customers=3, end=10, period=None, population=population(voice=certain))
    scene.world.trust.shift(np.array([1]), np.array([100]), np.array([-0.25]))
    scene.world.orders.fulfilment.last[2] = 64
    key = luck.child(np.arange(3, dtype=np.uint64), _ORDER)
    scene.world.voice.answer_nps(Cohort(np.arange(3), np.full(3, 100), key, np.zeros(3, np.int64)))
    customer, when, _, category, value = scene.hub.sorted_rows()["nps_answered"]
    assert dict(zip(customer.tolist(), (value // MONEY_UNIT).tolist(), strict=True)) == {0: 8, 1: 6, 2: 6}
    assert set(category) == {-1}
    assert (when > 100).all()
