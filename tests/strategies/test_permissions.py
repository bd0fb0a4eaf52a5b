"""Consents that come during the run, double opt-in, and choices of the preference centre, as strategies see them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernel import luck
from sim.kernel.columns import Columns
from strategies.introduced import introduce, pack_facts
from strategies.observed import Observed
from strategies.scenario import PreferenceCentre
from strategies.vocabulary import CHANNELS, DAY
from tests.strategies.story import Person, scenario_of, tell

DIGEST = """
messages: {digest: {purpose: promo, topic: news}, cart: {purpose: promo, topic: cart}}
campaigns: {daily: {every: "day 10:00", to: "consent.email", send: {email: digest}}}
"""
KEY = np.array([luck.root(1)], np.uint64)
NEW = {"anna": Person(no_consent=CHANNELS, no_address=CHANNELS)}


def test_a_subscription_is_a_consent_with_its_address() -> None:
    told = tell(DIGEST, "day 1 12:00 anna subscribed email form", NEW, days=4)
    assert told.sent == ["day 2 10:00 email:digest", "day 3 10:00 email:digest"]


def test_with_double_opt_in_the_consent_comes_with_the_confirmation() -> None:
    timeline = ["day 0 12:00 anna subscribed email form", "day 2 12:00 anna subscription_confirmed email form"]
    assert tell(DIGEST + "double_opt_in: [email]", timeline, NEW, days=4).sent == ["day 3 10:00 email:digest"]
    assert tell(DIGEST + "double_opt_in: [email]", timeline[:1], NEW, days=4).sent == []


def test_double_opt_in_concerns_its_channels_only() -> None:
    told = tell(DIGEST + "double_opt_in: [sms]", "day 0 12:00 anna subscribed email form", NEW, days=2)
    assert told.sent == ["day 1 10:00 email:digest"]


def test_a_message_may_ask_for_the_confirmation_while_it_is_missing() -> None:
    text = """
    double_opt_in: email
    messages: {please: {purpose: service, asks: confirmation}}
    chains:
      confirm:
        trigger: {event: subscribed, if: "channel == 'email' and place == 'form'"}
        exit_on: subscription_confirmed
        steps: [{wait: 1d}, {send: {email: please}}]
    """
    subscribed = ["day 0 12:00 anna subscribed email form"]
    assert tell(text, subscribed, NEW).sent == ["day 1 12:00 email:please"]
    assert tell(text, [*subscribed, "day 0 13:00 anna subscription_confirmed email form"], NEW).sent == []
    assert tell(text, "day 0 12:00 anna subscribed sms form", NEW).sent == []


ENTERED = """
messages: {{nudge: {{purpose: service}}}}
chains: {{any: {{trigger: site_visited, enter: "{enter}", steps: [{{send: {{sms: nudge}}}}]}}}}
"""


@pytest.mark.parametrize(
    ("enter", "expected"),
    [
        ("consent.email.age < 3d", True),
        ("consent.email.age < 2d", False),
        ("consent.email.place == 'form'", True),
        ("consent.email.place == 'registration'", False),
        ("consent.telegram.age > 29d and consent.telegram.place == 'registration'", True),
        ("known(consent.vk.age)", False),
        ("profile.registered.age > 29d", True),
        ("profile.registered.age < 29d", False),
        ("preferences.frequency == 'all'", True),
    ],
)
def test_dates_and_places_of_consents_can_be_asked(enter: str, expected: bool) -> None:
    anna = Person(no_consent=("email", "vk"), profile={"registered": -30 * DAY})
    timeline = ["day 0 12:00 anna subscribed email form", "day 2 12:01 anna site_visited"]
    assert bool(tell(ENTERED.format(enter=enter), timeline, {"anna": anna}, days=3).sent) is expected


def test_who_has_no_account_has_no_date_of_registration_until_it_comes() -> None:
    text = ENTERED.format(enter="known(profile.registered.age)")
    assert tell(text, "day 0 12:00 anna site_visited", NEW, days=1).runs == []
    told = tell(text, ["day 0 11:00 anna registered", "day 0 12:00 anna site_visited"], NEW, days=1)
    assert told.runs[0] == "day 0 12:00 chain_entered any"


CENTRE = "preference_centre: {frequencies: [weekly, monthly], topics: [news]}\n"


def test_a_choice_is_observed() -> None:
    told = tell(DIGEST + CENTRE, "day 0 12:00 anna preferences_changed weekly news", days=1)
    assert told.hub.observed.chosen_frequency.tolist() == [1]
    topics = told.hub.engines[0].sites.topics
    assert told.hub.observed.topics_off.tolist() == [1 << topics.index("news")]


def test_a_chosen_frequency_can_be_asked_and_starts_chains() -> None:
    text = f"""
    {CENTRE}
    messages: {{nudge: {{purpose: service, topic: news}}}}
    chains:
      chosen:
        trigger: {{event: preferences_changed, if: "frequency == 'monthly'"}}
        enter: "preferences.frequency == 'monthly'"
        reenter: always
        steps: [{{send: {{email: nudge}}}}]
    """
    lines = ["day 0 12:00 anna preferences_changed weekly", "day 3 12:00 anna preferences_changed monthly"]
    assert tell(text, lines).sent == ["day 3 12:00 email:nudge"]


def test_without_a_preference_centre_nothing_is_kept() -> None:
    assert not tell(DIGEST, days=1).hub.observed.keeps_preferences
    assert scenario_of(DIGEST + CENTRE).preference_centre == PreferenceCentre(("weekly", "monthly"), ("news",))


def test_a_form_tells_who_the_customer_is_and_forgets_nothing() -> None:
    observed, who = Observed(Columns(1, 3)), np.array([0, 2])
    observed.age[:] = 30
    facts = pack_facts(np.array([1, 3]), np.array([1, 0]), sex=np.array([0, -1]), age=np.array([95, -1]))
    introduce(observed, who, facts)
    assert observed.address[:2].tolist() == [[True, False, True], [False, False, True]]
    assert observed.service_consent[0].tolist() == [True, False, False]
    assert observed.sex.tolist() == [0, -1, -1]
    assert observed.age.tolist() == [95, 30, 30]
    introduce(observed, who, pack_facts(np.array([0, 0]), np.array([0, 0]), birthday=np.array([366, 1])))
    assert observed.birthday.tolist() == [366, -1, 1]
    assert observed.address[0].tolist() == [True, False, True]


@pytest.mark.parametrize(("double", "known"), [("", True), ("double_opt_in: [email]", False)])
def test_a_form_tells_its_consents_with_the_profile_and_those_count_that_need_no_confirmation(
    double: str, known: bool
) -> None:
    story = tell(DIGEST + double, "day 0 12:00 anna site_visited", NEW, days=1)
    observed, (email, sms) = story.hub.observed, (CHANNELS.index(name) for name in ("email", "sms"))
    who, form = np.array([0]), np.array([1 << email | 1 << sms])
    nobody = np.array([0])
    story.hub.introduce(who, np.array([DAY]), KEY, pack_facts(form, form, nobody))
    assert not observed.consent[:, 0].any()
    told = pack_facts(form, form, form, subscription_ends=np.array([29_000]))
    assert told[0] > 0
    story.hub.observed.keep_subscription_ends()
    story.hub.introduce(who, np.array([DAY]), KEY, told)
    assert observed.consent[:, 0].nonzero()[0].tolist() == ([email] if known else []) + [sms]
    assert observed.subscription_ends[0] == 29_000


def test_a_request_that_leads_nowhere_is_remarked() -> None:
    text = "messages: {please: {purpose: service, asks: confirmation}, less: {purpose: service, asks: preferences}}\n"
    assert [notice.text for notice in scenario_of(text).notices] == [
        "messages.please.asks: found 'confirmation' without 'double_opt_in': nothing follows",
        "messages.less.asks: found 'preferences' without 'preference_centre': nothing follows",
    ]
    assert scenario_of(text + "double_opt_in: email\npreference_centre: {frequencies: weekly}\n").notices == ()


EVENING = 'messages: {letter: {purpose: promo}}\ncampaigns: {daily: {every: "day 18:00", send: {email: letter}}}\n'


def test_who_subscribes_before_the_hour_gets_the_days_campaign() -> None:
    people = {"anna": Person(no_consent=("email",)), "boris": Person(no_consent=("email",))}
    told = tell(EVENING, ["day 1 10:00 anna subscribed email", "day 1 19:00 boris subscribed email"], people, days=3)
    assert sorted(told.contacts) == [
        "day 1 18:00 anna sent email:letter",
        "day 2 18:00 anna sent email:letter",
        "day 2 18:00 boris sent email:letter",
    ]


def test_a_campaign_says_whom_it_lost_today_and_is_silent_about_those_it_never_reached() -> None:
    told = tell(EVENING, "day 1 10:00 anna unsubscribed 1", days=3)
    assert told.contacts == ["day 0 18:00 sent email:letter", "day 1 18:00 dropped email:letter (no_consent)"]


def test_a_campaign_held_for_the_night_is_asked_for_like_any_other() -> None:
    quiet = 'contact_policy: {quiet_hours: {from: "17:00", to: "20:00"}}\n'
    people = {"anna": Person(no_consent=("email",))}
    told = tell(EVENING + quiet, ["day 1 10:00 anna subscribed email", "day 2 19:00 anna unsubscribed 1"], people)
    assert told.contacts[:3] == [
        "day 1 18:00 held email:letter (quiet_hours)",
        "day 1 20:00 sent email:letter",
        "day 2 18:00 held email:letter (quiet_hours)",
    ]
    assert told.contacts[3:] == ["day 2 20:00 dropped email:letter (no_consent)"]
