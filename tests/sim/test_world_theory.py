"""The world against closed forms.  Every band is stated in standard errors; a fixed seed makes it repeat."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy import stats

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, HOUR, Calendar
from sim.messages import MessageTable
from sim.parameter_groups import VisitParameters
from sim.rhythm import Rhythm
from strategies.limits import MAX_ORDER
from tests.sim.harness import DIGEST, ListeningHub, Scene, shop_with

pytestmark = pytest.mark.slow

NO_JOBS = {"traits": {"jobs_per_year": 1e-9}, "lifetime": {"hazard": 0.0}}
SIGMAS = 4.0
"""A band of four standard errors fails by chance once in 16,000 draws of another seed."""


def test_position_and_its_inverse_agree() -> None:
    rhythm = Rhythm(VisitParameters(), Calendar(dt.date(2026, 2, 2), 0, 60), 0, 60 * DAY)
    local = np.random.default_rng(1).integers(0, 60 * DAY, 20_000)
    np.testing.assert_allclose(rhythm.when(rhythm.position(local)), local, atol=1)
    assert np.all(np.diff(rhythm.position(np.sort(local))) >= 0)
    edges = np.arange(48) * HOUR
    np.testing.assert_allclose(rhythm.when(rhythm.position(edges)), edges, atol=1)


def test_a_search_finds_the_hours_that_a_guide_finds_and_hours_without_visits_are_passed_over() -> None:
    calendar = Calendar(dt.date(2026, 2, 2), 0, 60)
    rhythm = Rhythm(VisitParameters(), calendar, 0, 60 * DAY)
    position = np.random.default_rng(2).uniform(0, rhythm.position(np.array([60 * DAY]))[0], 20_000)
    assert (rhythm._when_searched(position) == rhythm.when(position)).all()
    noon = Rhythm(VisitParameters(hour_weights=(*[0] * 12, 1, *[0] * 11)), calendar, 0, 60 * DAY)
    when = noon.when(position)
    before_the_end = when[when < 60 * DAY]
    assert before_the_end.size > 15_000
    assert set(before_the_end % DAY // HOUR) <= {12, 13}  # 13: rounded up to the next second
    assert (noon.when(np.array([1e12])) == 62 * DAY).all()


def test_habitual_visits_are_a_poisson_process_of_the_given_rate_and_hours() -> None:
    """Rate .5 a day for everybody (Gamma shape 1e6), 56 days: counts have mean and variance 28; hours follow the
    weights.  Merging of visits inside 30 minutes is corrected for by counting rows of the agenda."""
    flat = {"month_weights": [1.0] * 12}
    population = shop_with(
        {**NO_JOBS, "traits": {"jobs_per_year": 1e-9, "visit_rate": 0.5, "visit_shape": 1e6}, "visits": flat},
        arrivals=None,
    )
    scene = Scene(customers=4000, end=56, population=population, period=None)
    times: list[np.ndarray] = []
    begin = scene.world.journey.begin
    scene.world.journey.begin = lambda c, t, *rest, **more: (times.append(np.array([c, t])), begin(c, t, *rest, **more))
    scene.run()
    customer, time = np.concatenate(times, axis=1)
    counts = np.bincount(customer, minlength=4000)
    assert counts.mean() == pytest.approx(28, abs=SIGMAS * np.sqrt(28 / 4000))
    assert counts.var() == pytest.approx(28, rel=SIGMAS * np.sqrt(2 / 4000))
    hour = (time + scene.world.customers.zone_seconds(customer)) % DAY // HOUR
    weights = np.array(VisitParameters().hour_weights)
    expected = weights / weights.sum() * time.size
    assert stats.chisquare(np.bincount(hour, minlength=24), expected).pvalue > 1e-4


def test_lifetimes_follow_the_pareto_of_gamma_hazards() -> None:
    """Without contacts nobody's trust moves: survival is (1 + t·m/r)^(−r) for Gamma hazards of mean m, shape r."""
    population = shop_with({"lifetime": {"hazard": 0.004, "shape": 0.8}})
    scene = Scene(customers=20_000, end=1, population=population, period=None)
    everybody = np.arange(20_000)
    for days in (30, 180, 365, 1000):
        alive = scene.world.trust.alive(everybody, np.full(20_000, days * DAY)).mean()
        expected = (1 + 0.004 * days / 0.8) ** -0.8
        assert alive == pytest.approx(expected, abs=SIGMAS * np.sqrt(expected * (1 - expected) / 20_000))


def test_low_trust_shortens_lives_by_the_integral_of_its_deviation() -> None:
    """Hazard μ·(1 + κ·x·2^(−t/H)) after one jump x: survival by the closed integral, customer by customer."""
    population = shop_with({"lifetime": {"hazard": 0.004, "trust": 1.2}, "trust": {"half_life": 90.0}})
    scene = Scene(customers=5_000, end=1, population=population, period=None)
    trust, everybody, now = scene.world.trust, np.arange(5_000), np.zeros(5_000, np.int64)
    trust.shift(everybody, now, np.full(5_000, -0.4))
    for days in (10, 100, 400):
        integral = 0.4 * 90 / np.log(2) * (1 - 2 ** (-days / 90))
        expected = (days + 1.2 * integral) * DAY < trust.lifetime
        np.testing.assert_array_equal(trust.alive(everybody, now + days * DAY), expected)


def test_trust_stays_between_zero_and_one_and_returns_by_half_lives() -> None:
    scene = Scene(customers=10, end=1, period=None)
    trust, everybody, now = scene.world.trust, np.arange(10), np.zeros(10, np.int64)
    trust.shift(everybody, now, np.full(10, -5.0))
    np.testing.assert_allclose(trust.missing(everybody, now), 0.6)
    np.testing.assert_allclose(trust.missing(everybody, now + 90 * DAY), 0.3)
    trust.shift(everybody, now + 90 * DAY, np.full(10, 5.0))
    np.testing.assert_allclose(trust.missing(everybody, now + 90 * DAY), -0.4)


def test_fatigue_of_a_lone_message_has_its_parts_and_decays() -> None:
    """A quarter at delivery; at noticing w·(1 + ¼ − ρ)·2^(−ρ)/τ less that quarter; then halved every H days."""
    scene = Scene(customers=50, end=1, period=None)
    burnout, who, at = scene.world.burnout, np.arange(50), np.full(50, 3 * DAY)
    channel, bits, patience = (
        np.zeros(50, np.int64),
        np.zeros(50, np.int64),
        scene.world.customers.patience.astype(float),
    )
    burnout.receive(who, at, channel, bits)
    np.testing.assert_allclose(burnout.fatigue(who, at), 0.25 / patience, rtol=1e-12)
    burnout.notice(who, at, channel, bits, np.zeros(50))
    np.testing.assert_allclose(burnout.fatigue(who, at), 1.25 / patience, rtol=1e-6)
    np.testing.assert_allclose(burnout.fatigue(who, at + 28 * DAY), 1.25 / 4 / patience, rtol=1e-6)


def test_jobs_open_at_the_customers_rate_and_end_by_their_hazard() -> None:
    """One stage, no drift, no trust effect: jobs last exponentially with rate c0 + fade; the share open is ρ/(1+ρ)."""
    flat = {
        "traits": {"jobs_per_year": 40.0, "jobs_shape": 1e6, "visit_rate": 1e-6, "job_concentration": 1e6},
        "jobs": {
            "stage_shares": [1.0, 0, 0, 0, 0],
            "drift": 0.0,
            "solved_urgency": 0.0,
            "solved_elsewhere": 0.02,
            "fade": 0.03,
        },
        "lifetime": {"hazard": 0.0},
    }
    population = shop_with(flat, arrivals=None)
    jobs = tuple(
        type(job)(**{**job.__dict__, "deadline": 0.0, "season": (1.0,) * 12, "share": 0.2}) for job in population.jobs
    )
    population = type(population)(**{**population.__dict__, "jobs": jobs})
    scene = Scene(customers=8_000, end=150, population=population, period=None).run()
    load = 40 / 365 / 5 / 0.05
    share = load / (1 + load)
    seen = np.unpackbits(scene.world.jobs.open[:, None], axis=1)[:, 3:].mean()
    assert seen == pytest.approx(share, abs=SIGMAS * np.sqrt(share * (1 - share) / 40_000))


def test_orders_are_booked_to_the_kopeck() -> None:
    """Revenue is what is paid; contribution is the margin of the full value less the offer's cost."""
    offers = MessageTable.of(
        [DIGEST.__class__(0, 2, offer=0, offer_percent=0.1, offer_cost=5_000_000, offer_valid=DAY)]
    )
    scene = Scene(customers=6, end=1, period=None)
    who, now = np.arange(3), np.full(3, 100)
    scene.world.offers.see(who, now, np.zeros(3, np.int64), offers)
    value = np.array([30_000_000, 10_000_000, 20_000_000])
    payload = np.array([0, 1, 2]) | (value << 16)
    late = np.array([200, 200, 100 + 2 * DAY])
    scene.world.orders.on_order(Cohort(who, late, luck.child(np.arange(3, dtype=np.uint64), _KEY), payload))
    ((_, _, revenue, contribution, cost),) = scene.hub.orders
    np.testing.assert_array_equal(cost, [8_000_000, 6_000_000, 0])
    np.testing.assert_array_equal(revenue, [27_000_000, 9_000_000, 20_000_000])
    np.testing.assert_array_equal(contribution, [4_000_000, -1_800_000, 5_000_000])


def test_an_order_is_cut_at_the_largest_that_a_payload_holds_and_booked_to_the_kopeck() -> None:
    scene = Scene(customers=3, end=1, period=None)
    who, now, key = np.arange(3), np.full(3, 200), luck.child(np.arange(3, dtype=np.uint64), _KEY)
    scene.world.customers.typical_value[:] = [1e4, 1e30, np.inf]
    orders = scene.world.orders
    value = orders.value(who, np.zeros(3, np.int64), key)
    assert value[0] < value[1]
    assert value[1:].tolist() == [MAX_ORDER] * 2
    value[0] = MAX_ORDER - 100
    rows = Cohort(who, now, key, np.zeros(3, np.int64) | (value << 16))
    orders.on_abandon(rows)
    np.testing.assert_array_equal(orders.journey.cart_value[:3], value)
    orders.on_order(rows)
    ((_, _, revenue, contribution, _),) = scene.hub.orders
    np.testing.assert_array_equal(revenue, value)
    np.testing.assert_array_equal(contribution, value // 10 * 4)


_KEY = luck.purpose("tests.world.order")


def test_a_year_under_a_weekly_digest_lies_inside_the_norms() -> None:
    """The third half-year of 6,000 customers.  Bands are the norms, not intervals: at these sizes the standard
    errors are below 3 % of opens, 6 % of clicks and 6 % of orders, a quarter of unsubscribes."""
    scene = Scene(customers=6_000, end=540, hub=ListeningHub(remember=False))
    scene.agenda.run(360 * DAY)
    before = scene.hub.counts.copy()
    scene.agenda.run()
    now = scene.hub.counts - before
    delivered = now["delivered"]
    assert 0.20 <= (now["opened"] + now["opened proxy"]) / delivered <= 0.30
    assert 0.02 <= now["click"] / delivered <= 0.05
    assert 0.10 <= now["click"] / (now["opened"] + now["opened proxy"]) <= 0.15
    assert now["unsubscribed"] / delivered <= 0.002
    assert now["complained"] / delivered <= 0.001
    assert now["bounced"] / now["sent"] <= 0.03
    assert 0.62 <= 1 - now["order"] / now["cart_added"] <= 0.75
    assert 0.5 <= now["order"] / 6_000 * 365 / 180 <= 1.0
    assert 0.85 <= scene.world.inbox[0] <= 0.95
