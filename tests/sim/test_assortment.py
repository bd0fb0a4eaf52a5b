"""Stock-outs, price drops and wishes: the base's calendar, whom it concerns, what it does to visits and money."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, HOUR
from strategies.vocabulary import MONEY_UNIT
from tests.sim.harness import Scene, shop_with
from tests.sim.test_after_order import NOBODY_ELSE

pytestmark = pytest.mark.slow

_KEY = luck.purpose("tests.assortment.order")
ITEMS, CATEGORY = 4, 2


def shop(items: int = ITEMS, **changes: dict[str, float]) -> object:
    still = shop_with({**NOBODY_ELSE, **changes})
    return dataclasses.replace(still, assortment=items, after_order=(), arrivals=None, stores=None)


def scene(customers: int = 100, end: int = 60, items: int = ITEMS, **changes: dict[str, float]) -> Scene:
    """Everybody wants the first item of the third category."""
    made = Scene(customers=customers, end=end, period=None, population=shop(items, **changes))
    made.world.assortment.wish[:] = CATEGORY * ITEMS
    made.world.assortment.wished_at[:] = 0
    return made


def test_the_calendar_follows_its_rates() -> None:
    """Items that are in stock run out at the stated rate; drops likewise (five categories of 100 items, a year)."""
    changes = {"stock_outs": 4.0, "out_days": 1.0, "price_drops": 2.0, "sale_days": 1.0}
    made = Scene(customers=1, end=365, period=None, population=shop(100, assortment=changes))
    outs, drops, today = 0, 0, made.world.assortment.day

    def count(time: int) -> None:
        nonlocal outs, drops
        before = made.world.assortment.out_until.copy(), made.world.assortment.sale_until.copy()
        today(time)
        outs += (made.world.assortment.out_until != before[0]).sum()
        drops += (made.world.assortment.sale_until != before[1]).sum()

    for day in range(365):
        count(day * DAY)
    assert outs == pytest.approx(4 * 500, abs=4 * (4 * 500) ** 0.5)
    assert drops == pytest.approx(2 * 500, abs=4 * (2 * 500) ** 0.5)


def test_the_calendar_belongs_to_the_base() -> None:
    """Two worlds of one base, of other customers or of none, see the same; another base sees another."""
    changes = {"stock_outs": 26.0, "price_drops": 26.0}
    few, many = (
        Scene(customers=n, end=90, period=None, seeds=[3], population=shop(assortment=changes)) for n in (1, 50)
    )
    other = Scene(customers=1, end=90, period=None, seeds=[4], population=shop(assortment=changes))
    for made in (few, many, other):
        made.run()
    for name in ("out_until", "sale_until", "drop"):
        one, two, three = (getattr(made.world.assortment, name) for made in (few, many, other))
        np.testing.assert_array_equal(one, two)
        assert (one != three).any()


def test_who_wants_the_item_is_told_when_it_comes_back() -> None:
    made = scene(assortment={"stock_outs": 0.0, "price_drops": 0.0})
    assortment = made.world.assortment
    assortment.out_until[0, CATEGORY * ITEMS] = 5 * DAY
    assortment.wish[:10] = CATEGORY * ITEMS + 1
    assortment.wish[10:20] = -1
    rows = made.run().hub.sorted_rows()["stock_back"]
    assert set(rows[0]) == set(range(20, 100))
    assert set(rows[1]) == {5 * DAY + 10 * HOUR}
    assert set(rows[3]) == {CATEGORY}


def test_a_price_drop_tells_its_depth() -> None:
    made = scene(assortment={"stock_outs": 0.0, "price_drops": 26.0, "drop": 0.2})
    rows = made.run().hub.sorted_rows()["price_dropped"]
    assert rows.shape[1] >= 100
    assert ((rows[4] >= 0.1 * MONEY_UNIT) & (rows[4] <= 0.3 * MONEY_UNIT)).all()


def test_a_wish_is_forgotten() -> None:
    made = scene(assortment={"stock_outs": 0.0, "price_drops": 0.0, "memory": 4.0})
    made.world.assortment.out_until[0, CATEGORY * ITEMS] = 5 * DAY
    assert "stock_back" not in made.run().hub.sorted_rows()


def test_visits_feel_what_is_missing_and_what_is_cheaper() -> None:
    made = scene(assortment={"draw": 5.0, "missing": 1.5})
    assortment, who, now = made.world.assortment, np.arange(100), np.full(100, DAY)
    assortment.out_until[0, CATEGORY * ITEMS] = 3 * DAY
    np.testing.assert_allclose(assortment.pull(who, now, np.full(100, CATEGORY)), -1.5)
    assert not assortment.pull(who, now, np.full(100, CATEGORY + 1)).any()
    assortment.out_until[:] = 0
    assortment.sale_until[0, CATEGORY * ITEMS], assortment.drop[0, CATEGORY * ITEMS] = 3 * DAY, 0.2
    expected = 5.0 * 0.2 * made.world.customers.price_sensitivity
    np.testing.assert_allclose(assortment.pull(who, now, np.full(100, CATEGORY)), expected, rtol=1e-5)
    assert not assortment.pull(who, now + 3 * DAY, np.full(100, CATEGORY)).any()


def test_a_cheaper_item_costs_the_shop_its_cut_once() -> None:
    """Price 1,000 at a margin of a quarter, a fifth cheaper: 800 are paid, 50 earned; then the full price again."""
    made = scene()
    assortment = made.world.assortment
    assortment.sale_until[0, CATEGORY * ITEMS], assortment.drop[0, CATEGORY * ITEMS] = 3 * DAY, 0.2
    who = np.arange(3)
    for number in range(2):
        key = luck.child(who.astype(np.uint64), _KEY, number)
        payload = np.full(3, CATEGORY | (1_000 * MONEY_UNIT << 16))
        made.world.orders.on_order(Cohort(who, np.full(3, DAY + number), key, payload))
    paid, earned = ([int(row[column][0]) // MONEY_UNIT for row in made.hub.orders] for column in (2, 3))
    assert (paid, earned) == ([800, 1_000], [50, 250])


def test_marking_a_favourite_is_a_wish_for_an_item_of_its_category() -> None:
    busy = {"traits": {"visit_rate": 5.0, "jobs_per_year": 1e-9}, "journey": {"favourite_base": 5.0, "view_base": 5.0}}
    made = Scene(customers=300, end=3, period=None, population=shop(8, **busy)).run()
    marked = made.hub.sorted_rows()["favourite_added"]
    wish = made.world.assortment.wish
    last = {int(c): int(k) for c, k in zip(marked[0], marked[3], strict=True)}
    assert len(last) > 100
    assert {int(w) // 8 == last[c] for c, w in enumerate(wish.tolist()) if c in last and w >= 0} == {True}
    shelves = np.bincount(wish[wish >= 0] % 8, minlength=8)
    assert shelves.min() > 0


def test_without_the_section_there_is_no_column() -> None:
    made = Scene(customers=5, end=1, period=None, population=shop(0))
    assert made.world.assortment is None
    assert not [name for name in made.columns.snapshot() if "assortment" in name]
