"""Life with the company: newcomers, subscriptions, app, onboarding, shops, answers, dates, choices."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pytest

from sim.dates import day_of_leap_year
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, Calendar
from sim.messages import MessageRow, MessageTable
from sim.population import INVALID
from sim.population_sections import Arrivals, ArrivalSource, Stores
from strategies.ports import pack
from strategies.vocabulary import CHANNELS, MONEY_UNIT
from tests.sim.harness import ListeningHub, Scene, shop, shop_with
from tests.sim.test_world_invariance import LIVELY, LIVELY_SECTIONS

LIVING = 800
NEVER = np.iinfo(np.int32).min
SIGMAS = 4
_KEY = luck.purpose("tests.customer_life")


def keys(n: int) -> luck.Keys:
    return luck.child(np.arange(n, dtype=np.uint64), _KEY)


def rows_at(time: int, n: int, payload: int = 0) -> Cohort:
    """A cohort of everybody at one time."""
    return Cohort(np.arange(n), np.full(n, time), keys(n), np.full(n, payload))


@cache
def lively() -> Scene:
    """Two months in which all of it happens often, without mail."""
    population = shop_with({**LIVELY, "lifetime": {"hazard": 0.0}}, **LIVELY_SECTIONS)
    return Scene(customers=LIVING, end=60, period=None, population=population).run()


def first_times(scene: Scene, event: str) -> np.ndarray:
    """(N,) time of each customer's first event; a large number without."""
    first = np.full(scene.columns.size, 1 << 40)
    for name, block in scene.hub.rows:
        if name == event:
            np.minimum.at(first, block[0], block[1])
    return first


# ---------------------------------------------------------------------- newcomers


@pytest.mark.slow
def test_a_share_of_the_profiles_are_newcomers_by_source() -> None:
    """per_year 3 over a quarter of a year: .75 newcomers for each of the others.  Bands of four standard errors."""
    arrivals = lively().world.life.arrivals
    new = arrivals.planned != NEVER
    assert new.mean() == pytest.approx(0.75 / 1.75, abs=SIGMAS * np.sqrt(0.25 / LIVING))
    sources = lively().world.customers.source[new]
    assert (sources == arrivals.names.index("ads")).mean() == pytest.approx(0.5, abs=SIGMAS * np.sqrt(0.25 / new.sum()))


@pytest.mark.slow
def test_newcomers_have_no_life_before_they_register() -> None:
    scene = lively()
    registered = first_times(scene, "registered")
    new = scene.world.life.arrivals.planned != NEVER
    assert (registered[~new] == 1 << 40).all()
    for event in ("order", "product_viewed", "subscribed", "onboarding_step", "app_opened"):
        assert (first_times(scene, event)[new] >= registered[new]).all(), event
    assert (scene.world.life.arrivals.account == (~new | (registered < 1 << 40))).all()
    assert (scene.world.customers.registered[new & (registered < 1 << 40)] == registered[registered < 1 << 40]).all()


@pytest.mark.slow
def test_the_form_is_completed_or_left_and_some_come_back() -> None:
    """60 % of attempts end in an account; attempts that were left are 30 idle minutes old when they are reported."""
    counts = lively().hub.counts
    attempts = counts["registered"] + counts["registration_abandoned"]
    share = counts["registered"] / attempts
    assert share == pytest.approx(0.6, abs=SIGMAS * np.sqrt(0.24 / attempts))
    came = lively().world.life.arrivals.arrived & (lively().world.life.arrivals.planned != NEVER)
    again = attempts / came.sum() - 1
    expected = 0.4 * 0.35 / (1 - 0.4 * 0.35)  # each attempt is left with .4 and tried again with .35
    assert again == pytest.approx(expected, abs=0.05)


def test_what_was_left_in_the_form_is_the_e_mail_address_of_some_who_have_one() -> None:
    scene = Scene(customers=2_000, end=1, period=None)
    arrivals, customers = scene.world.life.arrivals, scene.world.customers
    arrivals.on_left(rows_at(100, 2_000))
    told = np.concatenate([block for event, block in scene.hub.rows if event == "introduced"], axis=1)
    assert set(told[3].tolist()) == {1 | 1 << len(CHANNELS)}
    has = customers.address[told[0]] & 1 == 1
    assert has.all()
    owners = (customers.address & 1 == 1).sum()
    assert told.shape[1] / owners == pytest.approx(0.5, abs=SIGMAS * np.sqrt(0.25 / owners))


def test_a_message_brings_a_visitor_back_to_the_form_and_not_into_the_shop() -> None:
    scene = Scene(customers=400, end=2, period=None)
    arrivals, n = scene.world.life.arrivals, 400
    before = scene.agenda.pending()["kind"].size
    admitted = arrivals.admit(rows_at(1_000, n))
    assert (admitted.customer == arrivals.account.nonzero()[0]).all()
    assert scene.agenda.pending()["kind"].size - before == (~arrivals.account).sum()


def test_an_offer_in_hand_helps_the_form_as_it_helps_the_checkout() -> None:
    scene = Scene(customers=6_000, end=2, period=None)
    arrivals = scene.world.life.arrivals
    who = (~arrivals.account).nonzero()[0]
    half = who[: who.size // 2]
    table = MessageTable.of([MessageRow(0, 1, offer=0, offer_percent=0.1, offer_valid=DAY)])
    scene.world.offers.see(half, np.zeros(half.size, np.int64), np.zeros(half.size, np.int64), table)
    chance = arrivals._chance(who, np.full(who.size, 100))
    logit = np.log(chance / (1 - chance)) - np.log(0.6 / 0.4)
    sensitivity = scene.world.customers.price_sensitivity[who].astype(float)
    np.testing.assert_allclose(logit[: half.size], 0.25 * 5.0 * 0.1 * sensitivity[: half.size], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(logit[half.size :], 0.0, atol=1e-12)
    late = arrivals._chance(half, np.full(half.size, 3 * DAY))
    np.testing.assert_allclose(late, 0.6)


def test_recommendations_bring_newcomers_forward_through_the_settled_clock_only() -> None:
    arrivals = Arrivals(2.0, 1.0, {"referral": ArrivalSource(1.0)})
    population = shop_with({"answers": {"friends": 1.0}}, arrivals=arrivals)
    scene = Scene(worlds=2, customers=300, end=20, period=None, population=population)
    life = scene.world.life.arrivals
    planned = life.planned[life.planned != NEVER]
    gain = int(365 * DAY / (300 * 2 / 3))
    scene.agenda.at(2 * DAY, lambda: life.recommend(np.arange(30)))
    scene.agenda.run(5 * DAY)
    assert life.ahead.tolist() == [30 * gain, 0]
    of_world = life.planned.reshape(2, 300)
    due = [(of_world[w] != NEVER) & (of_world[w] < 5 * DAY + life.ahead[w]) for w in (0, 1)]
    arrived = life.arrived.reshape(2, 300) & (of_world != NEVER)
    np.testing.assert_array_equal(arrived, due)
    assert arrived[0].sum() > arrived[1].sum() + 10
    assert planned.min() >= 0


# ---------------------------------------------------------------------- subscriptions


def test_of_those_whom_the_confirmation_reaches_a_share_by_preference_confirms() -> None:
    """P = inbox · 1 / (1 + exp(−confirm − a)) for working mailboxes, 0 for dead ones."""
    scene = Scene(customers=3_000, end=60, period=None, hub=ListeningHub(confirming=frozenset({0})))
    subscriptions, customers = scene.world.life.subscriptions, scene.world.customers
    everybody = rows_at(0, 3_000, payload=len(CHANNELS))
    customers.mailbox[:300] |= INVALID
    subscriptions.give(everybody)
    pending = scene.agenda.pending()
    confirms = np.unique(pending["customer"][pending["kind"] == 21])
    assert confirms.min() >= 300
    chance = scene.world.inbox[0] / (1 + np.exp(-1.2 - customers.affinity[0, 300:].astype(float)))
    works = (customers.mailbox[300:] & INVALID) == 0
    assert confirms.size == pytest.approx((chance * works).sum(), abs=SIGMAS * np.sqrt((chance * (1 - chance)).sum()))
    subscriptions.on_confirm(
        Cohort(confirms, np.full(confirms.size, DAY), keys(confirms.size), confirms * 0 + len(CHANNELS))
    )
    assert scene.hub.counts["subscription_confirmed"] == confirms.size
    subscriptions.on_confirm(
        Cohort(confirms, np.full(confirms.size, DAY), keys(confirms.size), confirms * 0 + len(CHANNELS))
    )
    assert scene.hub.counts["subscription_confirmed"] == confirms.size, "confirmed twice"


def test_without_double_opt_in_nothing_waits_for_confirmation() -> None:
    scene = Scene(customers=50, end=5, period=None)
    scene.world.life.subscriptions.give(rows_at(0, 50))
    assert scene.world.life.subscriptions.pending is None
    assert 21 not in scene.agenda.pending()["kind"]


@pytest.mark.slow
def test_who_took_his_consent_back_stays_away_from_the_forms() -> None:
    population = shop_with({**LIVELY, "exits": {"leaving": [2.0] * 7}}, **LIVELY_SECTIONS)
    scene = Scene(customers=400, end=40, period=2, population=population).run()
    left = {}
    for event, block in scene.hub.rows:
        if event in ("unsubscribed", "complained", "blocked"):
            for customer, time in zip(*block[:2].tolist(), strict=True):
                left.setdefault(customer, time)
    late = [
        (customer, time)
        for event, block in scene.hub.rows
        if event == "subscribed"
        for customer, time, category in zip(*block[[0, 1, 3]].tolist(), strict=True)
        if category == 7 and left.get(customer, 1 << 40) < time - 3_600
    ]
    assert left
    assert late == []


# ---------------------------------------------------------------------- visits


@pytest.mark.slow
def test_the_app_has_its_share_of_its_owners_visits_and_no_other() -> None:
    scene = lively()
    owners = scene.world.life.touchpoints.has_app
    np.testing.assert_array_equal(owners, (scene.world.customers.address >> 2) & 1 == 1)
    visits = np.zeros(LIVING)
    opened = np.zeros(LIVING)
    for event, block in scene.hub.rows:
        if event in ("site_visited", "app_opened"):
            np.add.at(visits if event == "site_visited" else opened, block[0], 1)
    assert opened[~owners].sum() == 0
    mine = visits[owners & (scene.world.life.arrivals.planned == NEVER)].sum()
    share = opened[owners & (scene.world.life.arrivals.planned == NEVER)].sum() / mine
    assert share == pytest.approx(0.5, abs=SIGMAS * np.sqrt(0.25 / mine))


@pytest.mark.slow
def test_onboarding_goes_step_by_step_and_raises_trust() -> None:
    steps: dict[int, list[int]] = {}
    for event, block in lively().hub.rows:
        if event == "onboarding_step":
            for customer, value in zip(*block[[0, 4]].tolist(), strict=True):
                steps.setdefault(customer, []).append(value // MONEY_UNIT)
    assert steps
    assert all(done == list(range(1, len(done) + 1)) and len(done) <= 3 for done in steps.values())
    scene = Scene(customers=20, end=1, period=None)
    scene.world.life.touchpoints.step[:] = 0
    who, now = np.arange(20), np.zeros(20, np.int64)
    scene.world.life.touchpoints._onboard(who, now, keys(20), np.zeros(20))
    np.testing.assert_allclose(scene.world.trust.missing(who, now), -0.02 * 0.4, rtol=1e-9)


# ---------------------------------------------------------------------- shops


def test_receipts_are_money_and_only_those_with_a_card_are_known() -> None:
    scene = Scene(customers=2_000, end=1, period=None, population=shop_with({}, stores=Stores(0.5, 0.4, 0.25)))
    n, job = 2_000, np.zeros(2_000, np.int64)
    there = scene.world.jobs.sell(np.arange(n), np.full(n, 50), job, keys(n))
    assert there.mean() == pytest.approx(0.2, abs=SIGMAS * np.sqrt(0.16 / n))
    ((customer, _, revenue, contribution, cost),) = scene.hub.orders
    np.testing.assert_array_equal(customer, there.nonzero()[0])
    np.testing.assert_array_equal(contribution, np.rint(revenue * shop().jobs[0].margin))
    assert not cost.any()
    seen = dict(scene.hub.rows)
    assert seen["store_visited"].shape[1] / there.sum() == pytest.approx(0.25, abs=SIGMAS * np.sqrt(0.19 / there.sum()))
    assert "order" not in seen, "the company makes the order of the receipt"
    again = scene.world.jobs.sell(np.arange(n), np.full(n, 60), job, luck.child(keys(n), _KEY))
    assert (again & ~there).any()
    near = scene.world.life.stores.near(np.arange(n))
    assert not (again | there)[~near].any()
    assert near.mean() == pytest.approx(0.5, abs=SIGMAS * np.sqrt(0.25 / n))


# ---------------------------------------------------------------------- answers


def test_surveys_are_answered_by_the_content_and_score_their_trust() -> None:
    scene = Scene(customers=4_000, end=1, period=None, population=shop_with({"answers": {"survey": 0.0}}))
    trust, n = scene.world.trust, 4_000
    who, now = np.arange(n), np.zeros(n, np.int64)
    trust.shift(who[:2_000], now[:2_000], np.full(2_000, -0.3))
    scene.world.life.answers.on_survey(rows_at(0, n))
    scene.run()
    blocks = [block for event, block in scene.hub.rows if event == "survey_answered"]
    customer, score = np.concatenate(blocks, axis=1)[[0, 4]]
    score = score // MONEY_UNIT
    for part, trust_now in ((customer < 2_000, 0.3), (customer >= 2_000, 0.6)):
        chance = 1 / (1 + np.exp(-2.0 * (trust_now - 0.6)))
        assert part.sum() == pytest.approx(2_000 * chance, abs=SIGMAS * np.sqrt(2_000 * 0.25))
        assert score[part].mean() == pytest.approx(10 * trust_now, abs=0.35)
    assert score.min() >= 0
    assert score.max() <= 10


# ---------------------------------------------------------------------- dates


def test_days_of_the_year_are_those_of_a_leap_year() -> None:
    dates = np.array(["2026-01-01", "2026-02-28", "2026-03-01", "2024-02-29", "2026-12-31"], "datetime64[D]")
    assert day_of_leap_year(dates).tolist() == [1, 59, 61, 60, 366]


def test_birthdays_begin_at_the_customers_midnight_and_29_february_on_the_28th() -> None:
    hub = ListeningHub(frozenset({"birthday", "anniversary"}))
    scene = Scene(customers=8, end=40, period=None, hub=hub, population=shop_with({}, arrivals=None))
    observed, customers = scene.observed, scene.world.customers
    customers.zone_hours[:] = [0, 0, 7, -5, 0, 0, 0, 0]
    observed.birthday[:] = [59, 60, 61, 61, 33, -1, -1, -1]
    observed.registered[:] = NEVER
    observed.registered[5] = -365 * DAY + 30 * DAY + 5
    observed.registered[6] = 3 * DAY  # not a year ago
    for day in range(40):
        scene.agenda.at(day * DAY, lambda time=day * DAY: scene.world.life.begin_day(time))
    scene.run()
    names = ("birthday", "anniversary")
    rows = {event: np.concatenate([b for e, b in hub.rows if e == event], axis=1) for event in names}
    start = dt.date(2026, 2, 2)
    days = {name: (dt.date(2026, *date) - start).days for name, date in {"28 Feb": (2, 28), "1 Mar": (3, 1)}.items()}
    expected = {
        0: days["28 Feb"] * DAY,
        1: days["28 Feb"] * DAY,
        2: days["1 Mar"] * DAY - 7 * 3_600,
        3: days["1 Mar"] * DAY + 5 * 3_600,
        4: 0,
    }
    assert dict(zip(*rows["birthday"][:2].tolist(), strict=True)) == expected
    assert rows["anniversary"][[0, 1, 4]].T.tolist() == [[5, 30 * DAY, MONEY_UNIT]]
    assert Calendar(start, 0, 40).date(0) == start


# ---------------------------------------------------------------------- choices


def test_choices_take_the_place_of_leaving_and_become_rarer_until_nothing_is_left() -> None:
    hub = ListeningHub(frequencies=0b110)
    scene = Scene(customers=3_000, end=1, period=None, hub=hub)
    scene.observed.keep_preferences()
    instead, n = scene.world.response.exits.instead, 3_000
    assert instead is not None
    everybody = Cohort(np.arange(n), np.full(n, 9), keys(n), pack(np.zeros(n, np.int64), np.zeros(n, np.int64)))
    for now, later in ((0, 1), (1, 2)):
        scene.observed.chosen_frequency[:] = now
        stays = instead(everybody)
        event, block = hub.rows[-1]
        assert event == "preferences_changed"
        assert set(block[3].tolist()) == {later}
        assert stays.mean() == pytest.approx(0.35, abs=SIGMAS * np.sqrt(0.23 / n))
    scene.observed.chosen_frequency[:] = 2
    assert not instead(everybody).any()


def test_a_topic_may_go_where_topics_are_offered() -> None:
    hub = ListeningHub(topic=4)
    scene = Scene(customers=3_000, end=1, period=None, hub=hub)
    n = 3_000
    everybody = Cohort(np.arange(n), np.full(n, 9), keys(n), np.zeros(n, np.int64))
    stays = scene.world.response.exits.instead(everybody)
    assert stays.mean() == pytest.approx(0.25, abs=SIGMAS * np.sqrt(0.19 / n))
    assert set(hub.rows[-1][1][3].tolist()) == {3 * 4}


def test_where_nothing_is_offered_nothing_can_be_chosen() -> None:
    scene = Scene(customers=10, end=1, period=None)
    assert scene.world.response.exits.instead is None


# ---------------------------------------------------------------------- pay only for what is used


def test_sections_that_are_left_out_cost_no_column() -> None:
    nothing = shop_with({}, arrivals=None, app=0.0, forms=0.0, onboarding=None, stores=None, subscriptions={})
    scene = Scene(customers=10, end=1, period=None, population=nothing)
    extra = ("arrivals.", "touchpoints.", "subscriptions.", "population.withdrawn", "observed.consent")
    names = [name for name in scene.columns.snapshot() if name.removeprefix("world:").startswith(extra)]
    assert names == ["observed.consent"]
    assert scene.world.journey.when_begun is None
    assert scene.world.jobs.sell is None
