"""What customers chose or did: preferences, answers on one channel, templates, engagement, hours of single channels."""

from __future__ import annotations

import dataclasses

import pytest

from strategies.scenario import PreferenceCentre
from strategies.vocabulary import FREQUENCIES
from tests.strategies.story import Person, Story, scenario_of, tell

# ------------------------------------------------------------------ preferences

CHAIN = """
contact_policy: {{preferences: {{{preferences}}}}}
messages:
  news: {{purpose: promo, topic: news}}
  cart: {{purpose: promo, topic: cart}}
  receipt: {{purpose: service}}
chains:
  cart: {{trigger: cart_abandoned, reenter: always, steps: [{{send: {{email: cart}}}}]}}
  news: {{trigger: site_visited, reenter: always, steps: [{{send: {{email: news}}}}]}}
  order: {{trigger: order, reenter: always, steps: [{{send: {{email: receipt}}}}]}}
"""


def with_wishes(preferences: str, timeline: list[str], frequency: str = "all", off: int = 0) -> Story:
    """The story of Anna, who chose a frequency and switched topics off (bits: cart, news)."""
    chosen = {"chosen_frequency": FREQUENCIES.index(frequency), "topics_off": off}
    return tell(CHAIN.format(preferences=preferences), timeline, {"anna": Person(wishes=chosen)}, days=60)


def test_a_topic_of_the_centre_that_no_message_of_an_arm_has_hinders_nothing() -> None:
    """The silent arm keeps the centre of all arms, and few of their messages."""
    scenario = scenario_of(CHAIN.format(preferences=""))
    scenario = dataclasses.replace(scenario, preference_centre=PreferenceCentre(("weekly",), ("news", "elsewhere")))
    chosen = {"topics_off": 1 << 1}
    told = tell(scenario, ["day 0 10:00 anna site_visited"], {"anna": Person(wishes=chosen)}, days=2)
    assert told.sent == []
    told = tell(scenario, ["day 0 10:00 anna cart_abandoned"], {"anna": Person(wishes=chosen)}, days=2)
    assert told.sent == ["day 0 10:00 email:cart"]


DAILY = [f"day {day} 10:00 anna site_visited" for day in range(0, 40)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frequency", "days"), [("all", [*range(40)]), ("weekly", [*range(0, 40, 7)]), ("monthly", [0, 30])]
)
def test_the_chosen_frequency_is_obeyed(frequency: str, days: list[int]) -> None:
    told = with_wishes("", DAILY, frequency)
    assert told.sent == [f"day {day} 10:00 email:news" for day in days]
    dropped = {line.partition("(")[2] for line in told.lines("dropped")}
    assert dropped == (set() if frequency == "all" else {"preference: preferences.frequency)"})


def test_a_contact_may_wait_for_the_day_that_the_customer_wants() -> None:
    told = with_wishes("then: wait, for_at_most: 5d", [DAILY[0], "day 3 10:00 anna cart_abandoned"], "weekly")
    assert told.contacts[1:] == [
        "day 3 10:00 held email:cart (preference: preferences.frequency)",
        "day 7 10:00 sent email:cart",
    ]
    told = with_wishes("then: wait, for_at_most: 2d", [DAILY[0], "day 3 10:00 anna cart_abandoned"], "weekly")
    assert told.contacts[-1] == "day 5 10:00 dropped email:cart (held_too_long: preferences.frequency)"


def test_how_long_a_week_is_may_be_told_and_wishes_speak_of_marketing_only() -> None:
    told = with_wishes("weekly: 3d", [*DAILY[:7], "day 1 12:00 anna order 10"], "weekly")
    assert [line[:5] for line in told.sent] == ["day 0", "day 1", "day 3", "day 6"]


def test_topics_that_are_off_are_not_sent() -> None:
    timeline = [DAILY[0], "day 1 10:00 anna cart_abandoned", "day 2 10:00 anna order 10"]
    assert with_wishes("", timeline, off=0b01).contacts == [
        "day 0 10:00 sent email:news",
        "day 1 10:00 dropped email:cart (preference: preferences.topics)",
        "day 2 10:00 sent email:receipt",
    ]
    assert len(with_wishes("topics: ignore", timeline, off=0b11).sent) == 3
    assert len(with_wishes("frequency: ignore", DAILY, "monthly").sent) == 40


def test_without_a_preference_centre_nothing_is_kept() -> None:
    assert len(tell(CHAIN.format(preferences=""), DAILY, days=60).sent) == 40


# ------------------------------------------------------------------ answers on another channel

ANSWERS = """
contact_policy: {quiet_elsewhere_after: {click: 24h, opened: 2h}}
messages: {m: {purpose: promo}, s: {purpose: service}}
chains:
  c: {trigger: searched, reenter: always, steps: [{send: {email: m}}]}
  d: {trigger: site_visited, reenter: always, steps: [{send: {sms: m}}, {send: {sms: s}}]}
"""
SENT = "day 0 10:00 anna searched"


@pytest.mark.parametrize(
    ("answer", "sms"),
    [
        ("day 0 11:00 anna click 1", "day 1 11:00"),
        ("day 0 11:00 anna opened 1", "day 0 13:00"),
        ("day 0 11:00 anna opened 1 proxy", "day 0 12:00"),
        ("day 0 11:00 anna searched", "day 0 12:00"),
    ],
)
def test_who_answered_on_one_channel_is_left_alone_on_the_others(answer: str, sms: str) -> None:
    told = tell(ANSWERS, [SENT, answer, "day 0 12:00 anna site_visited"])
    assert [line for line in told.sent if "sms:m" in line] == [f"{sms} sms:m"]


def test_the_channel_of_the_answer_and_service_messages_go_on() -> None:
    told = tell(
        ANSWERS, [SENT, "day 0 11:00 anna click 1", "day 0 12:00 anna searched", "day 0 12:30 anna site_visited"]
    )
    assert told.contacts[1:3] == [
        "day 0 12:00 sent email:m",
        "day 0 12:30 held sms:m (pause: quiet_elsewhere_after.click)",
    ]
    assert told.sent[2:] == ["day 1 11:00 sms:m", "day 1 11:00 sms:s"], "the run waits at the held step"


# ------------------------------------------------------------------ templates

TEMPLATES = """
channels: {whatsapp: {cost: 0.5, template_cost: 6, window: 24h}, sms: {}}
messages: {free: {purpose: promo}, hello: {purpose: promo, template: true}}
chains:
  greet: {trigger: searched, reenter: always, steps: [{send: {whatsapp: hello}}]}
  talk: {trigger: site_visited, reenter: always, steps: [{cascade: [{whatsapp: free, wait: 1h}, {sms: free}]}]}
  either: {trigger: cart_added, reenter: always, steps: [{send: {first_of: [whatsapp, sms], message: free}}]}
"""


def test_free_writing_needs_the_customers_own_click_within_the_window() -> None:
    told = tell(TEMPLATES, ["day 0 10:00 anna site_visited", "day 0 11:00 anna cart_added 10"])
    assert told.contacts == [
        "day 0 10:00 dropped whatsapp:free (no_template)",
        "day 0 10:00 sent sms:free",
        "day 0 11:00 sent sms:free",
    ]
    clicks = ["day 0 10:00 anna searched", "day 0 11:00 anna click 1"]
    told = tell(TEMPLATES, [*clicks, "day 1 10:59 anna site_visited"])
    assert told.sent[:2] == ["day 0 10:00 whatsapp:hello", "day 1 10:59 whatsapp:free"]
    told = tell(TEMPLATES, [*clicks, "day 1 11:00 anna site_visited"])
    assert told.sent[1:] == ["day 1 11:00 sms:free"]
    told = tell(TEMPLATES, [clicks[0], "day 0 11:00 anna opened 1", "day 0 12:00 anna site_visited"])
    assert told.sent[1:] == ["day 0 12:00 sms:free"], "an open is no message of the customer's own"


def test_templates_and_free_messages_have_prices_of_their_own() -> None:
    told = tell(TEMPLATES, "day 0 10:00 anna searched")
    sites = told.hub.engines[0].sites
    prices = {site.message.name: int(cost) for site, cost in zip(told.hub.sites, sites.cost, strict=True) if cost}
    assert prices == {"hello": 60_000, "free": 5_000}


# ------------------------------------------------------------------ engagement

ENGAGED = """
engagement: {signs: [click], active: 2d, cooling: 5d}
contact_policy: {caps: [{by: engagement, max: {active: 3, cooling: 2, else: 1}, per: 12h, then: drop}]}
messages: {m: {purpose: promo}}
chains:
  c: {trigger: site_visited, reenter: always, steps: [{send: {email: m}}]}
  thanks: {trigger: searched, reenter: always, enter: "engagement == 'ENGAGEMENT'", steps: [{send: {sms: m}}]}
"""


@pytest.mark.parametrize(("day", "most"), [(1, 3), (2, 3), (4, 2), (6, 1)])
def test_caps_by_engagement_follow_the_last_sign_of_life(day: int, most: int) -> None:
    visits = [f"day {day} {hour}:00 anna site_visited" for hour in (10, 11, 12, 13)]
    told = tell(
        ENGAGED.replace("ENGAGEMENT", "active"), ["day 0 10:00 anna site_visited", "day 0 12:30 anna click 1", *visits]
    )
    assert len([line for line in told.sent if line.startswith(f"day {day}")]) == most


@pytest.mark.parametrize(
    ("value", "day"), [("unknown", 0), ("silent", 1), ("active", 3), ("cooling", 6), ("silent", 9)]
)
def test_engagement_can_be_asked(value: str, day: int) -> None:
    timeline = ["day 0 12:00 anna site_visited", "day 2 10:00 anna click 1", f"day {day} 11:00 anna searched"]
    told = tell(ENGAGED.replace("ENGAGEMENT", value), timeline)
    assert f"day {day} 11:00 sms:m" in told.sent


def test_engagement_has_a_default_where_something_asks_for_it() -> None:
    without = ENGAGED.partition("\n")[2].partition("\n")[2]
    asked = scenario_of(without.replace("ENGAGEMENT", "active")).engagement
    assert asked is not None
    assert dataclasses.astuple(asked) == (("click", "opened"), 30 * 86_400, 90 * 86_400)
    assert scenario_of(TEMPLATES).engagement is None


# ------------------------------------------------------------------ hours

HOURS = """
contact_policy:
  {policy}
messages: {{m: {{purpose: promo}}}}
chains: {{c: {{trigger: site_visited, steps: [{{send: {{{channel}: m}}}}]}}}}
"""
WORKING = 'send_window: [{from: "09:00", to: "18:00", days: [Mon, Tue, Wed, Thu, Fri], channel: sms}]'
NIGHTS = """quiet_hours:
    - {from: "23:00", to: "06:00"}
    - {name: late, from: "20:00", to: "09:00", channel: sms, then: drop}
"""


@pytest.mark.parametrize(
    ("policy", "channel", "when", "told"),
    [
        (WORKING, "sms", "day 0 08:00", "day 0 09:00"),
        (WORKING, "sms", "day 0 17:59", "day 0 17:59"),
        (WORKING, "sms", "day 0 18:00", "day 1 09:00"),
        (WORKING, "sms", "day 4 20:00", "day 7 09:00"),
        (WORKING, "sms", "day 5 12:00", "day 7 09:00"),
        (WORKING, "email", "day 5 12:00", "day 5 12:00"),
        ('send_window: {from: "22:00", to: "03:00"}', "sms", "day 0 04:00", "day 0 22:00"),
        ('send_window: {from: "22:00", to: "03:00"}', "sms", "day 0 02:00", "day 0 02:00"),
        ('send_window: {from: "09:00", to: "10:00", days: Tue}', "sms", "day 1 10:00", "day 8 09:00"),
        (NIGHTS, "email", "day 0 21:00", "day 0 21:00"),
        (NIGHTS, "email", "day 0 23:30", "day 1 06:00"),
        (NIGHTS, "sms", "day 0 21:00", "dropped sms:m (quiet_hours: late)"),
    ],
)
def test_hours_of_single_channels_and_days(policy: str, channel: str, when: str, told: str) -> None:
    story = tell(HOURS.format(policy=policy, channel=channel), f"{when} anna site_visited")
    assert (story.sent[0][:11] if story.sent else story.contacts[0].partition(":00 ")[2]) == told


def test_a_window_is_by_the_customers_clock_and_may_be_waited_for_in_vain() -> None:
    scenario = HOURS.format(policy='send_window: {from: "10:00", to: "12:00", for_at_most: 90m}', channel="email")
    far = {"anna": Person(zone=5)}
    assert tell(scenario, "day 0 04:00 anna site_visited", far).sent == ["day 0 05:00 email:m"]
    assert tell(scenario, "day 0 07:00 anna site_visited", far).contacts[-1] == (
        "day 0 08:30 dropped email:m (held_too_long: send_window)"
    )
