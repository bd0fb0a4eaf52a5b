"""Offers and coupons: one promise is kept once; points pay for a part of an order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY
from sim.messages import MessageRow, MessageTable
from strategies.limits import MAX_AMOUNT
from strategies.scenario import Offer
from strategies.vocabulary import MONEY_UNIT
from tests.sim.harness import ListeningHub, Scene, shop_with

_KEY = luck.purpose("tests.offers.order")
CODE = 3
TENTH = MessageTable.of([MessageRow(0, 2, offer=CODE, offer_percent=0.1, offer_valid=5 * DAY)])
TOLD = MessageTable.of([MessageRow(0, 2, offer=CODE, coupon=True, offer_percent=0.1, offer_valid=5 * DAY)])
COUPON = Offer("gift", "gift", value_to_customer=300 * MONEY_UNIT, cost=120 * MONEY_UNIT, valid=3 * DAY)
PRICE = 1_000 * MONEY_UNIT
AMOUNT = st.integers(2**31 - 2, 2**31 + 2) | st.integers(MAX_AMOUNT - 2, MAX_AMOUNT) | st.integers(0, MAX_AMOUNT)


def scene(keeps_points: bool = False, **changes: dict[str, float]) -> Scene:
    hub = ListeningHub(keeps_points=keeps_points, gives_coupons=True)
    return Scene(customers=50, end=1, period=None, population=shop_with(changes), hub=hub)


def ones(time: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everybody at ``time``; the message at site 0."""
    return np.arange(50), np.full(50, time), np.zeros(50, np.int64)


def costs(scene: Scene, time: int) -> list[int]:
    """Offer cost in money, as seen at an order of everybody."""
    who, now, _ = ones(time)
    key = luck.child(who.astype(np.uint64), _KEY, time)
    _, cost = scene.world.offers.redeem(who, now, key, np.full(50, PRICE))
    return sorted(set((cost // MONEY_UNIT).tolist()))


def test_one_promise_repeated_in_three_messages_is_kept_once() -> None:
    world = scene()
    for hour in (0, 1, 2):
        world.world.offers.see(*ones(hour * 3_600), TENTH)
    assert costs(world, DAY) == [100]
    world.world.offers.see(*ones(2 * DAY), TENTH)
    assert costs(world, 3 * DAY) == [0]


def test_a_promise_that_has_lapsed_can_be_made_again() -> None:
    world = scene()
    world.world.offers.see(*ones(0), TENTH)
    assert costs(world, 6 * DAY) == [0]
    world.world.offers.see(*ones(6 * DAY), TENTH)
    assert costs(world, 7 * DAY) == [100]


@settings(max_examples=20, deadline=None)
@given(AMOUNT, AMOUNT, st.booleans())
def test_money_of_offers_is_exact_up_to_the_most_that_a_file_may_state(worth: int, cost: int, as_coupon: bool) -> None:
    """Also beyond what 32 bits hold, at 214,748 currency units; a coupon that is told of, and an offer in a message."""
    world, (who, now, site) = scene(), ones(0)
    message = MessageRow(0, 2, offer=CODE, offer_value=worth, offer_cost=cost, offer_valid=5 * DAY, coupon=as_coupon)
    if as_coupon:
        world.world.offers.give(who, now, CODE, Offer("gift", "gift", 0.0, worth, cost, 5 * DAY))
    world.world.offers.see(who, now, site, MessageTable.of([message]))
    np.testing.assert_array_equal(world.world.offers.appeal(who, np.ones(50)), float(worth))
    discount, paid = world.world.offers.redeem(who, now, luck.child(who.astype(np.uint64), _KEY), np.full(50, PRICE))
    assert set(discount) == {0}
    assert set(paid) == {cost}


def test_a_repetition_does_not_raise_the_expectation_again() -> None:
    world = scene()
    who, now, _ = ones(DAY)
    world.world.offers.see(*ones(DAY), TENTH)
    before = world.world.offers.expectation(who, now)
    world.world.offers.see(*ones(DAY), TENTH)
    np.testing.assert_array_equal(world.world.offers.expectation(who, now), before)
    np.testing.assert_allclose(before, 0.25)


def test_a_coupon_is_used_once_by_who_was_told_of_it() -> None:
    world = scene(offers={"coupon_found": 0.0})
    who, now, _ = ones(0)
    world.world.offers.give(who, now, CODE, COUPON)
    assert costs(world, 1) == [0], "nobody has told"
    world.world.offers.see(*ones(2), TOLD)
    assert costs(world, 3) == [120]
    world.world.offers.see(*ones(4), TOLD)
    assert costs(world, 5) == [0], "used"
    assert world.hub.counts["coupon_redeemed"] == 50


def test_a_coupon_runs_from_the_giving() -> None:
    world = scene(offers={"coupon_found": 0.0})
    world.world.offers.give(*ones(0)[:2], CODE, COUPON)
    world.world.offers.see(*ones(2 * DAY), TOLD)
    assert costs(world, 3 * DAY + 1) == [0]


def test_a_message_about_a_coupon_that_was_not_given_promises_nothing() -> None:
    world = scene(offers={"coupon_found": 0.0})
    world.world.offers.see(*ones(0), TOLD)
    assert costs(world, 1) == [0]
    assert not world.world.offers.expectation(*ones(0)[:2]).any()


@pytest.mark.parametrize(("chance", "found"), [(0.0, [0]), (1.0, [120])])
def test_a_coupon_may_be_found_at_the_order(chance: float, found: list[int]) -> None:
    world = scene(offers={"coupon_found": chance})
    world.world.offers.give(*ones(0)[:2], CODE, COUPON)
    assert costs(world, DAY) == found


def test_what_is_redeemed_tells_which_offer_and_what_it_cost() -> None:
    world = scene()
    world.world.offers.see(*ones(0), TENTH)
    costs(world, DAY)
    rows = world.hub.sorted_rows()["coupon_redeemed"]
    assert set(rows[3]) == {CODE}
    assert set(rows[4]) == {PRICE // 10}


def test_points_pay_their_part_as_an_offer_does() -> None:
    """A tenth of the price is paid in points: less revenue, and less contribution by the same money."""
    for used, by_points in ((0.0, 0), (1.0, PRICE // 10)):
        world = scene(True, points={"used": used})
        who = np.arange(3)
        payload = np.zeros(3, np.int64) | (np.full(3, PRICE) << 16)
        rows = Cohort(who, np.full(3, 200), luck.child(who.astype(np.uint64), _KEY), payload)
        world.world.orders.on_order(rows)
        ((_, _, revenue, contribution, cost),) = world.hub.orders
        np.testing.assert_array_equal(revenue, PRICE - by_points)
        np.testing.assert_array_equal(contribution, PRICE * 4 // 10 - by_points)
        np.testing.assert_array_equal(cost, by_points)
        assert world.hub.counts["points_spent"] == 3 * (used > 0)


def test_who_was_reminded_of_points_wants_more_and_uses_them() -> None:
    world = scene(True, points={"used": 0.0, "used_aware": 1.0})
    who, now, _ = ones(DAY)
    nobody = np.full(50, -1)
    before = world.world.journey.intent(who, now, nobody)
    world.world.orders.wallet.remind(who, now)
    after = world.world.journey.intent(who, now, nobody)
    sensitivity = world.world.customers.price_sensitivity
    np.testing.assert_allclose(after - before, 5.0 * sensitivity * 0.6 * 0.1, rtol=0.02)  # whole points
    key = luck.child(who.astype(np.uint64), _KEY)
    assert (world.world.orders.wallet.pay(who, now, key, np.full(50, PRICE)) == PRICE // 10).all()
    late = now + 15 * DAY
    later = luck.child(who.astype(np.uint64), _KEY, 1)
    assert not world.world.orders.wallet.pay(who, late, later, np.full(50, PRICE)).any()
