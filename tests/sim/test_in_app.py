"""What customers do with messages on the site and in the app: shown at visits, noticed or not, followed or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.calendar import DAY
from sim.messages import ANY_JOB, MessageRow
from sim.parameters import Parameters, override
from strategies.ports import InAppMessages, pack
from strategies.vocabulary import ASKS, CHANNEL_CODE, PURPOSE_CODE
from tests.sim.harness import ListeningHub, Scene, shop_with

pytestmark = pytest.mark.slow

IN_APP, PROMO = CHANNEL_CODE["in_app"], PURPOSE_CODE["promo"]
BANNER = MessageRow(IN_APP, PROMO)
_CONTACT = luck.purpose("tests.in_app.contact")
SIGMAS = 4.5
"""A comparison fails by chance in fewer than one of 100,000 seeds."""


@dataclass
class ShowingHub(ListeningHub):
    """Shows site 0 to everybody at every visit; one contact a customer, however often it is shown.

    shown: (customers,) how often.  seen: whether it was noticed; fresh: every visit shows a contact of its own.
    """

    customers: int = 0
    fresh: bool = False
    shows: bool = True
    shown: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    seen: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    def __post_init__(self) -> None:
        self.shown, self.seen = np.zeros(self.customers, np.int64), np.zeros(self.customers, bool)

    def in_app(self, customer: np.ndarray, time: np.ndarray) -> InAppMessages | None:
        if not self.shows:
            return None
        ordinal = self.shown[customer]
        key = luck.child(np.uint64(7) + customer.astype(np.uint64), _CONTACT, ordinal if self.fresh else 0 * ordinal)
        payload = pack(customer + 1, 0 * customer)
        self.shown[customer] += 1
        number = 0 * ordinal if self.fresh else ordinal
        return InAppMessages(np.arange(customer.size), key, payload, number, self.seen[customer] & (not self.fresh))

    def contact_event(self, event, customer, time, key, payload, reason=0):
        super().contact_event(event, customer, time, key, payload, reason)
        if self.rows[-1][0] == "opened":
            self.seen[customer] = True


NO_WORRIES = {"burnout": {"blindness_step": 0.0, "weights": [0.0] * 8}, "traits": {"affinity_sd": 0.0}}
"""Everybody notices by α alone."""


def scene(hub: ShowingHub | None = None, message: MessageRow = BANNER, days: int = 40, **changes: Any) -> Scene:
    """Customers who come often and get nothing else."""
    customers = 400
    hub = hub or ShowingHub(customers=customers)
    parameters = {"traits": {"visit_rate": 0.5, **changes.pop("traits", {})}, **changes}
    population = shop_with(parameters, arrivals=None, onboarding=None)  # everybody has an account
    made = Scene(customers=customers, end=days, hub=hub, period=None, messages=[message], population=population)
    return made.run()


def rows(scene: Scene, event: str) -> np.ndarray:
    """(5, m) rows of an event: customer, time, key, category or site, value."""
    found = scene.hub.sorted_rows().get(event)
    return np.zeros((5, 0), np.int64) if found is None else found


def test_impressions_are_visits_and_the_first_is_the_delivery() -> None:
    told = scene()
    visits, shown, delivered = rows(told, "site_visited"), rows(told, "in_app_shown"), rows(told, "delivered")
    assert np.array_equal(visits[:2], shown[:2])
    assert delivered.shape[1] == np.unique(shown[0]).size
    assert np.unique(delivered[0]).size == delivered.shape[1]


def test_nothing_bounces_and_nobody_leaves() -> None:
    counts = scene(ShowingHub(customers=400, fresh=True), exits={"leaving": [0.0] * 7}).hub.counts
    assert counts["in_app_shown"] > 2_000
    assert not {"bounced", "unsubscribed", "complained", "blocked", "push_disabled"} & set(counts)


def test_the_share_that_notices_is_the_logit_alone_where_nothing_else_is_at_work() -> None:
    """P = 1 / (1 + exp(−α)) for a message without any fit, when trust is normal and nobody tires."""
    changes = {
        **NO_WORRIES,
        "fit": {"any_job": 0.0},
        "trust": {"bad_share": 0.0, "good": 0.0},
        "response": {"trust": 0.0},
    }
    counts = scene(
        ShowingHub(customers=400, fresh=True), **{key: dict(value) for key, value in changes.items()}
    ).hub.counts
    expected = 1 / (1 + np.exp(-Parameters().response.attention[IN_APP]))
    n = counts["in_app_shown"]
    assert counts["opened"] / n == pytest.approx(expected, abs=SIGMAS * np.sqrt(expected * (1 - expected) / n))


def test_a_contact_is_opened_once_however_often_it_is_noticed() -> None:
    told = scene(response={"attention": [0, 0, 0, 0, 0, 0, 0, 30]})
    opened = rows(told, "opened")
    assert opened.shape[1] == np.unique(rows(told, "in_app_shown")[0]).size > 250
    assert np.unique(opened[0]).size == opened.shape[1]


def test_a_click_leads_to_a_product_within_the_same_visit() -> None:
    """Everybody clicks: every visit views a product, and a click brings no visit of its own."""
    eager = {"attention": [0, 0, 0, 0, 0, 0, 0, 30], "clicking": [0, 0, 0, 0, 0, 0, 0, 30]}
    told, quiet = (
        scene(ShowingHub(customers=400, fresh=True), response=eager),
        scene(ShowingHub(customers=400, shows=False)),
    )
    visits, clicks, views = rows(told, "site_visited"), rows(told, "click"), rows(told, "product_viewed")
    assert clicks.shape[1] == visits.shape[1]
    delay = clicks[1] - visits[1]
    assert delay.min() >= 3
    assert delay.max() < 20
    assert views.shape[1] == visits.shape[1]
    assert (views[1] > clicks[1]).all()
    assert rows(quiet, "product_viewed").shape[1] < 0.9 * rows(quiet, "site_visited").shape[1]


def test_overlooked_messages_make_blind_to_banners_only() -> None:
    told = scene(ShowingHub(customers=400, fresh=True), response={"attention": [0, 0, 0, 0, 0, 0, 0, -30]})
    blindness = told.world.burnout._blindness.reshape(8, -1)
    assert blindness[IN_APP].max() > 0
    assert not np.delete(blindness, IN_APP, axis=0).any()


def test_fatigue_grows_by_the_channels_weight() -> None:
    """Fatigue is proportional to w when it has no effect itself."""
    numb = {"response": {"fatigue": 0.0, "click_fatigue": 0.0}, "trust": {"fatigue": 0.0}, "burnout": {}}

    def mean(weight: float) -> float:
        changes = {**numb, "burnout": {"weights": [1.0] * 7 + [weight]}}
        return float(scene(ShowingHub(customers=400, fresh=True), **changes).world.fatigue_at(40 * DAY).mean())

    assert mean(0.0) == 0.0
    assert mean(0.6) == pytest.approx(2 * mean(0.3))
    assert 0 < Parameters().burnout.weights[IN_APP] < min(Parameters().burnout.weights[:IN_APP])


def test_repetition_tires_more() -> None:
    """The same contact shown again irritates by ι_repeat; fresh ones without a topic do not."""
    numb = {"response": {"fatigue": 0.0, "attention": [-30.0] * 8}, "trust": {"fatigue": 0.0}}
    again, fresh = (
        scene(ShowingHub(customers=400, fresh=fresh), **{key: dict(value) for key, value in numb.items()})
        for fresh in (False, True)
    )
    assert np.array_equal(rows(again, "in_app_shown")[:2], rows(fresh, "in_app_shown")[:2])
    assert again.world.fatigue_at(40 * DAY).mean() > 1.2 * fresh.world.fatigue_at(40 * DAY).mean()


def test_an_offer_on_the_page_works_at_once() -> None:
    """The discount is seen before the visit takes its course: more of the same visits end in an order."""
    offer = MessageRow(IN_APP, PROMO, speaks_to_job=ANY_JOB, offer=0, offer_percent=0.3, offer_valid=DAY)
    seen = {"attention": [0, 0, 0, 0, 0, 0, 0, 30], "clicking": [0, 0, 0, 0, 0, 0, 0, -30]}
    one = scene(ShowingHub(customers=400, fresh=True), offer, response=dict(seen), offers={"expectation_step": 0.0})
    none = scene(ShowingHub(customers=400, shows=False), offer)
    assert one.hub.counts["order"] > 1.3 * none.hub.counts["order"]
    assert one.hub.counts["coupon_redeemed"] > 0


def test_where_nothing_is_shown_life_is_the_same_as_without_such_messages() -> None:
    """The channel by itself moves nobody: not a row differs from a world that has never heard of it."""
    mail = MessageRow(CHANNEL_CODE["email"], PROMO)
    one, other = scene(ShowingHub(customers=400, shows=False)), scene(ShowingHub(customers=400, shows=False), mail)
    assert one.hub.sorted_rows().keys() == other.hub.sorted_rows().keys()
    for event, block in one.hub.sorted_rows().items():
        assert np.array_equal(block, other.hub.sorted_rows()[event]), event


def test_lists_from_before_in_app_keep_its_default() -> None:
    seven = [0.5] * 7
    changed = override(Parameters(), {"burnout": {"weights": seven}, "response": {"attention": seven}})
    assert changed.burnout.weights == (*seven, Parameters().burnout.weights[IN_APP])
    assert changed.response.attention == (*seven, Parameters().response.attention[IN_APP])


def test_a_question_is_answered_the_first_time_it_is_noticed_or_not_at_all() -> None:
    asking = MessageRow(IN_APP, PROMO, asks=ASKS.index("survey"))
    sure = {"answers": {"survey": 30.0}, "response": {"attention": [0, 0, 0, 0, 0, 0, 0, 30]}}
    told = scene(message=asking, **{key: dict(value) for key, value in sure.items()})
    answered = rows(told, "survey_answered")
    assert answered.shape[1] == np.unique(answered[0]).size > 250
