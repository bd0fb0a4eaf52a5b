"""What runs out and what ends: dates, needs, and later orders that overtake them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY
from strategies.introduced import introduce
from tests.sim.harness import Scene, shop_with
from tests.sim.test_after_order import NOBODY_ELSE, near

pytestmark = pytest.mark.slow

_ORDER = luck.purpose("tests.supplies.order")
N = 2_000
STOCK_UP, PAID = 3, 12_000_000


def bought(days: tuple[float, ...] = (0.5,), end: int = 120, plan: float = 0.0, **changes: dict[str, float]) -> Scene:
    """Everybody orders supplies, which last ten days, on these days; no job ends by itself."""
    still = {**NOBODY_ELSE, "jobs": {"solved_elsewhere": 0.0, "fade": 1e-9, "drift": 0.0}, **changes}
    shop = shop_with(still)
    jobs = tuple(
        dataclasses.replace(job, lasts=10.0 * (job.name == "stock_up"), plan=plan, deadline=0.0) for job in shop.jobs
    )
    parts = ("replenishment", "renewals")
    quiet = dataclasses.replace(shop, jobs=jobs, after_order=parts, arrivals=None, stores=None)
    scene = Scene(customers=N, end=end, period=None, population=quiet)
    who = np.arange(N)
    for number, day in enumerate(days):
        key = luck.child(who.astype(np.uint64), _ORDER, number)
        time = int(day * DAY)
        scene.agenda.run(time) if number else None
        rows = Cohort(who, np.full(N, time), key, np.zeros(N, np.int64))
        scene.world.orders.supplies.note_order(rows, np.full(N, STOCK_UP), np.full(N, PAID))
    return scene.run()


def test_the_company_expects_the_usual_time() -> None:
    rows = bought().hub.sorted_rows()["replenishment_due"]
    assert rows.shape[1] == N
    assert set(rows[1]) == {DAY // 2 + 10 * DAY + 1}
    assert set(rows[3]) == {STOCK_UP}


def test_the_customer_needs_it_after_an_own_time_and_knows_the_shop() -> None:
    """ln(time / 10 days) is normal with the stated spread; the job is at least so ripe."""
    scene = bought(supplies={"spread": 0.4, "stage": 2.0})
    at = STOCK_UP * N + np.arange(N)
    took = np.log((scene.world.jobs.opened[at] - DAY / 2) / (10 * DAY))
    assert took.mean() == pytest.approx(0.0, abs=4 * 0.4 / N**0.5)
    assert took.std() == pytest.approx(0.4, rel=4 / (2 * N) ** 0.5)
    assert scene.world.jobs.stage[at].min() == 2


def test_a_later_order_makes_the_dates_anew() -> None:
    rows = bought((0.5, 4.0)).hub.sorted_rows()["replenishment_due"]
    assert set(rows[1]) == {4 * DAY + 10 * DAY + 1}


def test_a_subscription_is_announced_five_days_before_its_end() -> None:
    scene = bought(plan=0.3, supplies={"plan_days": 30.0})
    rows = scene.hub.sorted_rows()["subscription_ending"]
    assert near(rows.shape[1] / N, 0.3, N)
    assert set(rows[1]) == {DAY // 2 + 25 * DAY}
    assert set(rows[4]) == {PAID}


def test_an_order_renews_a_running_subscription_from_its_end_on() -> None:
    rows = bought((0.5, 27.0), plan=1.0, supplies={"plan_days": 30.0}).hub.sorted_rows()["subscription_ending"]
    assert sorted(set(rows[1])) == [DAY // 2 + 25 * DAY, DAY // 2 + 55 * DAY]


def test_the_company_knows_on_which_day_of_the_customer_a_subscription_ends() -> None:
    scene = bought((0.5, 60.0), plan=1.0, supplies={"plan_days": 90.0})
    observed = scene.world.observed
    observed.keep_subscription_ends()
    first = (dt.date(2026, 2, 2) - dt.date(1970, 1, 1)).days
    told = scene.hub.sorted_rows()["introduced"]
    for time, length in ((DAY // 2, 90), (60 * DAY, 180)):
        rows = told[:, told[1] == time]
        assert rows.shape[1] == N
        introduce(observed, rows[0], rows[3])
        zone = observed.zone_seconds(rows[0])
        assert (observed.subscription_ends[rows[0]] == (DAY // 2 + length * DAY + zone) // DAY + first).all()


def test_an_early_renewal_takes_the_announcement_back() -> None:
    rows = bought((0.5, 20.0), plan=1.0, supplies={"plan_days": 30.0}).hub.sorted_rows()["subscription_ending"]
    assert set(rows[1]) == {DAY // 2 + 55 * DAY}


def test_without_the_parts_there_is_no_column() -> None:
    shop = dataclasses.replace(shop_with({}), after_order=())
    scene = Scene(customers=5, end=1, period=None, population=shop)
    assert not [name for name in scene.columns.snapshot() if name.startswith("supplies")]
